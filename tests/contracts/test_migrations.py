"""Every start finds or makes the right tables, whoever starts beside it, and refuses what is not its own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import filelock
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import DatabaseTooNew, StoreError, StoreUnavailable, WrongKey
from storage.engine import make_engine, parse_url
from storage.keys import Keyring
from storage.migrate import MIGRATIONS, in_transaction, known_revisions, prepare, upgrade
from storage.migrations import HEAD
from storage.tables import TABLES

ROOT = Path(__file__).parents[2]
START = """
import asyncio, sys
from storage.keys import Keyring
from storage.migrate import prepare

if "no child" in sys.argv:
    sys.executable = "there is no such program"
print("starting", flush=True)
asyncio.run(prepare(sys.argv[1], Keyring(bytes(range(32)))))
print("alembic" if any(name.partition(".")[0] == "alembic" for name in sys.modules) else "lean")
"""


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    """On a database that nobody has touched yet."""
    engine = make_engine(database_url, keyring)
    yield engine
    await engine.dispose()


async def launch(url: str, folder: Path, *words: str) -> asyncio.subprocess.Process:
    """Another process in this folder, when it is about to prepare the database."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", START, url, *words),
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"starting\n"
    return process


async def start(url: str, folder: Path, *words: str) -> tuple[int | None, str, str]:
    return await ended(await launch(url, folder, *words))


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    """How it ended, and what it wrote to output and error."""
    output, error = await process.communicate()
    return process.returncode, output.decode().strip(), error.decode()


async def run(engine: AsyncEngine, *statements: str) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def names(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))


async def scalar(engine: AsyncEngine, question: str) -> Any:
    async with engine.connect() as connection:
        return await connection.scalar(text(question))


def test_the_head_that_starts_compare_with_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert {revision.revision for revision in script.walk_revisions()} == known_revisions()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, TABLES))


