"""Renders a message for Slack: blocks that keep people's words as words, and a text for those who see no blocks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from adapters.slack.buttons import CODES, COMMAND, FORM_CODE, MENU_CODE, SCORE_CODE, WRITE_CODE
from adapters.slack.mrkdwn import Json, bold, cleaned, cut, escaped, head, linked, mention, plain, size
from bot.address import Address
from bot.ports import Tokens
from bot.prompts import Action, Button, Choices, Prompt, PromptKind
from bot.texts import texts as texts_of
from bot.values import replace

# A screen reader reads the text alone, and an edit's holds 4,000 characters: what the blocks say has to fit it
# (https://docs.slack.dev/reference/methods/chat.update/, https://docs.slack.dev/reference/methods/chat.postMessage/).
LONGEST: Final = 3900
# Of one message's lines; what has more keeps its empty lines in one section. A message has at most 50 blocks
# (https://docs.slack.dev/reference/block-kit/blocks/).
MOST_SECTIONS: Final = 30
MOST_BUTTONS: Final = 25  # in one block, https://docs.slack.dev/reference/block-kit/blocks/actions-block/
MOST_LINES: Final = 1000  # of an edit; so many fit however short they have to be
LONGEST_LABEL: Final = 75  # https://docs.slack.dev/reference/block-kit/block-elements/button-element/
LONGEST_VALUE: Final = 2000
LONGEST_SECTION: Final = 2990  # 3,000 with the marks of bold type
LONGEST_CONTEXT: Final = 1990
LONGEST_HEADER: Final = 150

_USER: Final = re.compile(r"[UW][A-Z0-9]+")
_ANSWERED: Final = frozenset({PromptKind.THANKS, PromptKind.KEPT, PromptKind.CLOSED})
# Slack has one command of ours, with these words behind it. `/invite @somebody` is Slack's own.
_OWN_COMMANDS: Final = (
    "start stop help mydata cancel cases invite join whoami mine claim summary kpi note here settings timezone "
    "business home"
).replace(" ", "|")
_COMMAND: Final = re.compile(rf"/(?<![\w/:.]/)(?<!{COMMAND} /)(?=(?:{_OWN_COMMANDS})\b(?![/\w]| @))")


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` is escaped and says all that `blocks` say, for notifications and screen readers; it mentions nobody."""

    text: str
    blocks: list[Json]


class _Look(Enum):
    MENTION = auto()
    HEADER = auto()
    TITLE = auto()
    CONTEXT = auto()
    FOOTNOTE = auto()
    SENTENCE = auto()
    LINE = auto()
    BUTTONS = auto()


