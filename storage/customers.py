"""People who are asked, where they are reached, and how they are forgotten."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Contact, Ready
from bot.workspace import Customer, FirstContact
from storage.codec import address_from
from storage.digests import address_digest
from storage.direct import Bulk, Query
from storage.erasure import erase
from storage.keys import Keyring
from storage.mapping import customer_of
from storage.moving import move
from storage.ready import ReadyRows, put
from storage.sql import insert, one_of, table
from storage.tables import CustomerAddressRow, CustomerRow, InvitationRow

_CUSTOMER = table(CustomerRow)
_ADDRESS = table(CustomerAddressRow)
_INVITATION = table(InvitationRow)
_ADD = Bulk(lambda _: _CUSTOMER.insert(), [column.name for column in _CUSTOMER.c])
_REACH = Bulk(lambda _: _ADDRESS.insert(), ["workspace", "customer_id", "channel", "address_digest", "address"])
_KNOWN = Query(
    lambda connection: select(_ADDRESS.c.customer_id, _ADDRESS.c.address_digest).where(
        _ADDRESS.c.workspace == bindparam("there"), one_of(connection, _ADDRESS.c.address_digest, "digests")
    )
)


class CustomerRows:
    """Keeps `bot.ports.Customers`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def at(self, workspace: str, address: Address, *, lock: bool = False) -> Customer | None:
        """On SQLite a transaction that writes holds the one lock there is; `lock` adds nothing."""
        chosen = (
            select(_CUSTOMER)
            .join(_ADDRESS, _ADDRESS.c.customer_id == _CUSTOMER.c.id)
            .where(_ADDRESS.c.workspace == workspace, _ADDRESS.c.address_digest == self._digest(workspace, address))
        )
        if lock:
            chosen = chosen.with_for_update(of=_CUSTOMER)
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else customer_of(found)

    async def get(self, customer: str, *, lock: bool = False) -> Customer | None:
        chosen = select(_CUSTOMER).where(_CUSTOMER.c.id == customer)
        found = (await self._connection.execute(chosen.with_for_update() if lock else chosen)).first()
        return None if found is None else customer_of(found)

    async def many(self, customers: Collection[str]) -> Mapping[str, Customer]:
        if not customers:
            return {}
        found = await self._connection.execute(select(_CUSTOMER).where(_CUSTOMER.c.id.in_(set(customers))))
        return {row.id: customer_of(row) for row in found}

    async def add(self, customer: Customer, address: Address) -> Customer:
        """A customer that is stored already gets the address beside the others."""
        new = insert(self._connection, _CUSTOMER).values(_stored(customer)).on_conflict_do_nothing()
        is_new = (await self._connection.execute(new.returning(_CUSTOMER.c.id))).first() is not None
        where = self._reached(customer, address)
        reached = insert(self._connection, _ADDRESS).values(where).on_conflict_do_nothing()
        if (await self._connection.execute(reached.returning(_ADDRESS.c.id))).first() is None and is_new:
            await self._connection.execute(delete(_CUSTOMER).where(_CUSTOMER.c.id == customer.id))
        return await self.at(customer.workspace, address) or customer

    async def add_many(self, fresh: Mapping[Address, Customer]) -> Mapping[Address, Customer]:
        """One look-up and two inserts for all; only where another process was first it looks a second time."""
        digests = {self._digest(customer.workspace, address): address for address, customer in fresh.items()}
        found = await self._at_digests(digests)
        new = {digest: address for digest, address in digests.items() if address not in found}
        if not new:
            return found
        people = [_stored(fresh[address]) for address in new.values()]
        await self._connection.execute(insert(self._connection, _CUSTOMER).on_conflict_do_nothing(), people)
        reached = [self._reached(fresh[address], address) for address in new.values()]
        added = insert(self._connection, _ADDRESS).on_conflict_do_nothing().returning(_ADDRESS.c.address_digest)
        ours = set((await self._connection.execute(added, reached)).scalars())
        lost = {digest: address for digest, address in new.items() if digest not in ours}
        if lost:
            nobodies = [fresh[address].id for address in lost.values()]
            await self._connection.execute(delete(_CUSTOMER).where(_CUSTOMER.c.id.in_(nobodies)))
        made = {address: fresh[address] for digest, address in new.items() if digest in ours}
        return {**found, **made, **await self._at_digests(lost)}

    async def known(self, workspace: str, addresses: Collection[Address]) -> Mapping[Address, str]:
        if not addresses:
            return {}
        digests = {self._digest(workspace, address): address for address in addresses}
        rows = await _KNOWN(self._connection, there=workspace, digests=list(digests))
        return {digests[row.address_digest]: row.customer_id for row in rows}

    def ready(self, fresh: Mapping[Address, Customer]) -> ReadyRows:
        people = _ADD.step([_stored(customer) for customer in fresh.values()])
        reached = _REACH.step([self._reached(customer, address) for address, customer in fresh.items()])
        return ReadyRows.of(self._connection, (people, reached))

    async def put(self, ready: Ready) -> None:
        await put(self._connection, ready)

    async def change(self, customer: Customer) -> None:
        """Stores everything but id, workspace and time of creation, which stay."""
        await self._connection.execute(
            update(_CUSTOMER).where(_CUSTOMER.c.id == customer.id).values(_changeable(customer))
        )

    async def addresses(self, customer: str) -> Sequence[Address]:
        """The oldest first."""
        chosen = select(_ADDRESS.c.address).where(_ADDRESS.c.customer_id == customer).order_by(_ADDRESS.c.id)
        return [address_from(found) for found in await self._connection.scalars(chosen)]

    async def first_contact(self, workspace: str, address: Address) -> FirstContact | None:
        chosen = select(_ADDRESS.c.first_contact_at, _ADDRESS.c.first_contact_text).where(
            _ADDRESS.c.workspace == workspace, _ADDRESS.c.address_digest == self._digest(workspace, address)
        )
        found = (await self._connection.execute(chosen)).first()
        if found is None or found.first_contact_at is None:
            return None
        return FirstContact(found.first_contact_at, found.first_contact_text or "")

    async def prepare_first_contact(self, workspace: str, address: Address, text: str) -> None:
        """In place of an earlier line that nobody read; without a customer at the address nothing is kept."""
        prepared = update(_ADDRESS).where(
            _ADDRESS.c.workspace == workspace,
            _ADDRESS.c.address_digest == self._digest(workspace, address),
            _ADDRESS.c.first_contact_at.is_(None),
        )
        await self._connection.execute(prepared.values(first_contact_text=text))

    async def note_first_contacts(self, places: Collection[tuple[str, Address]], now: datetime) -> None:
        """In one statement, and in the order of the digests, so that two processes do not wait for each other."""
        rows = sorted((self._digest(workspace, address), workspace) for workspace, address in set(places))
        if not rows:
            return
        read = update(_ADDRESS).where(
            _ADDRESS.c.workspace == bindparam("there"),
            _ADDRESS.c.address_digest == bindparam("digest"),
            _ADDRESS.c.first_contact_at.is_(None),
            _ADDRESS.c.first_contact_text.is_not(None),
        )
        await self._connection.execute(
            read.values(first_contact_at=bindparam("at")),
            [{"digest": digest, "there": workspace, "at": now} for digest, workspace in rows],
        )

    async def met(self, workspace: str, address: Address, now: datetime) -> None:
        """Where nobody is known, nothing is kept."""
        await self._connection.execute(update(_ADDRESS).where(*self._there(workspace, address)).values(seen_at=now))

    async def lost(self, workspace: str, address: Address) -> None:
        """Who only wrote and does not want us any more is forgotten with that."""
        await self._connection.execute(update(_ADDRESS).where(*self._there(workspace, address)).values(seen_at=None))
        here = select(_ADDRESS.c.customer_id).where(*self._there(workspace, address))
        await self._connection.execute(delete(_CUSTOMER).where(_CUSTOMER.c.id.in_(here), *_only_wrote()))

    async def seen_at(self, workspace: str, address: Address) -> datetime | None:
        moment: datetime | None = await self._connection.scalar(
            select(_ADDRESS.c.seen_at).where(*self._there(workspace, address))
        )
        return moment

    async def recent(self, workspace: str, channels: Collection[str], limit: int) -> Sequence[Contact]:
        """Of each channel the latest `limit` addresses that were heard of, and as many of those that never were."""
        found = [contact for channel in sorted(channels) for contact in await self._latest(workspace, channel, limit)]
        found.sort(key=lambda one: one.seen_at or one.customer.created_at, reverse=True)
        people: dict[str, Contact] = {}
        for one in found:
            people.setdefault(one.customer.id, one)
        return list(people.values())[:limit]

    async def _latest(self, workspace: str, channel: str, limit: int) -> list[Contact]:
        """Two walks along the index, however many people were imported meanwhile."""
        there = _ADDRESS.c.workspace == workspace, _ADDRESS.c.channel == channel
        chosen = (
            select(_CUSTOMER, _ADDRESS.c.address, _ADDRESS.c.seen_at)
            .join(_ADDRESS, _ADDRESS.c.customer_id == _CUSTOMER.c.id)
            .where(*there)
        )
        heard = chosen.where(_ADDRESS.c.seen_at.is_not(None)).order_by(_ADDRESS.c.seen_at.desc(), _ADDRESS.c.id.desc())
        silent = chosen.where(_ADDRESS.c.seen_at.is_(None)).order_by(_ADDRESS.c.id.desc())
        rows = [row for one in (heard, silent) for row in await self._connection.execute(one.limit(limit))]
        return [Contact(customer_of(row), address_from(row.address), row.seen_at) for row in rows]

    async def move(self, old: Address, new: Address) -> int:
        return await move(self._connection, self._keyring, old, new)

    async def sweep(self, before: datetime) -> int:
        stale = (
            select(_ADDRESS.c.customer_id)
            .group_by(_ADDRESS.c.customer_id)
            .having(func.max(_ADDRESS.c.seen_at) < before)
        )
        unneeded = delete(_CUSTOMER).where(_CUSTOMER.c.id.in_(stale), *_only_wrote())
        return (await self._connection.execute(unneeded)).rowcount

    async def erase(self, customer: str) -> None:
        """Forgets the person: see `storage.erasure`. `Conflict` while one of their questions is open.

        An opt-out goes as well: it was this person's, and nobody is left whom a later ask could recognise by it.
        """
        await erase(self._connection, self._keyring, customer)

    async def _at_digests(self, digests: Mapping[str, Address]) -> dict[Address, Customer]:
        if not digests:
            return {}
        chosen = select(_CUSTOMER, _ADDRESS.c.address_digest).join(_ADDRESS, _ADDRESS.c.customer_id == _CUSTOMER.c.id)
        rows = await self._connection.execute(chosen.where(_ADDRESS.c.address_digest.in_(digests)))
        return {digests[row.address_digest]: customer_of(row) for row in rows}

    def _reached(self, customer: Customer, address: Address) -> dict[str, Any]:
        return {
            "workspace": customer.workspace,
            "customer_id": customer.id,
            "channel": address.channel,
            "address_digest": self._digest(customer.workspace, address),
            "address": address,
        }

    def _there(self, workspace: str, address: Address) -> tuple[ColumnElement[bool], ...]:
        return _ADDRESS.c.workspace == workspace, _ADDRESS.c.address_digest == self._digest(workspace, address)

    def _digest(self, workspace: str, address: Address) -> str:
        return address_digest(self._keyring, workspace, address)


def _only_wrote() -> tuple[ColumnElement[bool], ...]:
    """Never asked, nothing decided, and unknown in the web chat, where a site told who it is."""
    asked = select(_INVITATION.c.id).where(_INVITATION.c.customer_id == _CUSTOMER.c.id).exists()
    on_a_site = select(_ADDRESS.c.id).where(_ADDRESS.c.customer_id == _CUSTOMER.c.id, _ADDRESS.c.channel == "webchat")
    return ~asked, ~on_a_site.exists(), _CUSTOMER.c.opted_out_at.is_(None), _CUSTOMER.c.consented_at.is_(None)


def _stored(customer: Customer) -> dict[str, Any]:
    fixed = {"id": customer.id, "workspace": customer.workspace, "created_at": customer.created_at}
    return fixed | _changeable(customer)


def _changeable(customer: Customer) -> dict[str, Any]:
    return {
        "name": customer.name,
        "locale": customer.locale,
        "opted_out_at": customer.opted_out_at,
        "consented_at": customer.consented_at,
    }
