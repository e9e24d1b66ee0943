"""Opens the database, SQLite or PostgreSQL, and its transactions."""

import json
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import filelock
import msgspec
from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import BadSettings, StoreUnavailable
from storage.direct import BUSY_MILLISECONDS, first_what_was_put_off, is_held
from storage.failures import BUSY, NO_LOG
from storage.keys import Keyring
from storage.types import carry

CONNECT_SECONDS: Final = 5
COMMAND_SECONDS: Final = 60
IDLE_IN_TRANSACTION_MILLISECONDS: Final = 60_000
READ: Final = "pulssi_read"
PATIENCE: Final = "pulssi_patience"  # of a connection to SQLite: its busy_timeout, if that is not the usual one

_SCHEMES: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_ACCEPTED: Final = (
    "sqlite:///path/to/file.db, sqlite+aiosqlite:///path/to/file.db, postgres://user:password@host:port/database, "
    "postgresql://… or postgresql+asyncpg://…"
)
# What hosting companies append for libpq, and how asyncpg calls it; None: asyncpg does it unasked.
_POSTGRES_OPTIONS: Final = {
    "ssl": "ssl",
    "sslmode": "ssl",
    "host": "host",
    "prepared_statement_cache_size": "prepared_statement_cache_size",
    "application_name": None,
    "channel_binding": None,
}


def make_engine(url: str, keyring: Keyring, *, pool_size: int = 5) -> AsyncEngine:
    """An engine of `pool_size` connections whose sealed columns use `keyring`; connects at first use.

    On SQLite a transaction takes the write lock when it begins, unless it is read through `reading`. The file (0600)
    and its folder (0700) are made when missing. BadSettings for a URL that is not accepted; it never shows the
    password.
    """
    parsed = parse_url(url)
    engine = _sqlite(parsed, pool_size) if parsed.get_backend_name() == "sqlite" else _postgres(parsed, pool_size)
    carry(engine.dialect, keyring)
    return engine


def has_file(url: str) -> bool:
    """Is this a SQLite database whose file is there, with something in it?"""
    parsed = parse_url(url)
    path = Path(parsed.database or "")
    return parsed.get_backend_name() == "sqlite" and path.is_file() and path.stat().st_size > 0


def reading(engine: AsyncEngine) -> AsyncEngine:
    """The same engine and pool for transactions that only read: on SQLite no writer holds them up, nor they it."""
    return engine.execution_options(**{READ: True})


def parse_url(url: str) -> URL:
    """The URL with the asyncio driver and an absolute SQLite path; BadSettings otherwise."""
    try:
        parsed = make_url(url.strip())
    except (exc.ArgumentError, ValueError):
        # Not chained: the parser's message repeats the URL, and that may hold a password.
        raise BadSettings(f"PULSSI_DATABASE_URL cannot be read; accepted are {_ACCEPTED}") from None
    driver = _SCHEMES.get(parsed.drivername)
    if driver is None:
        raise BadSettings(f"PULSSI_DATABASE_URL cannot begin with {parsed.drivername}:; accepted are {_ACCEPTED}")
    parsed = parsed.set(drivername=driver)
    return _sqlite_url(parsed) if driver.startswith("sqlite") else _postgres_url(parsed)


def _sqlite_url(url: URL) -> URL:
    name = url.database or ""
    if url.host or url.query or not name or name == ":memory:" or name.startswith("file:"):
        raise BadSettings(
            "PULSSI_DATABASE_URL is to name a file, with three slashes and without options: sqlite:///var/pulssi.db; "
            "a database in memory would lose every answer at the next start"
        )
    return url.set(database=str(Path(name).absolute()))


def _postgres_url(url: URL) -> URL:
    unknown = sorted(set(url.query) - set(_POSTGRES_OPTIONS))
    if unknown:
        raise BadSettings(
            f"PULSSI_DATABASE_URL has options that are not accepted: {', '.join(unknown)}; "
            f"accepted are {', '.join(_POSTGRES_OPTIONS)}"
        )
    options = {known: value for name, value in url.query.items() if (known := _POSTGRES_OPTIONS[name])}
    return url.set(query=options)


def _sqlite(url: URL, pool_size: int) -> AsyncEngine:
    path = Path(url.database or "")
    try:
        _make_file(path)
        _make_log(path)
    except filelock.Timeout as error:
        raise StoreUnavailable(BUSY) from error
    except OSError as error:
        raise BadSettings(f"The database file {path} cannot be made: {error.strerror}") from error
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        pool_use_lifo=True,  # whoever wrote last has the pages in its cache
        hide_parameters=True,
        json_deserializer=_from_json,
        # None: the driver opens no transactions of its own, `_begin` does.
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "before_cursor_execute", first_what_was_put_off)
    return engine


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # its owner may have opened it to a backup group
    try:
        path.chmod(0o600)  # a umask may have taken away more; SQLite gives -wal and -shm the same mode
    finally:
        os.close(descriptor)


def _make_log(path: Path) -> None:
    """Switch a new file to a write-ahead log, one process at a time: SQLite refuses two at once without waiting."""
    lock = filelock.FileLock(f"{path}.lock", timeout=BUSY_MILLISECONDS / 1000, mode=0o600)
    # What is wrong with the file comes out at first use, in the words of `translate`.
    with lock, suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _set_pragmas(connection: DBAPIConnection, _record: Any) -> None:
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            cursor.execute("PRAGMA journal_mode = WAL")
            mode = cursor.fetchone()
            cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged tap survives a power cut
            cursor.execute("PRAGMA foreign_keys = ON")
        if mode is None or mode[0] != "wal":
            raise StoreUnavailable(NO_LOG)
    except (sqlite3.Error, StoreUnavailable):
        connection.close()  # the pool forgets a connection that fails here, and its thread would stay
        raise


def _begin(connection: Connection) -> None:
    if is_held(connection):
        return  # `storage.writer` has begun it, or does before the first statement
    if connection.get_execution_options().get(READ):
        _at_once(connection, "BEGIN")
        return
    if connection.info.pop(PATIENCE, BUSY_MILLISECONDS) != BUSY_MILLISECONDS:
        _at_once(connection, f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    # A deferred transaction that turns into a write fails at once if another wrote meanwhile (SQLITE_BUSY_SNAPSHOT).
    _at_once(connection, "BEGIN IMMEDIATE")


def _at_once(connection: Connection, statement: str) -> None:
    """In one turn of the driver's thread, where SQLAlchemy takes a turn for each part of it."""
    driver: Any = connection.connection.dbapi_connection
    driver.run_async(lambda sqlite: sqlite.execute_fetchall(statement))


def _from_json(text: str) -> Any:
    """As `json.loads`, which is slower and takes what no other decoder does: half a character pair, NaN."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return json.loads(text)


def _postgres(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        json_deserializer=_from_json,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": COMMAND_SECONDS,
            "server_settings": {
                "application_name": "pulssi",
                # A process that hangs with row locks in its hand would stop every other one.
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MILLISECONDS),
            },
        },
    )
    event.listen(engine.sync_engine, "before_cursor_execute", first_what_was_put_off)
    return engine
