"""The pictures of messages as files, drawn off the event loop and kept for those who look again."""

import asyncio
from collections import OrderedDict
from typing import Final

import structlog

from adapters.charts import DARK, LIGHT, size, tried
from bot.errors import described
from bot.pictures import Picture
from bot.prompts import Prompt
from bot.texts import texts

KEPT: Final = 32  # of some 60 kB each: two looks of the last messages in several languages
SIZES_KEPT: Final = 256
log = structlog.get_logger()


class Pictures:
    """One at a time, so that owners who open the page together wait for one drawing and cause no second."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[Picture, str, bool], bytes] = OrderedDict()
        self._sizes: OrderedDict[tuple[Picture, str], tuple[int, int]] = OrderedDict()
        self._drawing = asyncio.Lock()

    async def png(self, prompt: Prompt, *, dark: bool) -> bytes | None:
        """The prompt's picture; None without one, or when it cannot be drawn."""
        if prompt.picture is None:
            return None
        key = prompt.picture, prompt.lang, dark
        async with self._drawing:
            if key not in self._files:
                made = await tried(prompt.picture, texts(prompt.lang), DARK if dark else LIGHT)
                if made is None:
                    return None
                self._files[key] = made
            self._files.move_to_end(key)
            while len(self._files) > KEPT:
                self._files.popitem(last=False)
            return self._files[key]

    async def size(self, prompt: Prompt) -> tuple[int, int] | None:
        """Its width and height in CSS pixels, known before it is drawn; None as above."""
        if prompt.picture is None:
            return None
        key = prompt.picture, prompt.lang
        async with self._drawing:
            if key not in self._sizes:
                try:
                    self._sizes[key] = await asyncio.to_thread(size, prompt.picture, texts(prompt.lang))
                except Exception as error:  # noqa: BLE001  # the message is shown without it
                    log.error("a picture could not be measured", error=described(error))
                    return None
            while len(self._sizes) > SIZES_KEPT:
                self._sizes.popitem(last=False)
            return self._sizes[key]
