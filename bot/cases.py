"""A low-score case: what opens one, what becomes of it, and when it may be told; pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.invitation import Answer, Invitation, Origin
from bot.surveys import Band
from bot.values import replace

# A place reads of low scores at most this often; what comes meanwhile is bundled.
TOGETHER: Final = timedelta(minutes=10)
QUIET_FROM: Final = time(21)
QUIET_UNTIL: Final = time(8)
MOST_LISTED: Final = 10  # in one message; a phone shows about as many buttons
COUNTED: Final = frozenset({Origin.ASKED, Origin.OPEN_CALL})  # tests are nobody's, and what is imported is long over


class CaseState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"


class Told(StrEnum):
    """What became of a member's sentence to the customer."""

    NOTHING = "nothing"
    SENDING = "sending"
    TOLD = "told"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One per invitation, whose id it has. `member` took it or is done with it, `since` then.

    `told_at` is when the team first read of it; `outcome` is a word or two of the member's, `sentence` what they wrote
    to the customer, and `told` what became of that.
    """

    invitation: str
    workspace: str
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    told_at: datetime | None = None
    member: str | None = None
    since: datetime | None = None
    outcome: str = ""
    sentence: str = ""
    told: Told = Told.NOTHING

    def held_by_another(self, member: str) -> bool:
        """Has somebody else taken it?"""
        return self.state is CaseState.TAKEN and self.member != member


class Turn(StrEnum):
    """What a change of an answer means to its case.

    `LOW` and `NOT_SOLVED` open one, or open one again that is done; only `NOT_SOLVED` is news where one is open.
    `WORDS` are news of a case that is there, and so are words that were changed (`REWORDED`). `OTHER` is another low
    score, or words that are taken back. `BETTER` and `DELETED` take away one that nobody has been told of.
    """

    LOW = "low"
    NOT_SOLVED = "not_solved"
    WORDS = "words"
    REWORDED = "reworded"
    OTHER = "other"
    BETTER = "better"
    DELETED = "deleted"


FOLLOWED: Final = frozenset(Turn) - {Turn.LOW}
"""After these the messages that show the case say at once how it is now. What is news is told as well, by a new one: a
message that changes rings no bell."""


def turn(before: Invitation | None, after: Invitation) -> Turn | None:
    """What became of the case between the two; None for nothing, as with nearly every answer."""
    if after.answer is None or after.origin not in COUNTED:
        return None
    was, now = before is not None and needs_care(before), needs_care(after)
    known = before.answer if before is not None else None
    if after.answer.deleted_at is not None:
        # It may have been low before, and be shown to the team.
        return Turn.DELETED if known is not None and known.deleted_at is None else None
    if not now:
        return Turn.BETTER if was or (known is not None and not _kept(known, after.answer)) else None
    if after.answer.not_solved_at is not None and (known is None or known.not_solved_at is None):
        return Turn.NOT_SOLVED
    return _then(known, after.answer) if was and known is not None else Turn.LOW


def _then(known: Answer, answer: Answer) -> Turn | None:
    """Of an answer that was low and is."""
    if answer.parts and answer.parts != known.parts:
        return Turn.WORDS if _kept(known, answer) else Turn.REWORDED
    return Turn.OTHER if (answer.parts, answer.score) != (known.parts, known.score) else None


def _kept(known: Answer, answer: Answer) -> bool:
    """Are the words that were there all there still?"""
    return answer.parts[: len(known.parts)] == known.parts


def needs_care(invitation: Invitation) -> bool:
    """Is the score in the lowest band of the version that was answered, or was "not solved yet" said at any score?"""
    answer, survey = invitation.answer, invitation.survey
    if answer is None or answer.deleted_at is not None:
        return False
    scored = answer.score is not None and survey.scale is not None and answer.score in survey.scale
    low = scored and answer.score is not None and survey.band(answer.score) is Band.LOW
    return answer.not_solved_at is not None or low


def is_quiet(local: datetime) -> bool:
    """Is it the team's night, by the workspace's clock? What happens then is told at its end."""
    return local.time() >= QUIET_FROM or local.time() < QUIET_UNTIL


def taken(case: Case, member: str, now: datetime) -> Case:
    return replace(case, state=CaseState.TAKEN, member=member, since=now)


def done(case: Case, member: str, now: datetime, *, outcome: str = "", sentence: str = "") -> Case:
    """With a sentence, that is on its way to the customer."""
    told = Told.SENDING if sentence else Told.NOTHING
    return replace(case, state=CaseState.DONE, member=member, since=now, outcome=outcome, sentence=sentence, told=told)
