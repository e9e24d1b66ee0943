"""The writer's probe, which an unauthenticated GET asks for: it shows whether we can write, and wakes nobody."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from sqlalchemy import event

from bot.errors import StoreUnavailable
from storage.keys import Keyring
from tests.contracts.writing import note, notes
from tests.world import World, world


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def test_it_begins_and_commits_and_wakes_nobody(here: World) -> None:
    statements: list[str] = []
    told: list[object] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(here.engine.sync_engine, "before_cursor_execute", hear)
    ended: list[object] = []
    event.listen(here.engine.sync_engine, "commit", ended.append)
    here.store.after_commit(told.append)
    commits = here.store.commits
    await asyncio.gather(here.store.probe(), here.store.probe())
    assert ended or "COMMIT" in statements  # SQLAlchemy's, or our own by the driver
    assert not [statement for statement in statements if "NOTIFY" in statement]
    assert (told, here.store.commits) == ([], commits)


async def test_beside_a_write_it_takes_nothing_from_it(here: World) -> None:
    told: list[object] = []
    here.store.after_commit(told.append)
    await asyncio.gather(here.store.probe(), here.store.write(lambda uow: note(uow, "kept")), here.store.probe())
    assert await notes(here) == ["kept"]
    assert told


async def test_it_waits_for_the_lock_like_any_write(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        path = here.engine.url.database or ""
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            probe = asyncio.create_task(here.store.probe())
            done, _ = await asyncio.wait([probe], timeout=0.3)
            assert not done
            other.execute("ROLLBACK")
            async with asyncio.timeout(10):
                await probe


async def test_a_store_that_ends_refuses_it(here: World) -> None:
    here.store.close()
    with pytest.raises(StoreUnavailable):
        await here.store.probe()
