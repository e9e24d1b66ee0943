"""What a button of a menu is answered with: texts and forms below its message, for whoever pressed it alone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, sent, until
from tests.browser.visits import Scheme

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def button(label: str, value: str, *, danger: bool = False) -> dict[str, Any]:
    return {"action": "menu", "label": label, "token": None, "danger": danger, "value": value}


def prompt(title: str, *lines: str, buttons: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"kind": "info", "lang": "en", "title": title, "lines": list(lines), "buttons": list(buttons)}


COMMENTS = prompt("Comments of week 47", "“The VAT line again” · 2 of 5", buttons=(button("More", "f:com:2"),))
NOTE: dict[str, Any] = {
    "lang": "en",
    "title": "What was done?",
    "submit": "Done",
    "close": "Cancel",
    "state": "signed",
    "fields": [
        {"name": "words", "kind": "text", "label": "In a sentence", "value": "", "hint": "The customer reads it.",
         "options": [], "needed": True, "longest": 300, "multiline": True},
        {"name": "how", "kind": "choice", "label": "How", "value": "call", "hint": None, "needed": True, "longest": 200,
         "multiline": False,
         "options": [{"value": "mail", "label": "By mail"}, {"value": "call", "label": "By phone"}]},
    ],
}  # fmt: skip


def shown(site: Site, **look: Any) -> Page:
    """A message with buttons in a customer's chat."""
    buttons = (button("Comments", "f:com"), button("Answer it", "c:told"), button("I take it", "c:mine"))
    site.board.post("d-7", {**prompt("Week 47", buttons=buttons), "kind": "summary"})
    site.board.answers = {
        "f:com": {"prompts": [COMMENTS]},
        "f:com:2": {"prompts": [prompt("Comments of week 47, the rest", "“Thanks” · 5 of 5")]},
        "c:told": {"form": NOTE},
        "c:mine": {"notice": "You take it."},
        "signed": {"notice": "It is told."},
    }
    page = site.open(calm=True, **look)
    expect(page.get_by_role("button", name="Comments")).to_be_visible()
    return page


def aside(page: Page) -> Locator:
    return page.get_by_role("region", name="Only you see this.")


