"""What the core needs from the outside, as narrow promises; `storage` and `adapters` keep them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.address import Address
from bot.events import Arrival, Outcome
from bot.invitation import Invitation
from bot.prompts import Prompt
from bot.steps import HistoryEntry
from bot.surveys import Survey
from bot.workspace import Customer, FirstContact, Member, Role, Workspace

T = TypeVar("T")


class Clock(Protocol):
    """The only source of time; aware UTC."""

    def now(self) -> datetime: ...


class Ids(Protocol):
    """The only source of chance. `new` is unique for ever and grows with time; `secret` cannot be guessed."""

    def new(self) -> str: ...

    def secret(self) -> str: ...

    def code(self) -> str:
        """A one-time code that a person can type."""
        ...


class Tokens(Protocol):
    """Signed references. `read` raises `BadToken` for what we did not sign for this purpose."""

    def issue(self, purpose: str, text: str) -> str: ...

    def read(self, purpose: str, token: str) -> str: ...

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash, for look-ups of what is stored only as such."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A message that is decided and not yet delivered. `asks` marks the question itself: its delivery counts.

    `message` is the platform's id of the message to replace; empty means a new one. `id` is 0 and `created_at`
    None until stored. `week` marks a weekly message.
    """

    workspace: str
    address: Address
    prompt: Prompt
    invitation: str | None = None
    message: str = ""
    asks: bool = False
    week: str | None = None
    id: int = 0
    attempts: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform said to a send. `delivered` is False where only the page knows that it was seen."""

    message: str = ""
    delivered: bool = True


class Channel(Protocol):
    """A way to people. `send` may be called twice for one dispatch and must then do no harm that it can avoid.

    Errors: `RecipientUnreachable` (no retry), `TryAgainLater` (retry, after its `after`); anything else is retried too.
    """

    @property
    def name(self) -> str: ...

    async def send(self, dispatch: Dispatch) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Saved:
    """An invitation as it was and as it is now, with what is to be remembered. `before` is None for a new one."""

    before: Invitation | None
    after: Invitation
    history: tuple[HistoryEntry, ...] = ()
    import_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A survey version with the id that invitations refer to."""

    id: int
    survey: Survey


class Workspaces(Protocol):
    async def get(self, name: str) -> Workspace | None: ...

    async def all(self) -> Sequence[Workspace]: ...

    async def add(self, workspace: Workspace) -> None:
        """Adds it unless the name is taken."""
        ...

    async def change(self, workspace: Workspace) -> None: ...


class Surveys(Protocol):
    async def newest(self, workspace: str, slug: str) -> StoredSurvey | None: ...

    async def versions(self, workspace: str) -> Sequence[StoredSurvey]:
        """All versions of all surveys, by name and version."""
        ...

    async def add(self, workspace: str, survey: Survey, now: datetime) -> StoredSurvey: ...


class Customers(Protocol):
    async def at(self, workspace: str, address: Address, *, lock: bool = False) -> Customer | None:
        """Who is reached there; `lock` keeps other writers from deciding about the same person meanwhile."""
        ...

    async def get(self, customer: str, *, lock: bool = False) -> Customer | None: ...

    async def many(self, customers: Collection[str]) -> Mapping[str, Customer]: ...

    async def add(self, customer: Customer, address: Address) -> Customer:
        """The customer at this address: the new one, or whoever was there before."""
        ...

    async def add_many(self, fresh: Mapping[Address, Customer]) -> Mapping[Address, Customer]:
        """As `add` for many people who are all new or at their addresses already; who is at each address now."""
        ...

    async def change(self, customer: Customer) -> None: ...

    async def addresses(self, customer: str) -> Sequence[Address]: ...

    async def first_contact(self, workspace: str, address: Address) -> FirstContact | None:
        """What was read there first, and when; None while nothing is known to have been read."""
        ...

    async def prepare_first_contact(self, workspace: str, address: Address, text: str) -> None:
        """Keeps the line that is on its way there; it counts once `note_first_contacts` says that it was read."""
        ...

    async def note_first_contacts(self, places: Collection[tuple[str, Address]], now: datetime) -> None:
        """The prepared line of each (workspace, address) was read now; one that was read before keeps its time."""
        ...

    async def erase(self, customer: str) -> None:
        """Person, addresses, words and undelivered messages go; anonymous scores stay, the figures with them."""
        ...


