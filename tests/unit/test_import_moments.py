"""Times as files have them: read when they say one thing, refused when they could say two."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.service.importing.moments import Evidence, Order, format_like, moment

HELSINKI = ZoneInfo("Europe/Helsinki")
NOON = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


def utc(text: str, order: Order | None = None) -> str:
    return moment(text, HELSINKI, order).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-16T12:00:00+02:00", "2026-11-16 12:00", "2026-11-16 10:00:00 UTC", "2026-11-16 10:00:00 GMT",
        "1794823200",
        "2026/11/16 12:00:00 PM GMT+2", "2026/11/16 3:30:00 PM GMT+5:30", "2026/11/16 12:00:00 PM EET",
        "2026/11/16 12.00.00 ip. EET", "16.11.2026 12.00", "16.11.2026, 12:00", "16/11/2026 12:00",
        "11/16/2026 12:00 PM",
        "11/16/2026 12:00:00 p.m.", "11-16-2026 5:00 AM -0500", "16 Nov 2026 12:00", "16. November 2026 12:00",
        "Nov 16, 2026 12:00 PM", "November 16, 2026, 12:00 PM", "2026-11-16 12:00:00 em",
        "2026-11-16 12:00:00.123456 PM",
    ],
)  # fmt: skip
def test_noon_is_noon_however_it_is_written(text: str) -> None:
    order = Order.DAY if text.startswith("16") else Order.MONTH
    assert moment(text, HELSINKI, order) == NOON


def test_midnight_is_twelve_in_the_morning() -> None:
    assert utc("11/16/2026 12:05 AM", Order.MONTH) == "2026-11-15T22:05:00+00:00"
    assert utc("2026/11/16 12:05:00 ap. EET") == "2026-11-15T22:05:00+00:00"
    assert utc("2026/11/16 1:05:00 fm") == "2026-11-15T23:05:00+00:00"


def test_the_name_of_the_zone_tells_the_hour_that_clocks_repeat() -> None:
    assert utc("2026/10/25 3:30:00 AM EEST") == "2026-10-25T00:30:00+00:00"
    assert utc("2026/10/25 3:30:00 AM EET") == "2026-10-25T01:30:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "03/04/2026", "3.4.2026", "03-04-2026 10:00", "13/13/2026", "31/02/2026", "16/11/26",
        "2026/11/16 9:05 AM CST", "2026/11/16 13:05 PM", "2026/11/16 0:05 AM", "16 Foo 2026", "1/2/3", "12345",
        "16.11/2026",
    ],
)  # fmt: skip
def test_what_could_be_two_things_or_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError,)):
        moment(text, HELSINKI, None)


def test_equal_day_and_month_need_no_order() -> None:
    assert utc("04/04/2026 12:00") == "2026-04-04T09:00:00+00:00"


def evidence(*texts: str) -> Evidence:
    found = Evidence()
    for line, text in enumerate(texts, 2):
        found.add(line, text)
    return found


def test_one_clear_line_settles_the_file() -> None:
    assert evidence("03/04/2026", "13/04/2026").order() is Order.DAY
    assert evidence("03/04/2026", "04/13/2026 10:00 PM").order() is Order.MONTH
    assert evidence("2026-04-03", "04/04/2026", "2026/04/03 10:00", "13/13/2026", "x", "").order() is None


def test_two_ways_in_one_file_are_named() -> None:
    with pytest.raises(WrongUse, match=r"Line 3 has the time '13/04/2026' with the day first, line 2 has '04/13/2026'"):
        evidence("04/13/2026", "13/04/2026").order()


@pytest.mark.parametrize("mark", ["/", ".", "-"])
@given(
    seconds=st.integers(1_000_000_000, 1_790_000_000),
    clock=st.sampled_from(["", " %H:%M", " %H.%M.%S", " %I:%M %p", " %I:%M:%S%p", ", %H:%M", " %H:%M %z"]),
)
def test_the_format_that_is_offered_reads_the_time(mark: str, seconds: int, clock: str) -> None:
    for order, date in ((Order.DAY, f"%d{mark}%m{mark}%Y"), (Order.MONTH, f"%m{mark}%d{mark}%Y")):
        text = datetime.fromtimestamp(seconds, UTC).strftime(date + clock)
        offered = format_like(text, order)
        assert offered == date + clock
        assert moment(text, UTC, order) == datetime.strptime(text, offered).replace(tzinfo=UTC)
