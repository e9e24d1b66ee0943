"""Every figure against KPI.md's worked examples and at its limits."""

import math

import pytest

from bot.errors import BadScore, WrongUse
from bot.scoring import (
    Figure,
    Interval,
    cac,
    ces,
    churn,
    clv,
    csat,
    digits,
    mean_interval,
    merge,
    nps,
    pooled,
    rate,
    retention,
    rounded,
    score,
    utilisation,
    wilson,
)
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey

CSAT, CES, NPS, OPEN = BUILT_IN
SMALL_IS_EASY = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)


def known(figure: Figure) -> tuple[float, Interval]:
    assert figure.value is not None
    assert figure.interval is not None
    return figure.value, figure.interval


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        pytest.param(csat({5: 100, 4: 60, 3: 40}), 80, id="LiveAgent: 160 of 200 answered 4 or 5"),
        pytest.param(csat({5: 120, 4: 40, 3: 20, 2: 10, 1: 10}), 80, id="wyapy.com: 120/40/20/10/10"),
        pytest.param(nps({9: 60, 8: 20, 3: 20}), 40, id="LiveAgent: 60 % promoters, 20 % detractors"),
        pytest.param(nps({10: 60, 7: 25, 6: 15}), 45, id="mopinion: 60/25/15 %"),
        pytest.param(nps({9: 125, 10: 125, 7: 300, 8: 375, 0: 75}), 17.5, id="gist: 250 and 75 of 1000"),
        pytest.param(nps({9: 5}), 100, id="5 promoters in 5 answers"),
        pytest.param(ces({2: 30, 4: 40, 6: 30}, Scale(1, 7), (5, 7)), 4, id="Screeb: 30 x 2, 40 x 4, 30 x 6"),
        pytest.param(rate(250, 1000), 25, id="oversai.com: 250 answers of 1000"),
        pytest.param(retention(start=1000, new=250, end=1100), 85, id="agilebrandguide.com: S 1000, N 250, E 1100"),
        pytest.param(churn(start=1000, lost=150), 15, id="churn is what retention leaves"),
        pytest.param(utilisation(acted=30, received=120), 25, id="utilisation"),
    ],
)
def test_worked_example_value(figure: Figure, value: float) -> None:
    assert figure.value == value


def test_worked_example_breakevensmb_clv() -> None:
    assert clv(250, 4, 3) == 3000
    assert rounded(clv(250, 4, 3, margin=0.4), 2) == 1200


def test_worked_example_geniegoals_cac() -> None:
    assert cac(100_000, 2_000) == 50


@pytest.mark.parametrize(
    ("interval", "low", "high", "within"),
    [
        pytest.param(wilson(160, 200), 73.914, 84.955, 0.0005, id="Wilson, 160 of 200"),
        pytest.param(wilson(1, 1, z=1.96), 20.65, 100, 0.005, id="codegolf 105389: Wilson, 1 of 1, z = 1.96"),
        pytest.param(nps({10: 5}).interval, 17.5, 100, 0.05, id="NPS of 5 promoters in 5 answers"),
        pytest.param(mean_interval(24.5, 3.65, 40), 23.33267, 25.66733, 5e-6, id="R statpsych ci.mean"),
        pytest.param(wilson(0, 10), 0, 27.7533, 5e-5, id="Wilson at the lower end: z^2 / (n + z^2)"),
    ],
)
def test_worked_example_interval(interval: Interval, low: float, high: float, within: float) -> None:
    assert interval.low == pytest.approx(low, abs=within)
    assert interval.high == pytest.approx(high, abs=within)


def test_worked_example_wilson_is_shown_rounded() -> None:
    found = wilson(160, 200)
    assert (rounded(found.low), rounded(found.high)) == (73.9, 85.0)


def test_nps_interval_lies_around_the_adjusted_value() -> None:
    value, interval = known(nps({10: 30, 8: 50, 0: 20}))
    assert value == 10
    assert (interval.low + interval.high) / 2 == pytest.approx(100 * 10 / 103)


