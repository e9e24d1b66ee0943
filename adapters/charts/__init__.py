"""The pictures of the owner's messages, drawn as PNG; Pillow is loaded with the first one, never at start."""

import asyncio
import math

import structlog

from adapters.charts.theme import DARK, LIGHT, Theme
from bot.errors import described
from bot.pictures import Picture
from bot.texts import Texts

__all__ = ["DARK", "LIGHT", "Theme", "draw", "drawn", "size", "tried"]

log = structlog.get_logger()


def draw(picture: Picture, texts: Texts, theme: Theme = LIGHT) -> bytes:
    """A PNG, 1080 pixels wide. It takes tens of milliseconds, and may run in several threads at once.

    The light look is for chats that show everybody the same picture (Telegram, Slack); a page can choose by the
    reader's own. Whoever shows it adds `bot.picture_text.alt_text`.
    """
    from adapters.charts.layout import sheet  # noqa: PLC0415  # Pillow, only where pictures are drawn
    from adapters.charts.paint import png  # noqa: PLC0415  # as above

    return png(sheet(picture, texts), theme)


def size(picture: Picture, texts: Texts) -> tuple[int, int]:
    """Width and height in CSS pixels, in a fraction of the time that drawing takes; rounded up."""
    from adapters.charts.layout import sheet  # noqa: PLC0415  # Pillow measures the letters

    found = sheet(picture, texts)
    return math.ceil(found.width), math.ceil(found.height)


async def drawn(picture: Picture, texts: Texts, theme: Theme = LIGHT) -> bytes:
    """The same, off the event loop."""
    return await asyncio.to_thread(draw, picture, texts, theme)


async def tried(picture: Picture, texts: Texts, theme: Theme = LIGHT) -> bytes | None:
    """As `drawn`, for a message that goes without its picture rather than not at all; the log says why."""
    try:
        return await drawn(picture, texts, theme)
    except Exception as error:  # noqa: BLE001  # whatever it is, it would be the same at each retry
        log.error("a picture could not be drawn", error=described(error))
        return None
