"""Errors of real databases: one that is away, full or busy is told apart from a statement that it refuses."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError, StoreUnavailable
from storage.engine import make_engine, parse_url, reading
from storage.failures import translated
from storage.keys import Keyring
from tests.contracts.engines import NOTES, ask, with_notes


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with with_notes(database_url, keyring) as engine:
        yield engine


async def test_a_transaction_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError), translated():
        async with engine.begin() as connection:
            await connection.execute(NOTES.insert(), {"id": 1})
            await connection.execute(NOTES.insert(), {"id": 1})
    assert await ask(engine, "SELECT count(*) FROM notes") == 0


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
