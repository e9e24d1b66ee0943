"""How long to wait until a message that could not be sent is tried again, and how often."""

import random
from datetime import timedelta
from typing import Final

from bot.errors import TryAgainLater

FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=30)
GIVE_UP_AFTER: Final = 40  # about 19 hours of half-hour waits


def wait(attempts: int, error: Exception) -> timedelta:
    """How long until the next try: what the platform asked for, else 2 s doubled up to 30 min, with jitter."""
    if isinstance(error, TryAgainLater) and error.after is not None:
        return timedelta(seconds=error.after)
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(attempts, 20), LONGEST_WAIT)
    return doubled * random.uniform(0.75, 1.25)  # noqa: S311  # spreads retries, guards nothing
