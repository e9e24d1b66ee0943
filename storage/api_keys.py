"""Bearer keys of the HTTP API, and what was answered under an Idempotency-Key."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import ApiKey
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import ApiKeyRow, IdempotencyRow

REMEMBERED_FOR: Final = timedelta(hours=24)  # what the API promises for an Idempotency-Key
_KEY = table(ApiKeyRow)
_ANSWERED = table(IdempotencyRow)


class ApiKeyRows:
    """Keeps `bot.ports.ApiKeys`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def all(self, workspace: str) -> Sequence[ApiKey]:
        """Revoked ones too, the oldest first."""
        chosen = select(_KEY).where(_KEY.c.workspace == workspace).order_by(_KEY.c.created_at, _KEY.c.id)
        return [_key(row) for row in await self._connection.execute(chosen)]

    async def add(self, key: ApiKey) -> None:
        await self._connection.execute(
            plain_insert(_KEY).values(
                id=key.id,
                workspace=key.workspace,
                name=key.name,
                digest=key.digest,
                created_at=key.created_at,
                revoked_at=key.revoked_at,
            )
        )

    async def by_digest(self, digest: str) -> ApiKey | None:
        """The key while it is good; None once it is revoked."""
        chosen = select(_KEY).where(_KEY.c.digest == digest, _KEY.c.revoked_at.is_(None))
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _key(found)

    async def revoke(self, workspace: str, key: str, now: datetime) -> bool:
        """False when the workspace has no such key, or it was revoked before."""
        ended = (
            update(_KEY)
            .where(_KEY.c.workspace == workspace, _KEY.c.id == key, _KEY.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(_KEY.c.id)
        )
        return (await self._connection.execute(ended)).first() is not None

    async def remembered(self, key_digest: str, since: datetime) -> tuple[str, Any] | None:
        chosen = select(_ANSWERED).where(_ANSWERED.c.key_digest == key_digest, _ANSWERED.c.at >= since)
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else (found.body_digest, found.answer)

    async def remember(self, key_digest: str, body_digest: str, answer: object, now: datetime) -> None:
        """Keeps the first answer to a key for 24 hours; who lost a race finds the other's by reading again."""
        await self._connection.execute(delete(_ANSWERED).where(_ANSWERED.c.at < now - REMEMBERED_FOR))
        values = {"key_digest": key_digest, "body_digest": body_digest, "answer": answer, "at": now}
        await self._connection.execute(insert(self._connection, _ANSWERED).values(values).on_conflict_do_nothing())

    async def sweep(self, before: datetime) -> int:
        return (await self._connection.execute(delete(_ANSWERED).where(_ANSWERED.c.at < before))).rowcount


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.workspace, row.name, row.digest, row.created_at, revoked_at=row.revoked_at)
