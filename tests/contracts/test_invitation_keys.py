"""One question a ticket, one open question a person, one row an import: held by keys in the database."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import advance
from bot.errors import Conflict
from bot.events import Cancelled, Delivered, ScoreChosen, TimePassed
from bot.invitation import Interaction, Invitation, Origin, State
from bot.ports import Saved
from bot.values import replace
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.saving import INTEGRITY_ERRORS
from tests.builders import at
from tests.contracts.prepared import invited, load, save


def mine(number: int, **changes: Any) -> Invitation:
    """Of `customer-1`, so that its keys count; each about a ticket of its own."""
    return replace(invited(number, **changes), customer="customer-1", interaction=Interaction(ticket=f"T-{number}"))


async def test_a_ticket_is_asked_about_once(engine: AsyncEngine, keyring: Keyring) -> None:
    first = replace(mine(1), state=State.CLOSED)
    again = replace(first, id="again")
    await save(engine, keyring, first)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        with pytest.raises(Conflict, match="this ticket") as refused:
            async with connection.begin_nested():
                await invitations.save([Saved(None, again)])
        assert isinstance(refused.value.__cause__, INTEGRITY_ERRORS)
        assert await invitations.same_ticket("default", "csat", "T-1", "customer-1") == first
        assert await invitations.same_ticket("default", "csat", "T-1", "customer-2") is None
        assert await invitations.same_ticket("default", "nps", "T-1", "customer-1") is None
        nobody = [replace(again, id=name, customer=None) for name in ("a", "b")]
        others = [replace(again, id="c", origin=Origin.TEST), replace(again, id="d", customer="customer-2")]
        unasked = [replace(again, id=state, state=state) for state in (State.SUPPRESSED, State.FAILED, State.CANCELLED)]
        await invitations.save([Saved(None, one) for one in (*nobody, *others, *unasked)])


async def test_a_ticket_is_free_again_when_the_question_is_taken_back(engine: AsyncEngine, keyring: Keyring) -> None:
    first = mine(1)
    taken_back = advance(first, Cancelled(), at(1)).invitation
    await save(engine, keyring, first)
    await save(engine, keyring, Saved(first, taken_back))
    await save(engine, keyring, replace(first, id="again"))
    async with engine.connect() as connection:
        found = await InvitationRows(connection, keyring).same_ticket("default", "csat", "T-1", "customer-1")
    assert found == replace(first, id="again")


async def test_a_person_has_one_open_question(engine: AsyncEngine, keyring: Keyring) -> None:
    first = mine(1)
    await save(engine, keyring, first)
    for other in (mine(2), mine(3, state=State.SCHEDULED)):
        with pytest.raises(Conflict, match="question open"):
            await save(engine, keyring, other)
    await save(engine, keyring, mine(4, origin=Origin.TEST), mine(5, state=State.CLOSED), mine(6, state=State.FAILED))
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.open_of("customer-1") == first
        assert await invitations.open_of("customer-2") is None


async def test_a_retry_takes_the_keys_again_or_is_refused(engine: AsyncEngine, keyring: Keyring) -> None:
    failed, other = mine(1, state=State.FAILED), mine(2)
    await save(engine, keyring, failed, other)
    sent = advance(failed, Delivered(), at(1)).invitation
    with pytest.raises(Conflict, match="question open"):
        await save(engine, keyring, Saved(failed, sent))
    assert await load(engine, keyring, failed.id) == [failed]


async def test_what_ends_in_a_batch_makes_room_in_it(engine: AsyncEngine, keyring: Keyring) -> None:
    # By id the one that wants the key comes first, so order alone cannot help.
    ending, failed = mine(2), mine(1, state=State.FAILED)
    await save(engine, keyring, ending, failed)
    ended = advance(ending, TimePassed(), at(days=15)).invitation
    retried = advance(failed, Delivered(), at(days=15)).invitation
    await save(engine, keyring, Saved(failed, retried), Saved(ending, ended))
    assert await load(engine, keyring, "i-0001", "i-0002") == [retried, ended]
    answered = advance(retried, ScoreChosen(1), at(days=16)).invitation
    await save(engine, keyring, Saved(None, mine(3)), Saved(retried, answered))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).open_of("customer-1") == mine(3)


async def test_an_import_is_known_by_its_key(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, Saved(None, invited(1), import_key="file:1"), Saved(None, invited(2)))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).imported(["file:1", "file:2"]) == {"file:1"}
    with pytest.raises(Conflict, match="imported"):
        await save(engine, keyring, Saved(None, invited(3), import_key="file:1"))
    answered = advance(invited(1), ScoreChosen(1), at(1)).invitation
    await save(engine, keyring, Saved(invited(1), answered))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).imported(["file:1"]) == {"file:1"}


async def test_other_refusals_are_no_conflict(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, invited(1))
    for bad in (
        invited(1),
        replace(invited(2), survey_id=99),
        replace(invited(3), state=State.SENT, sent_at=None, interaction=Interaction(ticket="ticket_key")),
    ):
        with pytest.raises(INTEGRITY_ERRORS):
            await save(engine, keyring, bad)


async def test_last_asked_is_when_a_question_went_out(engine: AsyncEngine, keyring: Keyring) -> None:
    async def last() -> datetime | None:
        async with engine.connect() as connection:
            return await InvitationRows(connection, keyring).last_asked("customer-1")

    assert await last() is None
    not_asked = [
        mine(1, state=State.SUPPRESSED, decided_at=at(90)),
        mine(2, state=State.FAILED, decided_at=at(91)),
        mine(3, state=State.CANCELLED, sent_at=None, decided_at=at(92)),
        mine(4, origin=Origin.TEST, sent_at=at(93)),
        mine(5, origin=Origin.OPEN_CALL, sent_at=at(94)),
        mine(6, origin=Origin.IMPORTED, sent_at=at(95)),
        replace(mine(7, sent_at=at(96)), customer="customer-2"),
    ]
    await save(engine, keyring, *not_asked)
    assert await last() is None
    await save(engine, keyring, mine(10, state=State.CANCELLED, sent_at=at(5), decided_at=at(1)))
    assert await last() == at(5)
    await save(engine, keyring, mine(11, state=State.SCHEDULED, decided_at=at(6)))
    assert await last() == at(6)
