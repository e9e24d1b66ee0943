"""The whole job on the page of the running program: claim, ask, tap, write, read the week."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.real_page import Desk, Hands, House, Keyboard, Mouse, accessible, held, printed_code
from tests.browser.visits import Scheme

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


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
    for scheme in SCHEMES:
        accessible(page, scheme)
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def claim(fresh: House, locale: str, *, keys: bool) -> tuple[Page, Hands]:
    """Opens the printed link and becomes the owner."""
    code = printed_code(fresh.server)
    page = fresh.open(f"/chat#claim={code}", calm=True)
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
    assert addresses
    assert not [address for address in addresses if code in address]
    return page, hands


def close_ticket(desk: Desk, hands: Hands, walk: Walk) -> None:
    """The verdict in words, and the question beside it."""
    expect(desk.page.get_by_text(desk.word("no_asks"))).to_be_visible()
    expect(desk.address_shown).to_contain_text("webchat:v-")  # until then the browser itself refuses the form
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
    with desk.page.expect_response("**/chat/preview") as answered:
        hands.press(desk.button("preview_button"))
    week = answered.value.json()["summary"]["week"]
    cards = desk.owner.get_by_role("article").filter(has_text=walk.figure)  # a low score's own card may stand there too
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text(desk.word("preview"))
    expect(cards.first).to_contain_text(re.compile(r"\b1 (answer|vastaus)\b"))
    expect(cards.first).to_contain_text(walk.sentence)
    held(desk.page)
    posted = fresh.server.cli("summary", "--post", "--week", week)
    assert posted.returncode == 0, posted.stderr
    expect(cards).to_have_count(2)
    expect(cards.filter(has_text=desk.word("preview"))).to_have_count(1)
