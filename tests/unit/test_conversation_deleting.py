"""Deleting an answer: what goes, what stays for the figures, and what is said to words that come afterwards."""

from datetime import timedelta

import pytest

from bot.conversation import advance
from bot.events import (
    AnswerDeleted,
    ChangeWanted,
    CommentWithdrawn,
    CommentWritten,
    Delivered,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import Answer, Invitation, Part, State
from bot.steps import Sentence, Show, Tell, View
from tests.builders import NOON, at, make_answered, make_invitation

FORTNIGHT = timedelta(days=14)


def answer_of(invitation: Invitation) -> Answer:
    assert invitation.answer is not None
    return invitation.answer


@pytest.mark.parametrize("state", [State.ANSWERED, State.CLOSED])
def test_deletion_takes_score_and_words(state: State) -> None:
    step = advance(make_answered(1, ["bad", "very"], state=state, changing=True), AnswerDeleted(), at(days=30))
    assert answer_of(step.invitation) == Answer(first_at=NOON, day=NOON.date(), deleted_at=at(days=30))
    assert (step.invitation.state, step.invitation.reason) == (State.CLOSED, "deleted")
    assert not step.invitation.changing
    assert not step.invitation.answered
    assert (step.effects, step.history) == ((Show(View.DELETED),), ())


@pytest.mark.parametrize(
    "event",
    [
        ScoreChosen(5),
        CommentWritten("x"),
        ChangeWanted(),
        CommentWithdrawn(),
        NotSolved(),
        AnswerDeleted(),
        TimePassed(),
    ],
)
def test_what_is_deleted_stays_deleted(event: InvitationEvent) -> None:
    deleted = advance(make_answered(1, ["bad"]), AnswerDeleted(), at(1)).invitation
    step = advance(deleted, event, at(2))
    assert (step.invitation, step.history) == (deleted, ())
    assert Show(View.CLOSED) not in step.effects


@pytest.mark.parametrize(
    "before",
    [
        make_answered(1, ["bad"]),
        make_invitation(answer=Answer(parts=(Part("early", NOON),))),
        make_invitation(state=State.FAILED, answer=Answer(parts=(Part("early", NOON),))),
        make_invitation(state=State.EXPIRED, answer=Answer(parts=(Part("late", NOON),))),
    ],
    ids=["answered", "sent", "failed", "expired"],
)
@pytest.mark.parametrize("event", [ScoreChosen(4), CommentWritten("once more", "m9")])
def test_after_a_deletion_the_person_is_told_that_nothing_is_stored(before: Invitation, event: InvitationEvent) -> None:
    deleted = advance(before, AnswerDeleted(), at(1)).invitation
    step = advance(deleted, event, at(2))
    assert (answer_of(step.invitation).score, answer_of(step.invitation).parts, step.history) == (None, (), ())
    assert step.effects[-1] == Tell(Sentence.DELETED_NOT_STORED)
    later = advance(deleted, TimePassed(), NOON + FORTNIGHT)
    assert later.effects in {(), (Show(View.DELETED),)}


@pytest.mark.parametrize("reason", ["blocked", "never_shown"])
def test_deleting_words_leaves_what_failed_failed_for_its_reason(reason: str) -> None:
    worded = make_invitation(state=State.FAILED, reason=reason, answer=Answer(parts=(Part("late", NOON),)))
    step = advance(worded, AnswerDeleted(), at(1))
    assert (step.invitation.state, step.invitation.reason, step.invitation.sent_at) == (State.FAILED, reason, None)
    assert step.effects == (Show(View.DELETED),)


def test_time_invites_no_words_to_what_was_deleted() -> None:
    worded = make_invitation(state=State.FAILED, reason="gave_up", answer=Answer(parts=(Part("early", NOON),)))
    deleted = advance(worded, AnswerDeleted(), at(1)).invitation
    delivered = advance(deleted, Delivered("m9"), at(2)).invitation
    step = advance(delivered, TimePassed(), delivered.expires_at)
    assert (step.invitation.state, step.effects) == (State.EXPIRED, (Show(View.DELETED),))


def test_deleting_late_words_leaves_an_expired_question_expired() -> None:
    late = advance(make_invitation(state=State.EXPIRED), CommentWritten("late"), at(days=20)).invitation
    after = advance(late, AnswerDeleted(), at(days=21)).invitation
    assert (after.state, answer_of(after).parts) == (State.EXPIRED, ())
