"""Gives rows that a limit keeps from going back to the database, many at once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.ports import Dispatch, Store


class Returns:
    """What is put off in one turn of the loop is one job: of a flood hundreds of rows wait for the same limit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._moments: list[tuple[Dispatch, datetime]] = []
        self._writing: asyncio.Task[None] | None = None

    async def postpone(self, rows: Sequence[Dispatch], at: datetime) -> None:
        """Returns when they are given back for that moment; errors as `Store.write`."""
        if self._writing is None or not self._moments:
            self._writing = asyncio.create_task(self._write(), name="pulssi-returns")
        self._moments += [(dispatch, at) for dispatch in rows]
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        moments, self._moments = self._moments, []
        await self._store.write(lambda uow: uow.outbox.postpone(moments))
