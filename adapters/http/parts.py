"""What the routes are given; the composition root fills it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.webchat.sessions import Sessions
from adapters.webchat.stream import Hub
from bot.address import Address
from bot.ports import Store
from bot.service.asking import Asking
from bot.service.commands import Commands
from bot.service.context import Context
from bot.service.membership import Membership
from bot.service.summaries import Summaries
from bot.settings import Settings


class WritingStore(Store, Protocol):
    """A store that says how its writer is doing."""

    @property
    def commits(self) -> int:
        """How many batches this process has committed."""
        ...

    @property
    def backlog(self) -> int:
        """How much waits for the next batch."""
        ...

    @property
    def trouble(self) -> tuple[datetime, str] | None:
        """When and why the last batch could not be written; None since one could."""
        ...

    async def probe(self) -> None:
        """Returns when the writer has shown that it can write; changes nothing and wakes nobody. Errors as `write`."""
        ...


class People(Protocol):
    """The use cases of customers that the API offers."""

    async def erase(self, workspace: str, customer_id: str) -> object:
        """Cancels what is open, then forgets the person; `NotFound` when the workspace has no such customer."""
        ...

    async def know_visitor(
        self, workspace: str, address: Address, *, name: str | None, locale: str | None, signed: bool
    ) -> None:
        """Keeps the name and language that a session brings; a stranger is stored only when the site signed them."""
        ...


class TelegramInlet(Protocol):
    """Where the webhook's updates go."""

    @property
    def webhook_secret(self) -> str:
        """What each request must bring; empty where the bot takes no webhook."""
        ...

    @property
    def trouble(self) -> str:
        """What keeps the bot from working now, for people; empty when nothing does."""
        ...

    async def take(self, body: bytes) -> bytes:
        """One update; the JSON to answer with, after the commit. `StoreError`: send it again."""
        ...


class SlackInlet(Protocol):
    """Where Slack's requests go."""

    @property
    def by_http(self) -> bool:
        """Do its requests come by HTTP, and not through a socket?"""
        ...

    @property
    def trouble(self) -> str:
        """What keeps Slack from working now, for people; empty when nothing does."""
        ...

    def is_genuine(self, headers: Mapping[bytes, bytes], body: bytes) -> bool:
        """Was it signed by Slack, and not too long ago?"""
        ...

    async def take(self, headers: Mapping[bytes, bytes], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body to answer with, after the commit; 503 for what was not taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a route may use; nothing in it is made by a route."""

    settings: Settings
    context: Context
    store: WritingStore
    asking: Asking
    membership: Membership
    summaries: Summaries
    people: People
    commands: Commands
    sessions: Sessions
    hub: Hub
    telegram: TelegramInlet | None = None
    slack: SlackInlet | None = None
