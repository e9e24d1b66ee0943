"""Low-score cases, and when each place was last told of some."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Insert, Row, and_, case, delete, func, literal, literal_column, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.cases import Case, CaseState, Told, Turn
from bot.ports import Shown, Untold
from storage.codec import address_from, plain
from storage.digests import place_digest
from storage.direct import Bulk, later
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import CaseMessageRow, CaseNoticeRow, LowCaseRow

_CASE: Final = table(LowCaseRow)
_NOTICE: Final = table(CaseNoticeRow)
_MESSAGE: Final = table(CaseMessageRow)
_NEWS: Final = (Turn.WORDS, Turn.REWORDED)
_COLUMNS: Final = [column.name for column in _CASE.c]


def _opening(connection: AsyncConnection, *, done_alone: bool) -> Insert:
    """A case that is done is opened again; of one that is not, only a new reason is news."""
    # Written out: of a statement for many rows PostgreSQL is given arrays, and no single values.
    is_done = _CASE.c.state == literal_column(f"'{CaseState.DONE.value}'")
    added = insert(connection, _CASE)
    again = {
        "state": case((is_done, literal_column(f"'{CaseState.OPEN.value}'")), else_=_CASE.c.state),
        "opened_at": case((is_done, added.excluded.opened_at), else_=_CASE.c.opened_at),
        "news_at": added.excluded.news_at,
        "heard": added.excluded.heard,
    }
    only = is_done if done_alone else None
    opening: Insert = added.on_conflict_do_update(index_elements=["invitation_id"], set_=again, where=only)
    return opening


_OPEN: Final = {
    Turn.LOW: Bulk(lambda connection: _opening(connection, done_alone=True), _COLUMNS),
    Turn.NOT_SOLVED: Bulk(lambda connection: _opening(connection, done_alone=False), _COLUMNS),
}
_UNFINISHED: Final = (CaseState.OPEN.value, CaseState.TAKEN.value)


class CaseRows:
    """Keeps `bot.ports.Cases`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def note(self, turns: Sequence[tuple[str, str, Turn]], now: datetime) -> None:
        """One statement for each kind of turn; in the order of ids, as others lock the rows."""
        told = sorted(turns, key=lambda one: one[1])
        for kind in _OPEN:
            await self._open([(workspace, one) for workspace, one, found in told if found is kind], kind, now)
        await self._news([one for _, one, found in told if found in _NEWS], now)
        deleted = [one for _, one, found in told if found is Turn.DELETED]
        await self._drop([*deleted, *(one for _, one, found in told if found is Turn.BETTER)])
        await forget_words(self._connection, deleted)

    async def _open(self, opened: Sequence[tuple[str, str]], kind: Turn, now: datetime) -> None:
        await later(self._connection, _OPEN[kind].step([_new(workspace, one, now) for workspace, one in opened]))

    async def _news(self, invitations: Sequence[str], now: datetime) -> None:
        if invitations:
            known = update(_CASE).where(_CASE.c.invitation_id.in_(invitations))
            await self._connection.execute(known.values(news_at=func.coalesce(_CASE.c.news_at, now), heard=[]))

    async def _drop(self, invitations: Sequence[str]) -> None:
        if invitations:
            unheard = and_(_CASE.c.told_at.is_(None), _CASE.c.state == CaseState.OPEN.value)
            await self._connection.execute(delete(_CASE).where(_CASE.c.invitation_id.in_(invitations), unheard))

    async def get(self, invitation: str, *, lock: bool = False) -> Case | None:
        chosen = select(_CASE).where(_CASE.c.invitation_id == invitation)
        found = (await self._connection.execute(chosen.with_for_update() if lock else chosen)).first()
        return None if found is None else _case(found)

    async def change(self, case: Case) -> None:
        await self._connection.execute(
            update(_CASE)
            .where(_CASE.c.invitation_id == case.invitation)
            .values(
                state=case.state.value,
                member_id=case.member,
                since=case.since,
                outcome=case.outcome or None,
                sentence=case.sentence or None,
                told=case.told.value,
            )
        )

    async def shown(self, invitation: str) -> Sequence[Shown]:
        chosen = select(_MESSAGE).where(_MESSAGE.c.invitation_id == invitation).order_by(_MESSAGE.c.place_digest)
        found = await self._connection.execute(chosen)
        return [Shown(address_from(row.address), row.message, row.locale) for row in found]

    async def note_shown(self, invitation: str, shown: Shown) -> None:
        values = {
            "invitation_id": invitation,
            "place_digest": self._digest(shown.address),
            "address": plain(shown.address),
            "message": shown.message,
            "locale": shown.locale,
        }
        added = insert(self._connection, _MESSAGE).values(values)
        again = {name: added.excluded[name] for name in ("address", "message", "locale")}
        await self._connection.execute(
            added.on_conflict_do_update(index_elements=["invitation_id", "place_digest"], set_=again)
        )

    async def waiting(self, workspace: str, limit: int = 1000) -> Sequence[Case]:
        return await self._oldest(workspace, [CaseState.OPEN.value], limit)

    async def unfinished(self, workspace: str, limit: int, after: str | None = None) -> Sequence[Case]:
        return await self._oldest(workspace, _UNFINISHED, limit, after)

    async def _oldest(
        self, workspace: str, states: Collection[str], limit: int, after: str | None = None
    ) -> Sequence[Case]:
        chosen = select(_CASE).where(_CASE.c.workspace == workspace, _CASE.c.state.in_(states))
        if after is not None:
            begun = select(_CASE.c.opened_at).where(_CASE.c.invitation_id == after).scalar_subquery()
            chosen = chosen.where(tuple_(_CASE.c.opened_at, _CASE.c.invitation_id) > tuple_(begun, literal(after)))
        found = await self._connection.execute(chosen.order_by(_CASE.c.opened_at, _CASE.c.invitation_id).limit(limit))
        return [_case(row) for row in found]

    async def counts(self, workspace: str) -> Mapping[CaseState, tuple[int, datetime]]:
        oldest = func.min(_CASE.c.opened_at, type_=_CASE.c.opened_at.type)
        chosen = select(_CASE.c.state, func.count(), oldest).where(_CASE.c.workspace == workspace)
        found = await self._connection.execute(chosen.where(_CASE.c.state.in_(_UNFINISHED)).group_by(_CASE.c.state))
        return {CaseState(state): (n, since) for state, n, since in found}

    async def unheard(self, now: datetime) -> Collection[str]:
        found = select(_CASE.c.workspace).where(_CASE.c.news_at <= now).distinct()
        return frozenset(await self._connection.scalars(found))

    async def untold(
        self,
        workspace: str,
        places: Collection[Address],
        limit: int,
        *,
        now: datetime | None = None,
        lock: bool = False,
    ) -> Sequence[Untold]:
        waits = _CASE.c.news_at.is_not(None) if now is None else _CASE.c.news_at <= now
        chosen = select(_CASE).where(_CASE.c.workspace == workspace, waits)
        oldest = chosen.order_by(_CASE.c.news_at, _CASE.c.invitation_id).limit(limit)
        rows = await self._connection.execute(oldest.with_for_update() if lock else oldest)
        digests = {self._digest(place): place.place for place in places}
        return [Untold(_case(row), frozenset(digests[one] for one in row.heard if one in digests)) for row in rows]

    async def free(self, workspace: str, places: Collection[Address], before: datetime) -> Collection[str]:
        recent = select(_NOTICE.c.place_digest).where(_NOTICE.c.workspace == workspace, _NOTICE.c.at > before)
        told = frozenset(await self._connection.scalars(recent))
        return frozenset(place.place for place in places if self._digest(place) not in told)

    async def claim(self, workspace: str, place: Address, now: datetime, before: datetime) -> bool:
        """One statement: of two who try at once, the second waits for the first and then finds the place told."""
        values = {"workspace": workspace, "place_digest": self._digest(place), "at": now}
        added = insert(self._connection, _NOTICE).values(values)
        claimed = added.on_conflict_do_update(
            index_elements=["workspace", "place_digest"], set_={"at": now}, where=_NOTICE.c.at <= before
        )
        return (await self._connection.execute(claimed.returning(_NOTICE.c.place_digest))).first() is not None

    async def put_off(self, invitations: Collection[str], until: datetime) -> None:
        if invitations:
            waiting = update(_CASE).where(_CASE.c.invitation_id.in_(invitations), _CASE.c.news_at.is_not(None))
            await self._connection.execute(waiting.values(news_at=until))

    async def note_told(self, told: Mapping[str, Collection[Address]], over: Collection[str], now: datetime) -> None:
        alike: defaultdict[tuple[bool, tuple[str, ...]], list[str]] = defaultdict(list)
        for invitation, places in told.items():
            is_over = invitation in over
            alike[is_over, () if is_over else tuple(sorted({self._digest(p) for p in places}))].append(invitation)
        for (is_over, known), invitations in alike.items():
            values: dict[str, Any] = {"heard": list(known), "told_at": func.coalesce(_CASE.c.told_at, now)}
            if is_over:
                values["news_at"] = None
            await self._connection.execute(update(_CASE).where(_CASE.c.invitation_id.in_(invitations)).values(values))
        already = update(_CASE).where(_CASE.c.invitation_id.in_(set(over) - set(told)))
        await self._connection.execute(already.values(news_at=None, heard=[]))

    def _digest(self, place: Address) -> str:
        return place_digest(self._keyring, place)


