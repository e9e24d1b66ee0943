"""What is known of a customer, for the customer to see, and how it is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.address import Address
from bot.conversation import advance
from bot.errors import NotFound
from bot.events import Cancelled, Person
from bot.invitation import OPEN, Invitation
from bot.ports import Dispatch, Saved, Store, UnitOfWork
from bot.service.cases.seeing import without_the_person
from bot.service.context import Context
from bot.service.knowing import known_at, met_at, renamed
from bot.service.messages import forgotten, replacing
from bot.service.moving import move_conversation
from bot.steps import HistoryEntry, ScoreKept, View
from bot.texts import best_locale
from bot.values import replace
from bot.workspace import Customer

IMPORT = "import"
SEEN_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is stored of one customer; invitations newest first."""

    customer: Customer
    addresses: Sequence[Address]
    invitations: Sequence[Invitation]
    history: dict[str, Sequence[HistoryEntry]]


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, in numbers."""

    addresses: int
    invitations: int
    comments: int
    cancelled: int


def import_address(text: str) -> Address:
    """The address under which a customer of an imported file is found again: the file's own words for them."""
    return Address(IMPORT, text)


class People:
    """Access to and erasure of a person's data. Errors: `NotFound`."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def at(self, workspace: str, address: Address) -> Known:
        """What is known of whoever is reached at this address."""
        async with self._store.reading() as uow:
            known = await self.known_in(uow, workspace, address)
        if known is None:
            raise NotFound(f"The workspace {workspace!r} knows nobody at {address}.")
        return known

    async def known_in(self, uow: UnitOfWork, workspace: str, address: Address) -> Known | None:
        """As `at`, in a transaction of the caller's; None when nobody is known there."""
        customer = await known_at(uow, workspace, self._context.located(address))
        if customer is None:
            return None
        invitations = await uow.invitations.of_customer(customer.id)
        history = dict(await uow.invitations.history({i.id for i in invitations}))
        return Known(customer, await uow.customers.addresses(customer.id), invitations, history)

    async def erase(self, workspace: str, customer_id: str) -> Erased:
        """Cancels what is open, then forgets the person; anonymous scores stay, and no figure moves."""
        return await self._store.write(lambda uow: self.erase_in(uow, workspace, customer_id))

    async def know_visitor(
        self, workspace: str, address: Address, *, name: str | None, locale: str | None, signed: bool
    ) -> None:
        """Keeps the name and the language that a session brings; a stranger is stored only when the site signed them.

        What is known is looked at first, so that a session which says nothing new writes nothing.
        """
        async with self._store.reading() as look:
            known = await look.customers.at(workspace, address)
        if (known is None and signed) or (known is not None and known != renamed(known, name, locale)):
            await self._store.write(lambda uow: self._know(uow, workspace, address, name, locale))

    async def meet(self, workspace: str, person: Person, address: Address) -> None:
        """Somebody wrote to us at this address: keeps their name and language, and that we may write there too.

        What is known is looked at first, so that a talk writes once an hour at most.
        """
        now = self._context.clock.now()
        async with self._store.reading() as look:
            known = await known_at(look, workspace, address)
            seen_at = await look.customers.seen_at(workspace, address) if known is not None else None
        told = (person.name or None, best_locale(person.locale, "") or None)
        fresh = seen_at is not None and now - seen_at < SEEN_AGAIN
        if known is None or not fresh or known != renamed(known, *told):
            await self._store.write(lambda uow: self._meet(uow, workspace, told, address))

    async def _meet(
        self, uow: UnitOfWork, workspace: str, told: tuple[str | None, str | None], address: Address
    ) -> None:
        now = self._context.clock.now()
        known = await known_at(uow, workspace, address, lock=True)
        if known is None:
            known = Customer(self._context.ids.new(), workspace, now, *told)
        else:
            await uow.customers.change(renamed(known, *told))
        await met_at(uow, known, address)
        await uow.customers.met(workspace, address, now)

    async def name(self, workspace: str, person: Person, address: Address) -> None:
        """Keeps the name of somebody who is known at this address without one; nobody is made known by that."""
        async with self._store.reading() as look:
            known = await known_at(look, workspace, address)
        if known is not None and not known.name and person.name:
            await self._store.write(lambda uow: self._meet_again(uow, workspace, person, address))

    @staticmethod
    async def _meet_again(uow: UnitOfWork, workspace: str, person: Person, address: Address) -> None:
        known = await known_at(uow, workspace, address, lock=True)
        if known is not None:
            await uow.customers.change(renamed(known, person.name, best_locale(person.locale, "") or None))

    async def lose(self, workspace: str, address: Address) -> None:
        """We may not write there any more: blocked, or thrown out."""
        await self._store.write(lambda uow: uow.customers.lost(workspace, address))

    async def move(self, old: Address, new: Address) -> None:
        """The conversation lives on under another id."""
        await self._store.write(lambda uow: move_conversation(uow, old, new))

    async def _know(
        self, uow: UnitOfWork, workspace: str, address: Address, name: str | None, locale: str | None
    ) -> None:
        # Read again under a lock: an opt-out that is being stored now must not be overwritten.
        known = await uow.customers.at(workspace, address, lock=True)
        if known is None:
            fresh = Customer(self._context.ids.new(), workspace, self._context.clock.now(), name, locale)
            await uow.customers.add(fresh, address)
        else:
            await uow.customers.change(renamed(known, name, locale))

    async def erase_in(self, uow: UnitOfWork, workspace: str, customer_id: str) -> Erased:
        """As `erase`, in a transaction of the caller's."""
        customer, invitations = await _held(uow, customer_id)
        if customer is None or customer.workspace != workspace:
            raise NotFound(f"There is no customer {customer_id!r} in the workspace {workspace!r}.")
        waiting = [invitation for invitation in invitations if invitation.state in OPEN]
        now = self._context.clock.now()
        business = await self._context.business(uow, workspace)
        farewells = []
        for invitation in waiting:
            step = advance(invitation, Cancelled("erased"), now)
            await uow.invitations.save([Saved(invitation, step.invitation, step.history)])
            if not await uow.outbox.drop_of(invitation.id):
                farewells += replacing(View.WITHDRAWN, step.invitation, business)
        shown = (forgotten(one, business) for one in invitations if one.state not in OPEN)
        farewells += [one for one in shown if one is not None]
        addresses = await uow.customers.addresses(customer.id)
        cases = await without_the_person(uow, business, {one.id for one in invitations})
        await uow.customers.erase(customer.id)
        # Questions lose their buttons and the name; what says so is bound to nobody any more.
        await uow.outbox.add([_unbound(one) for one in farewells if one.message], now)
        await uow.outbox.add(cases, now)
        worded = sum(bool(i.answer and i.answer.parts) for i in invitations)
        return Erased(len(addresses), len(invitations), worded, len(waiting))


