"""Renders a message for the page: texts as they are, tokens signed, never markup."""

from typing import Any

import msgspec

from bot.ports import StoredMessage, Tokens
from bot.prompts import Action, Choices, Prompt
from bot.steps import MAX_COMMENT

Json = dict[str, Any]


def message(stored: StoredMessage, tokens: Tokens) -> str:
    """One message as the stream's JSON (docs/webchat-protocol.md)."""
    shown = {
        "id": stored.id,
        "seq": stored.seq,
        "at": stored.at.isoformat().replace("+00:00", "Z"),
        "from": "business",
        "prompt": prompt(stored.prompt, tokens),
    }
    return msgspec.json.encode(shown).decode()


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
        "buttons": [
            {"action": button.action.value, "label": button.label, "token": token, "danger": button.danger}
            for button in shown.buttons
            if button.action is not Action.SCORE
        ],
        "footnote": shown.footnote or None,
        "token": token,
    }


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
