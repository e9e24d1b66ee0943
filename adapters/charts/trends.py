"""One figure over its weeks: the line with its band, the goal, the changes of wording, the notes."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from adapters.charts.drawing import Drawing
from adapters.charts.letters import Letters
from adapters.charts.marks import (
    EDGE_WIDTH,
    FLAG,
    GOAL_DASH,
    LINE_WIDTH,
    NOTE_DASH,
    band_bar,
    changed_mark,
    dot,
    flag,
    flag_width,
    goal_line,
)
from adapters.charts.measures import HEADING, LINE_HEIGHT, PAD, ROOM, WIDTH
from adapters.charts.shapes import Area, Shape, Stroke, Text, box
from adapters.charts.theme import Ink
from bot.picture_text import NO_VALUE, ends, written, written_goal
from bot.pictures import Axis, Note, Point, Trend
from bot.scoring import Interval
from bot.texts import Texts
from bot.values import replace
from bot.weeks import Week

HEIGHT = 88.0  # of the plot
SIDE = 9.0  # between the plot's ends and the first and last week
ALONE = 5.0  # half the width of the band of a week without neighbours
NARROWEST_LABEL = 20.0  # two digits and air
YEAR_ROOM = 36.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Where the weeks and the values of a panel lie."""

    left: float
    right: float
    top: float
    axis: Axis
    weeks: tuple[Week, ...]

    @property
    def bottom(self) -> float:
        return self.top + HEIGHT

    @property
    def pitch(self) -> float:
        """From one week to the next."""
        return (self.right - self.left - 2 * SIDE) / max(1, len(self.weeks) - 1)

    def x(self, week: Week) -> float:
        if len(self.weeks) == 1:
            return (self.left + self.right) / 2
        return self.left + SIDE + self.weeks.index(week) * self.pitch

    def y(self, value: float) -> float:
        return self.top + HEIGHT * (self.axis.high - value) / (self.axis.high - self.axis.low)


def gutter(trend: Trend, drawing: Drawing) -> float:
    """The room that the words left of the plot need."""
    words = [*(_tick(value, trend, drawing.texts) for value in trend.shown.ticks), drawing.texts("wk")]
    return max(drawing.letters.width(word) for word in words) + 7


def _tick(value: float, trend: Trend, texts: Texts) -> str:
    places = trend.unit.places if any(tick % 1 for tick in trend.shown.ticks) else 0
    return texts.number(value, places)


def trend_panel(drawing: Drawing, top: float, inset: float, trend: Trend, notes: tuple[Note, ...]) -> float:
    """Adds the panel at `top`, the plot `inset` from the left, and gives where it ends."""
    top = _head(drawing, top, trend) + 8
    weeks = tuple(point.week for point in trend.points)
    plot = Plot(PAD + inset, WIDTH - PAD, top, trend.shown, weeks)
    flags = list(_placed(_flags(notes, weeks), plot, drawing.letters))
    plot = replace(plot, top=max((one.top + FLAG + 4 for one in flags), default=top))
    drawing.extend(_grid(plot, trend, drawing.texts))
    drawing.extend(_bands(plot, trend))
    if trend.goal is not None:
        drawing.add(goal_line(plot.left, plot.right, plot.y(trend.goal)))
    drawing.extend(_changes(plot, trend))
    for one in flags:
        drawing.add(Stroke(((one.x, one.top + FLAG), (one.x, plot.bottom)), Ink.TEXT, 1.5, NOTE_DASH))
        drawing.extend(flag(one.middle, one.top, one.words, drawing.letters))
    drawing.extend(_lines(plot, trend))
    if not trend.answered:
        drawing.extend(_empty(plot, drawing))
    return _weeks(drawing, plot)


def _head(drawing: Drawing, top: float, trend: Trend) -> float:
    """The title with the newest figure opposite, and below it the axis and the goal."""
    last, right = trend.points[-1], WIDTH - PAD
    value = written(last.value, trend.unit, drawing.texts)
    drawing.add(Text(right, top + 14, value, Ink.TEXT, HEADING, bold=True, anchor="rs"))
    taken = drawing.letters.width(value, HEADING, bold=True)
    if last.interval is not None:
        interval = ends(last.interval, trend.unit, drawing.texts)
        drawing.add(Text(right - taken - 8, top + 14, interval, anchor="rs"))
        taken += 8 + drawing.letters.width(interval)
    return _axis(drawing, drawing.heading(top, trend.title, ROOM - taken - 12), trend)


def _axis(drawing: Drawing, top: float, trend: Trend) -> float:
    """The goal stands on the axis' last line if both fit, else on one of its own."""
    end = drawing.lines(PAD, top, trend.axis, ROOM)
    if trend.goal is None:
        return end
    words = drawing.texts("goal {goal}").format(goal=written_goal(trend.goal, trend.unit, drawing.texts))
    right = WIDTH - PAD - drawing.letters.width(words)
    left = right - 2 * GOAL_DASH[0] - GOAL_DASH[1] - 6
    row = end - LINE_HEIGHT if PAD + drawing.letters.width(trend.axis) + 12 <= left else end
    drawing.add(Text(WIDTH - PAD, row + 13.5, words, Ink.GOAL, anchor="rs"))
    drawing.add(goal_line(left, right - 6, row + 9))
    return row + LINE_HEIGHT


