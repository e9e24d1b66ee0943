"""When the next message may go, so that Telegram's limits hold for every chat, every group and the whole bot."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.windows import Window, as_moment, as_number, first_free, span

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
        self._bot = Window(limits.per_second, timedelta(seconds=1))
        self._chats: dict[str, tuple[Window, Window]] = {}
        self._handed_out: list[tuple[int, str]] = []  # a heap, to forget by
        self._paused = 0

    def turn(self, chat: str, group: bool, within: timedelta | None = None) -> datetime:
        """Reserves the earliest moment, not before now or the end of a pause, at which a message may go to `chat`.

        A chat's later turns leave the moments between them to others. In one chat turns never go backwards. A moment
        further away than `within` is told and not reserved: whoever cannot wait so long asks again when it comes.
        """
        now = as_number(self.now())
        self._forget(now - span(_MINUTE))
        windows = self._windows(chat, group=group)
        moment = first_free(max(now, self._paused), windows)
        if within is not None and moment - now > span(within):
            if not windows[1].moments:
                del self._chats[chat]  # nothing handed out, so nothing to forget it by
            return as_moment(moment)
        for window in windows:
            window.take(moment)
        heapq.heappush(self._handed_out, (moment, chat))
        return as_moment(moment)

    def pause(self, until: datetime) -> None:
        """Nothing before `until`, as a 429 asks; a shorter pause ends no longer one.

        Turns handed out before stay as they are: one before `paused_until` is to be taken anew.
        """
        self._paused = max(self._paused, as_number(until))

    @property
    def paused_until(self) -> datetime | None:
        """The end of the last pause, past or to come; None without one."""
        return as_moment(self._paused) if self._paused else None

    def _windows(self, chat: str, *, group: bool) -> tuple[Window, ...]:
        if chat not in self._chats:
            self._chats[chat] = (Window(1, self._limits.chat_gap), Window(self._limits.group_per_minute, _MINUTE))
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
