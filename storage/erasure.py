"""Forgets a person: everything personal goes, anonymous scores stay, and no figure moves."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.errors import Conflict
from bot.invitation import OPEN
from storage.cases import forget as forget_cases
from storage.codec import address_from, arrival_from
from storage.digests import place_digest
from storage.keys import Keyring
from storage.quotes import forget
from storage.sql import table
from storage.tables import (
    CustomerAddressRow,
    CustomerRow,
    DraftRow,
    HistoryRow,
    InvitationRow,
    MessageRow,
    OutboxRow,
    ParkedRow,
    ResponseRow,
)

_CUSTOMER = table(CustomerRow)
_ADDRESS = table(CustomerAddressRow)
_INVITATION = table(InvitationRow)
_RESPONSE = table(ResponseRow)
_HISTORY = table(HistoryRow)
_OUTBOX = table(OutboxRow)
_MESSAGE = table(MessageRow)
_PARKED = table(ParkedRow)
_DRAFT = table(DraftRow)


async def erase(connection: AsyncConnection, keyring: Keyring, customer: str) -> None:
    """Deletes the customer with addresses, words, messages on the way or shown, and parked events; an unknown one too.

    Words that a message to the team quotes go from it as well, and what members wrote about them.

    `Conflict` while one of their questions is open: cancelling it changes figures and so goes through `advance` first.
    """
    held = select(_CUSTOMER.c.workspace).where(_CUSTOMER.c.id == customer).with_for_update()
    workspace = (await connection.execute(held)).scalar()
    if workspace is None:
        return
    invitations = await _closed_invitations(connection, customer)
    stored = select(_ADDRESS.c.address).where(_ADDRESS.c.customer_id == customer)
    addresses = [address_from(found) for found in await connection.scalars(stored)]
    await _forget_words(connection, invitations)
    await forget(connection, keyring, invitations)
    await forget_cases(connection, invitations)
    await _forget_messages(connection, invitations)
    await _forget_places(connection, keyring, workspace, addresses)
    await _forget_parked(connection, workspace, addresses)
    # What a member is about to ask may name the person; it lives an hour, and is soon chosen again.
    await connection.execute(delete(_DRAFT).where(_DRAFT.c.workspace == workspace))
    await _forget_person(connection, customer, invitations)


async def _closed_invitations(connection: AsyncConnection, customer: str) -> list[str]:
    of_customer = select(_INVITATION.c.id, _INVITATION.c.state).where(_INVITATION.c.customer_id == customer)
    rows = (await connection.execute(of_customer.with_for_update())).all()
    if any(row.state in OPEN for row in rows):
        raise Conflict("A question to this person is still open: cancel it before the person is erased.")
    return [row.id for row in rows]


async def _forget_words(connection: AsyncConnection, invitations: Sequence[str]) -> None:
    parts = update(_RESPONSE).where(_RESPONSE.c.invitation_id.in_(invitations))
    await connection.execute(parts.values(parts=null()))
    theirs = _HISTORY.c.invitation_id.in_(invitations)
    await connection.execute(delete(_HISTORY).where(theirs, _HISTORY.c.score.is_(None)))
    await connection.execute(update(_HISTORY).where(theirs).values(words=null()))


async def _forget_messages(connection: AsyncConnection, invitations: Sequence[str]) -> None:
    await connection.execute(delete(_OUTBOX).where(_OUTBOX.c.invitation_id.in_(invitations)))
    await connection.execute(delete(_MESSAGE).where(_MESSAGE.c.invitation_id.in_(invitations)))


async def _forget_places(
    connection: AsyncConnection, keyring: Keyring, workspace: str, addresses: Collection[Address]
) -> None:
    """What was said to the person without an invitation; others in the same group keep theirs."""
    places = {place_digest(keyring, address) for address in addresses}
    shown = {place_digest(keyring, address) for address in addresses if address.channel == "webchat"}
    in_web_chat = _MESSAGE.c.workspace == workspace, _MESSAGE.c.place_digest.in_(shown)
    await connection.execute(delete(_MESSAGE).where(*in_web_chat))
    waiting = select(_OUTBOX.c.id, _OUTBOX.c.body).where(
        _OUTBOX.c.workspace == workspace, _OUTBOX.c.place_digest.in_(places), _OUTBOX.c.week.is_(None)
    )
    rows = (await connection.execute(waiting)).all()
    theirs = [row.id for row in rows if address_from(row.body["address"]) in addresses]
    await connection.execute(delete(_OUTBOX).where(_OUTBOX.c.id.in_(theirs)))


async def _forget_parked(connection: AsyncConnection, workspace: str, addresses: Collection[Address]) -> None:
    parked = select(_PARKED.c.id, _PARKED.c.payload).where(_PARKED.c.workspace == workspace)
    rows = (await connection.execute(parked)).all()
    theirs = [row.id for row in rows if arrival_from(row.payload).address in addresses]
    await connection.execute(delete(_PARKED).where(_PARKED.c.id.in_(theirs)))


async def _forget_person(connection: AsyncConnection, customer: str, invitations: Sequence[str]) -> None:
    personal = ("customer_id", "address", "place_digest", "subject", "attributes", "ticket_key", "open_key", "call_key")
    blank = update(_INVITATION).where(_INVITATION.c.id.in_(invitations))
    await connection.execute(blank.values({name: null() for name in personal}))
    await connection.execute(delete(_ADDRESS).where(_ADDRESS.c.customer_id == customer))
    await connection.execute(delete(_CUSTOMER).where(_CUSTOMER.c.id == customer))
