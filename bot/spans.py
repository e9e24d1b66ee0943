"""What a message to the owner is about: a local day, ISO week or calendar month, and when its message is due."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from typing_extensions import override

from bot.errors import WrongUse
from bot.weeks import FIRST_YEAR, LAST_YEAR, PostTime, Week, aware, local_day, wall_moment

_DAY_TEXT: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH_TEXT: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
MONTHS: Final = 12


class Every(StrEnum):
    """How often the owner's message comes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    OFF = "off"


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day of the years 2000 to 2199, with the shape of a `Week`; anything else raises `WrongUse`."""

    day: date

    def __post_init__(self) -> None:
        _check_year(self.day.year)

    @override
    def __str__(self) -> str:
        return self.day.isoformat()

    @property
    def first(self) -> date:
        return self.day

    @property
    def last(self) -> date:
        return self.day

    def previous(self) -> "Day":
        return self.minus(1)

    def next(self) -> "Day":
        return self.minus(-1)

    def minus(self, days: int) -> "Day":
        return Day(self.day - timedelta(days=days))


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of the years 2000 to 2199, with the shape of a `Week`; anything else raises `WrongUse`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        _check_year(self.year)
        if not 1 <= self.number <= MONTHS:
            week = f"{self.year}-W{self.number:02}"
            raise WrongUse(f"A year has the months 1 to 12, and no month {self.number}; a week is written like {week}.")

    @override
    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        after = date(self.year + self.number // MONTHS, self.number % MONTHS + 1, 1)
        return after - timedelta(days=1)

    def previous(self) -> "Month":
        return self.minus(1)

    def next(self) -> "Month":
        return self.minus(-1)

    def minus(self, months: int) -> "Month":
        at = self.year * MONTHS + self.number - 1 - months
        return Month(at // MONTHS, at % MONTHS + 1)


Span = Day | Week | Month
_LENGTHS: Final[Mapping[Every, int]] = MappingProxyType({Every.DAY: 10, Every.WEEK: 8, Every.MONTH: 7})


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise WrongUse(f"Messages are about the years {FIRST_YEAR} to {LAST_YEAR}, and {year} is not among them.")


def text_length(every: Every) -> int:
    """By which the texts of days, weeks and months are told apart; within a kind, text order is their order."""
    return _LENGTHS[every]


def every_of(span: Span) -> Every:
    match span:
        case Day():
            return Every.DAY
        case Week():
            return Every.WEEK
        case Month():
            return Every.MONTH


def span_of(day: date, every: Every) -> Span:
    """The span of that kind that holds the day; without a rhythm, its week."""
    match every:
        case Every.DAY:
            return Day(day)
        case Every.MONTH:
            return Month(day.year, day.month)
        case Every.WEEK | Every.OFF:
            return Week.of(day)


def parse_span(text: str) -> Span:
    """From `2026-11-17`, `2026-W47` or `2026-11`; `WrongUse` otherwise."""
    given = text.strip()
    if found := _MONTH_TEXT.fullmatch(given):
        return Month(int(found[1]), int(found[2]))
    if found := _DAY_TEXT.fullmatch(given):
        try:
            return Day(date(int(found[1]), int(found[2]), int(found[3])))
        except ValueError as error:
            raise WrongUse(f"There is no day {given} in the calendar.") from error
    if "w" in given.casefold():
        return Week.parse(given)
    raise WrongUse(f"{text!r} is no day, week or month: write it like 2026-11-17, 2026-W47 or 2026-11.")


def reaches_back(span: Span, many: int) -> bool:
    """Are there so many of its kind up to it, itself included?"""
    try:
        span.minus(many - 1)
    except WrongUse:
        return False
    return True


def post_at(span: Span, post: PostTime, tz: ZoneInfo) -> datetime:
    """The moment (UTC) at which the span's message becomes due.

    A week's at the post time of the following week, a day's on the following day, a month's on the first day of the
    following month; of those two the time alone counts.
    """
    after = span.next()
    day = after.days[post.weekday] if isinstance(after, Week) else after.first
    return wall_moment(day, post.at, tz)


def next_post(after: datetime, post: PostTime, tz: ZoneInfo, every: Every) -> datetime:
    """The first post moment of the rhythm strictly after `after`, in UTC."""
    span = span_of(local_day(after, tz), every).minus(2)
    while (moment := post_at(span, post, tz)) <= after:
        span = span.next()
    return moment


def due_spans(  # every one of them is a fact of its own
    last: Span | None, since: datetime, now: datetime, post: PostTime, tz: ZoneInfo, every: Every
) -> list[Span]:
    """Spans whose message is due by `now`, oldest first: those after `last`, and none that ended before `since`.

    `last` is of the same kind.
    """
    span = span_of(local_day(since, tz), every)
    if last is not None and last.next().first > span.first:
        span = last.next()
    due = list[Span]()
    while post_at(span, post, tz) <= aware(now):
        due.append(span)
        span = span.next()
    return due
