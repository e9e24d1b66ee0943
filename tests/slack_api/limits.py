"""Slack's limits on calls (docs.slack.dev/apis/web-api/rate-limits): by channel for messages, by tier for methods."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.slack_api.rules import Refused

TIERS = {
    "apps.connections.open": 1, "users.list": 2, "conversations.list": 2, "chat.update": 3, "chat.delete": 3,
    "conversations.open": 3, "conversations.info": 3, "conversations.join": 3, "users.conversations": 3,
    "bots.info": 3, "team.info": 3, "users.lookupByEmail": 3, "conversations.members": 4, "chat.postEphemeral": 4,
    "users.info": 4, "views.open": 4, "views.push": 4, "views.update": 4, "views.publish": 4,
    "files.getUploadURLExternal": 4, "files.completeUploadExternal": 4,
}  # fmt: skip


@dataclass
class Limits:
    """Counts what was accepted and refuses what is too much.

    Args:
        burst: Messages to a channel at once, "short bursts" of more than one a second.
        tiers: Calls a minute of each tier; a method of a tier that is missing here is not limited.
        tolerance: Seconds that forgive a clock's rounding.
    """

    burst: int = 1
    channel_seconds: float = 1.0
    tiers: Mapping[int, int] = field(default_factory=lambda: {1: 1, 2: 20, 3: 50, 4: 100})
    tolerance: float = 1e-6
    refused: list[tuple[float, str, str, int]] = field(default_factory=list)  # when, method, place, retry_after
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def count(self, method: str, place: str, now: float) -> None:
        """Raises:
        Refused: 429 with `Retry-After`, whole seconds until the same call would be accepted.
        """  # fmt: skip
        if method == "chat.postMessage":
            key, number, seconds = place, self.burst, self.burst * self.channel_seconds
        elif (most := self.tiers.get(TIERS.get(method, 0))) is not None:
            key, number, seconds = method, most, 60.0
        else:
            return
        history = self._seen.setdefault(key, deque(maxlen=number))
        wait = history[0] + seconds - now if len(history) == number else 0.0
        if wait > self.tolerance:
            after = max(1, math.ceil(wait - self.tolerance))
            self.refused.append((now, method, place, after))
            raise too_many(after)
        history.append(now)


def too_many(after: int) -> Refused:
    return Refused("ratelimited", status=429, retry_after=after)
