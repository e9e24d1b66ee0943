"""What went wrong with the database, SQLite or PostgreSQL, in our words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import exc

from bot.errors import PulssiError, StoreError, StoreUnavailable

_AGAIN: Final = "nothing was acknowledged and the platforms deliver again"
_FULL: Final = f"The database has no space left: free some; until then {_AGAIN}"
BUSY: Final = f"Another process has held the database for too long: {_AGAIN}"
_AWAY: Final = f"The database cannot be reached: check that it runs and PULSSI_DATABASE_URL; {_AGAIN}"
_READ_ONLY: Final = f"The database can only be read: check owner and mode of its files or the primary; {_AGAIN}"
_DISK: Final = f"The disk under the database fails: check the system's log and the disk; {_AGAIN}"
NO_LOG: Final = "SQLite cannot use a write-ahead log in this folder: move the database to a local disk"
_BROKEN: Final = "The database file is damaged: stop Pulssi and restore the newest backup"
_ACCESS: Final = f"PostgreSQL refuses user, password or database name: check PULSSI_DATABASE_URL; {_AGAIN}"
_CROWDED: Final = f"PostgreSQL is out of connections or memory: close some or raise its limits; {_AGAIN}"

# Primary result codes: https://sqlite.org/rescode.html
_SQLITE_UNAVAILABLE: Final = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _AWAY,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOMEM: _CROWDED,
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_NOTADB: _BROKEN,
}
# Codes and classes: https://www.postgresql.org/docs/current/errcodes-appendix.html; the longest match counts.
_POSTGRES_UNAVAILABLE: Final = {
    "53100": _FULL,
    "53": _CROWDED,
    "57P": _AWAY,
    "55000": _AWAY,  # the database does not accept connections: it starts, stops or is being dropped
    "08": _AWAY,
    "57014": BUSY,
    "55P03": BUSY,
    "40": BUSY,  # deadlock or serialization: the same work succeeds when it is done again
    "25006": _READ_ONLY,
    "25P03": BUSY,
    "58": _DISK,
    "XX001": _BROKEN,
    "XX002": _BROKEN,
    "28": _ACCESS,
    "3D000": _ACCESS,
    "42501": _ACCESS,
}

# Locked, a deadlock or another serialization failure, cancelled: the transaction itself goes on.
_GIVEN_UP: Final = ("55P03", "40", "57014")
# The drivers raise the last two unwrapped, for integers beyond 64 bits and lone surrogates; asyncpg makes them its own.
_REFUSALS: Final = (
    exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OverflowError, UnicodeError,
)  # fmt: skip


def translate(error: BaseException) -> PulssiError | None:
    """StoreUnavailable when the database is away, StoreError when it refused this statement, None for other errors.

    Takes what SQLAlchemy, asyncpg, sqlite3 and the sockets below them raise. An error of ours that SQLAlchemy wrapped
    (a sealed column without a keyring) comes back as it was. Messages never repeat values.
    """
    if isinstance(error, exc.StatementError) and isinstance(error.orig, PulssiError):
        return error.orig
    cause = error.orig if isinstance(error, exc.StatementError) and error.orig is not None else error
    reason = _unavailable(cause)
    if reason is not None:
        return StoreUnavailable(reason)
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable(BUSY)
    if _is_lost(error, cause):
        return StoreUnavailable(_AWAY)
    if isinstance(error, _REFUSALS):
        return StoreError(f"The database refused a statement ({_name(cause)})")
    return None


def gave_up_alone(error: BaseException | None) -> bool:
    """Did PostgreSQL give up one statement for others' sake, or because it took too long? A savepoint undoes that."""
    cause = error.orig if isinstance(error, exc.StatementError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None)
    return isinstance(state, str) and state.startswith(_GIVEN_UP)


@contextmanager
def translated() -> Iterator[None]:
    """Around database work, also with `await` in it: what it raises leaves as StoreUnavailable or StoreError."""
    try:
        yield
    except (*_REFUSALS, OSError) as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def _unavailable(cause: BaseException) -> str | None:
    if isinstance(cause, sqlite3.Error):
        return _SQLITE_UNAVAILABLE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return next((_POSTGRES_UNAVAILABLE[state[:n]] for n in (5, 3, 2) if state[:n] in _POSTGRES_UNAVAILABLE), None)
    # asyncpg and the event loop raise socket errors and timeouts as they are.
    return _AWAY if isinstance(cause, OSError) else None


def _is_lost(error: BaseException, cause: BaseException) -> bool:
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, exc.InterfaceError | asyncpg.InterfaceError) and "closed" in str(cause)


def _name(cause: BaseException) -> str:
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(cause).__name__} {code}" if code else type(cause).__name__
