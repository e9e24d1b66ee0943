"""A process with the real Telegram channel before the stand-in, in one event loop and with one clock."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.telegram.channel import NAME, Telegram
from adapters.telegram.client import Client
from adapters.telegram.pace import Limits, Pace
from bot.address import Address
from bot.ports import Bot, UnitOfWork
from bot.workspace import Customer
from scheduler.delivery import Delivery
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.flows.telegram import ACCOUNT, TOKEN
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.people import Person
from tests.telegram_api.server import serving
from tests.world import TestClock, World, world

# No turn waits, for the clock stands still while a message is on its way.
NO_LIMITS = Limits(per_second=100_000, chat_gap=timedelta(0), group_per_minute=100_000)
STEP_SECONDS = 2.0  # as much as the first wait before a retry
MOST_STEPS = 2000
LEASED = "SELECT count(*) FROM outbox WHERE leased_by IS NOT NULL"


def chat_address(conversation: int | str, user: int | str = "") -> Address:
    """A place of the bot's."""
    return Address(NAME, str(conversation), account=ACCOUNT, user=str(user))


async def in_hand_no_more(here: World) -> None:
    """Until this process holds no row any more."""
    while True:
        here.committed.clear()
        if await here.rows(LEASED) == [(0,)]:
            return
        await here.committed.wait()


@dataclass
class TelegramWorld:
    """The process, its channel, the stand-in, and who has started the bot."""

    here: World
    api: BotApi
    channel: Telegram
    pace: Pace
    paused: list[datetime]

    @property
    def delivery(self) -> Delivery:
        assert self.here.delivery is not None
        return self.here.delivery

    async def meet(self, numbers: Iterable[int]) -> list[Person]:
        """People who start the bot, and whom we know from then on."""
        persons = [self.api.private(number, f"Person {number}", "en") for number in numbers]
        for person in persons:
            person.start()
        now = self.here.clock.now()
        known = {chat_address(one.id): Customer(f"customer-{one.id}", "default", now, locale="en") for one in persons}

        async def keep(uow: UnitOfWork) -> None:
            await uow.customers.add_many(known)
            for address in known:
                await uow.customers.met("default", address, now)

        await self.here.store.write(keep)
        return persons

    async def settle(self) -> None:
        """Until this process has nothing in hand."""
        await in_hand_no_more(self.here)

    async def run(self) -> None:
        """Until the outbox is empty; the clock moves on whenever there is nothing to do but to wait."""
        for _ in range(MOST_STEPS):
            if not await self.here.outbox():
                return
            if not await self.delivery.claim():
                await self.settle()
                self.here.clock.advance(seconds=STEP_SECONDS)
            else:
                await self.settle()
        waiting = await self.here.rows("SELECT due_at, attempts, error FROM outbox")
        raise AssertionError(f"still waiting: {waiting}")


@asynccontextmanager
async def telegram_world(
    url: str, keyring: Keyring, *, limits: Limits = NO_LIMITS, read_timeout: float = 5.0, **more: Any
) -> AsyncGenerator[TelegramWorld]:
    """The stand-in and, on the database at `url`, a process that sends for its bot; `more` as `world` takes it."""
    clock = more.pop("clock", None) or TestClock()
    api = BotApi(TOKEN, now=lambda: clock.now().timestamp())
    paused: list[datetime] = []
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(serving(api))
        client = await stack.enter_async_context(Client(TOKEN, base, read_timeout=read_timeout))

        async def pause(until: datetime) -> None:
            paused.append(until)
            await here.store.write(lambda uow: uow.bots.pause(NAME, ACCOUNT, until))

        pace = Pace(limits, clock.now)
        channel = Telegram(client.bot, ACCOUNT, SignedTokens(keyring), pace, pause)
        channel.sends = True
        here = await stack.enter_async_context(
            world(url, keyring, clock=clock, channels=[channel], telegram_bot_token=TOKEN, **more)
        )
        await here.store.write(
            lambda uow: uow.bots.add(
                Bot(channel=NAME, account=ACCOUNT, workspace="default", username="pulssi_test_bot")
            )
        )
        yield TelegramWorld(here, api, channel, pace, paused)
