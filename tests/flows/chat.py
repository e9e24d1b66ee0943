"""People who write commands to a bot and press its buttons, over a real world and a channel of paper."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.address import Address
from bot.errors import RecipientUnreachable
from bot.events import CommandGiven, MenuPressed, Outcome, Person, Request
from bot.ports import Bot, Dispatch, Identity, Receipt
from bot.prompts import Action
from bot.service.commands import Commands
from bot.service.membership import Membership
from bot.service.people import People
from bot.values import replace
from bot.workspace import Customer, Member, Role
from storage.keys import Keyring
from tests.world import TestClock, World, world

BOT = "1000"
GROUP = Address("telegram", "-100200", account=BOT, thread="5")


def own(user: str) -> Address:
    """This person's own chat with the bot."""
    return Address("telegram", user, account=BOT)


def in_group(user: str) -> Address:
    return replace(GROUP, user=user)


ANNA = Person(own("7"), "Anna", "en")
OLLI = Person(own("8"), "Olli", "en")
MIKKO = Person(own("42"), "Mikko Virtanen", "fi")
STRANGER = Person(own("666"), "Eve", "en")


@dataclass
class Phone:
    """`bot.ports.Channel` that keeps what it was given; a message's id is its number. Who blocked it is not reached."""

    clock: TestClock
    name: str = "telegram"
    account: str = BOT
    sends: bool = True
    sent: list[Dispatch] = field(default_factory=list)
    blocked_by: set[Address] = field(default_factory=set)

    def free_from(self, dispatch: Dispatch) -> datetime:
        return self.turn(dispatch)

    def apart(self, dispatch: Dispatch) -> timedelta:
        del dispatch
        return timedelta(0)

    def turn(self, dispatch: Dispatch) -> datetime:
        del dispatch
        return self.clock.now()

    async def send(self, dispatch: Dispatch) -> Receipt:
        if dispatch.address in self.blocked_by:
            raise RecipientUnreachable("The bot is blocked.", "blocked")
        self.sent.append(dispatch)
        return Receipt(dispatch.message or f"m{len(self.sent)}")


@dataclass
class Chat:
    """Every step gives the messages that it brought, in the order in which they were sent."""

    world: World
    phone: Phone
    commands: Commands
    membership: Membership
    people: People
    events: Any = field(default_factory=lambda: count(1))
    outcome: Outcome = field(default_factory=Outcome)

    async def writes(
        self, who: Person, text: str, *, at: Address | None = None, about: Person | None = None, event: str = ""
    ) -> list[Dispatch]:
        """`/name argument` in this person's own chat, or where it is said."""
        name, _, argument = text.removeprefix("/").partition(" ")
        return await self._gives(who, CommandGiven(name, argument, about), at, event)

    async def presses(
        self, who: Person, label: str, on: Dispatch, *, event: str = "", at: Address | None = None
    ) -> list[Dispatch]:
        """The button of that message whose label begins so."""
        values = [button.value for button in on.prompt.buttons if button.label.startswith(label)]
        assert len(values) == 1, (label, [button.label for button in on.prompt.buttons])
        return await self.sends(who, values[0], event=event, at=at)

    async def sends(self, who: Person, value: str, *, event: str = "", at: Address | None = None) -> list[Dispatch]:
        """A button's value, whether it was ever on a button or not; the message is `pressed`."""
        return await self._gives(who, MenuPressed(value), at, event, "pressed")

    async def _gives(
        self, who: Person, given: CommandGiven | MenuPressed, at: Address | None, event: str, message: str = ""
    ) -> list[Dispatch]:
        before = len(self.phone.sent)
        request = Request(
            event_id=event or f"update-{next(self.events)}", workspace="default", address=at or who.address,
            person=who, event=given, message=message,
        )  # fmt: skip
        self.outcome = await self.commands.handle(request)
        await self.world.quiet()
        sent = self.phone.sent[before:]
        check(sent)
        return sent

    async def member(self, who: Person, role: Role = Role.STAFF) -> Member:
        """Makes this person a member, with the account that they write with."""
        made = Member(f"member-{who.address.conversation}", "default", who.name, role, self.world.clock.now())

        async def job(uow: Any) -> None:
            await uow.members.add(made)
            await uow.members.bind(Identity(made.id, "default", who.address), self.world.clock.now())

        await self.world.store.write(job)
        return made

    async def customer(self, who: Person, *, met: bool = True, at: Address | None = None) -> Customer:
        """Makes this person a customer who has written to the bot, unless it is said that they have not."""
        now = self.world.clock.now()
        fresh = Customer(f"customer-{who.address.conversation}", "default", now, who.name, who.locale)

        async def job(uow: Any) -> Customer:
            made: Customer = await uow.customers.add(fresh, at or who.address)
            if met:
                await uow.customers.met("default", at or who.address, now)
            return made

        return await self.world.store.write(job)

    async def settings(self) -> dict[str, str]:
        async with self.world.store.reading() as uow:
            found = await uow.workspaces.get("default")
        assert found is not None
        return dict(found.settings)


def check(sent: list[Dispatch]) -> None:
    """What every message must keep: what Telegram refuses, and what no text of ours may look like."""
    for dispatch in sent:
        prompt = dispatch.prompt
        assert len(prompt.text) <= 4096
        assert "{" not in prompt.text, prompt.text
        for button in prompt.buttons:
            assert button.label
            assert len(button.value.encode()) <= 60, button.value
            assert button.value.isascii()
            assert (button.action is Action.MENU) == bool(button.value)


def lines(sent: list[Dispatch]) -> str:
    """All that the messages say."""
    return "\n".join(dispatch.prompt.text for dispatch in sent)


def labels(dispatch: Dispatch) -> list[str]:
    return [button.label for button in dispatch.prompt.buttons]


async def invitations(here: Chat) -> list[tuple[str, str]]:
    """`(state, survey)` of all, the newest first."""
    async with here.world.store.reading() as uow:
        return [(one.state.value, one.survey.slug) for one in await uow.invitations.recent("default", 50)]


def questions(sent: list[Dispatch]) -> list[Dispatch]:
    return [dispatch for dispatch in sent if dispatch.asks]


@asynccontextmanager
async def chat(url: str, keyring: Keyring, **settings: Any) -> AsyncGenerator[Chat]:
    """A bot named `acme_bot` on the database at `url`, with nobody yet who knows it."""
    clock = TestClock()
    phone = Phone(clock)
    token = f"{BOT}:a-token-that-opens-nothing"
    async with world(url, keyring, clock=clock, channels=[phone], TELEGRAM_BOT_TOKEN=token, **settings) as here:
        membership, people = Membership(here.store, here.context), People(here.store, here.context)
        commands = Commands(here.store, here.context, here.asking, membership, here.summaries, people)
        bot = Bot(channel="telegram", account=BOT, workspace="default", username="acme_bot")
        await here.store.write(lambda uow: uow.bots.add(bot))
        yield Chat(here, phone, commands, membership, people)


@asynccontextmanager
async def staffed(url: str, keyring: Keyring, **settings: Any) -> AsyncGenerator[Chat]:
    """With Anna as staff and Olli as owner."""
    async with chat(url, keyring, **settings) as here:
        await here.member(ANNA)
        await here.member(OLLI, Role.OWNER)
        yield here
