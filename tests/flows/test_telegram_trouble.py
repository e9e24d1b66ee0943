"""One kind of trouble at a time on the way to Telegram, and what comes of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import pytest

from adapters.telegram.pace import Limits
from adapters.telegram.runtime import Telegram
from bot.events import Arrival, Outcome, Request, ScoreChosen
from bot.invitation import Invitation, State
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from bot.service.people import People
from scheduler.delivery import Delivery
from scheduler.room import IN_HAND
from storage.keys import Keyring
from tests.flows.telegram import TOKEN
from tests.flows.telegram_world import NO_LIMITS, TelegramWorld, chat_address, in_hand_no_more, telegram_world
from tests.post import Post
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.faults import Fault, Faults
from tests.telegram_api.server import serving
from tests.world import TestClock, World, next_turn, world

GROUP, SUPERGROUP = -1002, -1_001_234_567_890
PAUSE = 30  # seconds; more than a message in hand is held
QUEUE = 3 * IN_HAND
SLOW_SECONDS = 8.0  # until the client gives a held answer up


def planned(bot: TelegramWorld, chat: int, fault: Fault) -> None:
    """This happens to the chat's next message."""
    bot.api.faults = Faults(0, {}, retry_after=PAUSE, planned={chat: [fault]})


async def say(bot: TelegramWorld, chat: int, title: str) -> None:
    prompt = Prompt(PromptKind.INFO, "en", title=title)
    told = Dispatch(workspace="default", address=chat_address(chat), prompt=prompt)
    await bot.here.store.write(lambda uow: uow.outbox.add([told], bot.here.clock.now()))


async def seen_at(bot: TelegramWorld, chat: int) -> datetime | None:
    async with bot.here.store.reading() as uow:
        return await uow.customers.seen_at("default", chat_address(chat))


async def tap(bot: TelegramWorld, asked: Invitation) -> None:
    assert asked.address is not None
    given = Arrival(
        event_id="tap",
        workspace="default",
        address=asked.address,
        event=ScoreChosen(5),
        invitation=asked.id,
        message=asked.message,
    )
    await bot.here.store.record(given)


async def test_a_slow_chat_holds_nobody_up(sqlite_url: str, keyring: Keyring) -> None:
    async with telegram_world(sqlite_url, keyring, read_timeout=SLOW_SECONDS) as bot:
        slow, *others = await bot.meet(range(1, 16))
        planned(bot, 1, "timeout")
        await bot.here.asked(to=chat_address(1))
        await bot.api.until(lambda: slow.chat.from_bot)
        began = asyncio.get_running_loop().time()
        made = await asyncio.gather(*(bot.here.asked(to=chat_address(one.id)) for one in others))
        await bot.api.until(lambda: all(one.chat.from_bot for one in others))
        assert await bot.here.rows("SELECT count(*) FROM outbox WHERE attempts > 0") == [(0,)], "it is still held"
        assert asyncio.get_running_loop().time() - began < SLOW_SECONDS
        await bot.run()
        assert {(await bot.here.invitation(one.id)).state for one in made} == {State.SENT}


async def test_whoever_blocks_the_bot_is_asked_by_a_link_next_time(sqlite_url: str, keyring: Keyring) -> None:
    async with telegram_world(sqlite_url, keyring) as bot:
        [kim] = await bot.meet([1])
        kim.block()
        made = await bot.here.asked(to=chat_address(1))
        await bot.run()
        found = await bot.here.invitation(made.id)
        assert (found.state, found.reason) == (State.FAILED, "blocked")
        assert await seen_at(bot, 1) is None
        again = await bot.here.ask(to=chat_address(1))
        assert again.link_at.startswith("https://t.me/pulssi_test_bot?start=")
        assert await bot.here.outbox() == 0


