"""The PNG of a picture: its size, its pixels, colours that can be told apart, equal bytes, and no load on the loop."""

import asyncio
import hashlib
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from adapters.charts import DARK, LIGHT, Theme, draw, drawn
from adapters.charts.layout import sheet
from adapters.charts.measures import WIDTH
from adapters.charts.paint import png
from adapters.charts.shapes import Area, Dot, Stroke, Text
from adapters.charts.theme import Ink
from bot.texts import texts
from bot.values import replace
from tests.sample_pictures import scores, twelve_weeks
from tests.unit.test_charts import EN, of, spots

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
SCALE = 1080 / WIDTH


def opened(drawn_bytes: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn_bytes)).convert("RGB")


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2.2, relative luminance."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme: Theme, one: Ink, other: Ink) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(theme.colour(one)), luminance(theme.colour(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@THEMES
def test_contrasts(theme: Theme) -> None:
    for ink in (Ink.TEXT, Ink.MUTED, Ink.GOAL):
        assert contrast(theme, ink, Ink.PAPER) >= 4.5, ink
    for ink in (Ink.LINE, Ink.EDGE, Ink.GOAL, Ink.MUTED, Ink.TEXT):
        assert contrast(theme, ink, Ink.PAPER) >= 3, ink
    for ink in (Ink.LINE, Ink.GOAL, Ink.TEXT):
        assert contrast(theme, ink, Ink.BAND) >= 3, ink


def test_a_wrong_colour_would_be_seen() -> None:
    assert contrast(replace(LIGHT, muted="#999999"), Ink.MUTED, Ink.PAPER) < 4.5
    assert contrast(replace(LIGHT, text="#000000", paper="#ffffff"), Ink.TEXT, Ink.PAPER) == pytest.approx(21)


@THEMES
def test_the_png_is_as_large_as_its_sheet_and_opaque(theme: Theme) -> None:
    picture = twelve_weeks()
    image = Image.open(io.BytesIO(draw(picture, EN, theme)))
    assert (image.format, image.size) == ("PNG", (1080, round(sheet(picture, EN).height * SCALE)))
    assert (image.mode, image.info.get("transparency")) == ("P", None)
    corners = [image.convert("RGB").getpixel((x, y)) for x in (0, 1079) for y in (0, image.height - 1)]
    assert corners == [theme.colour(Ink.PAPER)] * 4


@THEMES
def test_pixels_have_the_colours_of_their_shapes(theme: Theme) -> None:
    picture = twelve_weeks("sv")
    image, found = opened(draw(picture, texts("sv"), theme)), sheet(picture, texts("sv"))
    (x0, y0), (x1, y1) = next(spots(shape) for shape in of(found, Stroke, Ink.LINE))[:2]
    assert image.getpixel((round((x0 + x1) / 2 * SCALE), round((y0 + y1) / 2 * SCALE))) == theme.colour(Ink.LINE)
    hollow = next(shape for shape in found.shapes if isinstance(shape, Dot) and shape.edge is Ink.LINE)
    assert image.getpixel((round(hollow.x * SCALE), round(hollow.y * SCALE))) == theme.colour(Ink.PAPER)
    band = spots(of(found, Area, Ink.BAND)[2])  # the third figure's week of few answers has a tall one
    x, top = min(band, key=lambda spot: spot[1]) if band else (0.0, 0.0)
    assert theme.colour(Ink.BAND) in {
        image.getpixel((round(x * SCALE), round((top + 4) * SCALE) + k)) for k in range(30)
    }
    title = next(shape for shape in found.shapes if isinstance(shape, Text))
    row = round((title.y - 4) * SCALE)
    seen = {image.getpixel((round(title.x * SCALE) + k, row)) for k in range(80)}
    assert theme.colour(Ink.TEXT) in seen


def test_the_two_looks_differ_in_colours_alone() -> None:
    light, dark = (png(sheet(scores(), EN), theme) for theme in (LIGHT, DARK))
    assert light != dark
    assert opened(light).size == opened(dark).size


@pytest.mark.parametrize("name", ["12-weeks", "scores"])
def test_equal_pictures_are_equal_bytes_in_any_thread(name: str) -> None:
    picture = {"12-weeks": twelve_weeks("fi"), "scores": scores("fi")}[name]
    alone = draw(picture, texts("fi"))
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda _: draw(picture, texts("fi")), range(8)))
    assert {hashlib.sha256(found).digest() for found in [alone, *beside]} == {hashlib.sha256(alone).digest()}


async def test_it_is_drawn_off_the_event_loop() -> None:
    turns, done = 0, asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    found = await drawn(twelve_weeks(), EN)
    done.set()
    await counting
    assert found == draw(twelve_weeks(), EN)
    assert turns > 10


def test_pillow_is_loaded_with_the_first_picture_only() -> None:
    code = "import sys, adapters.charts, bot.bootstrap; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
