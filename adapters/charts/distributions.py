"""How often each score was given, as bars; the bands are told apart by their filling as well as by colour."""

from collections.abc import Iterator

from adapters.charts.drawing import Drawing
from adapters.charts.measures import LINE_HEIGHT, PAD, ROOM, WIDTH
from adapters.charts.shapes import Shape, Text, box, hatching, outline
from adapters.charts.theme import Ink
from bot.picture_text import written
from bot.pictures import Distribution, Share, Unit
from bot.surveys import Band
from bot.texts import Texts

ROW = 20.0
BAR = 14.0
SWATCH = 24.0
SCORES = 26.0  # room for the score left of its bar
NARROWEST = 3.0  # of a bar that is not empty


def distribution_panel(drawing: Drawing, top: float, found: Distribution) -> float:
    """Adds the panel at `top` and gives where it ends."""
    top = drawing.lines(PAD, drawing.heading(top, found.title, ROOM), found.axis, ROOM) + 4
    for share in found.bands:
        drawing.extend(_share(share, top, drawing.texts))
        top += LINE_HEIGHT
    top += 8
    return _bars(drawing, top, found)


def _share(share: Share, top: float, texts: Texts) -> Iterator[Shape]:
    yield from _bar(PAD, top + 2, PAD + SWATCH, share.band)
    scores = str(share.low) if share.low == share.high else f"{share.low}\u2013{share.high}"
    yield Text(PAD + SWATCH + 8, top + 13.5, f"{share.name} {scores}", Ink.TEXT)
    said = f"{texts.number(share.n)} \u00b7 {written(share.percent, Unit.PERCENT, texts)}"
    yield Text(WIDTH - PAD, top + 13.5, said, Ink.TEXT, anchor="rs")


def _bars(drawing: Drawing, top: float, found: Distribution) -> float:
    """The best score comes first."""
    rising = found.bands[0].low < found.bands[-1].low
    most = max(count for _, count in found.counts)
    counts = [drawing.texts.number(count) for _, count in found.counts]
    left = PAD + SCORES
    room = WIDTH - PAD - left - max(drawing.letters.width(words) for words in counts) - 6
    for score, count in found.counts if rising else reversed(found.counts):
        drawing.add(Text(left - 7, top + 12, str(score), Ink.TEXT, anchor="rs"))
        right = left + (max(NARROWEST, room * count / most) if count else 0.0)
        if count:
            drawing.extend(_bar(left, top, right, found.band(score)))
        drawing.add(Text(right + 6, top + 12, drawing.texts.number(count)))
        top += ROW
    return top


def _bar(left: float, top: float, right: float, band: Band) -> Iterator[Shape]:
    """Full for the good scores, hatched for the bad ones, hollow between them."""
    bottom = top + BAR
    if band is Band.HIGH:
        yield box(left, top, right, bottom, Ink.LINE)
        return
    ink = Ink.GOAL if band is Band.LOW else Ink.MUTED
    if band is Band.LOW:
        yield from hatching(left, top, right, bottom, ink)
    yield outline(left, top, right, bottom, ink, 1.6)
