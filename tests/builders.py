"""Invitations, surveys, addresses and random timelines for tests, each with sensible values to start from."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.address import Address
from bot.conversation import advance
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
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.steps import Step
from bot.surveys import BUILT_IN, Survey
from bot.values import replace

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
UNSENT = frozenset({State.SCHEDULED, State.SUPPRESSED, State.FAILED})

Timeline = list[tuple[timedelta, InvitationEvent]]


def at(minutes: float = 0, **more: float) -> datetime:
    """So long after `NOON`; `more` as `timedelta` takes it."""
    return NOON + timedelta(minutes=minutes, **more)


def make_survey(slug: str = "csat", **changes: Any) -> Survey:
    """One of the built-in surveys, with changes."""
    return replace({survey.slug: survey for survey in BUILT_IN}[slug], **changes)


def make_address(**changes: Any) -> Address:
    return replace(Address("webchat", "visitor-1", user="visitor-1"), **changes)


def make_invitation(survey: str | Survey = "csat", state: State = State.SENT, **changes: Any) -> Invitation:
    """A question decided at `NOON` in this state; what was sent is sent at `NOON`."""
    known = make_survey(survey) if isinstance(survey, str) else survey
    start = Invitation(
        id="invitation-1",
        workspace="default",
        survey=known,
        survey_id=1,
        state=state,
        decided_at=NOON,
        cohort_day=NOON.date(),
        expires_at=NOON + known.expires_after,
        customer="customer-1",
        address=make_address(),
        channel="webchat",
        interaction=Interaction(ticket="T-1", agent="anna", team="billing", tags=("vat", "urgent"), touchpoint="chat"),
        sent_at=None if state in UNSENT else NOON,
    )
    return replace(start, **changes)


def make_answered(score: int | None = 4, words: Iterable[str] = (), **changes: Any) -> Invitation:
    """An invitation answered at `NOON`, its words (if any) of the same moment."""
    parts = tuple(Part(text, NOON, f"m{number}") for number, text in enumerate(words))
    given = Answer(score, parts, bool(parts), first_at=NOON, day=NOON.date(), changed_at=NOON)
    return make_invitation(**{"state": State.ANSWERED, "answer": given, **changes})


def play(invitation: Invitation, timeline: Timeline, start: datetime = NOON) -> list[tuple[datetime, Step]]:
    """Every event in turn; a refused cancellation leaves things as they are, as the service leaves them."""
    now, steps = start, []
    for gap, event in timeline:
        now += gap
        try:
            step = advance(invitation, event, now)
        except Conflict:
            step = Step(invitation)
        steps.append((now, step))
        invitation = step.invitation
    return steps


def events(survey: Survey) -> st.SearchStrategy[InvitationEvent]:
    """Everything that can happen to an invitation of this survey; words often repeat a message's id."""
    ids = st.sampled_from(["", "m1", "m2", "m3"])
    words = st.sampled_from(["good", "bad", "  ", "5", "it took long", "x" * 1500])
    scores = survey.scale.scores if survey.scale else range(0)
    other: list[st.SearchStrategy[InvitationEvent]] = [
        st.builds(Delivered, ids),
        st.builds(Failed, st.sampled_from(["blocked", "gone"])),
        st.builds(CommentWritten, words, ids),
        st.builds(CommentEdited, words, ids),
        st.sampled_from([CommentWithdrawn(), ChangeWanted(), NotSolved(), AnswerDeleted(), Cancelled(), TimePassed()]),
    ]
    return st.one_of(*([st.sampled_from(scores).map(ScoreChosen)] if scores else []), *other)


GAPS = st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=9), timedelta(minutes=31), timedelta(hours=23), timedelta(days=8)]
)


def timelines(survey: Survey) -> st.SearchStrategy[Timeline]:
    return st.lists(st.tuples(GAPS, events(survey)), max_size=14)


@st.composite
def invitations(draw: st.DrawFn, states: Iterable[State] = (State.SCHEDULED, State.SENT)) -> Invitation:
    """Of any built-in survey and origin, about anybody and anything, not answered yet."""
    names = st.sampled_from([None, "", "anna", "ben"])
    about = Interaction(
        agent=draw(names),
        team=draw(names),
        tags=tuple(draw(st.lists(st.sampled_from(["vat", "", "urgent"]), max_size=3))),
        touchpoint=draw(names),
    )
    return make_invitation(
        draw(st.sampled_from([survey.slug for survey in BUILT_IN])),
        draw(st.sampled_from(list(states))),
        origin=draw(st.sampled_from(list(Origin))),
        interaction=about,
        cohort_day=draw(st.sampled_from([date(2026, 11, 15), date(2026, 11, 16)])),
        survey_id=draw(st.integers(1, 2)),
    )


@st.composite
def played(draw: st.DrawFn) -> tuple[Invitation, list[tuple[datetime, Step]]]:
    """A random invitation and everything that then happened to it."""
    start = draw(invitations((State.SCHEDULED, State.SENT, State.FAILED, State.SUPPRESSED)))
    return start, play(start, draw(timelines(start.survey)))
