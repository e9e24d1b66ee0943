"""Places with rows that are leased to this process still, and that nobody here holds any more."""

from datetime import datetime

from bot.ports import LEASE, Clock


class Doubts:
    """A row whose fate could not be noted stays leased, and is claimed again when its lease ends. Until then nothing
    newer may be sent to its place: it would overtake it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def add(self, place: str) -> None:
        now = self._clock.now()
        self._until = {other: until for other, until in self._until.items() if now <= until}
        self._until[place] = now + LEASE

    def __contains__(self, place: str) -> bool:
        until = self._until.get(place)
        return until is not None and self._clock.now() <= until
