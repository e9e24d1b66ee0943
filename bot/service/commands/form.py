"""The form in which a member says whom to ask about what, and the sign on a message that asks its author."""

from collections.abc import Mapping
from typing import Final

from bot.address import Address, at_account, parse_address
from bot.errors import WrongUse
from bot.events import CommandGiven, FormSent, FormWanted, MessageMarked, Person
from bot.forms import Field, FieldKind, Form
from bot.service.commands.asking import Surveying
from bot.service.commands.choosing import meant, planned, slugs
from bot.service.commands.plan import Candidate, Plan
from bot.service.commands.talk import Incomplete, Talk, cleaned
from bot.service.commands.verdicts import survey_words
from bot.texts import best_locale
from bot.values import replace
from bot.workspace import Role

HERE: Final = "here"
DIRECT: Final = "direct"
MOST_TAGS: Final = 20
LONGEST_TAG: Final = 60


class Forms:
    """What is filled in becomes the plan that the dialogue of /survey goes on with."""

    def __init__(self, surveying: Surveying) -> None:
        self._surveying = surveying

    async def wanted(self, talk: Talk, event: FormWanted) -> None:
        """The form, with what the place and the words tell already."""
        words = cleaned(event.argument)
        plan = await planned(talk, CommandGiven("survey", words)) if words else Plan()
        known = plan.to if event.about is None else Candidate(event.about.address, cleaned(event.about.name))
        talk.form = await _form(talk, plan, known, typed=words, message=event.message)

    async def sent(self, talk: Talk, event: FormSent) -> None:
        """Goes on with what was filled in. `Incomplete` where nobody is named."""
        values = {name: cleaned(value) for name, value in event.values.items()}
        surveys = await slugs(talk.uow, talk.workspace)
        where, _, message = event.state.partition(" ")
        plan = Plan(
            survey=values.get("survey", "") if values.get("survey") in surveys else "",
            ticket=values.get("ticket") or message,
            is_message=bool(message) and not values.get("ticket"),
            subject=values.get("subject", ""),
            agent=values.get("agent", ""),
            team=values.get("team", ""),
            tags=_tags(values.get("tags", "")),
            surveys=tuple(surveys),
        )
        chosen = await self._whom(talk, plan, event.person, where, values)
        if chosen is None:
            raise Incomplete({"person": talk.texts("Choose somebody, or write a name, a ticket or an address.")})
        await self._surveying.go_on(talk, chosen)

    @staticmethod
    async def _whom(
        talk: Talk, plan: Plan, person: Person | None, where: str, values: Mapping[str, str]
    ) -> Plan | None:
        if person is not None:
            return plan.about(_candidate(person, _place(talk, where), there=values.get("where") == HERE))
        typed = values.get("customer") or values.get("ticket", "")
        if not typed:
            return None
        found = await meant(talk, plan, typed.split(" "))
        # What was written as the ticket is the ticket, whatever the words for the customer contain.
        return replace(found, ticket=plan.ticket) if plan.ticket else found

    async def marked(self, talk: Talk, event: MessageMarked) -> None:
        """Asks the author where the message stands, once per message and survey; the member reads what came of it."""
        author = event.about
        if author.address.key == talk.own.key:
            return  # nobody asks oneself
        surveys = await slugs(talk.uow, talk.workspace)
        there = _candidate(author, talk.request.address, there=True)
        plan = Plan(survey=surveys[0], surveys=tuple(surveys), ticket=event.message, is_message=True).about(there)
        await self._surveying.at_once(talk, plan)


def _candidate(person: Person, place: Address | None, *, there: bool) -> Candidate:
    """Where the person is asked: in that place, where others read too, or in their own chat."""
    shared = there and place is not None and place.shared
    where = replace(place, user=person.address.conversation) if shared and place is not None else person.address
    return Candidate(where, cleaned(person.name), locale=best_locale(person.locale, ""))


def _tags(typed: str) -> tuple[str, ...]:
    tags = (tag.strip()[:LONGEST_TAG] for tag in typed.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def _place(talk: Talk, where: str) -> Address | None:
    """The place that the form was opened in; None where that was the member's own chat."""
    try:
        return at_account(parse_address(where), {talk.own.channel: talk.own.account}) if where else None
    except WrongUse:
        return None


async def _form(talk: Talk, plan: Plan, known: Candidate | None, *, typed: str, message: str) -> Form:
    texts, place = talk.texts, replace(talk.request.address, user="")
    person, there = "", bool(message)
    if known is not None and known.address.channel == talk.own.channel and not known.address.is_open_call:
        person = known.address.own.conversation
        if known.address.shared:  # an address says itself where to ask
            place, there = replace(known.address, user=""), True
    member = talk.known()
    hint = texts("Without one, the message is the ticket.") if message else ""
    return Form(
        lang=texts.locale,
        title=texts("Ask for feedback"),
        submit=texts("Go on"),
        close=texts("Cancel"),
        state=f"{place if place.shared else ''} {message}".rstrip(),
        fields=(
            Field(
                name="person",
                kind=FieldKind.PERSON,
                label=texts("Whom to ask"),
                value=person,
                hint=texts("Somebody in this chat program; or leave it empty and write below."),
            ),
            Field(
                name="customer",
                label=texts("Or a customer elsewhere"),
                value="" if person else typed,
                hint=texts("A name, a ticket or an address, in any channel. An unknown ticket gives a link to paste."),
            ),
            *_where(talk, shared=place.shared, there=there),
            await _kinds(talk, plan),
            Field(name="ticket", label=texts("Ticket"), value=plan.ticket, hint=hint),
            Field(name="subject", label=texts("What it was about"), hint=texts("The customer reads it.")),
            Field(
                name="agent",
                label=texts("Who helped"),
                value=member.name if member.role is Role.STAFF else "",
                hint=texts("The customer reads it."),
            ),
            Field(name="team", label=texts("Team")),
            Field(name="tags", label=texts("Tags"), hint=texts("Comma-separated.")),
        ),
    )


def _where(talk: Talk, *, shared: bool, there: bool) -> tuple[Field, ...]:
    if not shared:
        return ()
    texts = talk.texts
    here = texts("Here, where others read too; the answer stays between us")
    return (
        Field(
            name="where",
            kind=FieldKind.CHOICE,
            label=texts("Where to ask"),
            value=HERE if there else DIRECT,
            options=((DIRECT, texts("In a direct message")), (HERE, here)),
            hint=texts("People of another organisation can be asked here only."),
            needed=True,
        ),
    )


async def _kinds(talk: Talk, plan: Plan) -> Field:
    """The surveys by name; the first is chosen, which is the one that most ask with."""
    options = []
    for slug in await slugs(talk.uow, talk.workspace):
        found = await talk.context.survey(talk.uow, talk.workspace, slug)
        options.append((slug, survey_words(found.survey, talk.texts)))
    value = plan.survey or options[0][0]
    return Field(
        name="survey",
        kind=FieldKind.CHOICE,
        label=talk.texts("Question"),
        value=value,
        options=tuple(options),
        needed=True,
    )
