"""What a picture is made of, before it is painted; lengths are CSS pixels of a phone that is 390 wide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from adapters.charts.theme import Ink

Spot = tuple[float, float]  # x to the right, y down
Anchor = Literal["ls", "ms", "rs"]  # left, middle or right end, always on the base line


@dataclass(frozen=True, slots=True)
class Text:
    """Words on one line; `x` and `y` are where their anchor stands."""

    x: float
    y: float
    words: str
    ink: Ink = Ink.MUTED
    size: float = 13.0
    bold: bool = False
    anchor: Anchor = "ls"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through the spots; `dash` is (drawn, left out), for straight lines alone."""

    spots: tuple[Spot, ...]
    ink: Ink
    width: float
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A filled outline."""

    spots: tuple[Spot, ...]
    ink: Ink


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle; with an `edge` its rim has that ink."""

    x: float
    y: float
    radius: float
    ink: Ink
    edge: Ink | None = None


Shape = Text | Stroke | Area | Dot


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole picture: shapes in the order in which they are painted."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def box(left: float, top: float, right: float, bottom: float, ink: Ink) -> Area:
    return Area(((left, top), (right, top), (right, bottom), (left, bottom)), ink)


def outline(left: float, top: float, right: float, bottom: float, ink: Ink, width: float) -> Stroke:
    """A rim whose outer side is the box."""
    x0, y0, x1, y1 = left + width / 2, top + width / 2, right - width / 2, bottom - width / 2
    return Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0), (x1, y0)), ink, width)


def pill(left: float, top: float, right: float, bottom: float, ink: Ink) -> Iterator[Shape]:
    """A box with round ends."""
    radius = (bottom - top) / 2
    yield box(left + radius, top, right - radius, bottom, ink)
    yield Dot(left + radius, top + radius, radius, ink)
    yield Dot(right - radius, top + radius, radius, ink)


def hatching(left: float, top: float, right: float, bottom: float, ink: Ink) -> Iterator[Stroke]:
    """Diagonals within the box, 5 apart."""
    height, start = bottom - top, left - (bottom - top) + 2.5
    while start < right:
        cut, end = max(0.0, left - start), min(height, right - start)
        if end > cut:
            yield Stroke(((start + cut, bottom - cut), (start + end, bottom - end)), ink, 1.4)
        start += 5.0


def dashes(stroke: Stroke) -> Iterable[tuple[Spot, Spot]]:
    """The drawn pieces of a straight dashed line."""
    (x0, y0), (x1, y1) = stroke.spots[0], stroke.spots[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    drawn, left_out = stroke.dash or (length, 0.0)
    at = 0.0
    while at < length:
        a, b = at / length, min(at + drawn, length) / length
        yield (x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0))
        at += drawn + left_out
