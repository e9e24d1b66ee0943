"""The widget when the line to Pulssi is cut, slow, refused or split into pieces."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, sent, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def test_a_cut_stream_is_taken_up_again_without_gaps_or_doubles(site: Site) -> None:
    site.board.ask("m-1")
    page = site.open()
    expect(page.get_by_role("article")).to_have_count(1)
    site.board.hang_up()
    site.board.ask("m-2")
    site.board.thank("m-1", 5)
    expect(page.get_by_role("heading", name="You answered 5.")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(2)
    assert site.board.resumed_from == [None, "1"]
    site.board.post("m-2", None)
    expect(page.get_by_role("article")).to_have_count(1)


def test_a_message_that_comes_again_changes_nothing(site: Site) -> None:
    site.board.thank("m-1", 2)
    page = site.open()
    page.locator("article").evaluate("card => card.id = 'same'")
    site.board.forgetful = True
    site.board.hang_up()
    until(page, lambda: len(site.board.resumed_from) == 2)
    site.board.ask("m-2")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator("article").first).to_have_id("same")


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


def test_being_offline_is_said_in_words(site: Site) -> None:
    page = site.open()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("No connection right now.")).to_be_visible()
    page.context.set_offline(False)
    site.board.hang_up()
    expect(page.get_by_text("No connection right now.")).to_be_hidden()
