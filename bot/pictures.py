"""What the owner's pictures show, as values; `adapters.charts` draws them and `bot.picture_text` says them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.errors import WrongUse
from bot.scoring import Histogram, Interval, answers, count_in, score
from bot.surveys import BAND_NAMES, Band, Direction, Kind, Survey
from bot.texts import Texts
from bot.trends import MIN_ANSWERS
from bot.weeks import Week

WIDEST_ZOOM = 4  # a picture spans at least a quarter of the scale, so that chance does not look like a mountain
MOST_STEPS = 4
MOST_NOTES = 12


class Unit(StrEnum):
    """How a figure is written: 80 %, 31 or 5.4."""

    PERCENT = "percent"
    POINTS = "points"
    MEAN = "mean"

    @property
    def places(self) -> int:
        """Decimals in texts and pictures: none but for the short scale of a mean."""
        return 1 if self is Unit.MEAN else 0


STEPS = {Unit.PERCENT: (5, 10, 20, 25, 50), Unit.POINTS: (5, 10, 20, 25, 50, 100), Unit.MEAN: (0.5, 1, 2, 5)}


@dataclass(frozen=True, slots=True)
class Point:
    """One week of a figure, unrounded, in the figure's own unit; without answers `value` and `interval` are None."""

    week: Week
    n: int
    value: float | None = None
    interval: Interval | None = None

    @property
    def few(self) -> bool:
        """Too few answers for a verdict, though enough for a value."""
        return self.value is not None and self.n < MIN_ANSWERS


