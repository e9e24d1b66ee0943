"""The conversation about one invitation, as a pure function of what happened.

`advance(invitation, event, now)` gives the next invitation, the changes of its answer and the effects that are
to be stored beside it. It reads no clock and does no I/O.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.errors import Conflict
from bot.events import (
    AnswerDeleted,
    Cancelled,
    ChangeWanted,
    CommentEdited,
    CommentWithdrawn,
    CommentWritten,
    Delivered,
    Failed,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import ENDED, Answer, Invitation, Part, State

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


def advance(invitation: Invitation, event: InvitationEvent, now: datetime, today: date | None = None) -> Step:
    """One event's consequences. `today` is the workspace's local day of `now` (default: the UTC day).

    An event that no longer fits leaves the invitation as it is and says so kindly. Errors: `BadScore` for a score that
    the scale does not have, `Conflict` for cancelling what has ended.
    """
    return _STEPS[type(event)](invitation, event, now, today or now.date())


def _delivered(invitation: Invitation, event: Delivered, now: datetime, _: date) -> Step:
    if invitation.state not in {State.SCHEDULED, State.FAILED}:
        return Step(replace(invitation, message=event.message or invitation.message))
    return Step(_sent(replace(invitation, message=event.message or invitation.message), now))


def _sent(invitation: Invitation, now: datetime) -> Invitation:
    return replace(
        invitation, state=State.SENT, reason=None, sent_at=now, expires_at=now + invitation.survey.expires_after
    )


def _failed(invitation: Invitation, event: Failed, _now: datetime, _: date) -> Step:
    if invitation.state is not State.SCHEDULED:
        return Step(invitation)
    return Step(replace(invitation, state=State.FAILED, reason=event.reason))


def _score(invitation: Invitation, event: ScoreChosen, now: datetime, today: date) -> Step:
    score = invitation.survey.check(event.score)
    invitation = _expire(invitation, now)
    if invitation.state in ENDED or (invitation.state is State.ANSWERED and not invitation.editable(now)):
        return _too_late(invitation)
    if invitation.state is State.ANSWERED and invitation.answer is not None and invitation.answer.score == score:
        if not invitation.changing:
            return Step(invitation)
        return Step(replace(invitation, changing=False), (Show(View.THANKS),))
    answered = replace(_answered(invitation, now, today), changing=False)
    assert answered.answer is not None  # noqa: S101  # _answered always makes one
    answered = replace(answered, answer=replace(answered.answer, score=score, changed_at=now))
    return Step(answered, (Show(View.THANKS),), (ScoreKept(score, now),))


def _answered(invitation: Invitation, now: datetime, today: date) -> Invitation:
    # A tap on what was never marked as sent: the process died between the platform's acceptance and our note of it.
    if invitation.state in {State.SCHEDULED, State.FAILED}:
        invitation = _sent(invitation, now)
    answer = invitation.answer or Answer()
    if answer.first_at is None:
        answer = replace(answer, first_at=now, day=today, commented=bool(answer.parts))
    return replace(invitation, state=State.ANSWERED, answer=answer)


def _too_late(invitation: Invitation) -> Step:
    match invitation.state:
        case State.EXPIRED:
            return Step(invitation, (Show(View.EXPIRED), Tell(Sentence.EXPIRED)))
        case State.CANCELLED | State.SUPPRESSED:
            return Step(invitation, (Show(View.WITHDRAWN), Tell(Sentence.WITHDRAWN)))
        case _:
            deleted = invitation.answer is not None and invitation.answer.deleted_at is not None
            return Step(invitation, (Show(View.DELETED if deleted else View.CLOSED), Tell(Sentence.CHANGE_OVER)))


def _comment(invitation: Invitation, event: CommentWritten, now: datetime, today: date) -> Step:
    invitation = _expire(invitation, now)
    text = event.text.strip()
    answer = invitation.answer or Answer()
    if not text or answer.deleted_at is not None:
        return Step(invitation)
    if invitation.state in {State.CANCELLED, State.SUPPRESSED}:
        return Step(invitation, (Tell(Sentence.WITHDRAWN),))
    if answer.parts and answer.parts[-1].text == text and answer.parts[-1].message == event.message:
        return Step(invitation)
    if len(answer.comment) + len(text) > MAX_COMMENT:
        return Step(invitation, (Tell(Sentence.TOO_LONG),))
    if invitation.is_open_question and invitation.state not in {State.CLOSED, State.EXPIRED}:
        invitation = _answered(invitation, now, today)
        answer = invitation.answer or answer
    return _with_parts(invitation, (*answer.parts, Part(text, now, event.message)), now)


def _with_parts(invitation: Invitation, parts: tuple[Part, ...], now: datetime) -> Step:
    answer = replace(invitation.answer or Answer(), parts=parts)
    if answer.first_at is not None and invitation.state is not State.EXPIRED:
        answer = replace(answer, commented=bool(parts))
    invitation = replace(invitation, answer=replace(answer, changed_at=now))
    late = invitation.state in {State.CLOSED, State.EXPIRED}
    effects: tuple[Effect, ...] = (Tell(Sentence.LATE_KEPT),) if late else (Show(View.KEPT if parts else View.THANKS),)
    return Step(invitation, effects, (WordsKept(answer.comment, now),))


def _edit(invitation: Invitation, event: CommentEdited, now: datetime, _: date) -> Step:
    parts = invitation.answer.parts if invitation.answer else ()
    edited = tuple(replace(p, text=event.text.strip()) if p.message == event.message else p for p in parts)
    if edited == parts or not event.message:
        return Step(invitation)
    return _with_parts(invitation, tuple(part for part in edited if part.text), now)


def _withdraw(invitation: Invitation, _event: CommentWithdrawn, now: datetime, _: date) -> Step:
    if invitation.answer is None or not invitation.answer.parts:
        return Step(invitation)
    if invitation.is_open_question and len(invitation.answer.parts) == 1:
        return _delete(invitation, AnswerDeleted(), now, _)
    return _with_parts(invitation, invitation.answer.parts[:-1], now)


def _change(invitation: Invitation, _event: ChangeWanted, now: datetime, _: date) -> Step:
    if not invitation.editable(now):
        return _too_late(_expire(invitation, now)) if invitation.state is not State.SENT else Step(invitation)
    if invitation.changing:
        return Step(invitation)
    return Step(replace(invitation, changing=True), (Show(View.QUESTION),))


def _not_solved(invitation: Invitation, _event: NotSolved, now: datetime, _: date) -> Step:
    answer = invitation.answer or Answer()
    if answer.not_solved_at is not None or answer.deleted_at is not None or invitation.state not in _CAN_SAY_NOT_SOLVED:
        return Step(invitation, (Tell(Sentence.NOT_SOLVED),) if answer.not_solved_at else ())
    invitation = replace(invitation, answer=replace(answer, not_solved_at=now))
    return Step(invitation, (Show(View.NOT_SOLVED), Tell(Sentence.NOT_SOLVED)))


_CAN_SAY_NOT_SOLVED = frozenset({State.SENT, State.ANSWERED, State.CLOSED})


def _delete(invitation: Invitation, _event: AnswerDeleted, now: datetime, _: date) -> Step:
    if invitation.answer is None or invitation.answer.deleted_at is not None:
        return Step(invitation)
    gone = Answer(first_at=invitation.answer.first_at, day=invitation.answer.day, deleted_at=now)
    state = invitation.state if invitation.state in ENDED else State.CLOSED
    return Step(replace(invitation, state=state, reason="deleted", answer=gone, changing=False), (Show(View.DELETED),))


def _cancel(invitation: Invitation, event: Cancelled, _now: datetime, _: date) -> Step:
    if invitation.state is State.CANCELLED:
        return Step(invitation)
    if invitation.state not in {State.SCHEDULED, State.SENT, State.FAILED}:
        raise Conflict(
            f"This invitation is {invitation.state.value}: only one that waits for its answer can be cancelled."
        )
    effects: tuple[Effect, ...] = (Show(View.WITHDRAWN),)
    return Step(replace(invitation, state=State.CANCELLED, reason=event.reason), effects)


def _time(invitation: Invitation, _event: TimePassed, now: datetime, _: date) -> Step:
    after = _expire(invitation, now)
    if after.state is not invitation.state:
        return Step(after, (Show(View.EXPIRED),))
    until = invitation.editable_until
    if invitation.state is State.ANSWERED and until is not None and now >= until:
        return Step(replace(invitation, state=State.CLOSED, changing=False), (Show(View.CLOSED),))
    return Step(invitation)


def _expire(invitation: Invitation, now: datetime) -> Invitation:
    if now < invitation.expires_at:
        return invitation
    if invitation.state is State.SENT:
        return replace(invitation, state=State.EXPIRED)
    if invitation.state is State.SCHEDULED:
        return replace(invitation, state=State.FAILED, reason="never_shown")
    return invitation


_STEPS: dict[type[InvitationEvent], Callable[..., Step]] = {
    Delivered: _delivered,
    Failed: _failed,
    ScoreChosen: _score,
    CommentWritten: _comment,
    CommentEdited: _edit,
    CommentWithdrawn: _withdraw,
    ChangeWanted: _change,
    NotSolved: _not_solved,
    AnswerDeleted: _delete,
    Cancelled: _cancel,
    TimePassed: _time,
}
