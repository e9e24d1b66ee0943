"""Short ways to keep a store's writer busy, for the tests of the inbox."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.invitation import Invitation
from bot.ports import StoredMessage, UnitOfWork
from bot.prompts import Prompt, PromptKind
from storage.writer import Writer
from tests.builders import NOON, make_address
from tests.world import World

NOTE = make_address(conversation="note")


async def note(uow: UnitOfWork, text: str) -> None:
    """Writes something that can be read back."""
    await uow.messages.put("default", NOTE, StoredMessage(0, text, NOON, Prompt(PromptKind.INFO, "en")), None)


async def notes(here: World) -> list[str]:
    async with here.store.reading() as uow:
        return [message.id for message in await uow.messages.newest("default", NOTE, 100)]


@asynccontextmanager
async def busy(here: World) -> AsyncIterator[None]:
    """The writer is in the middle of a transaction."""
    running, go_on = asyncio.Event(), asyncio.Event()

    async def slow(uow: UnitOfWork) -> None:
        await note(uow, "slow")
        running.set()
        await go_on.wait()

    writing = asyncio.create_task(here.store.write(slow))
    await running.wait()
    yield
    go_on.set()
    await writing


async def asked_many(here: World, number: int) -> list[Invitation]:
    made = await asyncio.gather(*(here.asked(f"v{n}", "nps") for n in range(number)))
    return list(made)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A single transaction of a writer."""
    async with aclosing(Writer(engine)) as writer, writer.transaction() as connection:
        yield connection


async def until_somebody_waits(engine: AsyncEngine) -> None:
    """Until somebody waits for a lock of PostgreSQL's."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not await connection.scalar(waiting):  # the test's timeout ends it if nobody ever does
            pass


async def refuse(here: World, table: str, when: str, on: str = "INSERT") -> None:
    """The database itself refuses such rows, as a broken index or a rule of an operator would."""
    if here.engine.dialect.name == "sqlite":
        refused = "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        await here.execute(f"CREATE TRIGGER poison BEFORE {on} ON {table} WHEN {when} {refused}")
        return
    await here.execute(
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {when} THEN RAISE 'poison'; END IF; RETURN COALESCE(NEW, OLD); END $$",
        f"CREATE TRIGGER poison BEFORE {on} ON {table} FOR EACH ROW EXECUTE FUNCTION poison()",
    )
