"""Changes against published examples, hand-made families and plain noise."""

import math
import random
from collections import Counter
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadScore, WrongUse
from bot.scoring import Interval, pooled
from bot.surveys import BUILT_IN, Survey
from bot.trends import Change, Verdict, change, headlines, holm, newcombe, rate_change, sparkline, welch

CSAT, CES, NPS, OPEN = BUILT_IN
REAL, NOISE, FEW = Verdict.REAL, Verdict.NOISE, Verdict.FEW


def satisfied(part: int, whole: int) -> dict[int, int]:
    return {5: part, 1: whole - part}


def verdicts(changes: list[Change]) -> list[Verdict | None]:
    return [item.verdict for item in changes]


def with_p(p: float | None, verdict: Verdict | None) -> Change:
    return Change(1.0, None, verdict, p)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        pytest.param((56, 70, 48, 80), 5.24, 33.39, id="Newcombe 1998, table II a: 56/70 - 48/80"),
        pytest.param((9, 10, 3, 10), 17.05, 80.90, id="Newcombe 1998, table II b: 9/10 - 3/10"),
        pytest.param((10, 10, 0, 20), 67.91, 100.0, id="Newcombe 1998, table II g: 10/10 - 0/20"),
        pytest.param((10, 10, 0, 10), 60.75, 100.0, id="Newcombe 1998, table II h: 10/10 - 0/10"),
    ],
)
def test_newcombe_gives_the_published_intervals(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    interval, _ = newcombe(*counts)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.006)


def test_rate_change_is_newcombe() -> None:
    found = rate_change(56, 70, 48, 80)
    assert found.value == pytest.approx(20.0)
    assert (found.interval, found.verdict) == (newcombe(56, 70, 48, 80)[0], REAL)


def test_csat_change_counts_its_own_good_scores() -> None:
    found = change(CSAT, {4: 30, 5: 26, 3: 14}, {4: 48, 2: 32})
    assert found == rate_change(56, 70, 48, 80)


def test_nps_change_by_hand() -> None:
    found = change(NPS, {10: 60, 8: 20, 0: 20}, {10: 40, 8: 20, 0: 40})
    # now: (60.75, 20.75) of 103, before: (40.75, 40.75) of 103
    now = (81.5 / 103 - (40 / 103) ** 2) / 103
    before = 81.5 / 103 / 103
    half = 100 * 1.959964 * math.sqrt(now + before)
    assert found.value == 40
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((4000 / 103 - half, 4000 / 103 + half))
    assert found.verdict is REAL


def test_welch_by_hand() -> None:
    # now: mean 5, sample variance 20/19; before: mean 4, sample variance 40/9; errors 1/19 and 4/9.
    interval, p = welch({4: 10, 6: 10}, {2: 5, 6: 5})
    a, b = 1 / 19, 4 / 9
    df = (a + b) ** 2 / (a**2 / 19 + b**2 / 9)
    assert df == pytest.approx(11.1835, abs=0.0001)
    # t tables: 2.2010 for 11 and 2.1788 for 12 degrees
    assert interval.high - 1 == pytest.approx(2.197 * math.sqrt(a + b), abs=0.002)
    assert interval.low == pytest.approx(2 - interval.high)
    assert p == pytest.approx(0.183, abs=0.002)


def test_welch_without_any_spread() -> None:
    assert welch({6: 20}, {6: 30}) == (Interval(0.0, 0.0), 1.0)
    assert welch({6: 20}, {5: 30}) == (Interval(1.0, 1.0), 0.0)


@pytest.mark.parametrize("before", [{6: 12}, {3: 12}])
def test_a_mean_without_spread_in_both_weeks_is_not_judged(before: dict[int, int]) -> None:
    found = change(CES, {6: 12, 2: 0}, before)
    assert (found.value, found.interval, found.verdict, found.p) == (6 - min(before), None, FEW, None)


def test_welch_with_spread_in_one_period_only() -> None:
    found = change(CES, {6: 20}, {5: 10, 7: 10})
    assert found.value == 0
    assert found.p == 1
    assert found.verdict is NOISE