class Invitations(Protocol):
    async def load(self, ids: Collection[str], *, lock: bool = False) -> Mapping[str, Invitation]:
        """Those that exist; `lock` takes row locks in the order of ids where the database has them."""
        ...

    async def at_places(self, addresses: Collection[Address], *, lock: bool = False) -> Sequence[Invitation]:
        """The newest 20 of each place, newest first."""
        ...

    async def of_customer(self, customer: str) -> Sequence[Invitation]: ...

    async def same_ticket(self, workspace: str, slug: str, ticket: str, customer: str) -> Invitation | None: ...

    async def open_of(self, customer: str) -> Invitation | None: ...

    async def last_asked(self, customer: str) -> datetime | None:
        """When this person was last asked anything, in any channel; tests do not count."""
        ...

    async def recent(self, workspace: str, limit: int) -> Sequence[Invitation]: ...

    async def due(self, now: datetime, limit: int) -> Sequence[Invitation]:
        """Those that time has something to say to, locked against other processes."""
        ...

    async def save(self, saved: Sequence[Saved]) -> None:
        """Invitations, answers, history and rollup deltas, in bulk. `Conflict` when a unique key is taken."""
        ...

    async def imported(self, keys: Collection[str]) -> Collection[str]:
        """Those of the import keys that are there already."""
        ...

    async def history(self, ids: Collection[str]) -> Mapping[str, Sequence[HistoryEntry]]: ...


class Outbox(Protocol):
    async def add(self, dispatches: Sequence[Dispatch], now: datetime) -> None:
        """Stores them leased to this process, and hands them to its sender after the commit."""
        ...

    async def claimable(self, now: datetime) -> bool:
        """Is there something to claim? A look that need not write."""
        ...

    async def claim(self, now: datetime, limit: int) -> Sequence[Dispatch]:
        """Due rows, leased to this process; the oldest of each place only, so that a place keeps its order."""
        ...

    async def done(self, dispatch: Dispatch) -> None: ...

    async def again(self, dispatch: Dispatch, at: datetime, error: str) -> None: ...

    async def drop_of(self, invitation: str) -> bool:
        """Takes back what waits for this invitation; False when nothing waited."""
        ...

    async def drop_all(self, invitations: Collection[str]) -> Collection[str]:
        """As `drop_of` for many at once; those for which something waited."""
        ...

    async def waiting(self, workspace: str) -> Mapping[str, Any]:
        """`{"rows", "oldest", "errors"}` for doctor."""
        ...

    async def waiting_everywhere(self) -> Mapping[str, Mapping[str, Any]]:
        """`{"rows", "oldest", "errors"}` by workspace for /readyz, `errors` as their number; without rows left out."""
        ...


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A web chat message in its newest revision; `seq` grows over all messages."""

    seq: int
    id: str
    at: datetime
    prompt: Prompt
    first_seq: int = 0


class Messages(Protocol):
    async def put(self, workspace: str, address: Address, message: StoredMessage, invitation: str | None) -> int:
        """Adds or replaces by id; the new `seq`."""
        ...

    async def newest(self, workspace: str, address: Address, limit: int) -> Sequence[StoredMessage]:
        """The last ones, in the order in which they first appeared."""
        ...

    async def after(self, workspace: str, address: Address, seq: int) -> Sequence[StoredMessage]: ...

    async def newest_seq(self) -> int:
        """The `seq` to begin asking `changed_places` with; 0 without messages."""
        ...

    async def changed_places(self, seq: int) -> tuple[int, Collection[str]]:
        """The highest `seq` and the digests of the places that got something after `seq`."""
        ...


class Rollups(Protocol):
    async def sums(
        self, survey_ids: Collection[int], first: date, last: date, dimension: str = "all"
    ) -> Mapping[tuple[int, date, str, str], int]:
        """`(survey, day, key, measure) -> n`, base and deltas together."""
        ...

    async def unfolded(self) -> bool:
        """Is there anything to fold?"""
        ...

    async def fold(self, limit: int) -> int:
        """Folds the oldest deltas into the base; how many."""
        ...


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as stored: by hash, for a role, perhaps for one member."""

    digest: str
    workspace: str
    role: Role
    expires_at: datetime
    member: str | None = None
    claims: bool = False
    used_at: datetime | None = None


