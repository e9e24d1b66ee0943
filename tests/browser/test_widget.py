"""The widget on a company's page, driven as people drive it, against a stand-in server."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sent, until
from tests.browser.stand_in import STATIC
from tests.browser.visits import Scheme

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def focused(page: Page) -> str:
    """What has the focus inside the widget, as its own words."""
    script = "() => document.querySelector('body > div').shadowRoot.activeElement?.textContent"
    return str(page.evaluate(script))


def test_nothing_is_chosen_until_a_tap_which_turns_the_question_into_thanks(site: Site) -> None:
    site.board.ask()
    page = site.open()
    expect(page.get_by_role("radio")).to_have_count(5)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("radio", name="2").click()
    expect(page.get_by_role("heading", name="You answered 2.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    assert [event["score"] for event in sent(site, "score")] == [2]


def test_zero_is_sent_as_a_number(site: Site) -> None:
    site.board.ask(survey="nps")
    page = site.open()
    page.get_by_role("radio", name="0, not at all likely", exact=True).click()
    until(page, lambda: [event["score"] for event in sent(site, "score")] == [0])


def test_keys_alone_are_enough_and_arrows_only_move(site: Site) -> None:
    site.board.ask()
    page = site.open()
    page.get_by_role("radio", name="1, very dissatisfied").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "End", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="4")).to_be_focused()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    assert sent(site, "score") == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You answered 4.")).to_be_focused()
    assert [event["score"] for event in sent(site, "score")] == [4]


def test_focus_stays_in_the_message_that_is_replaced(site: Site) -> None:
    site.board.ask()
    page = site.open()
    page.get_by_role("radio", name="3").press("Space")
    until(page, lambda: focused(page).startswith("You answered 3."))
    page.keyboard.press("Tab")
    page.keyboard.type("half a")
    site.board.thank("m-1", 3)
    field = page.get_by_label("Write it here if you like.")
    until(page, lambda: page.locator("article").get_attribute("lang") == "en")
    expect(field).to_be_focused()
    expect(field).to_have_value("half a")


def test_the_group_is_named_by_the_question_and_described_by_its_ends(site: Site) -> None:
    site.board.ask()
    page = site.open()
    group = page.get_by_role("radiogroup", name="How satisfied are you with the help you got?")
    expect(group).to_have_accessible_description("1 = very dissatisfied 5 = very satisfied")
    expect(page.get_by_role("radio", name="5, very satisfied")).to_have_attribute("aria-checked", "false")


def test_a_question_is_shown_only_when_it_is_seen(site: Site) -> None:
    site.board.ask()
    page = site.open("/")
    launcher = page.get_by_role("button", name="Open the chat. New message (1)")
    expect(launcher).to_be_visible()
    page.wait_for_timeout(300)
    assert sent(site, "shown") == []
    expect(page.locator("body")).to_be_focused()
    launcher.click()
    until(page, lambda: [event["token"] for event in sent(site, "shown")] == ["s-m-1"])
    page.reload()
    expect(page.get_by_role("radio")).to_have_count(5)
    page.wait_for_timeout(300)
    assert len(sent(site, "shown")) == 1


def test_a_question_below_the_fold_waits_for_the_eye(site: Site) -> None:
    for number in range(4):
        site.board.ask(f"m-{number}")
    page = site.open()
    until(page, lambda: len(sent(site, "shown")) > 0)
    page.wait_for_timeout(200)
    assert "s-m-0" not in [event["token"] for event in sent(site, "shown")]
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -5000)
    until(page, lambda: "s-m-0" in [event["token"] for event in sent(site, "shown")])


def test_escape_closes_and_gives_the_focus_back(site: Site) -> None:
    page = site.open("/")
    page.get_by_role("button", name="Open the chat").click()
    expect(page.get_by_role("dialog", name="Acme Oy")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Open the chat")).to_be_focused()


def test_words_go_with_enter_and_break_with_shift_enter(site: Site) -> None:
    site.board.thank("m-1", 2)
    page = site.open()
    field = page.get_by_label("Write it here if you like.")
    field.click()
    page.keyboard.type("The VAT line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("again")
    assert sent(site, "comment") == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you, your words are kept.")).to_be_focused()
    expect(page.get_by_text("The VAT line again")).to_be_visible()
    assert [event["text"] for event in sent(site, "comment")] == ["The VAT line\nagain"]


def test_enter_that_ends_a_composition_sends_nothing(site: Site) -> None:
    page = site.open()
    field = page.get_by_label("Write a message")
    field.fill("にほん")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    page.wait_for_timeout(100)
    expect(field).to_have_value("にほん")
    assert sent(site, "text") == []


def test_too_many_words_stay_in_the_field_with_a_kind_line(site: Site) -> None:
    site.board.thank("m-1", 2)
    page = site.open()
    page.get_by_label("Write it here if you like.").fill("x" * 61)
    expect(page.get_by_text("61 / 60")).to_be_visible()
    page.locator("article").get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("That is a little too long: at most 60 characters, please.")
    assert sent(site, "comment") == []


def test_chat_words_are_echoed_and_answered_with_a_notice(site: Site) -> None:
    page = site.open()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.get_by_label("Write a message").fill("<b>hello</b>")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("<b>hello</b>")).to_be_visible()
    expect(page.get_by_text("There is no open question right now")).to_be_visible()
    expect(page.get_by_text("Nothing here yet.")).to_be_hidden()
    assert [(event["text"], event["reply_to"]) for event in sent(site, "text")] == [("<b>hello</b>", None)]


def test_buttons_press_once_and_the_grave_ones_stand_apart(site: Site) -> None:
    site.board.thank("m-1", 2)
    page = site.open()
    apart = page.locator(".small button")
    expect(apart).to_have_text(["Delete my answer", "Don't ask me again"])
    # Both presses in one breath: however fast the server is, it has not answered the first one yet.
    page.get_by_role("button", name="Not solved yet").evaluate("(node) => { node.click(); node.click(); }")
    expect(page.get_by_role("heading", name="Done.")).to_be_visible()
    assert [event["action"] for event in sent(site, "press")] == ["not_solved"]


@pytest.mark.parametrize("survey", ["csat", "ces", "nps"])
def test_a_phone_of_320_pixels_is_wide_enough(site: Site, survey: str) -> None:
    site.board.ask(survey=survey)
    page = site.open(width=320)
    expect(page.get_by_role("radio").last).to_be_visible()
    page.get_by_role("radio").last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    log = page.get_by_role("log")
    assert log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
    boxes = [box for radio in page.get_by_role("radio").all() if (box := radio.bounding_box())]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
    assert max(box["x"] + box["width"] for box in boxes) <= 320
    assert len({box["y"] for box in boxes}) <= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Site, scheme: Scheme) -> None:
    site.board.sample = True
    site.board.ask("m-1")
    site.board.thank("m-2", 2)
    page = site.open(scheme=scheme, calm=True)
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_label("Write a message").fill("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no open question")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_reduced_motion_moves_nothing(site: Site) -> None:
    site.board.ask()
    page = site.open(calm=True)
    assert page.locator("article").evaluate("card => getComputedStyle(card).animationName") == "none"
    moving = site.open()
    assert moving.locator("article").evaluate("card => getComputedStyle(card).animationName") == "rise"


def test_a_panel_in_the_page_tells_its_address(site: Site) -> None:
    page = site.open("/?mount=%23here&locale=fi")
    expect(page.get_by_text("Täällä ei ole vielä mitään.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.locator("#here").bounding_box() is not None
    assert page.evaluate("Object.keys(window.Pulssi).sort().join()") == "close,mount,open"
    assert [session["locale"] for session in site.board.sessions] == ["fi"]


def test_a_signed_identity_goes_with_the_session(site: Site) -> None:
    page = site.open("/?open&identity-id=customer-42&identity-exp=1795000000&identity-signature=abc&workspace=shop")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    asked = site.board.sessions[0]
    assert asked["identity"] == {"id": "customer-42", "name": None, "exp": 1795000000, "signature": "abc"}
    assert (asked["workspace"], asked["token"]) == ("shop", None)


def test_it_is_small() -> None:
    assert len(gzip.compress((STATIC / "widget.js").read_bytes())) < 15_000
