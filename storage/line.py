"""Where new messages stand: whose rows wait in their places already, and their own numbers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Integer, Select, bindparam, column, func, or_, select
from sqlalchemy import table as sql_table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Dispatch
from storage.digests import place_digest
from storage.direct import Query, Step, together, turns_of
from storage.keys import Keyring
from storage.sql import each_found, is_postgres, table
from storage.tables import OutboxRow

_OUTBOX: Final = table(OutboxRow)


def _others(connection: AsyncConnection) -> Select[Any]:
    ours = (_OUTBOX.c.leased_by == bindparam("owner")) & (_OUTBOX.c.lease_until >= bindparam("now"))
    theirs = or_(_OUTBOX.c.leased_by.is_(None), ~ours)
    return each_found(connection, _OUTBOX.c.place_digest, "places", theirs)


_OTHERS: Final = Query(_others)
# SQLite's own table of the highest number that each table has had.
_HIGHEST: Final = Query(
    lambda _: select(column("seq")).select_from(sql_table("sqlite_sequence")).where(column("name") == _OUTBOX.name)
)
_NUMBERS: Final = Query(
    lambda _: select(func.nextval(func.pg_get_serial_sequence(_OUTBOX.name, "id")).label("id")).select_from(
        func.generate_series(1, bindparam("many", type_=Integer)).table_valued("value")
    )
)


class Around(msgspec.Struct, frozen=True):
    """The digest of each place, those of them where a row stands that is not in this process's hand, and numbers for
    new rows, growing, perhaps more than are needed."""

    digests: Mapping[str, str]
    taken: frozenset[str]
    numbers: Sequence[int]

    def serves(self, dispatches: Sequence[Dispatch]) -> bool:
        known = all(dispatch.address.place in self.digests for dispatch in dispatches)
        return known and len(dispatches) <= len(self.numbers)


class Line:
    """What the outbox of one transaction must know before it stores new rows.

    It can be asked ahead, beside other questions: `foresee`, then `expect` with the answers. They serve the next
    `around` if nothing else was asked of the database meanwhile: any question may wait for another process, which adds
    rows while we wait.
    """

    def __init__(self, connection: AsyncConnection, keyring: Keyring, owner: str) -> None:
        self._connection = connection
        self._keyring = keyring
        self._owner = owner
        self._asked: tuple[Mapping[str, str], int] = {}, 0
        self._foreseen: Around | None = None
        self._turns: int | None = None

    def foresee(self, addresses: Sequence[Address], now: datetime) -> tuple[Step, Step]:
        """The questions for one message to each of these."""
        self._asked = self._digests(addresses), len(addresses)
        return self._steps(*self._asked, now)

    def expect(self, others: Sequence[Any], numbers: Sequence[Any]) -> None:
        """What the steps of `foresee` gave."""
        self._foreseen = self._around(*self._asked, others, numbers)
        self._turns = turns_of(self._connection)

    async def around(self, dispatches: Sequence[Dispatch], now: datetime) -> Around:
        """For these new rows."""
        foreseen, self._foreseen = self._foreseen, None
        fresh = self._turns is not None and self._turns == turns_of(self._connection)
        if fresh and foreseen is not None and foreseen.serves(dispatches):
            return foreseen
        digests, many = self._digests([dispatch.address for dispatch in dispatches]), len(dispatches)
        return self._around(digests, many, *await together(self._connection, *self._steps(digests, many, now)))

    def _digests(self, addresses: Collection[Address]) -> dict[str, str]:
        return {address.place: place_digest(self._keyring, address) for address in addresses}

    def _steps(self, digests: Mapping[str, str], many: int, now: datetime) -> tuple[Step, Step]:
        taken = _OTHERS.step(places=sorted(digests.values()), owner=self._owner, now=now)
        return taken, _NUMBERS.step(many=many) if is_postgres(self._connection) else _HIGHEST.step()

    def _around(self, digests: Mapping[str, str], many: int, others: Sequence[Any], numbers: Sequence[Any]) -> Around:
        taken = frozenset(row.place_digest for row in others)
        if is_postgres(self._connection):
            return Around(digests, taken, sorted(row.id for row in numbers))
        # We hold SQLite's one write lock, and its numbers grow by one.
        first = numbers[0].seq + 1 if numbers else 1
        return Around(digests, taken, range(first, first + many))
