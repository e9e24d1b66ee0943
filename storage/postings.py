"""What became of the weekly messages at their destinations: one row per workspace, week and place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.destinations import Destination
from bot.ports import Fate, Posting
from storage.codec import plain, prompt_body, prompt_from
from storage.digests import place_digest
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import PostingRow

_POSTING: Final = table(PostingRow)


class PostingRows:
    """Keeps `bot.ports.Postings`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def begin(self, posting: Posting) -> Posting:
        values = {**self._values(posting), "workspace": posting.workspace, "week": posting.week}
        new = insert(self._connection, _POSTING).values(values)
        again = {name: new.excluded[name] for name in self._values(posting)}
        stored = new.on_conflict_do_update(index_elements=["workspace", "week", "place_digest"], set_=again)
        return _posting((await self._connection.execute(stored.returning(_POSTING))).one())

    async def get(self, posting: int) -> Posting | None:
        chosen = select(_POSTING).where(_POSTING.c.id == posting).with_for_update()
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _posting(found)

    async def change(self, posting: Posting) -> None:
        await self._connection.execute(
            update(_POSTING).where(_POSTING.c.id == posting.id).values(self._values(posting))
        )

    async def drop(self, posting: Posting) -> None:
        await self._connection.execute(delete(_POSTING).where(_POSTING.c.id == posting.id))

    async def of_week(self, workspace: str, week: str) -> Sequence[Posting]:
        return await self._where(_POSTING.c.workspace == workspace, _POSTING.c.week == week)

    async def unsettled(self, before: datetime) -> Sequence[Posting]:
        slow = (_POSTING.c.fate == Fate.ON_ITS_WAY.value) & (_POSTING.c.since < before)
        return await self._where(or_(_POSTING.c.fate == Fate.UNDELIVERABLE.value, slow))

    async def undeliverable(self, workspace: str) -> Sequence[Posting]:
        return await self._where(_POSTING.c.workspace == workspace, _POSTING.c.fate == Fate.UNDELIVERABLE.value)

    async def _where(self, *which: ColumnElement[bool]) -> list[Posting]:
        chosen = select(_POSTING).where(*which).order_by(_POSTING.c.since, _POSTING.c.id)
        return [_posting(row) for row in await self._connection.execute(chosen)]

    def _values(self, posting: Posting) -> dict[str, Any]:
        return {
            "place_digest": place_digest(self._keyring, posting.destination.address),
            "destination": plain(posting.destination),
            "fate": posting.fate.value,
            "reason": posting.reason,
            "since": posting.since,
            "tries": posting.tries,
            "due_at": posting.due_at,
            "message": None if posting.message is None else prompt_body(posting.message),
        }


def _posting(row: Row[Any]) -> Posting:
    return Posting(
        workspace=row.workspace,
        week=row.week,
        destination=msgspec.convert(row.destination, Destination),
        fate=Fate(row.fate),
        since=row.since,
        reason=row.reason,
        tries=row.tries,
        due_at=row.due_at,
        message=None if row.message is None else prompt_from(row.message),
        id=row.id,
    )
