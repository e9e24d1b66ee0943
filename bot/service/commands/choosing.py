"""Who is meant by what a member typed behind /survey: an address, a ticket, a name, or somebody new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.address import OWNER, Address, parse_address
from bot.errors import WrongUse
from bot.events import CommandGiven
from bot.ports import Contact, UnitOfWork
from bot.service.commands.plan import Candidate, Plan
from bot.service.commands.talk import Refusal, Talk, cleaned
from bot.surveys import listing_order
from bot.texts import best_locale
from bot.values import replace

LOOKED_THROUGH: Final = 500  # the latest contacts, as a name is looked for
MOST_RECENT: Final = 6
OF_A_TICKET: Final = 20


async def planned(talk: Talk, command: CommandGiven) -> Plan:
    """The plan as far as the words go; `people` are those who could be meant, when there are several."""
    surveys = await slugs(talk.uow, talk.workspace)
    words = cleaned(command.argument).split(" ")
    named = words[0].casefold() if words[0].casefold() in surveys else ""
    rest = [word for word in words[bool(named) :] if word]
    plan = Plan(survey=named, surveys=tuple(surveys))
    if command.about is not None:
        name = cleaned(command.about.name)
        where = _replied_to(talk.request.address, command.about.address)
        there = Candidate(where, name, locale=best_locale(command.about.locale, ""))
        return replace(plan, ticket=" ".join(rest)).about(there)
    if not rest:
        return replace(plan, people=tuple(_candidate(talk, one) for one in (await _contacts(talk))[:MOST_RECENT]))
    return await meant(talk, plan, rest)


async def slugs(uow: UnitOfWork, workspace: str) -> list[str]:
    """The surveys by name, in the order in which they are listed."""
    versions = sorted((one.survey for one in await uow.surveys.versions(workspace)), key=listing_order)
    return list(dict.fromkeys(survey.slug for survey in versions))


def _replied_to(place: Address, own: Address) -> Address:
    """Where the person whose message was replied to is asked: in that group, that business chat, or their own chat."""
    if place.shared:
        return replace(place, user=own.conversation)
    return place if place.via and place.conversation == own.conversation else own


async def meant(talk: Talk, plan: Plan, words: list[str]) -> Plan:
    """The plan with whoever the words mean: an address, a ticket, a name; else a link for whoever opens it."""
    typed = " ".join(words)
    address = _address(talk, words[0])
    if address is not None:
        plan = replace(plan, ticket=" ".join(words[1:]))
        return replace(plan, by_link=True) if address.is_new else plan.about(Candidate(address))
    of_ticket = await _of_ticket(talk, typed)
    if of_ticket:
        return _chosen(replace(plan, ticket=typed), of_ticket)
    contacts = await _contacts(talk)
    if named := _named(talk, contacts, words):
        return _chosen(plan, named)
    # "Mikko T-1042": a known person, and a ticket that nobody was asked about.
    if any(sign.isdigit() for sign in words[-1]) and (named := _named(talk, contacts, words[:-1])):
        return _chosen(replace(plan, ticket=words[-1]), named)
    return replace(plan, ticket=typed, by_link=True)


def _address(talk: Talk, word: str) -> Address | None:
    """The address that the word is, at this bot; `Refusal` for one that cannot be asked."""
    channel, colon, _ = word.partition(":")
    if not colon or channel not in talk.context.channels:
        return None
    try:
        address = parse_address(word)
    except WrongUse:
        address = Address(channel, OWNER)
    if address.conversation == OWNER:
        raise Refusal(talk.texts("{address} is no address of a customer.").format(address=word))
    if address.channel == talk.own.channel and not address.account:
        return replace(address, account=talk.own.account)
    return talk.context.located(address)


async def _of_ticket(talk: Talk, ticket: str) -> list[Candidate]:
    """Whoever was asked about this ticket before, each once, where they were asked last."""
    asked = await talk.uow.invitations.about_ticket(talk.workspace, ticket, OF_A_TICKET)
    people = await talk.uow.customers.many({one.customer for one in asked if one.customer})
    found: dict[str, Candidate] = {}
    for one in asked:
        person = people.get(one.customer or "")
        if person is not None and one.address is not None:
            found.setdefault(person.id, Candidate(one.address, person.name or "", _day(talk, one.decided_at)))
    return list(found.values())


async def _contacts(talk: Talk) -> list[Contact]:
    """The latest ones who can be reached by a channel that is on here, and are no members."""
    recent = await talk.uow.customers.recent(talk.workspace, talk.context.channels, LOOKED_THROUGH)
    members = {identity.address.key for identity in await talk.uow.members.identities(talk.workspace)}
    return [one for one in recent if one.address.own.key not in members]


def _named(talk: Talk, contacts: Sequence[Contact], words: Sequence[str]) -> list[Candidate]:
    """Those in whose name every word stands."""
    wanted = [word.casefold() for word in words]
    return [
        _candidate(talk, one)
        for one in contacts
        if wanted and all(word in (one.customer.name or "").casefold() for word in wanted)
    ]


def _candidate(talk: Talk, contact: Contact) -> Candidate:
    return Candidate(contact.address, contact.customer.name or "", _day(talk, contact.seen_at))


def _day(talk: Talk, moment: datetime | None) -> str:
    return talk.business.today(moment).isoformat() if moment else ""


def _chosen(plan: Plan, people: Sequence[Candidate]) -> Plan:
    return plan.about(people[0]) if len(people) == 1 else replace(plan, people=tuple(people))
