"""What goes wrong in the inbox: poison is parked, an outage acknowledges nothing, and nobody else pays for it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from typing import NoReturn

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import BadScore, NotAllowed, NotFound, StoreUnavailable
from bot.events import CommentWritten, OptedIn, Outcome, ScoreChosen, TextWritten
from bot.ports import UnitOfWork
from bot.service.recording import Recording
from bot.values import replace
from storage.engine import make_engine
from storage.keys import Keyring
from storage.store import DatabaseStore
from storage.transaction import Transaction
from tests.contracts.writing import asked_many, busy, note, notes, refuse
from tests.world import World, next_turn, person, world

POISON = "6"  # the only score that the broken database of these tests refuses


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def test_a_persons_mistake_is_that_events_own_error(here: World) -> None:
    made = await here.asked()
    found = await asyncio.gather(
        here.tells(ScoreChosen(99), made),
        here.tells(ScoreChosen(4), made, "stranger"),
        here.tells(ScoreChosen(5), "no-such-invitation"),
        here.tells(ScoreChosen(4), made),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [BadScore, NotAllowed, NotFound, Outcome]
    assert await here.rows("SELECT score FROM response") == [(4,)]


async def test_a_poison_event_is_parked_and_the_others_of_its_batch_are_stored(here: World) -> None:
    await refuse(here, "response", f"NEW.score = {POISON}")
    made = await asked_many(here, 5)
    outcomes = await asyncio.gather(
        *(here.tells(ScoreChosen(k), made[n], f"v{n}", f"tap-{n}") for n, k in enumerate([0, 10, int(POISON), 3, 9]))
    )
    assert [outcome.parked for outcome in outcomes] == [False, False, True, False, False]
    assert await here.rows("SELECT score FROM response ORDER BY score") == [(0,), (3,), (9,), (10,)]
    async with here.store.reading() as uow:
        [(_, event_id, error, _)] = await uow.events.parked()
    assert event_id == "tap-2"
    assert "StoreError" in error
    # It was acknowledged: the platform's redelivery is known and parked no second time.
    assert (await here.tells(ScoreChosen(int(POISON)), made[2], "v2", "tap-2")).known
    assert await here.rows("SELECT count(*) FROM parked") == [(1,)]
    assert await here.differences() == []


async def test_a_parked_event_is_kept_sealed(here: World) -> None:
    await refuse(here, "response", f"NEW.score = {POISON}")
    made = await here.asked("kim", "nps")
    await here.tells(ScoreChosen(int(POISON)), made, "kim", "tap-1")
    [(payload,)] = await here.rows("SELECT payload FROM parked")
    assert b"kim" not in bytes(payload)
    assert b"ScoreChosen" not in bytes(payload)


async def test_odd_text_and_odd_ids_stop_nobody(here: World) -> None:
    made = await here.asked()
    outcomes = await asyncio.gather(
        here.tells(CommentWritten("a\x00b \ud800 c"), made, event_id="odd\x00id-\ud800"),
        here.tells(TextWritten("\x00"), None, "other", "odd-2"),
        here.tells(OptedIn(), None, "third", "\x00"),
        here.tells(ScoreChosen(1), made),
    )
    assert not outcomes[3].parked
    assert await here.rows("SELECT score FROM response WHERE score IS NOT NULL") == [(1,)]
    assert (await here.tells(CommentWritten("a"), made, event_id="odd\x00id-\ud800")).known


async def test_a_database_that_is_away_acknowledges_nothing_and_the_retry_works(
    postgres_url: str, keyring: Keyring
) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        made = await here.asked()
        address = make_url(postgres_url)
        admin = create_async_engine(address.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        name, away = address.database, f"{address.database}_away"
        async with admin.connect() as connection:
            ends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            await connection.execute(ends, {"name": name})
            await connection.exec_driver_sql(f"ALTER DATABASE {name} RENAME TO {away}")
            found = await asyncio.gather(
                here.tells(ScoreChosen(4), made, event_id="tap-1"),
                here.tells(ScoreChosen(5), made, event_id="tap-2"),
                here.store.write(lambda uow: note(uow, "away")),
                return_exceptions=True,
            )
            assert [type(one) for one in found] == [StoreUnavailable] * 3
            await connection.exec_driver_sql(f"ALTER DATABASE {away} RENAME TO {name}")
        await admin.dispose()
        assert not (await here.tells(ScoreChosen(4), made, event_id="tap-1")).known
        assert await here.rows("SELECT score FROM response") == [(4,)]
        assert await here.rows("SELECT count(*) FROM parked") == [(0,)]
        assert await notes(here) == []


async def test_a_locked_database_acknowledges_nothing_and_the_retry_works(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        made = await here.asked()
        with closing(sqlite3.connect(str(here.engine.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable):
                await here.tells(ScoreChosen(4), made, event_id="tap-1")
            other.execute("ROLLBACK")
        assert here.store.trouble is not None  # what /readyz tells for a while
        assert not (await here.tells(ScoreChosen(4), made, event_id="tap-1")).known
        assert here.store.trouble is None
        assert await here.rows("SELECT score FROM response") == [(4,)]
        assert await here.rows("SELECT count(*) FROM parked") == [(0,)]


async def test_shutdown_writes_what_waits_and_refuses_what_comes_later(here: World) -> None:
    made = await asked_many(here, 20)
    async with busy(here):
        taps = [asyncio.create_task(here.tells(ScoreChosen(7), one, f"v{n}")) for n, one in enumerate(made)]
        await next_turn()
        assert here.store.backlog == len(made)
        here.store.close()
        with pytest.raises(StoreUnavailable):
            await here.tells(ScoreChosen(1), made[0], "v0")
    assert await asyncio.gather(*taps) == [Outcome()] * 20
    await here.writer
    assert await here.rows("SELECT score, count(*) FROM response GROUP BY score") == [(7, 20)]


async def test_who_no_longer_waits_is_not_written(here: World) -> None:
    made = await here.asked()
    async with busy(here):
        gone = asyncio.create_task(here.tells(ScoreChosen(1), made))
        await next_turn()
        gone.cancel()
    await here.tells(ScoreChosen(5), made)
    assert [entry.score for entry in await here.history(made)] == [5]
    assert person("kim") == made.address


async def test_a_listener_that_fails_stops_no_writer(here: World) -> None:
    def broken(_: object) -> NoReturn:
        raise RuntimeError("the sender is gone")

    here.store.after_commit(broken)
    made = await here.asked()
    assert await here.tells(ScoreChosen(5), made) == Outcome()
    assert await here.rows("SELECT score FROM response") == [(5,)]


async def test_an_event_for_an_unknown_workspace_is_refused_and_parks_nothing(here: World) -> None:
    lost = replace(here.arrival(TextWritten("hello")), workspace="elsewhere")
    made = await here.asked()
    found = await asyncio.gather(here.store.record(lost), here.tells(ScoreChosen(5), made), return_exceptions=True)
    assert [type(one) for one in found] == [NotFound, Outcome]
    assert await here.rows("SELECT count(*) FROM parked") == [(0,)]


async def test_a_writer_that_is_cancelled_leaves_nobody_waiting(here: World) -> None:
    store = DatabaseStore(here.engine, here.keyring, here.clock, "other", Recording(here.context))
    running = asyncio.Event()

    async def slow(uow: UnitOfWork) -> None:
        await note(uow, "slow")
        running.set()
        await asyncio.Event().wait()

    writer = asyncio.create_task(store.run())
    writing = asyncio.create_task(store.write(slow))
    await running.wait()
    following = asyncio.create_task(store.write(lambda uow: note(uow, "following")))
    await next_turn()
    assert store.backlog == 1
    writer.cancel()
    async with asyncio.timeout(5):
        found = await asyncio.gather(writing, following, return_exceptions=True)
        with pytest.raises(StoreUnavailable):
            await store.write(lambda uow: note(uow, "later"))
    assert [type(one) for one in found] == [StoreUnavailable] * 2
    assert await notes(here) == []
    assert writer.cancelled()


@pytest.mark.postgres
async def test_who_is_written_one_by_one_waits_for_a_database_that_is_away_once(
    postgres_url: str, keyring: Keyring
) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        await trouble_at_nine(here, "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)")
        found = await taps_at_once(here, [int(POISON), 5, 9, 7, 8])
        assert found[:2] == [Outcome(parked=True), Outcome()]
        assert [type(one) for one in found[2:]] == [StoreUnavailable] * 3
        assert await here.rows("SELECT score FROM response") == [(5,)]


async def test_who_goes_while_the_others_are_written_one_by_one_is_not_written(here: World) -> None:
    made = await here.asked()
    going: list[asyncio.Task[None]] = []

    async def breaks(uow: UnitOfWork) -> None:
        assert isinstance(uow, Transaction)
        going[0].cancel()
        await uow.connection.execute(text("RELEASE SAVEPOINT part"))
        raise LookupError

    async with busy(here):
        bad = asyncio.create_task(here.store.write(breaks))
        going.append(asyncio.create_task(here.store.write(lambda uow: note(uow, "given up"))))
        tap = asyncio.create_task(here.tells(ScoreChosen(5), made))
        await next_turn()
    found = await asyncio.gather(bad, going[0], tap, return_exceptions=True)
    assert isinstance(found[0], Exception)
    assert isinstance(found[1], asyncio.CancelledError)
    assert found[2] == Outcome()
    assert await notes(here) == ["slow"]


@pytest.mark.postgres
async def test_a_lock_that_one_did_not_get_is_no_trouble_of_who_is_written_after_it(
    postgres_url: str, keyring: Keyring
) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        await trouble_at_nine(here, "RAISE 'lock' USING ERRCODE = '55P03'")
        found = await taps_at_once(here, [int(POISON), 9, 5])
        assert found[0] == Outcome(parked=True)
        assert isinstance(found[1], StoreUnavailable)
        assert found[2] == Outcome()


@pytest.mark.postgres
async def test_a_statement_that_is_not_answered_in_time_is_an_outage(postgres_url: str, keyring: Keyring) -> None:
    """The driver's limit, here one second and not sixty, passes while somebody else holds the row."""
    async with world(postgres_url, keyring, delivers=False) as here:
        made, engine = await here.asked(), make_engine(postgres_url, keyring)
        event.listen(engine.sync_engine, "do_connect", lambda _d, _r, _a, more: more.update(command_timeout=1.0))
        store = DatabaseStore(engine, keyring, here.clock, "b", Recording(here.context))
        writer = asyncio.create_task(store.run())
        try:
            async with here.engine.begin() as other:
                await other.execute(text("SELECT id FROM invitation FOR UPDATE"))
                with pytest.raises(StoreUnavailable):
                    await store.write(lambda uow: uow.invitations.load([made.id], lock=True))
            assert store.trouble is not None
            assert await store.write(lambda uow: uow.invitations.load([made.id], lock=True)) == {made.id: made}
        finally:
            store.close()
            await writer
            await engine.dispose()


async def taps_at_once(here: World, scores: Sequence[int]) -> list[object]:
    """What each of these hears, which are written in one transaction, or in one each."""
    made = await asked_many(here, len(scores))
    async with busy(here):
        taps = [
            asyncio.create_task(here.tells(ScoreChosen(score), one, f"v{number}", f"t{number}"))
            for number, (score, one) in enumerate(zip(scores, made, strict=True))
        ]
        await next_turn()
        assert here.store.backlog == len(scores)
    return list(await asyncio.gather(*taps, return_exceptions=True))


async def trouble_at_nine(here: World, trouble: str) -> None:
    """PostgreSQL refuses the poison, and does this to a score of 9 as soon as the poison is parked."""
    await here.execute(
        "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.score = {POISON} THEN RAISE 'poison'; END IF; "
        f"IF NEW.score = 9 AND EXISTS (SELECT FROM parked) THEN {trouble}; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER trouble BEFORE INSERT ON response FOR EACH ROW EXECUTE FUNCTION trouble()",
    )
