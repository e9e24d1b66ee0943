"""Records what people do: a batch of events in one transaction, each decided in the order of its arrival."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot.address import Address
from bot.business import Business
from bot.conversation import advance
from bot.errors import NotAllowed, NotFound, PulssiError
from bot.events import (
    Arrival,
    Cancelled,
    CommentEdited,
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
from bot.ports import Dispatch, Saved, UnitOfWork
from bot.prompts import answered, first_contact_line
from bot.routing import route
from bot.service.context import Context
from bot.service.knowing import known_at, met_at
from bot.service.messages import CHANNELS_WITH_COMMANDS, names_of, note, replacing, told
from bot.service.questions import Questions, first_contacts
from bot.steps import HistoryEntry, Sentence, Show, Step, Tell, View
from bot.texts import best_locale, texts
from bot.wording import text_only
from bot.workspace import Customer

_WITH_GROUPS = frozenset({"telegram", "slack"})
_NEWEST = 20  # of what one person was asked where others read, as far back as words without a token look


@dataclass(slots=True)
class _Batch:
    """What one batch knows and has decided so far."""

    uow: UnitOfWork
    originals: dict[str, Invitation | None] = field(default_factory=dict)
    current: dict[str, Invitation] = field(default_factory=dict)
    history: dict[str, list[HistoryEntry]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    businesses: dict[str, Business] = field(default_factory=dict)

    def learn(self, invitations: Sequence[Invitation]) -> None:
        for invitation in invitations:
            self.originals.setdefault(invitation.id, invitation)
            self.current.setdefault(invitation.id, invitation)

    def begin(self, invitation: Invitation) -> None:
        """A new one."""
        self.originals[invitation.id] = None
        self.current[invitation.id] = invitation

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
                outcomes.append(self._aloud(batch, arrival, await self._one(batch, arrival)))
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
        unnamed = [arrival for arrival in arrivals if not arrival.invitation]
        if unnamed:
            await self._load_places(batch, unnamed)
        for name in {arrival.workspace for arrival in arrivals}:
            with suppress(NotFound):  # the events of a workspace that is gone are refused one by one, in `_one`
                batch.businesses[name] = await self._context.business(batch.uow, name)

    @staticmethod
    async def _load_places(batch: _Batch, arrivals: Sequence[Arrival]) -> None:
        """What words without a token may belong to: the place's newest, what they quote, and in a person's own chat
        what this person was asked where others read."""
        invitations = batch.uow.invitations
        batch.learn(await invitations.at_places({arrival.address for arrival in arrivals}, lock=True))
        quoted = {(a.address, a.event.quotes) for a in arrivals if isinstance(a.event, TextWritten) and a.event.quotes}
        batch.learn(await invitations.at_messages(quoted, lock=True))
        own = {(a.workspace, a.address) for a in arrivals if a.address.private and a.address.channel in _WITH_GROUPS}
        public: set[str] = set()
        for workspace, address in own:
            customer = await batch.uow.customers.at(workspace, address)
            if customer is not None:
                asked = await invitations.of_customer(customer.id)
                public |= {i.id for i in asked[:_NEWEST] if i.address is not None and i.address.shared}
        batch.learn(list((await invitations.load(public - set(batch.current), lock=True)).values()))

    async def _store(self, batch: _Batch, remembered: Sequence[str]) -> None:
        now = self._context.clock.now()
        saved = [
            Saved(batch.originals[key], after, tuple(batch.history.get(key, ())))
            for key, after in batch.current.items()
            if after != batch.originals[key] or batch.history.get(key)
        ]
        await batch.uow.invitations.save(saved)
        await batch.uow.customers.note_first_contacts(first_contacts(saved), now)
        names = await names_of(batch.uow, [batch.current[key] for key in batch.views])
        shows = [
            dispatch
            for key, view in batch.views.items()
            for dispatch in replacing(
                view, batch.current[key], batch.businesses[batch.current[key].workspace], names.get(key, "")
            )
        ]
        await batch.uow.outbox.add([*shows, *batch.dispatches], now)
        await batch.uow.events.remember(remembered, now)

    async def _one(self, batch: _Batch, arrival: Arrival) -> Outcome:
        if arrival.workspace not in batch.businesses:
            raise NotFound(f"There is no workspace {arrival.workspace!r}.")
        invitation = self._noted(batch, arrival, self._named(batch, arrival))
        match arrival.event:
            case TextWritten():
                return await self._text(batch, arrival, arrival.event)
            case TextEdited():
                return await self._edited(batch, arrival, arrival.event)
            case OtherSent():
                return await self._other(batch, arrival)
            case Started() | OptedOut() | OptedIn() | ConsentGiven() | ConsentRefused() | LinkAccepted():
                return await self._about_customer(batch, arrival, invitation)
            case _ if invitation is None:
                raise NotFound("This question is no longer known here.")
            case event if invitation.is_open_call:
                mine = await self._answer_of(batch, arrival, invitation)
                return self._advance(batch, mine, event, arrival)
            case event:
                return self._advance(batch, invitation, event, arrival)

    def _aloud(self, batch: _Batch, arrival: Arrival, outcome: Outcome) -> Outcome:
        """What is told, as a message where the platform cannot answer the event itself."""
        if not arrival.aloud or outcome.notice is None:
            return outcome
        prompt = note(outcome.notice, batch.businesses[arrival.workspace].locale)
        batch.dispatches.append(Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt))
        return outcome

    @staticmethod
    def _noted(batch: _Batch, arrival: Arrival, invitation: Invitation | None) -> Invitation | None:
        """With the platform's id of the message that was pressed, in case nobody has noted it when it was sent."""
        if invitation is None or not arrival.message or invitation.address is None or invitation.is_open_call:
            return invitation
        if invitation.address.holds(arrival.address):
            noted = replace(invitation, message=invitation.message or arrival.message)
        else:
            noted = replace(invitation, personal=invitation.personal or arrival.message)
        if noted != invitation:
            batch.current[noted.id] = noted
        return noted

    async def _answer_of(self, batch: _Batch, arrival: Arrival, call: Invitation) -> Invitation:
        """This person's own answer to an open call, begun at the first tap."""
        customer = await self._customer(batch, arrival, None)
        found = next((i for i in batch.current.values() if (i.call, i.customer) == (call.id, customer.id)), None)
        if found is None:
            stored = await batch.uow.invitations.in_call(call.id, customer.id)
            if stored is not None:
                batch.learn(list((await batch.uow.invitations.load([stored.id], lock=True)).values()))
                found = batch.current[stored.id]
        if found is not None or call.state not in OPEN:
            return found or call
        now = self._context.clock.now()
        mine = replace(
            call,
            id=self._context.ids.new(),
            call=call.id,
            origin=Origin.OPEN_CALL,
            customer=customer.id,
            address=arrival.address,
            state=State.SCHEDULED,
            locale=best_locale(customer.locale, call.locale),
            decided_at=now,
            cohort_day=batch.businesses[call.workspace].today(now),
            sent_at=None,
            message="",
        )
        batch.begin(mine)
        return mine

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
        # Of an old message Telegram tells the chat alone, and neither topic nor business connection.
        there = asked.holds(acting) and asked.user in {"", acting.user}
        in_own_chat = asked.shared and bool(asked.user) and asked.own.place == acting.place
        if not there and not in_own_chat:
            raise NotAllowed(self._told(batch, Sentence.NOT_FOR_YOU, invitation))
        return invitation

    def _advance(self, batch: _Batch, invitation: Invitation, event: InvitationEvent, arrival: Arrival) -> Outcome:
        if invitation.held:
            # The person has seen no more than the question whether one may ask.
            seen = isinstance(event, Delivered)
            return Outcome(None if seen else self._told(batch, Sentence.NOT_STORED, invitation))
        business = batch.businesses[invitation.workspace]
        now = self._context.clock.now()
        step = advance(invitation, event, now, business.today(now))
        batch.apply(step)
        sentences = [effect.sentence for effect in step.effects if isinstance(effect, Tell)]
        if sentences:
            return Outcome(self._told(batch, sentences[-1], step.invitation))
        if isinstance(event, ScoreChosen) and arrival.address.shared and step.invitation.answered:
            # The message there says nothing of it, and the person's own chat with us may not be open.
            return Outcome(answered(step.invitation, texts(step.invitation.locale)))
        return Outcome()

    def _told(self, batch: _Batch, kind: Sentence, invitation: Invitation) -> str:
        return told(kind, invitation, invitation.locale, batch.businesses[invitation.workspace])

    async def _text(self, batch: _Batch, arrival: Arrival, words: TextWritten) -> Outcome:
        # A place is the same in every workspace; what is said to one business never reaches another.
        here = self._here(batch, arrival)
        if words.quotes:
            quoted = next((i for i in here if words.quotes == _message_at(i, arrival.address)), None)
            words = replace(words, replies_to=quoted.id if quoted else words.replies_to or words.quotes)
        private = arrival.address.private
        found = route(words, here, self._context.clock.now(), private=private)
        if found is None:
            return Outcome(await self._not_stored(batch, arrival, here) if private else None)
        routed = replace(arrival, event=found.event, invitation=found.invitation)
        return await self._one(batch, routed)

    @staticmethod
    def _here(batch: _Batch, arrival: Arrival) -> list[Invitation]:
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

    async def _edited(self, batch: _Batch, arrival: Arrival, words: TextEdited) -> Outcome:
        """Words that were kept follow their message; those that were not stay unkept."""
        for invitation in self._here(batch, arrival):
            if invitation.answer and any(part.message == words.message for part in invitation.answer.parts):
                edited = CommentEdited(words.text, words.message)
                return await self._one(batch, replace(arrival, event=edited, invitation=invitation.id))
        return Outcome()

    @staticmethod
    async def _other(batch: _Batch, arrival: Arrival) -> Outcome:
        if not arrival.address.private:
            return Outcome()
        locale = await _locale_of(batch.uow, arrival, batch.businesses[arrival.workspace].locale)
        return Outcome(text_only(texts(locale)))

    async def _not_stored(self, batch: _Batch, arrival: Arrival, here: Sequence[Invitation]) -> str:
        """Words that nothing waits for; with a question open, how to answer it."""
        business = batch.businesses[arrival.workspace]
        waiting = max((i for i in here if i.state is State.SENT), key=lambda i: i.decided_at, default=None)
        if waiting is not None:
            return told(Sentence.TAP_FIRST, waiting, waiting.locale, business)
        locale = here[0].locale if here else await _locale_of(batch.uow, arrival, business.locale)
        return told(Sentence.NOT_STORED, None, locale, business, arrival.address.channel)

    async def _about_customer(self, batch: _Batch, arrival: Arrival, invitation: Invitation | None) -> Outcome:
        customer = await self._customer(batch, arrival, invitation)
        if isinstance(arrival.event, ConsentGiven | ConsentRefused) and invitation is not None and invitation.address:
            # Whoever answers has read the line under the question whether one may ask.
            seen = [(invitation.workspace, invitation.address.own)]
            await batch.uow.customers.note_first_contacts(seen, self._context.clock.now())
        match arrival.event:
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
            case _:
                raise NotFound("This chat does not know that action.")

    async def _customer(self, batch: _Batch, arrival: Arrival, invitation: Invitation | None) -> Customer:
        if invitation is not None and invitation.customer is not None:
            asked = await batch.uow.customers.get(invitation.customer, lock=True)
            if asked is not None:
                return asked
        there = await known_at(batch.uow, arrival.workspace, arrival.address, lock=True)
        if there is None:
            there = Customer(self._context.ids.new(), arrival.workspace, self._context.clock.now())
        return await met_at(batch.uow, there, arrival.address)

    async def _started(self, batch: _Batch, arrival: Arrival, customer: Customer) -> Outcome:
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
    async def _waiting_for(batch: _Batch, arrival: Arrival, customer: Customer) -> list[Invitation]:
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

    async def _greet(self, batch: _Batch, arrival: Arrival, customer: Customer) -> Outcome:
        """Says who asks here, that it is voluntary, and how to stop: the line of the first contact, read now."""
        business = batch.businesses[arrival.workspace]
        locale = best_locale(customer.locale, business.locale)
        commands = arrival.address.channel in CHANNELS_WITH_COMMANDS
        line = first_contact_line(business.asker, texts(locale), commands=commands)
        if await batch.uow.customers.first_contact(arrival.workspace, arrival.address) is None:
            await batch.uow.customers.prepare_first_contact(arrival.workspace, arrival.address, line)
            await batch.uow.customers.note_first_contacts(
                [(arrival.workspace, arrival.address)], self._context.clock.now()
            )
        prompt = note(line, locale)
        batch.dispatches.append(Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=prompt))
        return Outcome()

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
        if not arrival.address.shared and any(invitation.id in batch.views for invitation in waiting):
            return Outcome()  # the question's own message says it
        return self._say(batch, arrival, customer, Sentence.OPTED_OUT)

    def _say(self, batch: _Batch, arrival: Arrival, customer: Customer, kind: Sentence) -> Outcome:
        here = batch.current.get(arrival.invitation or "")
        locale = here.locale if here else customer.locale or batch.businesses[arrival.workspace].locale
        business = batch.businesses[arrival.workspace]
        prompt = note(told(kind, here, locale, business, arrival.address.channel), locale)
        # Where others read, an opt-out is nobody else's business; who pressed a button there is told at the button.
        if arrival.address.shared:
            return Outcome(prompt.title)
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


def _message_at(invitation: Invitation, address: Address) -> str:
    """The platform's id of the invitation's message in this conversation."""
    asked = invitation.address
    return invitation.message if asked is not None and asked.place == address.place else invitation.personal


async def _locale_of(uow: UnitOfWork, arrival: Arrival, default: str) -> str:
    """The acting person's language, if they are known."""
    customer = await uow.customers.at(arrival.workspace, arrival.address)
    return best_locale(customer.locale if customer else None, default)
