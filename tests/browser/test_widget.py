"""The widget on a company's page, driven as people drive it, against a stand-in server."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import Scheme, Site
from tests.browser.stand_in import STATIC

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def until(page: Page, true: Callable[[], bool]) -> None:
    """Let the browser run until something is true on the server's side, for at most 8 s."""
    for _ in range(400):
        if true():
            return
        page.wait_for_timeout(20)
    pytest.fail("It did not happen within 8 s.")


def sent(site: Site, kind: str) -> list[dict[str, object]]:
    return [event for event in site.board.events if event["type"] == kind]


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


def test_a_cut_stream_is_taken_up_again_without_gaps_or_doubles(site: Site) -> None:
    site.board.ask("m-1")
    page = site.open()
    expect(page.get_by_role("article")).to_have_count(1)
    site.board.cut += 1
    site.board.ask("m-2")
    site.board.thank("m-1", 5)
    expect(page.get_by_role("heading", name="You answered 5.")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(2)
    assert site.board.resumed_from == [None, "1"]
    site.board.post("m-2", None)
    expect(page.get_by_role("article")).to_have_count(1)


def test_bytes_may_arrive_one_by_one(site: Site) -> None:
    site.board.splinter = True
    site.board.post("m-1", {"kind": "info", "lang": "fi", "title": "Ääkköset · ”näin” 🎉", "lines": ["yksi\nkaksi"]})
    page = site.open()
    expect(page.get_by_role("heading", name="Ääkköset · ”näin” 🎉")).to_be_visible()
    assert page.locator("article p").first.inner_text() == "yksi\nkaksi"


def test_a_message_that_cannot_be_drawn_does_not_stop_the_next(site: Site) -> None:
    site.board.post("m-1", {"kind": "info", "lang": "en", "lines": "not a list"})
    site.board.ask("m-2")
    page = site.open()
    expect(page.get_by_role("radio")).to_have_count(5)
    assert [complaint.startswith("Pulssi could not show a message.") for complaint in site.complaints] == [True]
    site.complaints.clear()


def test_a_database_that_is_away_gets_the_same_event_again(site: Site) -> None:
    site.board.ask()
    page = site.open()
    until(page, lambda: len(sent(site, "shown")) == 1)
    site.board.attempts.clear()
    site.board.refuse_next = 2
    page.get_by_role("radio", name="5").click()
    expect(page.get_by_text("Not through yet. Trying again.")).to_be_visible()
    expect(page.get_by_role("radiogroup")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("heading", name="You answered 5.")).to_be_visible()
    assert len(site.board.attempts) == 3
    assert len({event["event_id"] for event in site.board.attempts}) == 1


def test_an_answer_outlives_a_reload_before_it_got_through(site: Site) -> None:
    site.board.ask()
    page = site.open()
    until(page, lambda: len(sent(site, "shown")) == 1)
    site.board.attempts.clear()
    site.board.refuse_next = 1
    page.get_by_role("radio", name="4").click()
    until(page, lambda: len(site.board.attempts) == 1)
    page.reload()
    expect(page.get_by_role("heading", name="You answered 4.")).to_be_visible()
    assert len({event["event_id"] for event in site.board.attempts}) == 1
    assert site.board.sessions[1]["token"] is not None


def test_a_refused_answer_says_why_and_can_be_given_again(site: Site) -> None:
    site.board.ask()
    page = site.open()
    until(page, lambda: len(sent(site, "shown")) == 1)
    site.board.forged = True
    page.get_by_role("radio", name="1").click()
    expect(page.get_by_role("alert")).to_have_text(
        "This question is meant for someone else, so your answer was not stored."
    )
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    assert len([event for event in site.board.attempts if event["type"] == "score"]) == 1
    site.board.forged = False
    page.get_by_role("radio", name="1").click()
    expect(page.get_by_role("heading", name="You answered 1.")).to_be_visible()


def test_an_expired_session_is_renewed_and_the_answer_still_arrives(site: Site) -> None:
    site.board.ask()
    page = site.open()
    until(page, lambda: len(sent(site, "shown")) == 1)
    page.evaluate(
        "for (const key of Object.keys(localStorage)) if (key.endsWith(':token')) localStorage.setItem(key, 'old')"
    )
    page.reload()
    expect(page.get_by_role("radio")).to_have_count(5)
    assert [session["token"] for session in site.board.sessions] == [None, "old", None]
    site.board.expired = True
    page.get_by_label("Write a message").fill("Hello")
    page.keyboard.press("Enter")
    until(page, lambda: [event["text"] for event in sent(site, "text")] == ["Hello"])


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
    assert apart.all_inner_texts() == ["Delete my answer", "Don't ask me again"]
    page.get_by_role("button", name="Not solved yet").dblclick()
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


def test_being_offline_is_said_in_words(site: Site) -> None:
    page = site.open()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("No connection right now.")).to_be_visible()
    page.context.set_offline(False)
    site.board.cut += 1
    expect(page.get_by_text("No connection right now.")).to_be_hidden()


def test_it_is_small() -> None:
    assert len(gzip.compress((STATIC / "widget.js").read_bytes())) < 15_000
