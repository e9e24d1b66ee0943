"""The sample history's weekly message, rendered for each channel and language: exactly what was kept and looked at.

`python -m tests.sample_week` keeps them anew; `python -m tests.browser.weekly_pictures` draws them.
"""

import asyncio
import json

import pytest

from bot.texts import LOCALES
from tests.sample_week import CHANNELS, GOLDEN, renderings

NAMES = [f"{channel}.{locale}" for channel in CHANNELS for locale in LOCALES]
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    return asyncio.run(renderings())


@pytest.mark.parametrize("name", NAMES)
def test_the_rendering_is_the_one_that_was_kept(rendered: dict[str, str], name: str) -> None:
    assert rendered[name] == (GOLDEN / f"{name}.json").read_text("utf-8")


def test_nothing_else_is_kept() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == sorted(NAMES)


@pytest.mark.parametrize("locale", LOCALES)
def test_all_channels_say_the_same_figures(locale: str) -> None:
    kept = ((GOLDEN / f"{channel}.{locale}.json").read_text("utf-8") for channel in CHANNELS)
    web, telegram, slack = map(json.loads, kept)
    for line in web["lines"][:4]:
        assert line in telegram[0]["text"]
        assert line in slack["text"]
    alt = web["picture"]["alt"]
    assert telegram[1]["caption"].replace("\u2060", "").removesuffix("…") in alt
    [image] = [block for block in slack["blocks"] if block["type"] == "image"]
    assert image["alt_text"].removesuffix("…") in alt