def _unbound(farewell: Dispatch) -> Dispatch:
    return replace(
        farewell, invitation=None, prompt=replace(farewell.prompt, invitation="", header="", lines=(), buttons=())
    )


async def _held(uow: UnitOfWork, customer_id: str) -> tuple[Customer | None, Sequence[Invitation]]:
    """The customer and everything they were asked, under locks: what others were storing meanwhile is in it."""
    # Invitations before their customer, as whoever records an event locks them; those made in between come last.
    early = {invitation.id for invitation in await uow.invitations.of_customer(customer_id)}
    await uow.invitations.load(early, lock=True)
    customer = await uow.customers.get(customer_id, lock=True)
    late = {invitation.id for invitation in await uow.invitations.of_customer(customer_id)} - early
    await uow.invitations.load(late, lock=True)
    return customer, await uow.invitations.of_customer(customer_id)


def known_json(known: Known) -> dict[str, Any]:
    """A person's data as JSON: to hand over to them (GDPR, article 15). Their words are as they wrote them."""
    person = known.customer
    return {
        "customer": {
            "id": person.id,
            "name": person.name,
            "locale": person.locale,
            "created_at": person.created_at.isoformat(),
            "opted_out_at": _moment(person.opted_out_at),
            "consented_at": _moment(person.consented_at),
        },
        "addresses": [str(address) for address in known.addresses],
        "questions": [_question_json(i, known.history.get(i.id, ())) for i in known.invitations],
    }


def _question_json(invitation: Invitation, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    answer = invitation.answer
    about = {**msgspec.structs.asdict(invitation.interaction), "closed_at": _moment(invitation.interaction.closed_at)}
    return {
        "invitation": invitation.id,
        "survey": invitation.survey.slug,
        "state": invitation.state.value,
        "reason": invitation.reason,
        "about": {**about, "tags": list(about["tags"]), "attributes": dict(about["attributes"])},
        "decided_at": invitation.decided_at.isoformat(),
        "sent_at": _moment(invitation.sent_at),
        "score": answer.score if answer else None,
        "comment": answer.comment if answer else "",
        "answered_at": _moment(answer.first_at) if answer else None,
        "not_solved_at": _moment(answer.not_solved_at) if answer else None,
        "history": [_entry_json(entry) for entry in history],
    }


def _entry_json(entry: HistoryEntry) -> dict[str, Any]:
    said: dict[str, Any] = {"score": entry.score} if isinstance(entry, ScoreKept) else {"comment": entry.text}
    return {**said, "at": entry.at.isoformat()}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
