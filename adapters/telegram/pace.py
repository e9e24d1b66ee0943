"""When the next message may go, so that Telegram's limits hold for every chat, every group and the whole bot."""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much Telegram lets through (core.telegram.org/bots/faq, "My bot is hitting limits").

    About 30 messages a second over all chats, one a second in one chat, 20 a minute in one group.
    """

    per_second: int = 30
    chat_gap: timedelta = timedelta(seconds=1)
    group_per_minute: int = 20


class Pace:
    """Hands out turns; it never waits itself. Moments are whole microseconds and a window is half-open, so of 30 in a
    second the 31st is at least a second after the first."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        self.now = now
        self._limits = limits
        self._bot = _Window(limits.per_second, timedelta(seconds=1))
        self._chats: dict[str, tuple[_Window, _Window]] = {}
        self._handed_out: list[tuple[int, str]] = []  # a heap, to forget by
        self._paused = 0

    def turn(self, chat: str, group: bool, within: timedelta | None = None) -> datetime:
        """Reserves the earliest moment, not before now or the end of a pause, at which a message may go to `chat`.

        A chat's later turns leave the moments between them to others. In one chat turns never go backwards. A moment
        further away than `within` is told and not reserved: whoever cannot wait so long asks again when it comes.
        """
        now = _microseconds(self.now())
        self._forget(now - _width(_MINUTE))
        windows = self._windows(chat, group=group)
        moment = _first_free(max(now, self._paused), windows)
        if within is not None and moment - now > _width(within):
            if not windows[1].moments:
                del self._chats[chat]  # nothing handed out, so nothing to forget it by
            return _EPOCH + moment * _MICROSECOND
        for window in windows:
            window.take(moment)
        heapq.heappush(self._handed_out, (moment, chat))
        return _EPOCH + moment * _MICROSECOND

    def pause(self, until: datetime) -> None:
        """Nothing before `until`, as a 429 asks; a shorter pause ends no longer one.

        Turns handed out before stay as they are: one before `paused_until` is to be taken anew.
        """
        self._paused = max(self._paused, _microseconds(until))

    @property
    def paused_until(self) -> datetime | None:
        """The end of the last pause, past or to come; None without one."""
        return _EPOCH + self._paused * _MICROSECOND if self._paused else None

    def _windows(self, chat: str, *, group: bool) -> tuple["_Window", ...]:
        if chat not in self._chats:
            self._chats[chat] = (_Window(1, self._limits.chat_gap), _Window(self._limits.group_per_minute, _MINUTE))
        gap, minute = self._chats[chat]
        return (self._bot, gap, minute) if group else (self._bot, gap)

    def _forget(self, before: int) -> None:
        while self._handed_out and self._handed_out[0][0] < before:
            _, chat = heapq.heappop(self._handed_out)
            windows = self._chats.get(chat, ())
            for window in (self._bot, *windows):
                window.forget(before)
            if windows and not windows[0].moments:
                del self._chats[chat]


class _Window:
    """At most `most` moments in any half-open stretch as long as `width`."""

    __slots__ = ("_most", "_width", "moments")

    def __init__(self, most: int, width: timedelta) -> None:
        self._most = most
        self._width = _width(width)
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
        """Where the last stretch begins that has no room for `moment`: only `_width` after that there may be some."""
        place = bisect_right(self.moments, moment)
        for first in range(min(place, len(self.moments) - self._most), max(place - self._most, 0) - 1, -1):
            begin, end = self.moments[first], self.moments[first + self._most - 1]
            if max(end, moment) - min(begin, moment) < self._width:
                return begin
        return None


def _first_free(moment: int, windows: tuple[_Window, ...]) -> int:
    """The first moment that suits all: where one asks for more, the others are asked anew."""
    while (later := max(window.free_from(moment) for window in windows)) > moment:
        moment = later
    return moment


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _width(gap: timedelta) -> int:
    return gap // _MICROSECOND
