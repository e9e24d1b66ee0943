"""The conversation about one invitation, event by event."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.conversation import advance
from bot.errors import BadScore, Conflict
from bot.events import (
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
from bot.invitation import Answer, Invitation, State
from bot.steps import Effect, ScoreKept, Sentence, Show, Tell, View
from tests.builders import NOON, at, make_answered, make_invitation, make_survey

DAY, FORTNIGHT = timedelta(hours=24), timedelta(days=14)
INSTANT = timedelta(microseconds=1)
WITHDRAWN = (Show(View.WITHDRAWN), Tell(Sentence.WITHDRAWN))
TOO_LATE = (Show(View.CLOSED), Tell(Sentence.CHANGE_OVER))
EXPIRED = (Show(View.EXPIRED), Tell(Sentence.EXPIRED))


def answer_of(invitation: Invitation) -> Answer:
    assert invitation.answer is not None
    return invitation.answer


def test_one_tap_is_an_answer() -> None:
    step = advance(make_invitation(), ScoreChosen(2), at(5), date(2026, 11, 17))
    answer = answer_of(step.invitation)
    assert step.invitation.state is State.ANSWERED
    assert (answer.score, answer.first_at, answer.day) == (2, at(5), date(2026, 11, 17))
    assert step.effects == (Show(View.THANKS),)
    assert step.history == (ScoreKept(2, at(5)),)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SENT, State.FAILED])
def test_nps_zero_is_a_real_answer(state: State) -> None:
    step = advance(make_invitation("nps", state), ScoreChosen(0), at(1))
    assert answer_of(step.invitation).score == 0
    assert step.invitation.answered
    assert step.history == (ScoreKept(0, at(1)),)
    again = advance(step.invitation, ScoreChosen(0), at(2))
    assert (again.invitation, again.history) == (step.invitation, ())


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("score", [0, 6, -1, True, 2.0])
def test_bad_score_is_refused_in_every_state(state: State, score: Any) -> None:
    with pytest.raises(BadScore):
        advance(make_invitation("csat", state), ScoreChosen(score), at(1))


def test_open_survey_has_no_score() -> None:
    with pytest.raises(BadScore):
        advance(make_invitation("open"), ScoreChosen(5), at(1))


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.SCHEDULED, ScoreChosen(4)),
        (State.FAILED, ScoreChosen(4)),
        (State.SCHEDULED, CommentWritten("so slow")),
    ],
)
def test_who_answers_has_got_the_question(state: State, event: InvitationEvent) -> None:
    after = advance(make_invitation(state=state, reason="gone"), event, at(1)).invitation
    assert after.sent_at == at(1)
    assert after.reason is None
    assert after.state is (State.ANSWERED if isinstance(event, ScoreChosen) else State.SENT)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.FAILED])
@pytest.mark.parametrize("ticked", [False, True])
def test_tap_after_the_question_expired_unseen_is_no_answer(state: State, ticked: bool) -> None:
    before = make_invitation(state=state, reason="never_shown" if state is State.FAILED else None)
    if ticked:
        before = advance(before, TimePassed(), NOON + FORTNIGHT).invitation
    step = advance(before, ScoreChosen(4), NOON + FORTNIGHT)
    assert (step.invitation.state, step.invitation.reason) == (State.FAILED, "never_shown")
    assert (step.invitation.sent_at, step.invitation.answer) == (None, None)
    assert step.effects == EXPIRED


@pytest.mark.parametrize("state", [State.SCHEDULED, State.FAILED])
def test_delivery_starts_the_fortnight(state: State) -> None:
    after = advance(make_invitation(state=state, reason="gone"), Delivered("m9"), at(60)).invitation
    assert (after.state, after.reason, after.message) == (State.SENT, None, "m9")
    assert (after.sent_at, after.expires_at) == (at(60), at(60) + FORTNIGHT)


def test_delivery_noted_after_the_tap_moves_nothing() -> None:
    answered = advance(make_invitation(state=State.SCHEDULED), ScoreChosen(4), at(1)).invitation
    after = advance(answered, Delivered("m9"), at(2)).invitation
    assert (after.state, after.sent_at, after.message) == (State.ANSWERED, at(1), "m9")


@pytest.mark.parametrize("state", list(State))
def test_failure_counts_only_while_it_waits(state: State) -> None:
    after = advance(make_invitation(state=state), Failed("blocked"), at(1)).invitation
    failed = state is State.SCHEDULED
    assert after.state is (State.FAILED if failed else state)
    assert after.reason == ("blocked" if failed else None)


def test_change_keeps_comment_first_time_and_day() -> None:
    before = make_answered(2, ["slow"])
    asked = advance(before, ChangeWanted(), at(5))
    assert asked.effects == (Show(View.QUESTION),)
    assert advance(asked.invitation, ChangeWanted(), at(6)).effects == ()
    after = advance(asked.invitation, ScoreChosen(5), at(7), date(2026, 11, 20))
    answer = answer_of(after.invitation)
    assert (answer.score, answer.comment, answer.commented) == (5, "slow", True)
    assert (answer.first_at, answer.day, answer.changed_at) == (NOON, NOON.date(), at(7))
    assert after.history == (ScoreKept(5, at(7)),)
    assert not after.invitation.changing


def test_same_score_again_ends_the_change_without_history() -> None:
    changing = make_answered(4, changing=True)
    step = advance(changing, ScoreChosen(4), at(3))
    assert (step.effects, step.history) == ((Show(View.THANKS),), ())
    assert step.invitation.answer == changing.answer


@pytest.mark.parametrize("event", [CommentWritten("and slow", "m2"), NotSolved()])
def test_change_can_be_wanted_again_after_the_buttons_were_replaced(event: InvitationEvent) -> None:
    between = advance(make_answered(4, changing=True), event, at(1)).invitation
    assert advance(between, ChangeWanted(), at(2)).effects == (Show(View.QUESTION),)


@pytest.mark.parametrize("event", [ScoreChosen(1), ChangeWanted(), CommentEdited("x", "m0"), CommentWithdrawn()])
@pytest.mark.parametrize("ticked", [False, True])
def test_after_24_hours_nothing_changes_whether_or_not_a_tick_came_first(event: InvitationEvent, ticked: bool) -> None:
    before = make_answered(4, ["fine"])
    if ticked:
        before = advance(before, TimePassed(), NOON + DAY).invitation
    step = advance(before, event, NOON + DAY)
    assert step.invitation.state is State.CLOSED
    assert step.invitation.answer == before.answer
    assert (step.effects, step.history) == (TOO_LATE, ())


@pytest.mark.parametrize("event", [ScoreChosen(1), CommentEdited("x", "m0"), CommentWithdrawn()])
def test_just_before_24_hours_everything_changes(event: InvitationEvent) -> None:
    step = advance(make_answered(4, ["fine"]), event, NOON + DAY - INSTANT)
    assert len(step.history) == 1
    assert step.invitation.state is State.ANSWERED


@pytest.mark.parametrize("event", [ChangeWanted(), TimePassed()])
@pytest.mark.parametrize("state", [State.SCHEDULED, State.SENT, State.FAILED])
def test_nothing_to_change_before_there_is_an_answer(state: State, event: InvitationEvent) -> None:
    before = make_invitation(state=state)
    step = advance(before, event, at(1))
    assert (step.invitation, step.effects) == (before, ())


@pytest.mark.parametrize(
    ("before", "now", "state", "effects"),
    [
        (make_invitation(), NOON + FORTNIGHT - INSTANT, State.SENT, ()),
        (make_invitation(), NOON + FORTNIGHT, State.EXPIRED, (Show(View.EXPIRED),)),
        (make_invitation(state=State.SCHEDULED), NOON + FORTNIGHT, State.FAILED, (Show(View.EXPIRED),)),
        (make_answered(), NOON + DAY - INSTANT, State.ANSWERED, ()),
        (make_answered(), NOON + DAY, State.CLOSED, (Show(View.CLOSED),)),
        (make_invitation(state=State.CANCELLED), NOON + FORTNIGHT, State.CANCELLED, ()),
        (make_invitation(state=State.SUPPRESSED), NOON + FORTNIGHT, State.SUPPRESSED, ()),
        (make_invitation(state=State.FAILED, reason="gone"), NOON + FORTNIGHT, State.FAILED, ()),
    ],
)
def test_time(before: Invitation, now: datetime, state: State, effects: tuple[Effect, ...]) -> None:
    step = advance(before, TimePassed(), now)
    assert (step.invitation.state, step.effects, step.history) == (state, effects, ())
    assert advance(step.invitation, TimePassed(), now).effects == ()


def test_never_shown_says_so_and_may_still_be_delivered() -> None:
    failed = advance(make_invitation(state=State.SCHEDULED), TimePassed(), NOON + FORTNIGHT).invitation
    assert failed.reason == "never_shown"
    assert advance(failed, Delivered(), NOON + FORTNIGHT).invitation.state is State.SENT


def test_times_are_the_surveys_own() -> None:
    survey = make_survey("csat", expires_after=timedelta(days=2), editable_for=timedelta(hours=1))
    assert advance(make_invitation(survey), TimePassed(), at(days=2)).invitation.state is State.EXPIRED
    answered = advance(make_invitation(survey), ScoreChosen(3), NOON).invitation
    assert advance(answered, ScoreChosen(4), at(60)).effects == TOO_LATE


@pytest.mark.parametrize(
    ("before", "effects"),
    [
        (make_invitation(state=State.EXPIRED), EXPIRED),
        (make_invitation(state=State.CANCELLED), WITHDRAWN),
        (make_invitation(state=State.SUPPRESSED), WITHDRAWN),
        (make_answered(state=State.CLOSED), TOO_LATE),
    ],
)
@pytest.mark.parametrize("event", [ScoreChosen(5), ChangeWanted()])
def test_late_tap_gets_a_kind_sentence(before: Invitation, effects: tuple[Effect, ...], event: InvitationEvent) -> None:
    step = advance(before, event, at(days=20))
    assert (step.invitation, step.effects, step.history) == (before, effects, ())


def test_tap_on_the_last_instant_before_a_tick() -> None:
    step = advance(make_invitation(), ScoreChosen(5), NOON + FORTNIGHT)
    assert step.invitation.state is State.EXPIRED
    assert (step.invitation.answer, step.effects) == (None, EXPIRED)


@pytest.mark.parametrize("before", [make_invitation(), make_answered(2), make_answered(2, state=State.CLOSED)])
def test_not_solved_is_noted_once(before: Invitation) -> None:
    step = advance(before, NotSolved(), at(5))
    assert answer_of(step.invitation).not_solved_at == at(5)
    assert step.effects == (Show(View.NOT_SOLVED), Tell(Sentence.NOT_SOLVED))
    assert (step.invitation.state, step.invitation.answered) == (before.state, before.answered)
    again = advance(step.invitation, NotSolved(), at(6))
    assert (again.invitation, again.effects) == (step.invitation, (Tell(Sentence.NOT_SOLVED),))


@pytest.mark.parametrize("state", [State.SCHEDULED, State.FAILED, State.CANCELLED, State.EXPIRED, State.SUPPRESSED])
def test_not_solved_needs_a_question(state: State) -> None:
    before = make_invitation(state=state)
    assert advance(before, NotSolved(), at(5)).invitation == before


@pytest.mark.parametrize("state", [State.SCHEDULED, State.SENT])
def test_cancelling_what_waits(state: State) -> None:
    step = advance(make_invitation(state=state), Cancelled("reopened"), at(1))
    assert (step.invitation.state, step.invitation.reason) == (State.CANCELLED, "reopened")
    assert step.effects == (Show(View.WITHDRAWN),)
    again = advance(step.invitation, Cancelled("other"), at(2))
    assert (again.invitation, again.effects) == (step.invitation, ())


@pytest.mark.parametrize("state", [State.ANSWERED, State.CLOSED, State.EXPIRED, State.SUPPRESSED, State.FAILED])
def test_cancelling_what_has_ended_is_a_conflict(state: State) -> None:
    before = make_answered(state=state) if state is State.ANSWERED else make_invitation(state=state)
    with pytest.raises(Conflict, match=state.value):
        advance(before, Cancelled(), at(1))
