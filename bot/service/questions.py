"""Puts a question into the outbox: with the line of the first contact, or after asking whether one may ask."""

from collections.abc import Iterable

from bot import prompts
from bot.address import Address
from bot.business import Business
from bot.channels import traits
from bot.invitation import NO_CONSENT, OPTED_OUT, Invitation
from bot.ports import Dispatch, Saved, UnitOfWork
from bot.prompts import Action, Prompt, one_person
from bot.service.context import Context
from bot.service.messages import with_own_data
from bot.texts import texts
from bot.values import replace
from bot.workspace import Customer

_ONES_OWN = frozenset({Action.DELETE, Action.NOT_COMMENT, Action.STOP})


class Questions:
    """Shared by those who ask and by those who hear that asking is welcome."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def put(self, uow: UnitOfWork, invitation: Invitation, business: Business) -> None:
        """Puts the question into the outbox, or, while it is `held`, first the question whether one may ask."""
        if invitation.address is None:
            return
        dispatch = Dispatch(
            workspace=invitation.workspace,
            address=invitation.address,
            prompt=await self._first_prompt(uow, invitation, invitation.address, business),
            invitation=invitation.id,
            message=invitation.message,
            asks=not invitation.held,
        )
        await uow.outbox.add([dispatch], self._context.clock.now())

    async def _first_prompt(
        self, uow: UnitOfWork, invitation: Invitation, address: Address, business: Business
    ) -> Prompt:
        spoken = texts(invitation.locale)
        if invitation.held and invitation.reason == OPTED_OUT:
            return prompts.allow_again(invitation, business.asker, spoken)
        if address.is_open_call:
            return prompts.question(invitation, business.asker, spoken)
        new = await uow.customers.first_contact(invitation.workspace, address.own) is None
        here = traits(address.channel)
        prompt = (
            prompts.consent(invitation, business.asker, spoken, commands=here.commands)
            if invitation.held
            else prompts.question(
                invitation,
                business.asker,
                spoken,
                first_contact=new,
                commands=here.commands,
                buttons=here.menus,
            )
        )
        prompt = with_own_data(prompt, address.channel, spoken)
        if address.shared:
            prompt = await self._in_public(uow, invitation, prompt, business)
        if new:
            # It counts when the person has seen it (`first_contacts`): a question taken back unseen told nobody.
            await uow.customers.prepare_first_contact(invitation.workspace, address.own, prompt.footnote)
        return prompt

    @staticmethod
    async def _in_public(uow: UnitOfWork, invitation: Invitation, prompt: Prompt, business: Business) -> Prompt:
        """Whom it is for, and nothing of what is stored already; what is between us two is said in short."""
        asked = await uow.customers.get(invitation.customer) if invitation.customer else None
        name = (asked.name if asked is not None else None) or one_person(texts(invitation.locale))
        asks = tuple(button for button in prompt.buttons if button.action not in _ONES_OWN)
        commands = traits(invitation.channel).commands
        short = prompts.first_contact_in_public(business.asker, texts(invitation.locale), commands=commands)
        footnote = short if prompt.footnote else ""
        return replace(prompt, for_whom=name, lines=(), buttons=asks, footnote=footnote)


def held_if_needed(invitation: Invitation, business: Business, customer: Customer) -> Invitation:
    """The scheduled invitation, held back if this person must say yes first."""
    if customer.opted_out_at is not None:
        return replace(invitation, reason=OPTED_OUT)
    if business.consent_first and customer.consented_at is None:
        return replace(invitation, reason=NO_CONSENT)
    return invitation


def first_contacts(saved: Iterable[Saved]) -> list[tuple[str, Address]]:
    """Where a question was seen just now for the first time, and so the line that it carried, if it did."""
    return [
        (one.after.workspace, one.after.address.own)
        for one in saved
        if one.after.address is not None and one.after.sent_at is not None
        if one.before is None or one.before.sent_at is None
    ]
