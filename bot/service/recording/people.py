"""What people decide about themselves: to be asked no more or again, to agree, to begin the conversation."""

from bot.channels import traits
from bot.conversation import advance
from bot.errors import NotFound
from bot.events import (
    Arrival,
    Cancelled,
    ConsentGiven,
    ConsentRefused,
    LinkAccepted,
    OptedIn,
    OptedOut,
    Outcome,
    Started,
)
from bot.invitation import OPEN, Invitation, State
from bot.ports import Dispatch
from bot.prompts import first_contact_line
from bot.service.context import Context
from bot.service.knowing import known_at, met_at
from bot.service.messages import note, told
from bot.service.questions import Questions
from bot.service.recording.batch import Batch
from bot.steps import Sentence
from bot.texts import best_locale, texts
from bot.values import replace
from bot.workspace import Customer

OwnEvent = Started | OptedOut | OptedIn | ConsentGiven | ConsentRefused | LinkAccepted


class OwnDecisions:
    """Each call decides one event within the batch's transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._questions = Questions(context)

    async def __call__(self, batch: Batch, arrival: Arrival, event: OwnEvent, invitation: Invitation | None) -> Outcome:
        """What comes of it; `invitation` is the one whose button was pressed, if any."""
        customer = await self.customer(batch, arrival, invitation)
        if isinstance(event, ConsentGiven | ConsentRefused) and invitation is not None and invitation.address:
            # Whoever answers has read the line under the question whether one may ask.
            seen = [(invitation.workspace, invitation.address.own)]
            await batch.uow.customers.note_first_contacts(seen, self._context.clock.now())
        match event:
            case OptedOut() | ConsentRefused():
                return await self._opt_out(batch, arrival, customer)
            case Started():
                return await self._started(batch, arrival, customer)
            case OptedIn():
                await batch.uow.customers.change(replace(customer, opted_out_at=None))
                return self._say(batch, arrival, customer, Sentence.OPTED_IN)
            case ConsentGiven():
                now = self._context.clock.now()
                return await self._send(batch, invitation, replace(customer, consented_at=now, opted_out_at=None))
            case LinkAccepted(allow_again):
                opted_out_at = None if allow_again else customer.opted_out_at
                return await self._send(batch, invitation, replace(customer, opted_out_at=opted_out_at))

    async def customer(self, batch: Batch, arrival: Arrival, invitation: Invitation | None) -> Customer:
        """Who acts: whoever the invitation asked, else who is known there, else somebody new."""
        if invitation is not None and invitation.customer is not None:
            asked = await batch.uow.customers.get(invitation.customer, lock=True)
            if asked is not None:
                return asked
        there = await known_at(batch.uow, arrival.workspace, arrival.address, lock=True)
        if there is None:
            there = Customer(self._context.ids.new(), arrival.workspace, self._context.clock.now())
        return await met_at(batch.uow, there, arrival.address)

    async def _started(self, batch: Batch, arrival: Arrival, customer: Customer) -> Outcome:
        """The conversation is open: what waited for it goes out, and who has said no before may be asked again."""
        await batch.uow.customers.met(arrival.workspace, arrival.address, self._context.clock.now())
        waiting = await self._waiting_for(batch, arrival, customer)
        for one in waiting:
            await self._questions.put(batch.uow, one, batch.businesses[one.workspace])
        if customer.opted_out_at is not None:
            await batch.uow.customers.change(replace(customer, opted_out_at=None))
            return self._say(batch, arrival, customer, Sentence.OPTED_IN)
        # A question says itself who asks, the first time.
        return Outcome() if waiting else await self._greet(batch, arrival, customer)

    @staticmethod
    async def _waiting_for(batch: Batch, arrival: Arrival, customer: Customer) -> list[Invitation]:
        """What could not go out before the person began the conversation."""
        theirs = {i.id for i in await batch.uow.invitations.of_customer(customer.id) if i.state is State.SCHEDULED}
        batch.learn(list((await batch.uow.invitations.load(theirs - set(batch.current), lock=True)).values()))
        unsent = [batch.current[key] for key in sorted(theirs) if not batch.current[key].message]
        return [
            one
            for one in unsent
            if one.state is State.SCHEDULED and one.address == arrival.address
            if not await batch.uow.outbox.holds(one.id)
        ]

    async def _greet(self, batch: Batch, arrival: Arrival, customer: Customer) -> Outcome:
        """Says who asks here, that it is voluntary, and how to stop: the line of the first contact, read now."""
        business = batch.businesses[arrival.workspace]
        locale = best_locale(customer.locale, business.locale)
        commands = traits(arrival.address.channel).commands
        line = first_contact_line(business.asker, texts(locale), commands=commands)
        if await batch.uow.customers.first_contact(arrival.workspace, arrival.address) is None:
            await batch.uow.customers.prepare_first_contact(arrival.workspace, arrival.address, line)
            await batch.uow.customers.note_first_contacts(
                [(arrival.workspace, arrival.address)], self._context.clock.now()
            )
        prompt = note(line, locale)
        batch.dispatches.append(Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt))
        return Outcome()

    async def _opt_out(self, batch: Batch, arrival: Arrival, customer: Customer) -> Outcome:
        """Nothing more goes out, and what still waits for an answer is taken back."""
        now = self._context.clock.now()
        if customer.opted_out_at is None:
            await batch.uow.customers.change(replace(customer, opted_out_at=now))
        theirs = {i.id for i in await batch.uow.invitations.of_customer(customer.id) if i.state in OPEN}
        # Locked and read again: an answer that another process is storing now must not be overwritten.
        batch.learn(list((await batch.uow.invitations.load(theirs - set(batch.current), lock=True)).values()))
        waiting = [i for i in batch.current.values() if i.customer == customer.id and i.state in OPEN]
        for invitation in waiting:
            batch.apply(advance(invitation, Cancelled("opted_out"), now))
            if await batch.uow.outbox.drop_of(invitation.id):
                batch.views.pop(invitation.id)
        here = [one for one in waiting if one.address is not None and one.address.place == arrival.address.place]
        if not arrival.address.shared and any(one.id in batch.views and _has_message(one) for one in here):
            return Outcome()  # the question's own message says it
        return self._say(batch, arrival, customer, Sentence.OPTED_OUT)

    def _say(self, batch: Batch, arrival: Arrival, customer: Customer, kind: Sentence) -> Outcome:
        here = batch.current.get(arrival.invitation or "")
        business = batch.businesses[arrival.workspace]
        locale = here.locale if here else best_locale(customer.locale, best_locale(arrival.locale, business.locale))
        prompt = note(told(kind, here, locale, business, arrival.address.channel), locale)
        # Where others read, an opt-out is nobody else's business; who pressed a button there is told at the button.
        if arrival.address.shared:
            if not arrival.message and not arrival.aloud and not arrival.reply:  # it was typed: no button can tell it
                own = Dispatch(workspace=arrival.workspace, address=arrival.address.own, prompt=prompt)
                batch.dispatches.append(own)
            return Outcome(prompt.title)
        reply = arrival.reply if arrival.aloud else ""  # the reply to a button would take the place of the question
        said = Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt, reply=reply)
        batch.dispatches.append(said)
        return Outcome()

    async def _send(self, batch: Batch, invitation: Invitation | None, customer: Customer) -> Outcome:
        if invitation is None:
            raise NotFound("This question is no longer known here.")
        if not invitation.held or invitation.state not in OPEN:
            return Outcome()  # nobody was asked: such a button stands under no message
        await batch.uow.customers.change(customer)
        put = replace(invitation, reason=None)
        batch.current[put.id] = put
        await self._questions.put(batch.uow, put, batch.businesses[put.workspace])
        return Outcome()


def _has_message(invitation: Invitation) -> bool:
    """Is there something that can say it? What waits for the person to begin the conversation was never put."""
    begun = invitation.address is None or not invitation.address.account
    return begun or bool(invitation.message) or invitation.sent_at is not None
