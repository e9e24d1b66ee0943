"""The one field of the form in which Slack posts what people do, read without the cost of a form parser."""

from typing import Final
from urllib.parse import unquote_to_bytes

_FIELD: Final = b"payload="
_PRESS: Final = b"block_actions"


def pressed(body: bytes) -> bytes | None:
    """The JSON behind `payload`, if that is all there is and it may be the press of a button; else None."""
    if not body.startswith(_FIELD) or b"&" in body or _PRESS not in body:
        return None
    return unquoted(body[len(_FIELD) :])


def unquoted(coded: bytes) -> bytes:
    """As `urllib.parse.unquote_to_bytes`, with + for a space; ten times as fast for text that is mostly escapes.

    Python's own decoder of escapes does the work: `%7B` says the same as its `\\x7B`.
    """
    text = coded.replace(b"+", b" ")
    try:
        return text.replace(b"\\", b"%5C").replace(b"%", b"\\x").decode("unicode_escape").encode("latin-1")
    except UnicodeError:  # a % that begins no escape
        return unquote_to_bytes(text)
