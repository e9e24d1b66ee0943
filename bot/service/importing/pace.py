"""How much goes into one transaction, so that taps beside long work wait for nothing."""

from typing import Final

# Other processes' writes stay under 50 ms with pauses of 20 ms (ARCHITECTURE.md, "A tap's way"); the commit takes some.
WANTED_SECONDS: Final = 0.02
PAUSE_SECONDS: Final = 0.02
# Fewer hold the database up hardly less: a transaction has its own price, which on a busy machine is all of the time.
SMALLEST: Final = 50
FIRST: Final = SMALLEST
LARGEST: Final = 1000


class Pace:
    """The size of the next chunk, from the time that the last one took."""

    def __init__(self) -> None:
        self.size = FIRST

    def took(self, rows: int, seconds: float) -> None:
        """So many rows held the database up so long; the size grows by half at most, so that it does not swing."""
        if seconds > 0 and rows:
            fitting = int(rows * min(1.5, WANTED_SECONDS / seconds))
            self.size = min(LARGEST, max(SMALLEST, fitting))
