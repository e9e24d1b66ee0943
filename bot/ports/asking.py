"""Surveys, invitations and answers, as the core stores and finds them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from bot.address import Address
from bot.invitation import Invitation
from bot.steps import HistoryEntry
from bot.surveys import Survey


class Saved(msgspec.Struct, frozen=True):
    """An invitation as it was and as it is now, with what is to be remembered. `before` is None for a new one."""

    before: Invitation | None
    after: Invitation
    history: tuple[HistoryEntry, ...] = ()
    import_key: str | None = None


class StoredSurvey(msgspec.Struct, frozen=True):
    """A survey version with the id that invitations refer to."""

    id: int
    survey: Survey


class Ready(Protocol):
    """What is new and was made ready for the database, so that writing it holds nobody up by more than that.

    It is put in by the repository that made it, in a transaction of the same store, and once.
    """

    @property
    def rows(self) -> int:
        """How many rows of tables it is."""
        ...


class Surveys(Protocol):
    async def newest(self, workspace: str, slug: str) -> StoredSurvey | None: ...

    async def versions(self, workspace: str) -> Sequence[StoredSurvey]:
        """All versions of all surveys, by name and version."""
        ...

    async def add(self, workspace: str, survey: Survey, now: datetime) -> StoredSurvey: ...

    async def set_goal(self, workspace: str, survey: Survey) -> None:
        """Gives the stored version of that name and number this survey's goal."""
        ...


class Invitations(Protocol):
    async def load(self, ids: Collection[str], *, lock: bool = False) -> Mapping[str, Invitation]:
        """Those that exist; `lock` takes row locks in the order of ids where the database has them."""
        ...

    async def at_places(self, addresses: Collection[Address], *, lock: bool = False) -> Sequence[Invitation]:
        """The newest 20 of each place, newest first."""
        ...

    async def at_messages(
        self, messages: Collection[tuple[Address, str]], *, lock: bool = False
    ) -> Sequence[Invitation]:
        """Those whose message at the place has this id of the platform, of any age."""
        ...

    async def in_call(self, call: str, customer: str) -> Invitation | None:
        """This person's own answer to an open call."""
        ...

    async def about_ticket(self, workspace: str, ticket: str, limit: int) -> Sequence[Invitation]:
        """The newest about this ticket, whoever was asked."""
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

    def ready(self, saved: Sequence[Saved]) -> Ready:
        """All of `save` that needs no database, for invitations that are new; nothing is written."""
        ...

    async def put(self, ready: Ready) -> None:
        """The rest of `save`. `Conflict` when a unique key is taken, `StoreError` when a customer is gone."""
        ...

    async def imported(self, keys: Collection[str]) -> Collection[str]:
        """Those of the import keys that are there already."""
        ...

    async def there(self, workspace: str, ids: Collection[str]) -> Collection[str]:
        """Those of the ids that are invitations of this workspace."""
        ...

    async def history(self, ids: Collection[str]) -> Mapping[str, Sequence[HistoryEntry]]: ...
