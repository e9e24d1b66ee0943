"""Words in the conversation: kept, appended, edited, taken back, late, too long, and as the answer itself."""

from datetime import date, datetime, timedelta

import pytest

from bot.conversation import advance
from bot.counting import measures
from bot.events import (
    AnswerDeleted,
    Cancelled,
    CommentEdited,
    CommentWithdrawn,
    CommentWritten,
    InvitationEvent,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import Answer, Invitation, State
from bot.steps import MAX_COMMENT, Sentence, Show, Tell, View, WordsKept
from tests.builders import at, make_answered, make_invitation

WITHDRAWN = (Show(View.WITHDRAWN), Tell(Sentence.WITHDRAWN))


def answer_of(invitation: Invitation) -> Answer:
    assert invitation.answer is not None
    return invitation.answer


@pytest.mark.parametrize("survey", ["csat", "open"])
def test_late_words_are_kept_without_a_score(survey: str) -> None:
    step = advance(make_invitation(survey, State.EXPIRED), CommentWritten("sorry, late", "m1"), at(days=20))
    answer = answer_of(step.invitation)
    assert (step.invitation.state, answer.comment, answer.score) == (State.EXPIRED, "sorry, late", None)
    assert (answer.first_at, answer.commented, step.invitation.answered) == (None, False, False)
    assert step.effects == (Show(View.EXPIRED), Tell(Sentence.LATE_KEPT))
    assert step.history == (WordsKept("sorry, late", at(days=20)),)


@pytest.mark.parametrize(
    ("survey", "reason", "now"),
    [("csat", "never_shown", at(days=20)), ("open", "never_shown", at(days=20)), ("csat", "blocked", at(5))],
)
def test_words_on_what_failed_are_kept_and_move_no_figure(survey: str, reason: str, now: datetime) -> None:
    before = make_invitation(survey, State.FAILED, reason=reason)
    step = advance(before, CommentWritten("still here", "m1"), now)
    after = step.invitation
    assert (after.state, after.reason, after.sent_at, after.answered) == (State.FAILED, reason, None, False)
    assert (answer_of(after).comment, answer_of(after).score) == ("still here", None)
    assert list(measures(after)) == list(measures(before))
    late = now >= before.expires_at
    assert step.effects == ((Show(View.EXPIRED), Tell(Sentence.LATE_KEPT)) if late else (Show(View.KEPT),))
    gone = advance(after, CommentWithdrawn(), now + timedelta(minutes=1))
    assert (gone.invitation.state, answer_of(gone.invitation).parts) == (State.FAILED, ())
    assert gone.effects == (Show(View.EXPIRED if late else View.QUESTION),)


def test_words_on_a_question_that_expired_unseen_before_any_tick_are_late() -> None:
    step = advance(make_invitation(state=State.SCHEDULED), CommentWritten("late", "m1"), at(days=20))
    assert (step.invitation.state, step.invitation.reason) == (State.FAILED, "never_shown")
    assert step.effects == (Show(View.EXPIRED), Tell(Sentence.LATE_KEPT))


def test_words_answer_an_open_question_whose_sending_was_never_noted() -> None:
    before = make_invitation("open", State.FAILED, reason="gave_up")
    after = advance(before, CommentWritten("shorter queues", "m1"), at(5)).invitation
    assert (after.state, after.sent_at, after.answered) == (State.ANSWERED, at(5), True)


@pytest.mark.parametrize(
    ("before", "view"), [(make_invitation(), View.EXPIRED), (make_answered(), View.CLOSED)], ids=["sent", "answered"]
)
def test_late_words_before_the_tick_also_take_the_buttons_away(before: Invitation, view: View) -> None:
    step = advance(before, CommentWritten("late", "m1"), at(days=20))
    assert step.effects == (Show(view), Tell(Sentence.LATE_KEPT))
    assert answer_of(step.invitation).comment == "late"
    assert advance(step.invitation, TimePassed(), at(days=20)).effects == ()


@pytest.mark.parametrize(
    "before", [make_invitation(state=State.EXPIRED), make_answered(4, ["fine"], state=State.CLOSED)]
)
def test_late_words_may_be_edited_and_taken_back(before: Invitation) -> None:
    late = advance(before, CommentWritten("late", "m9"), at(days=20)).invitation
    edited = advance(late, CommentEdited("later", "m9"), at(days=20, minutes=1))
    assert answer_of(edited.invitation).comment.endswith("later")
    gone = advance(edited.invitation, CommentWithdrawn(), at(days=20, minutes=2))
    assert answer_of(gone.invitation).parts == (before.answer.parts if before.answer else ())
    assert Show(View.THANKS) not in gone.effects
    assert gone.invitation.state is before.state


def test_words_before_the_score_leave_the_question_standing() -> None:
    step = advance(make_invitation(), CommentWritten("well", "m1"), at(1))
    assert step.effects == (Show(View.KEPT),)
    assert not step.invitation.answered
    assert not answer_of(step.invitation).commented
    tapped = advance(step.invitation, ScoreChosen(3), at(2)).invitation
    assert (answer_of(tapped).comment, answer_of(tapped).commented, tapped.answered) == ("well", True, True)


def test_words_are_appended_edited_and_taken_back() -> None:
    one = advance(make_answered(2), CommentWritten(" slow ", "m1"), at(1))
    assert one.effects == (Show(View.KEPT),)
    two = advance(one.invitation, CommentWritten("and rude", "m2"), at(2))
    assert two.history == (WordsKept("slow\nand rude", at(2)),)
    edited = advance(two.invitation, CommentEdited("very slow", "m1"), at(3))
    assert edited.history == (WordsKept("very slow\nand rude", at(3)),)
    back = advance(edited.invitation, CommentWithdrawn(), at(4))
    assert (answer_of(back.invitation).comment, back.effects) == ("very slow", (Show(View.KEPT),))
    none = advance(back.invitation, CommentWithdrawn(), at(5))
    assert (none.history, none.effects) == ((WordsKept("", at(5)),), (Show(View.THANKS),))
    assert not answer_of(none.invitation).commented
    assert answer_of(none.invitation).score == 2


def test_double_tap_takes_back_one_message_only() -> None:
    before = make_answered(2, ["slow", "hello Anna"])
    once = advance(before, CommentWithdrawn(), at(1)).invitation
    twice = advance(once, CommentWithdrawn(), at(1, seconds=1))
    assert (twice.invitation, twice.effects, twice.history) == (once, (), ())
    assert answer_of(advance(once, CommentWithdrawn(), at(2)).invitation).parts == ()


@pytest.mark.parametrize(
    "event",
    [
        CommentWritten("", "m7"),
        CommentWritten(" \n\t ", "m7"),
        CommentWritten("good", "m0"),
        CommentEdited("good", "m0"),
        CommentEdited("other", "m7"),
        CommentEdited("other", ""),
    ],
)
def test_words_that_change_nothing(event: InvitationEvent) -> None:
    before = make_answered(4, ["good"])
    step = advance(before, event, at(1))
    assert (step.invitation, step.effects, step.history) == (before, (), ())


def test_edit_to_nothing_takes_the_words_back() -> None:
    step = advance(make_answered(4, ["good"]), CommentEdited("  ", "m0"), at(1))
    assert (answer_of(step.invitation).parts, answer_of(step.invitation).commented) == ((), False)
    assert step.effects == (Show(View.THANKS),)


@pytest.mark.parametrize(
    ("kept", "event", "fits"),
    [
        ([], CommentWritten("x" * MAX_COMMENT, "m9"), True),
        ([], CommentWritten("x" * (MAX_COMMENT + 1), "m9"), False),
        (["y"], CommentWritten("x" * (MAX_COMMENT - 2), "m9"), True),
        (["y"], CommentWritten("x" * (MAX_COMMENT - 1), "m9"), False),
        (["y"], CommentEdited("x" * MAX_COMMENT, "m0"), True),
        (["y"], CommentEdited("x" * (MAX_COMMENT + 1), "m0"), False),
    ],
)
def test_length_of_a_comment(kept: list[str], event: InvitationEvent, fits: bool) -> None:
    before = make_answered(4, kept)
    step = advance(before, event, at(1))
    assert (step.effects == (Tell(Sentence.TOO_LONG),)) is not fits
    assert (step.invitation == before) is not fits
    assert len(answer_of(step.invitation).comment) <= MAX_COMMENT


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPPRESSED])
def test_words_on_a_withdrawn_question_are_not_kept(state: State) -> None:
    before = make_invitation(state=state)
    step = advance(before, CommentWritten("hello", "m1"), at(1))
    assert (step.invitation, step.effects, step.history) == (before, (Tell(Sentence.WITHDRAWN),), ())


