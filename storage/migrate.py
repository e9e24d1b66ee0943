"""Makes a database fit for this program at every start: its tables are those we know, its key is ours.

Alembic is imported only in a child process (`python -m storage.migrate`), so that no server carries it about.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import filelock
from sqlalchemy import Connection, event, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import DatabaseTooNew, PulssiError, StoreError, StoreUnavailable, WrongKey
from storage.engine import make_engine, parse_url, reading
from storage.failures import translated
from storage.keys import Keyring
from storage.migrations import HEAD
from storage.sql import insert, table
from storage.tables import Installation

URL_VARIABLE: Final = "PULSSI_DATABASE_URL"
LOCK_SECONDS: Final = 120.0
LOCK_KEY: Final = 0x70756C73  # "puls": one number in PostgreSQL's space of advisory locks
TRY_AGAIN: Final = 75  # EX_TEMPFAIL of sysexits.h
MIGRATIONS: Final = Path(__file__).parent / "migrations"
_INSTALLATION = table(Installation)


async def prepare(url: str, keyring: Keyring) -> None:
    """Bring the database at `url` to our tables and see that it was written with this key; an empty one becomes ours.

    Processes that start at once wait for the one that migrates. Errors: `DatabaseTooNew`, `WrongKey`,
    `StoreUnavailable`, and `StoreError` for a migration that failed and left everything as it was.
    """
    engine = make_engine(url, keyring, pool_size=1)
    try:
        with translated():
            if await _revision(engine) != HEAD:
                async with _one_at_a_time(engine):
                    await _bring_to_head(engine)
            await _check_key(engine, keyring)
    finally:
        await engine.dispose()


def upgrade(url: str) -> None:
    """Run the migrations that the database lacks, in one transaction; imports Alembic: for the child process only."""
    from alembic import command  # noqa: PLC0415  # stays out of every other process
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    with translated():
        asyncio.run(in_transaction(url, run))


async def _bring_to_head(engine: AsyncEngine) -> None:
    revision = await _revision(engine)
    if revision == HEAD:
        return
    if revision is not None and revision not in known_revisions():
        raise DatabaseTooNew(
            f"A newer Pulssi wrote this database (revision {revision}, this program knows {HEAD}): "
            "upgrade Pulssi, or restore the backup that was made before the upgrade"
        )
    await _run_child(engine.url.render_as_string(hide_password=False))


def known_revisions() -> frozenset[str]:
    """The revisions that this program can start from, by the names of their files."""
    return frozenset(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))


async def _revision(engine: AsyncEngine) -> str | None:
    """Where the database stands; None for one that was never migrated."""
    async with reading(engine).connect() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return None
        found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


@asynccontextmanager
async def _one_at_a_time(engine: AsyncEngine) -> AsyncIterator[None]:
    """SQLite: a lock file beside the database. PostgreSQL: the child takes an advisory lock in its transaction."""
    if engine.dialect.name != "sqlite":
        yield
        return
    path = f"{engine.url.database}.migration.lock"  # the engine has a lock of its own for its first connection
    try:
        async with filelock.AsyncFileLock(path, timeout=LOCK_SECONDS, mode=0o600):
            yield
    except filelock.Timeout as error:
        raise StoreUnavailable(f"Another process has migrated for {LOCK_SECONDS:.0f} s and holds {path}") from error


async def _run_child(url: str) -> None:
    root = str(Path(__file__).parent.parent)
    # The URL may hold a password: other users read command lines, not environments.
    environment = os.environ | {URL_VARIABLE: url, "PYTHONPATH": _joined(root, os.environ.get("PYTHONPATH", ""))}
    # -P: a folder called `storage` or `alembic` where the program is started must not be taken for ours.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "storage.migrate", stdin=asyncio.subprocess.DEVNULL, stderr=PIPE, env=environment
    )
    _, said = await child.communicate()
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or [f"it ended with {child.returncode}"]
        kind = StoreUnavailable if child.returncode == TRY_AGAIN else StoreError
        raise kind(f"The database could not be migrated and is as it was before: {lines[-1]}")


def _joined(*folders: str) -> str:
    return os.pathsep.join(folder for folder in folders if folder)


async def _check_key(engine: AsyncEngine, keyring: Keyring) -> None:
    async with reading(engine).connect() as connection:
        found = await _fingerprint(connection)
    if found is None:
        values = {"id": 1, "key_fingerprint": keyring.fingerprint}
        async with engine.begin() as connection:
            await connection.execute(insert(connection, _INSTALLATION).values(values).on_conflict_do_nothing())
            found = await _fingerprint(connection)
    if found != keyring.fingerprint:
        raise WrongKey(
            "The secret key is not the one that this database was written with: start with the right "
            "PULSSI_SECRET_KEY or key file, or with another PULSSI_DATABASE_URL"
        )


async def _fingerprint(connection: AsyncConnection) -> str | None:
    found: str | None = await connection.scalar(select(_INSTALLATION.c.key_fingerprint))
    return found


async def in_transaction(url: str, run: Callable[[Connection], object]) -> None:
    """Run DDL that is there as a whole or not at all, one process at a time.

    The engine is its own: no time limit for a command, no keyring, and SQLite's foreign keys are checked at the end
    only (`StoreError`), so that a table can be remade without what refers to it.
    """
    engine = create_async_engine(parse_url(url), poolclass=NullPool, hide_parameters=True, **_arguments(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "begin", _begin)
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        await connection.run_sync(run)
        # Foreign keys are off on SQLite unless asked for: dropping a table to remake it deletes nothing else.
        if engine.dialect.name == "sqlite" and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
            raise StoreError("A migration would have left rows that refer to nothing")


def _arguments(url: str) -> dict[str, Any]:
    if parse_url(url).get_backend_name() != "sqlite":
        return {}
    return {"connect_args": {"timeout": LOCK_SECONDS, "isolation_level": None}}


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def main() -> int:
    """The child: 0 when the database is at our head, else a last line on standard error that says what is wrong."""
    try:
        upgrade(os.environ[URL_VARIABLE])
    except PulssiError as error:
        sys.stderr.write(f"{error}\n")
        return TRY_AGAIN if isinstance(error, StoreUnavailable) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
