"""Pictures as values: the part of a scale, where a line is cut, the alt text; and what was before and after a note."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charts.layout import sheet
from adapters.charts.shapes import Text
from bot.before_after import Stretch, before_after, comparison_words
from bot.errors import BadScore, WrongUse
from bot.picture_text import alt_text, ends, written, written_goal
from bot.pictures import MOST_NOTES, Note, Picture, Point, Trend, Unit, distribution, trend, unit
from bot.scoring import Interval, score
from bot.surveys import Band, Scale, Survey
from bot.texts import LOCALES, Texts, texts
from bot.trends import Verdict, change
from bot.values import replace
from bot.weeks import Week
from tests.sample_pictures import CES, CSAT, DAYS, EFFORT, NPS, OPEN, edge_cases, satisfied, scores, twelve_weeks, weeks

EN, FI, SV = (texts(locale) for locale in LOCALES)
WEEK = Week(2026, 47)


def alone(found: Trend, *notes: Note) -> Picture:
    return Picture(title="Title", trends=(found,), notes=notes)


@pytest.mark.parametrize(
    ("spoken", "words"),
    [(EN, "1 older note has no room here."), (FI, "1 vanhempi merkintä ei mahdu tähän."),
     (SV, "1 äldre anteckning får inte plats här.")],
)  # fmt: skip
def test_notes_without_room_are_counted_and_those_of_other_weeks_are_not(spoken: Texts, words: str) -> None:
    notes = [Note(WEEK.days[number % 7], f"note {number:02}") for number in range(MOST_NOTES + 1)]
    old = Note(WEEK.minus(3).monday, "long ago")
    found = alone(trend(CSAT, [(WEEK, {5: 1})], "", spoken), *notes, old)
    assert (len(found.dated), found.undated) == (MOST_NOTES, 1)
    assert alt_text(found, spoken).endswith(f"\n{words}")
    assert words in [shape.words for shape in sheet(found, spoken).shapes if isinstance(shape, Text)]
    fewer = replace(found, notes=tuple(notes[1:]))
    assert fewer.undated == 0
    assert "older" not in alt_text(fewer, EN)


def test_a_trend_has_the_figures_of_its_survey() -> None:
    histogram = {5: 120, 4: 40, 3: 20, 2: 10, 1: 10}
    found = trend(CSAT, [(WEEK, histogram)], "CSAT", EN)
    figure = score(CSAT, histogram)
    assert found.points == (Point(WEEK, 200, figure.value, figure.interval),)
    assert (found.unit, found.low, found.high, found.goal) == (Unit.PERCENT, 0.0, 100.0, None)
    assert trend(replace(EFFORT, goal=2.0), [(WEEK, {})], "", EN).goal == 2.0


@pytest.mark.parametrize(
    ("survey", "axis"),
    [
        (CSAT, "satisfied, of all answers"),
        (NPS, "promoters less detractors, \u2212100 to 100"),
        (CES, "mean, 1\u20137"),
        (EFFORT, "mean, 1\u20135, lower is better"),
    ],
)
def test_the_axis_says_what_is_measured_and_which_way_is_better(survey: Survey, axis: str) -> None:
    assert trend(survey, [(WEEK, {})], "", EN).axis == axis


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(WrongUse, match="has no figure"):
        trend(OPEN, [(WEEK, {})], "", EN)
    with pytest.raises(WrongUse, match="has no scores"):
        distribution(OPEN, {}, "", EN)
    with pytest.raises(WrongUse, match="at least one week"):
        trend(CSAT, [], "", EN)
    with pytest.raises(WrongUse, match="2026-W47 does not follow 2026-W45"):
        trend(CSAT, [(Week(2026, 45), {}), (WEEK, {})], "", EN)
    with pytest.raises(BadScore):
        trend(CSAT, [(WEEK, {6: 1})], "", EN)
    with pytest.raises(BadScore):
        distribution(CSAT, {6: 1}, "", EN)
    with pytest.raises(WrongUse, match="not on the scale"):
        replace(trend(CSAT, [(WEEK, {})], "", EN), goal=101.0)


@pytest.mark.parametrize(
    ("survey", "histogram", "low", "high", "ticks"),
    [
        pytest.param(CSAT, {5: 800, 1: 200}, 60, 100, (60, 70, 80, 90, 100), id="a quarter of the scale around 80"),
        pytest.param(CSAT, {5: 1000}, 70, 100, (70, 80, 90, 100), id="at its upper end"),
        pytest.param(CSAT, {1: 1}, 0, 80, (0, 20, 40, 60, 80), id="the whole interval of one answer"),
        pytest.param(NPS, {10: 1, 0: 1}, -100, 100, (-100, -50, 0, 50, 100), id="NPS of two answers"),
        pytest.param(NPS, {}, -100, 100, (-100, -50, 0, 50, 100), id="nobody: the whole scale"),
        pytest.param(CES, {5: 20, 6: 20}, 4.5, 6.5, (4.5, 5.0, 5.5, 6.0, 6.5), id="halves on a short scale"),
        pytest.param(EFFORT, {}, 1, 5, (1, 2, 3, 4, 5), id="1 to 5"),
    ],
)
def test_the_shown_part_of_the_scale(
    survey: Survey, histogram: dict[int, int], low: float, high: float, ticks: tuple[float, ...]
) -> None:
    found = trend(survey, [(WEEK, histogram)], "", EN).shown
    assert (found.low, found.high, found.ticks) == (low, high, ticks)


@given(
    st.sampled_from([CSAT, NPS, CES, EFFORT, Survey("ten", CES.kind, Scale(1, 10), good=(8, 10), bad=(1, 4))]),
    st.lists(st.dictionaries(st.integers(0, 10), st.integers(0, 300), max_size=5), min_size=1, max_size=14),
    st.none() | st.floats(0, 1),
)
def test_everything_lies_on_the_shown_part(survey: Survey, found: list[dict[int, int]], goal: float | None) -> None:
    assert survey.scale is not None
    low, high = survey.figure_range
    aim = None if goal is None else low + goal * (high - low)
    on_scale = [{k: n for k, n in one.items() if k in survey.scale} for one in found]
    at = [WEEK.minus(back) for back in reversed(range(len(found)))]
    made = trend(replace(survey, goal=aim), list(zip(at, on_scale, strict=True)), "", EN)
    shown = made.shown
    values = [v for point in made.points if (v := point.value) is not None]
    intervals = [point.interval for point in made.points if point.interval is not None]
    inside = [*values, *(i.low for i in intervals), *(i.high for i in intervals), *([] if aim is None else [aim])]
    assert made.low <= shown.low < shown.high <= made.high
    assert all(shown.low - 1e-9 <= value <= shown.high + 1e-9 for value in inside)
    assert shown.high - shown.low >= (made.high - made.low) / 4 - 1e-9
    assert 2 <= len(shown.ticks) <= 7
    assert shown.ticks[0] == shown.low


def test_runs_are_cut_at_empty_weeks_and_changes() -> None:
    at = weeks(count=7)
    made = trend(CSAT, [(week, {} if k == 2 else {5: 1}) for k, week in enumerate(at)], "", EN, [at[0], at[5], at[2]])
    assert [[at.index(point.week) for point in run] for run in made.runs()] == [[0, 1], [3, 4], [5, 6]]
    assert [point.few for point in made.points] == [True, True, False, True, True, True, True]
    assert trend(CSAT, [(WEEK, {})], "", EN).runs() == ()


def test_a_distribution_has_all_scores_and_bands() -> None:
    found = distribution(NPS, {10: 6, 8: 3, 0: 1}, "NPS", SV)
    assert [n for _, n in found.counts] == [1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 6]
    assert [(s.name, s.low, s.high, s.n, s.percent) for s in found.bands] == [
        ("Ambassadörer", 9, 10, 6, 60.0),
        ("Passiva", 7, 8, 3, 30.0),
        ("Kritiker", 0, 6, 1, 10.0),
    ]
    assert (found.n, found.axis, found.band(7)) == (10, "10 svar", Band.MIDDLE)
    lower = distribution(EFFORT, {}, "", FI)
    assert [(s.name, s.low, s.high, s.percent) for s in lower.bands] == [
        ("Helppoa", 1, 2, None),
        ("Siltä väliltä", 3, 3, None),
        ("Hankalaa", 4, 5, None),
    ]


def test_outer_bands_that_touch_leave_no_middle() -> None:
    survey = replace(CSAT, good=(4, 5), bad=(1, 3))
    assert [share.band for share in distribution(survey, {3: 1}, "", EN).bands] == [Band.HIGH, Band.LOW]


def test_dated_notes_are_those_of_the_weeks_oldest_first() -> None:
    notes = (Note(WEEK.sunday, "b"), Note(WEEK.sunday + timedelta(days=1), "after"), Note(WEEK.monday, "a"))
    assert [note.text for note in alone(trend(CSAT, [(WEEK, {})], "", EN), *notes).dated] == ["a", "b"]
    many = tuple(Note(WEEK.monday, f"{k:02}") for k in range(30))
    kept = alone(trend(CSAT, [(WEEK, {})], "", EN), *many).dated
    assert [note.text for note in kept] == [f"{k:02}" for k in range(30 - MOST_NOTES, 30)]


def test_figures_as_they_stand_beside_a_line() -> None:
    assert [written(v, u, EN) for v, u in [(80.4, Unit.PERCENT), (-12.5, Unit.POINTS), (5.44, Unit.MEAN)]] == [
        "80 %", "\u221213", "5.4",
    ]  # fmt: skip
    assert written(None, Unit.MEAN, EN) == "\u2013"
    assert (written(0.0, Unit.POINTS, EN), written(5.44, Unit.MEAN, FI)) == ("0", "5,4")
    assert ends(Interval(-12.0, 5.0), Unit.POINTS, EN) == "\u221212 to 5"
    assert ends(Interval(77.2, 82.9), Unit.PERCENT, EN) == "77\u201383"
    assert ends(Interval(-0.2, 0.4), Unit.POINTS, SV) == "0\u20130"
    assert [written_goal(g, Unit.PERCENT, EN) for g in (82.0, 82.5, 82.25)] == ["82 %", "82.5 %", "82.25 %"]
    assert [written_goal(g, Unit.MEAN, FI) for g in (5.0, 5.25)] == ["5,0", "5,25"]


def test_alt_text_in_english() -> None:
    assert alt_text(twelve_weeks("en"), EN).split("\n") == [
        "12 weeks, to week 47.",
        "CSAT (satisfied, of all answers), weeks 36\u201347 of 2026. "
        "First 76 % in week 36 (likely 72\u201379, 520 answers); "
        "last 80 % in week 47 (likely 77\u201383, 619 answers). "
        "Lowest 74 % in week 37, highest 84 % in week 46. Goal 82 %; the last is 2 below it.",
        "NPS (promoters less detractors, \u2212100 to 100), weeks 36\u201347 of 2026. "
        "First 46 in week 36 (likely 39\u201353, 400 answers); last 31 in week 47 (likely 23\u201339, 400 answers). "
        "Lowest 31 in week 47, highest 47 in week 38. The wording or the scale changed in week 40.",
        "CES (mean, 1\u20137), weeks 36\u201347 of 2026. "
        "First 5.3 in week 36 (likely 5.0\u20135.5, 64 answers); "
        "last 5.6 in week 47 (likely 5.3\u20135.8, 64 answers). "
        "Lowest 5.2 in week 38, highest 5.7 in week 42. No answers in week 41. Too few answers in week 38.",
        "Notes: 30 Sept: new invoice layout; "
        "3 Nov: three new people in Billing, and the phone answers until eight in the evening from now on.",
    ]


def test_alt_text_in_finnish_and_swedish() -> None:
    finnish, swedish = alt_text(twelve_weeks("fi"), FI), alt_text(twelve_weeks("sv"), SV)
    assert (
        "Ensimmäinen 76\u00a0% viikolla 36 (todennäköisesti 72\u201379, 520 vastausta); "
        "viimeisin 80\u00a0% viikolla 47 (todennäköisesti 77\u201383, 619 vastausta). "
        "Matalin 74\u00a0% viikolla 37, korkein 84\u00a0% viikolla 46. Tavoite 82\u00a0%; viimeisin on 2 sen alle."
    ) in finnish
    assert "Viikolla 41 ei tullut vastauksia. Viikolla 38 vastauksia oli liian vähän." in finnish
    assert "Merkinnät: 30.9. laskun uusi ulkoasu; 3.11. kolme uutta" in finnish
    assert "Sanamuoto tai asteikko vaihtui viikolla 40." in finnish
    assert (
        "Först 46 vecka 36 (troligen 39\u201353, 400 svar); senast 31 vecka 47 (troligen 23\u201339, 400 svar). "
        "Lägst 31 vecka 47, högst 47 vecka 38. Formuleringen eller skalan ändrades vecka 40."
    ) in swedish
    assert "Anteckningar: 30 september: fakturans nya utseende; 3 november: tre nya" in swedish


@pytest.mark.parametrize("locale", LOCALES)
def test_alt_text_of_edge_cases_has_no_gap(locale: str) -> None:
    for name, picture in {**edge_cases(locale), "scores": scores(locale)}.items():
        said = alt_text(picture, texts(locale))
        assert "None" not in said, name
        assert "{" not in said, name
        assert "  " not in said, name


def test_alt_text_of_edge_cases() -> None:
    cases = {name: alt_text(picture, EN) for name, picture in edge_cases().items()}
    assert "week 46 of 2026 to week 4 of 2027." in cases["new-year-gaps"]
    assert "No answers in weeks 49, 50, 52, 53, 3, 4." in cases["new-year-gaps"]
    assert "Lowest" not in cases["new-year-gaps"]  # all are equal
    assert "CES (mean, 1\u20137), week 47 of 2026. The only figure: 5.1 in week 47" in cases["single-week"]
    assert cases["nobody"].endswith("Nobody answered. Goal \u221220.")
    assert "Goal 100; the last is at it." in cases["nps-all"]
    assert "Lowest \u2212100 in week 36, highest 100 in week 37." in cases["nps-all"]
    assert cases["distribution-nobody"].endswith("CSAT. Nobody answered.")
    assert cases["distribution-effort"].endswith(
        "Effort, 48 answers. Easy: 40 (83 %), Neutral: 0 (0 %), Hard: 8 (17 %). "
        "By score: 1: 30, 2: 10, 3: 0, 4: 7, 5: 1."
    )


@pytest.mark.parametrize(
    ("goal", "words"),
    [(79.0, "1 above it"), (80.5, "0.5 below it"), (79.8, "0.2 above it"), (80.0, "at it")],
)
def test_the_distance_to_the_goal_is_from_the_value_shown(goal: float, words: str) -> None:
    made = trend(replace(CSAT, goal=goal), [(WEEK, satisfied(80, 100))], "", EN)
    assert f"; the last is {words}." in alt_text(alone(made), EN)


def test_what_is_a_little_short_of_the_goal_has_not_reached_it() -> None:
    for part, words in ((7996, "just below it"), (8004, "just above it")):
        made = trend(replace(CSAT, goal=80.0), [(WEEK, {5: part, 1: 10_000 - part})], "", EN)
        assert f"Goal 80 %; the last is {words}." in alt_text(alone(made), EN)


NOTE = Note(DAYS[0], "new invoice layout")
BEFORE = (date(2026, 9, 2), date(2026, 9, 29))
AFTER = (DAYS[0], date(2026, 10, 27))


def test_before_and_after_a_note() -> None:
    was, now = {5: 300, 1: 100}, {5: 340, 1: 60}
    found = before_after(NOTE, CSAT, Stretch(*BEFORE, was), Stretch(*AFTER, now))
    assert found.figures == (score(CSAT, was), score(CSAT, now))
    assert found.change == change(CSAT, now, was)
    assert found.change.verdict is Verdict.REAL
    assert comparison_words(found, EN) == (
        "30 Sept: new invoice layout",
        "Before: CSAT 75 % (likely 71\u201379) · 400 answers · 2\u201329 Sept",
        "After: CSAT 85 % (likely 81\u201388) · 400 answers · 30 Sept \u2013 27 Oct",
        "Difference: +10, clear change (likely 4\u201315)",
        "Whatever else changed in these weeks is in the difference too.",
    )
    assert comparison_words(found, FI)[0] == "30.9. laskun uusi ulkoasu".replace("laskun uusi ulkoasu", NOTE.text)
    assert comparison_words(found, FI)[3] == "Ero: +10, selvä muutos (todennäköisesti 4\u201315)"
    assert comparison_words(found, SV)[3] == "Skillnad: +10, tydlig förändring (troligen 4\u201315)"


def test_before_and_after_where_little_or_nothing_was_answered() -> None:
    nobody = before_after(NOTE, NPS, Stretch(*BEFORE, {}), Stretch(*AFTER, {10: 30, 0: 30}))
    assert comparison_words(nobody, EN)[1:4] == (
        "Before: NPS \u2013 · 0 answers · 2\u201329 Sept",
        "After: NPS 0 (likely \u221224 to 24) · 60 answers · 30 Sept \u2013 27 Oct",
        "Difference: no comparison yet",
    )
    few = before_after(NOTE, EFFORT, Stretch(*BEFORE, {1: 9}), Stretch(*AFTER, {2: 40}))
    assert comparison_words(few, EN)[3] == "Difference: +1.0, too few answers"
    chance = before_after(NOTE, NPS, Stretch(*BEFORE, {10: 30, 0: 30}), Stretch(*AFTER, {10: 29, 0: 31}))
    assert comparison_words(chance, EN)[3].startswith("Difference: \u22123, could be chance (likely \u2212")


def test_a_note_has_to_part_the_two_stretches() -> None:
    before, after = Stretch(*BEFORE, {}), Stretch(*AFTER, {})
    for day in (BEFORE[1], AFTER[0] + timedelta(days=1)):
        with pytest.raises(WrongUse, match="does not part"):
            before_after(replace(NOTE, day=day), CSAT, before, after)
    with pytest.raises(WrongUse, match="does not part"):
        before_after(NOTE, CSAT, after, before)
    with pytest.raises(WrongUse, match="before it begins"):
        Stretch(AFTER[0], BEFORE[0], {})
    with pytest.raises(WrongUse, match="has no figure"):
        before_after(NOTE, OPEN, before, after)
    assert unit(CES) is Unit.MEAN
