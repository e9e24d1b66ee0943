"""Engines and changes on real databases: settings, locks, noticing each other, and errors told apart."""

import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import BigInteger, Column, MetaData, String, Table, UniqueConstraint, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import BadSettings, StoreError, StoreUnavailable
from storage.changes import Changes, notify
from storage.engine import make_engine, parse_url, reading, translated
from storage.keys import Keyring
from storage.types import SealedKey
from tests.conftest import require
from tests.postgres import fresh_database

NOTICED_SECONDS = 0.5
METADATA = MetaData()
NOTES = Table(
    "notes",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("word", String),
    Column("agent", SealedKey()),
    UniqueConstraint("word"),
)
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
    engine = make_engine(database_url, keyring)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def sqlite(sqlite_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(sqlite_url, keyring)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def postgresql(postgres_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(postgres_url, keyring)
    yield engine
    await engine.dispose()


async def write(engine: AsyncEngine, number: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(NOTES.insert(), {"id": number, "word": f"word {number}"})
        await notify(connection)


async def ask(engine: AsyncEngine, question: str) -> object:
    async with reading(engine).connect() as connection:
        return (await connection.exec_driver_sql(question)).scalar()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////data/a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////data/a.db", "sqlite+aiosqlite"),
        ("postgres://u:p@localhost/d", "postgresql+asyncpg"),
        ("postgresql://u:p@localhost/d", "postgresql+asyncpg"),
        (" postgresql+asyncpg://u:p@localhost/d\n", "postgresql+asyncpg"),
    ],
)
def test_urls_are_accepted_as_people_write_them(given: str, driver: str) -> None:
    assert parse_url(given).drivername == driver


def test_options_of_libpq_are_put_in_asyncpgs_words() -> None:
    url = parse_url("postgres://u:p@localhost/d?sslmode=require&channel_binding=require")
    assert dict(url.query) == {"ssl": "require"}


@pytest.mark.parametrize(
    "given",
    [
        "mysql://u:hush@localhost/d",
        "postgresql+psycopg2://u:hush@localhost/d",
        "hush",
        "",
        "postgres://u:hush@localhost:port/d",
        "postgres://u:hush@localhost/d?colour=blue",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:hush?mode=memory&uri=true",
        "sqlite:///a.db?mode=memory",
        "sqlite://hush/a.db",
    ],
)
def test_other_urls_are_refused_with_what_is_accepted_and_without_the_password(given: str) -> None:
    with pytest.raises(BadSettings, match=r"accepted are|sqlite:///var/pulssi\.db") as refusal:
        parse_url(given)
    assert "hush" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


async def test_pragmas_are_set_on_every_connection(sqlite: AsyncEngine) -> None:
    async with reading(sqlite).connect() as first, reading(sqlite).connect() as second:
        for connection in (first, second):
            found = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            ]
            assert found == ["wal", 2, 5000, 1]


@pytest.mark.parametrize("umask", [0o000, 0o022])
async def test_the_file_is_for_its_owner_only(tmp_path: Path, keyring: Keyring, umask: int) -> None:
    before = os.umask(umask)
    try:
        engine = make_engine(f"sqlite:///{tmp_path}/var/new/pulssi.db", keyring)
    finally:
        os.umask(before)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder_of(engine).iterdir()}
    await engine.dispose()
    assert modes.keys() >= {"pulssi.db", "pulssi.db-wal", "pulssi.db-shm"}
    assert set(modes.values()) == {0o600}
    assert folder_of(engine).stat().st_mode & 0o777 == 0o700


def folder_of(engine: AsyncEngine) -> Path:
    return Path(engine.url.database or "").parent


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, keyring: Keyring) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="cannot be made"):
        make_engine(f"sqlite:///{tmp_path}/file/pulssi.db", keyring)


async def test_a_writer_holds_the_lock_from_the_start_and_readers_do_not_wait(sqlite: AsyncEngine) -> None:
    await write(sqlite, 1)
    other = sqlite3.connect(sqlite.url.database or "", timeout=0, isolation_level=None)
    try:
        async with sqlite.begin() as writer:
            await writer.exec_driver_sql("SELECT 1")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            assert await asyncio.wait_for(ask(sqlite, "SELECT count(*) FROM notes"), 2) == 1
        async with reading(sqlite).begin() as reader:
            await reader.exec_driver_sql("SELECT count(*) FROM notes")
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    finally:
        other.close()


async def test_a_reader_keeps_its_snapshot(sqlite: AsyncEngine) -> None:
    async with reading(sqlite).connect() as reader:
        assert (await reader.exec_driver_sql("SELECT count(*) FROM notes")).scalar() == 0
        await write(sqlite, 1)
        assert (await reader.exec_driver_sql("SELECT count(*) FROM notes")).scalar() == 0
    assert await ask(sqlite, "SELECT count(*) FROM notes") == 1


async def test_a_transaction_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError), translated():
        async with engine.begin() as connection:
            await connection.execute(NOTES.insert(), {"id": 1})
            await connection.execute(NOTES.insert(), {"id": 1})
    assert await ask(engine, "SELECT count(*) FROM notes") == 0


@pytest.mark.postgres
async def test_postgresql_knows_who_we_are_and_ends_idle_transactions(postgresql: AsyncEngine) -> None:
    assert await ask(postgresql, "SHOW application_name") == "pulssi"
    assert await ask(postgresql, "SHOW idle_in_transaction_session_timeout") == "1min"


