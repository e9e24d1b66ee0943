"""Notices within half a second that another process, or this one, has committed something."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CHANNEL: Final = "pulssi"
NOTIFY: Final = f"NOTIFY {CHANNEL}"  # it counts with the commit, also as the statement that begins a transaction
LOOK_SECONDS: Final = 0.2  # SQLite: a look at its data_version takes 3 µs
REST_SECONDS: Final = 0.2  # PostgreSQL: between two wake-ups, since each makes its listeners look at the database
CHECK_SECONDS: Final = 5.0  # PostgreSQL: how late a change may be when a notification is lost
CONNECT_SECONDS: Final = 5.0
BACKOFF_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

_POSTGRES_FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # a timeout is an OSError


class Changes:
    """Wakes its listeners after commits: `async with Changes(engine) as changes: async for _ in changes: …`.

    A wake-up says "look again", not what changed: many commits may give one, and one may come without a commit (at the
    start, after a reconnection, and every 5 s on PostgreSQL). Every commit that ends after `__aenter__` gives at least
    one: within 0.5 s, except on PostgreSQL for commits without `notify` and while reconnecting, within some seconds.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._callbacks: list[Callable[[], None]] = []
        self._listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._heard = False  # of a commit since the rest began

    async def __aenter__(self) -> Self:
        self._listening.clear()  # it may have listened before
        watch = self._watch_sqlite if self._engine.dialect.name == "sqlite" else self._watch_postgres
        self._task = task = asyncio.create_task(watch(), name="pulssi-changes")
        task.add_done_callback(self._ended)
        try:
            await self._listening.wait()
        except asyncio.CancelledError:
            await self.close()
            raise
        if task.done():
            await self.close()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop listening, close the connection and end every iteration; raises what had stopped it before."""
        task = self._task
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if self._task is not task:
            return  # another has closed it meanwhile
        self._task = None
        if self._rest is not None:
            self._rest.cancel()
        self._rest, self._heard = None, False
        if not task.cancelled():
            task.result()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` at each wake-up in the event loop, until the returned function is called; must not raise."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def __aiter__(self) -> AsyncIterator[None]:
        """The first item at once, then one for all wake-ups since the last item; ends at `close`."""
        wake = asyncio.Event()
        wake.set()
        return self._items(self._task, wake, self.subscribe(wake.set))

    async def _items(
        self, task: asyncio.Task[None] | None, wake: asyncio.Event, stop: Callable[[], None]
    ) -> AsyncIterator[None]:
        """As long as this task listens: an iteration ends with it, also where another has begun since."""
        try:
            while self._is_running(task):
                await wake.wait()
                wake.clear()
                if self._is_running(task):  # it may have been closed while we waited
                    yield
        finally:
            stop()

    def _is_running(self, task: asyncio.Task[None] | None) -> bool:
        return task is not None and task is self._task and not task.done()

    def _wake(self) -> None:
        for callback in tuple(self._callbacks):
            callback()

    def _hear(self) -> None:
        """Wakes at once, but of notifications that come thick and fast once for all until the rest is over."""
        self._heard = True
        if self._rest is None:
            self._rested()

    def _rested(self) -> None:
        self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._rested) if self._heard else None
        if self._heard:
            self._heard = False
            self._wake()

    def _ended(self, _task: asyncio.Task[None]) -> None:
        self._listening.set()
        self._wake()

    async def _watch_sqlite(self) -> None:
        path = self._engine.url.database or ""
        # aiosqlite does not wait for its thread when a file cannot be opened, so that is found out first.
        await asyncio.to_thread(lambda: sqlite3.connect(path).close())
        async with aiosqlite.connect(path, isolation_level=None) as connection:
            seen = await _data_version(connection)
            self._listening.set()
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                version = await _data_version(connection)
                if version != seen or version is None:
                    self._wake()
                seen = version

    async def _watch_postgres(self) -> None:
        failures = 0
        while True:
            try:
                connection = await self._listen()
            except _POSTGRES_FAILURES:
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                failures += 1
            else:
                failures, pause = 0, BACKOFF_SECONDS[0]
                await self._stay(connection)
            self._listening.set()
            self._wake()  # whatever came while nobody listened
            await asyncio.sleep(pause)

    async def _listen(self) -> Any:
        _, arguments = self._engine.dialect.create_connect_args(self._engine.url)
        arguments.pop("prepared_statement_cache_size", None)  # SQLAlchemy's own
        settings = {"application_name": "pulssi-changes"}
        connection = await asyncpg.connect(**arguments, timeout=CONNECT_SECONDS, server_settings=settings)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._hear())
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _stay(self, connection: Any) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        self._listening.set()
        self._wake()
        try:
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), CHECK_SECONDS)
                # Also finds out that the other end is gone without having said so.
                await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
                self._wake()
        except _POSTGRES_FAILURES:
            return
        finally:
            connection.terminate()


async def notify(connection: AsyncConnection) -> None:
    """Wake the listeners of all processes when this transaction commits; SQLite needs no telling."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(NOTIFY)


async def _data_version(connection: aiosqlite.Connection) -> int | None:
    """A number that changes with other connections' commits (https://sqlite.org/pragma.html#pragma_data_version)."""
    try:
        rows = list(await connection.execute_fetchall("PRAGMA data_version"))
    except sqlite3.OperationalError:  # locked for a moment: whoever looks will see
        return None
    return int(rows[0][0])
