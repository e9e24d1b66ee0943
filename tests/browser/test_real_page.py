"""What else happens on the page of the running program: withdrawn, changed, refused, restarted, opened by a link."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.real_page import House, Mouse, accessible
from tests.flows.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def rows(server: RunningServer, ticket: str) -> list[dict[str, Any]]:
    exported = server.cli("export", "--format", "jsonl").stdout
    return [row for row in map(json.loads, exported.splitlines()) if row["ticket"] == ticket]


def test_a_cancelled_question_is_withdrawn_before_the_customers_eyes(house: House) -> None:
    desk = house.desk()
    desk.asked("C-1")
    desk.page.get_by_role("button", name=f"Cancel the question to {desk.address}").click()
    expect(desk.verdict).to_have_text("Cancelled")
    expect(desk.customer.get_by_text("This question was withdrawn. You need not do anything.")).to_be_visible()
    expect(desk.customer.get_by_role("radio")).to_have_count(0)
    assert rows(house.server, "C-1") == []


def test_a_changed_score_moves_the_answer_and_keeps_its_history(house: House) -> None:
    desk = house.desk()
    Mouse().tap(desk.asked("C-2"), 1)
    expect(desk.customer.get_by_role("heading", name="You answered 2 of 5.")).to_be_visible()
    desk.customer.get_by_role("button", name="Change").click()
    Mouse().tap(desk.customer.get_by_role("radiogroup"), 4)
    expect(desk.customer.get_by_role("heading", name="You answered 5 of 5.")).to_be_visible()
    [row] = rows(house.server, "C-2")
    assert (row["score"], [entry["score"] for entry in row["history"]]) == (5, [2, 5])


def test_who_wants_no_more_questions_gets_none_and_the_desk_says_why(house: House) -> None:
    desk = house.desk()
    desk.asked("C-3")
    desk.customer.get_by_role("button", name="Don't ask me again").click()
    expect(desk.customer.get_by_text("All right, we will not send you any more questions.")).to_be_visible()
    desk.close_ticket("C-4")
    expect(desk.verdict).to_have_text(re.compile("^Will not ask: .*not to be asked again"))
    expect(desk.customer.get_by_role("radio")).to_have_count(0)


def test_a_reload_keeps_the_conversation(house: House) -> None:
    desk = house.desk()
    address = desk.address
    Mouse().tap(desk.asked("C-5"), 2)
    field = desk.customer.locator("article textarea")
    field.fill("It took a while.")
    field.press("Enter")
    expect(desk.customer.get_by_text("Thank you, your words are kept.")).to_be_visible()
    desk.page.reload()
    expect(desk.address_shown).to_have_text(address)
    card = desk.customer.get_by_role("article")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("You answered 3 of 5.")
    expect(card).to_contain_text("“It took a while.”")


def test_a_stranger_is_told_where_the_link_is(house: House) -> None:
    page = house.open("/chat", calm=True)
    expect(page.get_by_role("heading", name="Sign in to this desk")).to_be_visible()
    expect(page.get_by_text("Open the link that stands in the console")).to_be_visible()
    expect(page.get_by_label("One-time code")).to_be_visible()
    expect(page.locator("#panels")).to_be_hidden()


def test_a_one_time_link_asks_whoever_opens_it_first_and_nobody_else(house: House) -> None:
    desk = house.desk()
    desk.named("to").fill("webchat:new")
    desk.close_ticket("C-6")
    shown = desk.verdict.locator("code").inner_text()
    assert shown.startswith(f"{house.url}/chat#link=")
    first = house.open(shown.removeprefix(house.url), width=320, calm=True)
    expect(first.get_by_role("radio")).to_have_count(5)
    assert first.evaluate("document.documentElement.scrollWidth") <= 320
    accessible(first, "light")
    late = house.open(shown.removeprefix(house.url), calm=True)
    expect(late.get_by_text("Someone has already opened it")).to_be_visible()
    expect(late.get_by_role("radio")).to_have_count(0)
    first.set_viewport_size({"width": 320, "height": 620})
    first.reload()
    # With the line of a first contact the card is taller than a phone: it is read from its beginning.
    expect(first.get_by_role("radio").first).to_be_in_viewport(ratio=1)
    Mouse().tap(first.get_by_role("radiogroup"), 3)
    expect(first.get_by_role("heading", name="You answered 4 of 5.")).to_be_visible()
    first.reload()
    expect(first.get_by_text("You have already answered the question of this link.")).to_be_visible()
    expect(first.get_by_role("heading", name="You answered 4 of 5.")).to_be_visible()
    assert [row["score"] for row in rows(house.server, "C-6")] == [4]


def test_a_link_speaks_the_customers_own_language(house: House) -> None:
    desk = house.desk()
    desk.named("to").fill("webchat:new")
    desk.close_ticket("C-7")
    shown = desk.verdict.locator("code").inner_text()
    page = house.open(shown.removeprefix(house.url), width=320, locale="fi-FI", calm=True)
    expect(page.get_by_role("heading", name="Kuinka tyytyväinen olet saamaasi apuun?")).to_be_in_viewport()
    expect(page.get_by_role("radio").first).to_be_in_viewport()


def test_the_desk_speaks_the_language_of_the_page(house: House) -> None:
    desk = house.desk()
    desk.page.get_by_role("button", name="Suomi").click()
    desk.locale = "fi"
    expect(desk.named("survey").locator("option").first).to_have_text("Kuinka tyytyväinen olet saamaasi apuun?")
    desk.close_ticket("C-8")
    expect(desk.verdict).to_have_text(f"Kysyn nyt: {desk.address}.")
    row = desk.page.locator("#asks li", has_text=desk.address)
    expect(row).to_contain_text("Kysytty, ei vielä vastattu")
    row.get_by_role("button").click()
    expect(desk.verdict).to_have_text("Peruttu")


def test_a_tap_while_the_server_is_down_is_delivered_once(house: House) -> None:
    desk = house.desk()
    with desk.page.expect_response("**/webchat/events"):  # that the question was shown
        question = desk.asked("C-9")
    house.server.kill()
    Mouse().tap(question, 3)
    expect(desk.customer.get_by_text("Not through yet. Trying again.")).to_be_visible()
    expect(desk.customer.get_by_text("No connection right now.")).to_be_visible()
    house.server.start()
    expect(desk.customer.get_by_role("heading", name="You answered 4 of 5.")).to_be_visible()
    expect(desk.customer.get_by_text("No connection right now.")).to_be_hidden()
    [row] = rows(house.server, "C-9")
    assert [entry["score"] for entry in row["history"]] == [4]
    asked = house.server.cli("ask", "--survey", "nps", "--to", desk.address, "--ticket", "C-10")
    assert asked.returncode == 0, asked.stderr
    expect(desk.customer.get_by_role("radio")).to_have_count(11)


def test_the_sample_workspace_says_that_it_is_made_up(sample: tuple[House, str]) -> None:
    house, code = sample
    page = house.open(f"/chat?workspace=sample#claim={code}", calm=True)
    page.get_by_label("Your name").fill("Sofia")
    page.locator("#claim select").select_option("fi")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Esimerkkiaineisto: kaikki on keksittyä")).to_be_visible()
    assert page.url == f"{house.url}/chat?workspace=sample"
    expect(page.locator("#asks li")).to_have_count(6)
    page.get_by_text(re.compile(r"Vanhemmat kysymykset \(\d+\)")).click()
    expect(page.locator("#older-asks li").first).to_be_visible()
    page.get_by_role("button", name="Näytä tämä viikko tähän asti").click()
    card = page.locator("#owner article")
    expect(card).to_contain_text("Luvut ovat keksittyjä esimerkkejä")
    expect(card.locator(".figure b", has_text="CSAT")).to_have_text(re.compile(r"\(CSAT\) \d+\s%$"))
    card.get_by_role("button", name="12 viikkoa").click()
    shown = page.locator("#owner").get_by_role("region", name="Vain sinä näet tämän.")
    expect(shown.get_by_role("heading", name=re.compile("^12 viikkoa · Viikko"))).to_be_focused()
    accessible(page, "light")
