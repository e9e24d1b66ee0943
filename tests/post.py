"""A channel of paper for tests of delivery: a small real implementation of the port."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.address import Address
from bot.ports import Dispatch, Receipt
from bot.prompts import Prompt, PromptKind
from storage.keys import Keyring
from tests.builders import NOON
from tests.world import PATIENCE_SECONDS, World, world


@dataclass
class Post:
    """A channel of paper: keeps what it was given, and does with each dispatch what the test says."""

    name: str = "webchat"
    account: str = ""
    sends: bool = True
    gap: timedelta = timedelta(0)
    busy_until: datetime = NOON
    turns: int = 0
    sent: list[Dispatch] = field(default_factory=list)
    fail: dict[str, list[Exception]] = field(default_factory=dict)
    hold: dict[str, asyncio.Event] = field(default_factory=dict)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def free_from(self, dispatch: Dispatch) -> datetime:
        return max(dispatch.created_at or NOON, self.busy_until)

    def apart(self, dispatch: Dispatch) -> timedelta:
        del dispatch
        return self.gap

    def turn(self, dispatch: Dispatch) -> datetime:
        """At once, unless the test says until when the platform's limits keep everything back."""
        self.turns += 1
        return self.free_from(dispatch)

    async def send(self, dispatch: Dispatch) -> Receipt:
        self.sent.append(dispatch)
        async with self.arrived:
            self.arrived.notify_all()
        where = dispatch.address.conversation
        if where in self.hold:
            await self.hold[where].wait()
        if self.fail.get(where):
            raise self.fail[where].pop(0)
        return Receipt(f"{where}-{len(self.sent)}")

    async def until(self, number: int) -> list[Dispatch]:
        """The dispatches, as soon as there are this many."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.arrived:
            await self.arrived.wait_for(lambda: len(self.sent) >= number)
        return list(self.sent)

    def titles(self, who: str) -> list[str]:
        return [dispatch.prompt.title for dispatch in self.sent if dispatch.address.conversation == who]


def paper(who: str = "kim") -> Address:
    return Address("paper", who, user=who)


async def say(here: World, *titles: str, who: str = "kim", to: Address | None = None) -> None:
    """Messages decided in one transaction each."""
    for title in titles:
        prompt = Prompt(PromptKind.INFO, "en", title=title)
        dispatch = Dispatch(workspace="default", address=to or paper(who), prompt=prompt)
        await here.store.write(lambda uow, dispatch=dispatch: uow.outbox.add([dispatch], here.clock.now()))  # type: ignore[misc]


@asynccontextmanager
async def sender(url: str, keyring: Keyring, post: Post, **more: Any) -> AsyncGenerator[World]:
    async with world(url, keyring, channels=[post], **more) as here:
        yield here


async def until_waiting(here: World, error: str) -> None:
    """Until a row waits to be tried again because of this."""
    await until_there(here, f"SELECT 1 FROM outbox WHERE error LIKE '{error}%' AND leased_by IS NULL")  # noqa: S608


async def until_there(here: World, query: str) -> None:
    """Until a query finds a row."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            here.committed.clear()
            if await here.rows(query):
                return
            await here.committed.wait()
