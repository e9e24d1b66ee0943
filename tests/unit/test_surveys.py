"""Scales, bands and versions: what a survey takes and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadScore, WrongUse
from bot.surveys import BUILT_IN, Band, Direction, Kind, Scale, Survey, Wording, csat_bands
from tests.builders import make_survey

EFFORT = Survey("effort", Kind.CES, Scale(1, 5), good=(1, 2), bad=(4, 5), direction=Direction.LOWER)
SCALED = [survey for survey in (*BUILT_IN, EFFORT) if survey.scale is not None]


@pytest.mark.parametrize(("low", "high"), [(1, 1), (5, 1), (-1, 5), (0, 11), (1, 100)])
def test_scale_that_cannot_be(low: int, high: int) -> None:
    with pytest.raises(WrongUse, match="at most 10"):
        Scale(low, high)


@pytest.mark.parametrize("score", [True, False, 4.0, "4", None, -1, 11, 10**30, float("nan")])
@pytest.mark.parametrize("survey", SCALED, ids=lambda survey: survey.slug)
def test_what_is_not_a_score(survey: Survey, score: Any) -> None:
    with pytest.raises(BadScore, match="is not a score"):
        survey.check(score)


@given(st.sampled_from(SCALED), st.integers(-3, 14))
def test_score_is_within_its_scale_or_refused(survey: Survey, score: int) -> None:
    assert survey.scale is not None
    if survey.scale.low <= score <= survey.scale.high:
        assert survey.check(score) == score
        assert score in survey.scale.scores
    else:
        with pytest.raises(BadScore):
            survey.band(score)


def test_open_survey_takes_no_score() -> None:
    with pytest.raises(BadScore, match="words"):
        make_survey("open").check(1)


@pytest.mark.parametrize(
    ("survey", "low", "middle", "high"),
    [
        (make_survey("csat"), {1, 2}, {3}, {4, 5}),
        (make_survey("ces"), {1, 2, 3}, {4}, {5, 6, 7}),
        (make_survey("nps"), set(range(7)), {7, 8}, {9, 10}),
        (EFFORT, {4, 5}, {3}, {1, 2}),
    ],
)
def test_bands(survey: Survey, low: set[int], middle: set[int], high: set[int]) -> None:
    assert survey.scale is not None
    found = {band: {score for score in survey.scale.scores if survey.band(score) is band} for band in Band}
    assert found == {Band.LOW: low, Band.MIDDLE: middle, Band.HIGH: high}


@pytest.mark.parametrize(
    ("survey", "score", "name"),
    [
        (make_survey("nps"), 0, "detractor"),
        (make_survey("nps"), 8, "passive"),
        (make_survey("nps"), 9, "promoter"),
        (make_survey("csat"), 3, "neutral"),
        (make_survey("ces"), 7, "easy"),
        (EFFORT, 5, "hard"),
        (EFFORT, 1, "easy"),
    ],
)
def test_band_names(survey: Survey, score: int, name: str) -> None:
    assert survey.band_name(score) == name


@pytest.mark.parametrize(
    "given_instead",
    [
        {"scale": Scale(1, 10), "good": (9, 10), "bad": (1, 6)},
        {"good": (8, 10)},
        {"bad": (0, 5)},
        {"good": (0, 6), "bad": (9, 10), "direction": Direction.LOWER},
        {"direction": Direction.LOWER},
    ],
)
def test_nps_is_as_defined_or_not_nps(given_instead: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        make_survey("nps", **given_instead)


@pytest.mark.parametrize(
    ("good", "bad", "direction"),
    [
        ((0, 0), (0, 0), Direction.HIGHER),
        ((4, 6), (1, 2), Direction.HIGHER),
        ((4, 4), (1, 2), Direction.HIGHER),
        ((3, 5), (1, 3), Direction.HIGHER),
        ((4, 5), (2, 3), Direction.HIGHER),
        ((5, 4), (1, 2), Direction.HIGHER),
        ((1, 2), (4, 5), Direction.HIGHER),
        ((4, 5), (1, 2), Direction.LOWER),
    ],
)
def test_bands_that_do_not_fit(good: tuple[int, int], bad: tuple[int, int], direction: Direction) -> None:
    with pytest.raises(WrongUse, match="do not fit"):
        Survey("own", Kind.CSAT, Scale(1, 5), good=good, bad=bad, direction=direction)


@pytest.mark.parametrize("slug", ["", "Csat", "1st", "a b", "a\n", "a" * 41, "ä", "a/../b"])
def test_names_that_cannot_be(slug: str) -> None:
    with pytest.raises(WrongUse, match="name"):
        Survey(slug, Kind.OPEN, None)


def test_only_open_surveys_have_no_scale() -> None:
    with pytest.raises(WrongUse, match="needs a scale"):
        Survey("x", Kind.CSAT, None)
    with pytest.raises(WrongUse, match="needs a scale"):
        Survey("x", Kind.OPEN, Scale(1, 5))


@pytest.mark.parametrize(("highest", "bands"), [(5, ((4, 5), (1, 2))), (7, ((6, 7), (1, 3))), (10, ((8, 10), (1, 4)))])
def test_usual_csat_bands(highest: int, bands: tuple[tuple[int, int], tuple[int, int]]) -> None:
    assert csat_bands(Scale(1, highest)) == bands
    Survey("own", Kind.CSAT, Scale(1, highest), *bands)


@pytest.mark.parametrize("scale", [Scale(0, 5), Scale(1, 4), Scale(0, 10)])
def test_unusual_csat_scale_needs_its_own_bands(scale: Scale) -> None:
    with pytest.raises(WrongUse, match="yourself"):
        csat_bands(scale)


def test_versions_that_may_share_a_figure() -> None:
    csat = make_survey("csat")
    assert csat.poolable(make_survey("csat", version=2, wording={"en": Wording("Happy?")}))
    assert csat.poolable(make_survey("csat", expires_after=timedelta(days=3)))
    for other in (
        make_survey("csat", good=(5, 5)),
        make_survey("csat", bad=(1, 1)),
        make_survey("csat", scale=Scale(1, 7), good=(6, 7), bad=(1, 3)),
        make_survey("csat", kind=Kind.CES),
        make_survey("csat", good=(1, 2), bad=(4, 5), direction=Direction.LOWER),
    ):
        assert not csat.poolable(other)
        assert not other.poolable(csat)


def test_follow_up_of_each_band() -> None:
    wording = Wording("?", follow_up_low="l", follow_up_middle="m", follow_up_high="h")
    assert [wording.follow_up(band) for band in (Band.LOW, Band.MIDDLE, Band.HIGH)] == ["l", "m", "h"]


def test_built_in_surveys_keep_their_promises() -> None:
    assert [survey.slug for survey in BUILT_IN] == ["csat", "ces", "nps", "open"]
    for survey in BUILT_IN:
        assert (survey.expires_after, survey.editable_for) == (timedelta(days=14), timedelta(hours=24))
