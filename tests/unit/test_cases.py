"""What opens a low-score case, what is news of one, and when a team may be told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.cases import Case, CaseState, Told, Turn, done, is_quiet, needs_care, taken, turn
from bot.conversation import advance
from bot.events import (
    AnswerDeleted,
    CommentEdited,
    CommentWithdrawn,
    CommentWritten,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import Invitation, Origin, State
from bot.surveys import Direction, Kind, Scale, Survey
from bot.values import replace
from tests.builders import NOON, make_answered, make_invitation

LATER = NOON + timedelta(minutes=1)
EFFORT = Survey("effort", Kind.CES, Scale(1, 7), good=(1, 2), bad=(5, 7), direction=Direction.LOWER)


def after(before: Invitation, *events: InvitationEvent) -> Invitation:
    for event in events:
        before = advance(before, event, LATER).invitation
    return before


def sent(survey: str = "csat", **changes: object) -> Invitation:
    return make_invitation(survey, State.SENT, sent_at=NOON, **changes)


@pytest.mark.parametrize(
    ("survey", "score", "low"),
    [
        ("csat", 1, True),
        ("csat", 2, True),
        ("csat", 3, False),
        ("nps", 0, True),
        ("nps", 6, True),
        ("nps", 7, False),
        ("ces", 3, True),
        ("ces", 7, False),
    ],
)
def test_the_lowest_band_of_the_version_that_was_answered_opens_one(survey: str, score: int, low: bool) -> None:
    before = sent(survey)
    now = after(before, ScoreChosen(score))
    assert needs_care(now) is low
    assert turn(before, now) == (Turn.LOW if low else None)


def test_much_effort_is_low_where_less_is_better() -> None:
    before = replace(sent("ces"), survey=EFFORT)
    assert turn(before, after(before, ScoreChosen(6))) is Turn.LOW
    assert turn(before, after(before, ScoreChosen(1))) is None


@pytest.mark.parametrize("origin", [Origin.TEST, Origin.IMPORTED])
def test_tests_and_imported_answers_open_none(origin: Origin) -> None:
    before = sent(origin=origin)
    assert turn(before, after(before, ScoreChosen(1), NotSolved())) is None


def test_words_alone_open_none_and_not_solved_opens_one_at_any_score() -> None:
    before = sent("open")
    said = after(before, CommentWritten("slow"))
    assert turn(before, said) is None
    assert turn(said, after(said, NotSolved())) is Turn.NOT_SOLVED
    happy = make_answered(5)
    assert turn(happy, after(happy, NotSolved())) is Turn.NOT_SOLVED
    assert turn(None, after(happy, NotSolved())) is Turn.NOT_SOLVED


def test_what_follows_a_low_score() -> None:
    low = make_answered(2)
    worded = after(low, CommentWritten("again", "m1"))
    assert turn(low, worded) is Turn.WORDS
    assert turn(worded, after(worded, CommentWithdrawn())) is Turn.OTHER
    assert turn(worded, after(worded, CommentEdited("and again", "m1"))) is Turn.REWORDED
    assert turn(low, after(low, ScoreChosen(1))) is Turn.OTHER
    assert turn(low, after(low, ScoreChosen(4))) is Turn.BETTER
    assert turn(low, after(low, AnswerDeleted())) is Turn.DELETED
    assert turn(low, after(low, TimePassed())) is None
    better = after(low, ScoreChosen(4))
    fine = after(better, CommentWritten("fine now", "m2"))
    assert turn(better, fine) is None
    assert turn(fine, after(fine, CommentEdited("", "m2"))) is Turn.BETTER
    gone = after(better, AnswerDeleted())
    assert turn(better, gone) is Turn.DELETED
    assert turn(gone, after(gone, ScoreChosen(1))) is None


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("07:59", True), ("08:00", False), ("12:00", False), ("20:59", False), ("21:00", True), ("00:00", True)],
)
def test_the_night_of_the_team(clock: str, quiet: bool) -> None:
    local = datetime.fromisoformat(f"2026-03-29 {clock}").replace(tzinfo=ZoneInfo("Europe/Helsinki"))
    assert is_quiet(local) is quiet


def test_taken_and_done() -> None:
    case = Case(invitation="i", workspace="default", opened_at=NOON)
    assert not case.held_by_another("anna")
    hers = taken(case, "anna", LATER)
    assert (hers.state, hers.since) == (CaseState.TAKEN, LATER)
    assert hers.held_by_another("olli")
    assert not hers.held_by_another("anna")
    assert done(hers, "anna", LATER, outcome="refunded").told is Told.NOTHING
    assert done(hers, "anna", LATER, sentence="It is fixed.").told is Told.SENDING
    assert not done(hers, "anna", LATER).held_by_another("olli")
