"""Renders a message for Telegram: HTML in which only our own markup lives, and an inline keyboard."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit, KeyboardButtonStyle, MessageLimit

from adapters.telegram.buttons import CODES, MENU_CODE, SCORE_CODE
from bot.address import Address
from bot.ports import Tokens
from bot.prompts import Action, Button, Choices, Prompt, PromptKind
from bot.values import replace

LONGEST: Final = int(MessageLimit.MAX_TEXT_LENGTH)  # UTF-16 units of what is seen, the markup not counted
LONGEST_CAPTION: Final = int(MessageLimit.CAPTION_LENGTH)  # the same units
MOST_BYTES: Final = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)
WIDEST_SCALE: Final = 7  # scores in one row that a narrow phone still shows whole
SHORT_LABEL: Final = 16  # characters; two such buttons share a row
SHORTEST_LABEL: Final = 8  # three such buttons do
MOST_LINES: Final = 1000  # of one message; so many fit however short they have to be
ELLIPSIS: Final = "…"
_JOINER: Final = "\u2060"
_ANSWERED: Final = frozenset({PromptKind.THANKS, PromptKind.KEPT, PromptKind.CLOSED})

# What Telegram takes out of every text (tdlib/td, td/telegram/misc.cpp, clean_input_string). It goes first, so that we
# look at what Telegram will look at; NUL and halves of surrogate pairs may stand in no text at all.
_DROPPED: Final = re.compile("[\x00\r\u2028-\u202e\u030a\u0333\u033f\ud800-\udfff]")
# What Telegram makes links of by itself (td/telegram/MessageEntity.cpp: mentions, bot commands, links to itself).
_MENTION: Final = re.compile(r"@(?=\w)")
_OWN_LINK: Final = re.compile(r"(tg|ton|tonsite):(?=//)", re.IGNORECASE)
_COMMAND: Final = re.compile(r"(?<![A-Za-z0-9_])(?<!:/)/(?=\w)")
_OWN_COMMANDS: Final = (
    "start stop help mydata survey cancel cases invite join whoami mine claim summary kpi note here settings "
    "timezone business"
).replace(" ", "|")
_FOREIGN_COMMAND: Final = re.compile(rf"{_COMMAND.pattern}(?!(?:{_OWN_COMMANDS})\b)")


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` is HTML (`parse_mode`), at most 4096 UTF-16 units once read."""

    text: str
    keyboard: InlineKeyboardMarkup | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the message: what is seen of it, its tags, is it never shortened, does an empty line precede it."""

    seen: str
    tags: tuple[str, str] = ("", "")
    whole: bool = False
    apart: bool = False

    @property
    def html(self) -> str:
        return f"{self.tags[0]}{escape(self.seen, quote=False)}{self.tags[1]}"


def message(prompt: Prompt, address: Address, tokens: Tokens) -> Rendered:
    """The prompt as one message, for an edit: what is too long loses the ends of its longest parts."""
    kept = replace(prompt, lines=prompt.lines[:MOST_LINES])
    return Rendered(_html(_shortened(_parts(kept, address))), keyboard(prompt, tokens))


def pages(prompt: Prompt, address: Address, tokens: Tokens) -> list[Rendered]:
    """The prompt as new messages, whole: broken between lines, the buttons below the last. At least one."""
    texts = [_html(page) for page in _paged(_parts(prompt, address))] or [""]
    return [*(Rendered(text, None) for text in texts[:-1]), Rendered(texts[-1], keyboard(prompt, tokens))]


def caption(words: str) -> str:
    """Words below a picture, as many as Telegram takes: the first line is its title, the others unfold.

    They are for those who do not see the picture, and it has no place of its own for such words
    (https://core.telegram.org/bots/api#html-style, "expandable").
    """
    seen = _tame(words.strip())
    if _units(seen) > LONGEST_CAPTION:
        seen = f"{_cut(seen, LONGEST_CAPTION - 1).rstrip()}{ELLIPSIS}"
    title, _, rest = seen.partition("\n")
    unfolds = f"\n<blockquote expandable>{escape(rest, quote=False)}</blockquote>" if rest.strip() else ""
    return f"<b>{escape(title, quote=False)}</b>{unfolds}"


def keyboard(prompt: Prompt, tokens: Tokens) -> InlineKeyboardMarkup | None:
    """The scores above all other buttons; None without any. Nothing is pre-selected.

    `ValueError` for a button that Telegram would refuse: more than 64 bytes behind it.
    """
    token = tokens.issue("invitation", prompt.invitation) if prompt.invitation else ""
    scores = _scores(prompt.scale, token) if prompt.scale else []
    rows = [*scores, *_rows([button for button in prompt.buttons if button.action is not Action.SCORE], token)]
    return InlineKeyboardMarkup(rows) if rows else None


def _scores(scale: Choices, token: str) -> Iterator[list[InlineKeyboardButton]]:
    made = [_button(choice.label, f"{SCORE_CODE}{choice.value}", token) for choice in scale.choices]
    width = len(made) if len(made) <= WIDEST_SCALE else (len(made) + 1) // 2
    return (made[start : start + width] for start in range(0, len(made), width))


def _rows(buttons: Sequence[Button], token: str) -> Iterator[list[InlineKeyboardButton]]:
    """Two in a row, or three very short ones, as far as they are read whole on a phone."""
    row: list[Button] = []
    for button in buttons:
        if row and not _fits([*row, button]):
            yield [_pressed(one, token) for one in row]
            row = []
        row.append(button)
    if row:
        yield [_pressed(one, token) for one in row]


def _fits(row: Sequence[Button]) -> bool:
    longest = max(len(button.label) for button in row)
    return longest <= {1: longest, 2: SHORT_LABEL, 3: SHORTEST_LABEL}.get(len(row), 0)


def _pressed(button: Button, token: str) -> InlineKeyboardButton:
    if button.action is Action.MENU:
        return _button(button.label, MENU_CODE, button.value)
    return _button(button.label, CODES[button.action], token, red=button.danger and button.action is Action.DELETE)


def _button(label: str, code: str, bound: str, *, red: bool = False) -> InlineKeyboardButton:
    behind = f"{code}:{bound}"
    if not bound:
        raise ValueError(f"The button {label!r} is bound to nothing: its message needs an invitation, or it a value.")
    if len(behind.encode()) > MOST_BYTES:
        raise ValueError(f"The button {label!r} needs {len(behind.encode())} bytes; Telegram keeps {MOST_BYTES}.")
    return InlineKeyboardButton(label, callback_data=behind, style=KeyboardButtonStyle.DANGER if red else None)


def _parts(prompt: Prompt, address: Address) -> list[_Part]:
    # An empty line stands between what does not belong together.
    above = ("" if prompt.kind is PromptKind.SUMMARY else prompt.title, *prompt.lines)
    ends = f"{prompt.scale.low_end} · {prompt.scale.high_end}" if prompt.scale else ""
    # What was asked stands above; below it begins what we say now.
    follows = bool(prompt.header) and prompt.kind in _ANSWERED
    # An INFO's lines are our own too, such as those of /help; what else is quoted there can name but our own commands.
    told = _FOREIGN_COMMAND if prompt.kind is PromptKind.INFO else _COMMAND
    parts = (
        _Part(_tame(prompt.for_whom), _mention(address)),
        # Of commands only our own stay alive, and only where our own sentences stand.
        _Part(_tame(prompt.title, _FOREIGN_COMMAND), ("<b>", "</b>"), whole=True),
        _Part(_tame(prompt.header)),
        *(
            _Part(_tame(line, told), apart=not above[place] or (follows and not place))
            for place, line in enumerate(prompt.lines)
        ),
        _Part(_tame(ends)),
        _Part(_tame(prompt.words_wanted), apart=follows and not prompt.lines),
        _Part(_tame(prompt.footnote, _FOREIGN_COMMAND), ("<i>", "</i>"), whole=True, apart=True),
    )
    seen = [part for part in parts if part.seen.strip()]
    # A title over nothing is a sentence, and needs no bold type.
    return seen if len(seen) > 1 else [replace(part, tags=("", "")) for part in seen]


def _mention(address: Address) -> tuple[str, str]:
    if not address.shared or not address.user:
        return "", ""
    return f'<a href="tg://user?id={escape(address.user)}">', "</a>"


def _tame(text: str, commands: re.Pattern[str] = _COMMAND) -> str:
    """The text with an invisible character in what Telegram would make a mention, a command or a link to itself of."""
    # A letter and its ring as two characters would lose the ring.
    text = _DROPPED.sub("", unicodedata.normalize("NFC", text))
    for found in (_MENTION, commands, _OWN_LINK):
        text = found.sub(lambda match: f"{match[0]}{_JOINER}", text)
    return text


def _html(parts: Sequence[_Part]) -> str:
    return "".join(f"{_gap(part) if place else ''}{part.html}" for place, part in enumerate(parts))


def _gap(part: _Part) -> str:
    return "\n\n" if part.apart else "\n"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _size(parts: Sequence[_Part]) -> int:
    return sum(_units(part.seen) + len(_gap(part)) for part in parts) - len(_gap(parts[0])) if parts else 0


def _cut(text: str, units: int) -> str:
    """As much of the text as fits, never half of a pair."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _shortened(parts: list[_Part]) -> list[_Part]:
    if _size(parts) <= LONGEST:
        return parts
    if _size(_capped(parts, 1)) > LONGEST:  # what is to stay whole leaves no room
        parts = [replace(part, whole=False) for part in parts]
    fit, too_much = 1, LONGEST
    while too_much - fit > 1:
        units = (fit + too_much) // 2
        fit, too_much = (units, too_much) if _size(_capped(parts, units)) <= LONGEST else (fit, units)
    return _capped(parts, fit)


def _capped(parts: Iterable[_Part], units: int) -> list[_Part]:
    return [part if part.whole or _units(part.seen) <= units else _ending_early(part, units) for part in parts]


def _ending_early(part: _Part, units: int) -> _Part:
    return replace(part, seen=f"{_cut(part.seen, units - 1).rstrip()}{ELLIPSIS}")


def _paged(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    page: list[_Part] = []
    used = 0
    for line in _lines(parts):
        more = _units(line.seen)
        if page and used + len(_gap(line)) + more > LONGEST:
            yield page
            page = []
        if page or line.seen.strip():
            used = used + len(_gap(line)) + more if page else more
            page.append(line)
    if page:
        yield page


def _lines(parts: Iterable[_Part]) -> Iterator[_Part]:
    for part in parts:
        apart = part.apart
        for line in part.seen.split("\n"):
            for piece in _pieces(line):
                yield replace(part, seen=piece, apart=apart)
                apart = False


def _pieces(line: str) -> Iterator[str]:
    """The line in pieces that fit a page, broken at a space where there is one."""
    while _units(line) > LONGEST:
        piece = _cut(line, LONGEST)
        space = piece.rfind(" ")
        end = space if space > 0 and piece[:space].strip() else len(piece)
        yield piece[:end]
        line = _tame(line[end:].lstrip(" "))  # what stood inside a word begins one now
    yield line
