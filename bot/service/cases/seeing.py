"""Cases with all that there is to see of them, and the messages that show them kept true."""

from collections.abc import Collection, Sequence

from bot.address import Address
from bot.business import Business
from bot.case_text import Quoting, Seen, one
from bot.cases import Case
from bot.ports import Dispatch, Shown, UnitOfWork
from bot.texts import texts
from bot.values import replace


async def seen(uow: UnitOfWork, cases: Sequence[Case]) -> list[Seen]:
    """In their order; one whose question is gone is left out."""
    invitations = await uow.invitations.load({case.invitation for case in cases})
    people = await uow.customers.many({found.customer for found in invitations.values() if found.customer})
    names = {customer: found.name or "" for customer, found in people.items()}
    members = {}
    for member in {case.member for case in cases if case.member}:
        known = await uow.members.get(member)
        members[member] = known.name if known else ""
    return [
        Seen(
            case,
            invitation,
            names.get(invitation.customer or "", ""),
            members.get(case.member or "", ""),
        )
        for case in cases
        if (invitation := invitations.get(case.invitation)) is not None
    ]


async def quote(uow: UnitOfWork, workspace: str, places: Collection[Address], said: Quoting) -> None:
    """Remembers what the message quotes there; it goes from it when the words go (`Summaries.note_quotes`)."""
    await uow.summaries.note_quotes(workspace, places, said.quotes)


async def shown_again(
    uow: UnitOfWork, business: Business, case: Seen, *, besides: Address | None = None
) -> list[Dispatch]:
    """Every message that shows the case says how it stands now; that at the place `besides` does so already."""
    return [
        await again_at(uow, business.workspace.name, shown, one(case, texts(shown.locale)))
        for shown in await uow.cases.shown(case.case.invitation)
        if besides is None or shown.address.place != besides.place
    ]


async def again_at(uow: UnitOfWork, workspace: str, shown: Shown, said: Quoting) -> Dispatch:
    """What replaces that message."""
    await quote(uow, workspace, [shown.address], said)
    return Dispatch(workspace=workspace, address=shown.address, prompt=said.prompt, message=shown.message)


async def without_the_person(uow: UnitOfWork, business: Business, invitations: Collection[str]) -> list[Dispatch]:
    """The messages that show these people's cases, as they read once the people are forgotten."""
    found = []
    for invitation in sorted(invitations):
        case = await uow.cases.get(invitation)
        for bare in await seen(uow, [case] if case is not None else []):
            blank = replace(
                bare.invitation, answer=None, interaction=replace(bare.invitation.interaction, subject=None)
            )
            gone = replace(bare, case=replace(bare.case, outcome="", sentence=""), invitation=blank, name="")
            found += await shown_again(uow, business, gone)
    return found
