"""The conversation about one invitation, as a pure function of what happened.

`advance(invitation, event, now)` gives the next invitation, the changes of its answer and the effects that are
to be stored beside it. It reads no clock and does no I/O.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
    invitation = _reached(invitation, now)
    if invitation.state in ENDED:
        return _too_late(invitation)
    if invitation.state is State.ANSWERED and invitation.answer is not None and invitation.answer.score == score:
        if not invitation.changing:
            return Step(invitation)
        return Step(replace(invitation, changing=False), (Show(View.THANKS),))
    answered = _answered(invitation, now, today)
    assert answered.answer is not None  # noqa: S101  # _answered always makes one
    answered = replace(answered, answer=replace(answered.answer, score=score, changed_at=now))
    return Step(answered, (Show(View.THANKS),), (ScoreKept(score, now),))


def _reached(invitation: Invitation, now: datetime) -> Invitation:
    """The invitation at the moment of the person's own act, whether or not a tick has been here before."""
    # A tap on what was never marked as sent: the process died between the platform's acceptance and our note of it.
    if invitation.state in {State.SCHEDULED, State.FAILED}:
        return _sent(invitation, now)
    return _due(invitation, now)


def _answered(invitation: Invitation, now: datetime, today: date) -> Invitation:
    answer = invitation.answer or Answer()
    if answer.first_at is None:
        answer = replace(answer, first_at=now, day=today, commented=bool(answer.parts))
    return replace(invitation, state=State.ANSWERED, answer=answer, changing=False)


def _too_late(invitation: Invitation) -> Step:
    match invitation.state:
        case State.EXPIRED:
            return Step(invitation, (Show(View.EXPIRED), Tell(Sentence.EXPIRED)))
        case State.CANCELLED | State.SUPPRESSED:
            return Step(invitation, (Show(View.WITHDRAWN), Tell(Sentence.WITHDRAWN)))
        case _:
            deleted = invitation.answer is not None and invitation.answer.deleted_at is not None
            return Step(invitation, (Show(View.DELETED if deleted else View.CLOSED), Tell(Sentence.CHANGE_OVER)))


def _comment(before: Invitation, event: CommentWritten, now: datetime, today: date) -> Step:
    part = Part(event.text.strip(), now, event.message)
    answer = before.answer or Answer()
    repeated = answer.parts and replace(answer.parts[-1], at=now) == part
    if not part.text or answer.deleted_at is not None or repeated:
        return Step(before)
    if before.state in {State.CANCELLED, State.SUPPRESSED}:
        return Step(before, (Tell(Sentence.WITHDRAWN),))
    parts = (*answer.parts, part)
    if _too_long(parts):
        return Step(before, (Tell(Sentence.TOO_LONG),))
    after = _reached(before, now)
    if after.is_open_question and after.state not in _OVER:
        after = _answered(after, now, today)
    return _with_parts(before, after, replace(after.answer or answer, parts=parts, changed_at=now), now)


_OVER = frozenset({State.CLOSED, State.EXPIRED})


def _too_long(parts: tuple[Part, ...]) -> bool:
    return len(Answer(parts=parts).comment) > MAX_COMMENT


def _with_parts(before: Invitation, after: Invitation, answer: Answer, now: datetime) -> Step:
    if answer.first_at is not None:
        answer = replace(answer, commented=bool(answer.parts))
    after = replace(after, answer=answer, changing=False)
    return Step(after, _words_shown(before, after), (WordsKept(answer.comment, now),))


def _words_shown(before: Invitation, after: Invitation) -> tuple[Effect, ...]:
    parts = after.answer.parts if after.answer else ()
    if after.state is State.ANSWERED:
        return (Show(View.KEPT if parts else View.THANKS),)
    # Late words close nothing twice, and words before the score leave the question with its buttons.
    return (*_farewell(before, after), *((Tell(Sentence.LATE_KEPT),) if parts else ()))


