"""APScheduler as a clockwork: a few ticks that ask the database what is due, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import StoreError, described

log = structlog.get_logger()
Tick = Callable[[], Awaitable[object]]


class Ticker:
    """Calls each tick at its interval, one at a time per tick; a tick that fails is called again at the next interval.

    Nothing is kept in memory: what a tick misses while the process is down is still due in the database.
    """

    def __init__(self, ticks: dict[str, tuple[float, Tick]]) -> None:
        """`ticks`: name → (seconds, what to call)."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[None]] = set()
        for name, (seconds, tick) in ticks.items():
            self._scheduler.add_job(
                self._run, IntervalTrigger(seconds=seconds), args=(name, tick), id=name,
                max_instances=1, coalesce=True, misfire_grace_time=None,
            )  # fmt: skip

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        # APScheduler would cancel what runs, in the middle of a statement: let it end first.
        self._scheduler.pause()
        await asyncio.sleep(0)  # what was submitted just now begins, and so is known to run
        if self._running:
            await asyncio.wait(self._running)
        self._scheduler.shutdown(wait=False)

    async def _run(self, name: str, tick: Tick) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine of a scheduler always runs in one
        self._running.add(task)
        try:
            await _guarded(name, tick)
        finally:
            self._running.discard(task)


async def _guarded(name: str, tick: Tick) -> None:
    try:
        await tick()
    except StoreError as error:
        log.warning("tick failed", tick=name, error=str(error))
    except Exception as error:  # noqa: BLE001  # the next tick looks again, whatever it was
        log.error("tick failed", tick=name, error=described(error))
