"""What becomes of messages about cases: that the customer was told, or why not, and a place that cannot be reached."""

from typing import Final

from bot.address import OWNER, Address
from bot.business import Business
from bot.case_text import one
from bot.cases import Told
from bot.destinations import concerned
from bot.invitation import Invitation
from bot.ports import Dispatch, Shown, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.service.cases.seeing import again_at, seen
from bot.service.context import Context
from bot.texts import Texts, best_locale, texts
from bot.texts.reasons import counted
from bot.values import replace
from bot.workspace import Role

_AT_WEB: Final = Address("webchat", OWNER, user=OWNER)


async def delivered(uow: UnitOfWork, dispatch: Dispatch, message: str) -> list[Dispatch]:
    """The platform took the member's sentence, or the message that shows a case and has this id there; what is to be
    sent because of it: the message as it reads now, if the answer changed while it was on its way."""
    found = []
    if dispatch.shows is not None and message and not dispatch.alone:
        # Whoever changes the answer holds the invitation: they know of this message, or we see what they did.
        await uow.invitations.load([dispatch.shows], lock=True)
        shown = Shown(dispatch.address, message, dispatch.prompt.lang)
        await uow.cases.note_shown(dispatch.shows, shown)
        found = await _caught_up(uow, dispatch, shown)
    if dispatch.tells is not None:
        await _note_told(uow, dispatch.tells)
    return found


async def _caught_up(uow: UnitOfWork, dispatch: Dispatch, shown: Shown) -> list[Dispatch]:
    case = await uow.cases.get(dispatch.shows or "")
    said, found = dispatch.prompt, []
    for now in await seen(uow, [case] if case is not None else []):
        due = one(now, texts(shown.locale))
        # Behind its own lines it may say why it came here.
        if (said.title, said.lines[: len(due.prompt.lines)]) != (due.prompt.title, due.prompt.lines):
            found.append(await again_at(uow, dispatch.workspace, shown, due))
    return found


async def _note_told(uow: UnitOfWork, invitation: str) -> None:
    found = await uow.cases.get(invitation, lock=True)
    if found is not None and found.told is Told.SENDING:
        await uow.cases.change(replace(found, told=Told.TOLD))


async def unwanted(uow: UnitOfWork, invitation: str) -> bool:
    """Has the person asked not to be written to, or to be forgotten, while a member's sentence was on its way?"""
    about = (await uow.invitations.load([invitation])).get(invitation)
    customer = await uow.customers.get(about.customer) if about is not None and about.customer else None
    return customer is None or customer.opted_out_at is not None


async def undelivered(uow: UnitOfWork, context: Context, dispatch: Dispatch, reason: str) -> list[Dispatch]:
    """Tells whoever has to know: the member whose sentence did not arrive, the owners of a place that hears nothing."""
    business = await context.business(uow, dispatch.workspace)
    if dispatch.tells is not None:
        return await _not_told(uow, business, dispatch.tells, reason)
    return await _to_owners(uow, business, dispatch, reason)


async def _not_told(uow: UnitOfWork, business: Business, case: str, reason: str) -> list[Dispatch]:
    found = await uow.cases.get(case, lock=True)
    if found is None or found.told is not Told.SENDING:
        return []
    failed = replace(found, told=Told.FAILED)
    await uow.cases.change(failed)
    shown = await seen(uow, [failed])
    return [
        dispatch
        for about in shown
        for address, spoken in await _member_at(uow, business, failed.member or "", about.invitation)
        for dispatch in [_dispatch(business, address, _could_not(about.name, about.invitation, reason, spoken))]
    ]


async def _member_at(
    uow: UnitOfWork, business: Business, member: str, about: Invitation
) -> list[tuple[Address, Texts]]:
    """The member's own chat, in the customer's channel if they have several; of a member of the page alone, where the
    team read of it."""
    theirs = [one for one in await uow.members.identities(about.workspace) if one.member == member]
    if theirs:
        identity = min(theirs, key=lambda one: one.address.channel != about.channel)
        return [(identity.address, texts(best_locale(identity.locale, business.locale)))]
    known = about.interaction
    chosen = concerned(business.destinations, known.team, known.tags, known.touchpoint)
    return [(one.address, business.texts) for one in chosen]


def _could_not(name: str, about: Invitation, reason: str, spoken: Texts) -> Prompt:
    texts = spoken
    whom = name or (str(about.address) if about.address else texts("The customer"))
    title = texts("Could not tell {name}: {reason}.").format(name=whom, reason=counted(reason, texts))
    lines = [texts("Your words have not arrived; perhaps you can reach them in another way.")]
    if about.interaction.ticket:
        lines.append(about.interaction.ticket)
    return Prompt(PromptKind.CASE, texts.locale, title=title, lines=tuple(lines))


async def _to_owners(uow: UnitOfWork, business: Business, dispatch: Dispatch, reason: str) -> list[Dispatch]:
    """The same in the owners' own chats, with the place and the reason; not again from there."""
    owners = {member.id for member in await uow.members.all(dispatch.workspace) if member.role is Role.OWNER}
    theirs = [one for one in await uow.members.identities(dispatch.workspace) if one.member in owners]
    chats = [(one.address, texts(best_locale(one.locale, business.locale))) for one in theirs]
    if owners - {one.member for one in theirs}:
        chats.append((_AT_WEB, business.texts))
    chats = [(address, spoken) for address, spoken in chats if address.place != dispatch.address.place]
    said = dispatch.prompt
    quotes = await uow.summaries.quoted(dispatch.address, (said.title, *said.lines))
    await uow.summaries.note_quotes(dispatch.workspace, [address for address, _ in chats], quotes)
    found = []
    for address, spoken in chats:
        prompt = replace(said, lines=(*said.lines, _nowhere(dispatch.address, reason, spoken)))
        found.append(replace(_dispatch(business, address, prompt), shows=dispatch.shows))
    return found


def _nowhere(place: Address, reason: str, spoken: Texts) -> str:
    texts = spoken
    return texts("This could not be posted to {place}: {reason}.").format(
        place=replace(place, user=""), reason=counted(reason, texts)
    )


def _dispatch(business: Business, address: Address, prompt: Prompt) -> Dispatch:
    return Dispatch(workspace=business.workspace.name, address=address, prompt=prompt)
