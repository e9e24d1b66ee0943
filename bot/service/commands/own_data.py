"""/mydata: what is stored about the person who asks, and how to have it deleted."""

from bot.channels import traits
from bot.events import CommandGiven
from bot.invitation import OPEN, Invitation
from bot.prompts import OWN_DATA_MENU, Button
from bot.service.asking import Asking
from bot.service.commands.membership import LANGUAGES, role_words
from bot.service.commands.talk import Talk, menu_button, pages
from bot.service.commands.verdicts import survey_words
from bot.service.people import Known, People
from bot.steps import Sentence
from bot.texts import Texts, best_locale
from bot.texts.quoting import quoted
from bot.values import replace
from bot.wording import sentence, state_words
from bot.workspace import Customer


class OwnData:
    """Everything goes to the person's own chat."""

    def __init__(self, asking: Asking, people: People) -> None:
        self._asking = asking
        self._people = people

    async def show(self, talk: Talk, _command: CommandGiven) -> None:
        """In as many messages as it takes; the buttons stand under the last."""
        texts = talk.texts
        known = await self._known(talk)
        if known is None:
            talk.say(texts("Nothing is stored about you."), _membership(talk))
            return
        title = texts("This is stored about you")
        *first, last = pages([*_person_lines(talk, known), *_question_lines(talk, known), _membership(talk)])
        for page in first:
            talk.say(title, *page)
        talk.say(title, *last, buttons=_buttons(known.customer, texts))

    async def pressed(self, talk: Talk, value: str) -> None:
        """`` shows it, `all` asks once more, `yes` deletes, `keep` does not, `stop` opts out."""
        texts = talk.texts
        match value:
            case "":
                talk.beside = True  # the button stands below a question, which stays
                await self.show(talk, CommandGiven("mydata"))
            case "all":
                talk.say(
                    texts("Shall I delete everything about you? It cannot be undone."),
                    texts("The scores you gave stay in the figures, without anything that leads to you."),
                    buttons=(
                        menu_button(texts("Yes, delete everything"), OWN_DATA_MENU, "yes", danger=True),
                        menu_button(texts("Keep it"), OWN_DATA_MENU, "keep"),
                    ),
                )
            case "yes":
                await self._delete(talk)
            case "keep":
                talk.say(texts("All right, nothing was deleted."))
            case "stop":
                await self._opt_out(talk)
            case _:
                pass

    async def _known(self, talk: Talk) -> Known | None:
        return await self._people.known_in(talk.uow, talk.workspace, talk.own)

    async def _delete(self, talk: Talk) -> None:
        """An opt-out is kept, and nothing else: without it the next ask would reach the person again."""
        texts, known = talk.texts, await self._known(talk)
        if known is None:
            talk.say(texts("Nothing is stored about you."), _membership(talk))
            return
        await self._people.erase_in(talk.uow, talk.workspace, known.customer.id)
        opted_out_at = known.customer.opted_out_at
        if opted_out_at is None:
            talk.say(texts("Everything about you is deleted."), _membership(talk))
            return
        bare = Customer(talk.context.ids.new(), talk.workspace, talk.now, opted_out_at=opted_out_at)
        await talk.uow.customers.add(bare, talk.own)
        words = texts("Everything about you is deleted. We remember only that you do not want to be asked.")
        talk.say(words, _membership(talk))

    async def _opt_out(self, talk: Talk) -> None:
        known = await self._known(talk)
        # Invitations before their customer, as whoever records an event locks them.
        for invitation in known.invitations if known else ():
            if invitation.state in OPEN:
                await self._asking.cancel_in(talk.uow, talk.workspace, invitation.id, "opted_out")
        customer = await talk.uow.customers.at(talk.workspace, talk.own, lock=True)
        if customer is None:
            bare = Customer(talk.context.ids.new(), talk.workspace, talk.now)
            customer = await talk.uow.customers.add(bare, talk.own)
        if customer.opted_out_at is None:
            await talk.uow.customers.change(_opted_out(customer, talk))
        commands = traits(talk.own.channel).commands
        talk.say(sentence(Sentence.OPTED_OUT, None, talk.texts, commands=commands))


def _opted_out(customer: Customer, talk: Talk) -> Customer:
    return replace(customer, opted_out_at=talk.now)


def _buttons(customer: Customer, texts: Texts) -> tuple[Button, ...]:
    stop = menu_button(texts("Don't ask me again"), OWN_DATA_MENU, "stop", danger=True)
    delete = menu_button(texts("Delete everything"), OWN_DATA_MENU, "all", danger=True)
    return (delete,) if customer.opted_out_at else (delete, stop)


def _person_lines(talk: Talk, known: Known) -> list[str]:
    texts, customer = talk.texts, known.customer
    language = LANGUAGES[best_locale(customer.locale)] if customer.locale else ""
    addresses = ", ".join(str(address) for address in known.addresses)
    return [
        texts("Name: {name}").format(name=customer.name) if customer.name else "",
        texts("Language: {language}").format(language=language) if language else "",
        texts("Address: {address}").format(address=addresses),
        texts("You do not want to be asked again, since {day}.").format(
            day=talk.business.today(customer.opted_out_at).isoformat()
        )
        if customer.opted_out_at
        else texts("You may be asked."),
        texts("You agreed to be asked on {day}.").format(day=talk.business.today(customer.consented_at).isoformat())
        if customer.consented_at
        else "",
    ]


def _question_lines(talk: Talk, known: Known) -> list[str]:
    return [_question(talk, invitation) for invitation in known.invitations]


def _question(talk: Talk, invitation: Invitation) -> str:
    """Day, survey, ticket, score, words and state; with the year, so that an old one is seen as old."""
    texts, answer, scale = talk.texts, invitation.answer, invitation.survey.scale
    score = ""
    if answer is not None and answer.score is not None and scale is not None:
        score = texts("{score} of {highest}").format(score=answer.score, lowest=scale.low, highest=scale.high)
    words = quoted(answer.comment if answer is not None else "", texts)
    day = talk.business.today(invitation.decided_at).isoformat()
    about = invitation.interaction
    survey, state = survey_words(invitation.survey, texts), state_words(invitation, texts)
    parts = (day, survey, about.ticket, about.subject, about.agent, score, words, state)
    return " · ".join(part for part in parts if part)


def _membership(talk: Talk) -> str:
    if talk.member is None:
        return ""
    words = talk.texts("You are a member here ({role}). That is not part of it: the operator can remove you.")
    return words.format(role=role_words(talk.member.role, talk.texts))
