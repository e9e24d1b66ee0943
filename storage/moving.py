"""A conversation that lives on under another id takes its people, questions and waiting messages along."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.values import replace
from storage.codec import address_from, plain
from storage.digests import address_digest, place_digest
from storage.keys import Keyring
from storage.sql import table
from storage.tables import CustomerAddressRow, InvitationRow, OutboxRow, PostingRow, QuoteRow

_INVITATION: Final = table(InvitationRow)
_ADDRESS: Final = table(CustomerAddressRow)
_OUTBOX: Final = table(OutboxRow)
_QUOTE: Final = table(QuoteRow)
_POSTING: Final = table(PostingRow)
Change = Callable[[Address], Address]


async def move(connection: AsyncConnection, keyring: Keyring, old: Address, new: Address) -> int:
    """From the place of `old` to that of `new`; how many questions went along. A second call finds nothing left.

    Messages keep to their old conversation: their numbers mean others in the new one, and are forgotten.
    """

    def there(address: Address) -> Address:
        return replace(address, conversation=new.conversation, thread=new.thread)

    before, after = place_digest(keyring, old), place_digest(keyring, new)
    chosen = select(_INVITATION.c.id, _INVITATION.c.workspace, _INVITATION.c.address)
    rows = (await connection.execute(chosen.where(_INVITATION.c.place_digest == before))).all()
    for row in rows:
        address = address_from(row.address)
        moved = update(_INVITATION).where(_INVITATION.c.id == row.id)
        await connection.execute(moved.values(address=plain(there(address)), place_digest=after, message=""))
        await _move_customer(connection, keyring, row.workspace, address, there(address))
    await _move_outbox(connection, before, after, there)
    await _move_postings(connection, before, after, there)
    await connection.execute(update(_QUOTE).where(_QUOTE.c.place_digest == before).values(place_digest=after))
    return len(rows)


async def _move_customer(
    connection: AsyncConnection, keyring: Keyring, workspace: str, old: Address, new: Address
) -> None:
    digest = address_digest(keyring, workspace, new)
    taken = select(_ADDRESS.c.id).where(_ADDRESS.c.workspace == workspace, _ADDRESS.c.address_digest == digest)
    if (await connection.scalar(taken)) is not None:
        return
    found = update(_ADDRESS).where(
        _ADDRESS.c.workspace == workspace, _ADDRESS.c.address_digest == address_digest(keyring, workspace, old)
    )
    await connection.execute(found.values(address=plain(new), address_digest=digest))


async def _move_outbox(connection: AsyncConnection, before: str, after: str, there: Change) -> None:
    chosen = select(_OUTBOX.c.id, _OUTBOX.c.body).where(_OUTBOX.c.place_digest == before)
    for row in (await connection.execute(chosen)).all():
        body: dict[str, Any] = {**row.body, "address": plain(there(address_from(row.body["address"]))), "message": ""}
        moved = update(_OUTBOX).where(_OUTBOX.c.id == row.id)
        await connection.execute(moved.values(body=body, place_digest=after, leased_by=None, lease_until=None))


async def _move_postings(connection: AsyncConnection, before: str, after: str, there: Change) -> None:
    """A week that the new conversation got already keeps what is known of it there."""
    there_already = select(_POSTING.c.workspace, _POSTING.c.week).where(_POSTING.c.place_digest == after)
    taken = {tuple(row) for row in await connection.execute(there_already)}
    for row in (await connection.execute(select(_POSTING).where(_POSTING.c.place_digest == before))).all():
        if (row.workspace, row.week) in taken:
            await connection.execute(delete(_POSTING).where(_POSTING.c.id == row.id))
            continue
        destination = {**row.destination, "address": plain(there(address_from(row.destination["address"])))}
        moved = update(_POSTING).where(_POSTING.c.id == row.id)
        await connection.execute(moved.values(destination=destination, place_digest=after))
