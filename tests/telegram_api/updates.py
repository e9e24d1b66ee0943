"""The queue of updates of one bot (core.telegram.org/bots/api#getting-updates): kept until confirmed."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.telegram_api.rules import Json

KEPT_SECONDS = 24 * 3600  # "they will not be kept longer than 24 hours"
QUERY_KEPT_SECONDS = 150  # what github.com/tdlib/telegram-bot-api gives an undelivered callback query
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only when named


@dataclass(eq=False)
class Webhook:
    """Where updates are sent; `secret` goes along in X-Telegram-Bot-Api-Secret-Token."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


@dataclass(eq=False)
class Pending:
    update_id: int
    update: Json
    lane: str
    until: float


@dataclass
class Updates:
    """What was pushed, what waits, and what the bot confirmed: by a 2xx answer, or by asking for a later offset."""

    webhook: Webhook | None = None
    allowed: frozenset[str] = frozenset()
    pending: dict[int, Pending] = field(default_factory=dict)
    lanes: dict[str, deque[Pending]] = field(default_factory=dict)
    confirmed: dict[int, Json] = field(default_factory=dict)
    expired: list[int] = field(default_factory=list)
    last_id: int = 500_000
    poll: int = 0  # a raised number ends the long poll that waits
    poll_ended_by: str = ""
    _soonest: float = float("inf")  # nothing expires before

    def push(self, update: Json, now: float) -> int | None:
        """Queues it under a new number, or drops it (None) when the bot did not ask for its kind."""
        kind = next(key for key in update if key != "update_id")
        if kind in UNASKED - self.allowed or (self.allowed and kind not in self.allowed):
            return None
        self.last_id = max(self.last_id + 1, int(update.get("update_id", 0)))
        kept = QUERY_KEPT_SECONDS if kind == "callback_query" else KEPT_SECONDS
        body = {"update_id": self.last_id, **{key: value for key, value in update.items() if key != "update_id"}}
        one = Pending(self.last_id, body, lane_of(update[kind]), now + kept)
        self._soonest = min(self._soonest, one.until)
        self.pending[one.update_id] = one
        self.lanes.setdefault(one.lane, deque()).append(one)
        return one.update_id

    def first(self, number: int, now: float) -> list[Json]:
        """The earliest that wait, not more than `number`."""
        self._expire(now)
        return [one.update for one, _ in zip(self.pending.values(), range(number), strict=False)]

    def next_in(self, lane: str, now: float) -> Pending | None:
        """The one that must be delivered before the others of its chat."""
        self._expire(now)
        waiting = self.lanes.get(lane)
        return waiting[0] if waiting else None

    def confirm_before(self, offset: int) -> None:
        """Forgets what lies below the offset; a negative one counts from the end of the queue."""
        ids = list(self.pending)
        for update_id in ids[:offset] if offset < 0 else [one for one in ids if one < offset]:
            self.confirm(update_id)

    def confirm(self, update_id: int) -> None:
        one = self.pending.get(update_id)
        if one is not None:
            self.confirmed[update_id] = one.update
            self._forget(one)

    def drop_pending(self) -> None:
        self.pending.clear()
        self.lanes.clear()

    def allow(self, kinds: Sequence[str] | None) -> None:
        """None keeps what was asked for before, an empty list means every kind but those of `UNASKED`."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def end_poll(self, by: str) -> None:
        self.poll += 1
        self.poll_ended_by = by

    def _expire(self, now: float) -> None:
        if now <= self._soonest:
            return
        for one in [one for one in self.pending.values() if one.until < now]:
            self.expired.append(one.update_id)
            self._forget(one)
        self._soonest = min((one.until for one in self.pending.values()), default=float("inf"))

    def _forget(self, one: Pending) -> None:
        del self.pending[one.update_id]
        lane = self.lanes[one.lane]
        lane.remove(one)
        if not lane:
            del self.lanes[one.lane]


def lane_of(payload: Json) -> str:
    """The chat whose updates come in order; what has no chat is ordered by its sender."""
    chat = payload.get("chat") or (payload.get("message") or {}).get("chat") or payload.get("from") or {}
    return f"{payload.get('business_connection_id', '')}/{chat.get('id', '')}"
