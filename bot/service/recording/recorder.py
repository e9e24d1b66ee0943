"""Decides each event of a batch, by what it is about."""

from collections.abc import Sequence

from bot.channels import traits
from bot.conversation import advance
from bot.errors import NotAllowed, NotFound, PulssiError
from bot.events import (
    Arrival,
    CommentWritten,
    ConsentGiven,
    ConsentRefused,
    Delivered,
    InvitationEvent,
    LinkAccepted,
    OptedIn,
    OptedOut,
    OtherSent,
    Outcome,
    ScoreChosen,
    Started,
    TextEdited,
    TextWritten,
)
from bot.invitation import OPEN, Invitation, Origin, State
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import answered
from bot.service.cases.awaiting import answered as answered_for
from bot.service.context import Context
from bot.service.messages import note, to_person_alone, told
from bot.service.recording.batch import Batch
from bot.service.recording.people import OwnDecisions
from bot.service.recording.words import edited, is_about_a_question, meant, other
from bot.steps import Sentence, Tell
from bot.texts import best_locale, texts
from bot.values import replace


class Recording:
    """`bot.ports.Recorder`: called by the store's writer with the transaction and the batch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._own = OwnDecisions(context)

    async def __call__(self, uow: UnitOfWork, arrivals: Sequence[Arrival]) -> Sequence[Outcome | Exception]:
        """One outcome per arrival; a person's mistake is that event's own error and stops no other."""
        batch = Batch(uow)
        await batch.load(self._context, arrivals)
        outcomes: list[Outcome | Exception] = []
        remembered = []
        for arrival in arrivals:
            if arrival.event_id in batch.known:
                outcomes.append(Outcome(known=True))
                continue
            try:
                outcomes.append(_aloud(batch, arrival, await self._one(batch, arrival)))
            except PulssiError as error:
                outcomes.append(error)
            else:
                batch.known.add(arrival.event_id)
                remembered.append(arrival.event_id)
        await batch.store(remembered, self._context.clock.now())
        return outcomes

    async def _one(self, batch: Batch, arrival: Arrival) -> Outcome:
        if arrival.workspace not in batch.businesses:
            raise NotFound(f"There is no workspace {arrival.workspace!r}.")
        match arrival.event:
            case TextWritten() as words:
                return await self._written(batch, arrival, words)
            case TextEdited() as words:
                return await self._then(batch, edited(batch, arrival, words))
            case OtherSent():
                return await other(batch, arrival)
            case _:
                pass
        invitation = _noted(batch, arrival, self._named(batch, arrival))
        match arrival.event:
            case Started() | OptedOut() | OptedIn() | ConsentGiven() | ConsentRefused() | LinkAccepted() as event:
                return await self._own(batch, arrival, event, invitation)
            case _ if invitation is None:
                raise NotFound("This question is no longer known here.")
            case event if invitation.is_open_call:
                mine = await self._answer_of(batch, arrival, invitation)
                answers = isinstance(event, ScoreChosen | CommentWritten)
                return self._advance(batch, mine, event, arrival) if answers or mine.answered else Outcome()
            case event:
                return self._advance(batch, invitation, event, arrival)

    async def _written(self, batch: Batch, arrival: Arrival, words: TextWritten) -> Outcome:
        if await self._awaited(batch, arrival, words):
            return Outcome()
        return await self._then(batch, await meant(batch, arrival, words, self._context.clock))

    async def _awaited(self, batch: Batch, arrival: Arrival, words: TextWritten) -> bool:
        """Was a member asked for just these words, in their own chat? Then they are nobody's comment."""
        here = traits(arrival.address.channel)
        if not arrival.address.private or here.forms or not here.menus:
            return False
        if words.quotes and is_about_a_question(batch, arrival, words):
            return False
        business = batch.businesses[arrival.workspace]
        found = await answered_for(batch.uow, self._context, business, arrival, words)
        batch.dispatches.extend(found or ())
        return found is not None

    async def _then(self, batch: Batch, found: Arrival | Outcome) -> Outcome:
        return found if isinstance(found, Outcome) else await self._one(batch, found)

    async def _answer_of(self, batch: Batch, arrival: Arrival, call: Invitation) -> Invitation:
        """This person's own answer to an open call, begun at the first tap."""
        customer = await self._own.customer(batch, arrival, None)
        found = next((i for i in batch.current.values() if (i.call, i.customer) == (call.id, customer.id)), None)
        if found is None:
            stored = await batch.uow.invitations.in_call(call.id, customer.id)
            if stored is not None:
                batch.learn(list((await batch.uow.invitations.load([stored.id], lock=True)).values()))
                found = batch.current[stored.id]
        if found is not None or call.state not in OPEN:
            return found or call
        now = self._context.clock.now()
        return replace(
            call,
            id=self._context.ids.new(),
            call=call.id,
            origin=Origin.OPEN_CALL,
            customer=customer.id,
            address=arrival.address,
            state=State.SCHEDULED,
            locale=best_locale(customer.locale, best_locale(arrival.locale, call.locale)),
            decided_at=now,
            cohort_day=batch.businesses[call.workspace].today(now),
            sent_at=None,
            message="",
        )

    def _named(self, batch: Batch, arrival: Arrival) -> Invitation | None:
        """The invitation of the event's token, if the person who acts is the one who was asked."""
        if not arrival.invitation:
            return None
        invitation = batch.current.get(arrival.invitation)
        if invitation is None or invitation.workspace != arrival.workspace:
            raise NotFound("This question is no longer known here.")
        asked, acting = invitation.address, arrival.address
        if asked is None:  # the person was erased
            raise NotFound("This question is no longer known here.")
        # The person counts, wherever they tap: the group may have another id by now, and of an old message Telegram
        # tells neither topic nor business connection. Only an open question belongs to its chat.
        if asked != acting and not (asked.holds(acting) if asked.is_open_call else asked.own.key == acting.own.key):
            locale = best_locale(arrival.locale, invitation.locale)
            raise NotAllowed(told(Sentence.NOT_FOR_YOU, invitation, locale, batch.businesses[invitation.workspace]))
        return invitation

    def _advance(self, batch: Batch, invitation: Invitation, event: InvitationEvent, arrival: Arrival) -> Outcome:
        if invitation.held:
            # The person has seen no more than the question whether one may ask.
            seen = isinstance(event, Delivered)
            return Outcome(None if seen else self._told(batch, Sentence.NOT_STORED, invitation))
        business = batch.businesses[invitation.workspace]
        now = self._context.clock.now()
        step = advance(invitation, event, now, business.today(now))
        batch.apply(step)
        if arrival.reply:
            batch.replies[step.invitation.id] = arrival.reply
        sentences = [effect.sentence for effect in step.effects if isinstance(effect, Tell)]
        if sentences:
            return Outcome(self._told(batch, sentences[-1], step.invitation))
        whispers = traits(arrival.address.channel).whispers
        if isinstance(event, ScoreChosen) and arrival.address.shared and step.invitation.answered and not whispers:
            # The message there says nothing of it, and the person's own chat with us may not be open.
            return Outcome(answered(step.invitation, texts(step.invitation.locale)))
        return Outcome()

    def _told(self, batch: Batch, kind: Sentence, invitation: Invitation) -> str:
        return told(kind, invitation, invitation.locale, batch.businesses[invitation.workspace])


