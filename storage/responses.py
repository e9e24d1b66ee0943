"""Answers and late words, page by page, with everything about them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.invitation import Invitation, Origin
from bot.ports import Recorded
from bot.workspace import Customer
from storage.invitations import INVITATIONS, RESPONSES, InvitationRows
from storage.keys import Keyring
from storage.mapping import customer_of
from storage.sql import table
from storage.surveys import SURVEYS
from storage.tables import CustomerRow, HistoryRow

CUSTOMERS: Final = table(CustomerRow)
_HISTORY: Final = table(HistoryRow)
# Local days and UTC differ by half a day or so; the index on `listed_at` may be asked for somewhat more than is wanted.
LEEWAY: Final = timedelta(days=2)

_SAYS_SOMETHING: Final = and_(
    RESPONSES.c.deleted_at.is_(None), or_(RESPONSES.c.first_at.is_not(None), RESPONSES.c.parts.is_not(None))
)


class ResponseRows:
    """`bot.ports.Responses` on one connection."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._invitations = InvitationRows(connection, keyring)

    async def page(
        self, workspace: str, first: date | None, last: date | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Recorded]:
        """Answers and late words in the order of first answer (late words: last change) and id.

        `first` to `last`, both included, are local days of the answer, for late words UTC days of the change. `after`
        is that time and the id of the last one seen. Tests and deleted answers are left out.
        """
        within = [*_since(first, after), *_until(last)]
        ids = await self._ids(workspace, within, limit)
        found = await self._invitations.load(ids)
        customers = await self._customers({one.customer for one in found.values() if one.customer})
        history = await self._invitations.history(ids)
        return [_recorded(found[one], customers, tuple(history.get(one, ()))) for one in ids]

    async def commented(self, workspace: str, first: date, last: date, limit: int) -> Sequence[Recorded]:
        """The newest answers with words of those local days (late words: UTC days), oldest first."""
        newest = (
            select(RESPONSES.c.invitation_id)
            .join(INVITATIONS, INVITATIONS.c.id == RESPONSES.c.invitation_id)
            .where(RESPONSES.c.workspace == workspace, INVITATIONS.c.origin != Origin.TEST.value)
            .where(RESPONSES.c.parts.is_not(None), *_since(first, None), *_until(last))
            .order_by(RESPONSES.c.listed_at.desc(), RESPONSES.c.invitation_id.desc())
            .limit(limit)
        )
        ids = list(reversed((await self._connection.scalars(newest)).all()))
        found = await self._invitations.load(ids)
        return [_recorded(found[one], {}, ()) for one in ids]

    async def low(
        self, workspace: str, bands: Mapping[int, tuple[int, int]], first: date, last: date, limit: int
    ) -> Sequence[Recorded]:
        within = [
            and_(INVITATIONS.c.survey_id == survey, RESPONSES.c.score.between(*band)) for survey, band in bands.items()
        ]
        if not within:
            return ()
        newest = (
            select(RESPONSES.c.invitation_id)
            .join(INVITATIONS, INVITATIONS.c.id == RESPONSES.c.invitation_id)
            .where(RESPONSES.c.workspace == workspace, INVITATIONS.c.origin != Origin.TEST.value, or_(*within))
            .where(RESPONSES.c.day.between(first, last), *_since(first, None), *_until(last))
            .order_by(RESPONSES.c.listed_at.desc(), RESPONSES.c.invitation_id.desc())
            .limit(limit)
        )
        ids = (await self._connection.scalars(newest)).all()
        found = await self._invitations.load(ids)
        customers = await self._customers({one.customer for one in found.values() if one.customer})
        return [_recorded(found[one], customers, ()) for one in ids]

    async def rescored(self, survey_ids: Collection[int], first: date, last: date, since: datetime) -> int:
        """By the index of what moved after its first answer, a day at a time: what did not move is not looked at."""
        moved, own = RESPONSES.c.changed_at, RESPONSES.c.invitation_id
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        scored = select(_HISTORY.c.id).where(_HISTORY.c.invitation_id == own, _HISTORY.c.score.is_not(None))
        scored = scored.where(_HISTORY.c.at > since, _HISTORY.c.at > RESPONSES.c.first_at)
        counted = select(INVITATIONS.c.id).where(INVITATIONS.c.id == own, INVITATIONS.c.origin != Origin.TEST.value)
        changed = (
            select(func.count())
            .select_from(RESPONSES)
            .where(RESPONSES.c.workspace.in_(select(SURVEYS.c.workspace).where(SURVEYS.c.id.in_(survey_ids))))
            .where(RESPONSES.c.day.in_(days), moved > since, moved > RESPONSES.c.first_at)
            .where(scored.exists(), counted.where(INVITATIONS.c.survey_id.in_(survey_ids)).exists())
        )
        return int(await self._connection.scalar(changed) or 0)

    async def crews(self, workspace: str, first: date, last: date, limit: int) -> Mapping[tuple[str, str], int]:
        begin, end = (datetime.combine(day, time(), UTC) for day in (first, last))
        decided = INVITATIONS.c.decided_at
        newest = (
            select(INVITATIONS.c.team, INVITATIONS.c.touchpoint, INVITATIONS.c.tags, INVITATIONS.c.agent)
            .where(INVITATIONS.c.workspace == workspace)
            .where(decided >= begin - timedelta(days=1), decided < end + timedelta(days=2))
            .order_by(decided.desc(), INVITATIONS.c.id.desc())
            .limit(limit)
        )
        crews: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for row in await self._connection.execute(newest):
            named = (("team", row.team), ("touchpoint", row.touchpoint), *(("tag", tag) for tag in row.tags))
            for dimension, key in named:
                if key is not None:
                    crews[dimension, key] |= {row.agent} - {None}
        return {group: len(agents) for group, agents in crews.items()}

    async def attributes(
        self, workspace: str, first: date | None, last: date | None, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[Collection[str], tuple[datetime, str] | None]:
        """Opens nothing else of them, and so takes a small part of what `page` takes."""
        within = [
            *_since(first, after),
            *_until(last),
            or_(RESPONSES.c.score.is_not(None), RESPONSES.c.parts.is_not(None)),
        ]
        chosen = (RESPONSES.c.listed_at, RESPONSES.c.invitation_id, INVITATIONS.c.attributes)
        rows = (await self._connection.execute(_page(chosen, workspace, within, limit))).all()
        names = {name for row in rows for name in row.attributes or ()}
        return names, (rows[-1].listed_at, rows[-1].invitation_id) if len(rows) == limit else None

    async def _ids(self, workspace: str, within: Sequence[ColumnElement[bool]], limit: int) -> Sequence[str]:
        page = _page((RESPONSES.c.invitation_id,), workspace, within, limit)
        ids: Sequence[str] = (await self._connection.scalars(page)).all()
        return ids

    async def _customers(self, ids: Collection[str]) -> Mapping[str, Customer]:
        if not ids:
            return {}
        found = await self._connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.id.in_(ids)))
        return {row.id: customer_of(row) for row in found}


