"""What becomes of a message that was sent, or that cannot be: noted with its invitation, its case or its week."""

from datetime import datetime
from typing import Final

from bot.conversation import advance
from bot.events import Delivered, Failed
from bot.invitation import State
from bot.ports import Clock, Dispatch, Receipt, Saved, Store, UnitOfWork
from bot.service.cases import delivered, undelivered
from bot.service.context import Context
from bot.service.failing import told_to_asker
from bot.service.messages import names_of, replacing
from bot.service.questions import first_contacts
from bot.service.undelivered import Undelivered
from bot.steps import View
from bot.values import replace

_LOST: Final = frozenset({"blocked", "not_started"})  # the person has to begin again


class Outcomes:
    """Each is noted, and its row done, in the transaction that is given."""

    def __init__(self, store: Store, clock: Clock, context: Context | None) -> None:
        """Without `context` nobody is told of what failed, and a question that was cancelled while it went out keeps
        its buttons."""
        self._clock = clock
        self._context = context
        self._undelivered = Undelivered(store, context) if context is not None else None

    async def sent(self, uow: UnitOfWork, dispatch: Dispatch, receipt: Receipt) -> None:
        """`dispatch` is what was said, in the words of that moment."""
        now = self._clock.now()
        if dispatch.week is not None:
            await uow.summaries.posted(dispatch.workspace, dispatch.week, now)
            if self._undelivered is not None:
                await self._undelivered.delivered(uow, dispatch)
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(
                uow, dispatch.invitation, Delivered(receipt.message) if receipt.delivered else None, now
            )
        elif dispatch.shows is not None or dispatch.tells is not None:
            await uow.outbox.add(await delivered(uow, dispatch, receipt.message), now)
        elif dispatch.alone:
            pass  # what one person sees where others read cannot be found again
        elif dispatch.invitation is not None and receipt.delivered and receipt.message != dispatch.message:
            await self._note_message(uow, dispatch, dispatch.invitation, receipt.message)
        await uow.outbox.done(dispatch)

    @staticmethod
    async def _note_message(uow: UnitOfWork, dispatch: Dispatch, invitation: str, message: str) -> None:
        """Keeps the platform's id of what now shows the invitation there, so that the next view replaces it."""
        found = (await uow.invitations.load([invitation], lock=True)).get(invitation)
        if found is None or found.address is None:
            return
        here = found.address.place == dispatch.address.place
        noted = replace(found, message=message) if here else replace(found, personal=message)
        if noted != found:
            await uow.invitations.save([Saved(found, noted)])

    async def unreachable(self, uow: UnitOfWork, dispatch: Dispatch, reason: str) -> None:
        """It is not tried again; whom it concerns is told where they can be."""
        if dispatch.invitation is not None and dispatch.asks:
            await self._advance(uow, dispatch.invitation, Failed(reason), self._clock.now())
            await self._tell_asker(uow, dispatch.invitation)
        if dispatch.lasting and self._context is not None:
            await uow.outbox.add(await undelivered(uow, self._context, dispatch, reason), self._clock.now())
        if reason in _LOST and dispatch.address.private:
            await uow.customers.lost(dispatch.workspace, dispatch.address)
        if dispatch.week is not None and self._undelivered is not None:
            await self._undelivered.refused(uow, dispatch, reason)
        await uow.outbox.done(dispatch)

    async def _tell_asker(self, uow: UnitOfWork, invitation: str) -> None:
        found = (await uow.invitations.load([invitation])).get(invitation)
        if found is not None and found.state is State.FAILED and self._context is not None:
            await uow.outbox.add(await told_to_asker(uow, self._context, found), self._clock.now())

    async def _advance(self, uow: UnitOfWork, invitation: str, event: Delivered | Failed | None, now: datetime) -> None:
        # The invitation is locked before the outbox row, in the order of those who cancel.
        found = (await uow.invitations.load([invitation], lock=True)).get(invitation)
        if found is None:
            return
        if event is not None:
            step = advance(found, event, now)
            saved = [Saved(found, step.invitation, step.history)]
            await uow.invitations.save(saved)
            await uow.customers.note_first_contacts(first_contacts(saved), now)
            found = step.invitation
        if found.state is State.CANCELLED and not isinstance(event, Failed) and self._context is not None:
            # Whoever cancelled it found the row here and believed that the question had not left.
            business = await self._context.business(uow, found.workspace)
            names = await names_of(uow, [found])
            await uow.outbox.add(replacing(View.WITHDRAWN, found, business, names.get(found.id, "")), now)
