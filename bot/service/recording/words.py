"""Words without a token: what they belong to, and what is told of those that belong to nothing."""

from collections.abc import Sequence

from bot.address import Address
from bot.events import Arrival, CommentEdited, Outcome, TextEdited, TextWritten
from bot.invitation import Invitation, State
from bot.ports import Clock, UnitOfWork
from bot.routing import route
from bot.service.messages import told
from bot.service.recording.batch import Batch
from bot.steps import Sentence
from bot.texts import best_locale, texts
from bot.values import replace
from bot.wording import text_only


async def meant(batch: Batch, arrival: Arrival, words: TextWritten, clock: Clock) -> Arrival | Outcome:
    """The event that the words amount to, or what is told when they amount to none and are not stored."""
    # A place is the same in every workspace; what is said to one business never reaches another.
    here = _here(batch, arrival)
    if words.quotes:
        quoted = next((i for i in here if words.quotes == _message_at(i, arrival.address)), None)
        words = replace(words, replies_to=quoted.id if quoted else words.replies_to or words.quotes)
    private = arrival.address.private
    found = route(replace(words, message=_in(arrival, words.message)), here, clock.now(), private=private)
    if found is None:
        return Outcome(await _not_stored(batch, arrival, here) if private else None)
    return replace(arrival, event=found.event, invitation=found.invitation)


def is_about_a_question(batch: Batch, arrival: Arrival, words: TextWritten) -> bool:
    """Do the words quote a message that asks this person something?"""
    return any(words.quotes == _message_at(i, arrival.address) for i in _here(batch, arrival))


def edited(batch: Batch, arrival: Arrival, words: TextEdited) -> Arrival | Outcome:
    """Words that were kept follow their message; those that were not stay unkept."""
    message = _in(arrival, words.message)
    for invitation in _here(batch, arrival):
        if invitation.answer and any(part.message == message for part in invitation.answer.parts):
            return replace(arrival, event=CommentEdited(words.text, message), invitation=invitation.id)
    return Outcome()


async def other(batch: Batch, arrival: Arrival) -> Outcome:
    """A photo or a voice message: told kindly where the person talks to us alone."""
    if not arrival.address.private:
        return Outcome()
    locale = await _locale_of(batch.uow, arrival, batch.businesses[arrival.workspace].locale)
    return Outcome(text_only(texts(locale)))


def _here(batch: Batch, arrival: Arrival) -> list[Invitation]:
    """What this person's words may be about; in their own chat also what they were asked where others read."""
    acting = arrival.address
    return [
        invitation
        for invitation in batch.current.values()
        if invitation.workspace == arrival.workspace
        if (asked := invitation.address) is not None
        if (asked.place == acting.place and asked.user in {"", acting.user})
        or (acting.private and bool(asked.user) and asked.own.place == acting.place)
    ]


async def _not_stored(batch: Batch, arrival: Arrival, here: Sequence[Invitation]) -> str:
    """Words that nothing waits for; with a question open, how to answer it."""
    business = batch.businesses[arrival.workspace]
    waiting = max((i for i in here if i.state is State.SENT), key=lambda i: i.decided_at, default=None)
    if waiting is not None:
        return told(Sentence.TAP_FIRST, waiting, waiting.locale, business)
    locale = here[0].locale if here else await _locale_of(batch.uow, arrival, business.locale)
    return told(Sentence.NOT_STORED, None, locale, business, arrival.address.channel)


def _in(arrival: Arrival, message: str) -> str:
    """The words' id with their conversation: a bot's chats number their messages each for themselves."""
    address = arrival.address
    if not message or not address.account:
        return message
    return f"{address.conversation}{f'~{address.via}' if address.via else ''}/{message}"


def _message_at(invitation: Invitation, address: Address) -> str:
    """The platform's id of the invitation's message in this conversation."""
    asked = invitation.address
    return invitation.message if asked is not None and asked.place == address.place else invitation.personal


async def _locale_of(uow: UnitOfWork, arrival: Arrival, default: str) -> str:
    """The acting person's language, if they are known."""
    customer = await uow.customers.at(arrival.workspace, arrival.address)
    return best_locale(customer.locale if customer else None, default)
