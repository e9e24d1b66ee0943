"""How much one sender takes for each bot, and when what a platform's limits keep from going is looked at again."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.ports import LONGEST_HOLD, Channel, Clock, Dispatch, Reach

CLAIMED_AT_ONCE: Final = 100
BREATHER: Final = timedelta(seconds=1)
LONGEST_SPREAD: Final = timedelta(minutes=5)
IN_HAND: Final = 60  # of one bot: two seconds' worth at Telegram's 30 a second, so that an answer waits no longer


_Kind = tuple[str, bool, bool]


class Room:
    """The free hands of one process. `took` and `let_go` count what its sender holds; what `takes` promised to take
    counts as well, until `offered` says that it was handed over, or `undone` that it never will be."""

    def __init__(self, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._channels = channels
        self._clock = clock
        self._in_hand: Counter[str] = Counter()
        self._promised: Counter[str] = Counter()  # of the transaction that is being written
        self._quiet: dict[str, datetime] = {}  # until when a platform wants to hear nothing of its bot
        self._full: dict[str, datetime] = {}  # until when no more is taken for a bot whose turns are far away
        self._far: dict[_Kind, datetime] = {}  # the last moment for which such a row went back
        self._told: dict[_Kind, datetime] = {}  # the same without the transaction that is being written
        self._free: dict[_Kind, datetime] = {}  # from when on a turn of such a row was free when it was asked last

    def takes(self, dispatch: Dispatch, now: datetime) -> datetime | None:
        """As `Delivery.takes`."""
        channel = self._channels.get(dispatch.address.channel)
        if channel is None or dispatch.address.account != channel.account or not channel.sends:
            return now
        if self._is_free(channel) and now >= self._full.get(channel.name, now):
            self._promised[channel.name] += 1
            return None
        apart = channel.apart(dispatch)
        return self._spread(dispatch, self._free_from(dispatch, channel, now), apart) if apart else now

    def offered(self) -> None:
        """What was promised is handed over now, and counts as held from here on."""
        self._promised.clear()
        self._told = dict(self._far)

    def undone(self) -> None:
        """The transaction is rolled back: what was promised and told in it counts no more."""
        self._promised.clear()
        self._far = dict(self._told)

    def took(self, dispatch: Dispatch) -> None:
        self._in_hand[dispatch.address.channel] += 1

    def let_go(self, dispatch: Dispatch) -> None:
        self._in_hand[dispatch.address.channel] -= 1

    @property
    def reach(self) -> Reach:
        """For whom rows may be claimed now."""
        mine = frozenset((one.name, one.account) for one in self._channels.values() if self._is_free(one))
        return Reach(mine, frozenset(self._channels))

    @property
    def most(self) -> int:
        """How many rows may be claimed now, so that all may be for the bot with the least room."""
        return min([CLAIMED_AT_ONCE, *(self._left(one) for one in self._channels.values() if self._is_free(one))])

    def keep_quiet(self, channel: str, seconds: float) -> None:
        """The platform wants to hear nothing of its bot for so long."""
        self._quiet[channel] = self._clock.now() + timedelta(seconds=seconds)

    def is_quiet(self, channel: Channel) -> bool:
        until = self._quiet.get(channel.name)
        return until is not None and self._clock.now() < until

    def put_off(self, dispatch: Dispatch, channel: Channel, at: datetime) -> datetime:
        """When to look again at what cannot go before `at`; meanwhile no more is taken for its bot for a moment."""
        self._full[channel.name] = self._clock.now() + BREATHER
        if (apart := channel.apart(dispatch)) and channel.sends and not self._is_young(dispatch):
            later = self._told[_kind(dispatch)] = self._spread(dispatch, at, apart)
            return later
        return at

    def _is_free(self, channel: Channel) -> bool:
        return channel.sends and not self.is_quiet(channel) and self._left(channel) > 0

    def _left(self, channel: Channel) -> int:
        if not channel.account:
            return CLAIMED_AT_ONCE  # there are no limits to wait for either
        return IN_HAND - self._in_hand[channel.name] - self._promised[channel.name]

    def _is_young(self, dispatch: Dispatch) -> bool:
        """Was it stored just now? Then it stands before all that was stored after it for moments of their own."""
        return dispatch.created_at is not None and self._clock.now() - dispatch.created_at < 2 * LONGEST_HOLD

    def _free_from(self, dispatch: Dispatch, channel: Channel, now: datetime) -> datetime:
        """Turns are never given back: what was told holds until that moment comes, and hundreds ask at once."""
        kind = _kind(dispatch)
        if self._free.get(kind, now) <= now:
            self._free[kind] = channel.free_from(dispatch)
        return self._free[kind]

    def _spread(self, dispatch: Dispatch, at: datetime, apart: timedelta) -> datetime:
        """When to look again at what a limit keeps from going. Such rows come back one after the other: all at once
        would be looked at, and put off, again and again, and keep others waiting."""
        kind = _kind(dispatch)
        self._far[kind] = min(max(at, self._far.get(kind, at) + apart), at + LONGEST_SPREAD)
        return self._far[kind]


def _kind(dispatch: Dispatch) -> _Kind:
    """What counts against one limit: the channel, whether a message is changed, whether one person alone sees it."""
    return dispatch.address.channel, bool(dispatch.message), dispatch.alone