def test_words_of_a_cancelled_question_stay_as_they_were() -> None:
    written = advance(make_invitation(), CommentWritten("well", "m1"), at(1)).invitation
    cancelled = advance(written, Cancelled("reopened"), at(2)).invitation
    for event in (CommentEdited("other", "m1"), CommentWithdrawn()):
        step = advance(cancelled, event, at(3))
        assert (step.invitation, step.effects) == (cancelled, WITHDRAWN)


def test_words_are_the_answer_to_an_open_question() -> None:
    step = advance(make_invitation("open"), CommentWritten("more people", "m1"), at(9), date(2026, 11, 17))
    answer = answer_of(step.invitation)
    assert step.invitation.state is State.ANSWERED
    assert (answer.first_at, answer.day, answer.commented, answer.score) == (at(9), date(2026, 11, 17), True, None)
    assert step.effects == (Show(View.KEPT),)
    more = advance(step.invitation, CommentWritten("and faster", "m2"), at(10)).invitation
    assert (answer_of(more).comment, answer_of(more).first_at) == ("more people\nand faster", at(9))


@pytest.mark.parametrize("event", [CommentWithdrawn(), CommentEdited("", "m1"), AnswerDeleted()])
def test_open_question_without_words_is_no_answer(event: InvitationEvent) -> None:
    answered = advance(make_invitation("open"), CommentWritten("more people", "m1"), at(9)).invitation
    step = advance(answered, event, at(12))
    assert not step.invitation.answered
    assert answer_of(step.invitation).parts == ()
    assert step.effects == (Show(View.DELETED),)
