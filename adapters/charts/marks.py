"""The marks of a trend and what they mean: one key below all panels, with those that occur."""

from collections.abc import Callable, Iterable, Iterator

from adapters.charts.drawing import Drawing
from adapters.charts.letters import Letters
from adapters.charts.measures import LINE_HEIGHT, PAD, WIDTH
from adapters.charts.shapes import Area, Dot, Shape, Stroke, Text, box, pill
from adapters.charts.theme import Ink
from bot.picture_text import NO_VALUE
from bot.pictures import Trend
from bot.texts import Texts

FLAG = 18.0  # its height
SAMPLE = 24.0
DOT = 3.6
GOAL_DASH = (6.0, 4.0)
NOTE_DASH = (1.6, 3.2)
LINE_WIDTH = 2.5
EDGE_WIDTH = 1.3
DIAMOND = 4.5


def flag_width(words: str, letters: Letters) -> float:
    return max(FLAG, letters.width(words, bold=True) + 9)


def flag(middle: float, top: float, words: str, letters: Letters) -> Iterator[Shape]:
    """The number of a note, or the numbers of those of one week."""
    half = flag_width(words, letters) / 2
    yield from pill(middle - half, top, middle + half, top + FLAG, Ink.TEXT)
    yield Text(middle, top + 13.7, words, Ink.PAPER, bold=True, anchor="ms")


def dot(x: float, y: float, *, few: bool) -> Dot:
    """Hollow where there are too few answers."""
    return Dot(x, y, DOT + 0.6, Ink.PAPER, Ink.LINE) if few else Dot(x, y, DOT, Ink.LINE)


def changed_mark(x: float, top: float, bottom: float) -> Iterator[Shape]:
    """A line between two weeks with a diamond at its foot."""
    yield Stroke(((x, top), (x, bottom)), Ink.TEXT, 1.6)
    diamond = ((x, bottom - DIAMOND), (x + DIAMOND, bottom), (x, bottom + DIAMOND), (x - DIAMOND, bottom))
    yield Area(diamond, Ink.TEXT)


def goal_line(left: float, right: float, y: float) -> Stroke:
    return Stroke(((left, y), (right, y)), Ink.GOAL, 2.0, GOAL_DASH)


def band_bar(left: float, right: float, top: float, bottom: float) -> Iterator[Shape]:
    """The band of a single week, or of the key."""
    yield box(left, top, right, bottom, Ink.BAND)
    for y in (top, bottom):
        yield Stroke(((left, y), (right, y)), Ink.EDGE, EDGE_WIDTH)


Sample = Callable[[float, float], Iterable[Shape]]  # of the left end and the middle height


def key(drawing: Drawing, top: float, trends: tuple[Trend, ...]) -> float:
    """Adds the samples with their words, as many to a row as fit, and gives where it ends."""
    left, room = PAD, WIDTH - PAD
    items = list(_items(trends, drawing.texts))
    if not items:
        return top
    top += 10
    for sample, words in items:
        wide = SAMPLE + 6 + drawing.letters.width(words)
        if left > PAD and left + wide > room:
            left, top = PAD, top + LINE_HEIGHT
        drawing.extend(sample(left, top + 9))
        drawing.add(Text(left + SAMPLE + 6, top + 13.5, words))
        left += wide + 14
    return top + LINE_HEIGHT


def _items(trends: tuple[Trend, ...], texts: Texts) -> Iterator[tuple[Sample, str]]:
    points = [point for trend in trends for point in trend.points]
    if any(point.value is not None for point in points):
        yield _line_sample, texts("the week's figure")
        yield _band_sample, texts("likely range")
    if any(point.few for point in points):
        yield _few_sample, texts("too few answers")
    if any(point.value is None for trend in trends if trend.answered for point in trend.points):
        yield _empty_sample, texts("nobody answered")
    if any(point.week in trend.changed for trend in trends for point in trend.points):
        yield _changed_sample, texts("new wording or scale")


def _line_sample(left: float, y: float) -> Iterator[Shape]:
    yield Stroke(((left, y), (left + SAMPLE, y)), Ink.LINE, LINE_WIDTH)
    yield dot(left + SAMPLE / 2, y, few=False)


def _band_sample(left: float, y: float) -> Iterator[Shape]:
    yield from band_bar(left, left + SAMPLE, y - 6, y + 6)


def _few_sample(left: float, y: float) -> Iterator[Shape]:
    yield dot(left + SAMPLE / 2, y, few=True)


def _empty_sample(left: float, y: float) -> Iterator[Shape]:
    yield Text(left + SAMPLE / 2, y + 4.5, NO_VALUE, anchor="ms")


def _changed_sample(left: float, y: float) -> Iterator[Shape]:
    yield from changed_mark(left + SAMPLE / 2, y - 8, y + 4)
