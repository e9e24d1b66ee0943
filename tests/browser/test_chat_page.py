"""The demo page: first run, desk, owner's channel and one-time link, against the stand-in."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stand_in import STATIC
from tests.browser.visits import Scheme

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def claimed(site: Site, *, width: int = 1280, scheme: Scheme = "light") -> Page:
    """The page after its first run, with the customer's chat ready."""
    page = site.open("/chat#claim=sesame", width=width, scheme=scheme, calm=True)
    page.get_by_label("Your name").fill("Sofia")
    page.get_by_label("Name of the business").fill("Acme Oy")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_label(re.compile("^Customer.s address"))).to_have_value("webchat:v-6e340b9cff")
    return page


def test_the_code_leaves_the_address_at_once_and_opens_the_desk(site: Site) -> None:
    page = claimed(site)
    assert page.url == f"{site.url}/chat"
    assert site.desk.claims == [
        {"workspace": "default", "code": "sesame", "name": "Sofia", "business": "Acme Oy", "locale": "en"}
    ]
    expect(page.get_by_role("heading", name="Staff desk")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Staff desk")).to_be_visible()


def test_without_a_code_the_page_says_where_to_find_it(site: Site) -> None:
    page = site.open("/chat?workspace=shop")
    expect(page.get_by_text("in the console where “make run” runs")).to_be_visible()
    page.get_by_label("One-time code").fill("wrong")
    page.get_by_label("Your name").fill("Sofia")
    page.get_by_label("Name of the business").fill("Acme Oy")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_have_text("This code is wrong, used or expired.")
    assert [claim["workspace"] for claim in site.desk.claims] == ["shop"]


def test_a_closed_ticket_asks_the_chat_beside_it(site: Site) -> None:
    page = claimed(site)
    expect(page.get_by_text("Nobody has been asked yet.")).to_be_visible()
    page.get_by_label("Tags").fill("vat, , invoice")
    page.get_by_role("button", name="Close the ticket").click()
    expect(page.get_by_text("Will ask Mikko now.")).to_be_visible()
    assert site.desk.asks == [
        {
            "workspace": "default",
            "survey": "csat",
            "ticket": "T-1042",
            "locale": None,
            "subject": "Invoice shows the wrong VAT",
            "agent": "Anna",
            "team": "Billing",
            "tags": ["vat", "invoice"],
            "to": "webchat:v-6e340b9cff",
            "test": False,
            "dry_run": False,
            "anyway": False,
        }
    ]
    expect(page.get_by_label("Ticket", exact=True)).to_have_value("T-1043")
    page.locator("#customer").get_by_role("radio", name="5").click()
    expect(page.locator("#customer").get_by_role("heading", name="You answered 5.")).to_be_visible()
    expect(page.locator("#asks li")).to_have_text(re.compile(r"· (16 Nov, )?\d{1,2}:\d\d(Cancel)?$"))
    page.get_by_role("button", name="Cancel the question to Mikko Virtanen").click()
    expect(page.get_by_text("The question is cancelled.")).to_be_visible()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_a_look_writes_nothing_and_a_recent_question_can_be_confirmed(site: Site) -> None:
    page = claimed(site)
    page.get_by_role("button", name="Would it be asked?").click()
    expect(page.get_by_text("Will ask Mikko now.")).to_be_visible()
    expect(page.get_by_label("Ticket", exact=True)).to_have_value("T-1042")
    site.desk.recently = True
    page.get_by_role("button", name="Try it on me").click()
    page.get_by_role("button", name="Ask all the same").click()
    expect(page.get_by_text("Asked, not answered yet")).to_be_visible()
    calls = [(ask["dry_run"], ask["test"], ask["anyway"]) for ask in site.desk.asks]
    assert calls == [(True, False, False), (False, True, False), (False, True, True)]


def test_a_new_address_gives_a_link_to_paste(site: Site) -> None:
    page = claimed(site)
    page.get_by_label(re.compile("^Customer.s address")).fill("webchat:new")
    page.get_by_role("button", name="Close the ticket").click()
    expect(page.get_by_text(f"{site.url}/chat#link=one-time")).to_be_visible()


def test_the_owner_looks_at_the_week_so_far(site: Site) -> None:
    page = claimed(site)
    page.get_by_role("button", name="Show this week so far").click()
    card = page.locator("#owner article")
    expect(card.get_by_text("Preview")).to_be_visible()
    expect(card.get_by_role("heading", name="Recommendation fell clearly.")).to_be_visible()
    expect(card.locator(".spark").first).to_have_attribute("aria-hidden", "true")
    expect(page.locator("#owner").get_by_role("textbox")).to_have_count(0)


def test_staff_see_no_owner_messages(site: Site) -> None:
    site.desk.owner = False
    page = claimed(site)
    expect(page.get_by_text("The weekly message is shown to owners only.")).to_be_visible()
    expect(page.get_by_role("button", name="Show this week so far")).to_be_hidden()


def test_a_member_token_that_is_over_leads_back_to_the_code(site: Site) -> None:
    page = claimed(site)
    site.desk.member = "somebody else"
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to this desk")).to_be_visible()


def test_a_one_time_link_shows_the_customers_chat_alone(site: Site) -> None:
    page = site.open("/chat#link=abc")
    expect(page.get_by_role("heading", name="A question for you")).to_be_visible()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    expect(page.get_by_role("heading", name="Staff desk")).to_be_hidden()
    assert [session["link"] for session in site.board.sessions] == ["abc"]
    assert page.title() == "A question for you"


def test_the_language_changes_the_page_and_the_chat(site: Site) -> None:
    page = claimed(site)
    page.get_by_role("button", name="Suomi").click()
    expect(page.get_by_role("heading", name="Asiakkaan keskustelu")).to_be_visible()
    expect(page.get_by_label("Kirjoita viesti")).to_be_visible()
    expect(page.get_by_label("Mitä asia koski")).to_have_value("Laskun ALV on väärin")
    expect(page.get_by_role("button", name="Suomi")).to_be_focused()
    assert page.evaluate("document.documentElement.lang") == "fi"
    page.reload()
    expect(page.get_by_role("heading", name="Asiakaspalvelun pöytä")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(site: Site, width: int, scheme: Scheme) -> None:
    site.board.sample = True
    page = claimed(site, width=width, scheme=scheme)
    page.get_by_role("button", name="Close the ticket").click()
    page.get_by_role("button", name="Show this week so far").click()
    expect(page.get_by_text("Asked, not answered yet")).to_be_visible()
    expect(page.locator("#owner").get_by_text("Preview")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_first_run_is_accessible(site: Site) -> None:
    page = site.open("/chat", width=320)
    expect(page.get_by_label("Your name")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_every_language_has_every_text() -> None:
    texts = json.loads((STATIC / "chat.texts.json").read_text(encoding="utf-8"))
    assert sorted(texts) == ["en", "fi", "sv"]
    for words in texts.values():
        assert sorted(words) == sorted(texts["en"])
        assert all(words.values())
