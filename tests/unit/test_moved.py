"""When a posted figure counts as moved, and from what kinds of memory it is read."""

from typing import Any

import pytest

from bot.summary import Funnel, SurveyWeek, figures_json, summarise, what_moved
from bot.surveys import BUILT_IN, Scale
from bot.values import replace
from bot.weeks import Week
from tests.unit.summary_cases import EDITION, share

CSAT, CES, NPS, _ = BUILT_IN
WEEK = Week(2026, 46)
FUNNEL = Funnel(considered=1000, delivered=1000, answered=450)


def posted(histogram: dict[int, int], funnel: Funnel = FUNNEL) -> dict[str, Any]:
    return figures_json(summarise(EDITION, [SurveyWeek(CSAT, histogram)], funnel))


def test_what_a_reader_would_see_differently_moved() -> None:
    found = what_moved(WEEK, posted(share(80, 620)), [(CSAT, share(79, 620))], replace(FUNNEL, answered=470))
    assert found is not None
    [one] = found.figures
    assert (one.was.value, one.now.n, found.week) == (80.0, 620, WEEK)
    assert (found.rate_was, found.rate_now) == (FUNNEL.response_rate, replace(FUNNEL, answered=470).response_rate)


def test_what_looks_the_same_did_not_move() -> None:
    assert what_moved(WEEK, posted(share(80, 620)), [(CSAT, share(80, 620))], FUNNEL) is None
    # 800 and 803 of 1,000 are both 80 %, and 450 and 454 of 1,000 both 45 %.
    now = {5: 803, 2: 197}
    assert what_moved(WEEK, posted({5: 800, 2: 200}), [(CSAT, now)], replace(FUNNEL, answered=454)) is None


def test_another_number_of_answers_is_a_move() -> None:
    found = what_moved(WEEK, posted(share(80, 620)), [(CSAT, share(80, 600))], FUNNEL)
    assert found is not None
    assert (found.figures[0].now.n, found.rate_was, found.rate_moved) == (600, None, False)
    gone = what_moved(WEEK, posted(share(80, 620)), [(CSAT, {})], FUNNEL)
    assert gone is not None
    assert gone.figures[0].now.value is None


def test_the_rounding_is_that_of_the_exact_value() -> None:
    """79.46 % was posted as 79, though one decimal of it is 79.5."""
    was = {5: 7946, 2: 2054}
    assert what_moved(WEEK, posted(was), [(CSAT, {5: 7949, 2: 2051})], FUNNEL) is None
    assert what_moved(WEEK, posted(was), [(CSAT, {5: 7951, 2: 2049})], FUNNEL) is not None


def test_figures_of_the_first_program_had_no_answers_by_score() -> None:
    old = {"scores": [{"survey": "csat", "n": 620, "value": 80.0}], "funnel": {"delivered": 1000, "answered": 450}}
    assert what_moved(WEEK, old, [(CSAT, share(80, 620))], FUNNEL) is None
    assert what_moved(WEEK, old, [(CSAT, share(70, 620))], FUNNEL) is not None


@pytest.mark.parametrize(
    "broken",
    [
        {}, {"scores": []}, {"scores": [3], "funnel": 4}, {"scores": [{"survey": "csat"}], "funnel": {}},
        {"scores": [{"survey": "csat", "n": 2, "histogram": {"9": 2}}], "funnel": {"delivered": 0, "answered": 0}},
        {"scores": [{"survey": "csat", "n": 2, "histogram": {"x": 2}}], "funnel": {"delivered": 1, "answered": 2}},
        {"scores": [{"survey": "gone", "n": 2, "value": 1.0}]},
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_left_out(broken: dict[str, Any]) -> None:
    assert what_moved(WEEK, broken, [(CSAT, share(80, 620))], FUNNEL) is None


def test_another_scale_is_no_move() -> None:
    seven = replace(CSAT, scale=Scale(1, 7), good=(6, 7), bad=(1, 3))
    seven_posted = figures_json(summarise(EDITION, [SurveyWeek(seven, {7: 50})], FUNNEL))
    assert what_moved(WEEK, seven_posted, [(CSAT, share(80, 620))], FUNNEL) is None
