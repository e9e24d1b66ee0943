"""Telegram's limits on sending (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""

import math
from collections import deque
from dataclasses import dataclass, field

from tests.telegram_api.rules import Refused


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `number` in any `seconds`."""

    number: int
    seconds: float


ONE_A_SECOND = Rate(1, 1.0)


@dataclass
class Limits:
    """Counts what was accepted and refuses what is too much; `tolerance` (seconds) forgives a clock's rounding."""

    chat: tuple[Rate, ...] = (ONE_A_SECOND,)
    group: tuple[Rate, ...] = (ONE_A_SECOND, Rate(20, 60.0))
    bot: tuple[Rate, ...] = (Rate(30, 1.0),)
    tolerance: float = 1e-6
    refused: list[tuple[float, int, int]] = field(default_factory=list)  # when, chat, retry_after
    _seen: dict[object, deque[float]] = field(default_factory=dict)

    def count(self, chat_id: int, now: float) -> None:
        """Raises:
        Refused: 429 with `retry_after`, whole seconds until the same call would be accepted.
        """  # fmt: skip
        rates: list[tuple[object, Rate]] = [("bot", rate) for rate in self.bot]
        rates += [(chat_id, rate) for rate in (self.group if chat_id < 0 else self.chat)]
        wait = max(self._wait(key, rate, now) for key, rate in rates)
        if wait > self.tolerance:
            after = max(1, math.ceil(wait - self.tolerance))
            self.refused.append((now, chat_id, after))
            raise too_many(after)
        for key in ("bot", chat_id):
            self._history(key).append(now)

    def _wait(self, key: object, rate: Rate, now: float) -> float:
        history = self._history(key)
        if len(history) < rate.number:
            return 0.0
        return history[-rate.number] + rate.seconds - now

    def _history(self, key: object) -> deque[float]:
        longest = max(rate.number for rate in (*self.chat, *self.group, *self.bot))
        return self._seen.setdefault(key, deque(maxlen=longest))


def too_many(after: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {after}", retry_after=after)
