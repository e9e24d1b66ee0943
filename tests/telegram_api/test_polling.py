"""Updates of the stand-in by long polling, through PTB's real client."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import Conflict

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import DAY, YES_NO, Clock


async def test_an_offset_confirms_what_lies_before(api: BotApi, bot: Bot, mikko: Person) -> None:
    for text in "abc":
        mikko.write(text)
    first = await bot.get_updates(limit=2)
    assert first == await bot.get_updates(limit=2)
    assert not api.confirmed_updates
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest if update.message] == ["b", "c"]
    assert list(api.confirmed_updates) == [update.update_id for update in first]
    last = await bot.get_updates(offset=-1)
    assert [update.update_id for update in last] == [rest[-1].update_id]


async def test_a_long_poll_wakes_for_an_update(api: BotApi, bot: Bot, mikko: Person) -> None:
    seen = await bot.get_updates()
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(bot.get_updates(offset=seen[-1].update_id + 1, timeout=20))
        await api.until(lambda: len(api.calls_of("getUpdates")) == 2)
        await asyncio.to_thread(mikko.write, "hei")
    assert [update.message.text for update in poll.result() if update.message] == ["hei"]
    assert await bot.get_updates(offset=seen[-1].update_id + 2, timeout=0) == ()


async def test_the_older_of_two_polls_ends(api: BotApi, bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await api.until(lambda: len(api.calls_of("getUpdates")) == 1)
    newer = asyncio.create_task(bot.get_updates(timeout=20))
    with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot instance"):
        await older
    await bot.set_webhook("https://desk.example.com/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await newer


async def test_polling_and_webhook_exclude_each_other(bot: Bot) -> None:
    await bot.set_webhook("https://desk.example.com/hook")
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active; use deleteWebhook"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_only_asked_kinds_are_queued(api: BotApi, bot: Bot, mikko: Person) -> None:
    assert api.push({"message_reaction": {"chat": mikko.chat.json()}}) is None
    await bot.get_updates(allowed_updates=["callback_query"])
    mikko.write("not queued")
    await bot.get_updates()
    mikko.write("still not")
    await bot.get_updates(allowed_updates=[])
    mikko.write("again")
    number = api.push({"update_id": 900_000, "never_seen": {"chat": mikko.chat.json()}})
    updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["/start", "again"]
    assert updates[-1].update_id == number == 900_000


async def test_old_updates_are_lost(api: BotApi, bot: Bot, mikko: Person, clock: Clock) -> None:
    await bot.send_message(41, "?", reply_markup=YES_NO)
    tap = mikko.tap(mikko.messages[-1], "Yes")
    clock.at += 151
    assert [update.callback_query for update in await bot.get_updates()] == [None]
    clock.at += DAY
    assert await bot.get_updates() == ()
    assert api.state.updates.expired == [tap.update_id, 500_001]
