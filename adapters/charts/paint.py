"""Shapes to the bytes of a PNG: equal shapes give equal bytes with one Pillow, and threads share nothing."""

import io
import math
from collections.abc import Iterator, Sequence
from functools import cache

from PIL import Image, ImageDraw

from adapters.charts.letters import face, shown
from adapters.charts.shapes import Area, Dot, Sheet, Spot, Stroke, Text, dashes
from adapters.charts.theme import Colour, Ink, Theme

WIDTH = 1080  # pixels
FINE = 2  # shapes are painted so many times as large and then reduced: Pillow's have hard edges, its letters have not
RIM = 2.0  # CSS pixels
COMPRESSION = 2  # of 9; more costs milliseconds and saves little
SHADES = 9  # steps between two inks that meet
MEETING = {
    Ink.PAPER: (Ink.TEXT, Ink.MUTED, Ink.GRID, Ink.LINE, Ink.BAND, Ink.EDGE, Ink.GOAL),
    Ink.BAND: (Ink.TEXT, Ink.MUTED, Ink.GRID, Ink.LINE, Ink.EDGE, Ink.GOAL),
    Ink.TEXT: (Ink.LINE,),
}
COLOURS = 256
DISTANCE = 12  # of 255, in one of red, green and blue at least

Solid = Stroke | Area | Dot


def png(sheet: Sheet, theme: Theme) -> bytes:
    """1080 pixels wide, with a palette: a fifth of the time that full colours take to compress."""
    scale = WIDTH / sheet.width
    picture = Image.new("RGB", (WIDTH, round(sheet.height * scale)), theme.colour(Ink.PAPER))
    solids = [shape for shape in sheet.shapes if not isinstance(shape, Text)]
    reaches = [(_extent(solid), solid) for solid in solids]
    for top, bottom in _strips([extent for extent, _ in reaches], scale):
        within = [solid for (start, end), solid in reaches if start * scale < bottom and end * scale > top]
        picture.paste(_strip(within, theme, scale, top, bottom), (0, top))
    _write(ImageDraw.Draw(picture), sheet, theme, scale)
    holder = Image.new("P", (1, 1))
    holder.putpalette(_palette(theme))
    reduced = picture.quantize(palette=holder, dither=Image.Dither.NONE)
    file = io.BytesIO()
    reduced.save(file, "PNG", compress_level=COMPRESSION)
    return file.getvalue()


def _extent(shape: Solid) -> tuple[float, float]:
    """From where to where it reaches downwards, in CSS pixels, with a little air."""
    if isinstance(shape, Dot):
        return shape.y - shape.radius - 1, shape.y + shape.radius + 1
    air = shape.width + 1 if isinstance(shape, Stroke) else 1
    return min(y for _, y in shape.spots) - air, max(y for _, y in shape.spots) + air


def _strips(extents: Sequence[tuple[float, float]], scale: float) -> Iterator[tuple[int, int]]:
    """The rows of pixels that have shapes; between them is nothing but letters, and no need for the large canvas."""
    top, bottom = 0, 0
    for start, end in sorted(extents):
        first, last = max(0, math.floor(start * scale)), math.ceil(end * scale)
        if first > bottom:
            if bottom > top:
                yield top, bottom
            top = first
        bottom = max(bottom, last)
    if bottom > top:
        yield top, bottom


def _strip(solids: Sequence[Solid], theme: Theme, scale: float, top: int, bottom: int) -> Image.Image:
    large = Image.new("RGB", (WIDTH * FINE, (bottom - top) * FINE), theme.colour(Ink.PAPER))
    brush = _Brush(ImageDraw.Draw(large), theme, scale * FINE, top * FINE)
    for shape in solids:
        brush.paint(shape)
    return large.reduce(FINE)


class _Brush:
    """Paints on a canvas whose upper edge lies `top` pixels below that of the picture."""

    def __init__(self, draw: ImageDraw.ImageDraw, theme: Theme, scale: float, top: int) -> None:
        self._draw = draw
        self._theme = theme
        self._scale = scale
        self._top = top

    def paint(self, shape: Solid) -> None:
        colour = self._theme.colour(shape.ink)
        match shape:
            case Area():
                self._draw.polygon(self._scaled(shape.spots), fill=colour)
            case Dot():
                ((x, y),) = self._scaled(((shape.x, shape.y),))
                edge = None if shape.edge is None else self._theme.colour(shape.edge)
                rim = round(RIM * self._scale) if edge else 0
                self._draw.circle((x, y), shape.radius * self._scale, fill=colour, outline=edge, width=rim)
            case Stroke():
                pieces = [shape.spots] if shape.dash is None else dashes(shape)
                for piece in pieces:
                    width = round(shape.width * self._scale)
                    self._draw.line(self._scaled(piece), fill=colour, width=width, joint="curve")

    def _scaled(self, spots: Sequence[Spot]) -> list[Spot]:
        return [(x * self._scale, y * self._scale - self._top) for x, y in spots]


def _write(draw: ImageDraw.ImageDraw, sheet: Sheet, theme: Theme, scale: float) -> None:
    texts = [shape for shape in sheet.shapes if isinstance(shape, Text)]
    faces = {key: face(key[0] * scale, bold=key[1]) for key in {(text.size, text.bold) for text in texts}}
    for text in texts:
        at = (text.x * scale, text.y * scale)
        found = faces[text.size, text.bold]
        draw.text(at, shown(text.words), font=found, fill=theme.colour(text.ink), anchor=text.anchor)


@cache
def _palette(theme: Theme) -> bytes:
    """The inks, and the shades between those that meet: the soft edges of shapes and letters need no others.

    Pillow finds the nearest colour by cells of the colour space, so colours that are near each other would be mixed up:
    a shade has to keep its distance.
    """
    colours = list(dict.fromkeys(theme.colour(ink) for ink in Ink))
    for shade in _shades(theme):
        if len(colours) < COLOURS and all(_apart(shade, other) for other in colours):
            colours.append(shade)
    return bytes(part for colour in colours for part in colour)


def _apart(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) >= DISTANCE


def _shades(theme: Theme) -> Iterator[Colour]:
    for ground, inks in MEETING.items():
        for ink in inks:
            pairs = list(zip(theme.colour(ground), theme.colour(ink), strict=True))
            for step in range(1, SHADES + 1):
                red, green, blue = (round(a + (b - a) * step / (SHADES + 1)) for a, b in pairs)
                yield red, green, blue
