"""Recording: whatever people do, in whatever order and batches, the rows and the figures agree."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.address import Address
from bot.errors import NotAllowed, NotFound, PulssiError
from bot.events import (
    AnswerDeleted,
    ChangeWanted,
    CommentWithdrawn,
    CommentWritten,
    CustomerEvent,
    Delivered,
    InvitationEvent,
    NotSolved,
    OptedIn,
    OptedOut,
    Outcome,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import Interaction, Invitation, State
from bot.summary import kpi_json, to_json
from storage.keys import Keyring
from tests.world import TestClock, World, world

PEOPLE = [f"v{n}" for n in range(6)]
SURVEYS = ("csat", "ces", "nps", "open")


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, business_name="Acme") as made:
        yield made


def anything(chance: random.Random) -> InvitationEvent | CustomerEvent:
    found: list[InvitationEvent | CustomerEvent] = [
        Delivered(), Delivered(), ScoreChosen(chance.randrange(11)), ScoreChosen(chance.randrange(1, 6)),
        ScoreChosen(0), CommentWritten(chance.choice(["good", "bad"])), TextWritten(chance.choice(["3", "words"])),
        CommentWithdrawn(), ChangeWanted(), NotSolved(), AnswerDeleted(), OptedOut(), OptedIn(),
    ]  # fmt: skip
    return chance.choice(found)


async def live(here: World, chance: random.Random, rounds: int) -> None:
    """People are asked and do all sorts of things, many at once; some of it twice, some of it not theirs to do."""
    made: list[tuple[str, Invitation]] = []
    for number in range(rounds):
        who = chance.choice(PEOPLE)
        about = Interaction(ticket=f"T-{number // 2}", agent=chance.choice(["anna", None]), tags=("vat", "urgent"))
        asked = await here.ask(who, chance.choice(SURVEYS), about=about, test=chance.random() < 0.1)
        if asked.invitation:
            made.append((who, asked.invitation))
        events = []
        for _ in range(6):
            who, invitation = chance.choice(made[-6:])
            events.append(here.tells(anything(chance), invitation, who, f"e-{chance.randrange(rounds * 5)}"))
        for outcome in await asyncio.gather(*events, return_exceptions=True):
            assert isinstance(outcome, Outcome | PulssiError), outcome
            assert not (isinstance(outcome, Outcome) and outcome.parked)
        here.clock.advance(hours=chance.choice([0, 0, 1, 30]))
        await here.ticking.expire()
        if number % 5 == 0:
            await here.ticking.fold()


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_anything_the_counters_are_what_a_recount_gives(
    database_url: str, keyring: Keyring, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a repeatable life, not a secret
    async with world(database_url, keyring, delivers=False) as here:
        await live(here, chance, 40)
        assert await here.differences() == []
        while await here.ticking.fold():
            pass
        assert await here.differences() == []
        assert await here.rows("SELECT count(*) FROM rollup_delta") == [(0,)]
        assert await here.rows("SELECT count(*) FROM rollup WHERE n < 0") == [(0,)]
        await no_rate_passes_a_hundred(here)


async def no_rate_passes_a_hundred(here: World) -> None:
    found = await here.funnel()
    assert found.get("commented", 0) <= found.get("answered", 0) <= found["delivered"] <= found["considered"]
    today = here.clock.now().date()
    for survey in SURVEYS[:3]:
        for by in (None, "agent", "tag", "week"):
            shown: dict[str, Any] = kpi_json(
                await here.summaries.figures("default", survey, today.replace(day=1), today, by)
            )
            assert shown["answered"] <= shown["delivered"]
            assert shown["response_rate"] is None or 0 <= shown["response_rate"] <= 100
    assert to_json(await here.summaries.week("default", preview=True))["funnel"]


async def test_two_replicas_live_on_one_database_and_the_counters_agree(database_url: str, keyring: Keyring) -> None:
    clock = TestClock()
    async with (
        world(database_url, keyring, clock=clock, delivers=False) as one,
        world(database_url, keyring, clock=clock, owner="b", delivers=False) as other,
    ):
        made = [await one.asked(f"v{n}", "nps") for n in range(8)]
        taps = [
            (one, other)[k % 2].tells(ScoreChosen((n * k) % 11), invitation, f"v{n}")
            for k in range(6)
            for n, invitation in enumerate(made)
        ]
        assert set(await asyncio.gather(*taps)) == {Outcome()}
        assert await one.rows("SELECT count(*) FROM response") == [(8,)]
        folded = await asyncio.gather(one.ticking.fold(), other.ticking.fold())
        assert sum(folded) > 0
        assert await one.differences() == []
        assert (await one.funnel())["answered"] == 8


async def test_a_changed_score_moves_the_figures_once_and_stays_on_its_day(here: World) -> None:
    made = await here.sent(survey="nps")
    await here.tells(ScoreChosen(0), made)
    await here.quiet()
    first_day = here.clock.now().date()
    here.clock.advance(hours=20)
    await here.tells(ScoreChosen(10), made)
    await here.tells(ScoreChosen(10), made)
    found = await here.invitation(made.id)
    assert found.answer is not None
    assert (found.answer.score, found.answer.day) == (10, first_day)
    assert [entry.score for entry in await here.history(made)] == [0, 10]
    assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "score_10": 1}


async def test_nps_zero_is_a_real_answer_everywhere(here: World) -> None:
    made = await here.sent(survey="nps")
    await here.tells(ScoreChosen(0), made)
    assert await here.rows("SELECT score FROM response") == [(0,)]
    [entry] = await here.history(made)
    assert entry.score == 0
    today = here.clock.now().date()
    shown: dict[str, Any] = kpi_json(await here.summaries.figures("default", "nps", today, today))
    assert (shown["n"], shown["value"], shown["histogram"]["0"]) == (1, -100.0, 1)


async def test_seen_dismissed_and_half_answered_questions_enter_no_score(here: World) -> None:
    made = await here.sent()
    await here.tells(CommentWritten("words before a tap"), made)
    await here.tells(ChangeWanted(), made)
    await here.tells(NotSolved(), made)
    assert await here.funnel() == {"considered": 1, "delivered": 1}
    await here.tells(ScoreChosen(3), made)
    assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "commented": 1, "score_3": 1}


async def test_an_opt_out_and_a_tap_at_once_on_two_replicas_lose_no_tap(database_url: str, keyring: Keyring) -> None:
    clock = TestClock()
    async with (
        world(database_url, keyring, clock=clock) as one,
        world(database_url, keyring, clock=clock, owner="b") as other,
    ):
        for n in range(6):
            who = f"v{n}"
            made, old = await one.sent(who), await one.asked(who, "nps", test=True)
            # The stop comes from the button of another message, so that it does not name the one that is tapped.
            tapped, _ = await asyncio.gather(
                one.tells(ScoreChosen(4), made, who), other.tells(OptedOut(), old, who), return_exceptions=True
            )
            found = await one.invitation(made.id)
            assert isinstance(tapped, Outcome)
            if found.state is State.CANCELLED:
                assert tapped.notice  # too late, and told so
                assert found.answer is None
            else:
                assert found.answer is not None
                assert (found.state, found.answer.score) == (State.ANSWERED, 4)
            assert (await one.customer(who)).opted_out_at is not None
        assert await one.differences() == []


async def test_a_stop_before_the_question_arrived_takes_it_back_and_is_confirmed(
    sqlite_url: str, keyring: Keyring
) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        made = await here.asked()
        await here.tells(TextWritten("stop"))
        assert (await here.invitation(made.id)).state is State.CANCELLED
        assert await here.funnel() == {}
        async with world(sqlite_url, keyring, owner="b", clock=TestClock(here.clock.advance(minutes=1))) as sender:
            await sender.quiet()
        [said] = await here.messages()
        assert said.prompt.scale is None
        assert said.prompt.title


async def test_a_batch_keeps_the_order_of_arrival(here: World) -> None:
    made = await here.sent()
    await asyncio.gather(
        here.tells(ScoreChosen(1), made), here.tells(CommentWritten("a"), made), here.tells(ScoreChosen(5), made),
        here.tells(CommentWritten("b"), made),
    )  # fmt: skip
    found = await here.invitation(made.id)
    assert found.answer is not None
    assert (found.answer.score, found.answer.comment) == (5, "a\nb")
    assert len(await here.history(made)) == 4


async def test_only_the_person_who_was_asked_can_answer(here: World) -> None:
    made = await here.sent()
    with pytest.raises(NotAllowed):
        await here.tells(ScoreChosen(1), made, "eve")
    with pytest.raises(NotFound):
        await here.tells(ScoreChosen(1), "unknown")
    assert await here.rows("SELECT count(*) FROM response") == [(0,)]


async def test_what_is_answered_names_agent_and_team_of_the_moment_of_asking(here: World) -> None:
    made = await here.asked(about=Interaction(ticket="T-1", agent="anna", team="billing"))
    await here.tells(ScoreChosen(5), made)
    today = here.clock.now().date()
    for by, key in (("agent", "anna"), ("team", "billing"), ("channel", "webchat")):
        period = await here.summaries.figures("default", "csat", today, today, by)
        assert [(group, dict(histogram)) for group, histogram in period.by] == [(key, {5: 1})]


async def test_days_are_local(database_url: str, keyring: Keyring) -> None:
    """23:30 UTC on Sunday is Monday in Helsinki: another day and another week."""
    clock = TestClock(TestClock().at.replace(day=15, hour=23, minute=30))
    async with world(database_url, keyring, clock=clock) as here:
        made = await here.asked()
        await here.tells(ScoreChosen(5), made)
        found = await here.invitation(made.id)
        assert found.answer is not None
        assert found.answer.day is not None
        assert (found.cohort_day.day, found.answer.day.day) == (16, 16)


async def test_words_of_another_place_reach_no_question(here: World) -> None:
    made = await here.sent()
    arrival = here.arrival(TextWritten("5", replies_to=made.id), None, "eve")
    await here.store.record(arrival)
    assert await here.rows("SELECT count(*) FROM response") == [(0,)]
    assert made.address == Address("webchat", "kim", user="kim")
