"""What the outbox was asked ahead serves its next new rows, and no others; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.events import OptedIn, ScoreChosen, TextEdited
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.values import replace
from storage.customers import CustomerRows
from storage.direct import together
from storage.keys import Keyring
from storage.outbox import OutboxRows
from tests.builders import NOON, at, make_address
from tests.contracts.prepared import prepared
from tests.contracts.writing import busy, until_somebody_waits, writing
from tests.world import person, world

HOME = make_address()
PHONE = Address("telegram", "-100", account="bot-1", thread="4", user="77")


def to(address: Address, title: str) -> Dispatch:
    return Dispatch(workspace="default", address=address, prompt=Prompt(PromptKind.INFO, "en", title=title))


async def foreseen(connection: AsyncConnection, outbox: OutboxRows, *addresses: Address) -> None:
    outbox.line.expect(*await together(connection, *outbox.line.foresee(addresses, NOON)))


def ours(outbox: OutboxRows) -> list[str]:
    return [dispatch.prompt.title for dispatch in outbox.added]


@pytest.fixture
async def connection(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncConnection]:
    """Of a writer: only there can one tell whether anything was asked in between."""
    async with prepared(database_url, keyring) as engine, writing(engine) as connection:
        yield connection


async def test_what_was_foreseen_keeps_a_place_s_order(connection: AsyncConnection, keyring: Keyring) -> None:
    await OutboxRows(connection, keyring, "other").add([to(HOME, "older")], NOON)
    outbox = OutboxRows(connection, keyring, "a")
    await foreseen(connection, outbox, HOME, PHONE)
    await outbox.add([to(HOME, "behind"), to(PHONE, "free")], NOON)
    assert ours(outbox) == ["free"]
    await outbox.add([to(PHONE, "again"), to(HOME, "behind, too")], NOON)
    assert ours(outbox) == ["free", "again"]
    taker = OutboxRows(connection, keyring, "b")
    await OutboxRows(connection, keyring, "other").release()
    assert [one.prompt.title for one in await taker.claim(NOON, 9)] == ["older"]


async def test_more_messages_or_other_places_are_asked_about_anew(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    await OutboxRows(connection, keyring, "other").add([to(PHONE, "older")], NOON)
    for add in ([to(HOME, "one"), to(HOME, "two")], [to(PHONE, "behind")]):
        outbox = OutboxRows(connection, keyring, "a")
        await foreseen(connection, outbox, HOME)
        await outbox.add(add, NOON)
        assert ours(outbox) == [one.prompt.title for one in add if one.address == HOME]
    numbers = [one.id for one in await OutboxRows(connection, keyring, "b").claim(at(60), 9)]
    assert len(set(numbers)) == len(numbers)


async def test_fewer_messages_than_foreseen_leave_the_numbers_growing(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await foreseen(connection, outbox, HOME, PHONE, replace(PHONE, thread="5"))
    await outbox.add([to(PHONE, "one")], NOON)
    await outbox.add([to(PHONE, "two"), to(HOME, "three")], NOON)
    numbers = [dispatch.id for dispatch in outbox.added]
    assert ours(outbox) == ["one", "two", "three"]
    assert numbers == sorted(set(numbers))


async def test_what_was_foreseen_does_not_outlive_another_question(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    """Whoever asks may wait for a lock, and whoever had it may have added rows."""
    for alchemy in (False, True):
        outbox, other = OutboxRows(connection, keyring, "a"), OutboxRows(connection, keyring, "other")
        await foreseen(connection, outbox, HOME)
        if alchemy:
            await outbox.release()
        else:
            await other.add([to(HOME, "older")], NOON)
        await outbox.add([to(HOME, "behind")], NOON)
        assert ours(outbox) == []


@pytest.mark.postgres
async def test_who_waited_for_a_lock_stands_behind_what_its_holder_said(postgres_url: str, keyring: Keyring) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        await here.tells(OptedIn(), None)
        await here.execute("DELETE FROM outbox")
        mine: list[Dispatch] = []
        here.store.sent_by(lambda _dispatch, _now: None)
        here.store.after_commit(mine.extend)
        kim = person("kim")
        async with writing(here.engine) as connection:  # of another process
            assert await CustomerRows(connection, here.keyring).at("default", kim, lock=True)
            waiting = asyncio.create_task(here.tells(OptedIn(), None))
            await until_somebody_waits(here.engine)
            await OutboxRows(connection, here.keyring, "other").add([to(kim, "first")], NOON)
        await waiting
        rows = await here.rows("SELECT leased_by FROM outbox ORDER BY id")
    assert rows == [("other",), (None,)]
    assert mine == []


async def test_a_job_beside_taps_sees_what_the_jobs_before_it_gave_back(database_url: str, keyring: Keyring) -> None:
    """What a batch asked for its taps says nothing of the jobs behind them: a row that one gives back is older."""
    async with world(database_url, keyring, delivers=False) as here:
        tap = here.arrival(ScoreChosen(5), await here.asked())
        idle = replace(tap, event=TextEdited("nothing that was kept", "m-1"), invitation=None)
        held: list[Dispatch] = []
        here.store.sent_by(lambda _dispatch, _now: None)
        here.store.after_commit(held.extend)

        async def adds(uow: UnitOfWork, title: str) -> None:
            await uow.outbox.add([to(idle.address, title)], NOON)

        async def gives_back(uow: UnitOfWork) -> None:
            await uow.outbox.postpone([(held[0], at(9))])

        await here.store.write(lambda uow: adds(uow, "older"))
        async with busy(here):
            waiting: list[asyncio.Task[Any]] = [
                asyncio.create_task(here.store.record(idle)),
                asyncio.create_task(here.store.write(gives_back)),
                asyncio.create_task(here.store.write(lambda uow: adds(uow, "newer"))),
            ]
        await asyncio.gather(*waiting)
        assert [one.prompt.title for one in held] == ["older"]
