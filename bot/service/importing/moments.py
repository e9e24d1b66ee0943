"""Times as people and programs write them. Whether 03/04 is in March or in April is never guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Final

from bot.errors import WrongUse

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME: Final = (
    r"(?:,?[ T]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?"
    r"(?:\s*(?P<half>[AaPp]\.?[Mm]\.?|[ai]p\.?|[fe]m\b\.?))?"
    r"(?:\s*(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{1,5}))?)?"
)
# The halves of the day are English, Finnish (ap., ip.) or Swedish (fm, em).
# 16/11/2026, 16.11.2026, 16-11-2026, and with the year first as Google Forms writes it: 2026/11/16 9:05:14 AM GMT+2.
_NUMBERS: Final = re.compile(rf"(?P<a>\d{{1,4}})(?P<mark>[./-])(?P<b>\d{{1,2}})(?P=mark)(?P<c>\d{{1,4}}){_TIME}")
_WORDS: Final = re.compile(
    rf"(?:(?P<day>\d{{1,2}})\.? (?P<month>[A-Za-z]{{3,9}})|(?P<month2>[A-Za-z]{{3,9}})\.? (?P<day2>\d{{1,2}})),? "
    rf"(?P<year>\d{{4}}){_TIME}"
)
_UNIX: Final = re.compile(r"\d{10}")
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_UTC_NAMES: Final = ("Z", "UTC", "GMT")
_LAST_MONTH: Final = 12
_YEAR_DIGITS: Final = 4
_HALF_DAY: Final = 12


class Order(StrEnum):
    """What stands first in dates like 03/04/2026."""

    DAY = "day"
    MONTH = "month"


@dataclass(slots=True)
class Evidence:
    """The first line and text that shows each order, and the first that could be either."""

    day: tuple[int, str] | None = None
    month: tuple[int, str] | None = None
    either: tuple[int, str] | None = None

    def add(self, line: int, text: str) -> None:
        """Looks at one cell."""
        found = _NUMBERS.fullmatch(text.strip())
        if found is None or len(found["a"]) == _YEAR_DIGITS:
            return
        first, second = int(found["a"]), int(found["b"])
        if first > _LAST_MONTH >= second:
            self.day = self.day or (line, text)
        elif second > _LAST_MONTH >= first:
            self.month = self.month or (line, text)
        elif first != second and first <= _LAST_MONTH:
            self.either = self.either or (line, text)

    def order(self) -> Order | None:
        """What the file itself settles; None when no cell needs it. `WrongUse` when it does not say, or says both."""
        if self.day and self.month:
            (day_line, day), (month_line, month) = self.day, self.month
            raise WrongUse(
                f"Line {day_line} has the time {day!r} with the day first, line {month_line} has {month!r} with the "
                "month first: write them in one way, or import them as two files with --date-format."
            )
        if self.day or self.month:
            return Order.DAY if self.day else Order.MONTH
        if self.either:
            line, text = self.either
            raise WrongUse(
                f"Line {line} has the time {text!r}, and no line of the file shows whether day or month comes first: "
                f"say --date-format {format_like(text, Order.DAY)!r} or {format_like(text, Order.MONTH)!r}."
            )
        return None


def moment(text: str, zone: tzinfo, order: Order | None) -> datetime:
    """The time in UTC: ISO 8601, Unix seconds, or day and month as `order` has them; `zone` is for times without one.

    `ValueError` when it cannot be read, or only by guessing.
    """
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _written(text, zone, order)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _written(text: str, zone: tzinfo, order: Order | None) -> datetime:
    numbers = _NUMBERS.fullmatch(text)
    if numbers is not None:
        return _with_time(_date(numbers, order), numbers, zone)
    words = _WORDS.fullmatch(text)
    if words is None:
        raise ValueError(text)
    month = _MONTHS.index((words["month"] or words["month2"])[:3].lower()) + 1
    return _with_time((int(words["year"]), month, int(words["day"] or words["day2"])), words, zone)


def _date(found: re.Match[str], order: Order | None) -> tuple[int, int, int]:
    first, second, third = (int(found[part]) for part in "abc")
    if len(found["a"]) == _YEAR_DIGITS:
        return first, second, third
    if len(found["c"]) != _YEAR_DIGITS:
        raise ValueError("a year has four digits")
    if first == second:
        return third, second, first
    if order is None:
        raise ValueError("day or month first?")
    return (third, second, first) if order is Order.DAY else (third, first, second)


def _with_time(date: tuple[int, int, int], found: re.Match[str], zone: tzinfo) -> datetime:
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= _HALF_DAY:
            raise ValueError("hours of half a day are 1 to 12")
        hour = hour % _HALF_DAY + (_HALF_DAY if found["half"][0] in "PpIie" else 0)
    when = datetime(*date, hour, minute, second)  # noqa: DTZ001  # its zone comes now
    return _in_zone(when, found["zone"], zone)


def _in_zone(when: datetime, named: str | None, zone: tzinfo) -> datetime:
    """The time with what is written behind it: an offset, UTC, or the name that `zone` itself has at that time.

    Other letters (CST, IST) mean several zones, and are refused.
    """
    if not named:
        return when
    if named in _UTC_NAMES:
        return when.replace(tzinfo=UTC)
    offset = _OFFSET.fullmatch(named)
    if offset is not None:
        ahead = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return when.replace(tzinfo=timezone(ahead if offset["sign"] == "+" else -ahead))
    for fold in (0, 1):
        local = when.replace(tzinfo=zone, fold=fold)
        if local.tzname() == named:
            return local
    raise ValueError(f"{named} is not what the zone is called at that time")


def format_like(text: str, order: Order) -> str:
    """The --date-format that fits a time like this one."""
    found = _NUMBERS.fullmatch(text.strip())
    if found is None:
        return "%d/%m/%Y %H:%M"
    days = ("%d", "%m") if order is Order.DAY else ("%m", "%d")
    date = found["mark"].join((*days, "%Y" if len(found["c"]) == _YEAR_DIGITS else "%y"))
    if not found["hour"]:
        return date
    return f"{date}{text.strip()[found.end('c') : found.start('hour')]}{_clock_like(text.strip(), found)}"


def _clock_like(text: str, found: re.Match[str]) -> str:
    ends = found.end("second") if found["second"] else found.end("minute")
    clock = ("%I" if found["half"] else "%H") + text[found.end("hour")] + "%M"
    if found["second"]:
        clock += text[found.end("minute")] + "%S"
    if found["half"]:
        clock += f"{' ' * (found.start('half') - ends)}%p"
    return clock + (
        f"{text[: found.start('zone')][len(text[: found.start('zone')].rstrip()) :]}%z" if found["zone"] else ""
    )