class Members(Protocol):
    async def all(self, workspace: str) -> Sequence[Member]: ...

    async def get(self, member: str) -> Member | None: ...

    async def add(self, member: Member) -> None: ...

    async def remove(self, member: str, now: datetime) -> None: ...

    async def add_code(self, code: Code) -> None: ...

    async def take_code(self, digest: str, now: datetime) -> Code | None:
        """Uses the code up; None when there is none, it is used, or its time is over."""
        ...

    async def drop_claims(self, workspace: str) -> None: ...

    async def add_session(self, digest: str, member: str, expires_at: datetime) -> None: ...

    async def by_session(self, digest: str, now: datetime) -> Member | None: ...

    async def sweep(self, before: datetime) -> int:
        """Forgets the codes and sessions whose time was over before that moment; how many."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer key as stored: by hash; only its beginning can be shown."""

    id: str
    workspace: str
    name: str
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKeys(Protocol):
    async def all(self, workspace: str) -> Sequence[ApiKey]: ...

    async def add(self, key: ApiKey) -> None: ...

    async def by_digest(self, digest: str) -> ApiKey | None: ...

    async def revoke(self, workspace: str, key: str, now: datetime) -> bool: ...

    async def remembered(self, key_digest: str, since: datetime) -> tuple[str, Any] | None:
        """`(body digest, answer)` of an Idempotency-Key used since then."""
        ...

    async def remember(self, key_digest: str, body_digest: str, answer: object, now: datetime) -> None: ...

    async def sweep(self, before: datetime) -> int:
        """Forgets what was answered to an Idempotency-Key before that moment; how many."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link as stored."""

    digest: str
    invitation: str
    expires_at: datetime
    opened_at: datetime | None = None


class Links(Protocol):
    async def add(self, link: Link) -> None: ...

    async def get(self, digest: str) -> Link | None: ...

    async def open(self, digest: str, now: datetime) -> bool:
        """True for the first to open it."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forgets the links whose time was over before that moment; how many."""
        ...


@dataclass(frozen=True, slots=True)
class SummaryDecision:
    """What was decided about a local week."""

    workspace: str
    week: str
    state: str
    decided_at: datetime
    posted_at: datetime | None = None
    figures: Any = None


class Summaries(Protocol):
    async def decide(self, decision: SummaryDecision) -> bool:
        """True for the one that decided; False when the week had its decision already."""
        ...

    async def newest(self, workspace: str) -> SummaryDecision | None: ...

    async def get(self, workspace: str, week: str) -> SummaryDecision | None: ...

    async def posted(self, workspace: str, week: str, now: datetime) -> None: ...

    async def note_post(self, workspace: str, week: str, now: datetime) -> None:
        """Remembers that this week's message was put on its way, scheduled or on demand."""
        ...

    async def note_quotes(
        self, workspace: str, addresses: Collection[Address], quotes: Sequence[tuple[str, str]]
    ) -> None:
        """Remembers which lines quote which invitations' words: they go from the messages when the words go."""
        ...

    async def posts(self, workspace: str, week: str) -> int:
        """How often this week's message was put on its way."""
        ...


class Events(Protocol):
    async def known(self, ids: Collection[str]) -> Collection[str]: ...

    async def remember(self, ids: Collection[str], now: datetime) -> None: ...

    async def park(self, arrival: Arrival, error: str, now: datetime) -> None: ...

    async def parked(self) -> Sequence[tuple[int, str, str, datetime]]:
        """`(id, event id, error, at)` of the parked ones, newest first."""
        ...

    async def sweep(self, before: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer with everything about it, for export, the API and the comments of a summary."""

    invitation: Invitation
    customer: Customer | None
    history: Sequence[HistoryEntry] = ()


class Responses(Protocol):
    async def page(
        self, workspace: str, first: date | None, last: date | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Recorded]:
        """Answers and late words by first answer time and id, `after` exclusive; tests are left out."""
        ...

    async def commented(self, workspace: str, first: date, last: date, limit: int) -> Sequence[Recorded]:
        """The newest answers with words of those local days, oldest first; tests and erased words are left out."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Everything in it is stored together or not at all."""

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
LEASE = timedelta(seconds=30)
