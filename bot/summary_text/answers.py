"""Single answers of a week as an owner reads them on demand, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.spans import Every
from bot.summary import Comment
from bot.summary_text.comments import day_words, flat
from bot.texts import Texts
from bot.texts.quoting import quoted

LONGEST_WORDS: Final = 900
ROOM: Final = 2400  # UTF-16 units on a page: a screen or two of a phone, and less than any channel's message holds
MOST_ON_A_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, with words or without, and the name of whoever gave it, where it is known."""

    comment: Comment
    name: str = ""


def answer_line(one: Answered, texts: Texts, *, agents: bool, every: Every = Every.WEEK) -> str:
    """The words, the score, who gave it about which team and ticket, and the day."""
    comment = one.comment
    words = quoted(flat(comment.text, LONGEST_WORDS), texts)
    score = ""
    if comment.score is not None and comment.highest is not None:
        score = texts("{score} of {highest}").format(score=comment.score, highest=comment.highest, lowest="")
    team = comment.team if comment.team_told or agents else ""
    about = (one.name, team, comment.agent if agents else "", comment.ticket)
    parts = (
        words,
        score,
        *(flat(part or "", LONGEST_WORDS) for part in about),
        day_words(comment.day, texts, every),
        comment.link,
    )
    return " · ".join(part for part in parts if part)


def paged(lines: Sequence[str]) -> list[list[str]]:
    """The lines in order, as many to a page as are read at ease; at least one page."""
    pages: list[list[str]] = [[]]
    for line in lines:
        taken = sum(_units(one) for one in pages[-1]) + _units(line)
        if pages[-1] and (len(pages[-1]) == MOST_ON_A_PAGE or taken > ROOM):
            pages.append([])
        pages[-1].append(line)
    return pages


def _units(line: str) -> int:
    """As platforms count: most emoji are two."""
    return len(line.encode("utf-16-le", "ignore")) // 2