def _noted(batch: Batch, arrival: Arrival, invitation: Invitation | None) -> Invitation | None:
    """With the platform's id of the message that was pressed, in case nobody has noted it when it was sent."""
    if invitation is None or not arrival.message or invitation.address is None or invitation.is_open_call:
        return invitation
    if arrival.address.shared and not invitation.address.holds(arrival.address):
        return invitation
    noted = invitation
    if not invitation.address.holds(arrival.address):
        if not invitation.personal:
            noted = replace(noted, personal=arrival.message)
    elif not invitation.message:
        noted = replace(noted, message=arrival.message)
    if arrival.address.shared and not invitation.answered:
        # The question stood there for all; what follows is for this person alone.
        locale = best_locale(arrival.locale, noted.locale)
        noted = noted if locale == noted.locale else replace(noted, locale=locale)
    batch.current[noted.id] = noted
    return noted


def _aloud(batch: Batch, arrival: Arrival, outcome: Outcome) -> Outcome:
    """What is told, as a message where the platform cannot answer the event itself."""
    if not arrival.aloud or outcome.notice is None:
        return outcome
    prompt = note(outcome.notice, batch.businesses[arrival.workspace].locale)
    told_there = Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt, reply=arrival.reply)
    batch.dispatches.append(to_person_alone(told_there))
    return outcome
