"""Puts a question into the outbox: with the line of the first contact, or after asking whether one may ask."""

from bot import prompts
from bot.business import Business
from bot.invitation import Invitation
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt
from bot.service.context import Context
from bot.texts import texts
from bot.workspace import Customer, FirstContact


class Questions:
    """Shared by those who ask and by those who hear that asking is welcome."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def put(self, uow: UnitOfWork, invitation: Invitation, business: Business, customer: Customer) -> None:
        """Puts the question, or first the question whether one may ask, into the outbox."""
        if invitation.address is None:
            return
        ask_first = business.consent_first and customer.consented_at is None
        prompt = await self._first_prompt(uow, invitation, business, ask_first=ask_first)
        dispatch = Dispatch(
            workspace=invitation.workspace,
            address=invitation.address,
            prompt=prompt,
            invitation=invitation.id,
            message=invitation.message,
            asks=not ask_first,
        )
        await uow.outbox.add([dispatch], self._context.clock.now())

    async def _first_prompt(
        self, uow: UnitOfWork, invitation: Invitation, business: Business, *, ask_first: bool
    ) -> Prompt:
        assert invitation.address is not None  # noqa: S101  # `send_question` looked
        spoken = texts(invitation.locale)
        if ask_first:
            return prompts.consent(invitation, business.asker, spoken)
        known = await uow.customers.first_contact(invitation.workspace, invitation.address)
        prompt = prompts.question(invitation, business.asker, spoken, first_contact=known is None)
        if known is None:
            contact = FirstContact(self._context.clock.now(), prompt.footnote)
            await uow.customers.note_first_contact(invitation.workspace, invitation.address, contact)
        return prompt