@dataclass(frozen=True, slots=True)
class Note:
    """What the business did on a local day, in its own words."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The part of the scale that is drawn, and where its lines stand; `ticks` rise."""

    low: float
    high: float
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A figure over consecutive weeks, oldest first; `title` and `axis` are words in the reader's language.

    `low` and `high` are the ends of the scale, whatever part of it is drawn. In the weeks `changed` a new wording or
    scale began: no line leads into them. Weeks that do not follow each other raise `WrongUse`.
    """

    title: str
    axis: str
    unit: Unit
    low: float
    high: float
    points: tuple[Point, ...]
    goal: float | None = None
    changed: tuple[Week, ...] = ()

    def __post_init__(self) -> None:
        if not self.points:
            raise WrongUse("A trend has at least one week.")
        for before, after in zip(self.points, self.points[1:], strict=False):
            if after.week != before.week.next():
                raise WrongUse(f"Week {after.week} does not follow {before.week}: an empty week is a point too.")
        if self.goal is not None and not self.low <= self.goal <= self.high:
            raise WrongUse(f"A goal of {self.goal} is not on the scale from {self.low} to {self.high}.")

    @property
    def answered(self) -> tuple[Point, ...]:
        """The weeks that have a value."""
        return tuple(point for point in self.points if point.value is not None)

    @property
    def shown(self) -> Axis:
        """All values, intervals and the goal, rounded out to steps that read well; without values the whole scale."""
        ends = [end for point in self.answered for end in _reach(point)]
        if self.goal is not None:
            ends.append(self.goal)
        lowest, highest = (min(ends), max(ends)) if self.answered else (self.low, self.high)
        wide = max(highest - lowest, (self.high - self.low) / WIDEST_ZOOM)
        lowest = min(max((lowest + highest - wide) / 2, self.low), self.high - wide)
        highest = lowest + wide
        step = next((s for s in STEPS[self.unit] if highest - lowest <= s * MOST_STEPS), STEPS[self.unit][-1])
        first = self.low + math.floor((lowest - self.low) / step) * step
        count = math.ceil((highest - first) / step)
        ticks = tuple(first + k * step for k in range(count + 1) if first + k * step <= self.high)
        return Axis(first, min(first + count * step, self.high), ticks)

    def runs(self) -> tuple[tuple[Point, ...], ...]:
        """The stretches of weeks that a line may join: cut at empty weeks and where the wording or scale changed."""
        found: list[list[Point]] = []
        joined = False
        for point in self.points:
            joined = joined and point.week not in self.changed
            if point.value is None:
                joined = False
                continue
            if not joined:
                found.append([])
            found[-1].append(point)
            joined = True
        return tuple(tuple(run) for run in found)


def _reach(point: Point) -> Iterable[float]:
    if point.value is not None:
        yield point.value
    if point.interval is not None:
        yield from (point.interval.low, point.interval.high)


@dataclass(frozen=True, slots=True)
class Share:
    """A band of scores `low` to `high`, both included, with its answers; `percent` is None without any at all."""

    band: Band
    name: str
    low: int
    high: int
    n: int
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How often each score was given: `counts` has every score of the scale, and `bands` all of them, best first."""

    title: str
    axis: str
    counts: tuple[tuple[int, int], ...]
    bands: tuple[Share, ...]

    @property
    def n(self) -> int:
        return sum(count for _, count in self.counts)

    def band(self, found: int) -> Band:
        return next(share.band for share in self.bands if share.low <= found <= share.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: figures over the same weeks below each other, or distributions; notes stand in all the trends."""

    title: str
    trends: tuple[Trend, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def dated(self) -> tuple[Note, ...]:
        """The newest notes of the weeks that are drawn, oldest first, twelve at most: number 1 is the first of them."""
        return self._in_these_weeks[-MOST_NOTES:]

    @property
    def undated(self) -> int:
        """How many older notes of these weeks there is no room for."""
        return len(self._in_these_weeks[:-MOST_NOTES])

    @property
    def _in_these_weeks(self) -> tuple[Note, ...]:
        weeks = {point.week for trend in self.trends for point in trend.points}
        return tuple(sorted((n for n in self.notes if Week.of(n.day) in weeks), key=lambda n: (n.day, n.text)))


def unit(survey: Survey) -> Unit:
    """`WrongUse` for an open survey, which has no figure."""
    if survey.kind is Kind.OPEN:
        raise WrongUse(f"Survey {survey.slug!r} takes words: it has no figure to draw.")
    return {Kind.CSAT: Unit.PERCENT, Kind.NPS: Unit.POINTS, Kind.CES: Unit.MEAN}[survey.kind]


def trend(
    survey: Survey, weeks: Sequence[tuple[Week, Histogram]], title: str, texts: Texts, changed: Iterable[Week] = ()
) -> Trend:
    """The survey's figure in these weeks, oldest first; a week that may not be pooled with it stands there empty."""
    figures = [(week, score(survey, histogram)) for week, histogram in weeks]
    low, high = survey.figure_range
    return Trend(
        title=title,
        axis=_axis(survey, texts),
        unit=unit(survey),
        low=low,
        high=high,
        points=tuple(Point(week, figure.n, figure.value, figure.interval) for week, figure in figures),
        goal=survey.goal,
        changed=tuple(changed),
    )


def _axis(survey: Survey, texts: Texts) -> str:
    if survey.kind is Kind.CSAT:
        return texts("satisfied, of all answers")
    if survey.kind is Kind.NPS:
        return texts("promoters less detractors, \u2212100 to 100")
    low, high = (texts.number(end) for end in survey.figure_range)
    if survey.direction is Direction.LOWER:
        return texts("mean, {low}\u2013{high}, lower is better").format(low=low, high=high)
    return texts("mean, {low}\u2013{high}").format(low=low, high=high)


def distribution(survey: Survey, histogram: Histogram, title: str, texts: Texts) -> Distribution:
    """All scores of the scale with their answers, and the bands; `WrongUse` for an open survey."""
    if survey.scale is None:
        raise WrongUse(f"Survey {survey.slug!r} takes words: it has no scores to draw.")
    n = answers(histogram, survey.scale)
    middle = (min(survey.good[1], survey.bad[1]) + 1, max(survey.good[0], survey.bad[0]) - 1)
    ranges = {Band.HIGH: survey.good, Band.MIDDLE: middle, Band.LOW: survey.bad}
    bands = []
    for band, (low, high) in ranges.items():
        if low <= high:  # the outer bands may touch
            count = count_in(histogram, (low, high))
            name = band_words(BAND_NAMES[survey.kind][band], texts)
            bands.append(Share(band, name, low, high, count, 100 * count / n if n else None))
    counts = tuple((found, histogram.get(found, 0)) for found in survey.scale.scores)
    axis = texts.plural("{n} answer", "{n} answers", n)
    return Distribution(title=title, axis=axis, counts=counts, bands=tuple(bands))


def band_words(name: str, texts: Texts) -> str:
    """Those who answered within a band, as a heading."""
    words = {
        "promoter": texts("Promoters"),
        "passive": texts("Passives"),
        "detractor": texts("Detractors"),
        "satisfied": texts("Satisfied"),
        "dissatisfied": texts("Dissatisfied"),
        "easy": texts("Easy"),
        "hard": texts("Hard"),
        "neutral": texts("Neutral"),
    }
    return words[name]
