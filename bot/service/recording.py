"""Records what people do: a batch of events in one transaction, each decided in the order of its arrival."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot.business import Business
from bot.conversation import advance
from bot.errors import NotAllowed, NotFound, PulssiError
from bot.events import (
    Arrival,
    Cancelled,
    ConsentGiven,
    ConsentRefused,
    Delivered,
    InvitationEvent,
    LinkAccepted,
    OptedIn,
    OptedOut,
    Outcome,
    TextWritten,
)
from bot.invitation import OPEN, Invitation, State
from bot.ports import Dispatch, Saved, UnitOfWork
from bot.routing import route
from bot.service.context import Context
from bot.service.messages import note, replacing, told
from bot.service.questions import Questions, first_contacts
from bot.steps import HistoryEntry, Sentence, Show, Step, Tell, View
from bot.workspace import Customer

PRIVATE_CHANNELS = frozenset({"webchat"})


@dataclass(slots=True)
class _Batch:
    """What one batch knows and has decided so far."""

    uow: UnitOfWork
    originals: dict[str, Invitation] = field(default_factory=dict)
    current: dict[str, Invitation] = field(default_factory=dict)
    history: dict[str, list[HistoryEntry]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    businesses: dict[str, Business] = field(default_factory=dict)

    def learn(self, invitations: Sequence[Invitation]) -> None:
        for invitation in invitations:
            self.originals.setdefault(invitation.id, invitation)
            self.current.setdefault(invitation.id, invitation)

    def apply(self, step: Step) -> None:
        self.current[step.invitation.id] = step.invitation
        self.history.setdefault(step.invitation.id, []).extend(step.history)
        for effect in step.effects:
            if isinstance(effect, Show):
                self.views[step.invitation.id] = effect.view


class Recording:
    """`bot.ports.Recorder`: called by the store's writer with the transaction and the batch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._questions = Questions(context)

    async def __call__(self, uow: UnitOfWork, arrivals: Sequence[Arrival]) -> Sequence[Outcome | Exception]:
        """One outcome per arrival; a person's mistake is that event's own error and stops no other."""
        batch = _Batch(uow)
        await self._load(batch, arrivals)
        # After the locks are held: whoever held them before may have recorded the very same event.
        known = set(await uow.events.known({arrival.event_id for arrival in arrivals}))
        outcomes: list[Outcome | Exception] = []
        remembered = []
        for arrival in arrivals:
            if arrival.event_id in known:
                outcomes.append(Outcome(known=True))
                continue
            try:
                outcomes.append(await self._one(batch, arrival))
            except PulssiError as error:
                outcomes.append(error)
            else:
                known.add(arrival.event_id)
                remembered.append(arrival.event_id)
        await self._store(batch, remembered)
        return outcomes

    async def _load(self, batch: _Batch, arrivals: Sequence[Arrival]) -> None:
        named = {arrival.invitation for arrival in arrivals if arrival.invitation}
        if named:
            batch.learn(list((await batch.uow.invitations.load(named, lock=True)).values()))
        unnamed = {arrival.address for arrival in arrivals if not arrival.invitation}
        if unnamed:
            batch.learn(await batch.uow.invitations.at_places(unnamed, lock=True))
        for name in {arrival.workspace for arrival in arrivals}:
            with suppress(NotFound):  # the events of a workspace that is gone are refused one by one, in `_one`
                batch.businesses[name] = await self._context.business(batch.uow, name)

    async def _store(self, batch: _Batch, remembered: Sequence[str]) -> None:
        now = self._context.clock.now()
        saved = [
            Saved(batch.originals[key], after, tuple(batch.history.get(key, ())))
            for key, after in batch.current.items()
            if after != batch.originals[key] or batch.history.get(key)
        ]
        await batch.uow.invitations.save(saved)
        await batch.uow.customers.note_first_contacts(first_contacts(saved), now)
        shows = [
            dispatch
            for key, view in batch.views.items()
            if (dispatch := replacing(view, batch.current[key], batch.businesses[batch.current[key].workspace]))
        ]
        await batch.uow.outbox.add([*shows, *batch.dispatches], now)
        await batch.uow.events.remember(remembered, now)

    async def _one(self, batch: _Batch, arrival: Arrival) -> Outcome:
        if arrival.workspace not in batch.businesses:
            raise NotFound(f"There is no workspace {arrival.workspace!r}.")
        invitation = self._named(batch, arrival)
        if isinstance(arrival.event, TextWritten):
            return await self._text(batch, arrival, arrival.event)
        if isinstance(arrival.event, OptedOut | OptedIn | ConsentGiven | ConsentRefused | LinkAccepted):
            return await self._about_customer(batch, arrival, invitation)
        if invitation is None:
            raise NotFound("This question is no longer known here.")
        return self._advance(batch, invitation, arrival.event)

    def _named(self, batch: _Batch, arrival: Arrival) -> Invitation | None:
        """The invitation of the event's token, if the person who acts is the one who was asked."""
        if not arrival.invitation:
            return None
        invitation = batch.current.get(arrival.invitation)
        if invitation is None or invitation.workspace != arrival.workspace:
            raise NotFound("This question is no longer known here.")
        asked, acting = invitation.address, arrival.address
        if asked is None:  # the person was erased
            raise NotFound("This question is no longer known here.")
        if asked.place != acting.place or asked.user not in {"", acting.user}:
            raise NotAllowed(self._told(batch, Sentence.NOT_FOR_YOU, invitation))
        return invitation

    def _advance(self, batch: _Batch, invitation: Invitation, event: InvitationEvent) -> Outcome:
        if invitation.held:
            # The person has seen no more than the question whether one may ask.
            seen = isinstance(event, Delivered)
            return Outcome(None if seen else self._told(batch, Sentence.NOT_STORED, invitation))
        business = batch.businesses[invitation.workspace]
        now = self._context.clock.now()
        step = advance(invitation, event, now, business.today(now))
        batch.apply(step)
        sentences = [effect.sentence for effect in step.effects if isinstance(effect, Tell)]
        return Outcome(self._told(batch, sentences[-1], step.invitation) if sentences else None)

    def _told(self, batch: _Batch, kind: Sentence, invitation: Invitation) -> str:
        return told(kind, invitation, invitation.locale, batch.businesses[invitation.workspace])

    async def _text(self, batch: _Batch, arrival: Arrival, words: TextWritten) -> Outcome:
        # A place is the same in every workspace; what is said to one business never reaches another.
        here = [
            invitation
            for invitation in batch.current.values()
            if invitation.workspace == arrival.workspace
            and invitation.address is not None
            and invitation.address.place == arrival.address.place
        ]
        private = arrival.address.channel in PRIVATE_CHANNELS
        found = route(words, here, self._context.clock.now(), private=private)
        if found is None:
            return Outcome(self._not_stored(batch, arrival, here))
        routed = replace(arrival, event=found.event, invitation=found.invitation)
        return await self._one(batch, routed)

    def _not_stored(self, batch: _Batch, arrival: Arrival, here: Sequence[Invitation]) -> str:
        """Words that nothing waits for; with a question open, how to answer it."""
        business = batch.businesses[arrival.workspace]
        waiting = max((i for i in here if i.state is State.SENT), key=lambda i: i.decided_at, default=None)
        if waiting is not None:
            return told(Sentence.TAP_FIRST, waiting, waiting.locale, business)
        return told(Sentence.NOT_STORED, None, here[0].locale if here else business.locale, business)

    async def _about_customer(self, batch: _Batch, arrival: Arrival, invitation: Invitation | None) -> Outcome:
        customer = await self._customer(batch, arrival, invitation)
        if isinstance(arrival.event, ConsentGiven | ConsentRefused) and invitation is not None and invitation.address:
            # Whoever answers has read the line under the question whether one may ask.
            seen = [(invitation.workspace, invitation.address)]
            await batch.uow.customers.note_first_contacts(seen, self._context.clock.now())
        match arrival.event:
            case OptedOut() | ConsentRefused():
                return await self._opt_out(batch, arrival, customer)
            case OptedIn():
                await batch.uow.customers.change(replace(customer, opted_out_at=None))
                return self._say(batch, arrival, customer, Sentence.OPTED_IN)
            case ConsentGiven():
                now = self._context.clock.now()
                return await self._send(batch, invitation, replace(customer, consented_at=now, opted_out_at=None))
            case LinkAccepted(allow_again):
                opted_out_at = None if allow_again else customer.opted_out_at
                return await self._send(batch, invitation, replace(customer, opted_out_at=opted_out_at))
            case _:
                raise NotFound("This chat does not know that action.")

    async def _customer(self, batch: _Batch, arrival: Arrival, invitation: Invitation | None) -> Customer:
        if invitation is not None and invitation.customer is not None:
            asked = await batch.uow.customers.get(invitation.customer, lock=True)
            if asked is not None:
                return asked
        there = await batch.uow.customers.at(arrival.workspace, arrival.address, lock=True)
        if there is not None:
            return there
        fresh = Customer(self._context.ids.new(), arrival.workspace, self._context.clock.now())
        return await batch.uow.customers.add(fresh, arrival.address)

    async def _opt_out(self, batch: _Batch, arrival: Arrival, customer: Customer) -> Outcome:
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
        if any(invitation.id in batch.views for invitation in waiting):
            return Outcome()  # the question's own message says it
        return self._say(batch, arrival, customer, Sentence.OPTED_OUT)

    def _say(self, batch: _Batch, arrival: Arrival, customer: Customer, kind: Sentence) -> Outcome:
        here = batch.current.get(arrival.invitation or "")
        locale = here.locale if here else customer.locale or batch.businesses[arrival.workspace].locale
        business = batch.businesses[arrival.workspace]
        prompt = note(told(kind, here, locale, business), locale)
        batch.dispatches.append(Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt))
        return Outcome()

    async def _send(self, batch: _Batch, invitation: Invitation | None, customer: Customer) -> Outcome:
        if invitation is None:
            raise NotFound("This question is no longer known here.")
        await batch.uow.customers.change(customer)
        if invitation.held and invitation.state in OPEN:
            put = replace(invitation, reason=None)
            batch.current[put.id] = put
            await self._questions.put(batch.uow, put, batch.businesses[put.workspace])
        return Outcome()
