"""What the short way to the driver puts in and takes out: equal words look different, and nothing stays nothing."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.events import CommentWritten, ScoreChosen
from bot.ports import Dispatch, Reach, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.steps import WordsKept
from storage.direct import Query
from storage.events import _KNOWN
from storage.keys import Keyring
from storage.line import _OTHERS
from storage.outbox import _claimable
from tests.builders import NOON, make_address
from tests.contracts.writing import asked_many
from tests.world import World, world


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def test_equal_words_of_one_batch_are_sealed_each_by_itself(here: World) -> None:
    made = await asked_many(here, 3)
    await asyncio.gather(*(here.tells(ScoreChosen(3), one, f"v{n}") for n, one in enumerate(made)))
    await asyncio.gather(*(here.tells(CommentWritten("The same"), one, f"v{n}") for n, one in enumerate(made)))
    sealed = await here.rows("SELECT words FROM history WHERE words IS NOT NULL")
    assert len({bytes(blob) for (blob,) in sealed}) == 3
    async with here.store.reading() as uow:
        kept = await uow.invitations.history([one.id for one in made])
    assert [entries[-1].text for entries in kept.values() if isinstance(entries[-1], WordsKept)] == ["The same"] * 3


async def test_what_waits_to_be_sent_is_found_without_looking_at_all_of_it(sqlite_url: str, keyring: Keyring) -> None:
    # PostgreSQL chooses by how much there is.
    async with world(sqlite_url, keyring, delivers=False) as here, here.engine.connect() as connection:
        plan = _claimable(Reach(frozenset({("slack", "T1")}), frozenset({"slack"}))).compiled(connection)
        bare = plan.sql.replace("?", "NULL")
        found = (await connection.execute(text(f"EXPLAIN QUERY PLAN {bare}"))).all()
    assert not [row.detail for row in found if row.detail.startswith("SCAN")]


@pytest.mark.parametrize(
    ("query", "rows", "places", "known"),
    [(_KNOWN, 600, 600, False), (_OTHERS, 600, 600, False), (_OTHERS, 3000, 2, True)],
    ids=["fresh, events", "fresh, outbox", "a backlog at two places"],
)
async def test_a_flood_does_not_walk_through_what_came_before(  # a table's worth
    postgres_url: str, keyring: Keyring, query: Query, rows: int, places: int, *, known: bool
) -> None:
    # The driver's prepared statements keep a plan made while the table was small until statistics are gathered; and
    # with statistics (`known`) a value that is common invites to a walk.
    async def there(uow: UnitOfWork) -> None:
        told, where = Prompt(PromptKind.INFO, "en"), [make_address(conversation=f"v{n}") for n in range(places)]
        await uow.outbox.add(
            [Dispatch(workspace="default", address=where[n % places], prompt=told) for n in range(rows)], NOON
        )
        await uow.events.remember([f"v{n}" for n in range(rows)], NOON)

    async with world(postgres_url, keyring, delivers=False) as here:
        await here.store.write(there)
        async with here.engine.connect() as connection:
            if known:
                await connection.exec_driver_sql("ANALYZE")
            sql = query.compiled(connection).sql
            nulls = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", sql)))
            await connection.execute(text("SET plan_cache_mode = force_generic_plan"))
            await connection.exec_driver_sql(f"PREPARE looked_up AS {sql}")
            plan = (await connection.exec_driver_sql(f"EXPLAIN EXECUTE looked_up({nulls})")).scalars().all()
    assert [line for line in plan if "Index" in line]
    assert not [line for line in plan if "Seq Scan" in line]
