"""A picture in the making: its shapes so far, the letters to measure words with, and the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.charts.letters import Letters
from adapters.charts.measures import HEADING, HEADING_HEIGHT, LINE_HEIGHT, PAD
from adapters.charts.shapes import Shape, Text
from adapters.charts.theme import Ink
from bot.texts import Texts


@dataclass(frozen=True, slots=True)
class Drawing:
    """Panels are added to it from top to bottom."""

    texts: Texts
    letters: Letters = field(default_factory=Letters)
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        self.shapes.extend(shapes)

    def extend(self, shapes: Iterable[Shape]) -> None:
        self.shapes.extend(shapes)

    def heading(self, top: float, words: str, room: float) -> float:
        """The title of a panel, on two lines at most; gives where it ends."""
        for line in self.letters.wrapped(words, room, 2, HEADING, bold=True):
            self.add(Text(PAD, top + 14, line, Ink.TEXT, HEADING, bold=True))
            top += HEADING_HEIGHT
        return top

    def lines(self, left: float, top: float, words: str, room: float, ink: Ink = Ink.MUTED) -> float:
        """A sentence, on two lines at most; gives where it ends."""
        for line in self.letters.wrapped(words, room, 2):
            self.add(Text(left, top + 13.5, line, ink))
            top += LINE_HEIGHT
        return top
