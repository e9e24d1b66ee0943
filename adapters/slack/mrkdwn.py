"""People's words in Slack: as plain text wherever that will do, and else so that they stay words.

Slack makes nothing of a `plain_text` object. In `mrkdwn` it reads `<…>` as links and mentions, and marks such as `*` as
formatting (https://docs.slack.dev/messaging/formatting-message-text/); no character is documented to end a mark's
meaning, so what holds one is shown as plain text.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any, Final

Json = dict[str, Any]

ELLIPSIS: Final = "…"
# Controls but tab and line feed, marks of direction, line separators, halves of surrogate pairs.
_DROPPED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Bold, italic, struck through, code, an emoji's name, a quotation's beginning; a line's end would end the bold type.
_MARK: Final = re.compile(r"[*_~`\n]|:[^\s:]+:|^\s*>")
_LINK: Final = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"\u201d\u2019]")


def cleaned(text: str) -> str:
    """The text without what nobody sees and what turns the text around it."""
    if text.isascii() and text.isprintable():
        return text
    return _DROPPED.sub("", unicodedata.normalize("NFC", text))


def escaped(text: str) -> str:
    """The text with the three characters escaped that Slack asks for: no link, mention or channel comes of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def size(text: str) -> int:
    """What the text counts against Slack's limits at most: as UTF-16, escaped, for it is not documented which way
    Slack counts."""
    told = escaped(text)
    return len(told) if told.isascii() else len(told.encode("utf-16-le", "ignore")) // 2


def cut(text: str, most: int) -> str:
    """The text, shortened where it counts more than `most`."""
    if len(text) <= most and size(text) <= most:
        return text
    return f"{head(text, most - 1).rstrip()}{ELLIPSIS}"


def head(text: str, most: int) -> str:
    """As many of the first characters as count at most `most`."""
    text = text[:most]
    if size(text) <= most:
        return text
    fit, too_many = 0, len(text)
    while too_many - fit > 1:
        middle = (fit + too_many) // 2
        fit, too_many = (middle, too_many) if size(text[:middle]) <= most else (fit, middle)
    return text[:fit]


def plain(text: str) -> Json:
    """A text object of which Slack makes nothing, no emoji either."""
    return {"type": "plain_text", "text": text, "emoji": False}


def bold(text: str) -> Json:
    """In bold type, unless Slack would find a mark of its own in the text."""
    return plain(text) if _MARK.search(text) else _written(f"*{escaped(text.strip())}*")


def linked(text: str) -> Json:
    """With its web addresses as links, for our own sentences; plain text where Slack would find a mark in the rest."""
    if not _LINK.search(text) or _MARK.search(_LINK.sub("", text)):
        return plain(text)
    ends = [0, *(end for link in _LINK.finditer(text) for end in link.span()), len(text)]
    pieces = [escaped(text[start:end]) for start, end in pairwise(ends)]
    return _written("".join(f"<{piece}>" if place % 2 else piece for place, piece in enumerate(pieces)))


def mention(user: str) -> Json:
    """A mention of the person with this id, whom it notifies."""
    return _written(f"<@{user}>")


def _written(text: str) -> Json:
    # Without `verbatim` Slack looks for names and addresses in it by itself.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
