"""Answers to an open call are one each, and questions are found by message and by ticket; on both databases."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.errors import Conflict
from bot.invitation import Interaction, Invitation, Origin, State
from bot.ports import Saved
from bot.values import replace
from storage.customers import CustomerRows
from storage.invitations import AT_A_PLACE, InvitationRows
from storage.keys import Keyring
from storage.saving import INTEGRITY_ERRORS
from tests.builders import at
from tests.contracts.prepared import add_workspace, invited, load, save

GROUP = Address("telegram", "-100", account="bot-1")
TOPIC = replace(GROUP, thread="4")
CALL = invited(1, origin=Origin.OPEN_CALL, address=GROUP, channel="telegram")


def answering(number: int, customer: str | None, **changes: Any) -> Invitation:
    """Somebody's own answer to `CALL`."""
    return replace(invited(number, origin=Origin.OPEN_CALL), customer=customer, call=CALL.id, **changes)


async def test_each_persons_answer_to_a_call_is_found(engine: AsyncEngine, keyring: Keyring) -> None:
    mine, hers = answering(2, "customer-1"), answering(3, "customer-2", personal="m-7")
    await save(engine, keyring, CALL, mine, hers)
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.in_call(CALL.id, "customer-1") == mine
        assert await invitations.in_call(CALL.id, "customer-2") == hers
        assert await invitations.in_call(CALL.id, "customer-3") is None
        assert await invitations.in_call(mine.id, "customer-1") is None


async def test_a_person_answers_a_call_once(engine: AsyncEngine, keyring: Keyring) -> None:
    mine = answering(2, "customer-1")
    await save(engine, keyring, CALL, mine)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        for state in (State.SENT, State.CLOSED):
            with pytest.raises(Conflict, match="answered the open question") as refused:
                async with connection.begin_nested():
                    await invitations.save([Saved(None, answering(3, "customer-1", state=state))])
            assert isinstance(refused.value.__cause__, INTEGRITY_ERRORS)
        assert await invitations.in_call(CALL.id, "customer-1") == mine
    another = replace(answering(4, "customer-1"), call="i-9999")
    await save(engine, keyring, another, answering(5, None), answering(6, None))


async def test_an_erased_persons_answer_to_a_call_is_nobodys(engine: AsyncEngine, keyring: Keyring) -> None:
    mine = answering(2, "customer-1", state=State.CLOSED)
    await save(engine, keyring, mine)
    async with engine.begin() as connection:
        await CustomerRows(connection, keyring).erase("customer-1")
        assert await InvitationRows(connection, keyring).in_call(CALL.id, "customer-1") is None
    [left] = await load(engine, keyring, mine.id)
    assert (left.customer, left.call) == (None, CALL.id)


async def test_a_message_is_found_whatever_its_age_and_place(engine: AsyncEngine, keyring: Keyring) -> None:
    there = [
        invited(number, address=GROUP, message=f"m-{number}", decided_at=at(number)) for number in range(AT_A_PLACE + 5)
    ]
    in_topic = invited(50, address=TOPIC, message="m-0", decided_at=at(50))
    hers = invited(60, address=replace(GROUP, user="78"), message="m-60", decided_at=at(60))
    unsent = invited(70, address=GROUP, state=State.SCHEDULED)
    await save(engine, keyring, *there, in_topic, hers, unsent)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        assert there[0] not in await invitations.at_places([GROUP])
        for lock in (False, True):
            assert await invitations.at_messages([(GROUP, "m-0")], lock=lock) == [there[0]]
            asked = {(GROUP, "m-0"), (GROUP, "m-9"), (TOPIC, "m-0"), (GROUP, "m-60"), (GROUP, "m-99"), (GROUP, "")}
            assert await invitations.at_messages(asked, lock=lock) == [hers, in_topic, there[9], there[0]]
        # Whoever answers there, the place is the same.
        assert await invitations.at_messages([(replace(GROUP, user="77"), "m-60")]) == [hers]
        assert await invitations.at_messages([(replace(GROUP, account="bot-2"), "m-0"), (TOPIC, "m-9")]) == []
        assert await invitations.at_messages([(GROUP, "")]) == []
        assert await invitations.at_messages([]) == []


async def test_a_ticket_tells_whom_it_was_about_newest_first(engine: AsyncEngine, keyring: Keyring) -> None:
    about = Interaction(ticket="T-1")
    stored = [
        replace(invited(number, decided_at=at(number % 3), interaction=about), customer=customer, state=State.CLOSED)
        for number, customer in enumerate((None, "customer-1", "customer-2", None, None))
    ]
    async with engine.begin() as connection:
        await add_workspace(connection, "other")
    elsewhere = invited(10, workspace="other", interaction=about)
    await save(engine, keyring, *stored, invited(11, interaction=Interaction(ticket="T-10")), elsewhere)
    newest = sorted(stored, key=lambda one: (one.decided_at, one.id), reverse=True)
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.about_ticket("default", "T-1", 9) == newest
        assert await invitations.about_ticket("default", "T-1", 2) == newest[:2]
        assert await invitations.about_ticket("other", "T-1", 9) == [elsewhere]
        assert await invitations.about_ticket("default", "T-9", 9) == []
