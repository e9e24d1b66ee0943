"""The line that quotes a comment."""

from bot.summary import Comment
from bot.texts import Texts

LONGEST_COMMENT = 240


def comment_line(comment: Comment, texts: Texts) -> str:
    """The line of the message that quotes the comment; without the words it has to go (`storage.quotes`)."""
    words = texts("“{words}”").replace("{words}", _short(comment.text))
    score = ""
    if comment.score is not None and comment.highest is not None:
        score = texts("{score} of {highest}").format(score=comment.score, highest=comment.highest, lowest="")
    ticket = "" if comment.link else comment.ticket
    team = comment.team if comment.team_told else ""
    parts = (words, score, team, ticket, texts.weekday(comment.day), comment.link)
    return " · ".join(part for part in parts if part)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_COMMENT else flat[: LONGEST_COMMENT - 1].rstrip() + "…"
