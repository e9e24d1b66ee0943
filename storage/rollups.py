"""The counters behind every figure: summed for readers, folded by a tick, recounted by `verify`."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.counting import ALL, Cell, cells
from bot.invitation import Answer, Interaction, Invitation, Origin, State
from bot.surveys import BUILT_IN
from storage.engine import reading
from storage.invitations import DELTAS, INVITATIONS, RESPONSES
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import RollupRow

ROLLUPS: Final = table(RollupRow)
MAX_FOLDED: Final = 10_000  # both databases take some 32,000 parameters in a statement
_CELL: Final = ("survey_id", "day", "dimension", "key", "measure")
_Day = tuple[int, date]


class RollupRows:
    """`bot.ports.Rollups` on one connection."""

    def __init__(self, connection: AsyncConnection, _keyring: Keyring) -> None:
        self._connection = connection

    async def sums(
        self, survey_ids: Collection[int], first: date, last: date, dimension: str = ALL
    ) -> Mapping[tuple[int, date, str, str], int]:
        """`(survey, day, key, measure) -> n`, base and deltas together; both days included, zeros left out."""
        if not survey_ids:
            return {}
        rows = union_all(
            *(
                select(source).where(
                    source.c.survey_id.in_(survey_ids),
                    source.c.dimension == dimension,
                    source.c.day.between(first, last),
                )
                for source in (_plain(ROLLUPS), _plain(DELTAS))
            )
        )
        found = await self._connection.execute(_summed(rows))
        return {(row.survey_id, row.day, row.key, row.measure): row.n for row in found}

    async def fold(self, limit: int) -> int:
        """Folds the oldest deltas into the base, at most 10,000 at once; how many. Others fold other deltas."""
        oldest = select(DELTAS).order_by(DELTAS.c.id).limit(min(limit, MAX_FOLDED)).with_for_update(skip_locked=True)
        deltas = (await self._connection.execute(oldest)).all()
        if not deltas:
            return 0
        change: Counter[Cell] = Counter()
        for row in deltas:
            change[Cell(row.survey_id, row.day, row.dimension, row.key, row.measure)] += row.n
        await self._add({cell: n for cell, n in change.items() if n})
        await self._connection.execute(delete(DELTAS).where(DELTAS.c.id.in_([row.id for row in deltas])))
        return len(deltas)

    async def _add(self, change: Mapping[Cell, int]) -> None:
        # In the order of cells: two that fold at once wait for each other's rows in a line, not in a circle.
        rows = [{**cell._asdict(), "n": n} for cell, n in sorted(change.items())]
        if not rows:
            return
        added = insert(self._connection, ROLLUPS)
        added = added.on_conflict_do_update(index_elements=list(_CELL), set_={"n": ROLLUPS.c.n + added.excluded.n})
        await self._connection.execute(added, rows)
        here = and_(*(ROLLUPS.c[name] == bindparam(f"of_{name}") for name in _CELL))
        touched = [{f"of_{name}": row[name] for name in _CELL} for row in rows]
        await self._connection.execute(delete(ROLLUPS).where(here, ROLLUPS.c.n == 0), touched)


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not what a recount gives."""

    cell: Cell
    stored: int
    recounted: int


async def verify(engine: AsyncEngine) -> list[Difference]:
    """Recounts everything from invitations and responses and compares it with base and deltas, in one snapshot.

    Reads in streams ordered by survey and day, and holds the cells of one day at a time.
    """
    async with reading(engine).connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ")
        return [
            Difference(cell, stored[cell], recounted[cell])
            async for stored, recounted in _side_by_side(_stored(connection), _recounted(connection))
            for cell in sorted(stored | recounted)
            if stored[cell] != recounted[cell]
        ]
