"""The stand-in's one lock, and waiting for what changes under it, from a thread or from any event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 10.0


class Changes:
    """Every change of state happens in `changing()`; whoever waits looks again after each."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.RLock())
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self._condition:
            try:
                yield
            finally:
                self._tell()

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._condition:
            yield

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that each change sets; who waits clears it before looking."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._condition:
            self._listeners.add(listener)
        try:
            yield listener[1]
        finally:
            with self._condition:
                self._listeners.discard(listener)

    def wait(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """Until the condition holds; for a thread that runs no event loop.

        Raises:
            TimeoutError: it did not within so many real seconds.
        """
        with self._condition:
            if not self._condition.wait_for(lambda: bool(condition()), seconds):
                raise TimeoutError(f"nothing of the kind happened in {seconds} s")

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
        """The same in an event loop."""
        with self.listening() as heard:
            async with asyncio.timeout(seconds):
                while not self._holds(condition):
                    await heard.wait()
                    heard.clear()

    def _tell(self) -> None:
        self._condition.notify_all()
        for loop, heard in self._listeners:
            if not heard.is_set():
                loop.call_soon_threadsafe(heard.set)

    def _holds(self, condition: Callable[[], object]) -> bool:
        with self._condition:
            return bool(condition())
