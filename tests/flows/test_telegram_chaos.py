"""A thousand questions through all that can go wrong on the way to Telegram: each ends, with the right reason."""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from bot.invitation import Invitation, State
from storage.keys import Keyring
from tests.flows.telegram_world import TelegramWorld, chat_address, telegram_world
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.faults import Faults

AT_ONCE = 50
RETRY_AFTER = 30  # seconds; more than a message in hand is held
READ_SECONDS = 1.0  # far more than an answer takes, so that only the faults time out
RATES = {"429": 0.005, "403": 0.02, "500": 0.03, "close_before": 0.02, "close_after": 0.02, "timeout": 0.008}
DONE_AND_LOST = {"close_after", "timeout"}  # the message stands in the chat, and we do not know


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("seed", "asks"), [(1, 1000), (2, 350), (3, 350)])
async def test_every_ask_ends_in_all_kinds_of_trouble(
    sqlite_url: str, keyring: Keyring, seed: int, asks: int, record_property: Callable[[str, object], None]
) -> None:
    async with telegram_world(sqlite_url, keyring, read_timeout=READ_SECONDS) as bot:
        await bot.meet(range(1, asks + 1))
        faults = bot.api.faults = Faults(seed, RATES, retry_after=RETRY_AFTER)
        made = await _ask_everybody(bot, asks)
        await bot.run()
        found = {chat: await bot.here.invitation(one.id) for chat, one in made.items()}

        blocked = {chat for chat in found if bot.api.chat(chat).blocked}
        assert {chat: one.reason for chat, one in found.items() if one.state is State.FAILED} == dict.fromkeys(
            blocked, "blocked"
        )
        assert {one.state for chat, one in found.items() if chat not in blocked} == {State.SENT}

        lost = Counter(chat for kind, _, chat in faults.log if kind in DONE_AND_LOST)
        for chat, one in found.items():
            messages = bot.api.chat(chat).from_bot
            assert len(messages) == lost[chat] + (one.state is State.SENT)
            assert one.state is State.FAILED or one.message in {str(message.id) for message in messages}
        twice = {chat for chat in found if len(bot.api.chat(chat).from_bot) > 1}
        assert twice == {chat for chat, n in lost.items() if n + (chat not in blocked) > 1}
        record_property("chats that were asked twice", len(twice))
        record_property("connections that broke or timed out after the message was there", lost.total())
        assert set(faults.counts) == set(RATES), "each kind of trouble has happened"

        sent = asks - len(blocked)
        assert await bot.here.funnel() == {"considered": asks, "delivered": sent, "failed:blocked": len(blocked)}
        assert await bot.here.differences() == []
        _check_pauses(bot.api)


async def _ask_everybody(bot: TelegramWorld, asks: int) -> dict[int, Invitation]:
    """So many at a time, as staff and help desks do all day; by chat."""
    made: dict[int, Invitation] = {}
    for first in range(1, asks + 1, AT_ONCE):
        chats = range(first, first + AT_ONCE)
        asked = await asyncio.gather(*(bot.here.asked(to=chat_address(chat)) for chat in chats))
        made |= dict(zip(chats, asked, strict=True))
    return made


def _check_pauses(api: BotApi) -> None:
    """After a 429 the bot sent nothing before its `retry_after` was over; what was on its way came at that moment."""
    calls = [call for call in api.calls if call.method == "sendMessage"]
    pauses = [call.at for call in calls if call.status == 429]
    assert pauses
    for began in pauses:
        assert not [call for call in calls if began < call.at < began + RETRY_AFTER]