async def test_an_empty_database_gets_exactly_the_tables_of_the_models(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await prepare(database_url, keyring)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await names(engine) == {*TABLES.tables, "alembic_version"}
    assert await scalar(engine, "SELECT key_fingerprint FROM installation") == keyring.fingerprint


def _said(index: Any) -> dict[str, str]:
    """Such as which rows are in it; as text, for the objects are others each time."""
    return {name: str(value) for name, value in sorted(index.get("dialect_options", {}).items())}


def reflected(connection: Connection) -> dict[str, Any]:
    """Everything that the database says of its tables, in an order that does not depend on how they came to be."""
    inspector: Inspector = inspect(connection)
    found: dict[str, Any] = {}
    for name in TABLES.tables:
        parts: list[Any] = [
            inspector.get_check_constraints(name),
            inspector.get_unique_constraints(name),
            inspector.get_foreign_keys(name),
            [dict(index) | {"dialect_options": _said(index)} for index in inspector.get_indexes(name)],
            [dict(column) | {"type": repr(column["type"])} for column in inspector.get_columns(name)],
        ]
        found[name] = [sorted(map(repr, part)) for part in parts] + [repr(inspector.get_pk_constraint(name))]
    return found


async def test_constraints_are_those_of_the_models_too(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    """Alembic's comparison looks past checks, names and what a deletion does."""
    await prepare(database_url, keyring)
    async with engine.begin() as connection:
        migrated = await connection.run_sync(reflected)
        await connection.run_sync(TABLES.drop_all)
        await connection.run_sync(TABLES.create_all)
        assert migrated == await connection.run_sync(reflected)
    assert "ck_response_score_in_bounds" in repr(migrated["response"])
    assert "CASCADE" in repr(migrated["response"])


async def test_numbers_that_must_not_come_again_do_not_on_sqlite(sqlite_url: str, keyring: Keyring) -> None:
    await prepare(sqlite_url, keyring)
    engine = make_engine(sqlite_url, keyring)
    counting = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name"
    async with engine.connect() as connection:
        found = list(await connection.scalars(text(counting)))
    await engine.dispose()
    wanted = [name for name, table in TABLES.tables.items() if table.dialect_options["sqlite"]["autoincrement"]]
    assert found == sorted(wanted)
    assert "message" in found


async def test_the_second_start_runs_nothing_and_carries_no_alembic(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    await prepare(database_url, keyring)
    assert await start(database_url, tmp_path, "no child") == (0, "lean", "")


async def test_the_first_start_carries_no_alembic_either_and_takes_no_folder_of_the_user_for_ours(
    database_url: str, tmp_path: Path
) -> None:
    for name in ("alembic", "storage"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')")
    assert await start(database_url, tmp_path) == (0, "lean", "")


async def test_processes_that_start_at_once_all_start(
    engine: AsyncEngine, database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    started = await asyncio.gather(*(start(database_url, tmp_path) for _ in range(3)))
    assert started == [(0, "lean", "")] * 3
    assert await scalar(engine, "SELECT count(*) FROM alembic_version") == 1
    assert await scalar(engine, "SELECT count(*) FROM installation") == 1


async def test_a_start_waits_for_the_one_that_migrates_a_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    with filelock.FileLock(f"{parse_url(sqlite_url).database}.migration.lock"):
        other = asyncio.create_task(ended(await launch(sqlite_url, tmp_path, "no child")))
        await asyncio.wait([other], timeout=1.5)
        assert not other.done()
        await asyncio.to_thread(upgrade, sqlite_url)
    assert await other == (0, "lean", "")


async def test_a_newer_database_is_refused_with_what_to_do(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await prepare(database_url, keyring)
    await run(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match=r"newer Pulssi.*9999.*upgrade.*backup"):
        await prepare(database_url, keyring)
    assert await scalar(engine, "SELECT version_num FROM alembic_version") == "9999"


async def test_another_key_is_refused_with_what_to_do(engine: AsyncEngine, database_url: str, keyring: Keyring) -> None:
    await prepare(database_url, keyring)
    with pytest.raises(WrongKey, match="PULSSI_SECRET_KEY"):
        await prepare(database_url, Keyring(bytes(32)))
    assert await scalar(engine, "SELECT key_fingerprint FROM installation") == keyring.fingerprint
    await prepare(database_url, keyring)


async def test_a_migration_that_fails_leaves_nothing_and_says_why_in_one_line(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await run(engine, "CREATE TABLE message (id INTEGER)")  # somebody else's, in the way of one of the last tables
    with pytest.raises(StoreError, match="could not be migrated and is as it was") as failure:
        await prepare(database_url, keyring)
    assert "\n" not in str(failure.value)
    assert await names(engine) == {"message"}
    await run(engine, "DROP TABLE message")
    await prepare(database_url, keyring)


REMAKE = (
    "CREATE TABLE fresh AS SELECT * FROM member",
    "DROP TABLE member",
    "ALTER TABLE fresh RENAME TO member",
    "CREATE UNIQUE INDEX member_id ON member (id)",
)
PEOPLE = (
    "INSERT INTO workspace VALUES ('default', '{}', 0, '2026-11-16', NULL)",
    "INSERT INTO member VALUES ('m-1', 'default', x'00', 'owner', '2026-11-16', NULL)",
    "INSERT INTO member_session VALUES ('s-1', 'm-1', '2026-11-16')",
)


def remake(connection: Connection) -> None:
    """What Alembic does to a table that SQLite cannot alter."""
    for statement in REMAKE:
        connection.exec_driver_sql(statement)


def lose(connection: Connection) -> None:
    remake(connection)
    connection.exec_driver_sql("DELETE FROM member")


async def test_a_table_that_is_remade_takes_nothing_along_on_sqlite(sqlite_url: str, keyring: Keyring) -> None:
    await prepare(sqlite_url, keyring)
    engine = make_engine(sqlite_url, keyring)
    await run(engine, *PEOPLE)
    await in_transaction(sqlite_url, remake)
    assert await scalar(engine, "SELECT count(*) FROM member_session") == 1
    with pytest.raises(StoreError, match="refer to nothing"):
        await in_transaction(sqlite_url, lose)
    assert await scalar(engine, "SELECT count(*) FROM member") == 1
    await engine.dispose()


async def test_a_migration_that_was_cut_off_is_done_again(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    """A version table without a version: what Alembic leaves of a database that was taken down to nothing."""
    await run(engine, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    await prepare(database_url, keyring)
    assert await scalar(engine, "SELECT version_num FROM alembic_version") == HEAD


@pytest.mark.postgres
async def test_a_database_that_is_away_is_unavailable(keyring: Keyring, unused_tcp_port: int) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached") as failure:
        await prepare(f"postgresql://u:hush@127.0.0.1:{unused_tcp_port}/d", keyring)
    assert "hush" not in str(failure.value)


async def test_everything_beside_a_sqlite_database_is_for_its_owner_only(sqlite_url: str, keyring: Keyring) -> None:
    await prepare(sqlite_url, keyring)
    folder = Path(parse_url(sqlite_url).database or "").parent
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "pulssi.db" in modes
