"""Changes on real databases: commits of others are noticed soon, and a lost connection is made again."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreUnavailable
from storage.changes import REST_SECONDS, Changes
from storage.engine import make_engine
from storage.failures import translated
from storage.keys import Keyring
from tests.contracts.engines import METADATA, ask, with_notes, write
from tests.world import next_turn

NOTICED_SECONDS = 2.0  # half a second is promised, on a machine that stands still now and then; the check comes at 5 s
QUIET_SECONDS = 1.0
WRITE_FROM_ANOTHER_PROCESS = """
import asyncio, sys
from storage.changes import notify
from storage.engine import make_engine
from storage.keys import Keyring

async def write():
    engine = make_engine(sys.argv[1], Keyring(bytes(range(32))))
    async with engine.connect() as connection:
        await connection.rollback()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        async with connection.begin():
            await connection.exec_driver_sql("INSERT INTO notes (id, word) VALUES (77, 'from afar')")
            await notify(connection)
    await engine.dispose()

asyncio.run(write())
"""


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with with_notes(database_url, keyring) as engine:
        yield engine


async def second_wake_up(changes: Changes) -> None:
    """The first comes at once; PostgreSQL's next without a change only after 5 s."""
    seen = 0
    async for _ in changes:
        seen += 1
        if seen > 1:
            return


async def test_a_commit_of_another_connection_is_noticed(engine: AsyncEngine) -> None:
    async with Changes(engine) as changes, asyncio.TaskGroup() as tasks:
        noticed = tasks.create_task(second_wake_up(changes))
        await asyncio.wait([noticed], timeout=QUIET_SECONDS)
        assert not noticed.done()
        await write(engine, 1)
        await asyncio.wait_for(noticed, NOTICED_SECONDS)


