"""Slack as a contract driver: the real parse, channel and client, with the stand-in Slack behind them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from typing import Final

import msgspec

from adapters.slack import parse
from adapters.slack.buttons import CODES, MENU_CODE, SCORE_CODE
from adapters.slack.channel import Slack
from adapters.slack.client import Client
from adapters.slack.pace import POST, UPDATE, WHISPER, Limits, Pace
from adapters.slack.parse import Me
from bot.address import Address
from bot.events import Arrival, Outcome, Person
from bot.ports import Bot
from bot.prompts import Action
from bot.service.people import People
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.contracts.channels import Shown
from tests.slack_api import payloads
from tests.slack_api.people import Person as User
from tests.slack_api.places import Message
from tests.slack_api.rules import Json
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP, BOT, BOT_TOKEN, BOT_USER, TEAM
from tests.world import TestClock, World, world

ME: Final = Me(TEAM, "default", BOT_USER, BOT, APP, "")
UNLIMITED: Final = Limits(dict.fromkeys((POST, UPDATE, WHISPER), 100_000), channel_gap=timedelta(0))
_ACTIONS: Final = {code: action.value for action, code in CODES.items()}


@dataclass
class SlackDriver:
    """People act in their direct message with the bot; what the stand-in would deliver is parsed and recorded."""

    world: World
    api: SlackApi
    people: People
    name: str = "slack"
    _known: dict[str, User] = field(default_factory=dict)
    _payloads: dict[str, parse.Payload] = field(default_factory=dict)

    def person(self, name: str) -> User:
        """Somebody of this name in the team."""
        if name not in self._known:
            self._known[name] = self.api.person(f"U0{name.upper()}", name.capitalize())
        return self._known[name]

    def address(self, person: str) -> Address:
        return Address("slack", self.person(person).id, account=TEAM)

    async def meet(self, person: str) -> None:
        """The core knows this person by name."""
        address = self.address(person)
        await self.people.meet("default", Person(address, self.person(person).user.real_name), address)

    async def shown(self, person: str) -> list[Shown]:
        await self.world.quiet()
        return [self._shown(one) for one in self.person(person).sees() if one.user == BOT_USER]

    async def see(self, person: str, message: Shown) -> None:
        """Slack tells no app that a message was seen."""

    async def tap(self, person: str, message: Shown, score: int, *, event: str = "") -> Outcome:
        return await self.pressed(person, message, f"{SCORE_CODE}:{score}", event=event)

    async def press(self, person: str, message: Shown, action: str, *, event: str = "") -> Outcome:
        code = next(code for code, value in _ACTIONS.items() if value == action)
        return await self.pressed(person, message, code, event=event)

    async def pressed(self, person: str, message: Shown, code: str, *, event: str = "") -> Outcome:
        """A press of the button of this code, which may be gone from the message by now.

        Nobody can press in another's direct message; a changed client can send the same from its own.
        """
        if event in self._payloads:
            return await self._arrives(self._payloads[event])
        who, state = self.person(person), self.api.state
        ts = message.id.rpartition("/")[2]
        shown = who.dm.message(ts) or Message(who.dm, ts, BOT_USER, "", bot_id=BOT)
        action: Json = {"type": "button", "action_id": code, "block_id": "b", "action_ts": state.ts(),
                        "value": message.handle}  # fmt: skip
        made = payloads.block_actions(state, who.user, shown, action, response_url=True)
        return await self._arrives(parse.decode_interaction(msgspec.json.encode(made)), event)

    async def write(self, person: str, text: str, *, reply_to: Shown | None = None, event: str = "") -> Outcome:
        if event in self._payloads:
            return await self._arrives(self._payloads[event])
        thread = reply_to.id.rpartition("/")[2] if reply_to else ""
        self.person(person).say(text, thread_ts=thread)
        told = self.api.events[-1].payload
        # What somebody types in angle brackets is text to Slack; the stand-in would make a mention of it.
        told["event"]["text"] = escape(text, quote=False)
        return await self._arrives(parse.decode_event(msgspec.json.encode(told)), event)

    async def _arrives(self, payload: parse.Payload, event: str = "") -> Outcome:
        if event:
            self._payloads[event] = payload
        [arrival] = parse.read(payload, ME, self.world.context.tokens)
        assert isinstance(arrival, Arrival)
        return await self.world.store.record(arrival)

    def _shown(self, message: Message) -> Shown:
        scores, actions, token = [], [], ""
        for block in message.blocks:
            for element in block.get("elements", ()):
                if element["type"] != "button":
                    continue
                code = element["action_id"]
                what, _, score = code.partition(":")
                if what == MENU_CODE:
                    actions.append(Action.MENU.value)
                    continue
                token = element["value"]
                if what == SCORE_CODE:
                    scores.append(int(score))
                else:
                    actions.append(_ACTIONS.get(code, code))
        text, found = self.api.seen(message), f"{message.channel.id}/{message.ts}"
        return Shown(found, text, tuple(scores), tuple(actions), token)


@asynccontextmanager
async def slack(url: str, keyring: Keyring) -> AsyncGenerator[SlackDriver]:
    """A world whose Slack is the stand-in, without limits; it delivers to nobody, for the driver reads what it has."""
    api = SlackApi()
    api.state.echo = False
    api.deliveries.retry_at_once = False
    async with (
        serving(api) as base,
        Client(BOT_TOKEN, base, seconds=5) as client,
        _world(url, keyring, client) as here,
    ):
        bot = Bot(channel="slack", account=TEAM, workspace="default", username="pulssi")
        await here.store.write(lambda uow: uow.bots.add(bot))
        driver = SlackDriver(here, api, People(here.store, here.context))
        for person in ("kim", "eve"):
            await driver.meet(person)
        yield driver


@asynccontextmanager
async def _world(url: str, keyring: Keyring, client: Client) -> AsyncGenerator[World]:
    clock = TestClock()
    channel = Slack(client, TEAM, SignedTokens(keyring), Pace(UNLIMITED, clock.now))
    channel.sends = True
    async with world(url, keyring, clock=clock, channels=[channel], business_name="Acme") as here:
        yield here
