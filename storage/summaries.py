"""What was decided about each local week: one row per workspace and week."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Rhythm, SummaryDecision
from bot.spans import Every, text_length
from storage import quotes as quoted
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import RhythmRow, SummaryPostRow, SummaryRow

_SUMMARY = table(SummaryRow)
_POST = table(SummaryPostRow)
_RHYTHM = table(RhythmRow)


class SummaryRows:
    """Keeps `bot.ports.Summaries`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def decide(self, decision: SummaryDecision) -> bool:
        values = {
            "workspace": decision.workspace,
            "week": decision.week,
            "state": decision.state,
            "decided_at": decision.decided_at,
            "posted_at": decision.posted_at,
            "figures": decision.figures,
        }
        added = insert(self._connection, _SUMMARY).values(values).on_conflict_do_nothing().returning(_SUMMARY.c.week)
        return (await self._connection.execute(added)).first() is not None

    async def newest(self, workspace: str, every: Every = Every.WEEK) -> SummaryDecision | None:
        """Weeks are written as in 2026-W05, so that text order is their order; so are days and months."""
        same = func.length(_SUMMARY.c.week) == text_length(every)
        chosen = select(_SUMMARY).where(_SUMMARY.c.workspace == workspace, same).order_by(_SUMMARY.c.week.desc())
        found = (await self._connection.execute(chosen.limit(1))).first()
        return None if found is None else _decision(found)

    async def rhythm(self, workspace: str) -> Rhythm | None:
        found = (await self._connection.execute(select(_RHYTHM).where(_RHYTHM.c.workspace == workspace))).first()
        return None if found is None else Rhythm(Every(found.every), found.since, found.schedule, found.scheduled)

    async def keep_rhythm(self, workspace: str, rhythm: Rhythm) -> None:
        values = {
            "every": rhythm.every.value,
            "since": rhythm.since,
            "schedule": rhythm.schedule,
            "scheduled": rhythm.scheduled,
        }
        new = insert(self._connection, _RHYTHM).values(workspace=workspace, **values)
        again = {name: new.excluded[name] for name in values}
        # Of two replicas that see the change, the first tells since when.
        changed = (_RHYTHM.c.every != rhythm.every.value) | _RHYTHM.c.schedule.is_distinct_from(rhythm.schedule)
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["workspace"], set_=again, where=changed)
        )

    async def get(self, workspace: str, week: str) -> SummaryDecision | None:
        chosen = select(_SUMMARY).where(_SUMMARY.c.workspace == workspace, _SUMMARY.c.week == week)
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _decision(found)

    async def posted(self, workspace: str, week: str, now: datetime) -> None:
        """Marks the week as posted; the time of the first posting stays."""
        chosen = update(_SUMMARY).where(
            _SUMMARY.c.workspace == workspace, _SUMMARY.c.week == week, _SUMMARY.c.posted_at.is_(None)
        )
        await self._connection.execute(chosen.values(state="posted", posted_at=now))

    async def note_post(self, workspace: str, week: str, now: datetime) -> None:
        await self._connection.execute(_POST.insert(), {"workspace": workspace, "week": week, "at": now})

    async def note_quotes(
        self, workspace: str, addresses: Collection[Address], quotes: Sequence[tuple[str, str]]
    ) -> None:
        await quoted.note(self._connection, self._keyring, workspace, addresses, quotes)

    async def quoted(self, address: Address, lines: Sequence[str]) -> Sequence[tuple[str, str]]:
        return await quoted.of_lines(self._connection, self._keyring, address, lines)

    async def posts(self, workspace: str, week: str) -> int:
        here = select(func.count()).where(_POST.c.workspace == workspace, _POST.c.week == week)
        return int(await self._connection.scalar(here) or 0)


def _decision(row: Row[Any]) -> SummaryDecision:
    return SummaryDecision(
        row.workspace, row.week, row.state, row.decided_at, posted_at=row.posted_at, figures=row.figures
    )
