"""What time does by itself: questions expire, answers close, counters fold, what nobody needs any more goes."""

from datetime import timedelta

from bot.conversation import advance
from bot.events import TimePassed
from bot.invitation import Invitation, State
from bot.ports import Saved, Store, UnitOfWork
from bot.service.context import Context
from bot.service.idempotency import REMEMBERED_FOR
from bot.service.messages import names_of, replacing
from bot.steps import Show, Step
from bot.values import replace

EVENT_IDS_KEPT = timedelta(days=30)
OVER_KEPT = timedelta(days=30)  # of links, codes and sessions: late enough that a person still hears why one fails
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
        """Forgets event ids after 30 days, for no platform redelivers that late; how many rows of all kinds went.

        Links, codes and sessions go 30 days after their time was over; people who only wrote, and messages for a bot
        that nobody runs, after as long; drafts with their hour; answers to an Idempotency-Key after their 24 hours.
        What web chats show is kept on purpose: a visitor who comes back finds the conversation, and it goes with the
        person.
        """
        now = self._context.clock.now()

        async def job(uow: UnitOfWork) -> int:
            before = now - OVER_KEPT
            return sum(
                [
                    await uow.events.sweep(now - EVENT_IDS_KEPT),
                    await uow.links.sweep(before),
                    await uow.members.sweep(before),
                    await uow.members.sweep_drafts(now),
                    await uow.outbox.sweep(before),
                    await uow.api_keys.sweep(now - REMEMBERED_FOR),
                    await uow.customers.sweep(before),
                ]
            )

        return await self._store.write(job)

    async def _expire(self, uow: UnitOfWork) -> int:
        now = self._context.clock.now()
        due = await uow.invitations.due(now, DUE_AT_ONCE)
        steps = [(one, _told_why(one, advance(one, TimePassed(), now))) for one in due]
        # A question that still waited in the outbox has no message to change.
        unsent = await uow.outbox.drop_all({one.id for one, step in steps if step.invitation.state is State.FAILED})
        await uow.invitations.save([Saved(one, step.invitation, step.history) for one, step in steps])
        shown = [(step.invitation, show) for one, step in steps if one.id not in unsent for show in _shows(step)]
        businesses = {name: await self._context.business(uow, name) for name in {one.workspace for one, _ in shown}}
        names = await names_of(uow, [one for one, _ in shown])
        found = [
            dispatch
            for one, show in shown
            for dispatch in replacing(show.view, one, businesses[one.workspace], names.get(one.id, ""))
        ]
        await uow.outbox.add(found, now)
        return len(due)


def _told_why(before: Invitation, step: Step) -> Step:
    """A question that was held back fails for want of the yes, not because nobody saw it."""
    if before.held and step.invitation.state is State.FAILED:
        return replace(step, invitation=replace(step.invitation, reason=before.reason))
    return step


def _shows(step: Step) -> list[Show]:
    return [effect for effect in step.effects if isinstance(effect, Show)]
