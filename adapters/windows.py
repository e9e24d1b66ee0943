"""How many calls fit into a stretch of time: what a vendor's limits are made of. Moments are whole microseconds."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Window:
    """At most `most` moments in any half-open stretch as long as `width`."""

    __slots__ = ("_most", "_width", "moments")

    def __init__(self, most: int, width: timedelta) -> None:
        self._most = most
        self._width = span(width)
        self.moments: list[int] = []

    def free_from(self, moment: int) -> int:
        """The first moment, this one or later, that can be added."""
        while (full := self._last_full(moment)) is not None:
            moment = full + self._width
        return moment

    def take(self, moment: int) -> None:
        insort(self.moments, moment)

    def forget(self, before: int) -> None:
        del self.moments[: bisect_left(self.moments, before)]

    def _last_full(self, moment: int) -> int | None:
        """Where the last stretch begins that has no room for `moment`: only a width after that there may be some."""
        place = bisect_right(self.moments, moment)
        for first in range(min(place, len(self.moments) - self._most), max(place - self._most, 0) - 1, -1):
            begin, end = self.moments[first], self.moments[first + self._most - 1]
            if max(end, moment) - min(begin, moment) < self._width:
                return begin
        return None


def first_free(moment: int, windows: Sequence[Window]) -> int:
    """The first moment that suits all: where one asks for more, the others are asked anew."""
    while (later := max([moment, *(window.free_from(moment) for window in windows)])) > moment:
        moment = later
    return moment


def span(gap: timedelta) -> int:
    return gap // _MICROSECOND


def as_number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def as_moment(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND
