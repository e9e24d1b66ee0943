"""What a mrkdwn text really does (docs.slack.dev/messaging/formatting-message-text): mentions, links, plain words."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.slack_api.rules import Json

_SPECIAL = re.compile(r"<([^<>\n]+)>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_TYPED = re.compile(r"<(?:[@#!][^<>\s]+|(?:https?|mailto):[^<>]+)>")
_BROADCASTS = ("!channel", "!here", "!everyone", "!group")


class Mention(NamedTuple):
    """`kind` is broadcast, user, group, channel or link; `target` the word, id or address."""

    kind: str
    target: str


def mentions(text: str) -> list[Mention]:
    """Everything in angle brackets that Slack acts on; escaped text gives none."""
    return [found for match in _SPECIAL.finditer(text) if (found := _mention(match[1])) is not None]


def pings(text: str) -> list[Mention]:
    """The mentions that notify somebody: broadcasts, people and user groups."""
    return [one for one in mentions(text) if one.kind in {"broadcast", "user", "group"}]


def _mention(inside: str) -> Mention | None:
    target, _, _ = inside.partition("|")
    if target.startswith("!subteam^"):
        return Mention("group", target.removeprefix("!subteam^"))
    if target in _BROADCASTS:
        return Mention("broadcast", target[1:])
    if target.startswith("!"):
        return None  # a date, which notifies nobody
    if target.startswith("@"):
        return Mention("user", target[1:])
    if target.startswith("#"):
        return Mention("channel", target[1:])
    return Mention("link", target) if re.match(r"(https?|mailto|slack|tel):", target) else None


def escaped(text: str) -> str:
    """A text that a person typed, as Slack gives it to apps; their own mentions and links stay."""
    kept, end = [], 0
    for match in _TYPED.finditer(text):
        kept += [_escape(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*kept, _escape(text[end:])])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, name: Callable[[str], str] = str) -> str:
    """The text as a person reads it; `name` gives the name for a user's or channel's id."""

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return f"@{label or name(target[1:])}"
        if target.startswith("#"):
            return f"#{label or name(target[1:])}"
        if target.startswith("!"):
            return label or f"@{target[1:]}"
        return label or target

    read = _SPECIAL.sub(shown, text)
    for entity, character in _ENTITIES.items():
        read = read.replace(entity, character)
    return read


def texts_of(blocks: Any) -> Iterator[Json]:
    """Every text object of blocks, in their order, those of elements and menus too."""
    if isinstance(blocks, list):
        for one in blocks:
            yield from texts_of(one)
    elif isinstance(blocks, dict):
        if blocks.get("type") in {"mrkdwn", "plain_text"} and isinstance(blocks.get("text"), str):
            yield blocks
            return
        for value in blocks.values():
            yield from texts_of(value)


def block_pings(blocks: Any) -> list[Mention]:
    """The mentions in blocks that notify somebody: in mrkdwn objects and rich text; plain_text makes none."""
    found = [ping for one in texts_of(blocks) if one["type"] == "mrkdwn" for ping in pings(one["text"])]
    return [*found, *_rich_pings(blocks)]


def _rich_pings(found: Any) -> Iterator[Mention]:
    if isinstance(found, list):
        for one in found:
            yield from _rich_pings(one)
    elif isinstance(found, dict):
        kinds = {
            "user": ("user", "user_id"),
            "usergroup": ("group", "usergroup_id"),
            "broadcast": ("broadcast", "range"),
        }
        kind, name = kinds.get(str(found.get("type")), ("", ""))
        if name in found:
            yield Mention(kind, str(found[name]))
        for value in found.values():
            yield from _rich_pings(value)


def seen(text: str, blocks: Any, name: Callable[[str], str] = str) -> str:
    """What a person sees: the blocks with a line for each of their texts, the text when they have none."""
    lines = [plain(one["text"], name) if one["type"] == "mrkdwn" else one["text"] for one in texts_of(blocks)]
    return "\n".join(lines) or plain(text, name)