def test_ces_has_mean_and_share_of_easy_answers() -> None:
    figure = score(CES, {2: 30, 4: 40, 6: 30})
    value, interval = known(figure)
    # 30 x 4 + 30 x 4 over 99 is the sample variance; 1.984217 is the t table's value for 99.
    half = 1.984217 * math.sqrt(240 / 99) / 10
    assert (interval.low, interval.high) == pytest.approx((value - half, value + half), abs=1e-6)
    assert figure.share == rate(30, 100)


def test_ces_where_lower_is_better_counts_low_scores_as_easy() -> None:
    figure = score(SMALL_IS_EASY, {1: 6, 2: 2, 5: 2})
    assert figure.value == 2.0
    assert figure.share == rate(8, 10)


def test_ces_of_one_answer_may_be_anywhere_on_the_scale() -> None:
    assert known(score(CES, {6: 1})) == (6.0, Interval(1, 7))


def test_ces_of_two_answers_is_clipped_to_the_scale() -> None:
    assert known(score(CES, {6: 1, 7: 1}))[1] == Interval(1, 7)


def test_ces_without_spread_has_an_interval_without_width() -> None:
    assert known(score(CES, {6: 25})) == (6.0, Interval(6.0, 6.0))


def test_csat_cut_off_is_part_of_the_survey() -> None:
    strict = Survey("strict", Kind.CSAT, Scale(1, 5), good=(5, 5), bad=(1, 2))
    assert score(strict, {5: 1, 4: 3}).value == 25


@pytest.mark.parametrize("survey", BUILT_IN, ids=lambda survey: survey.slug)
@pytest.mark.parametrize("histogram", [{}, {5: 0}])
def test_nobody_answered_is_no_value_and_never_zero(survey: Survey, histogram: dict[int, int]) -> None:
    figure = score(survey, histogram)
    assert (figure.n, figure.value, figure.interval) == (0, None, None)


def test_rates_of_nothing_have_no_value() -> None:
    nothing = Figure(0, None, None)
    assert rate(0, 0) == churn(0, 0) == retention(0, 5, 5) == utilisation(0, 0) == nothing
    assert cac(100, 0) is None


def test_zero_of_some_is_a_value() -> None:
    value, interval = known(rate(0, 10))
    assert value == 0
    assert interval.low == 0
    assert interval.high > 0


def test_open_survey_has_answers_and_no_figure() -> None:
    assert score(OPEN, {0: 3}) == Figure(3, None, None)


@pytest.mark.parametrize(
    ("survey", "histogram", "says"),
    [
        (CSAT, {6: 1}, "takes 1 to 5"),
        (CSAT, {0: 1}, "takes 1 to 5"),
        (CES, {8: 1}, "takes 1 to 7"),
        (NPS, {11: 1}, "takes 0 to 10"),
        (NPS, {-1: 1}, "takes 0 to 10"),
    ],
)
def test_score_off_the_scale_is_refused(survey: Survey, histogram: dict[int, int], says: str) -> None:
    with pytest.raises(BadScore, match=says):
        score(survey, histogram)


def test_figures_on_their_own_check_the_scale_too() -> None:
    with pytest.raises(BadScore, match="11 is not a score from 0 to 10"):
        nps({11: 1})
    with pytest.raises(BadScore, match="0 is not a score from 1 to 7"):
        ces({0: 1}, Scale(1, 7), (5, 7))
    with pytest.raises(BadScore, match="99 is not a score"):
        csat({99: 1})


@pytest.mark.parametrize("survey", BUILT_IN, ids=lambda survey: survey.slug)
def test_negative_counts_are_refused(survey: Survey) -> None:
    with pytest.raises(WrongUse, match="Score 5 cannot have -1 answers"):
        score(survey, {5: -1, 4: 3})


