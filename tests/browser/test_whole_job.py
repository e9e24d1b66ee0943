"""The whole job on the page of the running program: claim, ask, tap, write, read the week."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Scheme
from tests.browser.real_page import PATIENCE, Desk, Hands, House, Keyboard, Mouse, held
from tests.flows.server import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5000)


def visited(server: RunningServer, browser: Browser, member: str = "") -> Iterator[House]:
    """The browsers close before the server does, and none of them may have complained."""
    house = House(url=server.url, browser=browser, patience=PATIENCE, server=server, member=member)
    try:
        yield house
    finally:
        house.close()
    assert house.complaints == []


@pytest.fixture
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that nobody has claimed yet."""
    with RunningServer(tmp_path_factory.mktemp("fresh"), PULSSI_TIMEZONE="Europe/Helsinki") as server:
        yield from visited(server, browser)


@pytest.fixture(scope="module")
def claimed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, str]]:
    with RunningServer(tmp_path_factory.mktemp("claimed")) as server:
        yield server, server.claim()


@pytest.fixture
def house(browser: Browser, claimed_server: tuple[RunningServer, str]) -> Iterator[House]:
    server, member = claimed_server
    yield from visited(server, browser, member)


def this_week(server: RunningServer) -> str:
    monday = date.fromisoformat(json.loads(server.cli("kpi", "--survey", "csat", "--json").stdout)["from"])
    return f"{monday:%G-W%V}"


def rows(server: RunningServer, ticket: str) -> list[dict[str, Any]]:
    exported = server.cli("export", "--format", "jsonl").stdout
    return [row for row in map(json.loads, exported.splitlines()) if row["ticket"] == ticket]


@dataclass(frozen=True)
class Walk:
    """What one walk asks, answers and reads."""

    locale: str
    survey: str
    place: int  # of the button, the first being 0
    verdict: str
    header: str
    question: str
    thanks: str
    follow_up: str
    sentence: str
    kept: str
    figure: str


ENGLISH_CSAT = Walk(
    "en", "csat", 1, "Will ask {address} now.", "Acme Oy asks · Invoice shows the wrong VAT · Anna, Billing",
    "How satisfied are you with the help you got?", "You answered 2 of 5.", "What should we have done better?",
    "The VAT line <b>again</b>.", "Thank you, your words are kept.", "CSAT 0 %",
)  # fmt: skip
ENGLISH_NPS = Walk(
    "en", "nps", 0, "Will ask {address} now.", "Acme Oy asks · Invoice shows the wrong VAT · Anna, Billing",
    "How likely are you to recommend us", "You answered 0 of 10.", "What is the main reason for your score?",
    "Nobody called back.", "Thank you, your words are kept.", "NPS \u2212100",
)  # fmt: skip
FINNISH_CSAT = Walk(
    "fi", "csat", 4, "Kysyn nyt: {address}.", "Acme Oy kysyy · Laskun ALV on väärin · Anna, Laskutus",
    "Kuinka tyytyväinen olet saamaasi apuun?", "Vastasit 5 (asteikko 1\u20135).", "Mikä onnistui erityisen hyvin?",
    "Anna korjasi laskun heti.", "Kiitos, viestisi on tallennettu.", "Asiakastyytyväisyys (CSAT) 100 %",
)  # fmt: skip
FINNISH_NPS = Walk(
    "fi", "nps", 10, "Kysyn nyt: {address}.", "Acme Oy kysyy · Laskun ALV on väärin · Anna, Laskutus",
    "Kuinka todennäköisesti suosittelisit meitä", "Vastasit 10 (asteikko 0\u201310).", "Mikä meissä on parasta?",
    "Hyvää työtä.", "Kiitos, viestisi on tallennettu.", "Suositteluhalukkuus (NPS) 100",
)  # fmt: skip


