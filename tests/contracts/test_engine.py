"""Engines on real databases: addresses, settings, locks, snapshots, and databases of the tests' own."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import BadSettings
from storage.engine import make_engine, parse_url, reading
from storage.keys import Keyring
from tests.conftest import require
from tests.contracts.engines import METADATA, NOTES, ask, with_notes, write
from tests.postgres import fresh_database


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with with_notes(database_url, keyring) as engine:
        yield engine


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