@dataclass(frozen=True, slots=True)
class Flag:
    """The numbers of a week's notes: `x` is the week's, `middle` the flag's, which stays within the picture."""

    x: float
    middle: float
    top: float
    words: str


def _flags(notes: tuple[Note, ...], weeks: tuple[Week, ...]) -> dict[Week, str]:
    """The numbers of the notes by week, oldest first; those of one week follow each other."""
    numbers: dict[Week, list[int]] = {}
    for number, note in enumerate(notes, 1):
        numbers.setdefault(Week.of(note.day), []).append(number)
    return {
        week: "\u2013".join(str(number) for number in dict.fromkeys((found[0], found[-1])))
        for week, found in numbers.items()
        if week in weeks
    }


def _placed(flags: Mapping[Week, str], plot: Plot, letters: Letters) -> Iterator[Flag]:
    """From the top of the plot down, each in the first row where it covers no other."""
    filled: list[float] = []  # where each row is free again
    for week, words in flags.items():
        x, half = plot.x(week), flag_width(words, letters) / 2
        middle = min(x, WIDTH - PAD / 2 - half)
        row = next((k for k, end in enumerate(filled) if end + 2 <= middle - half), len(filled))
        filled[row : row + 1] = [middle + half]
        yield Flag(x, middle, plot.top - 4 + row * (FLAG + 2), words)


def _grid(plot: Plot, trend: Trend, texts: Texts) -> Iterator[Shape]:
    for tick in plot.axis.ticks:
        y = plot.y(tick)
        yield Stroke(((plot.left, y), (plot.right, y)), Ink.GRID, 1.0)
        yield Text(plot.left - 7, y + 4.6, _tick(tick, trend, texts), anchor="rs")


def _bands(plot: Plot, trend: Trend) -> Iterator[Shape]:
    for run in trend.runs():
        spans = [(plot.x(point.week), point.interval) for point in run if point.interval is not None]
        if len(spans) == 1:
            ((x, only),) = spans
            yield from band_bar(x - ALONE, x + ALONE, plot.y(only.high), plot.y(only.low))
        elif spans:
            yield from _band(plot, spans)


def _band(plot: Plot, spans: list[tuple[float, Interval]]) -> Iterator[Shape]:
    upper = tuple((x, plot.y(interval.high)) for x, interval in spans)
    lower = tuple((x, plot.y(interval.low)) for x, interval in spans)
    yield Area(upper + lower[::-1], Ink.BAND)
    for edge in (upper, lower):
        yield Stroke(edge, Ink.EDGE, EDGE_WIDTH)


def _changes(plot: Plot, trend: Trend) -> Iterator[Shape]:
    for week in plot.weeks:
        if week in trend.changed:
            x = plot.x(week) - (SIDE if week == plot.weeks[0] else plot.pitch / 2)
            yield from changed_mark(max(x, plot.left), plot.top, plot.bottom)


def _lines(plot: Plot, trend: Trend) -> Iterator[Shape]:
    for run in trend.runs():
        spots = tuple((plot.x(point.week), plot.y(point.value)) for point in run if point.value is not None)
        if len(spots) > 1:
            yield Stroke(spots, Ink.LINE, LINE_WIDTH)
        yield from (dot(x, y, few=point.few) for (x, y), point in zip(spots, run, strict=True))
    yield from (_nobody(plot, point) for point in trend.points if point.value is None and trend.answered)


def _empty(plot: Plot, drawing: Drawing) -> Iterator[Shape]:
    """Words in a clearing: lines may pass there."""
    words = drawing.texts("nobody answered")
    x, y, half = (plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2, drawing.letters.width(words) / 2
    yield box(x - half - 6, y - 10, x + half + 6, y + 10, Ink.PAPER)
    yield Text(x, y + 4.6, words, anchor="ms")


def _nobody(plot: Plot, point: Point) -> Text:
    return Text(plot.x(point.week), plot.bottom - 5, NO_VALUE, anchor="ms")


def _weeks(drawing: Drawing, plot: Plot) -> float:
    """The numbers of the weeks, as many as have room, and the years where there are two."""
    row = plot.bottom + 18
    drawing.add(Text(plot.left - 7, row, drawing.texts("wk"), anchor="rs"))
    every = max(1, math.ceil(NARROWEST_LABEL / plot.pitch))
    # Counted from the newest, which is the one that is looked for.
    drawing.extend(
        Text(plot.x(week), row, str(week.number), anchor="ms")
        for number, week in enumerate(reversed(plot.weeks))
        if number % every == 0
    )
    if plot.weeks[0].year == plot.weeks[-1].year:
        return row + 5
    begins = [plot.weeks[0], *(after for before, after in pairwise(plot.weeks) if after.year != before.year)]
    for week, following in zip(begins, [*begins[1:], None], strict=True):
        if following is None or plot.x(following) - plot.x(week) >= YEAR_ROOM:
            x = min(plot.x(week) - 7, WIDTH - PAD - drawing.letters.width(str(week.year)))
            drawing.add(Text(x, row + 16, str(week.year)))
    return row + 21
