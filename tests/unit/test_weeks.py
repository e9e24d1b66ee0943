"""Local ISO weeks and post times, where the clocks change and where they do not."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.weeks import PostTime, Week, due_weeks, end_utc, local_day, next_post, post_at, start_utc, zone

HELSINKI = zone("Europe/Helsinki")
MONDAY_9 = PostTime.parse("mon 09:00")
SUNDAY_330 = PostTime.parse("sun 03:30")
SPRING, AUTUMN = Week(2026, 13), Week(2026, 43)  # the weeks of 2026-03-29 and 2026-10-25
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules"})

weeks = st.builds(Week, st.integers(2001, 2099), st.integers(1, 52))
zones = st.sampled_from(ZONES).map(ZoneInfo)
posts = st.builds(PostTime, st.integers(0, 6), st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59])))
moments = st.integers(0, 3_000_000_000).map(
    lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_week_is_read_and_written() -> None:
    assert Week.parse("2026-W47") == Week(2026, 47)
    assert Week.parse(" 2026-w05 ") == Week(2026, 5)
    assert str(Week(2026, 5)) == "2026-W05"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "like 2026-W47"),
        ("47", "like 2026-W47"),
        ("2026-47", "like 2026-W47"),
        ("2026-W7", "like 2026-W47"),
        ("2026-W047", "like 2026-W47"),
        ("\u0662\u0660\u0662\u0666-W47", "like 2026-W47"),
        ("2026-W00", "weeks 1 to 53, and no week 0"),
        ("2025-W53", "2025 has the weeks 1 to 52, and no week 53"),
        ("2026-W54", "no week 54"),
        ("1999-W10", "1999 is not among them"),
        ("2200-W10", "2200 is not among them"),
    ],
)
def test_bad_weeks_are_refused_with_a_hint(text: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        Week.parse(text)


def test_a_year_with_53_weeks_has_them() -> None:
    assert Week.parse("2026-W53").next() == Week(2027, 1)
    assert Week(2025, 52).next() == Week(2026, 1)
    assert Week(2027, 1).previous() == Week(2026, 53)


def test_iso_weeks_at_the_turn_of_a_year() -> None:
    assert Week.of(date(2027, 1, 3)) == Week(2026, 53)
    assert Week.of(date(2024, 12, 30)) == Week(2025, 1)


def test_days_of_a_week() -> None:
    week = Week(2026, 47)
    assert (week.monday, week.sunday) == (date(2026, 11, 16), date(2026, 11, 22))
    assert week.days == tuple(date(2026, 11, day) for day in range(16, 23))


@given(weeks, st.integers(-50, 50))
def test_weeks_count_like_dates(week: Week, n: int) -> None:
    earlier = week.minus(n)
    assert (week.monday - earlier.monday).days == 7 * n
    assert earlier.minus(-n) == week
    assert (earlier < week) == (n > 0)
    assert Week.parse(str(week)) == week
    assert {Week.of(day) for day in week.days} == {week}


@pytest.mark.parametrize("name", ["Helsinki", "Europe", "", "../etc/passwd", "/etc/localtime", "Europe/\0", "x" * 300])
def test_bad_zones_are_named(name: str) -> None:
    with pytest.raises(WrongUse, match="is not a time zone") as refused:
        zone(name)
    assert repr(name) in str(refused.value)


def test_local_day_is_the_zone_s_own() -> None:
    assert local_day(utc("2026-11-15T22:30:00"), HELSINKI) == date(2026, 11, 16)
    assert local_day(utc("2026-11-15T21:30:00"), HELSINKI) == date(2026, 11, 15)
    assert local_day(utc("2026-11-15T22:30:00"), zone("America/New_York")) == date(2026, 11, 15)


def test_naive_moments_are_refused() -> None:
    naive = utc("2026-11-15T22:30:00").replace(tzinfo=None)
    with pytest.raises(WrongUse, match="has no time zone"):
        local_day(naive, HELSINKI)
    with pytest.raises(WrongUse, match="has no time zone"):
        due_weeks(None, utc("2026-11-15T22:30:00"), naive, MONDAY_9, HELSINKI)
    with pytest.raises(WrongUse, match="has no time zone"):
        next_post(naive, MONDAY_9, HELSINKI)


@pytest.mark.parametrize(("week", "hours"), [(SPRING, 167), (AUTUMN, 169), (Week(2026, 20), 168)])
def test_helsinki_weeks_have_the_hours_that_the_clock_leaves(week: Week, hours: int) -> None:
    assert end_utc(week, HELSINKI) - start_utc(week, HELSINKI) == timedelta(hours=hours)


def test_helsinki_week_starts_at_local_midnight() -> None:
    assert start_utc(SPRING, HELSINKI) == utc("2026-03-22T22:00:00")
    assert end_utc(SPRING, HELSINKI) == utc("2026-03-29T21:00:00")


@given(weeks, zones)
def test_a_week_starts_with_its_first_local_moment(week: Week, tz: ZoneInfo) -> None:
    start = start_utc(week, tz)
    assert Week.of(local_day(start, tz)) == week
    assert Week.of(local_day(start - timedelta(microseconds=1), tz)) == week.previous()
    assert end_utc(week, tz) == start_utc(week.next(), tz)


@pytest.mark.parametrize(
    ("text", "weekday", "at", "written"),
    [
        ("mon 09:00", 0, time(9), "mon 09:00"),
        ("Monday 9:00", 0, time(9), "mon 09:00"),
        ("SUN 03:30", 6, time(3, 30), "sun 03:30"),
        ("  wednesday   23:59 ", 2, time(23, 59), "wed 23:59"),
        ("Thu 00:00", 3, time(0), "thu 00:00"),
    ],
)
def test_post_time_is_read_and_written(text: str, weekday: int, at: time, written: str) -> None:
    post = PostTime.parse(text)
    assert post == PostTime(weekday, at)
    assert str(post) == written
    assert PostTime.parse(str(post)) == post


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "like `mon 09:00`"),
        ("mon", "like `mon 09:00`"),
        ("09:00", "like `mon 09:00`"),
        ("mon 9", "like `mon 09:00`"),
        ("mon 09:00:00", "like `mon 09:00`"),
        ("1 09:00", "write its name"),
        ("0 09:00", "write its name"),
        ("maanantai 09:00", "'maanantai' is not a day"),
        ("mo 09:00", "'mo' is not a day"),
        ("mon 24:00", "from 00:00 to 23:59"),
        ("mon 12:60", "from 00:00 to 23:59"),
    ],
)
def test_bad_post_times_are_refused_with_a_hint(text: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says):
        PostTime.parse(text)


def test_post_time_checks_what_it_is_given() -> None:
    with pytest.raises(WrongUse, match=r"0 \(Monday\) to 6 \(Sunday\), not 7"):
        PostTime(7, time(9))
    with pytest.raises(WrongUse, match="local time"):
        PostTime(0, time(9, tzinfo=UTC))


def test_next_post_is_strictly_after() -> None:
    at = utc("2026-11-16T07:00:00")  # Monday 09:00 in Helsinki
    assert next_post(at - timedelta(microseconds=1), MONDAY_9, HELSINKI) == at
    assert next_post(at, MONDAY_9, HELSINKI) == at + timedelta(weeks=1)


def test_monday_at_nine_stays_nine_when_helsinki_changes_its_clocks() -> None:
    spring = [utc("2026-03-23T07:00:00"), utc("2026-03-30T06:00:00"), utc("2026-04-06T06:00:00")]
    autumn = [utc("2026-10-19T06:00:00"), utc("2026-10-26T07:00:00"), utc("2026-11-02T07:00:00")]
    for first, second, third in (spring, autumn):
        assert next_post(first, MONDAY_9, HELSINKI) == second
        assert next_post(second, MONDAY_9, HELSINKI) == third


def test_a_time_that_spring_skips_is_the_end_of_the_gap() -> None:
    posted = next_post(utc("2026-03-23T00:00:00"), SUNDAY_330, HELSINKI)
    assert posted == utc("2026-03-29T01:00:00")  # 03:00 became 04:00 at that moment
    assert posted.astimezone(HELSINKI).time() == time(4)
    assert next_post(posted, SUNDAY_330, HELSINKI) == utc("2026-04-05T00:30:00")


def test_a_time_that_autumn_repeats_is_its_first() -> None:
    posted = next_post(utc("2026-10-19T00:00:00"), SUNDAY_330, HELSINKI)
    assert posted == utc("2026-10-25T00:30:00")
    second = posted + timedelta(hours=1)
    assert second.astimezone(HELSINKI).time() == time(3, 30)
    assert next_post(posted, SUNDAY_330, HELSINKI) == utc("2026-11-01T01:30:00")


def test_a_day_that_a_zone_skipped_posts_at_its_end() -> None:
    apia = zone("Pacific/Apia")  # went from 2011-12-29 straight to 2011-12-31
    friday = PostTime.parse("fri 09:00")
    posted = next_post(utc("2011-12-26T12:00:00"), friday, apia)
    assert posted.astimezone(apia).replace(tzinfo=None).isoformat() == "2011-12-31T00:00:00"


@given(moments, posts, zones)
def test_next_post_is_the_only_one_of_its_local_week(after: datetime, post: PostTime, tz: ZoneInfo) -> None:
    first = next_post(after, post, tz)
    second = next_post(first, post, tz)
    assert after < first < second
    assert first.utcoffset() == timedelta(0)
    assert Week.of(local_day(second, tz)) == Week.of(local_day(first, tz)).next()
    assert Week.of(local_day(first, tz)) <= Week.of(local_day(after, tz)).next()


@given(weeks, posts, zones)
def test_a_summary_is_due_at_the_first_post_after_its_week(week: Week, post: PostTime, tz: ZoneInfo) -> None:
    due, end = post_at(week, post, tz), end_utc(week, tz)
    assert end <= due < end_utc(week.next(), tz)
    assert due == next_post(end - timedelta(microseconds=1), post, tz)


@pytest.mark.parametrize(
    ("week", "post", "due"),
    [
        (SPRING, MONDAY_9, "2026-03-30T06:00:00"),
        (SPRING.previous(), SUNDAY_330, "2026-03-29T01:00:00"),
        (AUTUMN, MONDAY_9, "2026-10-26T07:00:00"),
        (AUTUMN.previous(), SUNDAY_330, "2026-10-25T00:30:00"),
        (SPRING, PostTime.parse("mon 00:00"), "2026-03-29T21:00:00"),
    ],
)
def test_helsinki_summaries_are_due_at_the_local_time(week: Week, post: PostTime, due: str) -> None:
    assert post_at(week, post, HELSINKI) == utc(due)


def test_no_summary_for_a_week_that_ended_before_the_workspace() -> None:
    created = utc("2026-11-15T22:00:00")  # the first moment of week 47 in Helsinki
    before_post, posted = utc("2026-11-23T06:59:59"), utc("2026-11-23T07:00:00")
    assert due_weeks(None, created, before_post, MONDAY_9, HELSINKI) == []
    assert due_weeks(None, created, posted, MONDAY_9, HELSINKI) == [Week(2026, 47)]
    a_moment_earlier = created - timedelta(microseconds=1)
    assert due_weeks(None, a_moment_earlier, posted, MONDAY_9, HELSINKI) == [Week(2026, 46), Week(2026, 47)]


def test_missed_weeks_are_all_named_oldest_first() -> None:
    created, now = utc("2026-01-05T12:00:00"), utc("2026-11-24T12:00:00")
    missed = due_weeks(Week(2026, 44), created, now, MONDAY_9, HELSINKI)
    assert missed == [Week(2026, 45), Week(2026, 46), Week(2026, 47)]
    assert due_weeks(Week(2026, 47), created, now, MONDAY_9, HELSINKI) == []


def test_a_last_week_from_before_the_workspace_brings_none_back() -> None:
    created, now = utc("2026-11-17T12:00:00"), utc("2026-11-24T12:00:00")
    assert due_weeks(Week(2026, 40), created, now, MONDAY_9, HELSINKI) == [Week(2026, 47)]


def test_nothing_is_due_before_the_workspace() -> None:
    assert due_weeks(None, utc("2026-11-17T12:00:00"), utc("2026-01-01T00:00:00"), MONDAY_9, HELSINKI) == []


@given(moments, posts, zones, st.lists(st.integers(1, 24 * 20), min_size=1, max_size=8))
def test_ticking_decides_each_week_once(created: datetime, post: PostTime, tz: ZoneInfo, waits: list[int]) -> None:
    last, decided, now = None, [], created
    for hours in waits:
        now += timedelta(hours=hours)
        due = due_weeks(last, created, now, post, tz)
        decided += due
        last = due[-1] if due else last
    assert decided == due_weeks(None, created, now, post, tz)
    assert decided == sorted(set(decided))
    for week in decided:
        assert end_utc(week, tz) > created
        assert post_at(week, post, tz) <= now
