"""One-time links, found by the hash of what they carry."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Link
from storage.keys import Keyring
from storage.sql import table
from storage.tables import LinkRow

_LINK = table(LinkRow)


class LinkRows:
    """Keeps `bot.ports.Links`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def add(self, link: Link) -> None:
        await self._connection.execute(
            insert(_LINK).values(
                digest=link.digest,
                invitation_id=link.invitation,
                expires_at=link.expires_at,
                opened_at=link.opened_at,
            )
        )

    async def get(self, digest: str) -> Link | None:
        row = (await self._connection.execute(select(_LINK).where(_LINK.c.digest == digest))).first()
        return None if row is None else Link(row.digest, row.invitation_id, row.expires_at, opened_at=row.opened_at)

    async def open(self, digest: str, now: datetime) -> bool:
        """True for the first to open it in time; one statement, so that two who tap at once are not both first."""
        opened = (
            update(_LINK)
            .where(_LINK.c.digest == digest, _LINK.c.opened_at.is_(None), _LINK.c.expires_at > now)
            .values(opened_at=now)
            .returning(_LINK.c.digest)
        )
        return (await self._connection.execute(opened)).first() is not None

    async def sweep(self, before: datetime) -> int:
        return (await self._connection.execute(delete(_LINK).where(_LINK.c.expires_at < before))).rowcount
