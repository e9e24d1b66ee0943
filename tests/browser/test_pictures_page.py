"""The pictures in the owner's panel: fetched with the token, in the reader's look, with room kept for them."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, expect

from adapters.charts import size
from bot.picture_text import alt_text
from bot.texts import texts
from tests.browser.conftest import Site, until
from tests.browser.test_chat_page import claimed
from tests.sample_pictures import twelve_weeks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
DATA = re.compile("^data:image/png;base64,")
WIDTH, HEIGHT = size(twelve_weeks(), texts("en"))
ALT = alt_text(twelve_weeks(), texts("en"))


def prompt(**more: Any) -> dict[str, Any]:
    picture = {"light": "webchat/pictures/w", "dark": "webchat/pictures/w?theme=dark", "alt": ALT, "width": WIDTH,
               "height": HEIGHT}  # fmt: skip
    return {"kind": "summary", "lang": "en", "title": "Week 47", "lines": ["CSAT 80 %"], "picture": picture, **more}


def shown(page: Page) -> Locator:
    return page.locator("#owner article.summary img")


def loaded(image: Locator) -> int:
    """The width of the file that is shown, in its own pixels."""
    expect(image).to_have_attribute("src", DATA)
    image.evaluate("(node) => node.decode()")
    return int(image.evaluate("(node) => node.naturalWidth"))


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_owner_sees_it_in_their_own_look_and_in_the_other_once_that_changes(
    site: Site, scheme: Any, other: Any
) -> None:
    page = claimed(site, scheme=scheme)
    site.board.post("w", prompt())
    image = shown(page)
    image.scroll_into_view_if_needed()
    assert loaded(image) == 1080
    assert image.get_attribute("alt") == ALT
    first = image.get_attribute("src")
    page.emulate_media(color_scheme=other)
    until(page, lambda: site.board.pictures == [scheme, other])
    expect(image).not_to_have_attribute("src", first or "")
    page.emulate_media(color_scheme=scheme)  # it is there already
    expect(image).to_have_attribute("src", first or "")
    assert site.board.pictures == [scheme, other]


def test_nothing_jumps_when_it_comes(site: Site) -> None:
    site.board.pictures_away = 1
    page = claimed(site)
    site.board.post("w", prompt())
    image = shown(page)
    image.scroll_into_view_if_needed()
    until(page, lambda: site.board.pictures_away == 0)
    room = image.bounding_box()
    assert room is not None
    assert abs(room["height"] / room["width"] - HEIGHT / WIDTH) < 0.01
    loaded(image)  # it was fetched again
    assert image.bounding_box() == room


def test_it_is_fetched_once_it_comes_into_view(site: Site) -> None:
    page = claimed(site)
    site.board.post("w", prompt(lines=["A long message."] * 80))
    expect(shown(page)).to_have_count(1)
    page.locator("#owner article.summary h3").scroll_into_view_if_needed()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert site.board.pictures == []
    shown(page).scroll_into_view_if_needed()
    until(page, lambda: site.board.pictures == ["light"])


def test_a_customers_chat_shows_none(site: Site) -> None:
    page = site.open()
    site.board.post("w", prompt())
    expect(page.get_by_text("Week 47")).to_be_visible()
    expect(page.locator("img")).to_have_count(0)
    assert site.board.pictures == []


def test_a_message_with_a_picture_is_accessible(site: Site) -> None:
    page = claimed(site)
    site.board.post("w", prompt())
    shown(page).scroll_into_view_if_needed()
    loaded(shown(page))
    found = Axe().run(page)
    assert found.response["violations"] == []
