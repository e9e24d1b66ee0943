"""The pictures of the owner's messages, drawn as PNG; Pillow is loaded with the first one, never at start."""

import asyncio

from adapters.charts.theme import DARK, LIGHT, Theme
from bot.pictures import Picture
from bot.texts import Texts

__all__ = ["DARK", "LIGHT", "Theme", "draw", "drawn"]


def draw(picture: Picture, texts: Texts, theme: Theme = LIGHT) -> bytes:
    """A PNG, 1080 pixels wide. It takes tens of milliseconds, and may run in several threads at once.

    The light look is for chats that show everybody the same picture (Telegram, Slack); a page can choose by the
    reader's own. Whoever shows it adds `bot.picture_text.alt_text`.
    """
    from adapters.charts.layout import sheet  # noqa: PLC0415  # Pillow, only where pictures are drawn
    from adapters.charts.paint import png  # noqa: PLC0415  # as above

    return png(sheet(picture, texts), theme)


async def drawn(picture: Picture, texts: Texts, theme: Theme = LIGHT) -> bytes:
    """The same, off the event loop."""
    return await asyncio.to_thread(draw, picture, texts, theme)
