"""What time does by itself: questions expire, answers close, counters fold, old event ids go."""

from datetime import timedelta

from bot.conversation import Show, advance
from bot.events import TimePassed
from bot.invitation import Invitation, State
from bot.ports import Dispatch, Saved, Store, UnitOfWork
from bot.service.context import Context
from bot.service.messages import replacing

EVENT_IDS_KEPT = timedelta(days=30)
DUE_AT_ONCE = 200
FOLDED_AT_ONCE = 5000


class Ticking:
    """Each call does one bounded piece, in one transaction, and says how much it did; call again while it is full."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def expire(self) -> int:
        """Expires and closes what is due; the messages lose their buttons."""
        now = self._context.clock.now()
        async with self._store.reading() as look:
            if not await look.invitations.due(now, 1):
                return 0
        return await self._store.write(self._expire)

    async def fold(self) -> int:
        """Folds counters into the base."""
        async with self._store.reading() as look:
            if not await look.rollups.unfolded():
                return 0
        return await self._store.write(lambda uow: uow.rollups.fold(FOLDED_AT_ONCE))

    async def sweep(self) -> int:
        """Forgets event ids after 30 days; no platform redelivers that late."""
        before = self._context.clock.now() - EVENT_IDS_KEPT
        return await self._store.write(lambda uow: uow.events.sweep(before))

    async def _expire(self, uow: UnitOfWork) -> int:
        now = self._context.clock.now()
        due = await uow.invitations.due(now, DUE_AT_ONCE)
        saved, dispatches = [], []
        for invitation in due:
            step = advance(invitation, TimePassed(), now)
            saved.append(Saved(invitation, step.invitation, step.history))
            if await _never_left(uow, step.invitation):
                continue
            shows = [effect for effect in step.effects if isinstance(effect, Show)]
            dispatches += [d for show in shows if (d := await self._dispatch(uow, show, step.invitation)) is not None]
        await uow.invitations.save(saved)
        await uow.outbox.add(dispatches, now)
        return len(due)

    async def _dispatch(self, uow: UnitOfWork, show: Show, invitation: Invitation) -> Dispatch | None:
        return replacing(show.view, invitation, await self._context.business(uow, invitation.workspace))


async def _never_left(uow: UnitOfWork, invitation: Invitation) -> bool:
    """Did the question still wait in the outbox? Then there is no message to change."""
    return invitation.state is State.FAILED and await uow.outbox.drop_of(invitation.id)
