"""What one batch knows, has decided so far, and writes in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.business import Business
from bot.channels import traits
from bot.events import Arrival, TextWritten
from bot.invitation import Invitation
from bot.ports import Dispatch, Saved, UnitOfWork
from bot.service.cases import note_cases
from bot.service.context import Context, storable
from bot.service.messages import names_of, replacing
from bot.service.questions import first_contacts
from bot.steps import HistoryEntry, Show, Step, View

_NEWEST = 20  # of what one person was asked where others read, as far back as words without a token look


@dataclass(slots=True)
class Batch:
    """What one batch knows and has decided so far."""

    uow: UnitOfWork
    originals: dict[str, Invitation | None] = field(default_factory=dict)
    current: dict[str, Invitation] = field(default_factory=dict)
    history: dict[str, list[HistoryEntry]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    businesses: dict[str, Business] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # the ids of the events that were recorded before
    replies: dict[str, str] = field(default_factory=dict)  # by invitation, the way to answer who acted on it last

    def learn(self, invitations: Sequence[Invitation]) -> None:
        for invitation in invitations:
            self.originals.setdefault(invitation.id, invitation)
            self.current.setdefault(invitation.id, invitation)

    def apply(self, step: Step) -> None:
        """What was not known before is new: a person's own answer to an open call."""
        self.originals.setdefault(step.invitation.id, None)
        self.current[step.invitation.id] = step.invitation
        self.history.setdefault(step.invitation.id, []).extend(step.history)
        for effect in step.effects:
            if isinstance(effect, Show):
                self.views[step.invitation.id] = effect.view

    async def load(self, context: Context, arrivals: Sequence[Arrival]) -> None:
        """Everything that the arrivals may be about, under locks."""
        unnamed = [arrival for arrival in arrivals if not arrival.invitation]
        if unnamed:
            await self._load_places(unnamed)
        look = await self.uow.look(
            {arrival.invitation for arrival in arrivals if arrival.invitation},
            {arrival.event_id for arrival in arrivals},
            {arrival.workspace for arrival in arrivals if storable(arrival.workspace)},
            [arrival.address for arrival in arrivals],
            context.clock.now(),
        )
        self.learn(list(look.invitations.values()))
        self.known.update(look.known)
        # The events of a workspace that is gone are refused one by one, in `_one`.
        self.businesses = {name: context.business_of(workspace) for name, workspace in look.workspaces.items()}

    async def _load_places(self, arrivals: Sequence[Arrival]) -> None:
        """What words without a token may belong to: the place's newest, what they quote, and in a person's own chat
        what this person was asked where others read."""
        invitations = self.uow.invitations
        self.learn(await invitations.at_places({arrival.address for arrival in arrivals}, lock=True))
        quoted = {(a.address, a.event.quotes) for a in arrivals if isinstance(a.event, TextWritten) and a.event.quotes}
        self.learn(await invitations.at_messages(quoted, lock=True))
        own = {(a.workspace, a.address) for a in arrivals if a.address.private and traits(a.address.channel).has_groups}
        public: set[str] = set()
        for workspace, address in own:
            customer = await self.uow.customers.at(workspace, address)
            if customer is not None:
                asked = await invitations.of_customer(customer.id)
                public |= {i.id for i in asked[:_NEWEST] if i.address is not None and i.address.shared}
        self.learn(list((await invitations.load(public - set(self.current), lock=True)).values()))

    async def store(self, remembered: Sequence[str], now: datetime) -> None:
        """Writes what was decided, in bulk; `remembered` are the event ids that count from now on."""
        saved = [
            Saved(self.originals[key], after, tuple(self.history.get(key, ())))
            for key, after in self.current.items()
            if after != self.originals[key] or self.history.get(key)
        ]
        await self.uow.invitations.save(saved)
        await note_cases(self.uow, saved, self.businesses, now)
        await self.uow.customers.note_first_contacts(first_contacts(saved), now)
        names = await names_of(self.uow, [self.current[key] for key in self.views])
        shows = [
            dispatch
            for key, view in self.views.items()
            for dispatch in replacing(
                view,
                self.current[key],
                self.businesses[self.current[key].workspace],
                names.get(key, ""),
                self.replies.get(key, ""),
                later=True,
            )
        ]
        await self.uow.outbox.add([*shows, *self.dispatches], now)
        await self.uow.events.remember(remembered, now)
