"""Rows that a limit puts off go back to the database together."""

import asyncio
from datetime import timedelta

import pytest

from bot.address import Address
from bot.errors import StoreError, StoreUnavailable
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from scheduler.returns import Returns
from storage.keys import Keyring
from tests.builders import NOON, at
from tests.contracts.writing import busy, refuse
from tests.post import Post, sender, until_there
from tests.world import World, next_turn, world

PEOPLE = [Address("paper", f"p{n}", account="team", user=f"p{n}") for n in range(40)]
HELLO = Prompt(PromptKind.INFO, "en", title="Hello")
FLOOD = [Dispatch(workspace="default", address=one, prompt=HELLO) for one in PEOPLE]


async def test_a_flood_that_has_to_wait_goes_back_in_one_transaction(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team", busy_until=NOON + timedelta(minutes=1))
    async with sender(database_url, keyring, post) as here:
        before = here.store.commits

        async def job(uow: UnitOfWork) -> None:
            await uow.outbox.add(FLOOD, NOON)

        await here.store.write(job)
        await until_there(here, f"SELECT count(*) FROM outbox WHERE leased_by IS NULL HAVING count(*) = {len(FLOOD)}")  # noqa: S608
        assert here.store.commits == before + 2
        here.clock.advance(seconds=70)
        assert here.delivery is not None
        while await here.delivery.claim():
            await here.quiet()
    assert [one.address for one in post.sent] == PEOPLE


async def test_rows_of_one_turn_share_a_job_and_each_keeps_its_moment(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, delivers=False) as here:
        added: list[Dispatch] = []
        here.store.sent_by(lambda _dispatch, _now: None)
        here.store.after_commit(added.extend)

        async def job(uow: UnitOfWork) -> None:
            await uow.outbox.add(FLOOD[:4], NOON)

        await here.store.write(job)
        returns, before = Returns(here.store), here.store.commits
        await asyncio.gather(*(returns.postpone([one], at(n)) for n, one in enumerate(added)))
        assert here.store.commits == before + 1
        await returns.postpone(added[:1], at(9))  # it is nobody's now, and so it stays where it is
        async with here.store.reading() as uow:
            due = [await uow.outbox.claimable(at(n)) for n in range(4)]
        assert due == [True] * 4
        (rows,) = await here.rows("SELECT count(DISTINCT due_at) FROM outbox WHERE leased_by IS NULL")
        assert rows[0] == len(added)


async def test_whoever_waits_hears_that_it_could_not_be_stored(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        returns = Returns(here.store)
        here.store.close()
        found = await asyncio.gather(*(returns.postpone([one], at(1)) for one in FLOOD[:3]), return_exceptions=True)
    assert [type(one) for one in found] == [StoreUnavailable] * 3
    with pytest.raises(StoreUnavailable):
        await returns.postpone(FLOOD[3:4], at(1))


async def held(here: World, many: int) -> list[Dispatch]:
    """So many rows that this process holds."""
    added: list[Dispatch] = []
    here.store.sent_by(lambda _dispatch, _now: None)
    here.store.after_commit(added.extend)
    await here.store.write(lambda uow: uow.outbox.add(FLOOD[:many], NOON))
    return added


async def test_a_row_that_cannot_go_back_keeps_no_other(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, delivers=False) as here:
        rows = await held(here, 5)
        await refuse(here, "outbox", f"NEW.leased_by IS NULL AND NEW.id = {rows[2].id}", on="UPDATE")
        returns = Returns(here.store)
        found = await asyncio.gather(*(returns.postpone([one], at(1)) for one in rows), return_exceptions=True)
        free = await here.rows("SELECT id FROM outbox WHERE leased_by IS NULL ORDER BY id")
    assert [isinstance(one, StoreError) for one in found] == [False, False, True, False, False]
    assert free == [(one.id,) for number, one in enumerate(rows) if number != 2]


async def test_who_gives_nothing_back_answers_for_nobody(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, delivers=False) as here:
        [row] = await held(here, 1)
        await refuse(here, "outbox", "NEW.leased_by IS NULL", on="UPDATE")
        returns = Returns(here.store)
        nothing, real = await asyncio.gather(
            returns.postpone([], at(1)), returns.postpone([row], at(1)), return_exceptions=True
        )
    assert nothing is None
    assert isinstance(real, StoreError)


async def test_a_caller_that_gives_up_leaves_its_row_and_the_others_to_go_back(
    database_url: str, keyring: Keyring
) -> None:
    async with world(database_url, keyring, delivers=False) as here:
        rows = await held(here, 3)
        returns = Returns(here.store)
        async with busy(here):
            tasks = [asyncio.create_task(returns.postpone([one], at(1))) for one in rows]
            await next_turn()
            tasks[0].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in found] == [asyncio.CancelledError, type(None), type(None)]
        assert await here.rows("SELECT count(*) FROM outbox WHERE leased_by IS NULL") == [(3,)]
