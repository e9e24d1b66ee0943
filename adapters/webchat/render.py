"""Renders messages and forms for the page: texts as they are, tokens signed, never markup."""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from bot.forms import Field, FieldKind, Form
from bot.picture_text import alt_text
from bot.pictures import Picture
from bot.ports import StoredMessage, Tokens
from bot.prompts import Action, Button, Choices, Prompt
from bot.steps import MAX_COMMENT
from bot.texts import texts

PICTURES_PATH: Final = "/webchat/pictures/{message}"

Json = dict[str, Any]
# Scores stand in the scale, and the page has a form of its own to ask with.
_ELSEWHERE: Final = frozenset({Action.SCORE, Action.FORM})


def message(stored: StoredMessage, tokens: Tokens, size: tuple[int, int] | None = None) -> str:
    """One message as the stream's JSON (docs/webchat-protocol.md). `size` is its picture's in CSS pixels; without one
    there is no picture in it."""
    shown: Json = {
        "id": stored.id,
        "seq": stored.seq,
        "at": stored.at.isoformat().replace("+00:00", "Z"),
        "from": "business",
        "prompt": prompt(stored.prompt, tokens),
    }
    if stored.prompt.picture is not None and size is not None:
        shown["prompt"]["picture"] = _picture(stored.id, stored.prompt.picture, stored.prompt.lang, size)
    return msgspec.json.encode(shown).decode()


def _picture(message: str, picture: Picture, lang: str, size: tuple[int, int]) -> Json:
    """Addresses are relative to where the stream is, and open with the same token."""
    light = PICTURES_PATH.format(message=quote(message, safe="")).removeprefix("/")
    width, height = size
    return {
        "light": light,
        "dark": f"{light}?theme=dark",
        "alt": alt_text(picture, texts(lang)),
        "width": width,
        "height": height,
    }


def prompt(shown: Prompt, tokens: Tokens) -> Json:
    """A prompt with its buttons bound to their invitation."""
    token = tokens.issue("invitation", shown.invitation) if shown.invitation else None
    return {
        "kind": shown.kind.value,
        "lang": shown.lang,
        "header": shown.header or None,
        "title": shown.title or None,
        "lines": [line for line in shown.lines if line],
        "scale": _scale(shown.scale, token) if shown.scale else None,
        "input": {"token": token, "label": shown.words_wanted, "max": MAX_COMMENT} if shown.words_wanted else None,
        "buttons": [_button(button, token) for button in shown.buttons if button.action not in _ELSEWHERE],
        "footnote": shown.footnote or None,
        "token": token,
    }


def form(shown: Form, state: str) -> Json:
    """A form to fill in, with its state as it is to come back. The web chat knows nobody to choose from."""
    return {
        "lang": shown.lang,
        "title": shown.title,
        "submit": shown.submit,
        "close": shown.close,
        "state": state,
        "fields": [_field(field) for field in shown.fields if field.kind is not FieldKind.PERSON],
    }


def _field(field: Field) -> Json:
    return {
        "name": field.name,
        "kind": field.kind.value,
        "label": field.label,
        "value": field.value,
        "hint": field.hint or None,
        "options": [{"value": value, "label": label} for value, label in field.options],
        "needed": field.needed,
        "longest": field.longest,
        "multiline": field.multiline,
    }


def _button(button: Button, token: str | None) -> Json:
    shown = {"action": button.action.value, "label": button.label, "token": token, "danger": button.danger}
    return {**shown, "value": button.value} if button.value else shown


def _scale(scale: Choices, token: str | None) -> Json:
    return {
        "token": token,
        "legend": scale.legend,
        "low_end": scale.low_end,
        "high_end": scale.high_end,
        "choices": [
            {"value": choice.value, "label": choice.label, "spoken": choice.spoken} for choice in scale.choices
        ],
    }
