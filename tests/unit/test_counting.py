"""What an invitation counts for, and that differences always sum to a recount."""

from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given

from bot.conversation import advance
from bot.counting import DIMENSIONS, Cell, cells, difference, measures, places
from bot.events import (
    AnswerDeleted,
    Cancelled,
    CommentWritten,
    Delivered,
    Failed,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import Interaction, Invitation, Origin, State
from bot.steps import Step
from bot.values import replace
from tests.builders import NOON, at, make_answered, make_invitation, play, played

Story = tuple[Invitation, list[tuple[datetime, Step]]]
ASKED_ON, ANSWERED_ON = date(2026, 11, 15), date(2026, 11, 17)


def counted(invitation: Invitation) -> list[str]:
    return sorted(measure for _, measure in measures(invitation))


@pytest.mark.parametrize(
    ("invitation", "expected"),
    [
        (make_invitation(state=State.SCHEDULED), ["considered"]),
        (make_invitation(state=State.SUPPRESSED, reason="opted_out"), ["considered", "suppressed:opted_out"]),
        (make_invitation(state=State.FAILED, reason="blocked"), ["considered", "failed:blocked"]),
        (make_invitation(state=State.CANCELLED, sent_at=None), []),
        (make_invitation(state=State.CANCELLED), ["considered", "delivered"]),
        (make_invitation(), ["considered", "delivered"]),
        (make_invitation(state=State.EXPIRED), ["considered", "delivered"]),
        (make_answered(4), ["answered", "considered", "delivered", "score_4"]),
        (make_answered(4, ["well"]), ["answered", "commented", "considered", "delivered", "score_4"]),
        (make_answered(None, ["well"], survey="open"), ["answered", "commented", "considered", "delivered"]),
        (make_answered(0, survey="nps", state=State.CLOSED), ["answered", "considered", "delivered", "score_0"]),
        (make_answered(0, survey="nps", origin=Origin.IMPORTED), ["score_0"]),
        (make_answered(0, ["well"], survey="nps", origin=Origin.OPEN_CALL), ["score_0"]),
        (make_answered(0, ["well"], survey="nps", origin=Origin.TEST), []),
        (make_invitation(state=State.SUPPRESSED, reason="opted_out", origin=Origin.TEST), []),
    ],
)
def test_what_counts(invitation: Invitation, expected: list[str]) -> None:
    assert counted(invitation) == expected


@pytest.mark.parametrize("state", [State.EXPIRED, State.SENT])
def test_words_without_a_score_enter_no_figure(state: State) -> None:
    before = make_invitation(state=state)
    assert difference(before, advance(before, CommentWritten("late"), at(1)).invitation) == Counter()


@pytest.mark.parametrize("event", [NotSolved(), TimePassed(), Delivered("m1")])
def test_seen_or_clicked_is_not_answered(event: InvitationEvent) -> None:
    before = make_invitation()
    assert difference(before, advance(before, event, at(days=20)).invitation) == Counter()


def test_scores_lie_on_the_answer_day_and_the_funnel_on_the_cohort_day() -> None:
    asked = make_invitation(cohort_day=ASKED_ON)
    answered = advance(asked, ScoreChosen(4), at(1), ANSWERED_ON).invitation
    assert {(day, measure) for day, measure in measures(answered)} == {
        (ANSWERED_ON, "score_4"), (ASKED_ON, "considered"), (ASKED_ON, "delivered"), (ASKED_ON, "answered"),
    }  # fmt: skip


def test_change_moves_the_figures_once_and_on_the_first_day() -> None:
    answered = advance(make_invitation(), ScoreChosen(2), at(1), ANSWERED_ON).invitation
    changed = advance(answered, ScoreChosen(5), at(60), date(2026, 11, 18)).invitation
    moved = {
        (cell.day, cell.measure, n) for cell, n in difference(answered, changed).items() if cell.dimension == "all"
    }
    assert moved == {(ANSWERED_ON, "score_2", -1), (ANSWERED_ON, "score_5", 1)}
    assert difference(changed, changed) == Counter()


def test_retry_moves_failed_to_delivered() -> None:
    failed = advance(make_invitation(state=State.SCHEDULED), Failed("blocked"), at(1)).invitation
    again = replace(failed, state=State.SCHEDULED, reason=None)
    sent = advance(again, Delivered(), at(2)).invitation
    for before in (failed, again):
        assert Counter(counted(sent)) - Counter(counted(before)) == Counter(["delivered"])
    total = difference(failed, again)
    total.update(difference(again, sent))
    moved = {(cell.measure, n) for cell, n in total.items() if cell.dimension == "all"}
    assert moved == {("failed:blocked", -1), ("delivered", 1)}


def test_cancelling_before_sending_takes_everything_back() -> None:
    waiting = make_invitation(state=State.SCHEDULED)
    cancelled = advance(waiting, Cancelled("reopened"), at(1)).invitation
    total = difference(None, waiting)
    total.update(difference(waiting, cancelled))
    assert not any(total.values())


def test_deletion_takes_the_figures_back() -> None:
    answered = make_answered(1, ["bad"])
    deleted = advance(answered, AnswerDeleted(), at(1)).invitation
    assert counted(deleted) == ["considered", "delivered"]
    assert cells(deleted) == cells(make_invitation())


def test_erased_words_still_count_as_a_comment() -> None:
    answered = make_answered(1, ["bad"])
    assert answered.answer is not None
    erased = replace(answered, customer=None, address=None, answer=replace(answered.answer, parts=()))
    assert difference(answered, erased) == Counter()


def test_places() -> None:
    about = Interaction(agent="anna", team="billing", tags=("vat", "a", "vat", ""), touchpoint="chat")
    found = list(places(make_invitation(interaction=about)))
    assert found == [
        ("all", ""), ("agent", "anna"), ("team", "billing"), ("channel", "webchat"), ("touchpoint", "chat"),
        ("tag", "a"), ("tag", "vat"),
    ]  # fmt: skip
    assert {dimension for dimension, _ in found} == set(DIMENSIONS)
    assert list(places(make_invitation(interaction=Interaction(agent=""), channel=""))) == [("all", "")]


def test_cell_names_the_stored_version() -> None:
    waiting = make_invitation(state=State.SCHEDULED, interaction=Interaction(), channel="", survey_id=7)
    assert cells(waiting) == Counter({Cell(7, NOON.date(), "all", "", "considered"): 1})


@given(played())
def test_differences_sum_to_a_recount(story: Story) -> None:
    start, steps = story
    total, before = Counter(difference(None, start)), start
    for _, step in steps:
        change = difference(before, step.invitation)
        assert all(change.values())
        total.update(change)
        assert min(total.values(), default=0) >= 0
        before = step.invitation
        assert Counter({cell: n for cell, n in total.items() if n}) == cells(before)


@given(played())
def test_funnel_never_widens(story: Story) -> None:
    start, steps = story
    for invitation in (start, *(step.invitation for _, step in steps)):
        names = Counter(counted(invitation))
        assert names["commented"] <= names["answered"] <= names["delivered"] <= names["considered"] <= 1
        assert sum(n for name, n in names.items() if name.startswith("score_")) <= 1
        held_or_failed = sum(n for name, n in names.items() if name.startswith(("suppressed:", "failed:")))
        assert held_or_failed + names["delivered"] <= names["considered"] or invitation.origin is not Origin.ASKED
        if invitation.origin is Origin.TEST:
            assert not names
        elif invitation.origin is not Origin.ASKED:
            assert all(name.startswith("score_") for name in names)


@given(played())
def test_agent_and_team_stay_those_of_the_asking(story: Story) -> None:
    start, steps = story
    keys = set(places(start))
    for _, step in steps:
        assert {(cell.dimension, cell.key) for cell in cells(step.invitation)} <= keys


def test_many_taps_leave_one_answer() -> None:
    scores = [0, 10, 3, 3, 9, 0]
    steps = play(make_invitation("nps"), [(at(1) - NOON, ScoreChosen(score)) for score in scores])
    total = Counter(difference(None, make_invitation("nps")))
    before = make_invitation("nps")
    for _, step in steps:
        total.update(difference(before, step.invitation))
        before = step.invitation
    scored = {cell.measure: n for cell, n in total.items() if cell.dimension == "all" and n and "score" in cell.measure}
    assert scored == {"score_0": 1}
