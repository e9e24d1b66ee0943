"""Two processes on PostgreSQL do something to one person at the same moment: nothing is lost, and the figures agree."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from bot.address import Address
from bot.errors import NotFound
from bot.events import Delivered, InvitationEvent, OptedOut, Outcome, ScoreChosen
from bot.invitation import State
from bot.service.people import Erased, People
from storage.keys import Keyring
from tests.world import TestClock, World, person, world

pytestmark = pytest.mark.postgres
Two = tuple[World, World]


@pytest.fixture
async def two(postgres_url: str, keyring: Keyring) -> AsyncIterator[Two]:
    clock = TestClock()
    async with (
        world(postgres_url, keyring, clock=clock, delivers=False) as one,
        world(postgres_url, keyring, clock=clock, owner="b", delivers=False) as other,
    ):
        yield one, other


async def queued(here: World, table: str, *acts: Coroutine[Any, Any, Any]) -> list[Any]:
    """What the acts come to when all of them have begun while the rows were locked; they go on in this order."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    tasks: list[asyncio.Task[Any]] = []
    async with here.engine.connect() as watching, here.engine.begin() as holding:
        await watching.execution_options(isolation_level="AUTOCOMMIT")
        await holding.execute(text(f"SELECT id FROM {table} FOR UPDATE"))  # noqa: S608  # the test's own word
        for act in acts:
            tasks.append(asyncio.create_task(act))
            while (await watching.scalar(waiting) or 0) < len(tasks):  # the test's timeout ends it if nobody waits
                pass
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_link_that_two_open_at_once_is_the_first_ones(two: Two) -> None:
    one, other = two
    asked = await one.ask(to=Address("webchat", "new"))
    assert asked.link is not None
    assert asked.invitation is not None
    opened = await queued(
        one,
        "invitation",
        one.asking.open_link("default", asked.link, person("kim"), "en"),
        other.asking.open_link("default", asked.link, person("eve"), "en"),
    )
    assert opened == ["used", "unknown"]
    assert (await one.invitation(asked.invitation.id)).address == person("kim")
    assert await one.rows("SELECT count(*) FROM customer") == [(1,)]
    assert await one.outbox() == 1


async def test_a_link_that_one_visitor_opens_twice_at_once_is_theirs(two: Two) -> None:
    one, other = two
    link = (await one.ask(to=Address("webchat", "new"))).link
    assert link is not None
    opens = [here.asking.open_link("default", link, person("kim"), "en") for here in two]
    assert await queued(one, "invitation", *opens) == ["used", "used"]
    assert await other.outbox() == 1


@pytest.mark.parametrize("event", [Delivered(), ScoreChosen(4)])
async def test_an_erasure_counts_what_was_being_stored(two: Two, event: InvitationEvent) -> None:
    one, other = two
    made = await one.asked()
    customer = (await one.customer()).id
    erasure = People(other.store, other.context).erase("default", customer)
    told, erased = await queued(one, "invitation", one.tells(event, made), erasure)
    assert told == Outcome()
    assert isinstance(erased, Erased)
    answered = isinstance(event, ScoreChosen)
    assert erased.cancelled == (0 if answered else 1)
    assert (await one.invitation(made.id)).state is (State.ANSWERED if answered else State.CANCELLED)
    await agreed(one, {"considered": 1, "delivered": 1, **({"answered": 1, "score_4": 1} if answered else {})})


@pytest.mark.parametrize("event", [Delivered(), ScoreChosen(4)])
async def test_what_comes_after_an_erasure_finds_nobody(two: Two, event: InvitationEvent) -> None:
    one, other = two
    made = await one.asked()
    customer = (await one.customer()).id
    erasure = People(other.store, other.context).erase("default", customer)
    erased, told = await queued(one, "invitation", erasure, one.tells(event, made))
    assert isinstance(erased, Erased)
    assert isinstance(told, NotFound)
    await agreed(one, {})


async def agreed(here: World, funnel: dict[str, int]) -> None:
    assert await here.rows("SELECT count(*) FROM customer") == [(0,)]
    assert await here.funnel() == funnel
    assert await here.differences() == []


async def test_what_a_session_tells_undoes_no_opt_out(two: Two) -> None:
    one, other = two
    await one.asked()
    naming = People(other.store, other.context).know_visitor(
        "default", person("kim"), name="Kim", locale="fi", signed=True
    )
    await queued(one, "customer", one.tells(OptedOut()), naming)
    found = await one.customer()
    assert (found.name, found.locale) == ("Kim", "fi")
    assert found.opted_out_at == one.clock.now()


async def test_an_opt_out_undoes_nothing_that_a_session_tells(two: Two) -> None:
    one, other = two
    made = await one.asked()
    naming = People(other.store, other.context).know_visitor(
        "default", person("kim"), name="Kim", locale="fi", signed=True
    )
    await queued(one, "customer", naming, one.tells(OptedOut(), made))
    found = await one.customer()
    assert (found.name, found.locale) == ("Kim", "fi")
    assert found.opted_out_at == one.clock.now()
