"""The words around a member's ask: whom, where, whether, and what came of it."""

from datetime import UTC, date, datetime
from typing import Final

from bot.address import NEW, Address
from bot.channels import traits
from bot.invitation import Invitation, Origin, State
from bot.policy import Facts, Reason
from bot.service.asked import Asked
from bot.service.commands.plan import Candidate, Plan
from bot.service.commands.talk import Talk
from bot.surveys import Kind, Survey
from bot.texts import Texts
from bot.wording import has_to_begin, state_words, verdict_words

_CAP_DAYS: Final = Facts(now=datetime.min.replace(tzinfo=UTC)).cap.days


def place_words(address: Address, texts: Texts) -> str:
    """The channel by name, and whether others read there."""
    channel = traits(address.channel).label or texts("web chat")
    if not address.shared:
        return channel
    group = texts("{channel} (channel)") if traits(address.channel).whispers else texts("{channel} (group)")
    return group.format(channel=channel)


def survey_words(survey: Survey, texts: Texts) -> str:
    """What a survey is called: the measure, beside its own name where that is another one."""
    label = {
        Kind.CSAT: texts("CSAT"),
        Kind.NPS: texts("NPS"),
        Kind.CES: texts("CES"),
        Kind.OPEN: texts("Open question"),
    }[survey.kind]
    return label if survey.slug == survey.kind.value else f"{survey.slug} · {label}"


def named(person: Candidate) -> str:
    return person.name or str(person.address)


def listed(person: Candidate, texts: Texts) -> str:
    """One of several, so that they can be told apart: name, channel, day of the last contact."""
    day = texts.short_date(date.fromisoformat(person.seen)) if person.seen else ""
    return " · ".join(part for part in (named(person), place_words(person.address, texts), day) if part)


def link_place(talk: Talk) -> Address:
    """A link opens the channel in which the member writes, where that can be; else the web chat."""
    own = talk.own
    return Address(own.channel, NEW, own.account) if traits(own.channel).links else Address("webchat", NEW)


async def verdict_of(talk: Talk, asked: Asked, person: Candidate) -> str:
    """Will this person be asked, and if not, why."""
    texts = talk.texts
    if not asked.verdict.ask:
        return _refusal(talk, asked)
    if asked.verdict.reason is Reason.ASKED_RECENTLY and (last := await _last(talk, asked)) is not None:
        return _asked_before(talk, last)
    words = texts("Will ask {name} in {channel} now.")
    return words.format(name=_name(asked, person), channel=place_words(person.address, texts))


async def outcome(talk: Talk, asked: Asked, plan: Plan, link: str | None) -> str:
    """What came of it."""
    texts = talk.texts
    if not asked.verdict.ask:
        return _refusal(talk, asked)
    if plan.to is None:
        if not plan.ticket:
            return texts("This link asks whoever opens it first:")
        words = texts("No chat address known for {ticket}. Paste this link into the ticket: it asks whoever opens it "
                      "first.")  # fmt: skip
        return words.format(ticket=plan.ticket)
    name = _name(asked, plan.to)
    if link is not None:
        return has_to_begin(name, texts)
    words = texts("Asked: {name}, in {channel}.")
    return words.format(name=name, channel=place_words(plan.to.address, texts))


async def details(talk: Talk, asked: Asked, plan: Plan) -> str:
    """The person, the survey and what it is about on one line; of a question that exists already, where it stands."""
    found = await talk.context.survey(talk.uow, talk.workspace, plan.survey)
    name = _name(asked, plan.to) if plan.to else ""
    state = state_words(asked.invitation, talk.texts) if asked.repeated and asked.invitation else ""
    ticket = "" if plan.is_message else plan.ticket
    about = (ticket, plan.subject, plan.agent, plan.team, ", ".join(plan.tags))
    return " · ".join(part for part in (name, survey_words(found.survey, talk.texts), *about, state) if part)


def rules(texts: Texts) -> tuple[str, ...]:
    """By what is decided (`bot.policy`), in three lines."""
    return (
        texts("Whoever does not want to be asked is never asked."),
        texts("One question at a time waits for a person, and there is one per ticket."),
        texts.plural(
            "Automatic questions come at most once a day; a member may ask sooner.",
            "Automatic questions come at most once in {n} days; a member may ask sooner.",
            _CAP_DAYS,
        ),
    )


def _name(asked: Asked, person: Candidate) -> str:
    return (asked.customer.name if asked.customer else None) or named(person)


def _refusal(talk: Talk, asked: Asked) -> str:
    return verdict_words(
        asked.verdict, dry_run=False, name_or_address="", link=None, texts=talk.texts, zone=talk.business.zone
    )


async def _last(talk: Talk, asked: Asked) -> Invitation | None:
    """The question that was put to the person last, by the rule of `Invitations.last_asked`."""
    if asked.customer is None:
        return None
    theirs = await talk.uow.invitations.of_customer(asked.customer.id)
    counted = [i for i in theirs if i.origin is Origin.ASKED and (i.sent_at or i.state is State.SCHEDULED)]
    return max(counted, key=lambda i: i.sent_at or i.decided_at, default=None)


def _asked_before(talk: Talk, last: Invitation) -> str:
    texts, today = talk.texts, talk.business.today(talk.now)
    days = (today - talk.business.today(last.sent_at or last.decided_at)).days
    channel = place_words(last.address, texts) if last.address else traits(last.channel).label or last.channel
    cap = texts.plural("automatic questions: once a day", "automatic questions: once in {n} days", _CAP_DAYS)
    when = (
        texts.plural("Asked {n} day ago in {channel}", "Asked {n} days ago in {channel}", days, channel=channel)
        if days
        else texts("Asked today in {channel}").format(channel=channel)
    )
    return f"{when} ({cap})."
