"""What people typed, got back from Slack's markup (https://docs.slack.dev/messaging/formatting-message-text)."""

import re
from typing import Final

from adapters.slack.payloads import words

_MARKED: Final = re.compile(r"<([^<>]*)>")
# & comes last: "&amp;lt;" was typed as "&lt;".
_ESCAPES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def plain(text: str | None, bot: str = "") -> str:
    """The text of a message as a person reads it. A mention of our own bot in front only says whom it is written to."""
    text = (text or "").strip()
    to_bot = f"<@{bot}>"
    if bot and text.startswith(to_bot):
        text = text.removeprefix(to_bot).lstrip(" ,:")
    return words(_unescaped(_MARKED.sub(_read, text)))


def argument(text: str) -> str:
    """The words behind a command, people and channels as the addresses that are typed elsewhere (`slack:U…`)."""
    return words(_unescaped(_MARKED.sub(_addressed, text)))


def _read(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "@" | "#":
            return f"{target[0]}{label.removeprefix(target[0]) or target[1:]}"
        case "!" if target.startswith("!date^"):  # the label is the date as text
            return label
        case "!":
            return f"@{label.removeprefix('@') or target[1:].partition('^')[0]}"
        case _:
            return label or target.removeprefix("mailto:")


def _addressed(found: re.Match[str]) -> str:
    target = found[1].partition("|")[0]
    return f"slack:{target[1:]}" if target[:1] in {"@", "#"} else _read(found)


def _unescaped(text: str) -> str:
    for escape, sign in _ESCAPES:
        text = text.replace(escape, sign)
    return text
