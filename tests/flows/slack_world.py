"""A process with the real Slack channel before the stand-in, in one event loop and with one clock."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.slack.channel import NAME, Slack
from adapters.slack.client import Client
from adapters.slack.pace import POST, UPDATE, WHISPER, Limits, Pace
from bot.address import Address
from bot.ports import Bot, UnitOfWork
from bot.workspace import Customer
from scheduler.delivery import Delivery
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.flows.telegram_world import in_hand_no_more
from tests.slack_api.people import Person
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, TEAM
from tests.world import TestClock, World, world

# No turn waits, for the clock stands still while a message is on its way.
NO_LIMITS = Limits(
    dict.fromkeys((POST, UPDATE, WHISPER), 1_000_000), replies_per_second=100_000, channel_gap=timedelta(0)
)
STEP_SECONDS = 2.0  # as much as the first wait before a retry
MOST_STEPS = 3000


def direct(person: str) -> Address:
    """The person's chat with the bot."""
    return Address(NAME, person, TEAM)


def shared(channel: str, person: str = "") -> Address:
    """The person in a channel."""
    return Address(NAME, channel, TEAM, user=person)


@dataclass
class SlackWorld:
    """The process, its channel, the stand-in, and who is in the team."""

    here: World
    api: SlackApi
    channel: Slack
    pace: Pace

    @property
    def delivery(self) -> Delivery:
        assert self.here.delivery is not None
        return self.here.delivery

    async def meet(self, numbers: Iterable[int]) -> list[Person]:
        """People `U0P…` of the team, whom we know."""
        people = [self.api.person(f"U0P{number:04}", f"Person {number}") for number in numbers]
        now = self.here.clock.now()
        known = {direct(one.id): Customer(f"customer-{one.id}", "default", now, locale="en") for one in people}

        async def keep(uow: UnitOfWork) -> None:
            await uow.customers.add_many(known)

        await self.here.store.write(keep)
        return people

    async def run(self) -> None:
        """Until the outbox is empty; the clock moves on whenever there is nothing to do but to wait."""
        for _ in range(MOST_STEPS):
            if not await self.here.outbox():
                return
            claimed = await self.delivery.claim()
            await in_hand_no_more(self.here)
            if not claimed:
                self.here.clock.advance(seconds=STEP_SECONDS)
        waiting = await self.here.rows("SELECT due_at, attempts, error FROM outbox")
        raise AssertionError(f"still waiting: {waiting}")


@asynccontextmanager
async def slack_world(
    url: str, keyring: Keyring, *, limits: Limits = NO_LIMITS, seconds: int = 5, **more: Any
) -> AsyncGenerator[SlackWorld]:
    """The stand-in and, on the database at `url`, a process that sends; `seconds` are its patience with an answer,
    `more` as `world` takes it."""
    clock = TestClock()
    api = SlackApi(now=lambda: clock.now().timestamp())
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(serving(api))
        client = await stack.enter_async_context(Client(BOT_TOKEN, base, seconds=seconds))
        pace = Pace(limits, clock.now)
        channel = Slack(client, TEAM, SignedTokens(keyring), pace)
        channel.sends = True
        here = await stack.enter_async_context(
            world(url, keyring, clock=clock, channels=[channel], learned={NAME: TEAM}, **more)
        )
        await here.store.write(
            lambda uow: uow.bots.add(Bot(channel=NAME, account=TEAM, workspace="default", username="pulssi"))
        )
        yield SlackWorld(here, api, channel, pace)