async def test_sealed_columns_work_on_both(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(NOTES.insert(), [{"id": 1, "agent": "anna"}, {"id": 2, "agent": "anna"}])
    async with reading(engine).connect() as connection:
        counted = await connection.execute(NOTES.select().where(NOTES.c.agent == "anna"))
        assert [row.agent for row in counted] == ["anna", "anna"]
    assert await ask(engine, "SELECT count(*) FROM notes WHERE agent = 'anna'") == 0


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
        await asyncio.wait([noticed], timeout=2 * NOTICED_SECONDS)
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
        assert perf_counter() - started < 2 * NOTICED_SECONDS
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


async def test_a_full_sqlite_is_unavailable_and_says_to_free_space(sqlite: AsyncEngine) -> None:
    async with sqlite.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreUnavailable, match=r"free some.*nothing was acknowledged") as failure, translated():
            await connection.exec_driver_sql("INSERT INTO notes (id, word) VALUES (1, hex(zeroblob(100000)))")
        assert failure.value.__cause__ is not None


async def test_a_busy_sqlite_is_unavailable(sqlite: AsyncEngine) -> None:
    other = sqlite3.connect(sqlite.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        async with reading(sqlite).connect() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout = 10")
            with pytest.raises(StoreUnavailable, match="Another process"), translated():
                await connection.exec_driver_sql("INSERT INTO notes (id) VALUES (1)")
    finally:
        other.close()


async def test_a_sqlite_that_only_reads_is_unavailable(sqlite: AsyncEngine) -> None:
    async with sqlite.connect() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable, match="only be read"), translated():
            await connection.exec_driver_sql("INSERT INTO notes (id) VALUES (1)")


async def test_a_file_that_is_no_database_is_unavailable(sqlite_url: str, tmp_path: Path, keyring: Keyring) -> None:
    (tmp_path / "pulssi.db").write_bytes(b"something else " * 1000)
    engine = make_engine(sqlite_url, keyring)
    with pytest.raises(StoreUnavailable, match="backup"), translated():
        await ask(engine, "SELECT 1")
    await engine.dispose()


async def test_a_postgresql_that_is_not_there_is_unavailable(keyring: Keyring, unused_tcp_port: int) -> None:
    engine = make_engine(f"postgresql://u:hush@127.0.0.1:{unused_tcp_port}/d", keyring)
    with pytest.raises(StoreUnavailable, match="cannot be reached") as failure, translated():
        await ask(engine, "SELECT 1")
    assert "hush" not in str(failure.value)
    await engine.dispose()


@pytest.mark.postgres
async def test_a_database_that_does_not_exist_is_unavailable(postgres_server: str, keyring: Keyring) -> None:
    engine = make_engine(parse_url(postgres_server).set(database="nowhere").render_as_string(False), keyring)
    with pytest.raises(StoreUnavailable, match="database name"), translated():
        await ask(engine, "SELECT 1")
    await engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "free some"),
        ("53300", "out of connections"),
        ("57P01", "cannot be reached"),
        ("57P03", "cannot be reached"),
        ("08006", "cannot be reached"),
        ("40P01", "held the database"),
        ("25006", "only be read"),
        ("58030", "disk under"),
    ],
)
async def test_codes_of_an_unavailable_postgresql(postgresql: AsyncEngine, state: str, words: str) -> None:
    async with postgresql.connect() as connection:
        with pytest.raises(StoreUnavailable, match=words), translated():
            await connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")


@pytest.mark.postgres
async def test_a_connection_cut_by_the_server_is_unavailable_and_the_next_one_works(postgresql: AsyncEngine) -> None:
    async with postgresql.connect() as victim:
        pid = (await victim.exec_driver_sql("SELECT pg_backend_pid()")).scalar()
        await ask(postgresql, f"SELECT pg_terminate_backend({pid}, 2000)")
        with pytest.raises(StoreUnavailable, match="cannot be reached"), translated():
            await victim.exec_driver_sql("SELECT 1")
    assert await ask(postgresql, "SELECT 1") == 1


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"id": 1, "word": "other"}, id="primary key"),
        pytest.param({"id": 2, "word": "taken"}, id="unique"),
        pytest.param({"id": 2**70, "word": "huge"}, id="too big"),
        pytest.param({"id": 3, "word": "half \ud83d"}, id="surrogate"),
    ],
)
async def test_a_refused_statement_is_not_an_unavailable_database(
    engine: AsyncEngine, row: dict[str, int | str]
) -> None:
    async with engine.begin() as connection:
        await connection.execute(NOTES.insert(), {"id": 1, "word": "taken"})
    with pytest.raises(StoreError) as failure, translated():
        async with engine.begin() as connection:
            await connection.execute(NOTES.insert(), row)
    assert not isinstance(failure.value, StoreUnavailable)
    assert failure.value.__cause__ is not None
    assert str(row["word"]) not in str(failure.value)


async def test_parameters_stay_out_of_the_vendors_message(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError) as failure, translated():
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:word)"), {"word": "a secret comment"})
    assert "a secret comment" not in str(failure.value.__cause__)


def test_errors_of_the_program_are_left_alone() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError


@pytest.mark.postgres
async def test_each_test_database_is_fresh_and_goes_away(postgres_server: str, keyring: Keyring) -> None:
    server = make_engine(postgres_server, keyring)
    databases = "SELECT string_agg(datname, ' ') FROM pg_database"
    with fresh_database(postgres_server) as url:
        name = str(parse_url(url).database)
        engine = make_engine(url, keyring)
        assert await ask(engine, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        assert name in str(await ask(server, databases))
    assert name not in str(await ask(server, databases))
    await engine.dispose()
    await server.dispose()


def test_what_is_required_is_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULSSI_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no chromium"):
        require("browser", "no chromium")
    monkeypatch.setenv("PULSSI_REQUIRE", "postgres, browser")
    with pytest.raises(pytest.fail.Exception, match="no chromium"):
        require("browser", "no chromium")
