"""The owners' dated notes; their words are sealed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import StoredNote
from storage.sql import table
from storage.tables import NoteRow

_NOTE = table(NoteRow)


class NoteRows:
    """Keeps `bot.ports.Notes`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, note: StoredNote) -> None:
        values = {
            "id": note.id,
            "workspace": note.workspace,
            "day": note.day,
            "text": note.text,
            "created_at": note.created_at,
        }
        await self._connection.execute(insert(_NOTE).values(values))

    async def get(self, workspace: str, note: str) -> StoredNote | None:
        chosen = select(_NOTE).where(_NOTE.c.workspace == workspace, _NOTE.c.id == note)
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _note(found)

    async def newest(self, workspace: str, limit: int, offset: int = 0) -> Sequence[StoredNote]:
        chosen = (
            select(_NOTE)
            .where(_NOTE.c.workspace == workspace)
            .order_by(_NOTE.c.day.desc(), _NOTE.c.created_at.desc(), _NOTE.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return [_note(row) for row in await self._connection.execute(chosen)]

    async def between(self, workspace: str, first: date, last: date) -> Sequence[StoredNote]:
        chosen = (
            select(_NOTE)
            .where(_NOTE.c.workspace == workspace, _NOTE.c.day.between(first, last))
            .order_by(_NOTE.c.day, _NOTE.c.created_at, _NOTE.c.id)
        )
        return [_note(row) for row in await self._connection.execute(chosen)]

    async def count(self, workspace: str, first: date, last: date) -> int:
        chosen = select(func.count()).where(_NOTE.c.workspace == workspace, _NOTE.c.day.between(first, last))
        return int(await self._connection.scalar(chosen) or 0)

    async def remove(self, workspace: str, note: str) -> bool:
        gone = delete(_NOTE).where(_NOTE.c.workspace == workspace, _NOTE.c.id == note).returning(_NOTE.c.id)
        return (await self._connection.execute(gone)).first() is not None


def _note(row: Row[Any]) -> StoredNote:
    return StoredNote(row.id, row.workspace, row.day, row.text, row.created_at)
