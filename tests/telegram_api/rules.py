"""What Telegram accepts and how it refuses (core.telegram.org/bots/api): limits, parameters and keyboards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

Json = dict[str, Any]

TEXT_UNITS = 4096  # "1-4096 characters after entities parsing"; Telegram counts UTF-16 units
CAPTION_UNITS = 1024  # "0-1024 characters after entities parsing"
PHOTO_BYTES = 10 << 20  # "must be at most 10 MB in size"
PHOTO_SIDES = 10_000  # "the photo's width and height must not exceed 10000 in total"
PHOTO_RATIO = 20  # "width and height ratio must be at most 20"
CALLBACK_BYTES = 64  # "1-64 bytes"
ANSWER_CHARACTERS = 200
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")  # core.telegram.org/bots/features#deep-linking
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
ACTIONS = frozenset({"callback_data", "url", "web_app", "login_url", "switch_inline_query", "copy_text", "pay",
                     "switch_inline_query_current_chat", "switch_inline_query_chosen_chat",
                     "callback_game"})  # fmt: skip


class Refused(Exception):  # noqa: N818  (it is an answer of the API, said as one)
    """The API's answer to a call that it does not do; `description` is Telegram's own wording."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str, **parameters: int) -> Refused:
    return Refused(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refused:
    return Refused(403, f"Forbidden: {description}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives: the HTTP status and the JSON body, `{"ok": …}`."""

    status: int
    body: Json


def done(result: object) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def refusal(why: Refused) -> Answer:
    body: Json = {"ok": False, "error_code": why.status, "description": why.description}
    return Answer(why.status, {**body, "parameters": why.parameters} if why.parameters else body)


class Params:
    """A call's parameters: texts as a query or a form brings them, or the values of a JSON body."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        value = self._given.get(name)
        return "" if value is None else str(value)

    def file(self, name: str) -> bytes:
        """What was sent along under this name; empty without any."""
        value = self._given.get(name)
        return value if isinstance(value, bytes) else b""

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self._given.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def parsed(self, name: str) -> Any:
        """A nested value, which a form carries as JSON; None if it is missing or empty."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return msgspec.json.decode(value) if value else None
        except msgspec.DecodeError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    @property
    def chat_id(self) -> int | None:
        """The chat's number; None if the call names none."""
        number = self.number("chat_id")
        return number or None


def units(text: str) -> int:
    """The length as Telegram counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def checked_markup(markup: Any, *, private: bool, only_inline: bool = False) -> Json | None:
    """`reply_markup` as it would be kept; None for none at all or an inline keyboard without buttons."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if only_inline:
            raise bad("inline keyboard expected")
        return markup
    rows = [[_checked_button(button, private=private) for button in row] for row in _rows(markup["inline_keyboard"])]
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _rows(rows: Any) -> Sequence[Sequence[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return rows


def _checked_button(button: Any, *, private: bool) -> Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("can't parse inline keyboard button: button text must be non-empty")
    if ACTIONS.isdisjoint(button):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?|tg)://\S+$", str(button["url"])):
        raise bad("BUTTON_URL_INVALID")
    if "web_app" in button and not private:
        raise bad("BUTTON_TYPE_INVALID")
    return button
