"""Processes beside each other on PostgreSQL: a row that was waited for is seen as it is now, a taken one is not due."""

import asyncio

import pytest

from bot.conversation import advance
from bot.events import ScoreChosen
from bot.invitation import Invitation
from bot.ports import Saved
from bot.values import replace
from storage.invitations import InvitationRows
from storage.keys import Keyring
from tests.builders import at, make_answered
from tests.contracts.prepared import invited, prepared, save
from tests.contracts.writing import until_somebody_waits


@pytest.mark.postgres
async def test_whoever_waited_for_a_lock_sees_the_answer_of_the_one_before(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        answered = replace(make_answered(4), id="i-0001", customer=None)
        assert answered.address is not None
        await save(engine, keyring, answered)
        changed = advance(answered, ScoreChosen(1), at(1)).invitation

        async def load_and_at_places(started: asyncio.Event) -> list[Invitation]:
            assert answered.address is not None
            async with engine.begin() as connection:
                invitations = InvitationRows(connection, keyring)
                await invitations.recent("default", 1)
                started.set()
                found = await invitations.load([answered.id], lock=True)
                return [*found.values(), *await invitations.at_places([answered.address], lock=True)]

        started = asyncio.Event()
        async with engine.begin() as connection:
            first = InvitationRows(connection, keyring)
            await first.load([answered.id], lock=True)
            waiting = asyncio.create_task(load_and_at_places(started))
            await started.wait()
            await until_somebody_waits(engine)
            await first.save([Saved(answered, changed)])  # the response alone
        assert await waiting == [changed, changed]


@pytest.mark.postgres
async def test_what_another_process_has_taken_is_not_due(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        await save(engine, keyring, *(invited(number, expires_at=at(number)) for number in range(4)))
        async with engine.begin() as one, engine.begin() as other:
            taken = await InvitationRows(one, keyring).due(at(9), 2)
            left = await InvitationRows(other, keyring).due(at(9), 10)
        assert [found.id for found in (*taken, *left)] == ["i-0000", "i-0001", "i-0002", "i-0003"]
