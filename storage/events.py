"""Event ids that were seen, and events that could not be stored."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.events import Arrival
from storage.codec import arrival_text
from storage.direct import Bulk, Query, Step, later, together
from storage.keys import Keyring
from storage.sql import each_found, insert, table
from storage.tables import ParkedRow, SeenEventRow

_SEEN = table(SeenEventRow)
_PARKED = table(ParkedRow)
_KNOWN = Query(lambda connection: each_found(connection, _SEEN.c.event_id, "ids"))
_REMEMBER = Bulk(lambda connection: insert(connection, _SEEN).on_conflict_do_nothing(), ["event_id", "at"])


class EventRows:
    """Keeps `bot.ports.Events`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._keys: dict[str, str] = {}

    def _key(self, event_id: str) -> str:
        """An id can tell who pressed what; kept is what only this installation makes of it."""
        found = self._keys.get(event_id)
        if found is None:
            found = self._keys[event_id] = self._keyring.digest("event", event_id)
        return found

    async def known(self, ids: Collection[str]) -> Collection[str]:
        if not ids:
            return frozenset()
        return self.those_in((await together(self._connection, self.step(ids)))[0], ids)

    def step(self, ids: Collection[str]) -> Step:
        """Asks which are known; `those_in` reads the answer."""
        return _KNOWN.step(ids=[self._key(event_id) for event_id in ids])

    def those_in(self, rows: Sequence[Any], ids: Collection[str]) -> Collection[str]:
        stored = {row.event_id for row in rows}
        return frozenset(event_id for event_id in ids if self._key(event_id) in stored)

    async def remember(self, ids: Collection[str], now: datetime) -> None:
        """One that is known already keeps its first time."""
        # In one order for all processes: two that insert the same ids must wait for each other, not in a circle.
        rows = [{"event_id": event_id, "at": now} for event_id in sorted({self._key(one) for one in ids})]
        await later(self._connection, _REMEMBER.step(rows))

    async def first(self, event_id: str, now: datetime) -> bool:
        """The key decides: who comes second waits for the first one's commit."""
        new = insert(self._connection, _SEEN).values(event_id=self._key(event_id), at=now).on_conflict_do_nothing()
        return (await self._connection.execute(new.returning(_SEEN.c.event_id))).first() is not None

    async def park(self, arrival: Arrival, error: str, now: datetime) -> None:
        """Keeps the event sealed, whatever is in it, so that an operator can look at it."""
        await self._connection.execute(
            plain_insert(_PARKED).values(
                workspace=storable(arrival.workspace),
                event_id=storable(arrival.event_id),
                payload=arrival_text(arrival),
                error=storable(error),
                at=now,
            )
        )

    async def parked(self) -> Sequence[tuple[int, str, str, datetime]]:
        chosen = select(_PARKED.c.id, _PARKED.c.event_id, _PARKED.c.error, _PARKED.c.at)
        found = await self._connection.execute(chosen.order_by(_PARKED.c.id.desc()))
        return [(row.id, row.event_id, row.error, row.at) for row in found]

    async def sweep(self, before: datetime) -> int:
        """Forgets the ids seen before that moment; how many."""
        return (await self._connection.execute(delete(_SEEN).where(_SEEN.c.at < before))).rowcount


def storable(text: str) -> str:
    """The text with escapes for what a database refuses: NUL (PostgreSQL) and halves of a character pair (both)."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
