"""When the next call may go, so that Slack's limits hold for every channel and every method."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from adapters.windows import Window, as_moment, as_number, first_free, span

POST: Final = "chat.postMessage"
UPDATE: Final = "chat.update"
WHISPER: Final = "chat.postEphemeral"
REPLY: Final = "a response URL"

_MINUTE: Final = timedelta(minutes=1)
# Tier 3 is "50+" a minute, tier 4 "100+", posting "several hundred messages" over all channels.
_PER_MINUTE: Final[Mapping[str, int]] = MappingProxyType({POST: 300, UPDATE: 50, WHISPER: 100})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much Slack lets through (https://docs.slack.dev/apis/web-api/rate-limits/): of each method in a minute, and
    one message a second in one channel.

    Of response URLs Slack tells no limit; ours leaves the process time for the taps themselves when many come at once.
    """

    per_minute: Mapping[str, int] = field(default_factory=lambda: _PER_MINUTE)
    replies_per_second: int = 20
    channel_gap: timedelta = timedelta(seconds=1)


class Pace:
    """Hands out turns; it never waits itself. Moments are whole microseconds and a window is half-open, so of 50 in a
    minute the 51st is at least a minute after the first."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        self.now = now
        self._limits = limits
        self._methods = {method: Window(most, _MINUTE) for method, most in limits.per_minute.items()}
        self._methods[REPLY] = Window(limits.replies_per_second, timedelta(seconds=1))
        self._channels: dict[str, Window] = {}
        self._paused: dict[tuple[str, str], int] = {}
        self._swept = 0

    def turn(self, method: str, channel: str, within: timedelta | None = None) -> datetime:
        """Reserves the earliest moment, not before now or the end of a pause, at which `method` may be called.

        Messages to a channel never go backwards; their turns leave the moments between them to others. A moment further
        away than `within` is told and not reserved: whoever cannot wait so long asks again when it comes.
        """
        now = as_number(self.now())
        self._forget(now)
        windows = list(self._windows(method, channel))
        moment = first_free(max(now, self._pause(method, channel)), windows)
        if within is None or moment - now <= span(within):
            for window in windows:
                window.take(moment)
        return as_moment(moment)

    def gap(self, method: str) -> timedelta:
        """How far apart calls of `method` are when all that its limit allows are made."""
        most = self._limits.per_minute.get(method)
        return _MINUTE / most if most else timedelta(0)

    def pause(self, method: str, until: datetime, channel: str = "") -> None:
        """No call of `method` before `until`, as a 429 asks, or none to that channel alone; a shorter pause ends no
        longer one. Turns handed out before stay as they are: one before `paused_until` is to be taken anew."""
        self._paused[method, channel] = max(self._paused.get((method, channel), 0), as_number(until))

    def paused_until(self, method: str, channel: str) -> datetime | None:
        """The end of the last pause that holds there, past or to come; None without one."""
        found = self._pause(method, channel)
        return as_moment(found) if found else None

    def _pause(self, method: str, channel: str) -> int:
        return max(self._paused.get((method, ""), 0), self._paused.get((method, channel), 0))

    def _windows(self, method: str, channel: str) -> Iterator[Window]:
        if method in self._methods:
            yield self._methods[method]
        if method == POST:
            if channel not in self._channels:
                self._channels[channel] = Window(1, self._limits.channel_gap)
            yield self._channels[channel]

    def _forget(self, now: int) -> None:
        """Once a minute, what is too old to matter."""
        if now - self._swept < span(_MINUTE):
            return
        self._swept = now
        for window in (*self._methods.values(), *self._channels.values()):
            window.forget(now - span(_MINUTE))
        self._channels = {channel: window for channel, window in self._channels.items() if window.moments}
        self._paused = {place: until for place, until in self._paused.items() if until > now}
