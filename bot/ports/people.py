"""The business, its members and keys, its customers and their links."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.address import Address
from bot.ports.asking import Ready
from bot.workspace import Customer, FirstContact, Member, Role, Workspace


class Workspaces(Protocol):
    async def get(self, name: str, *, lock: bool = False) -> Workspace | None:
        """`lock` keeps others from changing it meanwhile: what is to be changed is read with it."""
        ...

    async def all(self) -> Sequence[Workspace]: ...

    async def add(self, workspace: Workspace) -> None:
        """Adds it unless the name is taken."""
        ...

    async def change(self, workspace: Workspace) -> None: ...


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer where they can be reached."""

    customer: Customer
    address: Address
    seen_at: datetime | None = None


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

    async def known(self, workspace: str, addresses: Collection[Address]) -> Mapping[Address, str]:
        """The ids of the customers at those of the addresses where somebody is."""
        ...

    def ready(self, fresh: Mapping[Address, Customer]) -> Ready:
        """People who are all new, each with an address; nothing is written."""
        ...

    async def put(self, ready: Ready) -> None:
        """Adds them. `StoreError` when somebody is at one of the addresses already."""
        ...

    async def change(self, customer: Customer) -> None: ...

    async def addresses(self, customer: str) -> Sequence[Address]: ...

    async def met(self, workspace: str, address: Address, now: datetime) -> None:
        """The person wrote there now, so that we may write too."""
        ...

    async def lost(self, workspace: str, address: Address) -> None:
        """The person does not want to be written to there (blocked, left); who only wrote is forgotten."""
        ...

    async def seen_at(self, workspace: str, address: Address) -> datetime | None:
        """When the person last wrote there; None when they may not be written to first."""
        ...

    async def recent(self, workspace: str, channels: Collection[str], limit: int) -> Sequence["Contact"]:
        """Who wrote or was added last in these channels, newest first; of each person the address used last."""
        ...

    async def move(self, old: Address, new: Address) -> int:
        """A conversation lives on under another id: customers, questions and waiting messages go along; how many."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forgets who wrote last before that moment and was never asked, nor opted out, nor consented; how many."""
        ...

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


@dataclass(frozen=True, slots=True)
class Identity:
    """A member's account on a platform. `address` is their own chat with us, `menu` what its commands were set to."""

    member: str
    workspace: str
    address: Address
    locale: str | None = None
    menu: str = ""


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

    async def signed_in(self, workspace: str, now: datetime) -> Collection[str]:
        """The members with a browser that they claimed or joined with, and whose session lasts."""
        ...

    async def promote(self, member: str, role: Role) -> None:
        """Gives the member this role."""
        ...

    async def bind(self, identity: Identity, now: datetime) -> Identity:
        """Ties the account to the member, unless it is another present member's; the identity as it is stored."""
        ...

    async def by_address(self, workspace: str, address: Address) -> Member | None:
        """Whose own chat this is; None for somebody who is no member now."""
        ...

    async def identities(self, workspace: str, channel: str = "") -> Sequence[Identity]:
        """The accounts of members, on one platform or on all; those of removed ones until they are unbound."""
        ...

    async def unbind(self, workspace: str, address: Address, member: str) -> None:
        """Forgets this member's account; one that is somebody else's by now stays."""
        ...

    async def note_menu(self, workspace: str, address: Address, menu: str) -> None: ...

    async def add_draft(self, draft: str, workspace: str, member: str, body: object, expires_at: datetime) -> None:
        """Keeps what a member has chosen so far, sealed, in place of an older one; `body` is anything JSON can say."""
        ...

    async def draft(self, draft: str, member: str, now: datetime) -> Any:
        """The body of this member's own draft; None when there is none or its time is over."""
        ...

    async def has_draft(self, draft: str) -> bool: ...

    async def drop_draft(self, draft: str) -> None: ...

    async def sweep_drafts(self, now: datetime) -> int:
        """Forgets the drafts whose time is over; how many."""
        ...

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
