"""The weekly message: one decision and one message per workspace and local week, whatever the clocks do."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.events import Delivered, ScoreChosen
from bot.ports import UnitOfWork
from bot.service.context import ensure_workspace
from bot.spans import Span
from bot.summary import to_json
from bot.values import replace
from bot.weeks import Week
from scheduler.ticker import Tick, Ticker
from storage.keys import Keyring
from tests.world import PATIENCE_SECONDS, TestClock, World, world

TICK_SECONDS = 0.01
WEDNESDAY = datetime(2026, 3, 18, 10, tzinfo=UTC)


class Ticks:
    """APScheduler at a hundred ticks a second; `passed` returns when one has begun and ended since."""

    def __init__(self, *worlds: World) -> None:
        self._worlds = worlds
        self._begun = 0
        self._ended = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Ticks"]:
        ticks = {here.owner: (TICK_SECONDS, self._tick(here)) for here in self._worlds}
        async with Ticker(ticks):
            yield self

    def _tick(self, here: World) -> Tick:
        async def tick() -> None:
            self._begun += 1
            number = self._begun
            await here.summaries.post_due()
            async with self._changed:
                self._ended = max(self._ended, number)
                self._changed.notify_all()

        return tick

    async def passed(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            wanted = self._begun + len(self._worlds)
            await self._changed.wait_for(lambda: self._ended >= wanted)


def moments(start: datetime, end: datetime, *fine: datetime) -> list[datetime]:
    """Every six hours from start to end, and every half hour for half a day around the fine ones."""
    found = {start + n * timedelta(hours=6) for n in range((end - start) // timedelta(hours=6) + 1)}
    for moment in fine:
        found |= {moment + n * timedelta(minutes=30) for n in range(-6, 7)}
    return sorted(found)


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


SPRING, AUTUMN = utc(3, 18, 10), utc(10, 14, 10)
CLOCK_CHANGES = [
    (SPRING, "mon 09:00", [("2026-W12", utc(3, 23, 7)), ("2026-W13", utc(3, 30, 6)), ("2026-W14", utc(4, 6, 6))]),
    # 03:30 does not exist on 29 March: the first moment after the gap is 04:00, 01:00 UTC.
    (SPRING, "sun 03:30", [("2026-W12", utc(3, 29, 1)), ("2026-W13", utc(4, 5, 0, 30))]),
    (AUTUMN, "mon 09:00", [("2026-W42", utc(10, 19, 6)), ("2026-W43", utc(10, 26, 7)), ("2026-W44", utc(11, 2, 7))]),
    # 03:30 happens twice on 25 October: the first one counts.
    (AUTUMN, "sun 03:30", [("2026-W42", utc(10, 25, 0, 30)), ("2026-W43", utc(11, 1, 1, 30))]),
]


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), business_name="Acme") as made:
        yield made


async def decisions(here: World) -> list[tuple[str, str]]:
    return await here.decided()


async def titles(here: World) -> list[str]:
    await here.quiet()
    return [message.prompt.title for message in await here.messages("owner")]


@pytest.mark.parametrize(("start", "at", "expected"), CLOCK_CHANGES)
async def test_one_message_a_week_while_the_clocks_change(
    database_url: str, keyring: Keyring, start: datetime, at: str, expected: list[tuple[str, datetime]]
) -> None:
    clock = TestClock(start)
    posted: list[tuple[str, datetime]] = []
    async with world(database_url, keyring, clock=clock, summary_at=at) as here, Ticks(here).running() as ticks:
        for clock.at in moments(start, start + timedelta(days=21), *(moment for _, moment in expected)):
            before = len(posted)
            await ticks.passed()
            weeks = [week for week, _ in await decisions(here)]
            posted += [(week, clock.at) for week in weeks[before:]]
            await here.quiet()
        assert posted == expected
        assert await decisions(here) == [(week, "posted") for week, _ in expected]
        assert [Week.parse(week).number for week, _ in expected] == [
            int(title.split("Week ")[1].split(" ")[0]) for title in await titles(here)
        ]


async def test_after_three_weeks_of_downtime_one_message_names_the_missed_weeks(here: World) -> None:
    here.clock.at = utc(3, 23, 7)
    await here.summaries.post_due()
    await here.quiet()
    here.clock.at = utc(4, 15, 12)  # W13, W14 and W15 became due meanwhile
    assert await here.summaries.post_due() == [Week(2026, 15)]
    assert await here.summaries.post_due() == []
    await here.quiet()
    assert await decisions(here) == [
        ("2026-W12", "posted"), ("2026-W13", "passed_over"), ("2026-W14", "passed_over"), ("2026-W15", "posted"),
    ]  # fmt: skip
    [_, late] = await here.messages("owner")
    assert "Week 15" in late.prompt.title
    said = " ".join(late.prompt.lines)
    assert "13, 14" in said
    assert "late" in said


async def test_nothing_is_posted_for_weeks_before_the_workspace_existed(here: World) -> None:
    here.clock.at = utc(3, 23, 6, 59)
    assert await here.summaries.post_due() == []
    here.clock.at = utc(3, 23, 7)
    assert await here.summaries.post_due() == [Week(2026, 12)]
    await here.quiet()
    [message] = await here.messages("owner")
    assert "Nobody was asked" in " ".join(message.prompt.lines)


async def test_two_replicas_at_once_post_one_message(database_url: str, keyring: Keyring) -> None:
    clock = TestClock(WEDNESDAY)
    async with (
        world(database_url, keyring, clock=clock) as one,
        world(database_url, keyring, clock=clock, owner="b") as other,
    ):
        for clock.at in (utc(3, 23, 7), utc(3, 30, 6), utc(4, 20, 6)):
            found = await asyncio.gather(*(here.summaries.post_due() for here in (one, other, one, other)))
            assert len([week for weeks in found for week in weeks]) == 1
            await one.quiet()
            await other.quiet()
        assert [week for week, _ in await decisions(one)] == [f"2026-W{n}" for n in (12, 13, 14, 15, 16)]
        assert len(await titles(one)) == 3
        async with Ticks(one, other).running() as ticks:
            clock.at = utc(4, 27, 6)
            await ticks.passed()
            await ticks.passed()
        await other.quiet()
        assert len(await titles(one)) == 4


async def test_a_preview_and_a_post_on_demand_never_use_up_the_scheduled_one(here: World) -> None:
    here.clock.at = utc(3, 22, 12)
    preview = await here.summaries.week("default", preview=True)
    assert (preview.edition.preview, preview.edition.so_far, str(preview.edition.week)) == (True, True, "2026-W12")
    await here.summaries.post_again("default", Week(2026, 12))
    assert await decisions(here) == []
    here.clock.at = utc(3, 23, 7)
    assert await here.summaries.post_due() == [Week(2026, 12)]
    first, second = await titles(here)
    assert "Sent again" not in first
    assert "Sent again" in second
    await here.summaries.post_again("default")
    assert (await titles(here))[2].startswith("Sent again")
    assert await decisions(here) == [("2026-W12", "posted")]


async def test_a_first_post_on_demand_is_not_marked_as_sent_again(here: World) -> None:
    here.clock.at = utc(3, 23, 7)
    await here.summaries.post_due()
    await here.summaries.post_again("default", Week(2026, 11))
    first, second = await titles(here)
    assert "Week 12" in first
    assert "Week 11" in second
    assert "Sent again" not in first + second


async def test_sample_history_posts_nothing(here: World) -> None:
    await here.store.write(lambda uow: ensure_workspace(uow, here.context, "sample", sample=True))
    here.clock.at = utc(4, 20, 6)
    await here.summaries.post_due()
    assert await here.rows("SELECT DISTINCT workspace FROM summary") == [("default",)]


async def test_without_an_owner_channel_the_decision_is_stored_and_said(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), owner_channel=()) as here:
        here.clock.at = utc(3, 23, 7)
        await here.summaries.post_due()
        assert await decisions(here) == [("2026-W12", "no_destination")]
        assert await here.outbox() == 0


async def test_each_owner_channel_gets_the_message(database_url: str, keyring: Keyring) -> None:
    channels = ("webchat:owner", "webchat:partner")
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), owner_channel=channels) as here:
        here.clock.at = utc(3, 23, 7)
        await here.summaries.post_due()
        await here.quiet()
        assert [len(await here.messages(who)) for who in ("owner", "partner")] == [1, 1]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
async def test_a_new_time_zone_neither_skips_nor_doubles_a_week(here: World, zone: str) -> None:
    found: list[Span] = []
    for number, here.clock.at in enumerate(moments(utc(3, 20, 1), utc(4, 17, 1))):
        if number == 40:
            await here.set(timezone=zone)
        found += await here.summaries.post_due()
        await here.quiet()
    assert found == [Week(2026, number) for number in (12, 13, 14, 15)]
    assert [state for _, state in await decisions(here)] == ["posted"] * 4


async def test_a_workspace_whose_week_cannot_be_told_holds_up_no_other(here: World) -> None:
    async def broken(uow: UnitOfWork) -> None:
        made = await ensure_workspace(uow, here.context, "aaa")
        await uow.workspaces.change(replace(made, settings={"timezone": "Nowhere/At all"}))

    await here.store.write(broken)
    here.clock.at = utc(3, 23, 7)
    await here.summaries.post_due()
    await here.quiet()
    assert await decisions(here) == [("2026-W12", "posted")]


async def test_the_figures_of_a_week_are_those_computed_by_hand(here: World) -> None:
    """Ten asked of whom two are suppressed; seven delivered, five answered; 5, 4, 4, 2 and 1 is a CSAT of 60 %."""
    made = [await here.asked(f"v{n}", ticket=f"T-{n}") for n in range(8)]
    for n in range(2):
        await here.ask(f"v{n}", "nps", ticket=f"N-{n}")
    await here.quiet()
    for n in range(7):
        await here.tells(Delivered(), made[n], f"v{n}")
    for n, given in enumerate((5, 4, 3, 2, 1)):
        await here.tells(ScoreChosen(given), made[n], f"v{n}")
    await here.tells(ScoreChosen(4), made[2], "v2")  # changed: counts once, with its new score
    await here.quiet()
    here.clock.at = utc(3, 23, 7)
    found = to_json(await here.summaries.week("default"))
    [score] = cast(list[dict[str, object]], found["scores"])
    assert (score["survey"], score["n"], score["value"]) == ("csat", 5, 60.0)
    assert found["funnel"] == {
        "considered": 10, "suppressed": 2, "asked": 8, "pending": 1, "failed": 0, "delivered": 7, "answered": 5,
        "commented": 0,
    }  # fmt: skip
    period = await here.summaries.figures("default", "csat", WEDNESDAY.date(), WEDNESDAY.date())
    assert (dict(period.histogram), period.delivered, period.answered) == ({1: 1, 2: 1, 4: 2, 5: 1}, 7, 5)
    assert await here.differences() == []
