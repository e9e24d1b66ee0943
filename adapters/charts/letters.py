"""The letters of the pictures: the font that comes along, how wide words are, and where long ones are cut."""

import unicodedata
from importlib.resources import as_file, files
from typing import Final

from PIL import ImageFont

ELLIPSIS, HYPHEN = "\u2026", "-"
MEASURE = 100.0  # pixels; widths are read at this size and scaled, so that a layout does not depend on its rounding
MISSING = "?"
MINUS, DASH = "\u2212", "\u2013"  # Noto Sans has no minus; its dash stands as high
FACES = {False: "NotoSans-Regular.ttf", True: "NotoSans-Bold.ttf"}


def face(size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The font at this many pixels. Each drawing opens its own: FreeType's faces are not for several threads.

    The simple layout is asked for by name: the other one depends on a library that some systems have.
    """
    with as_file(files("adapters.charts").joinpath("fonts", FACES[bold])) as path:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


class Letters:
    """Measures words in CSS pixels, for one drawing."""

    def __init__(self) -> None:
        self._faces = {bold: face(MEASURE, bold=bold) for bold in (False, True)}

    def width(self, words: str, size: float = 13.0, *, bold: bool = False) -> float:
        return self._faces[bold].getlength(shown(words)) * size / MEASURE

    def wrapped(self, words: str, room: float, lines: int, size: float = 13.0, *, bold: bool = False) -> list[str]:
        """At most so many lines, each within `room`; what does not fit ends in an ellipsis."""
        rest = tidy(words)
        found: list[str] = []
        while rest:
            fitting = self._fitting(rest, room, size, bold=bold)
            if fitting == len(rest):
                return [*found, rest]
            if len(found) == lines - 1:
                return [*found, self._cut(rest, room, size, ELLIPSIS, bold=bold)]
            space = rest.rfind(" ", 0, fitting + 1)
            if space > 0:
                found.append(rest[:space])
                rest = rest[space + 1 :]
            else:
                found.append(self._cut(rest, room, size, HYPHEN, bold=bold))
                rest = rest[len(found[-1]) - len(HYPHEN) :]
        return found

    def _cut(self, words: str, room: float, size: float, end: str, *, bold: bool) -> str:
        narrower = room - self.width(end, size, bold=bold)
        return words[: self._fitting(words, narrower, size, bold=bold)].rstrip() + end

    def _fitting(self, words: str, room: float, size: float, *, bold: bool) -> int:
        """How many letters fit, at least one."""
        low, high = 1, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(words[:middle], size, bold=bold) <= room:
                low = middle
            else:
                high = middle - 1
        return low


def tidy(words: str) -> str:
    """One line of composed letters, so that no cut parts an a from its dots; signs that are not to be seen go."""
    flat = " ".join(unicodedata.normalize("NFC", words).split())
    return "".join(letter for letter in flat if letter.isprintable()).strip()


class _Signs(dict[int, str]):
    """What is written for a sign, by its number; looked up in the font once."""

    def __missing__(self, number: int) -> str:
        letter = chr(number)
        found = self[number] = letter if _is_drawn(letter) else MISSING
        return found


_SIGNS: Final = _Signs({ord(MINUS): DASH})


def shown(words: str) -> str:
    """The words in signs that the font has; what it has not is seen to be missing, and stands in the alt text."""
    return words if words.isascii() else words.translate(_SIGNS)


def _is_drawn(letter: str) -> bool:
    """The font draws nothing at all for a sign that it has not."""
    return letter.isspace() or face(MEASURE, bold=False).getmask(letter).getbbox() is not None
