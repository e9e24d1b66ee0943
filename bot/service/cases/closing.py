"""Members take cases and close them: who may, what the customer is sent, and which message shows it from then on."""

from dataclasses import dataclass
from datetime import datetime

from bot.address import Address
from bot.business import Business
from bot.case_text import Press, Quoting, Seen, ended, taken_by, to_customer
from bot.cases import CaseState, done
from bot.ports import Dispatch, UnitOfWork
from bot.service.cases.seeing import quote, seen
from bot.service.context import storable
from bot.service.messages import to_person_alone, with_own_data
from bot.texts import Texts, texts
from bot.values import replace
from bot.workspace import Member


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes a case, how (`Press.DONE` or `Press.ANSWER`), and with which words."""

    member: Member
    press: Press
    words: str


async def found(uow: UnitOfWork, workspace: str, invitation: str) -> Seen | None:
    """The workspace's case, locked; None for one of others or of nowhere."""
    if not storable(invitation):
        return None
    # Before the case, as whoever records an answer locks them.
    await uow.invitations.load([invitation], lock=True)
    case = await uow.cases.get(invitation, lock=True)
    if case is None or case.workspace != workspace:
        return None
    shown = await seen(uow, [case])
    return shown[0] if shown else None


async def refusal(uow: UnitOfWork, business: Business, case: Seen, member: Member, press: Press, texts: Texts) -> str:
    """Why this member cannot close the case now, in words; empty when they can."""
    if case.case.state is CaseState.DONE:
        return ended(case, texts)
    if case.case.held_by_another(member.id):
        return f"{taken_by(case, texts, business.zone)} {texts('Take it over first.')}"
    if press is not Press.ANSWER:
        return ""
    customer = await uow.customers.get(case.invitation.customer) if case.invitation.customer else None
    if case.gone or customer is None or case.invitation.address is None:
        return texts("The answer was taken back, so there is nobody to tell.")
    if customer.opted_out_at is not None:
        words = texts("{name} has asked not to be written to, so nothing can be sent. Press Done instead.")
        return words.format(name=case.name or texts("The customer"))
    return ""


async def close(uow: UnitOfWork, business: Business, case: Seen, how: Closing, now: datetime) -> Seen:
    """The case as it is then; with `Press.ANSWER` the words are on their way to the customer."""
    told = how.press is Press.ANSWER
    words = {"sentence": how.words} if told else {"outcome": how.words}
    closed = done(case.case, how.member.id, now, **words)
    await uow.cases.change(closed)
    after = replace(case, case=closed, member=how.member.name)
    if told:
        await uow.outbox.add([_to_customer(business, after)], now)
    return after


def _to_customer(business: Business, case: Seen) -> Dispatch:
    """Where the person was asked, for them alone."""
    invitation = case.invitation
    assert invitation.address is not None  # noqa: S101  # `refusal` looked
    spoken = texts(invitation.locale)
    prompt = with_own_data(to_customer(case, business.asker, spoken), invitation.channel, spoken)
    return to_person_alone(
        Dispatch(
            workspace=invitation.workspace,
            address=invitation.address,
            prompt=prompt,
            tells=invitation.id,
            lasting=True,
        )
    )


def readable(business: Business, place: Address, own: Address, case: Seen) -> bool:
    """May the case be shown there? In a member's own chat, or where the team reads of such; never among customers."""
    about = case.invitation.interaction
    told = (one for one in business.destinations if one.tells_of(about.team, about.tags, about.touchpoint))
    return place.place == own.place or place.place in {one.address.place for one in told}


async def told_there(uow: UnitOfWork, business: Business, address: Address, said: Quoting) -> Dispatch:
    """A new message there."""
    await quote(uow, business.workspace.name, [address], said)
    return Dispatch(workspace=business.workspace.name, address=address, prompt=said.prompt)
