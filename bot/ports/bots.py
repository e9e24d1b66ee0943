"""A vendor's bot as all processes share it: whose it is, who sends for it, until when it must be quiet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

BOT_LEASE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """`webhook` is the address that this program set at the platform last; empty when it set none. `site` is where the
    platform's own pages of this account are (Slack: https://acme.slack.com/), as far as it has told."""

    channel: str
    account: str
    workspace: str
    username: str = ""
    webhook: str = ""
    site: str = ""
    leased_by: str | None = None
    lease_until: datetime | None = None
    paused_until: datetime | None = None


class Bots(Protocol):
    async def get(self, channel: str, account: str) -> Bot | None: ...

    async def of(self, channel: str, workspace: str) -> Bot | None:
        """The one that was at work last for this workspace."""
        ...

    async def add(self, bot: Bot) -> Bot:
        """The bot as it is stored: this one, or the one that was there before."""
        ...

    async def note(
        self,
        channel: str,
        account: str,
        *,
        username: str | None = None,
        webhook: str | None = None,
        site: str | None = None,
    ) -> None:
        """Keeps what is given."""
        ...

    async def lease(self, channel: str, account: str, owner: str, now: datetime) -> bool:
        """True when `owner` is the one sender for the next `BOT_LEASE`; taken or renewed in one statement."""
        ...

    async def release(self, channel: str, account: str, owner: str) -> None:
        """Gives the lease back, if it is this owner's."""
        ...

    async def pause(self, channel: str, account: str, until: datetime) -> None:
        """The platform asked for quiet until then; an earlier moment changes nothing."""
        ...
