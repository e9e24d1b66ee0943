"""Takes a question back: unsent, it is dropped; shown, it says that it is over."""

from bot.conversation import advance
from bot.errors import NotFound
from bot.events import Cancelled
from bot.invitation import Invitation
from bot.ports import Saved, UnitOfWork
from bot.service.context import Context, storable
from bot.service.messages import names_of, replacing
from bot.steps import Show


class Cancelling:
    """One transaction's work."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, uow: UnitOfWork, workspace: str, invitation: str, reason: str) -> Invitation:
        """The invitation as it is now. `NotFound`, or `Conflict` when it is answered or over."""
        wanted = [invitation] if storable(invitation) else []
        found = (await uow.invitations.load(wanted, lock=True)).get(invitation)
        if found is None or found.workspace != workspace:
            raise NotFound(f"There is no invitation {invitation!r} in the workspace {workspace!r}.")
        business = await self._context.business(uow, workspace)
        step = advance(found, Cancelled(reason), self._context.clock.now())
        await uow.invitations.save([Saved(found, step.invitation, step.history)])
        unsent = await uow.outbox.drop_of(found.id)
        name = (await names_of(uow, [step.invitation])).get(found.id, "")
        dispatches = [
            dispatch
            for effect in step.effects
            if isinstance(effect, Show) and not unsent
            for dispatch in replacing(effect.view, step.invitation, business, name)
        ]
        await uow.outbox.add(dispatches, self._context.clock.now())
        return step.invitation
