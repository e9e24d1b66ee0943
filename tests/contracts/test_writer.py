"""The writer's connection: kept while all goes well, given back after an error, replaced when the server was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from bot.errors import StoreUnavailable
from bot.ports import UnitOfWork
from storage.direct import BUSY_MILLISECONDS, opened_of
from storage.keys import Keyring
from storage.transaction import Transaction
from storage.writer import Writer
from tests.contracts.engines import ask
from tests.contracts.writing import note, notes
from tests.world import World, world

COUNT = "SELECT count(*) FROM workspace"


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


def driver(connection: AsyncConnection) -> int:
    return id(opened_of(connection).connection.driver_connection)


def taken(engine: AsyncEngine) -> int:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


async def test_one_transaction_after_the_other_on_one_connection(engine: AsyncEngine) -> None:
    before, used = taken(engine), []
    async with aclosing(Writer(engine)) as writer:
        for _ in range(3):
            async with writer.transaction() as connection:
                used.append(driver(connection))
                await connection.execute(text("UPDATE workspace SET sample = sample"))
        assert len(set(used)) == 1
        assert taken(engine) == before + 1
    assert taken(engine) == before


async def test_after_an_error_it_is_given_back_and_nothing_is_stored(engine: AsyncEngine) -> None:
    before = taken(engine)

    async def failing(writer: Writer) -> None:
        async with writer.transaction() as connection:
            await connection.execute(text("DELETE FROM survey_version"))
            raise LookupError

    async with aclosing(Writer(engine)) as writer:
        async with writer.transaction() as connection:
            await connection.execute(text(COUNT))
        with pytest.raises(LookupError):
            await failing(writer)
        assert taken(engine) == before
        async with writer.transaction() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM survey_version"))


async def test_cancelled_in_the_middle_it_is_given_back(engine: AsyncEngine) -> None:
    before, reached = taken(engine), asyncio.Event()

    async def waiting(writer: Writer) -> None:
        async with writer.transaction() as connection:
            await connection.execute(text("DELETE FROM survey_version"))
            reached.set()
            await asyncio.Event().wait()

    async with aclosing(Writer(engine)) as writer:
        task = asyncio.create_task(waiting(writer))
        await reached.wait()
        task.cancel()
        await asyncio.wait([task])
        assert taken(engine) == before
        async with writer.transaction() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM survey_version"))


async def test_a_transaction_that_fails_before_it_asks_anything_leaves_the_next_one_impatient(
    sqlite_url: str, keyring: Keyring
) -> None:
    async def failing(writer: Writer) -> None:
        async with writer.transaction():
            raise LookupError

    async with world(sqlite_url, keyring, delivers=False) as here, aclosing(Writer(here.engine)) as writer:
        with pytest.raises(LookupError):
            await failing(writer)
        for _ in range(2):
            async with writer.transaction() as connection:
                assert await connection.scalar(text("SELECT 1")) == 1
                # Of the driver itself: what SQLAlchemy begins by itself is patient.
                raw = opened_of(connection).connection.driver_connection
                assert raw is not None
                found = await raw.execute_fetchall("PRAGMA busy_timeout")
                assert [tuple(row) for row in found] == [(0,)]


async def test_others_on_the_same_connection_are_patient_again(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        async with aclosing(Writer(here.engine)) as writer, writer.transaction() as connection:
            await connection.execute(text(COUNT))
            used = driver(connection)
        async with here.engine.begin() as other:
            assert driver(other) == used
            assert await other.scalar(text("PRAGMA busy_timeout")) == BUSY_MILLISECONDS


async def test_a_server_that_goes_away_in_the_middle_refuses_and_parks_nothing(
    postgres_url: str, keyring: Keyring
) -> None:
    # In a statement of SQLAlchemy's own: it gives the connection up then, and there is none left to ask.
    async with world(postgres_url, keyring, delivers=False) as here:

        async def lost(uow: UnitOfWork) -> None:
            assert isinstance(uow, Transaction)
            pid = await uow.connection.scalar(text("SELECT pg_backend_pid()"))
            await ask(here.engine, f"SELECT pg_terminate_backend({pid}, 2000)")
            await uow.connection.execute(text(COUNT))

        with pytest.raises(StoreUnavailable):
            await here.store.write(lost)
        await here.store.write(lambda uow: note(uow, "after"))
        assert await notes(here) == ["after"]


async def test_cancelled_in_the_middle_of_a_statement_it_ends(postgres_url: str, keyring: Keyring) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        before, sleeps = taken(here.engine), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

        async def waiting(writer: Writer) -> None:
            async with writer.transaction() as connection:
                await connection.execute(text("SELECT pg_sleep(20)"))

        async with aclosing(Writer(here.engine)) as writer:
            task = asyncio.create_task(waiting(writer))
            async with asyncio.timeout(10):
                while not await ask(here.engine, sleeps):
                    pass
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert taken(here.engine) == before


async def test_cancelled_in_the_middle_of_a_statement_on_sqlite_it_ends(sqlite_url: str, keyring: Keyring) -> None:
    long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n"
    async with world(sqlite_url, keyring, delivers=False) as here, aclosing(Writer(here.engine)) as writer:
        before, begun = taken(here.engine), asyncio.Event()

        async def waiting() -> None:
            async with writer.transaction() as connection:
                await connection.execute(text("DELETE FROM survey_version"))
                begun.set()
                await connection.execute(text(long))

        task = asyncio.create_task(waiting())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert taken(here.engine) == before
        async with writer.transaction() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM survey_version"))


async def test_what_others_write_between_two_transactions_is_seen(engine: AsyncEngine) -> None:
    # On SQLite the kept connection must hold no snapshot and no lock between them.
    async with aclosing(Writer(engine)) as writer:
        async with writer.transaction() as connection:
            await connection.execute(text(COUNT))
        async with engine.begin() as other:
            await other.execute(text("DELETE FROM survey_version"))
        async with writer.transaction() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM survey_version")) == 0


async def test_a_server_that_was_away_between_two_transactions_costs_nobody_an_answer(
    postgres_url: str, keyring: Keyring
) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:

        async def first(uow: UnitOfWork) -> None:
            await note(uow, "before")

        async def second(uow: UnitOfWork) -> None:
            await note(uow, "after")

        await here.store.write(first)
        async with here.engine.connect() as other:
            ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            pids = (await other.scalars(text(f"{ours} AND application_name = 'pulssi'"))).all()
        assert pids
        for pid in pids:
            await ask(here.engine, f"SELECT pg_terminate_backend({pid}, 2000)")
        await here.store.write(second)
        assert await notes(here) == ["before", "after"]


async def test_the_store_gives_its_connection_back_when_it_ends(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, delivers=False) as here:
        engine = here.engine

        async def written(uow: UnitOfWork) -> None:
            await note(uow, "one")

        await here.store.write(written)
        assert taken(engine) >= 1
    assert taken(engine) == 0
