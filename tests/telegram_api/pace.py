"""Sending as fast as Telegram's limits allow, by a clock that jumps to each turn."""

import time
from dataclasses import dataclass
from datetime import datetime

from adapters.telegram.channel import Telegram
from adapters.telegram.client import Client
from adapters.telegram.pace import Limits, Pace
from bot.address import Address
from bot.ports import Dispatch
from bot.prompts import Asker, question
from bot.texts import texts
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.builders import make_invitation
from tests.telegram_api import limits
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.ptb import TOKEN
from tests.telegram_api.server import serving
from tests.world import TestClock

PEOPLE, GROUPS = 600, 6
GROUP_EVERY = 20  # messages: each group gets 15 a minute
FIRST_GROUP = -1_001_000_000_000


@dataclass(frozen=True, slots=True)
class Paced:
    """`seconds` are those of the simulated clock, from the first call to the last; `real_seconds` what it took."""

    messages: int
    seconds: float
    refused: int
    real_seconds: float


async def send_paced(messages: int) -> Paced:
    """So many questions to people and groups in turn, each sent at its turn through PTB's client."""
    clock = TestClock()
    kept = limits.Limits()
    api = BotApi(TOKEN, now=lambda: clock.now().timestamp(), limits=kept)
    account = TOKEN.partition(":")[0]
    places = [Address("telegram", str(number), account=account) for number in _chats(api)]
    groups = [Address("telegram", str(FIRST_GROUP - number), account=account) for number in range(1, GROUPS + 1)]
    prompt = question(make_invitation(), Asker("Acme"), texts("en"))
    async with serving(api) as url, Client(TOKEN, url) as client:
        tokens = SignedTokens(Keyring(bytes(range(32))))
        channel = Telegram(client.bot, account, tokens, Pace(Limits(), clock.now), _told)
        began = time.perf_counter()
        for number in range(messages):
            rest, turn = number % GROUP_EVERY, number // GROUP_EVERY
            address = groups[turn % GROUPS] if rest == 0 else places[number % PEOPLE]
            dispatch = Dispatch(workspace="default", address=address, prompt=prompt)
            clock.at = max(clock.at, channel.turn(dispatch))
            await channel.send(dispatch)
        took = time.perf_counter() - began
    calls = api.calls_of("sendMessage")
    return Paced(len(calls), calls[-1].at - calls[0].at, len(kept.refused), took)


async def _told(until: datetime) -> None:
    """A pause: the call that led to it fails anyway."""
    del until


def _chats(api: BotApi) -> range:
    for number in range(1, GROUPS + 1):
        api.group(FIRST_GROUP - number, f"Group {number}")
    for number in range(1, PEOPLE + 1):
        api.private(number, f"Person {number}").chat.started = True
    return range(1, PEOPLE + 1)