@pytest.mark.parametrize("survey", [CSAT, CES, NPS], ids=lambda survey: survey.slug)
@pytest.mark.parametrize(("now", "before"), [(9, 500), (500, 9), (1, 1)])
def test_fewer_than_ten_answers_show_the_value_alone(survey: Survey, now: int, before: int) -> None:
    found = change(survey, {5: now}, {1: before})
    assert found.value is not None
    assert found.value >= 0
    assert (found.interval, found.verdict, found.p) == (None, FEW, None)


def test_ten_answers_are_enough() -> None:
    assert change(CSAT, satisfied(10, 10), satisfied(0, 10)).verdict is REAL


@pytest.mark.parametrize("survey", [CSAT, CES, NPS], ids=lambda survey: survey.slug)
def test_no_earlier_period_has_no_verdict(survey: Survey) -> None:
    nothing = Change(None, None, None, None)
    assert change(survey, {5: 100}, {}) == nothing
    assert change(survey, {}, {}) == nothing


@pytest.mark.parametrize("survey", [CSAT, CES, NPS], ids=lambda survey: survey.slug)
def test_no_answers_now_are_too_few(survey: Survey) -> None:
    assert change(survey, {}, {5: 100}) == Change(None, None, FEW, None)


def test_open_survey_has_no_change() -> None:
    assert change(OPEN, {0: 50}, {0: 20}) == Change(None, None, None, None)


def test_bad_histograms_are_refused_in_either_period() -> None:
    with pytest.raises(BadScore):
        change(CSAT, {6: 20}, {5: 20})
    with pytest.raises(BadScore):
        change(CES, {6: 20}, {0: 20})
    with pytest.raises(WrongUse, match="larger than the whole"):
        rate_change(5, 20, 30, 20)


def answered(survey: Survey) -> st.SearchStrategy[dict[int, int]]:
    assert survey.scale is not None
    scores = st.lists(st.sampled_from(survey.scale.scores), min_size=10, max_size=80)
    return scores.map(lambda drawn: dict(Counter(drawn)))


def judged(case: tuple[Survey, dict[int, int], dict[int, int]]) -> bool:
    survey, now, before = case
    return survey is not CES or len(now) > 1 or len(before) > 1


pairs = (
    st.sampled_from([CSAT, CES, NPS])
    .flatmap(lambda survey: st.tuples(st.just(survey), answered(survey), answered(survey)))
    .filter(judged)
)


@given(pairs)
def test_interval_verdict_and_p_tell_the_same_story(case: tuple[Survey, dict[int, int], dict[int, int]]) -> None:
    survey, now, before = case
    found = change(survey, now, before)
    assert found.interval is not None
    assert found.p is not None
    assert (found.verdict is REAL) == (found.p < 0.05) == (0 not in found.interval)
    assert 0 <= found.p <= 1


@given(pairs)
def test_swapping_the_periods_turns_the_change_around(case: tuple[Survey, dict[int, int], dict[int, int]]) -> None:
    survey, now, before = case
    there, back = change(survey, now, before), change(survey, before, now)
    assert there.interval is not None
    assert back.interval is not None
    assert there.value == -(back.value or 0.0)
    assert (there.interval.low, there.p) == pytest.approx((-back.interval.high, back.p))


def test_p_belongs_to_the_level_at_which_newcombe_touches_zero() -> None:
    _, p = newcombe(56, 70, 48, 80)
    z = NormalDist().inv_cdf(1 - p / 2)
    # The same interval built by hand at that z, from Wilson's own equation solved for its ends.
    assert math.hypot(0.8 - wilson_end(0.8, 70, z, -1), wilson_end(0.6, 80, z, 1) - 0.6) == pytest.approx(0.2)


def wilson_end(share: float, n: int, z: float, side: int) -> float:
    a, b, c = 1 + z * z / n, 2 * share + z * z / n, share * share
    return (b + side * math.sqrt(b * b - 4 * a * c)) / (2 * a)


def test_holm_on_a_hand_made_family() -> None:
    # 0.01 <= 0.05/4 stays, 0.015 <= 0.05/3 stays, 0.03 > 0.05/2 falls, and 0.04 <= 0.05/1 falls with it.
    family = [with_p(0.04, REAL), with_p(0.01, REAL), with_p(0.03, REAL), with_p(0.015, REAL)]
    assert verdicts(holm(family)) == [NOISE, REAL, NOISE, REAL]


