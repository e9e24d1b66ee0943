"""What a step of the conversation says: the invitation after it, what to show and tell, what to remember."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.invitation import Invitation

MAX_COMMENT = 4000


class View(StrEnum):
    """What the invitation's one message shows now."""

    QUESTION = "question"
    THANKS = "thanks"
    KEPT = "kept"
    NOT_SOLVED = "not_solved"
    CLOSED = "closed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


class Sentence(StrEnum):
    """What is said once to the person who acted, and to nobody else."""

    CHANGE_OVER = "change_over"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LATE_KEPT = "late_kept"
    NOT_FOR_YOU = "not_for_you"
    NOT_SOLVED = "not_solved"
    NOT_STORED = "not_stored"
    TAP_FIRST = "tap_first"
    DELETED_NOT_STORED = "deleted_not_stored"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Show:
    """The invitation's message is to show this view, in place of what it showed."""

    view: View


@dataclass(frozen=True, slots=True)
class Tell:
    """The acting person is to read this sentence."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class ScoreKept:
    """A history entry: the score that holds from `at` on."""

    score: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WordsKept:
    """A history entry: the comment that holds from `at` on; empty when it was withdrawn."""

    text: str
    at: datetime


Effect = Show | Tell
HistoryEntry = ScoreKept | WordsKept


@dataclass(frozen=True, slots=True)
class Step:
    """The invitation after the event, what is to be done, and what is to be remembered."""

    invitation: Invitation
    effects: tuple[Effect, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
