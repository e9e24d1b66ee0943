"""Opens a one-time link: its question goes to whoever opens it first."""

from bot.address import OWNER, Address
from bot.invitation import OPEN, Invitation, Origin, State
from bot.ports import Saved, UnitOfWork
from bot.service.context import Context
from bot.service.knowing import known_at
from bot.service.questions import Questions, held_if_needed
from bot.texts import best_locale
from bot.values import replace
from bot.workspace import Customer


class Opening:
    """One transaction's work; `bot.service.asking` says what the outcomes mean."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._questions = Questions(context)

    async def __call__(self, uow: UnitOfWork, workspace: str, token: str, visitor: Address, locale: str) -> str:
        """The outcome: `used`, `answered`, `busy`, `over` or `unknown`. `Conflict` when another process was faster."""
        digest = self._context.tokens.digest("link", token)
        link = await uow.links.get(digest)
        found = (await uow.invitations.load([link.invitation], lock=True)).get(link.invitation) if link else None
        # Read again under the invitation's lock: another visitor may have opened it while we waited.
        link = await uow.links.get(digest)
        if link is None or found is None or not _may_see(found, workspace, visitor):
            return "unknown"
        mine = found.address is not None and found.address.key == visitor.key
        if not mine and (link.opened_at is not None or found.address is not None):
            return "unknown"
        if found.answered:
            return "answered"
        if found.state not in OPEN or self._context.clock.now() >= found.expires_at:
            return "over"
        return await self._come(uow, found) if mine else await self._bind(uow, found, digest, visitor, locale)

    async def _come(self, uow: UnitOfWork, found: Invitation) -> str:
        """The question is this visitor's own; if it waited for them to begin, it goes out."""
        if found.state is State.SCHEDULED and not found.message and not await uow.outbox.holds(found.id):
            await self._questions.put(uow, found, await self._context.business(uow, found.workspace))
        return "used"

    async def _bind(self, uow: UnitOfWork, found: Invitation, digest: str, visitor: Address, locale: str) -> str:
        now = self._context.clock.now()
        business = await self._context.business(uow, found.workspace)
        customer = await known_at(uow, found.workspace, visitor, lock=True)
        if customer is None:
            fresh = Customer(self._context.ids.new(), found.workspace, now, locale=best_locale(locale, "") or None)
            customer = await uow.customers.add(fresh, visitor)
        bound = replace(found, customer=customer.id, address=visitor, locale=best_locale(locale, found.locale))
        taken = await _taken(uow, bound, customer)
        if taken is not None:
            return taken
        if not await uow.links.open(digest, now):
            return "unknown"
        bound = held_if_needed(bound, business, customer)
        await uow.invitations.save([Saved(found, bound)])
        await self._questions.put(uow, bound, business)
        return "used"


def _may_see(found: Invitation, workspace: str, visitor: Address) -> bool:
    """A visitor of another business would never see the question, and the link would be used up."""
    return (found.workspace, found.channel) == (workspace, visitor.channel) and visitor.conversation != OWNER


async def _taken(uow: UnitOfWork, bound: Invitation, customer: Customer) -> str | None:
    """Why a link's question may not be this customer's: they have this ticket's already, or another one is open."""
    if bound.origin is not Origin.ASKED:
        return None
    ticket = bound.interaction.ticket
    if ticket and await uow.invitations.same_ticket(bound.workspace, bound.survey.slug, ticket, customer.id):
        return "answered"
    return "busy" if await uow.invitations.open_of(customer.id) else None
