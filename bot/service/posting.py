"""Puts a week's message on its way to one destination, and keeps that it is."""

from collections.abc import Sequence
from datetime import datetime

from bot.address import Address
from bot.channels import traits
from bot.destinations import Destination
from bot.ports import Dispatch, Fate, Posting, UnitOfWork
from bot.prompts import Prompt
from bot.service.picturing import parted
from bot.values import replace

Quotes = Sequence[tuple[str, str]]
NOT_CONNECTED = "not_connected"


async def put_on_its_way(uow: UnitOfWork, posting: Posting, prompt: Prompt, quotes: Quotes, now: datetime) -> Posting:
    """Stores the message for the posting's destination; `quotes` are its lines that hold an answer's words.

    Where it is not known yet for whom we speak nobody could send it: it is undeliverable from the start.
    """
    address = posting.destination.address
    await uow.summaries.note_quotes(posting.workspace, [address], quotes)
    if unaddressed(address):
        held = replace(posting, fate=Fate.UNDELIVERABLE, reason=NOT_CONNECTED, due_at=now, message=prompt)
        return await uow.postings.begin(held)
    begun = await uow.postings.begin(posting)
    await uow.outbox.add(parted(meant_for(begun, prompt)), now)
    return begun


def posting_of(workspace: str, week: str, destination: Destination, now: datetime) -> Posting:
    """One that begins now."""
    return Posting(workspace=workspace, week=week, destination=destination, fate=Fate.ON_ITS_WAY, since=now)


def meant_for(posting: Posting, prompt: Prompt, address: Address | None = None) -> Dispatch:
    """The posting's message, at its destination or at another address in its place."""
    where = address or posting.destination.address
    return Dispatch(workspace=posting.workspace, address=where, prompt=prompt, week=posting.week, posting=posting.id)


def unaddressed(address: Address) -> bool:
    """Is it not known yet for whom we speak there? Then nobody could send it."""
    return traits(address.channel).accounts and not address.account
