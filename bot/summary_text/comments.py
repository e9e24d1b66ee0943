"""The line that quotes a comment."""

import re
from datetime import date
from typing import Final

from bot.spans import Every
from bot.summary import Comment
from bot.texts import Texts
from bot.texts.quoting import quoted

LONGEST_COMMENT = 240
# Controls, and marks that turn the direction of all that stands behind them: the score would read backwards.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def comment_line(comment: Comment, texts: Texts, every: Every = Every.WEEK) -> str:
    """The line of the message that quotes the comment; without the words it has to go (`storage.quotes`)."""
    words = quoted(flat(comment.text, LONGEST_COMMENT), texts)
    score = ""
    if comment.score is not None and comment.highest is not None:
        score = texts("{score} of {highest}").format(score=comment.score, highest=comment.highest, lowest="")
    ticket = "" if comment.link else comment.ticket
    team = comment.team if comment.team_told else ""
    parts = (words, score, team, ticket, day_words(comment.day, texts, every), comment.link)
    return " · ".join(part for part in parts if part)


def day_words(day: date, texts: Texts, every: Every) -> str:
    """Tue; of a month, which has several of them, 17 Nov."""
    return texts.short_date(day) if every is Every.MONTH else texts.weekday(day)


def flat(text: str, longest: int) -> str:
    """Somebody's words on one line, without what nobody sees, and not longer than that."""
    words = " ".join(_UNSEEN.sub(" ", text).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"