def test_an_answer_stands_below_its_message_with_the_focus_until_it_is_closed(site: Site) -> None:
    page = shown(site)
    page.get_by_role("button", name="Comments").press("Enter")
    heading = aside(page).get_by_role("heading", name="Comments of week 47")
    expect(heading).to_be_focused()
    expect(aside(page).get_by_text("“The VAT line again” · 2 of 5")).to_be_visible()
    assert page.locator("article + section").count() == 1
    [event] = sent(site, "menu")
    assert (event["value"], event["message"], event["locale"]) == ("f:com", "d-7", "en")
    page.keyboard.press("Shift+Tab")
    expect(aside(page).get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(aside(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Comments")).to_be_focused()


def test_the_next_page_takes_its_place_and_escape_closes_it_and_not_the_chat(site: Site) -> None:
    page = shown(site)
    page.get_by_role("button", name="Comments").click()
    aside(page).get_by_role("button", name="More").click()
    expect(aside(page).get_by_role("heading", name="Comments of week 47, the rest")).to_be_focused()
    expect(aside(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(aside(page)).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Comments")).to_be_focused()


def test_two_presses_in_one_breath_are_one_and_a_reload_clears_the_answer_away(site: Site) -> None:
    page = shown(site)
    page.get_by_role("button", name="Comments").evaluate("(node) => { node.click(); node.click(); }")
    expect(aside(page)).to_have_count(1)
    assert len(sent(site, "menu")) == 1
    page.reload()
    expect(page.get_by_role("button", name="Comments")).to_be_visible()
    expect(aside(page)).to_have_count(0)


def test_a_sentence_is_said_once_below_its_message(site: Site) -> None:
    page = shown(site)
    for number in (1, 2):
        page.get_by_role("button", name="I take it").click()
        until(page, lambda wanted=number: len(sent(site, "menu")) == wanted)  # type: ignore[misc]
        expect(page.get_by_text("You take it.")).to_have_count(1)
    expect(page.get_by_role("button", name="I take it")).to_be_focused()


def test_a_form_names_what_is_missing_and_sends_what_was_written(site: Site) -> None:
    page = shown(site)
    page.get_by_role("button", name="Answer it").click()
    expect(aside(page).get_by_role("heading", name="What was done?")).to_be_focused()
    words = aside(page).get_by_label("In a sentence")
    expect(words).to_have_accessible_description("The customer reads it.")
    aside(page).get_by_role("button", name="Done").click()
    expect(words).to_be_focused()
    expect(words).to_have_accessible_description("The customer reads it. Something has to stand here.")
    expect(words).to_have_attribute("aria-invalid", "true")
    words.fill("x" * 301)
    aside(page).get_by_role("button", name="Done").click()
    expect(aside(page).get_by_text("at most 300 characters")).to_be_visible()
    assert sent(site, "form") == []
    words.fill("The VAT line is right now.")
    expect(aside(page).get_by_label("How")).to_have_value("call")
    aside(page).get_by_role("button", name="Done").click()
    expect(page.get_by_text("It is told.")).to_be_visible()
    expect(aside(page)).to_have_count(0)
    [event] = sent(site, "form")
    assert event["values"] == {"words": "The VAT line is right now.", "how": "call"}
    assert (event["state"], event["message"]) == ("signed", "d-7")


def test_what_the_server_misses_in_a_form_keeps_it_open(site: Site) -> None:
    page = shown(site)
    site.board.answers["signed"] = {"errors": {"words": "Write it in another way.", "person": "Choose somebody."}}
    page.get_by_role("button", name="Answer it").click()
    words = aside(page).get_by_label("In a sentence")
    words.fill("x")
    words.press("Tab")
    aside(page).get_by_role("button", name="Done").press("Enter")
    expect(words).to_be_focused()
    expect(words).to_have_value("x")
    expect(words).to_have_accessible_description("The customer reads it. Write it in another way.")
    expect(aside(page).get_by_role("alert")).to_have_text("Choose somebody.")
    aside(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Answer it")).to_be_focused()


def test_a_press_waits_for_the_server_and_goes_with_the_same_id(site: Site) -> None:
    page = shown(site)
    site.board.refuse_next = 1
    page.get_by_role("button", name="Comments").click()
    expect(page.get_by_text("Not through yet. Trying again.")).to_be_visible()
    expect(aside(page)).to_have_count(1)
    expect(page.get_by_text("Not through yet.")).to_be_hidden()
    tries = [event["event_id"] for event in site.board.attempts if event["type"] == "menu"]
    assert len(tries) == 2
    assert len(set(tries)) == 1


def test_whoever_went_on_meanwhile_keeps_the_focus(site: Site) -> None:
    page = shown(site)
    site.board.refuse_next = 1
    page.get_by_role("button", name="Comments").click()
    field = page.get_by_label("Write a message")
    field.click()
    expect(aside(page)).to_have_count(1)
    expect(field).to_be_focused()


def test_the_answer_stays_when_its_message_is_replaced(site: Site) -> None:
    page = shown(site)
    page.get_by_role("button", name="Comments").click()
    expect(aside(page)).to_have_count(1)
    site.board.post("d-7", prompt("Sofia takes it."))
    expect(page.get_by_role("heading", name="Sofia takes it.")).to_be_visible()
    expect(aside(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Sofia takes it.")).to_be_focused()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(site: Site, width: int, scheme: Scheme) -> None:
    page = shown(site, width=width, scheme=scheme)
    page.get_by_role("button", name="Answer it").click()
    aside(page).get_by_role("button", name="Done").click()
    expect(aside(page).get_by_text("Something has to stand here.")).to_be_visible()
    _clean(page, width)
    page.get_by_role("button", name="Comments").click()
    expect(aside(page).get_by_role("button", name="More")).to_be_visible()
    _clean(page, width)


def _clean(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("log").evaluate("log => log.scrollWidth - log.clientWidth") == 0
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
