"""Where everything of a picture stands: a title, its panels below each other, what the marks mean, and the notes."""

from adapters.charts.distributions import distribution_panel
from adapters.charts.drawing import Drawing
from adapters.charts.marks import flag, flag_width, key
from adapters.charts.measures import PAD, ROOM, WIDTH
from adapters.charts.shapes import Sheet, Stroke, Text
from adapters.charts.theme import Ink
from adapters.charts.trends import gutter, trend_panel
from bot.picture_text import no_room_words, note_words
from bot.pictures import Note, Picture
from bot.texts import Texts

GAP = 18.0  # between panels
TITLE_SIZE = 17.0
TITLE_HEIGHT = 22.0


def sheet(picture: Picture, texts: Texts) -> Sheet:
    """The shapes of the picture; its height is what they need."""
    drawing = Drawing(texts)
    top = PAD
    for line in drawing.letters.wrapped(picture.title, ROOM, 2, TITLE_SIZE, bold=True):
        drawing.add(Text(PAD, top + 15, line, Ink.TEXT, TITLE_SIZE, bold=True))
        top += TITLE_HEIGHT
    inset = max((gutter(trend, drawing) for trend in picture.trends), default=0.0)
    first = True
    for trend in picture.trends:
        top = trend_panel(drawing, _parted(drawing, top, first=first), inset, trend, picture.dated)
        first = False
    for distribution in picture.distributions:
        top = distribution_panel(drawing, _parted(drawing, top, first=first), distribution)
        first = False
    top = key(drawing, top, picture.trends)
    top = _notes(drawing, top, picture.dated)
    top = _no_room(drawing, top, no_room_words(picture, texts))
    return Sheet(WIDTH, top + PAD, tuple(drawing.shapes))


def _parted(drawing: Drawing, top: float, *, first: bool) -> float:
    if first:
        return top + 6
    middle = top + GAP / 2
    drawing.add(Stroke(((PAD, middle), (WIDTH - PAD, middle)), Ink.GRID, 1.0))
    return top + GAP


def _no_room(drawing: Drawing, top: float, words: str) -> float:
    return drawing.lines(PAD, top + 4, words, ROOM) if words else top


def _notes(drawing: Drawing, top: float, notes: tuple[Note, ...]) -> float:
    """The words of the numbered flags."""
    widths = [flag_width(str(number), drawing.letters) for number in range(1, len(notes) + 1)]
    inset = max(widths, default=0.0) + 8
    for number, (note, width) in enumerate(zip(notes, widths, strict=True), 1):
        top += 8 if number == 1 else 4
        drawing.extend(flag(PAD + width / 2, top, str(number), drawing.letters))
        top = drawing.lines(PAD + inset, top, note_words(note, drawing.texts), ROOM - inset, Ink.TEXT)
    return top