async def test_a_group_that_was_upgraded_is_asked_under_its_new_id(database_url: str, keyring: Keyring) -> None:
    async with telegram_world(database_url, keyring) as bot:
        await bot.meet([1])
        bot.api.group(GROUP, "Customers")
        new = bot.api.upgrade(GROUP, SUPERGROUP)
        made = await bot.here.asked(to=chat_address(GROUP, 1))
        await bot.run()
        [question] = [one for one in new.from_bot if one.buttons]
        found = await bot.here.invitation(made.id)
        assert (found.state, found.message) == (State.SENT, str(question.id))
        assert found.address == chat_address(SUPERGROUP, 1)
        bot.here.clock.advance(days=60)
        again = await bot.here.asked(to=chat_address(SUPERGROUP, 1), anyway=True, ticket="T-2")
        assert again.customer == made.customer


async def test_what_is_refused_for_good_fails_with_its_reason(sqlite_url: str, keyring: Keyring) -> None:
    async with telegram_world(sqlite_url, keyring) as bot:
        await bot.meet([1, 2, 3])
        group = bot.api.group(GROUP, "Customers")
        group.muted = True
        topic = bot.api.topic(bot.api.group(SUPERGROUP, "Forum", forum=True), "Help", bot.api.private(4, "Team"))
        bot.api.chat(SUPERGROUP).closed_topics.add(topic)
        del bot.api.state.chats[2]
        places = {
            chat_address(GROUP, 1): "no_rights",
            chat_address(2): "unreachable",
            chat_address(SUPERGROUP, 3): "sent",
        }
        made = {place: await bot.here.asked(to=place) for place in places}
        await bot.run()
        found = [await bot.here.invitation(one.id) for one in made.values()]
        assert [one.reason or one.state.value for one in found] == list(places.values())


async def pause(bot: TelegramWorld, chat: int) -> None:
    """This chat is asked, which gets a 429, and that has been noted."""
    planned(bot, chat, "429")
    await bot.here.asked(to=chat_address(chat))
    await bot.settle()


async def test_a_long_pause_counts_no_attempts_and_outlives_a_restart(database_url: str, keyring: Keyring) -> None:
    clock = TestClock()
    async with telegram_world(database_url, keyring, clock=clock) as bot:
        await bot.meet(range(1, 21))
        await pause(bot, 1)
        await asyncio.gather(*(bot.here.asked(to=chat_address(chat)) for chat in range(2, 21)))
        assert await bot.delivery.claim() == 0
        assert bot.paused == [clock.now() + timedelta(seconds=PAUSE)]
        assert await bot.here.rows("SELECT count(*), sum(attempts) FROM outbox") == [(20, 1)]
    async with restarted(database_url, keyring, clock) as (here, api):
        clock.advance(seconds=PAUSE / 2)
        assert here.delivery is not None
        await here.delivery.claim()
        await in_hand_no_more(here)
        assert api.calls_of("sendMessage") == []
        assert await here.rows("SELECT count(*), sum(attempts) FROM outbox") == [(20, 1)]
        clock.advance(seconds=PAUSE / 2)
        await here.quiet()
        assert {call.at for call in api.calls_of("sendMessage")} == {bot.paused[0].timestamp()}
        assert len(api.calls_of("sendMessage")) == 20


@asynccontextmanager
async def restarted(url: str, keyring: Keyring, clock: TestClock) -> AsyncGenerator[tuple[World, BotApi]]:
    """Another process on the same database, with Telegram as a server runs it and a stand-in that knows the people."""
    api = BotApi(TOKEN, now=lambda: clock.now().timestamp())
    for number in range(1, 21):
        api.private(number, f"Person {number}").chat.started = True
    async with AsyncExitStack() as stack:
        settings = {"telegram_bot_token": TOKEN, "telegram_api_base_url": await stack.enter_async_context(serving(api))}
        here = await stack.enter_async_context(
            world(url, keyring, clock=clock, owner="b", delivers=False, channels=[Post("telegram")], **settings)
        )
        runtime = Telegram(
            settings=here.context.settings,
            token=TOKEN,
            workspace="default",
            owner="b",
            clock=clock,
            tokens=here.context.tokens,
            store=here.store,
            people=People(here.store, here.context),
            commands=NoCommands(),
            say=lambda _: None,
            limits=NO_LIMITS,
        )
        await stack.enter_async_context(runtime)
        here.delivery = await stack.enter_async_context(Delivery(here.store, {"telegram": runtime.channel}, clock))
        await stack.enter_async_context(runtime.running())
        await api.until(lambda: api.calls_of("getUpdates"))
        yield here, api