def _edit(before: Invitation, event: CommentEdited, now: datetime, today: date) -> Step:
    parts = before.answer.parts if before.answer else ()
    edited = tuple(replace(p, text=event.text.strip()) if p.message == event.message else p for p in parts)
    if edited == parts or not event.message or before.answer is None:
        return Step(before)
    after = _due(before, now)
    if not all(_words_open(after, old) for old, new in zip(parts, edited, strict=True) if old != new):
        return _too_late(after)
    if _too_long(edited):
        return Step(before, (Tell(Sentence.TOO_LONG),))
    kept = tuple(part for part in edited if part.text)
    if before.is_open_question and before.answered and not kept:
        return _delete(before, AnswerDeleted(), now, today)
    return _with_parts(before, after, replace(before.answer, parts=kept), now)


def _words_open(invitation: Invitation, part: Part) -> bool:
    """May these words still change? After the close only those that came after it."""
    if invitation.state in _OVER:
        return part.at >= (invitation.editable_until or invitation.expires_at)
    return invitation.state is not State.CANCELLED


def _withdraw(before: Invitation, _event: CommentWithdrawn, now: datetime, today: date) -> Step:
    answer = before.answer
    if answer is None or not answer.parts or _pressed_twice(answer, now):
        return Step(before)
    after = _due(before, now)
    if not _words_open(after, answer.parts[-1]):
        return _too_late(after)
    left = answer.parts[:-1]
    if before.is_open_question and before.answered and not left:
        return _delete(before, AnswerDeleted(), now, today)
    # Who takes the last words back was talking to somebody else: that must not begin another half hour of listening.
    return _with_parts(before, after, replace(answer, parts=left, changed_at=now if left else answer.first_at), now)


def _pressed_twice(answer: Answer, now: datetime) -> bool:
    """Was something taken back (or the score changed) a moment ago? A double tap must not take back two messages."""
    return (
        answer.changed_at is not None
        and answer.changed_at > answer.parts[-1].at
        and now - answer.changed_at < _DOUBLE_TAP
    )


_DOUBLE_TAP = timedelta(seconds=3)


def _change(invitation: Invitation, _event: ChangeWanted, now: datetime, _: date) -> Step:
    if invitation.state in _UNANSWERED or invitation.changing:
        return Step(invitation)
    invitation = _due(invitation, now)
    if not invitation.editable(now):
        return _too_late(invitation)
    return Step(replace(invitation, changing=True), (Show(View.QUESTION),))


_UNANSWERED = frozenset({State.SCHEDULED, State.FAILED, State.SENT})


def _not_solved(invitation: Invitation, _event: NotSolved, now: datetime, _: date) -> Step:
    answer = invitation.answer or Answer()
    if answer.not_solved_at is not None or answer.deleted_at is not None or invitation.state not in _CAN_SAY_NOT_SOLVED:
        return Step(invitation, (Tell(Sentence.NOT_SOLVED),) if answer.not_solved_at else ())
    invitation = replace(invitation, answer=replace(answer, not_solved_at=now), changing=False)
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
    if invitation.state not in _UNANSWERED:
        raise Conflict(
            f"This invitation is {invitation.state.value}: only one that waits for its answer can be cancelled."
        )
    effects: tuple[Effect, ...] = (Show(View.WITHDRAWN),)
    return Step(replace(invitation, state=State.CANCELLED, reason=event.reason), effects)


def _time(before: Invitation, _event: TimePassed, now: datetime, _: date) -> Step:
    after = _due(before, now)
    return Step(after, _farewell(before, after))


def _farewell(before: Invitation, after: Invitation) -> tuple[Effect, ...]:
    """The message loses its buttons when time has closed it, no matter which event noticed that first."""
    if after.state is before.state or after.state not in {State.CLOSED, State.EXPIRED, State.FAILED}:
        return ()
    return (Show(View.CLOSED if after.state is State.CLOSED else View.EXPIRED),)


def _due(invitation: Invitation, now: datetime) -> Invitation:
    """What time alone has made of it; the same whether a tick or an event of the person comes first."""
    if invitation.state is State.ANSWERED and not invitation.editable(now):
        return replace(invitation, state=State.CLOSED, changing=False)
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
