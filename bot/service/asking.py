"""Asks, or explains why not; cancels; opens one-time links."""

from bot.address import OWNER, Address
from bot.business import Business
from bot.channels import traits
from bot.errors import Conflict, WrongUse
from bot.invitation import Invitation, Origin, State
from bot.policy import Facts, Reason, Verdict, verdict
from bot.ports import Link, Saved, Store, StoredSurvey, UnitOfWork
from bot.service.asked import Asked, AskRequest
from bot.service.cancelling import Cancelling
from bot.service.context import Context
from bot.service.knowing import known_at, met_at
from bot.service.links import link_address
from bot.service.opening import Opening
from bot.service.questions import Questions, held_if_needed
from bot.texts import best_locale
from bot.values import replace
from bot.workspace import Customer


class Asking:
    """The use cases of asking. Each takes one transaction; a lost race for a unique key is run once more."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context
        self._questions = Questions(context)
        self._opening = Opening(context)
        self._cancelling = Cancelling(context)

    async def ask(self, request: AskRequest) -> Asked:
        """Asks, or says why not; the verdict is always explained. A dry run writes nothing.

        Errors: `UnknownSurvey`, `UnknownChannel`, `NotFound` (workspace), `WrongUse` (the owner's own conversation).
        """
        self._check(request)
        if request.dry_run:
            async with self._store.reading() as uow:
                return await self.ask_in(uow, request)
        try:
            return await self._store.write(lambda uow: self.ask_in(uow, request))
        except Conflict:
            # Another process asked the same person meanwhile; looking again finds it.
            return await self._store.write(lambda uow: self.ask_in(uow, request))

    def _check(self, request: AskRequest) -> None:
        self._context.check_channel(request.to)
        if (request.to.channel, request.to.conversation) == ("webchat", OWNER):
            raise WrongUse("webchat:owner is where the owner reads; ask a customer.")
        if request.to.is_new and not traits(request.to.channel).links:
            label = traits(request.to.channel).label
            raise WrongUse(f"{label} opens no links: name the person there, or ask for a link with --to webchat:new.")

    async def cancel(self, workspace: str, invitation: str, reason: str = "cancelled") -> Invitation:
        """Takes a question back. `NotFound`, or `Conflict` when it is answered or over."""
        return await self._store.write(lambda uow: self.cancel_in(uow, workspace, invitation, reason))

    async def cancel_in(
        self, uow: UnitOfWork, workspace: str, invitation: str, reason: str = "cancelled"
    ) -> Invitation:
        """As `cancel`, in a transaction of the caller's."""
        return await self._cancelling(uow, workspace, invitation, reason)

    async def open_link(self, workspace: str, token: str, visitor: Address, locale: str) -> str:
        """Ties a one-time link to who opens it first, and says what it does for this visitor.

        `used` (the question is theirs), `answered`, `busy` (another question waits for them: the link stays unused),
        `over` (taken back, expired or failed), `unknown` (no link of ours, or opened by somebody else).
        """
        try:
            return await self._store.write(lambda uow: self.open_link_in(uow, workspace, token, visitor, locale))
        except Conflict:
            # Another process asked the same person meanwhile; looking again finds it.
            return await self._store.write(lambda uow: self.open_link_in(uow, workspace, token, visitor, locale))

    async def open_link_in(self, uow: UnitOfWork, workspace: str, token: str, visitor: Address, locale: str) -> str:
        """As `open_link`, in a transaction of the caller's; `Conflict` when another process was faster."""
        return await self._opening(uow, workspace, token, visitor, locale)

    async def ask_in(self, uow: UnitOfWork, request: AskRequest) -> Asked:
        """As `ask`, in a transaction of the caller's; `Conflict` when another process was faster."""
        self._check(request)
        request = replace(request, to=self._located(request.to))
        business = await self._context.business(uow, request.workspace)
        survey = await self._context.survey(uow, request.workspace, request.survey)
        if request.to.is_new:
            return await self._link(uow, request, business, survey)
        if request.to.is_open_call:
            return await self._call(uow, request, business, survey)
        customer = await known_at(uow, request.workspace, request.to, lock=not request.dry_run)
        same = await _same_ticket(uow, request, customer)
        decided = verdict(await self._facts(uow, request, customer, same))
        if decided.reason is Reason.ALREADY_ASKED and same is not None:
            return Asked(decided, same, customer=customer, repeated=True)
        if _needs_confirmation(request, decided):
            return Asked(replace(decided, ask=False), customer=customer, needs_confirmation=True)
        if request.dry_run or decided.reason is Reason.NOT_A_MEMBER:
            return Asked(decided, customer=customer)
        return await self._make(uow, request, business, survey, decided, customer)

    def _located(self, to: Address) -> Address:
        located = self._context.located(to)
        if traits(to.channel).accounts and not located.account:
            label = traits(to.channel).label
            raise WrongUse(f"{label} has not told yet whom we speak for: start `pulssi serve` once, which asks it.")
        return located

    async def _make(
        self,
        uow: UnitOfWork,
        request: AskRequest,
        business: Business,
        survey: StoredSurvey,
        decided: Verdict,
        customer: Customer | None,
    ) -> Asked:
        customer = await met_at(uow, customer or self._new_customer(request), request.to)
        made = self._invitation(request, business, survey, decided, customer)
        if not decided.ask:
            await uow.invitations.save([Saved(None, made)])
            return Asked(decided, made, customer=customer)
        failed = await _failed(uow, request, customer)
        if failed is not None:
            made = replace(failed, state=made.state, reason=None, expires_at=made.expires_at, address=made.address)
        made = held_if_needed(made, business, customer)
        await uow.invitations.save([Saved(failed, made)])
        if await self._has_to_begin(uow, request):
            return replace(await self._linked(uow, decided, made), customer=customer)
        await self._questions.put(uow, made, business)
        return Asked(decided, made, customer=customer)

    @staticmethod
    async def _has_to_begin(uow: UnitOfWork, request: AskRequest) -> bool:
        """Must the person write first, because a bot may not? Then a link brings them, and the question waits."""
        to = request.to
        return (
            traits(to.channel).waits_for_person
            and to.private
            and await uow.customers.seen_at(request.workspace, to) is None
        )

    async def _linked(self, uow: UnitOfWork, decided: Verdict, made: Invitation) -> Asked:
        secret = self._context.ids.secret()
        # An error here undoes the ask: nobody could be told the link.
        address = await link_address(uow, self._context, made.channel, made.workspace, secret)
        await uow.links.add(Link(self._context.tokens.digest("link", secret), made.id, made.expires_at))
        return Asked(decided, made, secret, "" if made.channel == "webchat" else address)

    async def _call(self, uow: UnitOfWork, request: AskRequest, business: Business, survey: StoredSurvey) -> Asked:
        """An open call: one message for everybody who reads there."""
        if request.test:
            raise WrongUse("A question to a whole group cannot be a test: name a person with @ and the user's id.")
        decided = verdict(Facts(now=self._context.clock.now(), may_ask=request.may_ask))
        if request.dry_run or not decided.ask:
            return Asked(decided)
        made = replace(self._invitation(request, business, survey, decided, None), origin=Origin.OPEN_CALL)
        await uow.invitations.save([Saved(None, made)])
        await self._questions.put(uow, made, business)
        return Asked(decided, made)

    async def _facts(
        self, uow: UnitOfWork, request: AskRequest, customer: Customer | None, same: Invitation | None
    ) -> Facts:
        waiting = await uow.invitations.open_of(customer.id) if customer else None
        return Facts(
            now=self._context.clock.now(),
            trigger=request.trigger,
            anyway=request.anyway,
            test=request.test,
            may_ask=request.may_ask,
            opted_out_at=customer.opted_out_at if customer else None,
            same_ticket=same.id if same else None,
            open_question=waiting.id if waiting else None,
            last_asked_at=await uow.invitations.last_asked(customer.id) if customer else None,
        )

    def _new_customer(self, request: AskRequest) -> Customer:
        now = self._context.clock.now()
        locale = best_locale(request.locale, "") or None
        return Customer(self._context.ids.new(), request.workspace, now, request.customer_name, locale)

    def _invitation(
        self,
        request: AskRequest,
        business: Business,
        survey: StoredSurvey,
        decided: Verdict,
        customer: Customer | None,
    ) -> Invitation:
        now = self._context.clock.now()
        wanted = request.locale or (customer.locale if customer else None)
        return Invitation(
            id=self._context.ids.new(),
            workspace=request.workspace,
            survey=survey.survey,
            survey_id=survey.id,
            state=State.SCHEDULED if decided.ask else State.SUPPRESSED,
            reason=None if decided.ask or decided.reason is None else decided.reason.value,
            decided_at=now,
            cohort_day=business.today(now),
            expires_at=now + survey.survey.expires_after,
            customer=customer.id if customer else None,
            address=None if request.to.is_new else request.to,
            channel=request.to.channel,
            locale=best_locale(wanted, business.locale),
            interaction=request.about,
            origin=Origin.TEST if request.test else Origin.ASKED,
            by=request.by,
        )

    async def _link(self, uow: UnitOfWork, request: AskRequest, business: Business, survey: StoredSurvey) -> Asked:
        decided = verdict(Facts(now=self._context.clock.now(), may_ask=request.may_ask, test=request.test))
        if request.dry_run or not decided.ask:
            return Asked(decided)
        made = self._invitation(request, business, survey, decided, None)
        await uow.invitations.save([Saved(None, made)])
        return await self._linked(uow, decided, made)


def _needs_confirmation(request: AskRequest, decided: Verdict) -> bool:
    recently = decided.ask and decided.reason is Reason.ASKED_RECENTLY
    return request.asks_back and recently and not request.anyway


async def _same_ticket(uow: UnitOfWork, request: AskRequest, customer: Customer | None) -> Invitation | None:
    if customer is None or not request.about.ticket or request.test:
        return None
    return await uow.invitations.same_ticket(request.workspace, request.survey, request.about.ticket, customer.id)


async def _failed(uow: UnitOfWork, request: AskRequest, customer: Customer) -> Invitation | None:
    """What failed about the same ticket and is now tried again: one invitation, so that a late tap on it fits too."""
    if not request.about.ticket or request.test:
        return None
    wanted = (request.survey, request.about.ticket)
    same = [
        found
        for found in await uow.invitations.of_customer(customer.id)
        if found.state is State.FAILED and found.origin is Origin.ASKED
        if found.answer is None or found.answer.deleted_at is None  # what was deleted is not asked again under its id
        if (found.survey.slug, found.interaction.ticket) == wanted
    ]
    locked = await uow.invitations.load([found.id for found in same[:1]], lock=True)
    return next((found for found in locked.values() if found.state is State.FAILED), None)