@pytest.mark.parametrize(
    ("walk", "keys"),
    [(ENGLISH_CSAT, False), (ENGLISH_NPS, True), (FINNISH_CSAT, True), (FINNISH_NPS, False)],
    ids=["en-mouse", "en-keyboard", "fi-keyboard", "fi-mouse"],
)
def test_from_the_printed_link_to_the_weekly_message(fresh: House, walk: Walk, keys: bool) -> None:
    page, hands = claim(fresh, walk.locale, keys=keys)
    desk = Desk(page, walk.locale)
    close_ticket(desk, hands, walk)
    answer(desk, hands, walk)
    read_the_week(fresh, desk, hands, walk)
    for scheme in ("light", "dark"):
        accessible(page, scheme)
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def claim(fresh: House, locale: str, *, keys: bool) -> tuple[Page, Hands]:
    """Opens the printed link and becomes the owner."""
    page = fresh.open(f"/chat#claim={fresh.server.claim_code}", calm=True)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    hands: Hands = Keyboard(page) if keys else Mouse()
    expect(page).to_have_url(f"{fresh.url}/chat")
    if locale == "fi":
        hands.press(page.get_by_role("button", name="Suomi"))
    word = Desk(page, locale).word
    hands.write(page.get_by_label(word("your_name")), "Sofia")
    hands.write(page.get_by_label(word("business_name")), "Acme Oy")
    hands.press(page.get_by_role("button", name=word("begin")))
    expect(page.get_by_role("heading", name=word("desk_title"))).to_be_focused()
    expect(page.get_by_text(word("role_owner").format(name="Sofia"))).to_be_visible()
    assert not [address for address in addresses if fresh.server.claim_code in address]
    return page, hands


def close_ticket(desk: Desk, hands: Hands, walk: Walk) -> None:
    """The verdict in words, and the question beside it."""
    expect(desk.page.get_by_text(desk.word("no_asks"))).to_be_visible()
    assert desk.named("survey").input_value() == "csat"
    if walk.survey != "csat":
        hands.choose(desk.named("survey"), walk.survey)
    hands.press(desk.button("close_ticket"))
    expect(desk.verdict).to_have_text(walk.verdict.format(address=desk.address))
    held(desk.page)
    expect(desk.customer.get_by_text(walk.header)).to_be_visible()
    question = desk.customer.get_by_role("radiogroup", name=re.compile(re.escape(walk.question)))
    expect(question.get_by_role("radio", checked=True)).to_have_count(0)
    expect(question).to_be_visible()


def answer(desk: Desk, hands: Hands, walk: Walk) -> None:
    """One tap, and a sentence into the same message."""
    hands.tap(desk.customer.get_by_role("radiogroup"), walk.place)
    card = desk.customer.get_by_role("article")
    expect(card).to_contain_text(walk.thanks)
    held(desk.page)
    expect(card).to_contain_text(walk.follow_up)
    hands.write(card.get_by_role("textbox"), walk.sentence)
    hands.press(card.locator("button.send"))
    expect(card).to_contain_text(walk.kept)
    expect(card).to_contain_text(walk.sentence)
    expect(card.get_by_role("textbox")).to_have_count(0)
    held(desk.page)
    expect(desk.page.locator("#asks .answered")).to_have_count(1)


def read_the_week(fresh: House, desk: Desk, hands: Hands, walk: Walk) -> None:
    """A preview at a button's press; the posted message comes by itself."""
    hands.press(desk.button("preview_button"))
    cards = desk.owner.get_by_role("article")
    expect(cards).to_contain_text([walk.figure])
    expect(cards.first).to_contain_text(desk.word("preview"))
    expect(cards.first).to_contain_text(re.compile(r"\b1 (answer|vastaus)\b"))
    expect(cards.first).to_contain_text(walk.sentence)
    held(desk.page)
    posted = fresh.server.cli("summary", "--post", "--week", this_week(fresh.server))
    assert posted.returncode == 0, posted.stderr
    expect(cards).to_contain_text([walk.figure, walk.figure])
    expect(cards.filter(has_text=desk.word("preview"))).to_have_count(1)


def accessible(page: Page, scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


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
    first.reload()
    Mouse().tap(first.get_by_role("radiogroup"), 3)
    expect(first.get_by_role("heading", name="You answered 4 of 5.")).to_be_visible()
    first.reload()
    expect(first.get_by_text("The question of this link is already answered or closed.")).to_be_visible()
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
    question = desk.asked("C-9")
    expect(desk.page.locator("#asks li", has_text=desk.address)).to_contain_text("Asked, not answered yet")
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


def test_the_sample_workspace_says_that_it_is_made_up(house: House) -> None:
    made = house.server.cli("demo")
    code = re.search(r"#claim=(\S+)", made.stdout)
    assert code is not None, made.stderr
    page = house.open(f"/chat?workspace=sample#claim={code[1]}", calm=True)
    page.get_by_label("Your name").fill("Sofia")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Sample data: everything here is made up")).to_be_visible()
    assert page.url == f"{house.url}/chat?workspace=sample"
    expect(page.locator("#asks li")).to_have_count(6)
    page.get_by_text(re.compile(r"Older questions \(\d+\)")).click()
    expect(page.locator("#older-asks li").first).to_be_visible()
    page.get_by_role("button", name="Show this week so far").click()
    expect(page.locator("#owner article")).to_contain_text("These are sample figures, made up to show the message.")
    accessible(page, "light")
