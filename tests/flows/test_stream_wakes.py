"""The hub of the web chat's streams: it wakes those who have news, and never reads the whole past to find out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import event

from adapters.webchat.sessions import Visitor
from adapters.webchat.stream import Hub
from bot.ports import StoredMessage, UnitOfWork
from bot.prompts import Prompt, PromptKind
from storage.keys import Keyring
from tests.builders import NOON
from tests.world import PATIENCE_SECONDS, World, next_turn, person, world


@dataclass
class Reads:
    """The statements of the hub that go over messages of all places, with the `seq` that they began after."""

    starts: list[int]

    def note(self, _connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "place_digest, message.seq" in statement:
            assert isinstance(parameters, tuple)
            self.starts += [found for found in parameters if isinstance(found, int)]


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def say(here: World, who: str, text: str) -> int:
    message = StoredMessage(0, text, NOON, Prompt(PromptKind.INFO, "en", title=text))

    async def job(uow: UnitOfWork) -> int:
        return await uow.messages.put("default", person(who), message, None)

    return await here.store.write(job)


async def settled(here: World) -> int:
    async with here.store.reading() as uow:
        return await uow.messages.newest_seq()


def visitor(who: str) -> Visitor:
    return Visitor("default", person(who).conversation, NOON + timedelta(days=1))


async def test_the_first_look_reads_nothing_of_the_past(here: World) -> None:
    past = [await say(here, "someone", f"old {n}") for n in range(20)][-1]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await settled(here) < past:
            pass  # another database of the same server may have a transaction running for a moment
    reads = Reads([])
    event.listen(here.engine.sync_engine, "before_cursor_execute", reads.note)
    hub = Hub(here.store, here.context.tokens)
    here.store.after_commit(lambda _: hub.wake())
    running = asyncio.create_task(hub.run())
    try:
        hub.wake()  # nobody listens: it looks at nothing
        await next_turn()
        stream = hub.messages(visitor("kim"), None)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await anext(stream))[0] == "ready"
            for text in ("hello", "again", "and again"):
                news = asyncio.ensure_future(anext(stream))
                await next_turn()
                await say(here, "kim", text)
                assert text in (await news)[2]
        await stream.aclose()
        assert hub.streams == 0
        # What came later is looked for after the newest of the past, however much there was.
        assert reads.starts
        assert min(reads.starts) >= past
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
