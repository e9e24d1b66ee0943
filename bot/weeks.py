"""Local ISO weeks, and the moments at which their summaries become due, also where the clocks change."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from typing_extensions import override

from bot.errors import WrongUse

FIRST_YEAR, LAST_YEAR = 2000, 2199
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT = 3
WEEK_TEXT = re.compile(r"([0-9]{4})-W([0-9]{2})", re.IGNORECASE)
POST_TEXT = re.compile(r"(\S+)\s+([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week, Monday to Sunday, of the years 2000 to 2199; anything else raises `WrongUse`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise WrongUse(f"Weeks run from {FIRST_YEAR} to {LAST_YEAR}, and {self.year} is not among them.")
        last = date(self.year, 12, 28).isocalendar().week  # 28 December is always in the last ISO week
        if not 1 <= self.number <= last:
            raise WrongUse(f"{self.year} has the weeks 1 to {last}, and no week {self.number}.")

    @classmethod
    def parse(cls, text: str) -> "Week":
        found = WEEK_TEXT.fullmatch(text.strip())
        if found is None:
            raise WrongUse(f"{text!r} is not a week: write the year and the ISO week like 2026-W47.")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Week":
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @override
    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def first(self) -> date:
        return self.monday

    @property
    def last(self) -> date:
        return self.sunday

    @property
    def days(self) -> tuple[date, ...]:
        """The seven dates, Monday first."""
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    def previous(self) -> "Week":
        return self.minus(1)

    def next(self) -> "Week":
        return self.minus(-1)

    def minus(self, weeks: int) -> "Week":
        """The week that many weeks earlier; later for a negative number."""
        return Week.of(self.monday - timedelta(weeks=weeks))


@dataclass(frozen=True, slots=True)
class PostTime:
    """When summaries are posted: a weekday (0 is Monday, as in `date.weekday`) and a local wall-clock time."""

    weekday: int
    at: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday < len(DAY_NAMES):
            raise WrongUse(f"A weekday is 0 (Monday) to 6 (Sunday), not {self.weekday}.")
        if self.at.tzinfo is not None:
            raise WrongUse("A post time is a local time: the zone is the workspace's.")

    @classmethod
    def parse(cls, text: str) -> "PostTime":
        """From `mon 09:00` or `Monday 9:00`; `WrongUse` otherwise."""
        found = POST_TEXT.fullmatch(text.strip())
        if found is None:
            raise WrongUse(f"{text!r} is not a time to post: write a day and a time like `mon 09:00`.")
        hour, minute = int(found[2]), int(found[3])
        try:
            at = time(hour, minute)
        except ValueError as error:
            raise WrongUse(f"{text!r} has no such time: it goes from 00:00 to 23:59.") from error
        return cls(_weekday(found[1]), at)

    @override
    def __str__(self) -> str:
        return f"{DAY_NAMES[self.weekday][:SHORT]} {self.at:%H:%M}"


def _weekday(name: str) -> int:
    if name.isdigit():
        raise WrongUse(f"Day {name} means different days in different places: write its name, like mon or sunday.")
    for number, full in enumerate(DAY_NAMES):
        if name.casefold() in {full, full[:SHORT]}:
            return number
    raise WrongUse(f"{name!r} is not a day: write mon, tue, wed, thu, fri, sat or sun, or the full English name.")


_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})  # files that stand beside the zones


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name, or `WrongUse`; what the machine calls its own is none."""
    try:
        if name in _NO_ZONES:
            raise ValueError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones gives OSError, a path ValueError
        raise WrongUse(f"{name!r} is not a time zone: write an IANA name like Europe/Helsinki.") from error


def local_day(moment: datetime, tz: ZoneInfo) -> date:
    """The date on the zone's calendar at that moment; the moment must be aware."""
    return aware(moment).astimezone(tz).date()


class Days(Protocol):
    """Whole local days in a row, such as a week; `first` is the first of them."""

    @property
    def first(self) -> date: ...

    def next(self) -> Self: ...


def start_utc(week: Days, tz: ZoneInfo) -> datetime:
    """The week's first moment: local midnight on Monday, or the end of the gap that swallowed it."""
    return wall_moment(week.first, time(), tz)


def end_utc(week: Days, tz: ZoneInfo) -> datetime:
    """The first moment that is no longer in the week; 167, 168 or 169 hours after the start in most zones."""
    return start_utc(week.next(), tz)


def next_post(after: datetime, post: PostTime, tz: ZoneInfo) -> datetime:
    """The first post moment strictly after `after`, in UTC; there is one in each local week.

    A local time that the spring change skips becomes the first valid moment after the gap; one that the autumn change
    repeats means the first of the two.
    """
    week = Week.of(local_day(after, tz))
    while (moment := _post_in(week, post, tz)) <= after:
        week = week.next()
    return moment


def post_at(week: Week, post: PostTime, tz: ZoneInfo) -> datetime:
    """The moment (UTC) at which the summary of this full local week becomes due: the following week's post time."""
    return _post_in(week.next(), post, tz)


def due_weeks(last: Week | None, created: datetime, now: datetime, post: PostTime, tz: ZoneInfo) -> list[Week]:
    """Weeks whose summary is due by `now`, oldest first: those after `last`, and none that ended before `created`."""
    week = Week.of(local_day(created, tz))
    if last is not None:
        week = max(week, last.next())
    due = []
    while post_at(week, post, tz) <= aware(now):
        due.append(week)
        week = week.next()
    return due


def _post_in(week: Week, post: PostTime, tz: ZoneInfo) -> datetime:
    return wall_moment(week.days[post.weekday], post.at, tz)


def wall_moment(day: date, at: time, tz: ZoneInfo) -> datetime:
    """The UTC moment of a wall-clock time: the first of two, or the end of the gap for one that does not exist."""
    local = datetime.combine(day, at, tzinfo=tz)
    moment = local.astimezone(UTC)  # fold 0: the offset from before a change, which is the first of two
    if moment.astimezone(tz).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), moment, tz)


def _end_of_gap(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The change of offset between the two moments, to the second, by halving."""
    offset = before.astimezone(tz).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = (before + timedelta(seconds=middle)).astimezone(tz).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)


def aware(moment: datetime) -> datetime:
    """The moment itself; `WrongUse` for one without a time zone."""
    if moment.utcoffset() is None:
        raise WrongUse(f"{moment} has no time zone: moments are aware, in UTC.")
    return moment