async def forget_words(connection: AsyncConnection, invitations: Collection[str]) -> None:
    """What members wrote about these answers goes with the answers."""
    if invitations:
        theirs = update(_CASE).where(_CASE.c.invitation_id.in_(invitations))
        await connection.execute(theirs.values(outcome=None, sentence=None))


async def forget(connection: AsyncConnection, invitations: Collection[str]) -> None:
    """Of people who are forgotten: cases that nobody has been told of go, the others lose their words."""
    if not invitations:
        return
    untold = delete(_CASE).where(_CASE.c.invitation_id.in_(invitations), _CASE.c.told_at.is_(None))
    await connection.execute(untold)
    await forget_words(connection, invitations)
    await connection.execute(delete(_MESSAGE).where(_MESSAGE.c.invitation_id.in_(invitations)))
    await connection.execute(update(_CASE).where(_CASE.c.invitation_id.in_(invitations)).values(news_at=None, heard=[]))


def _new(workspace: str, invitation: str, now: datetime) -> dict[str, Any]:
    empty: Iterable[str] = ("told_at", "member_id", "since", "outcome", "sentence")
    return {
        "invitation_id": invitation,
        "workspace": workspace,
        "state": CaseState.OPEN.value,
        "opened_at": now,
        "news_at": now,
        "heard": [],
        "told": Told.NOTHING.value,
        **dict.fromkeys(empty),
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        invitation=row.invitation_id,
        workspace=row.workspace,
        opened_at=row.opened_at,
        state=CaseState(row.state),
        told_at=row.told_at,
        member=row.member_id,
        since=row.since,
        outcome=row.outcome or "",
        sentence=row.sentence or "",
        told=Told(row.told),
    )
