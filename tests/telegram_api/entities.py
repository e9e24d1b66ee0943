"""Text as Telegram reads it (core.telegram.org/bots/api#formatting-options): HTML, and what it finds by itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.telegram_api.rules import Json, Refused, bad, units

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # "only these named HTML entities"
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_START = re.compile(r"<([^\s>/]*)((?:\s+[^\s=>]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w.-]+))?)*)\s*>")
_END = re.compile(r"</([^\s>]*)\s*>")
_ATTRIBUTE = re.compile(r"([^\s=>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+)))?")
_PLAIN = re.compile(r"[^<&]+")
_PERSON = re.compile(r"tg://user\?id=(\d+)")

_FOUND: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(r"(?<![\w@])https?://[^\s<>\"]*[^\s<>\".,;:!?)]"),
    "mention": re.compile(r"(?<![\w/])@[A-Za-z0-9_]{5,32}(?![A-Za-z0-9_])"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
    "email": re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
}
_SIGNS = re.compile(r"[@/#]")  # nothing is found in a text without one of these
_CLOSED_TO_FINDING = {"code", "pre", "text_link", "text_mention"}


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: Mapping[str, str]
    start: int


@dataclass(slots=True)
class _Reading:
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)


def read(text: str, parse_mode: str, person: Callable[[int], Json | None]) -> tuple[str, list[Json]]:
    """The visible text and its entities; `person` gives the user behind a `tg://user?id=` link, or None.

    Raises:
        Refused: markup that Telegram cannot parse.
    """
    if parse_mode.lower() not in {"", "html"}:
        raise bad("unsupported parse_mode")
    reading = _html(text) if parse_mode else _Reading(text)
    visible = reading.text.rstrip()
    lead = len(visible) - len(visible.lstrip())
    cut = [_cut(entity, lead, len(visible)) for entity in reading.entities]
    written = [entity for one in cut if one is not None and (entity := _with_person(one, person)) is not None]
    visible = visible[lead:]
    every = written + [one for one in found_in(visible) if not _inside(one, written)]
    every.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return visible, [_in_units(entity, visible) for entity in every]


def found_in(text: str) -> list[Json]:
    """What Telegram marks by itself in plain text, with offsets in characters."""
    taken: list[Json] = []
    if not _SIGNS.search(text):
        return taken
    for kind, pattern in _FOUND.items():
        for match in pattern.finditer(text):
            one: Json = {"type": kind, "offset": match.start(), "length": len(match[0])}
            if not any(_overlap(one, other) for other in taken):
                taken.append(one)
    return taken


def part(text: str, entity: Json) -> str:
    """The piece of the text that an entity covers."""
    raw = text.encode("utf-16-le")
    return raw[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")


def _html(source: str) -> _Reading:
    reading = _Reading()
    at = 0
    while at < len(source):
        match source[at]:
            case "<":
                at = _tag(source, at, reading)
            case "&":
                at = _reference(source, at, reading)
            case _:
                plain = _PLAIN.match(source, at)
                assert plain is not None
                reading.text += plain[0]
                at = plain.end()
    if reading.open:
        raise _unparsed(f'Can\'t find end tag corresponding to start tag "{reading.open[-1].tag}"')
    return reading


def _reference(source: str, at: int, reading: _Reading) -> int:
    match = _REFERENCE.match(source, at)
    number = 0 if match is None or match[3] else int(match[1] or match[2], 16 if match[1] else 10)
    if match is None or (not match[3] and not 0 < number < 0x110000):
        reading.text += "&"
        return at + 1
    reading.text += _NAMED[match[3]] if match[3] else chr(number)
    return match.end()


def _tag(source: str, at: int, reading: _Reading) -> int:
    offset = len(source[:at].encode())
    if source.startswith("</", at):
        return _end(source, at, offset, reading)
    match = _START.match(source, at)
    name = match[1] if match else re.split(r"[\s>/]", source[at + 1 :], maxsplit=1)[0]
    tag = name.lower()
    if tag not in _TAGS:
        raise _unparsed(f'Unsupported start tag "{tag}" at byte offset {offset}')
    if match is None:
        raise _unparsed(f'Unclosed start tag "{tag}" at byte offset {offset}')
    found = _ATTRIBUTE.findall(match[2])
    attributes = {one[0].lower(): "".join(one[1:]) for one in found}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsed(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    reading.open.append(_Open(tag, attributes, len(reading.text)))
    return match.end()


def _end(source: str, at: int, offset: int, reading: _Reading) -> int:
    if not reading.open:
        raise _unparsed(f"Unexpected end tag at byte offset {offset}")
    match = _END.match(source, at)
    if match is None:
        raise _unparsed(f"Unclosed end tag at byte offset {offset}")
    opened = reading.open.pop()
    if match[1].lower() not in {"", opened.tag}:
        raise _unparsed(
            f'Unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", found "</{match[1].lower()}>"'
        )
    length = len(reading.text) - opened.start
    if length:
        reading.entities.append({**_kind(opened, reading.text), "offset": opened.start, "length": length})
    return match.end()


def _kind(opened: _Open, text: str) -> Json:
    attributes = opened.attributes
    if opened.tag == "a":
        return {"type": "text_link", "url": _unescaped(attributes.get("href", "")) or text[opened.start :]}
    if opened.tag == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
    if opened.tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": _TAGS[opened.tag]}


def _unescaped(text: str) -> str:
    reading = _Reading()
    at = 0
    while at < len(text):
        if text[at] == "&":
            at = _reference(text, at, reading)
        else:
            reading.text += text[at]  # a link may hold "<"
            at += 1
    return reading.text


def _with_person(entity: Json, person: Callable[[int], Json | None]) -> Json | None:
    """A link to a known person becomes a mention, a link to nowhere plain text."""
    if entity["type"] != "text_link":
        return entity
    link = _PERSON.match(entity["url"])
    if link is None:
        return entity if re.match(r"(https?|tg|ton|mailto|tel):\S+$|[\w-]+\.\w{2,}", entity["url"]) else None
    user = person(int(link[1]))
    return {"type": "text_mention", "user": user, **_place(entity)} if user else None


def _place(entity: Json) -> Json:
    return {"offset": entity["offset"], "length": entity["length"]}


def _cut(entity: Json, lead: int, end: int) -> Json | None:
    start = max(entity["offset"], lead)
    length = min(entity["offset"] + entity["length"], end) - start
    return {**entity, "offset": start - lead, "length": length} if length > 0 else None


def _overlap(one: Json, other: Json) -> bool:
    first, second = sorted((one, other), key=lambda entity: int(entity["offset"]))
    return bool(second["offset"] < first["offset"] + first["length"])


def _inside(one: Json, written: list[Json]) -> bool:
    return any(other["type"] in _CLOSED_TO_FINDING and _overlap(one, other) for other in written)


def _in_units(entity: Json, text: str) -> Json:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    before, length = units(text[:start]), units(text[start:end])
    return {**entity, "offset": before, "length": length}


def _unparsed(why: str) -> Refused:
    return bad(f"can't parse entities: {why}")


def mentions(text: str, entities: list[Json]) -> Iterator[str]:
    """Who is called by this text: `@name` as it stands there, and the number of a person behind a link."""
    for entity in entities:
        if entity["type"] == "mention":
            yield part(text, entity)
        elif entity["type"] == "text_mention":
            yield str(entity["user"]["id"])
