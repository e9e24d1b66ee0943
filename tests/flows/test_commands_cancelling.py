"""/cancel: who may take back which question."""

from collections.abc import AsyncIterator

import pytest

from bot.events import Delivered, Person, ScoreChosen
from bot.invitation import Interaction
from bot.service.asked import AskRequest
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, MIKKO, OLLI, Chat, chat, invitations, labels, lines, own


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(ANNA)
        yield found


async def asked_by(here: Chat, who: str, ticket: str, member: str) -> str:
    request = AskRequest(
        workspace="default", survey="csat", to=own(who), by=f"member:{member}", about=Interaction(ticket=ticket)
    )
    made = (await here.world.asking.ask(request)).invitation
    assert made is not None
    await here.world.quiet()
    return made.id


async def test_cancel_shows_ones_own_and_an_owner_all(here: Chat) -> None:
    await here.member(OLLI, Role.OWNER)
    (none,) = await here.writes(ANNA, "/cancel")
    assert none.prompt.title == "No question of yours is open."
    await here.customer(MIKKO)
    await here.customer(Person(own("43"), "Liisa", "fi"))
    await asked_by(here, "42", "T-1", "member-7")
    theirs = await asked_by(here, "43", "T-2", "member-8")
    (mine,) = await here.writes(ANNA, "/cancel")
    assert labels(mine) == ["Mikko Virtanen · CSAT · T-1 · 16 Nov"]
    (all_,) = await here.writes(OLLI, "/cancel")
    assert len(all_.prompt.buttons) == 2
    assert await here.sends(ANNA, f"c:{theirs}") == []
    assert here.outcome.notice == "This question is not open any more, or it is not yours."
    sent = await here.presses(ANNA, "Mikko", mine)
    assert "Taken back:" in lines(sent)
    assert "Mikko Virtanen · CSAT · T-1 · 16 Nov" in lines(sent)
    # A double tap leaves the message as it is.
    assert await here.presses(ANNA, "Mikko", mine) == []
    assert here.outcome.notice == "This question is answered or over already; nothing was changed."


async def test_cancel_by_ticket_at_once(here: Chat) -> None:
    await here.customer(MIKKO)
    await asked_by(here, "42", "T-1", "member-7")
    (none,) = await here.writes(replace(ANNA, locale="sv"), "/cancel T-9")
    assert none.prompt.title == "Du har ingen öppen fråga om T-9."
    sent = await here.writes(ANNA, "/cancel T-1")
    assert "Taken back:" in lines(sent)
    assert [state for state, _ in await invitations(here)] == ["cancelled"]


async def test_an_answered_question_is_not_taken_back(here: Chat) -> None:
    await here.customer(MIKKO)
    made = await asked_by(here, "42", "T-1", "member-7")
    for event in (Delivered(), ScoreChosen(5)):
        arrival = here.world.arrival(event, made)
        await here.world.store.record(replace(arrival, address=own("42")))
    await here.world.quiet()
    assert await here.sends(ANNA, f"c:{made}") == []
    assert here.outcome.notice == "This question is answered or over already; nothing was changed."
