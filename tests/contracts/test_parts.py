"""Jobs share a transaction with taps, and each fails, or stays, for itself; on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Conflict, StoreError, StoreUnavailable
from bot.events import Outcome, ScoreChosen
from bot.invitation import Invitation
from bot.ports import Job, Saved, UnitOfWork
from bot.values import replace
from storage.direct import Alone
from storage.events import EventRows
from storage.keys import Keyring
from storage.saving import INTEGRITY_ERRORS
from tests.builders import NOON
from tests.contracts.writing import asked_many, busy, note, notes, refuse, writing
from tests.world import World, next_turn, world

POISON = 10


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def in_part(connection: AsyncConnection, work: Callable[[], Awaitable[object]]) -> None:
    part = Alone(connection)
    await part.begin()
    try:
        await work()
        await part.keep()
    except Exception:
        await part.undo()
        raise


async def seen(here: World, *ids: str) -> set[str]:
    async with here.store.reading() as uow:
        return set(await uow.events.known(ids))


async def test_what_is_undone_alone_leaves_what_was_before_and_what_comes(here: World) -> None:
    """A savepoint that nothing was told of yet, that waits with what it guards, or that is set at the database."""

    async def part(connection: AsyncConnection, *ids: str, asks: bool, fails: bool) -> None:
        events = EventRows(connection, here.keyring)

        async def work() -> None:
            await events.remember(ids, NOON)
            if asks:
                await events.known(ids)
            if fails:
                raise LookupError("on purpose")

        with suppress(LookupError):
            await in_part(connection, work)

    async with writing(here.engine) as connection:
        await EventRows(connection, here.keyring).remember(["before"], NOON)
        await part(connection, "x1", asks=False, fails=True)
        await part(connection, asks=False, fails=False)
        await part(connection, "a", asks=True, fails=False)
        await part(connection, asks=False, fails=True)  # it ended before it had told the database anything
        await part(connection, "x2", asks=False, fails=True)
        await part(connection, "b", asks=True, fails=False)
        await part(connection, "x3", asks=True, fails=True)
        await part(connection, "c", asks=False, fails=False)
        await part(connection, "x4", asks=True, fails=True)
        await part(connection, "d", asks=True, fails=False)
    everything = ["before", "a", "b", "c", "d", "x1", "x2", "x3", "x4"]
    assert await seen(here, *everything) == {"before", "a", "b", "c", "d"}


@pytest.mark.parametrize("first", [True, False])
async def test_what_was_put_off_is_refused_where_it_was_asked_for(here: World, *, first: bool) -> None:
    async with writing(here.engine) as connection:
        events = EventRows(connection, here.keyring)
        if not first:
            await in_part(connection, lambda: events.remember(["a"], NOON))
        with pytest.raises(INTEGRITY_ERRORS):
            await in_part(connection, lambda: events.remember(["refused"], None))  # type: ignore[arg-type]
        await in_part(connection, lambda: events.remember(["b"], NOON))
    assert await seen(here, "a", "refused", "b") == ({"b"} if first else {"a", "b"})


@pytest.mark.parametrize("table", ["response", "outbox"])
@pytest.mark.parametrize("does", ["writes", "asks", "fails"])
async def test_a_tap_that_the_database_refuses_is_no_job_s_failure(here: World, table: str, does: str) -> None:
    made = await asked_many(here, 3)
    for n, one in enumerate(made):
        await here.tells(ScoreChosen(8), one, f"v{n}")
    when = f"NEW.score = {POISON}" if table == "response" else f"NEW.invitation_id = '{made[1].id}'"
    await refuse(here, table, when)

    async def job(uow: UnitOfWork) -> int:
        if does == "writes":
            await note(uow, "of the job")
        else:
            await uow.events.known(["x"])
        if does == "fails":
            raise Conflict("of its own")
        return 7

    async with busy(here):
        scores = enumerate((7, POISON, 9))
        taps = [asyncio.create_task(here.tells(ScoreChosen(k), made[n], f"v{n}", f"tap-{n}")) for n, k in scores]
        jobs = [asyncio.create_task(here.store.write(job)) for _ in range(2)]
    assert await asyncio.gather(*taps) == [Outcome(), Outcome(parked=True), Outcome()]
    found = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(one) for one in found] == ([Conflict] * 2 if does == "fails" else [int] * 2)
    assert await here.rows("SELECT score FROM response ORDER BY score") == [(7,), (8,), (9,)]
    assert ("of the job" in await notes(here)) is (does == "writes")
    assert await here.differences() == []


async def test_a_refused_first_statement_is_told_in_its_own_words_and_once(here: World) -> None:
    made = await here.asked("kim", "nps")
    runs: list[str] = []

    async def again(uow: UnitOfWork) -> None:
        runs.append("again")
        await uow.invitations.save([Saved(None, replace(made, id="another-0001"))])

    async def kept(uow: UnitOfWork) -> None:
        runs.append("kept")
        await note(uow, "kept")

    async with busy(here):
        jobs = [asyncio.create_task(here.store.write(job)) for job in (again, kept)]
    refused, fine = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(refused, Conflict)
    assert fine is None
    assert runs == ["again", "kept"]
    with pytest.raises(Conflict):
        await here.store.write(again)


async def test_a_job_that_hides_an_error_is_told_where_the_database_cannot_go_on(here: World) -> None:
    """SQLite goes on behind a refused statement; PostgreSQL does not, and the others must not be undone for it."""

    async def hides(uow: UnitOfWork) -> None:
        await note(uow, "hides")
        with suppress(Exception):
            await uow.events.remember(["refused"], None)  # type: ignore[arg-type]
            await uow.events.known(["refused"])

    async with busy(here):
        jobs = [asyncio.create_task(here.store.write(job)) for job in (hides, lambda uow: note(uow, "kept"))]
    found = await asyncio.gather(*jobs, return_exceptions=True)
    goes_on = here.engine.dialect.name == "sqlite"
    assert [isinstance(one, StoreError) for one in found] == [not goes_on, False]
    stored = await notes(here)
    assert "kept" in stored
    assert ("hides" in stored) is goes_on


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["55P03", "40P01", "57014"])
async def test_a_lock_that_a_job_did_not_get_is_no_trouble_of_the_taps_beside_it(
    postgres_url: str, keyring: Keyring, code: str
) -> None:
    """Not in time, a deadlock, cancelled: PostgreSQL can undo the part and go on."""
    async with world(postgres_url, keyring, delivers=False) as here:
        await here.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE 'no' USING ERRCODE = '{code}'; END $$",
            "CREATE TRIGGER no BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.message_id = 'bad') "
            "EXECUTE FUNCTION no()",
        )
        made = await here.asked()
        found = await beside_a_tap(here, made, lambda uow: note(uow, "bad"))
    assert found[0] == Outcome()
    assert isinstance(found[1], StoreUnavailable)


async def test_a_job_whose_errand_was_cancelled_ends_no_writer(here: World) -> None:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()

    async def job(uow: UnitOfWork) -> None:
        await note(uow, "undone")
        await gone

    made = await here.asked()
    tap, refused = await beside_a_tap(here, made, job)
    assert tap == Outcome()
    assert isinstance(refused, StoreUnavailable)
    assert await notes(here) == ["slow"]


async def beside_a_tap(here: World, made: Invitation, job: Job[None]) -> list[object]:
    """What a tap and a job hear that are written in one transaction."""
    async with busy(here):
        both = [asyncio.create_task(here.tells(ScoreChosen(5), made)), asyncio.create_task(here.store.write(job))]
        await next_turn()
        assert here.store.backlog == len(both)
    return list(await asyncio.gather(*both, return_exceptions=True))
