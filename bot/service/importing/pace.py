"""How much goes into one transaction, so that taps beside long work wait for nothing."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

# Other processes' writes stay under 50 ms with pauses of 20 ms (ARCHITECTURE.md, "A tap's way"); the commit takes some.
WANTED_SECONDS: Final = 0.02
PAUSE_SECONDS: Final = 0.02
# Fewer hold the database up hardly less: a transaction has its own price, which on a busy machine is all of the time.
SMALLEST: Final = 50
SMALLEST_READY: Final = 200  # of rows that only the database has still to do with
LARGEST: Final = 1000


class Pace:
    """The size of the next chunk, from the time that the last one took, and the pause before it."""

    def __init__(self, smallest: int = SMALLEST) -> None:
        self.size = self._smallest = smallest
        self._rested: float | None = None

    def took(self, rows: int, seconds: float) -> None:
        """So many rows held the database up so long; the size grows by half at most, so that it does not swing."""
        if seconds > 0 and rows:
            fitting = int(rows * min(1.5, WANTED_SECONDS / seconds))
            self.size = min(LARGEST, max(self._smallest, fitting))
        self._rested = time.perf_counter() + PAUSE_SECONDS

    async def rest(self, pause: Callable[[float], Awaitable[None]]) -> None:
        """What is left of the pause after the last chunk: making the next one ready is part of it."""
        if self._rested is not None:
            await pause(max(0.0, self._rested - time.perf_counter()))
