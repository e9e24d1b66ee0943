"""What a channel must let a person see and do, as a driver per channel that the contract suite runs through."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID, uuid5

import msgspec

from adapters.webchat import parse, render
from adapters.webchat.sessions import Visitor
from bot.address import Address
from bot.events import Outcome
from storage.keys import Keyring
from tests.world import World, world

NAMESPACE = UUID(int=7)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as the person sees it: all its text, the scores and the actions that can be pressed.

    `handle` is what the platform sends back when something on this message is pressed.
    """

    id: str
    text: str
    scores: tuple[int, ...]
    actions: tuple[str, ...]
    handle: str


class ChannelDriver(Protocol):
    """A channel in front of a real world; `event` repeats a platform's own event id, as a redelivery does.

    Everything goes through the channel's real parse and render, over the vendor's lowest seam.
    """

    name: str
    world: World

    def address(self, person: str) -> Address: ...

    async def shown(self, person: str) -> list[Shown]:
        """The person's messages once all that is decided has arrived, in the order of their first appearance."""
        ...

    async def see(self, person: str, message: Shown) -> None:
        """The message comes into the person's view."""
        ...

    async def tap(self, person: str, message: Shown, score: int, *, event: str = "") -> Outcome: ...

    async def press(self, person: str, message: Shown, action: str, *, event: str = "") -> Outcome: ...

    async def write(self, person: str, text: str, *, reply_to: Shown | None = None, event: str = "") -> Outcome: ...


class WebChatDriver:
    """The web chat: bodies of `POST /webchat/events` in, JSON of the stream out."""

    name = "webchat"

    def __init__(self, here: World) -> None:
        self.world = here
        self._posted = 0

    def address(self, person: str) -> Address:
        return self._visitor(person).address

    async def shown(self, person: str) -> list[Shown]:
        await self.world.quiet()
        stored = await self.world.messages(person)
        return [_seen(msgspec.json.decode(render.message(one, self.world.context.tokens))) for one in stored]

    async def see(self, person: str, message: Shown) -> None:
        await self._post(person, "", type="shown", token=message.handle)

    async def tap(self, person: str, message: Shown, score: int, *, event: str = "") -> Outcome:
        return await self._post(person, event, type="score", token=message.handle, score=score)

    async def press(self, person: str, message: Shown, action: str, *, event: str = "") -> Outcome:
        return await self._post(person, event, type="press", token=message.handle, action=action)

    async def write(self, person: str, text: str, *, reply_to: Shown | None = None, event: str = "") -> Outcome:
        replied = {"reply_to": reply_to.id} if reply_to else {}
        return await self._post(person, event, type="text", text=text, **replied)

    async def _post(self, person: str, event: str, **fields: object) -> Outcome:
        self._posted += 1
        event_id = uuid5(NAMESPACE, event or str(self._posted))
        decoded = parse.decode(msgspec.json.encode({"event_id": str(event_id), **fields}))
        arrival = parse.read(decoded, self._visitor(person), self.world.context.tokens)
        return await self.world.store.record(arrival)

    def _visitor(self, person: str) -> Visitor:
        return Visitor("default", person, self.world.clock.now() + timedelta(days=30))


class _Button(msgspec.Struct):
    action: str
    token: str | None


class _Choice(msgspec.Struct):
    value: int


class _Scale(msgspec.Struct):
    choices: list[_Choice]


class _Prompt(msgspec.Struct):
    title: str | None
    lines: list[str]
    buttons: list[_Button]
    scale: _Scale | None
    footnote: str | None
    token: str | None


class _Message(msgspec.Struct):
    id: str
    prompt: _Prompt


def _seen(found: object) -> Shown:
    message = msgspec.convert(found, _Message)
    prompt = message.prompt
    words = (prompt.title, *prompt.lines, prompt.footnote)
    return Shown(
        message.id,
        "\n".join(word for word in words if word),
        tuple(choice.value for choice in prompt.scale.choices) if prompt.scale else (),
        tuple(button.action for button in prompt.buttons),
        prompt.token or "",
    )


@asynccontextmanager
async def webchat(url: str, keyring: Keyring) -> AsyncGenerator[ChannelDriver]:
    async with world(url, keyring, business_name="Acme") as here:
        yield WebChatDriver(here)