def _page(
    chosen: Sequence[ColumnElement[Any]], workspace: str, within: Sequence[ColumnElement[bool]], limit: int
) -> Select[Any]:
    return (
        select(*chosen)
        .select_from(RESPONSES)
        .join(INVITATIONS, INVITATIONS.c.id == RESPONSES.c.invitation_id)
        .where(RESPONSES.c.workspace == workspace, INVITATIONS.c.origin != Origin.TEST.value)
        .where(_SAYS_SOMETHING, RESPONSES.c.listed_at.is_not(None), *within)
        .order_by(RESPONSES.c.listed_at, RESPONSES.c.invitation_id)
        .limit(limit)
    )


def _recorded(invitation: Invitation, customers: Mapping[str, Customer], history: Any) -> Recorded:
    return Recorded(invitation, customers.get(invitation.customer or ""), history)


def _since(first: date | None, after: tuple[datetime, str] | None) -> list[ColumnElement[bool]]:
    day, changed, listed = RESPONSES.c.day, RESPONSES.c.changed_at, RESPONSES.c.listed_at
    since = []
    if first is not None:
        begin = datetime.combine(first, time(), UTC)
        since.append(or_(day >= first, and_(day.is_(None), changed >= begin)))
        if after is None:
            since.append(listed >= begin - LEEWAY)
    if after is not None:
        # The only lower bound of the index then: SQLite would begin every page at the first one that it is given.
        at, seen = after
        since.append(tuple_(listed, RESPONSES.c.invitation_id) > tuple_(literal(at, listed.type), literal(seen)))
    return since


def _until(last: date | None) -> list[ColumnElement[bool]]:
    if last is None:
        return []
    day, changed, listed = RESPONSES.c.day, RESPONSES.c.changed_at, RESPONSES.c.listed_at
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    return [or_(day <= last, and_(day.is_(None), changed < end)), listed < end + LEEWAY]
