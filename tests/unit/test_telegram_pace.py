"""Telegram's limits hold for whatever is asked whenever, and nobody waits longer than they demand."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.pace import Limits, Pace
from tests.builders import NOON, at
from tests.world import TestClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SMALL = Limits(per_second=3, chat_gap=SECOND, group_per_minute=4)

Asks = list[tuple[timedelta, str, timedelta]]


@dataclass
class Turns:
    """What was handed out, by chat; groups have ids that begin with a minus."""

    limits: Limits
    clock: TestClock = field(default_factory=TestClock)
    taken: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.pace = Pace(self.limits, self.clock.now)

    def ask(self, chat: str) -> datetime:
        turn = self.pace.turn(chat, chat.startswith("-"))
        self.taken[chat].append(turn)
        return turn

    def check(self) -> None:
        assert fits([turn for turns in self.taken.values() for turn in turns], self.limits.per_second, SECOND)
        for chat, turns in self.taken.items():
            assert all(later - earlier >= self.limits.chat_gap for earlier, later in pairwise(turns))
            assert not chat.startswith("-") or fits(turns, self.limits.group_per_minute, MINUTE)


def fits(moments: list[datetime], most: int, width: timedelta) -> bool:
    """Are there at most `most` in every half-open window?"""
    ordered = sorted(moments)
    return all(later - earlier >= width for earlier, later in zip(ordered, ordered[most:], strict=False))


def asks() -> st.SearchStrategy[Asks]:
    """Waits before each ask, whom it is for, and a pause that begins then (mostly none)."""
    gaps = st.sampled_from([0, 0, 0, 1, 250_000, 999_999, 1_000_000, 20_000_000, 90_000_000])
    pauses = st.sampled_from([0, 0, 0, 0, 0, 1, 3_000_000])
    micros = st.builds(lambda number: timedelta(microseconds=number), gaps)
    chats = st.sampled_from(["1", "2", "3", "-4", "-5"])
    return st.lists(
        st.tuples(micros, chats, st.builds(lambda number: timedelta(microseconds=number), pauses)), max_size=60
    )


@given(asks())
def test_all_limits_hold_and_nothing_goes_into_a_pause(made: Asks) -> None:
    turns = Turns(SMALL)
    for gap, chat, pause in made:
        now = turns.clock.advance(seconds=gap.total_seconds())
        if pause:
            turns.pace.pause(now + pause)
        assert turns.ask(chat) >= max(now, turns.pace.paused_until or now)
    turns.check()


@given(asks())
def test_a_turn_is_the_earliest_that_the_limits_allow(made: Asks) -> None:
    turns = Turns(SMALL)
    for gap, chat, _ in made:
        turns.clock.advance(seconds=gap.total_seconds())
        turn = turns.ask(chat)
        earlier = {turns.clock.now(), turn - timedelta(microseconds=1)} | {
            moment + width
            for moments in turns.taken.values()
            for moment in moments
            for width in (SECOND, MINUTE)
            if moment + width < turn
        }
        for moment in (one for one in earlier if turns.clock.now() <= one < turn):
            assert not _would_fit(turns, chat, moment)


def _would_fit(turns: Turns, chat: str, moment: datetime) -> bool:
    own = [*turns.taken[chat][:-1], moment]
    everyone = own + [turn for other, taken in turns.taken.items() if other != chat for turn in taken]
    group = not chat.startswith("-") or fits(own, turns.limits.group_per_minute, MINUTE)
    return fits(everyone, turns.limits.per_second, SECOND) and fits(own, 1, turns.limits.chat_gap) and group


def test_thirty_go_at_once_and_the_next_exactly_a_second_later() -> None:
    turns = Turns(Limits())
    assert {turns.ask(str(chat)) for chat in range(1, 31)} == {NOON}
    assert turns.ask("31") == NOON + SECOND


def test_a_thousand_chats_are_through_in_their_time() -> None:
    turns = Turns(Limits())
    last = max(turns.ask(str(chat)) for chat in range(1, 1001))
    assert last - NOON <= timedelta(seconds=1000 / 30 + 1)
    turns.check()


def test_an_hour_at_full_speed_keeps_the_pace_and_forgets() -> None:
    turns = Turns(Limits())
    late = timedelta(0)
    for message in range(20 * 60 * 30):
        turns.clock.at = NOON + timedelta(microseconds=message * 1_000_000 // 30)
        late = max(late, turns.pace.turn(str(message % 5000), group=False) - turns.clock.at)
    assert late < timedelta(milliseconds=100)
    assert len(turns.pace._handed_out) <= 31 * 60  # noqa: SLF001  # the promise is about memory
    assert len(turns.pace._chats) <= 31 * 60  # noqa: SLF001


def test_a_burst_in_one_chat_delays_nobody_else() -> None:
    turns = Turns(Limits())
    burst = [turns.ask("1") for _ in range(60)]
    assert burst == [NOON + number * SECOND for number in range(60)]
    others = [turns.ask(str(chat)) for chat in range(2, 31)]
    assert set(others) == {NOON}
    assert turns.ask("31") == NOON + SECOND
    turns.check()


def test_a_group_has_twenty_a_minute() -> None:
    turns = Turns(Limits())
    group = [turns.ask("-100") for _ in range(25)]
    assert group[19] == NOON + 19 * SECOND
    assert group[20] == NOON + MINUTE
    turns.check()


def test_the_turns_of_a_chat_never_go_backwards() -> None:
    turns = Turns(SMALL)
    for _ in range(12):
        for chat in ("1", "2", "3", "-4"):
            turns.ask(chat)
        turns.clock.advance(seconds=0.4)
    assert all(list(taken) == sorted(taken) for taken in turns.taken.values())


def test_a_pause_is_kept_and_no_shorter_one_ends_it() -> None:
    turns = Turns(Limits())
    assert turns.pace.paused_until is None
    turns.pace.pause(at(2))
    turns.pace.pause(at(1))
    assert turns.pace.paused_until == at(2)
    assert turns.ask("1") == at(2)
    turns.clock.at = at(5)
    assert turns.ask("2") == at(5)
