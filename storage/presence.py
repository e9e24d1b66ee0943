"""Says whether a server is there to deliver what a command leaves in the outbox."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import filelock
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.changes import Changes
from storage.engine import CONNECT_SECONDS, parse_url
from storage.failures import translated

LOOK_SECONDS: Final = 1.0  # how late a second server takes over the sign of one that ended
FIRST_LOOK_SECONDS: Final = 0.5
# `storage.changes` connects under this name and comes back by itself; nothing but a server listens.
_LISTENERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pulssi-changes' AND datname = current_database()"
)


@asynccontextmanager
async def present(url: str) -> AsyncGenerator[None]:
    """While this is open, `anyone_serving` is true, also when several servers share the database."""
    if parse_url(url).get_backend_name() == "sqlite":
        async with _holding(_sign(url)):
            yield
        return
    engine = _engine(url)
    try:
        async with Changes(engine):
            yield
    finally:
        await engine.dispose()


async def anyone_serving(url: str) -> bool:
    """Does a server run on this database? A killed one is gone at once on SQLite, on PostgreSQL with its connection.

    Errors: `StoreUnavailable`.
    """
    if parse_url(url).get_backend_name() == "sqlite":
        return await asyncio.to_thread(_is_held, _sign(url))
    engine = _engine(url)
    try:
        with translated():
            async with engine.connect() as connection:
                return bool(await connection.scalar(_LISTENERS))
    finally:
        await engine.dispose()


def _sign(url: str) -> Path:
    return Path(f"{parse_url(url).database}.server.lock")


def _engine(url: str) -> AsyncEngine:
    parsed = parse_url(url)
    return create_async_engine(parsed, poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS})


@asynccontextmanager
async def _holding(sign: Path) -> AsyncGenerator[None]:
    lock = filelock.FileLock(sign, mode=0o600, thread_local=False)
    waiting: asyncio.Task[None] | None = None
    if not await _took(lock, FIRST_LOOK_SECONDS):
        waiting = asyncio.create_task(_take_over(lock), name="pulssi-presence")
    try:
        yield
    finally:
        if waiting is not None:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
        lock.release()


async def _take_over(lock: filelock.BaseFileLock) -> None:
    """Another server holds the sign; when it ends, this one does."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if await _took(lock, 0):
            return


async def _took(lock: filelock.BaseFileLock, seconds: float) -> bool:
    with contextlib.suppress(filelock.Timeout):
        await asyncio.to_thread(lock.acquire, timeout=seconds)
    return lock.is_locked


def _is_held(sign: Path) -> bool:
    if not sign.exists():
        return False
    try:
        with filelock.FileLock(sign, timeout=0, mode=0o600):
            return False
    except filelock.Timeout:
        return True
