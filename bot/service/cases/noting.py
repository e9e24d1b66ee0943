"""What a batch of answers means to cases, in the transaction that stores them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.business import Business
from bot.cases import FOLLOWED, turn
from bot.ports import Saved, UnitOfWork
from bot.service.cases.seeing import seen, shown_again


async def note_cases(
    uow: UnitOfWork, saved: Sequence[Saved], businesses: Mapping[str, Business], now: datetime
) -> None:
    """Nothing is asked of the database but for a low score, "not solved yet", or what changes such an answer."""
    turns = [(one.after, found) for one in saved if (found := turn(one.before, one.after)) is not None]
    if not turns:
        return
    await uow.cases.note([(after.workspace, after.id, found) for after, found in turns], now)
    for after, found in turns:
        if found in FOLLOWED:
            await _show_again(uow, businesses[after.workspace], after.id, now)


async def _show_again(uow: UnitOfWork, business: Business, invitation: str, now: datetime) -> None:
    """The messages that show the case follow the answer, and lose what was taken back."""
    case = await uow.cases.get(invitation)
    for shown in await seen(uow, [case] if case is not None else []):
        await uow.outbox.add(await shown_again(uow, business, shown), now)
