"""The two looks of a picture: each has a ground of its own, so that it reads alike in a dark and in a light chat.

Blue and orange are told apart with every common kind of colour blindness, and nothing is told by colour alone: the goal
is dashed, the band has edges, low scores are hatched. `tests/unit/test_charts.py` computes the contrasts.
"""

from dataclasses import dataclass
from enum import StrEnum


class Ink(StrEnum):
    """What a colour is for."""

    PAPER = "paper"
    TEXT = "text"
    MUTED = "muted"
    GRID = "grid"
    LINE = "line"
    BAND = "band"
    EDGE = "edge"
    GOAL = "goal"


Colour = tuple[int, int, int]  # red, green, blue, 0 to 255


@dataclass(frozen=True, slots=True)
class Theme:
    """A colour for each ink, as `#rrggbb`."""

    paper: str
    text: str
    muted: str
    grid: str
    line: str
    band: str
    edge: str
    goal: str

    def colour(self, ink: Ink) -> Colour:
        found: str = getattr(self, ink.value)
        return int(found[1:3], 16), int(found[3:5], 16), int(found[5:7], 16)


LIGHT = Theme(
    paper="#fbfbf8",
    text="#1b1f24",
    muted="#545c66",
    grid="#dfe2e6",
    line="#0a57a4",
    band="#d5e5f6",
    edge="#5b8cbd",
    goal="#a04a00",
)
DARK = Theme(
    paper="#17212b",
    text="#f1f3f5",
    muted="#abb5c0",
    grid="#34404c",
    line="#79bdff",
    band="#264563",
    edge="#5f90c2",
    goal="#f5a65b",
)
