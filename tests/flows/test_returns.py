"""Rows that a limit puts off go back to the database together."""

import asyncio
from datetime import timedelta

import pytest

from bot.address import Address
from bot.errors import StoreUnavailable
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from scheduler.returns import Returns
from storage.keys import Keyring
from tests.builders import NOON, at
from tests.post import Post, sender, until_there
from tests.world import world

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
