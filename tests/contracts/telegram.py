"""Telegram as a contract driver: the real parse, channel and client, with the stand-in Bot API behind them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from adapters.telegram import parse
from adapters.telegram.buttons import CODES, SCORE_CODE
from adapters.telegram.channel import Telegram
from adapters.telegram.client import Client
from adapters.telegram.inbox import Inbox, Reply
from adapters.telegram.pace import Limits, Pace
from adapters.telegram.parse import Me, decode_batch
from adapters.telegram.polling import ALLOWED
from adapters.telegram.updates import Update
from bot.address import Address
from bot.events import Arrival, Outcome, Person
from bot.service.commands import Commands
from bot.service.membership import Membership
from bot.service.people import People
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.contracts.channels import Shown
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.people import Person as User
from tests.telegram_api.server import serving
from tests.world import TestClock, World, world

ACCOUNT: Final = "1000"
TOKEN: Final = f"{ACCOUNT}:AAE-of-the-stand-in-0123456789"
UNLIMITED: Final = Limits(per_second=100_000, chat_gap=timedelta(0), group_per_minute=100_000)
FIRST_USER: Final = 4711
BOT_NAME: Final = "pulssi_test_bot"
_ACTIONS: Final = {code: action.value for action, code in CODES.items()}


@dataclass
class TelegramDriver:
    """People act in the stand-in; what it then gives to the bot is parsed and recorded."""

    world: World
    api: BotApi
    client: Client
    people: People
    inbox: Inbox
    name: str = "telegram"
    _offset: int = 0
    _events: dict[str, Update] = field(default_factory=dict)
    _known: dict[str, User] = field(default_factory=dict)

    def person(self, name: str) -> User:
        """Somebody of this name who has started the bot, long ago."""
        if name not in self._known:
            made = self.api.private(FIRST_USER + len(self._known), name.capitalize())
            made.start()
            self._known[name] = made
        return self._known[name]

    def address(self, person: str) -> Address:
        return Address("telegram", str(self.person(person).id), account=ACCOUNT)

    async def meet(self, person: str) -> None:
        """The core knows that this person may be written to."""
        known = self.person(person)
        address = self.address(person)
        await self.people.meet("default", Person(address, known.user["first_name"]), address)
        await self.taken()  # what the stand-in told of the start

    async def shown(self, person: str) -> list[Shown]:
        await self.world.quiet()
        return seen(self.person(person).chat)

    async def see(self, person: str, message: Shown) -> None:
        """Telegram tells nobody that a message was seen."""

    async def tap(self, person: str, message: Shown, score: int, *, event: str = "") -> Outcome:
        return await self.pressed(person, message, f"{SCORE_CODE}{score}", event=event)

    async def press(self, person: str, message: Shown, action: str, *, event: str = "") -> Outcome:
        code = next(code for code, value in _ACTIONS.items() if value == action)
        return await self.pressed(person, message, code, event=event)

    async def pressed(
        self, person: str, message: Shown, code: str, *, event: str = "", chat: Chat | None = None, old: bool = False
    ) -> Outcome:
        """A press of the button of this code, which may be gone from the message by now, or be an old one's."""
        if event not in self._events:
            token, who = message.handle.partition(" ")[0], self.person(person)
            where, pressed = chat or self._chat_of(message), int(message.id)
            if where.private and where.id != who.id:
                # Nobody can press in another's private chat; a changed app can send the same from its own.
                where, pressed = who.chat, who.messages[0].id
            who.tap(pressed, "", where, data=f"{code}:{token}", inaccessible=old)
        return await self._arrives(event)

    async def write(
        self, person: str, text: str, *, reply_to: Shown | None = None, event: str = "", chat: Chat | None = None
    ) -> Outcome:
        if event not in self._events:
            self.person(person).write(text, chat, reply_to=int(reply_to.id) if reply_to else None)
        return await self._arrives(event)

    async def taken(self) -> list[parse.Received]:
        """What the stand-in has for us now, read by the channel."""
        payload = await self.client.raw_updates(self._offset, 0, ALLOWED)
        updates = decode_batch(payload)
        if updates:
            self._offset = updates[-1].update_id + 1
        return [received for update in updates for received in self._read(update)]

    async def hears(self) -> list[Reply]:
        """Takes what there is as the running program does, and lets it come to its end; the answers to taps."""
        payload = await self.client.raw_updates(self._offset, 0, ALLOWED)
        updates = decode_batch(payload)
        if updates:
            self._offset = updates[-1].update_id + 1
        replies = await self.inbox.receive_all(updates)
        await self.world.quiet()
        return replies

    async def _arrives(self, event: str) -> Outcome:
        if event in self._events:
            arrivals = self._read(self._events[event])
        else:
            payload = await self.client.raw_updates(self._offset, 0, ALLOWED)
            [update] = decode_batch(payload)
            self._offset = update.update_id + 1
            if event:
                self._events[event] = update
            arrivals = self._read(update)
        [arrival] = arrivals
        assert isinstance(arrival, Arrival)
        return await self.world.store.record(arrival)

    def _read(self, update: Update) -> tuple[parse.Received, ...]:
        return parse.read(update, Me(ACCOUNT, "default", BOT_NAME), self.world.context.tokens)

    def _chat_of(self, message: Shown) -> Chat:
        return self.api.chat(int(message.handle.partition(" ")[2]))


def seen(chat: Chat) -> list[Shown]:
    """The bot's messages as the person sees them."""
    return [_shown(chat, message) for message in chat.from_bot if not message.deleted]


def _shown(chat: Chat, message: Message) -> Shown:
    scores, actions, token = [], [], ""
    for _, data in message.buttons:
        what, _, rest = (data or "").partition(":")
        token = rest
        if what.startswith(SCORE_CODE):
            scores.append(int(what.removeprefix(SCORE_CODE)))
        else:
            actions.append(_ACTIONS.get(what, what))
    # A word joiner is not seen.
    text = message.text.replace("\u2060", "")
    return Shown(str(message.id), text, tuple(scores), tuple(actions), f"{token} {chat.id}")


@asynccontextmanager
async def telegram(url: str, keyring: Keyring) -> AsyncGenerator[TelegramDriver]:
    """A world whose Telegram is the stand-in, without limits; kim has started the bot."""
    api = BotApi(TOKEN)
    async with (
        serving(api) as base,
        Client(TOKEN, base, read_timeout=5) as client,
        _world(url, keyring, client) as here,
    ):
        driver = _driver(here, api, client)
        for person in ("kim", "eve"):
            await driver.meet(person)
        yield driver


def _driver(here: World, api: BotApi, client: Client) -> TelegramDriver:
    store, context = here.store, here.context
    people = People(store, context)
    commands = Commands(store, context, here.asking, Membership(store, context), here.summaries, people)
    inbox = Inbox(Me(ACCOUNT, "default", BOT_NAME), context.tokens, store, people, commands)
    return TelegramDriver(here, api, client, people, inbox)


@asynccontextmanager
async def _world(url: str, keyring: Keyring, client: Client) -> AsyncGenerator[World]:
    clock = TestClock()
    channel = Telegram(client.bot, ACCOUNT, SignedTokens(keyring), Pace(UNLIMITED, clock.now), _not_paused)
    channel.sends = True
    async with world(
        url, keyring, clock=clock, channels=[channel], business_name="Acme", telegram_bot_token=TOKEN
    ) as here:
        yield here


async def _not_paused(until: datetime) -> None:
    raise AssertionError(f"the stand-in has no limits here, and yet asked to wait until {until}")
