"""Days, weeks and months: their ends, their texts, and when their messages are due, wherever the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.spans import Day, Every, Month, Span, due_spans, every_of, next_post, parse_span, post_at, span_of, text_length
from bot.weeks import PostTime, Week, due_weeks, end_utc, start_utc
from bot.weeks import next_post as next_weekly
from bot.weeks import post_at as weekly_at

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = ("UTC", "Europe/Helsinki", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Apia",
         "Australia/Lord_Howe", "America/Sao_Paulo")  # fmt: skip
KINDS = (Every.DAY, Every.WEEK, Every.MONTH)
days = st.dates(date(2001, 1, 1), date(2098, 12, 31))
kinds = st.sampled_from(KINDS)
zones = st.sampled_from(ZONES).map(ZoneInfo)
posts = st.builds(PostTime, st.integers(0, 6), st.times().map(lambda at: at.replace(second=0, microsecond=0)))


@given(days, kinds)
def test_a_span_holds_its_days_and_follows_the_one_before(day: date, every: Every) -> None:
    span = span_of(day, every)
    assert span.first <= day <= span.last
    assert every_of(span) is every
    assert (span.next().first, span.previous().last) == (span.last + timedelta(days=1), span.first - timedelta(days=1))
    assert span.next().previous() == span == span.minus(12).minus(-12)


@given(days, kinds)
def test_a_text_is_read_as_it_was_written_and_tells_the_kind(day: date, every: Every) -> None:
    span = span_of(day, every)
    assert parse_span(f" {span} ") == span
    assert len(str(span)) == text_length(every)


@given(days, days, kinds)
def test_texts_of_a_kind_sort_as_time_does(one: date, other: date, every: Every) -> None:
    a, b = span_of(one, every), span_of(other, every)
    assert (str(a) < str(b)) == (a.first < b.first)


@pytest.mark.parametrize(
    ("text", "span", "last"),
    [
        ("2026-02", Month(2026, 2), date(2026, 2, 28)), ("2028-02", Month(2028, 2), date(2028, 2, 29)),
        ("2100-02", Month(2100, 2), date(2100, 2, 28)), ("2026-12", Month(2026, 12), date(2026, 12, 31)),
        ("2028-02-29", Day(date(2028, 2, 29)), date(2028, 2, 29)), ("2026-w53", Week(2026, 53), date(2027, 1, 3)),
    ],
)  # fmt: skip
def test_month_ends_leap_years_and_week_53(text: str, span: Span, last: date) -> None:
    assert parse_span(text) == span
    assert span.last == last


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-13", "months 1 to 12"), ("2026-00", "no month 0"), ("2026-02-29", "no day 2026-02-29"),
        ("2025-W53", "no week 53"), ("1999-12", "2000 to 2199"), ("2200-01-01", "2000 to 2199"),
        ("last", "write it like"), ("2026", "write it like"), ("", "write it like"), ("\u0662026-11", "write it like"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_a_hint(text: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        parse_span(text)


@given(days, posts, zones, kinds)
def test_a_message_is_due_once_after_its_span_is_over(day: date, post: PostTime, zone: ZoneInfo, every: Every) -> None:
    span = span_of(day, every)
    due = post_at(span, post, zone)
    assert end_utc(span, zone) <= due < end_utc(span.next(), zone)
    assert due < post_at(span.next(), post, zone)
    assert start_utc(span, zone) < end_utc(span, zone)


@given(st.datetimes(datetime(2001, 1, 8), datetime(2098, 1, 1), timezones=st.just(UTC)), posts, zones, kinds)  # noqa: DTZ001
def test_the_next_post_is_the_first_one_after_now(now: datetime, post: PostTime, zone: ZoneInfo, every: Every) -> None:
    moment = next_post(now, post, zone, every)
    assert moment > now
    span = span_of(now.astimezone(zone).date(), every).minus(3)
    while post_at(span, post, zone) != moment:
        assert post_at(span, post, zone) <= now
        span = span.next()


@given(st.datetimes(datetime(2001, 1, 8), datetime(2098, 1, 1), timezones=st.just(UTC)), posts, zones)  # noqa: DTZ001
def test_weeks_are_due_as_they_always_were(now: datetime, post: PostTime, zone: ZoneInfo) -> None:
    week = Week.of(now.date())
    assert post_at(week, post, zone) == weekly_at(week, post, zone)
    assert next_post(now, post, zone, Every.WEEK) == next_weekly(now, post, zone)
    since, last = now - timedelta(days=40), week.minus(4)
    assert due_spans(last, since, now, post, zone, Every.WEEK) == due_weeks(last, since, now, post, zone)
    assert due_spans(None, since, now, post, zone, Every.WEEK) == due_weeks(None, since, now, post, zone)


def test_a_day_of_the_change_of_clocks_is_posted_at_a_time_that_exists() -> None:
    spring, autumn = Day(date(2026, 3, 28)), Day(date(2026, 10, 24))
    half_past_three = PostTime.parse("mon 03:30")
    assert post_at(spring, half_past_three, HELSINKI) == datetime(2026, 3, 29, 1, tzinfo=UTC), "the end of the gap"
    assert post_at(autumn, half_past_three, HELSINKI) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of two"
    hours = [(end_utc(one, HELSINKI) - start_utc(one, HELSINKI)) / timedelta(hours=1) for one in
             (spring.next(), autumn.next(), autumn)]  # fmt: skip
    assert hours == [23, 25, 24]


def test_after_downtime_all_that_was_missed_is_due_the_newest_last() -> None:
    nine = PostTime.parse("mon 09:00")
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    found = due_spans(Month(2025, 10), datetime(2025, 1, 1, tzinfo=UTC), now, nine, HELSINKI, Every.MONTH)
    assert [str(one) for one in found] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    since = datetime(2026, 2, 27, 22, 30, tzinfo=UTC)  # 28 February in Helsinki
    found = due_spans(None, since, now, nine, HELSINKI, Every.DAY)
    assert [str(one) for one in found] == ["2026-02-28", "2026-03-01"]
