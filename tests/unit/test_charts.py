"""Where everything of a picture stands: nothing is cut or covered, and marks are told apart without colour."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest

from adapters.charts.layout import sheet
from adapters.charts.letters import ELLIPSIS, Letters, face, shown
from adapters.charts.marks import GOAL_DASH, NOTE_DASH
from adapters.charts.measures import PAD, WIDTH
from adapters.charts.shapes import Area, Dot, Shape, Sheet, Spot, Stroke, Text
from adapters.charts.theme import Ink
from bot.pictures import Note, Picture, distribution, trend
from bot.texts import LOCALES, texts
from bot.values import replace
from tests.sample_pictures import CSAT, DAYS, NPS, edge_cases, satisfied, scores, twelve_weeks, weeks
from tests.unit.test_texts import asked_for, catalogue, forms

EN = texts("en")
SMALLEST = 13.0  # CSS pixels
PICTURES = [
    pytest.param(picture, locale, id=f"{name}-{locale}")
    for locale in LOCALES
    for name, picture in {"12-weeks": twelve_weeks(locale), "scores": scores(locale), **edge_cases(locale)}.items()
]

Rectangle = tuple[float, float, float, float]


def rectangle(text: Text, letters: Letters) -> Rectangle:
    """Left, top, right, bottom of the words, from the height of a capital down to the base line."""
    width = letters.width(text.words, text.size, bold=text.bold)
    left = text.x - {"ls": 0.0, "ms": width / 2, "rs": width}[text.anchor]
    return left, text.y - 0.72 * text.size, left + width, text.y


def of(found: Sheet, kind: type[Shape], ink: Ink) -> list[Shape]:
    return [shape for shape in found.shapes if isinstance(shape, kind) and shape.ink is ink]


def words(found: Sheet) -> list[str]:
    return [shape.words for shape in found.shapes if isinstance(shape, Text)]


@pytest.mark.parametrize(("picture", "locale"), PICTURES)
def test_words_stay_within_and_cover_no_others(picture: Picture, locale: str) -> None:
    found, letters = sheet(picture, texts(locale)), Letters()
    written = [(shape, rectangle(shape, letters)) for shape in found.shapes if isinstance(shape, Text)]
    for text, (left, top, right, bottom) in written:
        assert left >= PAD - 7.5, text
        assert right <= WIDTH - PAD + 7.5, text
        assert top >= PAD - 5, text
        assert bottom <= found.height - 5, text
        assert text.size >= SMALLEST, text
    for (one, a), (other, b) in combinations(written, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def spots(shape: Shape) -> tuple[Spot, ...]:
    return ((shape.x, shape.y),) if isinstance(shape, Text | Dot) else shape.spots


@pytest.mark.parametrize(("picture", "locale"), PICTURES)
def test_shapes_stay_within(picture: Picture, locale: str) -> None:
    found = sheet(picture, texts(locale))
    for shape in found.shapes:
        assert all(0 <= x <= WIDTH and 0 <= y <= found.height for x, y in spots(shape)), shape


def test_the_line_stops_at_an_empty_week() -> None:
    at = weeks()
    gap = [(week, {} if k == 5 else satisfied(70, 40)) for k, week in enumerate(at)]
    whole, cut = (
        sheet(Picture(title="", trends=(trend(CSAT, history, "", EN),)), EN)
        for history in ([(week, satisfied(70, 40)) for week in at], gap)
    )
    (line, sample), parts = of(whole, Stroke, Ink.LINE), of(cut, Stroke, Ink.LINE)
    assert [len(spots(shape)) for shape in (line, sample)] == [12, 2]
    assert [len(spots(shape)) for shape in parts] == [5, 6, 2]
    assert (spots(parts[0]), spots(parts[1])) == (spots(line)[:5], spots(line)[6:])
    assert [len(spots(shape)) for shape in of(cut, Area, Ink.BAND)] == [10, 12, 4]
    assert words(cut).count("\u2013") == 2  # the week, and the key
    assert "nobody answered" in words(cut)
    assert "nobody answered" not in words(whole)


def test_the_line_stops_where_the_wording_changed_and_a_mark_says_so() -> None:
    at = weeks()
    history = [(week, satisfied(70, 40)) for week in at]
    found = sheet(Picture(title="", trends=(trend(CSAT, history, "", EN, [at[4]]),)), EN)
    before, after, _sample = (spots(shape) for shape in of(found, Stroke, Ink.LINE))
    assert (len(before), len(after)) == (4, 8)
    mark = next(shape for shape in found.shapes if isinstance(shape, Stroke) and shape.ink is Ink.TEXT)
    assert spots(mark)[0][0] == pytest.approx((before[-1][0] + after[0][0]) / 2)
    assert mark.dash is None
    assert "new wording or scale" in words(found)


def test_what_the_font_cannot_draw_is_seen_to_be_missing() -> None:
    assert shown("\u65b0 layout \U0001f600 \u0634\u0643 äöå… \u2212") == "? layout ? ?? äöå… \u2013"
    letters = Letters()
    assert letters.width("\u65b0\u3057") == letters.width("??")


def test_values_lie_where_the_scale_says() -> None:
    history = list(zip(weeks(count=3), ({10: 50}, {0: 50}, {8: 50}), strict=True))
    found = sheet(Picture(title="", trends=(trend(replace(NPS, goal=50.0), history, "", EN),)), EN)
    high, low, middle = spots(of(found, Stroke, Ink.LINE)[0])
    goal = max((spots(shape) for shape in of(found, Stroke, Ink.GOAL)), key=lambda ends: ends[1][0] - ends[0][0])
    assert middle[1] == pytest.approx((high[1] + low[1]) / 2)
    assert goal[0][1] == pytest.approx(low[1] + (high[1] - low[1]) * 0.75)
    ticks = {shape.words: shape.y for shape in found.shapes if isinstance(shape, Text) and shape.anchor == "rs"}
    assert {"\u2212100", "0", "100"} <= set(ticks)
    assert ticks["0"] - ticks["100"] == pytest.approx(middle[1] - high[1])


def test_marks_are_told_apart_without_colour() -> None:
    """Line, goal and note differ in dash and width, few answers in the dot, the bands of scores in their filling."""
    found = sheet(twelve_weeks(), EN)
    lines = [shape for shape in found.shapes if isinstance(shape, Stroke)]
    assert {shape.dash for shape in lines if shape.ink is Ink.GOAL} == {GOAL_DASH}
    assert {shape.dash for shape in lines if shape.ink is Ink.LINE} == {None}
    assert NOTE_DASH in {shape.dash for shape in lines if shape.ink is Ink.TEXT}
    assert NOTE_DASH != GOAL_DASH
    dots = Counter(
        (shape.ink, shape.edge) for shape in found.shapes if isinstance(shape, Dot) and shape.ink is not Ink.TEXT
    )
    assert dots == {(Ink.LINE, None): 12 + 12 + 10 + 1, (Ink.PAPER, Ink.LINE): 1 + 1}  # the weeks, and the key


def test_bars_are_as_long_as_their_counts_and_filled_by_band() -> None:
    given = {10: 40, 9: 20, 8: 10, 3: 5, 0: 0}
    found = sheet(Picture(title="", distributions=(distribution(NPS, given, "NPS", EN),)), EN)
    swatch, ten, nine = (spots(shape) for shape in of(found, Area, Ink.LINE))
    assert ten[1][0] - ten[0][0] == pytest.approx(2 * (nine[1][0] - nine[0][0]))
    assert ten[0][1] < nine[0][1]
    hollow = [spots(shape) for shape in of(found, Stroke, Ink.MUTED)]
    assert len(hollow) == 2  # the swatch and the eight
    assert len(of(found, Stroke, Ink.GOAL)) > 8  # two rims and their hatching
    assert "Promoters 9\u201310" in words(found)
    assert "60 \u00b7 80 %" in words(found)
    assert swatch[0][0] == PAD


def test_where_lower_is_better_the_lowest_score_comes_first() -> None:
    found = sheet(edge_cases()["distribution-effort"], EN)
    order = [
        shape.words
        for shape in found.shapes
        if isinstance(shape, Text) and shape.anchor == "rs" and shape.ink is Ink.TEXT
    ]
    assert order[-5:] == ["1", "2", "3", "4", "5"]


def test_years_stand_below_their_first_weeks() -> None:
    found = sheet(edge_cases()["new-year-gaps"], EN)
    at = {shape.words: shape for shape in found.shapes if isinstance(shape, Text)}
    assert [text for text in words(found) if text in {"52", "53", "1", "2"}] == ["2", "1", "53", "52"]
    assert at["2027"].x == pytest.approx(at["1"].x - 7)
    assert "2026" in at
    assert not {"2026", "2027"} & set(words(sheet(twelve_weeks(), EN)))


def test_flags_count_the_notes_of_a_week_and_cover_no_other() -> None:
    found, letters = sheet(edge_cases()["many-notes"], EN), Letters()
    flags = [shape for shape in found.shapes if isinstance(shape, Text) and shape.ink is Ink.PAPER]
    assert [flag.words for flag in flags] == ["1\u20133", "4\u20136", "7\u20139", "10\u201312", *map(str, range(1, 13))]
    drawn_flags = [rectangle(flag, letters) for flag in flags[:4]]
    for a, b in combinations(drawn_flags, 2):
        assert a[2] + 4 < b[0] or a[3] + 4 < b[1] or b[3] + 4 < a[1]


def test_long_words_are_cut_to_their_room() -> None:
    letters = Letters()
    lines = letters.wrapped("Asiakaspalvelukokemuksen jälkikyselytutkimus kaikille", 120, 2)
    assert lines[0].endswith("-")
    assert lines[1].endswith(ELLIPSIS)
    assert all(letters.width(line) <= 120 for line in lines)
    assert letters.wrapped("two words", 400, 2) == ["two words"]
    assert letters.wrapped("one two", letters.width("one tw"), 2) == ["one", "two"]
    assert letters.wrapped("  a\u0308\n\u200d ", 400, 2) == ["ä"]
    assert letters.wrapped(" ", 400, 2) == []


def drawable(letter: str) -> bool:
    font = face(40, bold=False)
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask("\uffff"))


@pytest.mark.parametrize("locale", LOCALES)
def test_the_font_has_every_letter_of_our_words(locale: str) -> None:
    from_source = [text for wanted in asked_for() for text in wanted]
    said = from_source if locale == "en" else [form for message in catalogue(locale) for form in forms(message)]
    drawn_there = {
        letter
        for picture in edge_cases(locale).values()
        for text in words(sheet(picture, texts(locale)))
        for letter in shown(text)
    }
    letters = {letter for text in said for letter in text if letter.isalpha()} | drawn_there
    assert {"ä", "ö"} <= letters or locale == "en"
    assert sorted(letter for letter in letters if not drawable(letter)) == []


def test_what_the_font_has_not_would_be_seen() -> None:
    assert not drawable("\u2212")  # which is why it is written as a dash
    assert drawable("\u2013")
    assert not drawable("\U0001f600")


def test_notes_are_cut_and_have_braces_as_they_are() -> None:
    history = [(week, satisfied(70, 40)) for week in weeks()]
    notes = (Note(DAYS[1], "{day} {words} " + "new layout of the invoice " * 20),)
    found = words(sheet(Picture(title="", trends=(trend(CSAT, history, "", EN),), notes=notes), EN))
    assert found[-2].startswith("3 Nov: {day} {words} new layout")
    assert found[-1].endswith(ELLIPSIS)


def rows(found: Sheet) -> Iterator[float]:
    return (shape.y for shape in found.shapes if isinstance(shape, Text))


def test_panels_stand_below_each_other_with_weeks_in_line() -> None:
    found = sheet(twelve_weeks(), EN)
    numbers = [
        [s.x for s in found.shapes if isinstance(s, Text) and s.anchor == "ms" and s.words == str(week.number)]
        for week in weeks()
    ]
    assert all(len(set(places)) == 1 and len(places) == 3 for places in numbers)
    assert all(a[0] < b[0] for a, b in pairwise(numbers))
    assert max(rows(found)) < found.height
