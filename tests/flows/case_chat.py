"""A team that reads of low scores in a group, its members, and a customer who answers: over the paper phone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bot.address import Address
from bot.events import Arrival, Delivered, InvitationEvent, NotSolved, OptedOut, Person, ScoreChosen, TextWritten
from bot.invitation import Interaction, Invitation
from bot.ports import Dispatch
from bot.service.cases import Cases
from bot.values import replace
from storage.keys import Keyring
from tests.flows.chat import ANNA, BOT, MIKKO, OLLI, Chat, own, staffed

TEAM = Address("telegram", "-100777", account=BOT)
TICKET = Interaction(ticket="T-1042", team="Billing")


def in_team(who: Person) -> Address:
    return replace(TEAM, user=who.address.conversation)


class CaseChat:
    """`Chat` with a ticker for low scores."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.cases = Cases(chat.world.store, chat.world.context)

    @property
    def world(self) -> Any:
        return self.chat.world

    async def asked(
        self, who: Person = MIKKO, about: Interaction = TICKET, survey: str = "csat", **more: Any
    ) -> Invitation:
        """A question that this person, who is known, has before them."""
        made = await self.world.asked(survey=survey, to=who.address, about=about, **more)
        await self.world.quiet()
        return await self.says(made, Delivered(), who=who)

    async def says(self, about: Invitation, *events: InvitationEvent, who: Person = MIKKO) -> Invitation:
        for event in events:
            arrival = self.world.arrival(event, about)
            await self.world.store.record(replace(arrival, address=who.address))
        await self.world.quiet()
        found: Invitation = await self.world.invitation(about.id)
        return found

    async def low(self, score: int = 2, **more: Any) -> Invitation:
        return await self.says(await self.asked(**more), ScoreChosen(score), who=more.get("who", MIKKO))

    async def ticks(self) -> list[Dispatch]:
        """What the team reads now that it did not before."""
        before = len(self.chat.phone.sent)
        await self.cases.tell()
        await self.world.quiet()
        return self.chat.phone.sent[before:]

    async def told(self, **more: Any) -> tuple[Invitation, Dispatch]:
        """A low score and the message to the team."""
        made = await self.low(**more)
        (shown,) = await self.ticks()
        return made, shown

    async def writes(self, who: Person, text: str, *, quotes: str = "") -> list[Dispatch]:
        """Words in this person's own chat."""
        before = len(self.chat.phone.sent)
        event = TextWritten(text, message=f"t{len(self.chat.phone.sent)}", quotes=quotes)
        arrival = Arrival(
            event_id=f"text-{next(self.chat.events)}", workspace="default", address=who.address, event=event, aloud=True
        )
        await self.world.store.record(arrival)
        await self.world.quiet()
        return self.chat.phone.sent[before:]

    async def opts_out(self, who: Person) -> None:
        arrival = replace(self.world.arrival(OptedOut()), address=who.address)
        await self.world.store.record(arrival)
        await self.world.quiet()

    async def states(self) -> list[tuple[str, str]]:
        """`(state, told)` of all, the oldest first."""
        return [
            tuple(row)
            for row in await self.world.rows("SELECT state, told FROM low_case ORDER BY opened_at, invitation_id")
        ]


LIISA = Person(own("43"), "Liisa Laine", "en")

__all__ = ["ANNA", "LIISA", "MIKKO", "OLLI", "TEAM", "TICKET", "CaseChat", "NotSolved", "case_chat", "in_team"]


@asynccontextmanager
async def case_chat(url: str, keyring: Keyring, **settings: Any) -> AsyncGenerator[CaseChat]:
    """Anna is staff and Olli the owner; Mikko and Liisa are customers. The team reads in a group."""
    given = {"owner_channel": (str(TEAM),), "business_name": "Esimerkki Oy", **settings}
    async with staffed(url, keyring, **given) as made:
        for customer in (MIKKO, LIISA):
            await made.customer(customer)
        yield CaseChat(made)
