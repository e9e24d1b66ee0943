"""/survey: whom, about what, with which question, and what the member reads at each step."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.events import Person
from bot.invitation import State
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import (
    ANNA,
    GROUP,
    MIKKO,
    OLLI,
    STRANGER,
    Chat,
    chat,
    in_group,
    invitations,
    labels,
    lines,
    own,
    questions,
)


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(ANNA)
        yield found


async def test_a_ticket_that_is_known_asks_its_customer(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here:
        await here.member(ANNA)
        await here.customer(MIKKO)
        here.world.clock.advance(days=-20)
        await here.world.ask(to=MIKKO.address, ticket="T-1042")
        await here.world.quiet()
        await cancel_all(here)
        here.world.clock.advance(days=20)

        (shown,) = await here.writes(ANNA, "/survey csat T-1042")
        assert shown.address == ANNA.address
        assert shown.prompt.title == "Will ask Mikko Virtanen in Telegram now."
        assert shown.prompt.lines == ("Mikko Virtanen · CSAT · T-1042",)
        assert labels(shown) == ["Ask", "Skip", "Why?"]
        assert [state for state, _ in await invitations(here)] == ["cancelled"]

        sent = await here.presses(ANNA, "Ask", shown)
        (question,) = questions(sent)
        assert question.address == MIKKO.address
        assert "Anna" in question.prompt.header
        (told,) = [one for one in sent if not one.asks]
        assert (told.message, told.address) == ("pressed", ANNA.address)
        assert told.prompt.title == "Asked: Mikko Virtanen, in Telegram."
        assert labels(told) == ["Cancel it"]

        sent = await here.presses(ANNA, "Cancel it", told)
        assert "Taken back:" in lines(sent)
        assert [state for state, _ in await invitations(here)] == ["cancelled", "cancelled"]


async def cancel_all(here: Chat) -> None:
    async with here.world.store.reading() as uow:
        found = await uow.invitations.recent("default", 50)
    for one in found:
        if one.state in {State.SCHEDULED, State.SENT}:
            await here.world.asking.cancel("default", one.id)


async def test_the_kind_is_asked_for_by_buttons(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey mikko VIRT")
    assert shown.prompt.title == "Which question?"
    assert labels(shown) == ["CSAT", "NPS", "CES", "Open question"]
    (verdict,) = await here.presses(ANNA, "NPS", shown)
    assert verdict.prompt.lines == ("Mikko Virtanen · NPS",)
    sent = await here.presses(ANNA, "Ask", verdict)
    assert len(questions(sent)) == 1
    assert await invitations(here) == [("sent", "nps")]


async def test_in_finnish(here: Chat) -> None:
    finn = replace(ANNA, locale="fi-FI")
    await here.customer(MIKKO)
    (shown,) = await here.writes(finn, "/survey csat mikko")
    assert shown.prompt.title == "Kysyn nyt: Mikko Virtanen (Telegram)."
    assert labels(shown) == ["Kysy", "Ohita", "Miksi?"]
    (why,) = await here.presses(finn, "Miksi", shown)
    assert "Automaattinen kysymys tulee enintään kerran 14 päivässä" in lines([why])
    sent = await here.presses(finn, "Kysy", why)
    assert "Kysytty: Mikko Virtanen (Telegram)." in lines(sent)


async def test_asked_recently_is_told_and_can_be_confirmed(here: Chat) -> None:
    await here.customer(MIKKO)
    asked = await here.world.asked(to=MIKKO.address, ticket="T-1")
    await here.world.quiet()
    here.world.clock.advance(days=3)
    await here.world.asking.cancel("default", asked.id)
    await here.world.quiet()
    (shown,) = await here.writes(ANNA, "/survey nps mikko")
    assert shown.prompt.title == "Asked 3 days ago in Telegram (automatic questions: once in 14 days)."
    assert labels(shown)[:2] == ["Ask all the same", "Skip"]
    sent = await here.presses(ANNA, "Ask all", shown)
    assert len(questions(sent)) == 1


async def test_what_became_recent_meanwhile_is_asked_back(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey nps mikko")
    other = await here.world.asked(to=MIKKO.address, ticket="T-1")
    await here.world.quiet()
    await here.world.asking.cancel("default", other.id)
    await here.world.quiet()
    (again,) = await here.presses(ANNA, "Ask", shown)
    assert again.prompt.title.startswith("Asked today in Telegram")
    assert len(questions(await here.presses(ANNA, "Ask all", again))) == 1


async def test_a_refusal_says_why_and_offers_no_ask(here: Chat) -> None:
    customer = await here.customer(MIKKO)
    out = replace(customer, opted_out_at=here.world.clock.now())
    await here.world.store.write(lambda uow: uow.customers.change(out))
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    assert shown.prompt.title == "Will not ask: has asked not to be asked again."
    assert labels(shown) == ["Why?"]
    (why,) = await here.presses(ANNA, "Why?", shown)
    assert "Whoever does not want to be asked is never asked." in why.prompt.lines
    assert labels(why) == []
    # The button was never shown; forged, it asks nobody.
    value = shown.prompt.buttons[0].value.removesuffix("why") + "ask"
    sent = await here.sends(ANNA, value)
    assert questions(sent) == []
    assert "Will not ask" in lines(sent)


async def test_skip_asks_nobody(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    (told,) = await here.presses(ANNA, "Skip", shown)
    assert told.prompt.title == "All right, nobody was asked."
    assert await here.presses(ANNA, "Ask", shown) == []
    assert here.outcome.notice == "This is no longer open. Write /survey again."
    assert await invitations(here) == []


async def test_the_same_ticket_is_not_asked_twice(here: Chat) -> None:
    await here.customer(MIKKO)
    await here.world.ask(to=MIKKO.address, ticket="T-1042")
    await here.world.quiet()
    (shown,) = await here.writes(ANNA, "/survey csat T-1042")
    assert shown.prompt.title == "Will not ask: was already asked about this ticket."
    assert "Asked, not answered yet" in lines([shown])


async def test_an_unknown_ticket_gives_a_link(here: Chat) -> None:
    (shown,) = await here.writes(ANNA, "/survey csat T-1043")
    assert shown.prompt.title.startswith("No chat address known for T-1043.")
    assert any(line.startswith("https://t.me/acme_bot?start=") for line in shown.prompt.lines)
    assert await invitations(here) == [("scheduled", "csat")]

    token = next(line for line in shown.prompt.lines if line.startswith("https:")).partition("start=")[2]
    sent = await here.writes(MIKKO, f"/start {token}")
    (question,) = sent
    assert (question.asks, question.address) == (True, MIKKO.address)
    (again,) = await here.writes(STRANGER, f"/start {token}")
    assert again.prompt.title.startswith("This link is not valid here")
    # Whoever came by a link is found by name afterwards.
    assert "has another question waiting" in lines(await here.writes(ANNA, "/survey nps mikko"))


async def test_telegram_new_asks_by_link_and_the_kind_comes_first(here: Chat) -> None:
    (shown,) = await here.writes(ANNA, "/survey telegram:new")
    assert await invitations(here) == []
    (told,) = await here.presses(ANNA, "CES", shown)
    assert told.prompt.title == "This link asks whoever opens it first:"
    assert await invitations(here) == [("scheduled", "ces")]


async def test_who_has_not_begun_gets_the_question_by_link(here: Chat) -> None:
    (shown,) = await here.writes(ANNA, "/survey csat telegram:42 T-9")
    sent = await here.presses(ANNA, "Ask", shown)
    assert questions(sent) == []
    assert "https://t.me/acme_bot?start=" in lines(sent)
    assert "telegram:42 has to write to me first" in lines(sent)


async def test_several_of_a_name_are_buttons(here: Chat) -> None:
    for number in range(10):
        await here.customer(Person(own(f"5{number}"), f"Liisa <b>{number}</b>", "fi"))
        here.world.clock.advance(minutes=1)
    (shown,) = await here.writes(ANNA, "/survey csat liisa")
    assert len(shown.prompt.buttons) == 8
    assert shown.prompt.buttons[0].label == "Liisa <b>9</b> · Telegram · 16 Nov"
    assert shown.prompt.lines == ("2 more are not shown: write more of the name.",)
    (verdict,) = await here.presses(ANNA, "Liisa <b>8", shown)
    assert verdict.prompt.title == "Will ask Liisa <b>8</b> in Telegram now."


async def test_a_name_with_a_new_ticket(here: Chat) -> None:
    await here.customer(MIKKO)
    (shown,) = await here.writes(ANNA, "/survey csat Mikko T-77")
    assert shown.prompt.lines == ("Mikko Virtanen · CSAT · T-77",)


async def test_nothing_given_shows_the_latest_contacts(here: Chat) -> None:
    (shown,) = await here.writes(ANNA, "/survey")
    assert shown.prompt.title == "Whom shall I ask? Nobody has been in touch yet."
    for number in range(7):
        await here.customer(Person(own(f"5{number}"), f"Liisa {number}", "fi"))
        here.world.clock.advance(minutes=1)
    (shown,) = await here.writes(ANNA, "/survey")
    assert [label.partition(" · ")[0] for label in labels(shown)] == [f"Liisa {n}" for n in (6, 5, 4, 3, 2, 1)]
    (kinds,) = await here.presses(ANNA, "Liisa 3", shown)
    assert kinds.prompt.lines == ("Liisa 3",)


async def test_a_customer_of_another_channel_is_asked_there(here: Chat) -> None:
    await here.customer(replace(MIKKO, address=Address("webchat", "mikko", user="mikko")))
    (shown,) = await here.writes(ANNA, "/survey csat mikko")
    assert shown.prompt.title == "Will ask Mikko Virtanen in web chat now."
    await here.presses(ANNA, "Ask", shown)
    assert len(await here.world.messages("mikko")) == 1


async def test_a_reply_in_a_group_asks_that_person_there_and_talks_in_private(here: Chat) -> None:
    sent = await here.writes(ANNA, "/survey csat T-5", at=in_group("7"), about=MIKKO)
    (shown,) = sent
    assert shown.address == ANNA.address
    assert shown.prompt.title == "Will ask Mikko Virtanen in Telegram (group) now."
    sent = await here.presses(ANNA, "Ask", shown)
    (question,) = questions(sent)
    assert question.address == in_group("42")
    assert question.prompt.for_whom == "Mikko Virtanen"
    assert {one.address.conversation for one in sent if not one.asks} == {"7"}


async def test_the_owners_group_reads_no_customers_name_either(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    await here.world.set(owner_channel="telegram:-100200/5")
    await here.customer(MIKKO)
    (shown,) = await here.writes(OLLI, "/survey csat mikko", at=in_group("8"))
    assert shown.address == OLLI.address
    # The same button pressed on a message of the group: the answer goes to the owner alone.
    (told,) = await here.presses(OLLI, "Why?", shown, at=in_group("8"))
    assert (told.address, told.message) == (OLLI.address, "")


async def test_addresses_that_cannot_be_asked(here: Chat) -> None:
    for typed in ("webchat:owner", "telegram:abc"):
        (shown,) = await here.writes(ANNA, f"/survey csat {typed}")
        assert shown.prompt.title == f"{typed} is no address of a customer."
    (shown,) = await here.writes(ANNA, f"/survey csat telegram:{GROUP.conversation}")
    assert shown.prompt.title == "Will ask telegram:-100200 in Telegram (group) now."