def test_holm_changes_verdicts_alone() -> None:
    family = [Change(4.0, Interval(0.1, 7.9), REAL, 0.045), Change(1.0, Interval(-3.0, 5.0), NOISE, 0.6)]
    assert holm(family) == [Change(4.0, Interval(0.1, 7.9), NOISE, 0.045), family[1]]


def test_holm_leaves_out_what_was_not_tested() -> None:
    family = [with_p(0.04, REAL), with_p(None, FEW), with_p(None, None), with_p(None, FEW)]
    assert holm(family) == family


def test_holm_takes_another_level() -> None:
    assert verdicts(holm([with_p(0.04, REAL)], alpha=0.01)) == [NOISE]
    assert holm([]) == []


def test_headlines_are_one_family() -> None:
    borderline, steady = (satisfied(160, 200), satisfied(142, 200)), (satisfied(80, 100), satisfied(80, 100))
    assert change(CSAT, *borderline).verdict is REAL
    found = headlines({"csat": (CSAT, *borderline), "other": (CSAT, *steady), "few": (NPS, {10: 3}, {10: 50})})
    assert {name: item.verdict for name, item in found.items()} == {"csat": NOISE, "other": NOISE, "few": FEW}
    alone = headlines({"csat": (CSAT, *borderline), "few": (NPS, {10: 3}, {10: 50})})
    assert alone["csat"].verdict is REAL


@pytest.mark.parametrize(
    ("survey", "shares"),
    [
        (CSAT, {5: 40, 4: 30, 3: 10, 2: 10, 1: 10}),
        (CES, {7: 30, 6: 20, 5: 20, 3: 20, 1: 10}),
        (NPS, {10: 40, 8: 30, 3: 30}),
    ],
    ids=["csat", "ces", "nps"],
)
@pytest.mark.parametrize(("n", "m"), [(12, 40), (60, 60)])
def test_mere_noise_is_seldom_called_real(survey: Survey, shares: dict[int, int], n: int, m: int) -> None:
    chance = random.Random(20261122)  # noqa: S311 - a simulation, not a secret
    scores, weights = list(shares), list(shares.values())

    def week(size: int) -> Counter[int]:
        return Counter(chance.choices(scores, weights, k=size))

    false_alarms = sum(change(survey, week(n), week(m)).verdict is REAL for _ in range(400))
    assert 4 <= false_alarms <= 30  # 20 expected; beyond 30 is 2.3 deviations


def test_a_large_change_is_found() -> None:
    assert change(NPS, {10: 200, 8: 100, 0: 100}, {10: 100, 8: 100, 0: 200}).verdict is REAL
    assert change(CES, {7: 50, 6: 50}, {4: 50, 5: 50}).verdict is REAL


def test_a_team_is_compared_by_its_pooled_answers() -> None:
    now, before = pooled(satisfied(8, 8), satisfied(40, 92)), satisfied(48, 100)
    assert change(CSAT, now, before).value == 0


@pytest.mark.parametrize(
    ("values", "low", "high", "line"),
    [
        ([0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100], 0, 100, "▁▂▃▄▅▆▇██"),
        ([None, 0, None, 100], 0, 100, "·▁·█"),
        ([-100, 0, 100], -100, 100, "▁▅█"),
        ([-5, 105], 0, 100, "▁█"),
        ([5, None, 5], 5, 5, "▄·▄"),
        ([], 0, 100, ""),
    ],
)
def test_sparkline(values: list[float | None], low: float, high: float, line: str) -> None:
    assert sparkline(values, low, high) == line


def test_sparkline_of_an_upside_down_scale_is_refused() -> None:
    with pytest.raises(WrongUse, match="from low to high"):
        sparkline([1], 7, 1)


@given(st.lists(st.one_of(st.none(), st.floats(-100, 100)), max_size=20))
def test_sparkline_has_one_character_per_value_and_keeps_their_order(values: list[float | None]) -> None:
    line = sparkline(values, -100, 100)
    assert len(line) == len(values)
    drawn = sorted((value, bar) for value, bar in zip(values, line, strict=True) if value is not None)
    bars = [bar for _, bar in drawn]
    assert bars == sorted(bars)
