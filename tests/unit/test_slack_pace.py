"""Slack's limits hold for whatever is asked whenever, and nobody waits longer than they demand."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.pace import POST, UPDATE, WHISPER, Limits, Pace
from tests.builders import NOON, at
from tests.world import TestClock

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SMALL = Limits({POST: 5, UPDATE: 3})

Asks = list[tuple[timedelta, tuple[str, str], timedelta, bool]]


@dataclass
class Turns:
    """What was handed out, by method and channel."""

    limits: Limits
    clock: TestClock = field(default_factory=TestClock)
    taken: dict[tuple[str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.pace = Pace(self.limits, self.clock.now)

    def ask(self, method: str, channel: str) -> datetime:
        turn = self.pace.turn(method, channel)
        self.taken[method, channel].append(turn)
        return turn

    def of(self, method: str) -> list[datetime]:
        return [turn for (name, _), turns in self.taken.items() if name == method for turn in turns]

    def check(self) -> None:
        for method, most in self.limits.per_minute.items():
            assert fits(self.of(method), most, MINUTE)
        for (method, _), turns in self.taken.items():
            assert method != POST or fits(turns, 1, self.limits.channel_gap)


def fits(moments: list[datetime], most: int, width: timedelta) -> bool:
    """Are there at most `most` in every half-open window?"""
    ordered = sorted(moments)
    return all(later - earlier >= width for earlier, later in zip(ordered, ordered[most:], strict=False))


def asks() -> st.SearchStrategy[Asks]:
    """Waits before each ask, what it is for, and a pause that begins then (mostly none), of the method or channel."""
    gaps = st.sampled_from([0, 0, 0, 1, 250_000, 999_999, 1_000_000, 20_000_000, 90_000_000])
    pauses = st.sampled_from([0, 0, 0, 0, 0, 1, 3_000_000])
    what = st.sampled_from([(POST, "C1"), (POST, "C2"), (POST, "U1"), (UPDATE, "C1"), (UPDATE, "U1"), (WHISPER, "C1")])
    micros = st.builds(lambda number: timedelta(microseconds=number), gaps)
    spans = st.builds(lambda number: timedelta(microseconds=number), pauses)
    return st.lists(st.tuples(micros, what, spans, st.booleans()), max_size=60)


@given(asks())
def test_all_limits_hold_and_nothing_goes_into_a_pause(made: Asks) -> None:
    turns = Turns(SMALL)
    for gap, (method, channel), pause, whole in made:
        now = turns.clock.advance(seconds=gap.total_seconds())
        if pause:
            turns.pace.pause(method, now + pause, "" if whole else channel)
        assert turns.ask(method, channel) >= max(now, turns.pace.paused_until(method, channel) or now)
    turns.check()


@given(asks())
def test_a_turn_is_the_earliest_that_the_limits_allow(made: Asks) -> None:
    turns = Turns(SMALL)
    for gap, (method, channel), _, _ in made:
        now = turns.clock.advance(seconds=gap.total_seconds())
        turn = turns.ask(method, channel)
        earlier = {now, turn - timedelta(microseconds=1)} | {
            moment + width for moment in turns.of(method) for width in (SECOND, MINUTE)
        }
        for moment in (one for one in earlier if now <= one < turn):
            assert not _would_fit(turns, (method, channel), moment)


def _would_fit(turns: Turns, what: tuple[str, str], moment: datetime) -> bool:
    method, _ = what
    own = [*turns.taken[what][:-1], moment]
    everywhere = own + [
        turn for one, taken in turns.taken.items() if one[0] == method and one != what for turn in taken
    ]
    gap = method != POST or fits(own, 1, SECOND)
    return gap and fits(everywhere, turns.limits.per_minute.get(method, len(everywhere)), MINUTE)


def test_a_channel_gets_one_message_a_second_and_delays_no_other() -> None:
    turns = Turns(Limits())
    assert [turns.ask(POST, "C1") for _ in range(5)] == [NOON + number * SECOND for number in range(5)]
    assert {turns.ask(POST, f"C{number}") for number in range(2, 200)} == {NOON}
    turns.check()


def test_fifty_edits_go_at_once_and_the_next_exactly_a_minute_later() -> None:
    turns = Turns(Limits())
    assert {turns.ask(UPDATE, f"U{number}") for number in range(50)} == {NOON}
    assert turns.ask(UPDATE, "U50") == NOON + MINUTE
    assert turns.ask(WHISPER, "C1") == NOON
    assert turns.ask("views.open", "") == NOON


def test_what_is_further_away_is_told_and_not_reserved() -> None:
    turns = Turns(Limits({POST: 2}))
    assert [turns.ask(POST, "C1") for _ in range(2)] == [NOON, NOON + SECOND]
    hold = timedelta(seconds=10)
    for _ in range(3):
        assert turns.pace.turn(POST, "C2", within=hold) == NOON + MINUTE
    turns.clock.advance(seconds=55)
    assert turns.pace.turn(POST, "C2", within=hold) == NOON + MINUTE
    assert turns.pace.turn(POST, "C3", within=timedelta(0)) == NOON + MINUTE + SECOND


def test_the_turns_of_a_channel_never_go_backwards() -> None:
    turns = Turns(SMALL)
    for _ in range(12):
        for channel in ("C1", "C2", "C3"):
            turns.ask(POST, channel)
        turns.clock.advance(seconds=0.4)
    assert all(earlier < later for taken in turns.taken.values() for earlier, later in pairwise(taken))


def test_a_pause_holds_for_its_method_or_channel_alone() -> None:
    turns = Turns(Limits())
    assert turns.pace.paused_until(POST, "C1") is None
    turns.pace.pause(POST, at(2), "C1")
    turns.pace.pause(POST, at(1), "C1")
    turns.pace.pause(UPDATE, at(3))
    assert turns.pace.paused_until(POST, "C1") == at(2)
    assert turns.ask(POST, "C1") == at(2)
    assert turns.ask(POST, "C2") == NOON
    assert turns.ask(UPDATE, "C2") == at(3)
    turns.clock.at = at(5)
    assert turns.ask(POST, "C1") == at(5)


def test_an_hour_at_full_speed_keeps_the_pace_and_forgets() -> None:
    turns = Turns(Limits())
    late = timedelta(0)
    for message in range(5 * 60 * 60):
        turns.clock.at = NOON + timedelta(microseconds=message * 1_000_000 // 5)
        late = max(late, turns.pace.turn(POST, f"C{message % 5000}") - turns.clock.at)
    assert late == timedelta(0)
    assert len(turns.pace._channels) <= 5 * 60 * 2  # noqa: SLF001  # the promise is about memory
    assert len(turns.pace._methods[POST].moments) <= 5 * 60 * 2  # noqa: SLF001
