"""Dialogues and the app's home (https://docs.slack.dev/reference/views/)."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.slack import render
from adapters.slack.buttons import (
    COMMENT_VIEW,
    DIALOGUE_VIEW,
    FORM_VIEW,
    HOME_CODE,
    HOME_VIEW,
    VALUE,
    WORDS,
)
from adapters.slack.mrkdwn import ELLIPSIS, Json, cleaned, cut, plain
from bot.forms import Field, FieldKind, Form
from bot.ports import Tokens
from bot.prompts import Prompt
from bot.texts import texts as texts_of

NAME: Final = "Pulssi"
MOST_BLOCKS: Final = 100  # https://docs.slack.dev/reference/block-kit/blocks/
MOST_BYTES: Final = 200_000  # of 250 kB, with room for what stands around the blocks
LONGEST_TITLE: Final = 24  # and the words on the buttons below
LONGEST_METADATA: Final = 3000
LONGEST_WORDS: Final = 3000  # https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/
LONGEST_LABEL: Final = 2000  # https://docs.slack.dev/reference/block-kit/blocks/input-block/
LONGEST_HINT: Final = 2000
LONGEST_OPTION: Final = 75  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object/
MOST_OPTIONS: Final = 100  # https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element/
MOST_RADIO_BUTTONS: Final = 5  # Slack allows 10; from here on a menu is easier to read


def dialogue(prompts: Sequence[Prompt], tokens: Tokens, lang: str, *, title: str = NAME, metadata: str = "") -> Json:
    """The prompts one below the other, with their buttons; nothing to send."""
    texts = texts_of(lang)
    view = _modal(DIALOGUE_VIEW, title, _shown(prompts, tokens), close=texts("Close"))
    return {**view, "private_metadata": _fitting(metadata)} if metadata else view


def form(form: Form) -> Json:
    """The form as inputs: their block ids are the fields' names. What cannot be chosen from is left out."""
    fields = [_input(field) for field in form.fields if field.kind is not FieldKind.CHOICE or field.options]
    view = _modal(FORM_VIEW, form.title, fields, close=form.close)
    return {**view, "submit": _short(form.submit), "private_metadata": _fitting(form.state)}


def errors(found: Mapping[str, str]) -> Json:
    """What is wrong, below each field, as the answer to what was sent; the form stays open."""
    return {"response_action": "errors", "errors": {name: cleaned(words) for name, words in found.items()}}


def comment(lang: str, metadata: str, initial: str = "") -> Json:
    """One field for the words beside a score. `metadata` comes back with them."""
    texts = texts_of(lang)
    element: Json = {
        "type": "plain_text_input",
        "action_id": WORDS,
        "multiline": True,
        "max_length": LONGEST_WORDS,
        "focus_on_load": True,
    }
    if initial:
        element["initial_value"] = cut(cleaned(initial), LONGEST_WORDS)
    field = {
        "type": "input",
        "block_id": WORDS,
        "label": plain(texts("What do you want to tell us?")),
        "hint": plain(texts("It is read by those who run the service.")),
        "element": element,
    }
    view = _modal(COMMENT_VIEW, texts("Write a comment"), [field], close=texts("Cancel"))
    return {**view, "submit": _short(texts("Send")), "private_metadata": _fitting(metadata)}


def notice(lang: str, words: str) -> Json:
    """One sentence."""
    said, texts = cut(cleaned(words), render.LONGEST_SECTION), texts_of(lang)
    return _modal(DIALOGUE_VIEW, NAME, [_section(said)] if said.strip() else [], close=texts("Close"))


def home(prompts: Sequence[Prompt], tokens: Tokens, lang: str, inner: bool) -> Json:
    """The app's home: the prompts with lines between them; `inner` pages lead back to the first."""
    back: list[Json] = []
    if inner:
        texts = texts_of(lang)
        button = {"type": "button", "text": plain(texts("Back")), "action_id": HOME_CODE, "value": HOME_CODE}
        back = [{"type": "actions", "elements": [button]}]
    shown = _shown(prompts, tokens, room=MOST_BLOCKS - len(back))
    return {"type": "home", "callback_id": HOME_VIEW, "blocks": [*shown, *back] or [_section(NAME)]}


def _modal(callback: str, title: str, blocks: Sequence[Json], *, close: str) -> Json:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": _short(title),
        "close": _short(close),
        "blocks": list(blocks) or [_section(NAME)],
    }


def _shown(prompts: Sequence[Prompt], tokens: Tokens, room: int = MOST_BLOCKS) -> list[Json]:
    blocks: list[Json] = []
    buttons = 0
    for prompt in prompts:
        more = render.blocks(prompt, tokens, first=buttons)
        buttons += len(prompt.buttons)
        blocks += [{"type": "divider"}, *more] if blocks and more else more
    fit = _fitting_blocks(blocks)
    return blocks if len(blocks) <= min(room, fit) else [*blocks[: min(room - 1, fit)], _section(ELLIPSIS)]


def _fitting_blocks(blocks: Sequence[Json]) -> int:
    """How many of the first fit the bytes of one view."""
    used = 0
    for place, block in enumerate(blocks):
        used += len(json.dumps(block))
        if used > MOST_BYTES:
            return place
    return len(blocks)


def _section(words: str) -> Json:
    return {"type": "section", "text": plain(words)}


def _short(words: str) -> Json:
    return plain(cut(cleaned(words), LONGEST_TITLE))


def _fitting(metadata: str) -> str:
    if len(metadata) > LONGEST_METADATA:
        raise ValueError(f"A dialogue carries {LONGEST_METADATA} characters along, not {len(metadata)}.")
    return metadata


def _input(field: Field) -> Json:
    made: Json = {
        "type": "input",
        "block_id": field.name,
        "label": plain(cut(cleaned(field.label), LONGEST_LABEL)),
        "element": {"action_id": VALUE, **_element(field)},
        "optional": not field.needed,
    }
    return {**made, "hint": plain(cut(cleaned(field.hint), LONGEST_HINT))} if field.hint else made


def _element(field: Field) -> Json:
    match field.kind:
        case FieldKind.CHOICE:
            return _choice(field)
        case FieldKind.PERSON:
            return {"type": "users_select", **({"initial_user": field.value} if field.value else {})}
        case FieldKind.TEXT:
            longest = min(field.longest, LONGEST_WORDS)
            value = cleaned(field.value)[:longest]
            several: Json = {"multiline": True} if field.multiline else {}
            made: Json = {"type": "plain_text_input", "max_length": longest, **several}
            return {**made, "initial_value": value} if value.strip() else made


def _choice(field: Field) -> Json:
    options = [
        {"text": plain(cut(cleaned(label), LONGEST_OPTION)), "value": value}
        for value, label in field.options[:MOST_OPTIONS]
    ]
    kind = "radio_buttons" if len(options) <= MOST_RADIO_BUTTONS else "static_select"
    chosen = [option for option in options if option["value"] == field.value][:1]
    return {"type": kind, "options": options, **({"initial_option": chosen[0]} if chosen else {})}