def test_impossible_parts_are_refused() -> None:
    with pytest.raises(WrongUse, match="larger than the whole"):
        rate(11, 10)
    with pytest.raises(WrongUse, match="0 or more"):
        rate(-1, 10)
    with pytest.raises(WrongUse, match="at least one answer"):
        wilson(0, 0)
    with pytest.raises(WrongUse, match="250 new customers cannot be more than the 200"):
        retention(1000, 250, 200)
    with pytest.raises(WrongUse, match="larger than the whole"):
        retention(100, 0, 101)


def test_impossible_amounts_are_refused() -> None:
    with pytest.raises(WrongUse, match="0 or more, not -1"):
        clv(-1, 4, 3)
    with pytest.raises(WrongUse, match="not nan"):
        clv(250, math.nan, 3)
    with pytest.raises(WrongUse, match="write 40 % as"):
        clv(250, 4, 3, margin=40)
    with pytest.raises(WrongUse, match="0 or more, not -5"):
        cac(100, -5)


@pytest.mark.parametrize(("sd", "n"), [(1.0, 1), (-0.1, 10)])
def test_t_interval_needs_a_deviation(sd: float, n: int) -> None:
    with pytest.raises(WrongUse, match="t interval"):
        mean_interval(3.0, sd, n)


def test_pooled_adds_answers_and_not_percentages() -> None:
    mika, sanna = {5: 1, 1: 0}, {1: 8, 5: 2}
    assert pooled(mika, sanna) == {1: 8, 5: 3}
    assert csat(pooled(mika, sanna)).value == pytest.approx(300 / 11)  # the mean of 100 % and 20 % would be 60
    assert pooled() == {}


def test_merge_scores_versions_of_one_meaning_together() -> None:
    reworded = Survey("csat", Kind.CSAT, Scale(1, 5), good=(4, 5), bad=(1, 2), version=2)
    assert merge([(CSAT, {5: 1}), (reworded, {1: 8, 5: 2})]) == csat({5: 3, 1: 8})


def test_merge_refuses_versions_of_another_meaning() -> None:
    wider = Survey("csat", Kind.CSAT, Scale(1, 7), good=(6, 7), bad=(1, 3), version=2)
    with pytest.raises(WrongUse, match="Version 2 of 'csat' and version 1"):
        merge([(CSAT, {5: 1}), (wider, {5: 1})])
    with pytest.raises(WrongUse, match="nothing to merge"):
        merge([])


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (81.25, 1, 81.3),
        (81.35, 1, 81.4),
        (-81.25, 1, -81.3),
        (100 * 57 / 200, 0, 29.0),
        (0.285, 2, 0.29),
        (2.675, 2, 2.68),
        (1.005, 2, 1.01),
        (81.2499, 1, 81.2),
        (0.05, 1, 0.1),
        (80.05 - 80.0, 1, 0.1),
        (-0.04, 1, 0.0),
        (99.96, 1, 100.0),
        (5.375, 2, 5.38),
        (1e-20, 1, 0.0),
    ],
)
def test_rounding_is_half_up(value: float, places: int, shown: float) -> None:
    assert rounded(value, places) == shown
    assert str(rounded(value, places)) == str(shown)  # 0.0 and never -0.0


def test_rounding_keeps_what_is_not_there() -> None:
    assert rounded(None) is None


def test_ces_is_shown_with_two_digits() -> None:
    assert {kind: digits(kind) for kind in Kind} == {Kind.CSAT: 1, Kind.CES: 2, Kind.NPS: 1, Kind.OPEN: 1}


def test_ten_million_answers_are_the_same_code() -> None:
    value, interval = known(score(CES, {1: 3_000_000, 4: 4_000_000, 7: 3_000_000}))
    assert value == 4
    assert interval.high - interval.low == pytest.approx(2 * 1.959964 * math.sqrt(5.4 / 1e7), rel=1e-6)
