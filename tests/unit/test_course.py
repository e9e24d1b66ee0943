"""The line through twelve weeks, against a line worked by hand and against its own limits."""

from typing import cast

import pytest

from bot.scoring import rounded
from bot.summary import SurveyWeek, summarise, to_json
from bot.summary.course import course, courses
from bot.surveys import BUILT_IN
from bot.trends import Verdict
from bot.values import replace
from tests.unit.summary_cases import EDITION, FUNNEL, share

CSAT, CES, NPS, OPEN = BUILT_IN


def test_a_line_by_hand() -> None:
    """Six weeks of 50, 60, 50, 60, 70, 60 %, the first with 40 answers and the others with 20.

    Weights 2, 1, 1, 1, 1, 1: the middle is 15/7, the mean 400/7, the spread 178/7 x ... as below.
    """
    values, weights = (50, 60, 50, 60, 70, 60), (2, 1, 1, 1, 1, 1)
    found = course(CSAT, [share(value, 20 * weight) for value, weight in zip(values, weights, strict=True)])
    middle = (0 * 2 + 1 + 2 + 3 + 4 + 5) / 7
    mean = (100 + 60 + 50 + 60 + 70 + 60) / 7
    spread = 2 * middle**2 + sum((at - middle) ** 2 for at in range(1, 6))
    product = 2 * -middle * (50 - mean) + sum((at - middle) * (values[at] - mean) for at in range(1, 6))
    slope = product / spread
    left = sum(
        w * (v - mean - slope * (at - middle)) ** 2 for at, (v, w) in enumerate(zip(values, weights, strict=True))
    )
    half = 2.776445 * (left / 4 / spread) ** 0.5  # t of 4 degrees, from the tables
    assert found is not None
    assert found.per_week == pytest.approx(slope)
    assert (found.interval.low, found.interval.high) == pytest.approx((slope - half, slope + half), rel=1e-6)
    assert found.span == 6
    assert found.total == pytest.approx(5 * slope)
    assert (found.verdict is Verdict.REAL) == (found.p < 0.05) == (0 not in found.interval)


def test_six_weeks_with_ten_answers_are_needed() -> None:
    rising = [share(10 * n, 100) for n in range(1, 7)]
    assert course(CSAT, rising) is not None
    assert course(CSAT, rising[1:]) is None
    assert course(CSAT, [*rising[1:], share(90, 9)]) is None
    assert course(CSAT, [{}] * 12) is None
    assert course(OPEN, [{}] * 12) is None


def test_gaps_keep_their_place() -> None:
    weeks = [share(20, 100), {}, share(40, 100), share(50, 100), {}, share(70, 100), share(80, 100), share(90, 100)]
    found = course(CSAT, weeks)
    assert found is not None
    assert found.per_week == pytest.approx(10.0)
    assert (found.span, found.verdict) == (8, Verdict.REAL)


def test_what_never_moves_has_no_course() -> None:
    for weeks in ([share(100, 50)] * 12, [share(70, 30 + 10 * n) for n in range(12)]):
        found = course(CSAT, weeks)
        assert found is not None
        assert (found.per_week, found.p, found.verdict) == (0.0, 1.0, Verdict.NOISE)


def test_a_line_without_any_spread_is_sure() -> None:
    found = course(CSAT, [share(10 * n, 100) for n in range(1, 8)])
    assert found is not None
    assert found.verdict is Verdict.REAL


def test_courses_are_one_family() -> None:
    doubtful = [share(v, 100) for v in (60, 66, 62, 70, 66, 72, 66, 74)]
    alone = courses({"csat": (CSAT, doubtful)})["csat"]
    assert alone is not None
    assert 0.017 < alone.p < 0.05
    flat = [share(60, 100)] * 8
    together = courses({"csat": (CSAT, doubtful), "a": (CSAT, flat), "b": (CSAT, flat), "none": (NPS, [])})
    assert together["csat"] is not None
    assert (alone.verdict, together["csat"].verdict, together["none"]) == (Verdict.REAL, Verdict.NOISE, None)


def test_a_course_that_ended_earlier_is_none() -> None:
    rising = [share(10 * n, 100) for n in range(1, 8)]
    assert course(CSAT, rising) is not None
    assert course(CSAT, [*rising, share(80, 9)]) is None
    assert course(CSAT, [*rising, {}, {}]) is None


def test_the_total_has_a_likely_range_and_a_changed_wording_is_said() -> None:
    weeks = tuple(share(v, 100) for v in (60, 62, 65, 66, 69, 70))
    of = SurveyWeek(CSAT, weeks[-1], weeks[-2], weeks)
    (one,) = summarise(EDITION, [of], FUNNEL).scores
    (two,) = summarise(EDITION, [replace(of, wordings=2)], FUNNEL).scores
    assert one.course is not None
    assert two.course == replace(one.course, changed_wording=True)
    ends = one.course.total_interval
    assert (ends.low, ends.high) == (5 * one.course.interval.low, 5 * one.course.interval.high)
    assert ends.low < one.course.total < ends.high
    [told] = cast(list[dict[str, dict[str, object]]], to_json(summarise(EDITION, [of], FUNNEL))["scores"])
    assert told["course"]["total_interval"] == [rounded(ends.low), rounded(ends.high)]
    assert told["course"]["changed_wording"] is False
