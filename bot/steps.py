"""What a step of the conversation says: the invitation after it, what to show and tell, what to remember."""

from datetime import datetime
from enum import StrEnum

import msgspec

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


class Show(msgspec.Struct, frozen=True):
    """The invitation's message is to show this view, in place of what it showed."""

    view: View


class Tell(msgspec.Struct, frozen=True):
    """The acting person is to read this sentence."""

    sentence: Sentence


class ScoreKept(msgspec.Struct, frozen=True):
    """A history entry: the score that holds from `at` on."""

    score: int
    at: datetime


class WordsKept(msgspec.Struct, frozen=True):
    """A history entry: the comment that holds from `at` on; empty when it was withdrawn."""

    text: str
    at: datetime


Effect = Show | Tell
HistoryEntry = ScoreKept | WordsKept


class Step(msgspec.Struct, frozen=True):
    """The invitation after the event, what is to be done, and what is to be remembered."""

    invitation: Invitation
    effects: tuple[Effect, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
