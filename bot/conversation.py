"""The conversation about one invitation, as a pure function of what happened.

`advance(invitation, event, now)` gives the next invitation, the changes of its answer and the effects that are
to be stored beside it. It reads no clock and does no I/O.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

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
from bot.invitation import ENDED, OPEN, Answer, Invitation, Part, State
from bot.steps import MAX_COMMENT, Effect, ScoreKept, Sentence, Show, Step, Tell, View, WordsKept
from bot.values import replace


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
    if _deleted(invitation) or invitation.state in ENDED or invitation.state is State.FAILED:
        return _too_late(invitation)
    if invitation.state is State.ANSWERED and invitation.answer is not None and invitation.answer.score == score:
        if not invitation.changing:
            return Step(invitation)
        return Step(replace(invitation, changing=False), (Show(View.THANKS),))
    answer = _begun(invitation.answer, now, today, score=score, changed_at=now)
    return Step(_with(invitation, answer), (Show(View.THANKS),), (ScoreKept(score, now),))


def _reached(invitation: Invitation, now: datetime) -> Invitation:
    """The invitation at the moment of the person's own act, whether or not a tick has been here before."""
    # A tap on what was never marked as sent: the process died between the platform's acceptance and our note of it.
    if invitation.state in {State.SCHEDULED, State.FAILED} and now < invitation.expires_at:
        return _sent(invitation, now)
    return _due(invitation, now)


def _answered(invitation: Invitation, now: datetime, today: date) -> Invitation:
    return _with(invitation, _begun(invitation.answer, now, today))


def _with(invitation: Invitation, answer: Answer) -> Invitation:
    return replace(invitation, state=State.ANSWERED, answer=answer, changing=False)


def _begun(answer: Answer | None, now: datetime, today: date, **changes: Any) -> Answer:
    """The answer with these changes and the time of the first one, which never moves."""
    if answer is None:
        return Answer(first_at=now, day=today, **changes)
    if answer.first_at is None:
        return replace(answer, first_at=now, day=today, commented=bool(answer.parts), **changes)
    return replace(answer, **changes)


def _too_late(invitation: Invitation) -> Step:
    if _deleted(invitation):
        return Step(invitation, (Show(View.DELETED), Tell(Sentence.DELETED_NOT_STORED)))
    match invitation.state:
        case State.EXPIRED | State.FAILED:
            return Step(invitation, (Show(View.EXPIRED), Tell(Sentence.EXPIRED)))
        case State.CANCELLED | State.SUPPRESSED:
            return Step(invitation, (Show(View.WITHDRAWN), Tell(Sentence.WITHDRAWN)))
        case _:
            return Step(invitation, (Show(View.CLOSED), Tell(Sentence.CHANGE_OVER)))


def _deleted(invitation: Invitation) -> bool:
    return invitation.answer is not None and invitation.answer.deleted_at is not None


def _comment(before: Invitation, event: CommentWritten, now: datetime, today: date) -> Step:
    part = Part(event.text.strip(), now, event.message)
    answer = before.answer or Answer()
    repeated = answer.parts and replace(answer.parts[-1], at=now) == part
    if not part.text or repeated:
        return Step(before)
    if _deleted(before):
        return Step(before, (Tell(Sentence.DELETED_NOT_STORED),))
    if before.state in {State.CANCELLED, State.SUPPRESSED}:
        return Step(before, (Tell(Sentence.WITHDRAWN),))
    parts = (*answer.parts, part)
    if _too_long(parts):
        return Step(before, (Tell(Sentence.TOO_LONG),))
    # Words alone do not say that the question came through, unless words are what it asks for.
    aside = before.state is State.FAILED and not before.is_open_question
    after = before if aside else _reached(before, now)
    if after.is_open_question and after.state in {State.SENT, State.ANSWERED}:
        after = _answered(after, now, today)
    return _with_parts(before, after, replace(after.answer or answer, parts=parts, changed_at=now), now)


def _too_long(parts: tuple[Part, ...]) -> bool:
    return len(Answer(parts=parts).comment) > MAX_COMMENT


def _with_parts(before: Invitation, after: Invitation, answer: Answer, now: datetime) -> Step:
    if answer.first_at is not None:
        answer = replace(answer, commented=bool(answer.parts))
    after = replace(after, answer=answer, changing=False)
    return Step(after, _words_shown(after, now), (WordsKept(answer.comment, now),))


def _words_shown(after: Invitation, now: datetime) -> tuple[Effect, ...]:
    """The message shows what is now kept, so that the person can see it and take it back there."""
    view = _view(after, now)
    late = view in {View.CLOSED, View.EXPIRED} and after.answer is not None and after.answer.parts
    return (Show(view), Tell(Sentence.LATE_KEPT)) if late else (Show(view),)


def _view(invitation: Invitation, now: datetime) -> View:
    worded = invitation.answer is not None and bool(invitation.answer.parts)
    match invitation.state:
        case State.ANSWERED:
            return View.KEPT if worded else View.THANKS
        case State.CLOSED:
            return View.CLOSED
        case State.EXPIRED:
            return View.EXPIRED
        case _ if now >= invitation.expires_at:
            return View.EXPIRED
        case _:
            # Words before the score leave the question with its buttons.
            return View.KEPT if worded else View.QUESTION


def _edit(before: Invitation, event: CommentEdited, now: datetime, today: date) -> Step:
    parts = before.answer.parts if before.answer else ()
    edited = tuple(replace(p, text=event.text.strip()) if p.message == event.message else p for p in parts)
    if edited == parts or not event.message or before.answer is None:
        return Step(before)
    after = _due(before, now)
    if not all(after.words_open(old) for old, new in zip(parts, edited, strict=True) if old != new):
        return _too_late(after)
    if _too_long(edited):
        return Step(before, (Tell(Sentence.TOO_LONG),))
    kept = tuple(part for part in edited if part.text)
    if before.is_open_question and before.answered and not kept:
        return _delete(before, AnswerDeleted(), now, today)
    return _with_parts(before, after, replace(before.answer, parts=kept), now)


def _withdraw(before: Invitation, _event: CommentWithdrawn, now: datetime, today: date) -> Step:
    answer = before.answer
    if answer is None or not answer.parts or _pressed_twice(answer, now):
        return Step(before)
    after = _due(before, now)
    if not after.words_open(answer.parts[-1]):
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
    if invitation.answer is None or _deleted(invitation):
        return Step(invitation)
    gone = Answer(first_at=invitation.answer.first_at, day=invitation.answer.day, deleted_at=now)
    # What failed stays failed, for its reason: the figures count it (KPI.md).
    if invitation.state in {State.SENT, State.ANSWERED, State.CLOSED}:
        invitation = replace(invitation, state=State.CLOSED, reason="deleted")
    return Step(replace(invitation, answer=gone, changing=False), (Show(View.DELETED),))


def _cancel(invitation: Invitation, event: Cancelled, _now: datetime, _: date) -> Step:
    if invitation.state is State.CANCELLED:
        return Step(invitation)
    if invitation.state is State.FAILED:
        raise Conflict(
            "This invitation has failed: the question never reached the customer, so there is nothing to cancel."
        )
    if invitation.state not in OPEN:
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
    if _deleted(after):
        return (Show(View.DELETED),)
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
