"""Surveys: kinds, scales, bands and versions, with the four that are built in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.errors import BadScore, WrongUse

HIGHEST_SCORE = 10
SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Kind(StrEnum):
    """What a survey measures; the figure and its formula follow from it."""

    CSAT = "csat"
    CES = "ces"
    NPS = "nps"
    OPEN = "open"


class Direction(StrEnum):
    """Which end of the scale is the good one; the two conventions of CES differ in this alone."""

    HIGHER = "higher"
    LOWER = "lower"


class Band(StrEnum):
    """Where a score lies, whatever the kind calls it (see `Survey.band_name`)."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


BAND_NAMES: Mapping[Kind, Mapping[Band, str]] = MappingProxyType(
    {
        Kind.CSAT: {Band.LOW: "dissatisfied", Band.MIDDLE: "neutral", Band.HIGH: "satisfied"},
        Kind.CES: {Band.LOW: "hard", Band.MIDDLE: "neutral", Band.HIGH: "easy"},
        Kind.NPS: {Band.LOW: "detractor", Band.MIDDLE: "passive", Band.HIGH: "promoter"},
        Kind.OPEN: {},
    }
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= HIGHEST_SCORE:
            raise WrongUse(f"A scale runs from 0 or 1 up to at most 10, not from {self.low} to {self.high}.")

    def __contains__(self, score: object) -> bool:
        return isinstance(score, int) and not isinstance(score, bool) and self.low <= score <= self.high

    @property
    def scores(self) -> range:
        return range(self.low, self.high + 1)


@dataclass(frozen=True, slots=True)
class Wording:
    """A survey's own texts in one language; an empty one falls back to the catalogue's text for its kind."""

    question: str
    low_end: str = ""
    high_end: str = ""
    follow_up_low: str = ""
    follow_up_middle: str = ""
    follow_up_high: str = ""

    def follow_up(self, band: Band) -> str:
        return {Band.LOW: self.follow_up_low, Band.MIDDLE: self.follow_up_middle, Band.HIGH: self.follow_up_high}[band]


@dataclass(frozen=True, slots=True)
class Survey:
    """One version of a survey. `good` and `bad` are the inclusive score ranges of the outer bands.

    Versions that differ in kind, scale or direction are never pooled in one figure (KPI.md); `poolable` compares them.
    `goal` is what the owner wants the figure to be, in the figure's own unit; it is no part of what a customer is
    asked, so a new goal makes no new version.
    """

    slug: str
    kind: Kind
    scale: Scale | None
    good: tuple[int, int] = (0, 0)
    bad: tuple[int, int] = (0, 0)
    direction: Direction = Direction.HIGHER
    version: int = 1
    wording: Mapping[str, Wording] = field(default_factory=dict)
    expires_after: timedelta = timedelta(days=14)
    editable_for: timedelta = timedelta(hours=24)
    goal: float | None = None

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise WrongUse(f"A survey's name is small letters, digits, - and _, not {self.slug!r}.")
        if (self.scale is None) != (self.kind is Kind.OPEN):
            raise WrongUse(f"Survey {self.slug!r}: every kind but `open` needs a scale, and `open` has none.")
        if self.scale is not None:
            self._check_bands(self.scale)
        if self.goal is not None:
            self._check_goal(self.goal)

    def _check_goal(self, goal: float) -> None:
        if self.kind is Kind.OPEN:
            raise WrongUse(f"Survey {self.slug!r} has words and no figure, so it can have no goal.")
        low, high = self.figure_range
        if not low <= goal <= high:
            raise WrongUse(f"The goal of survey {self.slug!r} lies from {low:g} to {high:g}, not at {goal:g}.")

    @property
    def figure_range(self) -> tuple[float, float]:
        """Between what the figure can lie: percent, NPS points, or the ends of the scale for a mean."""
        if self.kind is Kind.NPS:
            return -100.0, 100.0
        if self.kind is Kind.CES and self.scale is not None:
            return float(self.scale.low), float(self.scale.high)
        return 0.0, 100.0

    def _check_bands(self, scale: Scale) -> None:
        if self.kind is Kind.NPS and (scale, self.good, self.bad) != (Scale(0, 10), (9, 10), (0, 6)):
            raise WrongUse(
                "NPS is defined for 0-10 with promoters 9-10 and detractors 0-6; use csat for another scale."
            )
        better, worse = (self.good, self.bad) if self.direction is Direction.HIGHER else (self.bad, self.good)
        ordered = (scale.low, worse[0], worse[1], better[0], better[1], scale.high)
        ends = worse[0] == scale.low and better[1] == scale.high and worse[1] < better[0]
        if not ends or list(ordered) != sorted(ordered):
            raise WrongUse(f"Survey {self.slug!r}: the bands {self.bad} and {self.good} do not fit its scale.")

    def check(self, score: int) -> int:
        """The score itself, or `BadScore` when the scale does not have it."""
        if self.scale is None:
            raise BadScore(f"Survey {self.slug!r} has no scale: it takes words.")
        if score not in self.scale:
            raise BadScore(
                f"{score!r} is not a score of {self.slug!r}: it takes {self.scale.low} to {self.scale.high}."
            )
        return score

    def band(self, score: int) -> Band:
        self.check(score)
        if self.good[0] <= score <= self.good[1]:
            return Band.HIGH
        return Band.LOW if self.bad[0] <= score <= self.bad[1] else Band.MIDDLE

    def band_name(self, score: int) -> str:
        """The field's word for the band: promoter, satisfied, hard, …"""
        return BAND_NAMES[self.kind][self.band(score)]

    def poolable(self, other: "Survey") -> bool:
        """May answers to both stand in one figure?"""
        return (self.kind, self.scale, self.direction, self.good, self.bad) == (
            other.kind, other.scale, other.direction, other.good, other.bad)  # fmt: skip


def csat_bands(scale: Scale) -> tuple[tuple[int, int], tuple[int, int]]:
    """The usual `(good, bad)` of a CSAT scale: 4-5 of 5, 6-7 of 7, 8-10 of 10 are satisfied (KPI.md)."""
    known = {5: ((4, 5), (1, 2)), 7: ((6, 7), (1, 3)), 10: ((8, 10), (1, 4))}
    if scale.low != 1 or scale.high not in known:
        raise WrongUse("CSAT has 1-5, 1-7 or 1-10 built in; give `good` and `bad` yourself for another scale.")
    return known[scale.high]


BUILT_IN: tuple[Survey, ...] = (
    Survey("csat", Kind.CSAT, Scale(1, 5), good=(4, 5), bad=(1, 2)),
    Survey("ces", Kind.CES, Scale(1, 7), good=(5, 7), bad=(1, 3)),
    Survey("nps", Kind.NPS, Scale(0, 10), good=(9, 10), bad=(0, 6)),
    Survey("open", Kind.OPEN, None),
)
LISTED_FIRST = ("csat", "nps", "ces", "open")


def listing_order(survey: Survey) -> tuple[int, str, int]:
    """A sort key: satisfaction, recommendation, ease, words, then the company's own by name; versions oldest first."""
    place = LISTED_FIRST.index(survey.slug) if survey.slug in LISTED_FIRST else len(LISTED_FIRST)
    return place, survey.slug, survey.version
