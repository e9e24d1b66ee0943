"""What a write transaction puts off comes before the next question or with the commit, or not at all."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text

from bot.errors import StoreError
from bot.events import Outcome, ScoreChosen
from bot.invitation import State
from bot.ports import UnitOfWork
from storage import events as events_module
from storage import outbox, saving
from storage.direct import Bulk
from storage.events import EventRows
from storage.keys import Keyring
from storage.sql import is_postgres
from tests.builders import NOON
from tests.contracts.writing import asked_many, busy, note, notes, writing
from tests.world import World, world


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def seen(here: World, *ids: str) -> set[str]:
    async with here.store.reading() as uow:
        return set(await uow.events.known(ids))


async def test_questions_of_both_kinds_see_it(here: World) -> None:
    async with writing(here.engine) as connection:
        events = EventRows(connection, here.keyring)
        await events.remember(["a"], NOON)
        assert await events.known(["a", "b"]) == {"a"}
        await events.remember(["b"], NOON)
        found = await connection.scalar(text("SELECT count(*) FROM seen_event"))
        assert found == 2
    assert await seen(here, "a", "b") == {"a", "b"}


async def test_without_a_question_it_goes_with_the_commit(here: World) -> None:
    async with writing(here.engine) as connection:
        await EventRows(connection, here.keyring).remember(["a"], NOON)
    assert await seen(here, "a") == {"a"}


@pytest.mark.parametrize("asks", [False, True])
async def test_what_is_rolled_back_is_not_stored(here: World, *, asks: bool) -> None:
    async def failing() -> None:
        async with writing(here.engine) as connection:
            events = EventRows(connection, here.keyring)
            await events.remember(["a"], NOON)
            if asks:
                await events.known(["a"])
            raise LookupError("later")

    with pytest.raises(LookupError):
        await failing()
    assert await seen(here, "a") == set()
    async with writing(here.engine) as connection:  # nothing of it is left on the connection
        await EventRows(connection, here.keyring).remember(["b"], NOON)
    assert await seen(here, "a", "b") == {"b"}


async def test_a_job_that_fails_takes_its_own_along_and_nobody_elses(here: World) -> None:
    made = await here.asked()

    async def failing(uow: UnitOfWork) -> None:
        await uow.events.remember(["lost"], NOON)
        raise LookupError("on purpose")

    async def refused(uow: UnitOfWork) -> None:
        await uow.events.remember(["refused"], None)  # type: ignore[arg-type]  # what the database refuses

    async def kept(uow: UnitOfWork) -> None:
        await uow.events.remember(["kept"], NOON)
        await note(uow, "kept")

    async with busy(here):
        before = here.store.commits
        tap = asyncio.create_task(here.tells(ScoreChosen(5), made))
        jobs = [asyncio.create_task(here.store.write(job)) for job in (failing, refused, kept)]
    assert await tap == Outcome()
    lost, no, yes = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(lost, LookupError)
    assert isinstance(no, StoreError)
    assert yes is None
    assert here.store.commits == before + 2  # the busy one, and all these together
    assert (await here.invitation(made.id)).state is State.ANSWERED
    assert await seen(here, "lost", "refused", "kept") == {"kept"}
    assert "kept" in await notes(here)


async def test_a_batch_of_taps_asks_each_thing_once(here: World) -> None:
    made = await asked_many(here, 40)
    await asyncio.gather(*(here.tells(ScoreChosen(9), one, f"v{n}") for n, one in enumerate(made)))
    statements: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(" ".join(statement.split()))

    event.listen(here.engine.sync_engine, "before_cursor_execute", hear)
    await asyncio.gather(*(here.tells(ScoreChosen(10), one, f"v{n}") for n, one in enumerate(made)))
    by_alchemy = [one for one in statements if one.startswith(("SAVEPOINT", "SELECT 1", "BEGIN"))]
    assert by_alchemy == []
    reads = [one for one in statements if one.startswith("SELECT")]
    first_write = next(at for at, one in enumerate(statements) if one.startswith(("UPDATE", "INSERT")))
    # All before the decision: invitations (and their locks), surveys, events, workspaces, the outbox's places, numbers.
    assert len([one for one in statements[:first_write] if one.startswith("SELECT")]) == len(reads)
    assert len(reads) in {6, 7}


async def test_on_postgres_each_table_of_the_hot_path_is_one_statement(here: World) -> None:
    fixed = [one for module in (events_module, saving, outbox) for one in vars(module).values()]
    changing = vars(saving)["_changing"](("state", "open_key", "due_at", "tags", "address"))
    bulks = [one for one in (*fixed, changing) if isinstance(one, Bulk)]
    assert len(bulks) > 8
    async with here.engine.connect() as connection:
        plans = [bulk.compiled(connection) for bulk in bulks]
        many = is_postgres(connection)
    assert [plan.arrays is not None for plan in plans] == [many] * len(plans)
