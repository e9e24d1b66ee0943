"""How much of a bot's work one process takes, and when the rest is looked at again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from typing_extensions import override

from bot.address import Address
from bot.ports import Dispatch
from bot.prompts import UNSAID
from scheduler.room import IN_HAND, Room
from tests.builders import NOON
from tests.post import Post
from tests.world import TestClock

GAP = timedelta(seconds=1)
EDIT = Dispatch(workspace="default", address=Address("slack", "D1", "T1"), prompt=UNSAID, message="D1/1.2")


@dataclass
class Limited(Post):
    """Its next free turn is far away, and it counts who asks for it."""

    asked: int = 0

    @override
    def free_from(self, dispatch: Dispatch) -> datetime:
        self.asked += 1
        return super().free_from(dispatch)


def test_how_long_a_limit_lasts_is_asked_once_until_that_moment() -> None:
    clock = TestClock()
    channel = Limited(name="slack", account="T1", gap=GAP, busy_until=NOON + 60 * GAP)
    room = Room({"slack": channel}, clock)
    assert [room.takes(EDIT, NOON) for _ in range(IN_HAND)] == [None] * IN_HAND
    assert [room.takes(EDIT, NOON) for _ in range(3)] == [NOON + (61 + k) * GAP for k in range(3)]
    assert channel.asked == 1
    channel.busy_until = NOON + 90 * GAP
    assert room.takes(EDIT, NOON + 61 * GAP) == NOON + 90 * GAP
    assert channel.asked == 2


def test_a_transaction_that_is_rolled_back_leaves_no_gap_in_the_row_of_moments() -> None:
    room = Room({"slack": Post(name="slack", account="T1", gap=GAP, busy_until=NOON + 60 * GAP)}, TestClock())
    promised = [room.takes(EDIT, NOON) for _ in range(IN_HAND)]
    room.offered()
    for _ in promised:
        room.took(EDIT)
    told = [room.takes(EDIT, NOON) for _ in range(3)]
    room.undone()
    assert [room.takes(EDIT, NOON) for _ in range(3)] == told
    room.offered()
    assert room.takes(EDIT, NOON) == NOON + (61 + 3) * GAP


def test_what_went_back_meanwhile_keeps_its_moment_when_a_transaction_is_rolled_back() -> None:
    channel = Post(name="slack", account="T1", gap=GAP, busy_until=NOON + 60 * GAP)
    room, old = Room({"slack": channel}, TestClock()), NOON - timedelta(hours=1)
    at = room.put_off(msgspec.structs.replace(EDIT, created_at=old), channel, NOON + 60 * GAP)
    room.undone()
    assert room.put_off(msgspec.structs.replace(EDIT, created_at=old), channel, NOON + 60 * GAP) == at + GAP
