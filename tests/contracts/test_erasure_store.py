"""Whoever is erased is gone from every table, and the score stays, on both databases."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.address import Address
from bot.counting import cells
from bot.errors import Conflict
from bot.events import Arrival, CommentWritten
from bot.invitation import Interaction, Invitation, State
from bot.ports import Dispatch, Saved, StoredMessage
from bot.prompts import Prompt, PromptKind
from bot.steps import ScoreKept, WordsKept
from bot.values import replace
from bot.workspace import Customer
from storage.customers import CustomerRows
from storage.events import EventRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.messages import MessageRows
from storage.outbox import OutboxRows
from storage.tables import TABLES
from tests.builders import NOON, at, make_address, make_answered, make_invitation
from tests.contracts.people import ANNA, HOME, PHONE, count
from tests.contracts.prepared import SURVEY_IDS, load, save

HELLO = Prompt(PromptKind.INFO, "en", title="Hello")


async def erased_life(engine: AsyncEngine, keyring: Keyring, state: State) -> tuple[Invitation, Invitation]:
    """Anna's answered invitation with everything around it, and a second one in this state."""
    about = Interaction(ticket="T-1", subject="My bill", agent="anna", attributes={"phone": "040"})
    answered = make_answered(2, ["terribly slow"], customer=ANNA.id, survey_id=SURVEY_IDS["csat"], interaction=about)
    other = replace(make_invitation("nps", state, customer=ANNA.id, survey_id=SURVEY_IDS["nps"]), id="invitation-2")
    async with engine.begin() as connection:
        customers = CustomerRows(connection, keyring)
        await customers.add(replace(ANNA, opted_out_at=at(5)), HOME)
        await customers.add(ANNA, PHONE)
    history = (ScoreKept(2, NOON), WordsKept("terribly slow", NOON))
    await save(engine, keyring, Saved(None, answered, history), other)
    return answered, other


async def test_an_open_question_keeps_a_person_from_being_erased(engine: AsyncEngine, keyring: Keyring) -> None:
    await erased_life(engine, keyring, State.SENT)
    with pytest.raises(Conflict, match="cancel it before"):
        async with engine.begin() as connection:
            await CustomerRows(connection, keyring).erase(ANNA.id)
    async with engine.connect() as connection:
        assert await CustomerRows(connection, keyring).at("default", HOME) is not None


async def test_an_erased_person_is_gone_and_the_score_stays(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, cancelled = await erased_life(engine, keyring, State.CANCELLED)
    async with engine.begin() as connection:
        customers = CustomerRows(connection, keyring)
        await customers.erase("nobody")
        await customers.erase(ANNA.id)
        assert await customers.get(ANNA.id) is None
        assert await customers.at("default", HOME) is None
        assert await customers.addresses(ANNA.id) == []
        history = await InvitationRows(connection, keyring).history([answered.id])
    assert list(history[answered.id]) == [ScoreKept(2, NOON)]
    found = await load(engine, keyring, answered.id, cancelled.id)
    for one in found:
        assert (one.customer, one.address, one.interaction.subject) == (None, None, None)
        assert not one.interaction.attributes
    assert answered.answer is not None
    assert found[0].answer == replace(answered.answer, parts=(), commented=True)
    assert [cells(one) for one in found] == [cells(answered), cells(cancelled)]


async def test_the_erased_persons_address_and_ticket_are_free_again(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, _ = await erased_life(engine, keyring, State.CANCELLED)
    async with engine.begin() as connection:
        await CustomerRows(connection, keyring).erase(ANNA.id)
        fresh = await CustomerRows(connection, keyring).add(replace(ANNA, id="customer-9"), HOME)
        keys = text("SELECT count(*) FROM invitation WHERE coalesce(ticket_key, open_key, place_digest) IS NOT NULL")
        assert await connection.scalar(keys) == 0
    assert fresh.id == "customer-9"
    assert fresh.opted_out_at is None
    again = make_invitation(customer=fresh.id, interaction=answered.interaction, survey_id=SURVEY_IDS["csat"])
    await save(engine, keyring, replace(again, id="invitation-3"))


async def test_erasing_leaves_other_people_alone(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, _ = await erased_life(engine, keyring, State.CANCELLED)
    group = Address("telegram", "-100", account="bot-1")
    mine, hers = replace(group, user="77"), replace(group, user="78")
    other_place = make_address(conversation="visitor-2")
    shown = StoredMessage(0, "w-1", NOON, HELLO)
    async with engine.begin() as connection:
        customers, outbox, messages, events = _rows(connection, keyring)
        await customers.add(ANNA, mine)
        await customers.add(Customer("customer-2", "default", NOON), hers)
        elsewhere = Address("slack", "D01", account="T01", user="U01")
        await outbox.add(
            [_to(elsewhere, invitation=answered.id), _to(mine), _to(hers), replace(_to(mine), week="2026-W46")], NOON
        )
        await messages.put("default", make_address(conversation="another-place"), shown, answered.id)
        await messages.put("default", HOME, replace(shown, id="w-2"), None)
        await messages.put("default", other_place, shown, None)
        for number, who in enumerate((mine, hers)):
            said = Arrival(event_id=str(number), workspace="default", address=who, event=CommentWritten("secret"))
            await events.park(said, "refused", NOON)
        await customers.erase(ANNA.id)
        assert await messages.newest("default", HOME, 9) == []
        assert await messages.newest("default", make_address(conversation="another-place"), 9) == []
        assert len(await messages.newest("default", other_place, 9)) == 1
        assert [event_id for _, event_id, _, _ in await events.parked()] == ["1"]
        waiting = await connection.scalars(select(TABLES.tables["outbox"].c.body))
        assert [body["address"]["user"] for body in waiting] == ["78", "77"]
        assert await count(connection, "response") == 1
        assert (await customers.at("default", hers)) is not None


def _rows(connection: AsyncConnection, keyring: Keyring) -> tuple[CustomerRows, OutboxRows, MessageRows, EventRows]:
    return (
        CustomerRows(connection, keyring),
        OutboxRows(connection, keyring, "process-1"),
        MessageRows(connection, keyring),
        EventRows(connection, keyring),
    )


def _to(address: Address, **changes: Any) -> Dispatch:
    return replace(Dispatch(workspace="default", address=address, prompt=HELLO), **changes)