_LONGEST: Final = {_Look.CONTEXT: LONGEST_CONTEXT, _Look.FOOTNOTE: LONGEST_CONTEXT}


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the message: what is read of it, how it looks, is it never shortened, does an empty line precede it.

    Of buttons nothing is read; `made` are their blocks. `made` of a mention is whom it mentions.
    """

    seen: str
    look: _Look
    whole: bool = False
    apart: bool = False
    made: tuple[Json, ...] = ()

    @property
    def longest(self) -> int:
        return _LONGEST.get(self.look, LONGEST_SECTION)

    @property
    def size(self) -> int:
        """With the line break, or the empty line, before it."""
        return size(self.seen) + (2 if self.apart else 1) if self.seen else 0


def message(prompt: Prompt, address: Address, tokens: Tokens, *, alone: bool = False) -> Rendered:
    """The prompt as one message, for an edit: what is too long loses the ends of its longest parts.

    `alone`: the person cannot write where it stands, so a button opens the field for the words.
    """
    kept = replace(prompt, lines=prompt.lines[:MOST_LINES])
    return _rendered(_shortened(_parts(kept, tokens, address, alone=alone)))


def pages(prompt: Prompt, address: Address, tokens: Tokens, *, alone: bool = False) -> list[Rendered]:
    """The prompt as new messages, whole: broken between lines, the buttons below the last. At least one."""
    return [_rendered(page) for page in _paged(_parts(prompt, tokens, address, alone=alone))]


def blocks(prompt: Prompt, tokens: Tokens, *, first: int = 0) -> list[Json]:
    """The prompt as part of a dialogue or of the app's home; `first` numbers its first button of a menu.

    As long as it is: the length of a view is for whoever puts it together to keep.
    """
    parts = [piece for part in _parts(prompt, tokens, None, alone=True, first=first) for piece in _pieces(part)]
    return _blocks(parts)


def _parts(prompt: Prompt, tokens: Tokens, address: Address | None, *, alone: bool, first: int = 0) -> list[_Part]:
    # An empty line stands between what does not belong together.
    summary = prompt.kind is PromptKind.SUMMARY
    above = ("" if summary else prompt.title, *prompt.lines)
    ends = f"{prompt.scale.low_end} · {prompt.scale.high_end}" if prompt.scale else ""
    follows = bool(prompt.header) and prompt.kind in _ANSWERED  # what was asked stands above what we say now
    own = _ours if prompt.kind is PromptKind.INFO else cleaned
    writes = bool(prompt.words_wanted and prompt.invitation) and (alone or (address is not None and address.shared))
    title = _ours(prompt.title).strip()
    heads = summary and size(title) <= LONGEST_HEADER and "\n" not in title
    parts = (
        _for_whom(prompt, address),
        _Part(title, _Look.HEADER if heads else _Look.TITLE, whole=True),
        _Part(cleaned(prompt.header), _Look.CONTEXT),
        *(
            _Part(own(line), _Look.LINE, apart=not above[place] or (follows and not place))
            for place, line in enumerate(prompt.lines)
        ),
        _Part("", _Look.BUTTONS, made=tuple(_scores(prompt, tokens))),
        _Part(cleaned(ends), _Look.CONTEXT),
        _Part("" if writes else cleaned(prompt.words_wanted), _Look.SENTENCE, apart=follows and not prompt.lines),
        _Part("", _Look.BUTTONS, made=tuple(_buttons(prompt, tokens, writes=writes, first=first))),
        _Part(_ours(prompt.footnote), _Look.FOOTNOTE, whole=True, apart=True),
    )
    seen = [part for part in parts if part.made or part.seen.strip()]
    # A title over nothing is a sentence, and needs no bold type.
    only = sum(bool(part.seen) for part in seen) == 1 and not summary
    return [replace(part, look=_Look.SENTENCE) if only and part.look is _Look.TITLE else part for part in seen]


def _for_whom(prompt: Prompt, address: Address | None) -> _Part:
    name = cleaned(prompt.for_whom)
    if address is None or not address.shared or not _USER.fullmatch(address.user):
        return _Part(name, _Look.SENTENCE)
    return _Part(name, _Look.MENTION, made=(mention(address.user),) if name.strip() else ())


def _ours(text: str) -> str:
    """Our own sentence, with the commands as they are written in Slack."""
    return _COMMAND.sub(f"{COMMAND} ", cleaned(text))


def _scores(prompt: Prompt, tokens: Tokens) -> Iterator[Json]:
    """All scores in one row as far as Slack has room for it. Nothing is pre-selected."""
    if prompt.scale:
        yield from _rows(_score_buttons(prompt.scale, _token(prompt, tokens)))


def _score_buttons(scale: Choices, token: str) -> list[Json]:
    made = []
    for choice in scale.choices:
        button = _button(choice.label, f"{SCORE_CODE}:{choice.value}", token)
        spoken = cut(cleaned(choice.spoken), LONGEST_LABEL)
        made.append({**button, "accessibility_label": spoken} if spoken.strip() else button)
    return made


def _buttons(prompt: Prompt, tokens: Tokens, *, writes: bool, first: int) -> Iterator[Json]:
    token = _token(prompt, tokens)
    texts = texts_of(prompt.lang)
    write = [_button(texts("Write a comment"), WRITE_CODE, token)] if writes else []
    others = [button for button in prompt.buttons if button.action is not Action.SCORE]
    yield from _rows([*write, *(_pressed(button, token, first + place) for place, button in enumerate(others))])


def _token(prompt: Prompt, tokens: Tokens) -> str:
    return tokens.issue("invitation", prompt.invitation) if prompt.invitation else ""


def _rows(buttons: Sequence[Json]) -> Iterator[Json]:
    for start in range(0, len(buttons), MOST_BUTTONS):
        yield {"type": "actions", "elements": list(buttons[start : start + MOST_BUTTONS])}


def _pressed(button: Button, token: str, number: int) -> Json:
    match button.action:
        case Action.MENU:
            return _button(button.label, f"{MENU_CODE}:{number}", button.value)
        case Action.FORM:
            return _button(button.label, FORM_CODE, button.value or FORM_CODE)
        case action:
            made = _button(button.label, CODES[action], token)
            return {**made, "style": "danger"} if button.danger and action is Action.DELETE else made


def _button(label: str, code: str, bound: str) -> Json:
    if not bound:
        raise ValueError(f"The button {label!r} is bound to nothing: its message needs an invitation, or it a value.")
    if len(bound) > LONGEST_VALUE:
        raise ValueError(f"The button {label!r} needs {len(bound)} characters; Slack keeps {LONGEST_VALUE}.")
    shown = plain(cut(cleaned(label), LONGEST_LABEL))
    return {"type": "button", "text": shown, "action_id": code, "value": bound}


def _rendered(parts: Sequence[_Part]) -> Rendered:
    said = [part for part in parts if part.seen.strip()]
    read = "".join(f"{_gap(part) if place else ''}{part.seen}" for place, part in enumerate(said))
    return Rendered(escaped(read), _blocks(parts))


def _gap(part: _Part) -> str:
    return "\n\n" if part.apart else "\n"


def _blocks(parts: Sequence[_Part]) -> list[Json]:
    made: list[Json] = []
    lines: list[_Part] = []
    for part in parts:
        if part.look is _Look.LINE:
            lines.append(part)
            continue
        made += [*_sections(lines), *_block(part)]
        lines = []
    return [*made, *_sections(lines)]


def _block(part: _Part) -> Sequence[Json]:
    match part.look:
        case _Look.BUTTONS:
            return part.made
        case _Look.MENTION:
            return [{"type": "section", "text": text} for text in part.made]
        case _Look.HEADER:
            return [{"type": "header", "text": plain(part.seen)}]
        case _Look.CONTEXT | _Look.FOOTNOTE:
            text = linked(part.seen) if part.look is _Look.FOOTNOTE else plain(part.seen)
            return [{"type": "context", "elements": [text]}]
        case look:
            return [{"type": "section", "text": bold(part.seen) if look is _Look.TITLE else plain(part.seen)}]


def _sections(lines: Sequence[_Part]) -> Iterator[Json]:
    """What belongs together in one section, as long as there are not too many."""
    torn = sum(line.apart for line in lines) < MOST_SECTIONS
    groups: list[str] = []
    for line in lines:
        if groups and not (torn and line.apart) and size(groups[-1]) + line.size <= LONGEST_SECTION:
            groups[-1] += f"{_gap(line)}{line.seen}"
        else:
            groups.append(line.seen)
    return ({"type": "section", "text": plain(group)} for group in groups if group.strip())


def _shortened(parts: list[_Part]) -> list[_Part]:
    parts = [replace(part, seen=cut(part.seen, part.longest)) for part in parts]
    if _size(parts) <= LONGEST:
        return parts
    if _size(_capped(parts, 1)) > LONGEST:  # what is to stay whole leaves no room
        parts = [replace(part, whole=False) for part in parts]
    fit, too_much = 1, LONGEST
    while too_much - fit > 1:
        middle = (fit + too_much) // 2
        fit, too_much = (middle, too_much) if _size(_capped(parts, middle)) <= LONGEST else (fit, middle)
    return _capped(parts, fit)


def _size(parts: Iterable[_Part]) -> int:
    return sum(part.size for part in parts)


def _capped(parts: Iterable[_Part], most: int) -> list[_Part]:
    return [part if part.whole else replace(part, seen=cut(part.seen, most)) for part in parts]


def _paged(parts: Sequence[_Part]) -> list[list[_Part]]:
    found: list[list[_Part]] = [[]]
    left = LONGEST
    for unit in _units(parts):
        for part in unit:
            needed = _size(unit) if part is unit[0] else part.size
            if found[-1] and (needed > left if needed <= LONGEST else part.size > left):
                found.append([])
                left = LONGEST
            found[-1].append(part)
            left -= part.size
    return found


def _units(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """What is not to be torn apart: one piece of text, or the first buttons and all below them."""
    below = next((place for place, part in enumerate(parts) if part.look is _Look.BUTTONS), len(parts))
    for part in parts[:below]:
        for piece in _pieces(part):
            yield [piece]
    if parts[below:]:
        yield [piece for part in parts[below:] for piece in _pieces(part)]


def _pieces(part: _Part) -> Iterator[_Part]:
    """The part in pieces that fit a block each, broken at a line break, else at a space, where there is one."""
    if size(part.seen) <= part.longest:
        yield part
        return
    rest = part.seen.strip()
    while rest:
        piece = rest if size(rest) <= part.longest else head(rest, part.longest)
        end = len(piece) if piece == rest else max(piece.rfind("\n"), 0) or max(piece.rfind(" "), 0) or len(piece)
        yield replace(part, seen=rest[:end])
        part, rest = replace(part, apart=False), rest[end:].lstrip()
