"""What holds for every figure, whatever the answers."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.scoring import Figure, Interval, pooled, rate, rounded, score, wilson
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey

CSAT, CES, NPS, _ = BUILT_IN
SMALL_IS_EASY = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
SCALED = (CSAT, CES, NPS, SMALL_IS_EASY)


def histograms(scale: Scale, most: int = 400) -> st.SearchStrategy[dict[int, int]]:
    return st.dictionaries(st.sampled_from(scale.scores), st.integers(0, most))


def scored() -> st.SearchStrategy[tuple[Survey, dict[int, int]]]:
    def with_answers(survey: Survey) -> st.SearchStrategy[tuple[Survey, dict[int, int]]]:
        assert survey.scale is not None
        return st.tuples(st.just(survey), histograms(survey.scale))

    return st.sampled_from(SCALED).flatmap(with_answers)


def known(figure: Figure) -> tuple[float, Interval]:
    assert figure.value is not None
    assert figure.interval is not None
    return figure.value, figure.interval


@given(st.integers(1, 20_000), st.data())
def test_rounding_agrees_with_exact_fractions(n: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, n))
    exact = Fraction(1000 * part, n)
    assert rounded(rate(part, n).value) == math.floor(exact + Fraction(1, 2)) / 10


@given(scored())
def test_figures_stay_on_their_scale(case: tuple[Survey, dict[int, int]]) -> None:
    survey, histogram = case
    assume(sum(histogram.values()) > 0)
    assert survey.scale is not None
    ends = {Kind.CSAT: (0, 100), Kind.NPS: (-100, 100), Kind.CES: (survey.scale.low, survey.scale.high)}[survey.kind]
    value, interval = known(score(survey, histogram))
    assert ends[0] <= interval.low <= interval.high <= ends[1]
    assert ends[0] <= value <= ends[1]
    assert value in interval or (survey.kind is Kind.NPS and sum(histogram.values()) == 1)


@given(scored())
def test_better_answers_never_lower_a_figure(case: tuple[Survey, dict[int, int]]) -> None:
    survey, histogram = case
    present = [found for found, count in histogram.items() if count]
    assert survey.scale is not None
    assume(present and min(present) < survey.scale.high)
    worst = min(present)
    better = pooled(histogram, {worst + 1: 1}) | {worst: histogram[worst] - 1}
    assert known(score(survey, better))[0] >= known(score(survey, histogram))[0] - 1e-9


@given(st.integers(1, 5_000), st.data())
def test_wilson_rises_with_successes_and_widens_with_confidence(n: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, n - 1))
    here, above, wider = wilson(part, n), wilson(part + 1, n), wilson(part, n, z=3.0)
    assert here.low <= above.low
    assert here.high <= above.high
    assert wider.low <= here.low
    assert here.high <= wider.high
    assert wilson(n - part, n).low == pytest.approx(100 - here.high)


@given(st.integers(1, 6), st.integers(1, 60))
def test_more_answers_of_the_same_kind_narrow_the_mean(times: int, n: int) -> None:
    few, many = known(score(CES, {3: n, 6: n}))[1], known(score(CES, {3: n * 2**times, 6: n * 2**times}))[1]
    assert few.low <= many.low < many.high <= few.high