async def test_a_commit_of_another_process_is_noticed(engine: AsyncEngine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_FROM_ANOTHER_PROCESS, url, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert await process.stdout.readline() == b"ready\n"
    async with Changes(engine) as changes:
        woken = asyncio.Event()
        changes.subscribe(woken.set)
        process.stdin.write(b"go\n")
        started = perf_counter()
        while not await ask(engine, "SELECT count(*) FROM notes WHERE id = 77"):
            await asyncio.wait_for(woken.wait(), 2)
            woken.clear()
        # Includes the other process's commit, so it is the bound that a person sees.
        assert perf_counter() - started < NOTICED_SECONDS
    assert await process.wait() == 0


async def test_a_burst_of_commits_gives_few_wake_ups(engine: AsyncEngine) -> None:
    async with Changes(engine) as changes:
        looks: list[object] = []

        async def look() -> None:
            async for _ in changes:
                looks.append(await ask(engine, "SELECT count(*) FROM notes"))
                if looks[-1] == 50:
                    return

        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(look())
            for number in range(50):
                await write(engine, number)
    assert looks[-1] == 50
    assert len(looks) <= 51


async def test_a_flood_of_commits_wakes_a_few_times_a_second(engine: AsyncEngine) -> None:
    woken: list[float] = []
    async with Changes(engine) as changes:
        changes.subscribe(lambda: woken.append(perf_counter()))
        began = perf_counter()
        for number in range(80):
            await write(engine, number)
        ended = perf_counter()
        while not [moment for moment in woken if moment > ended]:  # the last commit is told of, too
            await asyncio.wait_for(second_wake_up(changes), NOTICED_SECONDS)
    during = [moment for moment in woken if began <= moment <= ended]
    # PostgreSQL: the first at once. A loop that is late makes two come closer together, and no more of them.
    assert len(during) <= 2 + (ended - began) / REST_SECONDS


async def test_it_hears_again_after_a_pause_amid_commits(engine: AsyncEngine) -> None:
    changes = Changes(engine)
    for round_ in range(2):
        async with changes, asyncio.TaskGroup() as tasks:
            for number in range(2):  # the first time it may be woken by having connected
                noticed = tasks.create_task(second_wake_up(changes))
                await write(engine, 10 * round_ + number)
                await asyncio.wait_for(noticed, NOTICED_SECONDS)
            await write(engine, 10 * round_ + 9)  # PostgreSQL: while it rests


async def hears_at_once(changes: Changes, sqlite: AsyncEngine) -> None:
    """A commit that does not go through the loop: what should listen by now gets no moment to begin with it."""
    woken = asyncio.Event()
    changes.subscribe(woken.set)
    with closing(sqlite3.connect(sqlite.url.database or "", isolation_level=None)) as other:
        other.execute("CREATE TABLE anything (word)")
    await asyncio.wait_for(woken.wait(), NOTICED_SECONDS)


async def test_a_commit_right_after_it_began_again_is_noticed(sqlite: AsyncEngine) -> None:
    changes = Changes(sqlite)
    async with changes:
        pass
    async with changes:
        await hears_at_once(changes, sqlite)


async def test_closing_ends_every_iteration_and_an_unsubscribed_callback_is_not_called(engine: AsyncEngine) -> None:
    calls: list[int] = []
    changes = Changes(engine)
    async with changes, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(second_wake_up(changes))
        changes.subscribe(lambda: calls.append(1))()
        await write(engine, 1)
        await asyncio.wait_for(waiting, NOTICED_SECONDS)
        waiting = tasks.create_task(second_wake_up(changes))
        await changes.close()
        await asyncio.wait_for(waiting, NOTICED_SECONDS)
    assert calls == []
    assert [item async for item in changes] == []


async def test_two_may_close_it_at_once(engine: AsyncEngine) -> None:
    changes = Changes(engine)
    async with changes:
        await asyncio.gather(changes.close(), changes.close())
        assert [item async for item in changes] == []


async def test_it_may_be_closed_while_it_begins(engine: AsyncEngine) -> None:
    changes = Changes(engine)
    entering = asyncio.create_task(changes.__aenter__())
    await next_turn()
    await changes.close()
    await entering
    assert [item async for item in changes] == []


async def test_closed_by_two_it_can_begin_again(sqlite: AsyncEngine) -> None:
    changes = Changes(sqlite)
    await changes.__aenter__()
    first = asyncio.create_task(changes.close())
    await next_turn()
    await changes.close()
    async with changes:
        await hears_at_once(changes, sqlite)
    await first


async def test_an_iteration_ends_with_its_use_also_where_another_has_begun(engine: AsyncEngine) -> None:
    changes = Changes(engine)
    async with changes:
        old = aiter(changes)
        await anext(old)
    async with changes:
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(old), NOTICED_SECONDS)


async def test_a_sqlite_file_that_cannot_be_opened_is_an_error_not_silence(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/missing/pulssi.db")
    with pytest.raises(StoreUnavailable), translated():
        async with Changes(engine):
            pass
    await engine.dispose()


@pytest.mark.postgres
async def test_a_lost_connection_is_made_again(postgresql: AsyncEngine) -> None:
    listeners = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pulssi-changes'"
    async with postgresql.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    async with Changes(postgresql) as changes:
        first = await ask(postgresql, listeners)
        woken = asyncio.Event()
        changes.subscribe(woken.set)
        await ask(postgresql, f"SELECT pg_terminate_backend({first})")
        async with asyncio.timeout(5):
            while await ask(postgresql, listeners) in (None, first):
                await woken.wait()
                woken.clear()
        woken.clear()
        await write(postgresql, 1)
        await asyncio.wait_for(woken.wait(), NOTICED_SECONDS)


@pytest.mark.postgres
async def test_listening_starts_also_when_the_database_is_away(keyring: Keyring, unused_tcp_port: int) -> None:
    engine = make_engine(f"postgresql://u:p@127.0.0.1:{unused_tcp_port}/d", keyring)
    async with asyncio.timeout(5), Changes(engine) as changes:
        await second_wake_up(changes)
    await engine.dispose()
