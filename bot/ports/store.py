"""The store: transactions, the writer, and every repository of one transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from bot.address import Address
from bot.events import Arrival, Outcome
from bot.invitation import Invitation
from bot.ports.asking import Invitations, Surveys
from bot.ports.bots import Bots
from bot.ports.cases import Cases
from bot.ports.figures import Postings, Responses, Rollups, Summaries
from bot.ports.notes import Notes
from bot.ports.people import ApiKeys, Customers, Links, Members, Workspaces
from bot.ports.sending import Messages, Outbox
from bot.workspace import Workspace

T = TypeVar("T")


class Events(Protocol):
    async def known(self, ids: Collection[str]) -> Collection[str]: ...

    async def remember(self, ids: Collection[str], now: datetime) -> None: ...

    async def first(self, event_id: str, now: datetime) -> bool:
        """Remembers it; True for the one that did, however many processes have the same event in hand."""
        ...

    async def park(self, arrival: Arrival, error: str, now: datetime) -> None: ...

    async def parked(self) -> Sequence[tuple[int, str, str, datetime]]:
        """`(id, event id, error, at)` of the parked ones, newest first."""
        ...

    async def sweep(self, before: datetime) -> int: ...


class Look(msgspec.Struct, frozen=True):
    """What deciding a batch begins with: invitations by id, which event ids are known, workspaces by name."""

    invitations: Mapping[str, Invitation]
    known: Collection[str]
    workspaces: Mapping[str, Workspace]


class UnitOfWork(Protocol):
    """One transaction. Everything in it is stored together or not at all."""

    async def look(
        self,
        invitations: Collection[str],
        events: Collection[str],
        workspaces: Collection[str],
        answering: Sequence[Address],
        now: datetime,
    ) -> Look:
        """Those of each that exist, in as few round trips as the database allows; the invitations are locked.

        `answering` is where a message each will probably go: what the outbox must know before it stores the first ones
        is asked beside it.

        The events are looked at after the locks are held: whoever held them before may have recorded the very same.
        """
        ...

    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def responses(self) -> Responses: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def rollups(self) -> Rollups: ...
    @property
    def members(self) -> Members: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def links(self) -> Links: ...
    @property
    def summaries(self) -> Summaries: ...
    @property
    def notes(self) -> Notes: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def postings(self) -> Postings: ...
    @property
    def bots(self) -> Bots: ...
    @property
    def events(self) -> Events: ...


Job = Callable[[UnitOfWork], Awaitable[T]]


class Store(Protocol):
    """Where state is. Errors: `StoreUnavailable` (nothing was stored, try again), `StoreError` (refused)."""

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent look that never waits for a writer; writing in it is refused or lost."""
        ...

    async def write(self, job: Job[T]) -> T:
        """Runs the job in a transaction, together with whatever else waits; returns after the commit.

        The job's own error comes back to its caller and undoes the job alone. A job may run twice, if the batch that
        it was part of was refused; so it keeps its state in the database alone.
        """
        ...

    async def record(self, arrival: Arrival) -> Outcome:
        """Records an event with the batch that is next; returns after the commit that holds it."""
        ...


Recorder = Callable[[UnitOfWork, Sequence[Arrival]], Awaitable[Sequence[Outcome | Exception]]]