class NoCommands:
    async def handle(self, request: Request) -> Outcome:
        raise AssertionError(f"nobody gave a command: {request}")


async def test_a_turn_that_was_taken_before_a_pause_is_void(sqlite_url: str, keyring: Keyring) -> None:
    slowly = Limits(per_second=100_000, chat_gap=timedelta(seconds=3))
    async with telegram_world(sqlite_url, keyring, limits=slowly) as bot:
        _, kim = await bot.meet([1, 2])
        await say(bot, 2, "first")
        await say(bot, 2, "second")  # its turn comes after the gap
        await bot.api.until(lambda: len(kim.chat.from_bot) == 1)
        await pause(bot, 1)
        assert [one.text for one in kim.chat.from_bot] == ["first"]
        assert await bot.here.rows("SELECT attempts FROM outbox WHERE NOT asks") == [(0,)]
        await bot.run()
        assert [one.text for one in kim.chat.from_bot] == ["first", "second"]
        assert bot.api.calls_of("sendMessage")[-1].at >= bot.paused[0].timestamp()


async def test_after_a_pause_a_long_queue_moves_on(sqlite_url: str, keyring: Keyring) -> None:
    """Rows that went back for a later turn must not have used it up."""
    few = Limits(per_second=2, chat_gap=timedelta(0))
    async with telegram_world(sqlite_url, keyring, limits=few) as bot:
        await bot.meet(range(1, 101))
        bot.pace.pause(bot.here.clock.now() + timedelta(seconds=PAUSE))
        await asyncio.gather(*(bot.here.asked(to=chat_address(chat)) for chat in range(1, 101)))
        for _ in range(4):
            await bot.settle()
            await bot.delivery.claim()
        await bot.settle()
        bot.here.clock.advance(seconds=PAUSE)
        await next_turn()
        assert await bot.delivery.claim() == IN_HAND
        await bot.api.until(lambda: len(bot.api.calls_of("sendMessage")) == 4)


@pytest.mark.timeout(90)
async def test_a_tap_amid_a_queue_of_questions_is_confirmed_before_them(sqlite_url: str, keyring: Keyring) -> None:
    quick = Limits(per_second=400, chat_gap=timedelta(0))
    async with telegram_world(sqlite_url, keyring, limits=quick) as bot:
        kim, *_ = await bot.meet(range(1, QUEUE + 2))
        asked = await bot.here.asked(to=chat_address(1))
        await bot.run()
        asked = await bot.here.invitation(asked.id)
        await asyncio.gather(*(bot.here.asked(to=chat_address(chat)) for chat in range(2, QUEUE + 2)))
        before = len(bot.api.calls)
        await tap(bot, asked)
        while not kim.chat.from_bot[0].edits:
            await bot.delivery.claim()
            await bot.settle()
        calls = [call for call in bot.api.calls[before:] if call.method in {"sendMessage", "editMessageText"}]
        assert [call.method for call in calls].index("editMessageText") <= IN_HAND
        assert await bot.here.outbox() >= QUEUE - len(calls) - IN_HAND


async def test_a_message_that_is_gone_takes_two_turns_for_its_two_calls(sqlite_url: str, keyring: Keyring) -> None:
    async with telegram_world(sqlite_url, keyring, limits=Limits(chat_gap=timedelta(seconds=0.2))) as bot:
        [kim] = await bot.meet([1])
        asked = await bot.here.asked(to=chat_address(1))
        await bot.run()
        asked = await bot.here.invitation(asked.id)
        kim.chat.from_bot[0].deleted = True
        began = asyncio.get_running_loop().time()
        await tap(bot, asked)
        await bot.run()
        assert asyncio.get_running_loop().time() - began >= 0.2
        assert [one.edits for one in kim.chat.from_bot] == [0]
