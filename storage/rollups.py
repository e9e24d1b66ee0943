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
    Table,
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
from bot.surveys import Survey
from storage.engine import reading
from storage.invitations import INVITATIONS, RESPONSES
from storage.keys import Keyring
from storage.mapping import survey_of
from storage.sql import insert, table
from storage.surveys import SURVEYS
from storage.tables import RollupDeltaRow, RollupRow

ROLLUPS: Final = table(RollupRow)
DELTAS: Final = table(RollupDeltaRow)
MAX_FOLDED: Final = 10_000  # both databases take some 32,000 parameters in a statement
_CELL: Final = ("survey_id", "day", "dimension", "key", "measure")
_Day = tuple[int, date]
_COUNTED: Final = (
    *(INVITATIONS.c[name] for name in ("survey_id", "state", "reason", "origin", "channel", "agent", "team")),
    *(INVITATIONS.c[name] for name in ("touchpoint", "tags", "decided_at", "cohort_day", "sent_at")),
    *(RESPONSES.c[name] for name in ("invitation_id", "score", "commented", "first_at", "day", "deleted_at")),
)


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
                _counters(source).where(
                    source.c.survey_id.in_(survey_ids),
                    source.c.dimension == dimension,
                    source.c.day.between(first, last),
                )
                for source in (ROLLUPS, DELTAS)
            )
        )
        found = await self._connection.execute(_summed(rows))
        return {(row.survey_id, row.day, row.key, row.measure): row.n for row in found}

    async def unfolded(self) -> bool:
        return (await self._connection.scalar(select(DELTAS.c.id).limit(1))) is not None

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
            for cell in sorted({*stored, *recounted})
            if stored[cell] != recounted[cell]
        ]


def _counters(source: Table) -> Select[Any]:
    return select(*(source.c[name] for name in _CELL), source.c.n)


def _summed(rows: CompoundSelect[Any]) -> Select[Any]:
    counters = rows.subquery("counters")
    where = [counters.c[name] for name in _CELL]
    total = func.sum(counters.c.n)
    return select(*where, cast(total, BigInteger).label("n")).group_by(*where).having(total != 0)


async def _stored(connection: AsyncConnection) -> AsyncIterator[tuple[_Day, Counter[Cell]]]:
    sums = _summed(union_all(_counters(ROLLUPS), _counters(DELTAS))).order_by("survey_id", "day")
    async with connection.stream(sums) as rows:
        found = (
            ((row.survey_id, row.day), {Cell(row.survey_id, row.day, row.dimension, row.key, row.measure): row.n})
            async for row in rows
        )
        async for day in _by_day(found):
            yield day


async def _recounted(connection: AsyncConnection) -> AsyncIterator[tuple[_Day, Counter[Cell]]]:
    surveys = {row.id: survey_of(row) for row in await connection.execute(select(SURVEYS))}
    async with connection.stream(_countable()) as rows:
        found = (
            ((row.survey_id, row.counted), _cells_of(_counting(row, surveys[row.survey_id]), row)) async for row in rows
        )
        async for day in _by_day(found):
            yield day


def _countable() -> Select[Any]:
    """Every invitation once on its cohort day and, with a score, once more on its answer day; ordered by day."""
    both = INVITATIONS.outerjoin(RESPONSES, RESPONSES.c.invitation_id == INVITATIONS.c.id)
    funnel = select(INVITATIONS.c.cohort_day.label("counted"), literal(False).label("scores"), *_COUNTED)
    scores = select(RESPONSES.c.day.label("counted"), literal(True).label("scores"), *_COUNTED)
    twice = union_all(
        funnel.select_from(both), scores.select_from(both).where(RESPONSES.c.score.is_not(None))
    ).subquery()  # fmt: skip
    return select(twice).order_by(twice.c.survey_id, twice.c.counted)


def _cells_of(invitation: Invitation, row: Any) -> Counter[Cell]:
    return Counter(cell for cell in cells(invitation) if cell.measure.startswith("score_") is row.scores)


def _counting(row: Any, survey: Survey) -> Invitation:
    """As much of an invitation as counts; nothing is unsealed but the name of the agent."""
    answer = Answer(
        score=row.score, commented=row.commented, first_at=row.first_at, day=row.day, deleted_at=row.deleted_at
    )
    about = Interaction(agent=row.agent, team=row.team, tags=tuple(row.tags), touchpoint=row.touchpoint)
    return Invitation(
        id="",
        workspace="",
        survey=survey,
        survey_id=row.survey_id,
        state=State(row.state),
        reason=row.reason,
        origin=Origin(row.origin),
        channel=row.channel,
        interaction=about,
        decided_at=row.decided_at,
        cohort_day=row.cohort_day,
        expires_at=row.decided_at,
        sent_at=row.sent_at,
        answer=None if row.invitation_id is None else answer,
    )


async def _by_day(
    counted: AsyncIterator[tuple[_Day, Mapping[Cell, int]]],
) -> AsyncIterator[tuple[_Day, Counter[Cell]]]:
    """What stands together in the order of days, added up."""
    day: _Day | None = None
    total: Counter[Cell] = Counter()
    async for here, some in counted:
        if day is not None and here != day:
            yield day, total
            total = Counter()
        day = here
        total.update(some)
    if day is not None:
        yield day, total


async def _side_by_side(
    one: AsyncIterator[tuple[_Day, Counter[Cell]]], other: AsyncIterator[tuple[_Day, Counter[Cell]]]
) -> AsyncIterator[tuple[Counter[Cell], Counter[Cell]]]:
    """Both by day; a day that only one of them has stands beside an empty counter."""
    left, right = await anext(one, None), await anext(other, None)
    while left is not None or right is not None:
        day = min(side[0] for side in (left, right) if side is not None)
        pair: list[Counter[Cell]] = [Counter(), Counter()]
        if left is not None and left[0] == day:
            pair[0], left = left[1], await anext(one, None)
        if right is not None and right[0] == day:
            pair[1], right = right[1], await anext(other, None)
        yield pair[0], pair[1]
