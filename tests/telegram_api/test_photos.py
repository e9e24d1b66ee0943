"""What the stand-in does with photos, seen through PTB's real client."""

import struct
import zlib

import pytest
from telegram import Bot

from tests.telegram_api.people import Person
from tests.telegram_api.ptb import refused


def png(width: int, height: int, more: bytes = b"") -> bytes:
    """A header alone, which is all that the stand-in looks at."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + header + struct.pack(">I", zlib.crc32(header)) + more


async def test_a_photo_stands_in_the_chat_with_its_caption(bot: Bot, mikko: Person) -> None:
    image = png(1080, 2069, b"\r\n--\r\n\x00\xff")
    sent = await bot.send_photo(41, image, "<b>Kuva</b> &amp; sanat", parse_mode="HTML", filename="kuva.png")
    kept = mikko.messages[-1]
    assert (kept.photo, kept.text, kept.caption, sent.caption) == (image, "", "Kuva & sanat", "Kuva & sanat")
    assert (sent.photo[0].width, sent.photo[0].height) == (1080, 2069)
    assert [one.type for one in sent.caption_entities] == ["bold"]


@pytest.mark.parametrize(
    ("width", "height", "fits"), [(5000, 5000, True), (5000, 5001, False), (100, 2000, True), (100, 2001, False)]
)
async def test_the_sides_have_limits(bot: Bot, mikko: Person, width: int, height: int, fits: bool) -> None:
    if fits:
        await bot.send_photo(41, png(width, height))
    else:
        assert await refused(bot.send_photo(41, png(width, height))) == "Photo_invalid_dimensions"


async def test_a_caption_has_1024_utf_16_units(bot: Bot, mikko: Person) -> None:
    await bot.send_photo(41, png(9, 9), "😀" * 512)
    assert await refused(bot.send_photo(41, png(9, 9), "😀" * 512 + "x")) == "Message caption is too long"


async def test_what_is_no_picture_is_refused(bot: Bot, mikko: Person) -> None:
    assert await refused(bot.send_photo(41, b"no picture")) == "Image_process_failed"


async def test_ten_megabytes_are_the_most(bot: Bot, mikko: Person) -> None:
    most = (10 << 20) - len(png(9, 9))
    await bot.send_photo(41, png(9, 9, bytes(most)))
    assert await refused(bot.send_photo(41, png(9, 9, bytes(most + 1)))) == "Too big for a photo"
