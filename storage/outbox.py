"""Messages that are decided and not yet delivered, each place's in their order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import described
from bot.ports import LEASE, Dispatch, Reach
from bot.values import replace
from storage.bots import BOTS
from storage.codec import address_from, dispatch_body, said_in
from storage.digests import place_digest
from storage.direct import Bulk, Query, later
from storage.events import storable
from storage.keys import Keyring
from storage.line import Line
from storage.sql import table
from storage.tables import OutboxRow

MAX_ERROR: Final = 500
ERRORS_SHOWN: Final = 5
UNREADABLE_WAITS: Final = timedelta(minutes=5)
log = structlog.get_logger()
_OUTBOX = table(OutboxRow)


_ADD: Final = Bulk(lambda _: insert(_OUTBOX), [column.name for column in _OUTBOX.c])
_NOW: Final = bindparam("now", type_=_OUTBOX.c.due_at.type)
_OURS: Final = (_OUTBOX.c.id == bindparam("row")) & (_OUTBOX.c.leased_by == bindparam("owner"))
_POSTPONE: Final = Bulk(
    lambda _: update(_OUTBOX).where(_OURS).values(due_at=bindparam("at"), leased_by=null(), lease_until=null())
)
_LEASE: Final = Bulk(
    lambda _: (
        update(_OUTBOX)
        .where(_OUTBOX.c.id == bindparam("row"))
        .values(leased_by=bindparam("owner"), lease_until=bindparam("until"))
    )
)
_DONE: Final = Bulk(lambda _: delete(_OUTBOX).where(_OUTBOX.c.id == bindparam("row")))
# None: this process sends it at once; else from when on it may be claimed.
Sends = Callable[[Dispatch, datetime], datetime | None]


def sends_all(_: Dispatch, _now: datetime) -> datetime | None:
    """This process sends whatever it decides."""
    return None


def sends_none(_: Dispatch, now: datetime) -> datetime | None:
    """This process has no sender: a server's finds the rows free."""
    return now


class OutboxRows:
    """Keeps `bot.ports.Outbox` for the process `owner`; what it does not `send` itself it leaves to others.

    `added` holds what this transaction left leased to the process, with ids, for its sender after the commit; `line` is
    for who knows beforehand where the first messages will go.
    """

    def __init__(self, connection: AsyncConnection, keyring: Keyring, owner: str, sends: Sends = sends_all) -> None:
        self._connection = connection
        self._keyring = keyring
        self._owner = owner
        self._sends = sends
        self.added: list[Dispatch] = []
        self.line = Line(connection, keyring, owner)

    async def add(self, dispatches: Sequence[Dispatch], now: datetime) -> None:
        """Stores them leased to this process; behind a row that is not its own to send, without a lease, for `claim`.

        So a message never overtakes an older one of its place that another process sends or that waits to be retried.
        """
        if not dispatches:
            return
        around = await self.line.around(dispatches, now)
        taken = set(around.taken)
        rows = []
        for number, dispatch in zip(around.numbers, dispatches, strict=False):
            place = around.digests[dispatch.address.place]
            due = now if place in taken else self._sends(dispatch, now)
            if due is None:
                self.added.append(replace(dispatch, id=number, attempts=0, created_at=now))
            else:
                taken.add(place)  # what comes behind it in the same place must not overtake it
            rows.append({"id": number, **self._row(dispatch, place, now, due)})
        await later(self._connection, _ADD.step(rows))

    async def claimable(self, now: datetime, reach: Reach | None = None) -> bool:
        return bool(await _claimable(reach)(self._connection, now=now))

    async def claim(self, now: datetime, limit: int, reach: Reach | None = None) -> Sequence[Dispatch]:
        """The longest due come first; a place whose oldest row is leased or not due gives nothing."""
        rows = await _claimed(reach)(self._connection, now=now, limit=limit)
        until = now + LEASE
        await _LEASE(self._connection, [{"row": row.id, "owner": self._owner, "until": until} for row in rows])
        return [found for row in rows if (found := await self._read(row, now)) is not None]

    async def _read(self, row: Any, now: datetime) -> Dispatch | None:
        """None for a row that another version of the program has written and this one cannot read: it waits, and keeps
        nobody else waiting."""
        try:
            return _dispatch(row)
        except (KeyError, ValueError, msgspec.ValidationError) as error:
            log.error("a message cannot be read", row=row.id, error=described(error))
            given_back = update(_OUTBOX).where(_OUTBOX.c.id == row.id)
            words = "written by another version"
            await self._connection.execute(
                given_back.values(due_at=now + UNREADABLE_WAITS, leased_by=None, lease_until=None, error=words)
            )
            return None

    async def sweep(self, before: datetime) -> int:
        stale = delete(_OUTBOX).where(_OUTBOX.c.account != "", _OUTBOX.c.created_at < before)
        return (await self._connection.execute(stale)).rowcount

    async def release(self) -> int:
        mine = update(_OUTBOX).where(_OUTBOX.c.leased_by == self._owner)
        return (await self._connection.execute(mine.values(leased_by=None, lease_until=None))).rowcount

    async def done(self, dispatch: Dispatch) -> None:
        """Deletes the row with its text."""
        await _DONE(self._connection, [{"row": dispatch.id}])

    async def again(self, dispatch: Dispatch, at: datetime, error: str) -> None:
        """Counts the attempt and gives the row back for `at`; a row that another process leased meanwhile stays its."""
        ours = update(_OUTBOX).where(_OUTBOX.c.id == dispatch.id, _OUTBOX.c.leased_by == self._owner)
        await self._connection.execute(
            ours.values(
                attempts=_OUTBOX.c.attempts + 1,
                due_at=at,
                leased_by=None,
                lease_until=None,
                error=storable(error)[:MAX_ERROR],
            )
        )

    async def newer(self, dispatch: Dispatch) -> Dispatch | None:
        place = place_digest(self._keyring, dispatch.address)
        behind = (_OUTBOX.c.id > dispatch.id) & (_OUTBOX.c.place_digest == place) & ~_OUTBOX.c.asks
        about = select(_OUTBOX).where(_OUTBOX.c.invitation_id == dispatch.invitation, behind)
        found = (await self._connection.execute(about.order_by(_OUTBOX.c.id.desc()).limit(1))).first()
        return None if found is None else _dispatch(found)

    async def holds(self, invitation: str) -> bool:
        waiting = select(_OUTBOX.c.id).where(_OUTBOX.c.invitation_id == invitation).limit(1)
        return (await self._connection.scalar(waiting)) is not None

    async def postpone(self, moments: Sequence[tuple[Dispatch, datetime]]) -> None:
        rows = [{"row": dispatch.id, "owner": self._owner, "at": at} for dispatch, at in moments]
        await _POSTPONE(self._connection, rows)

    async def drop_of(self, invitation: str) -> bool:
        """Takes back the question itself; what else is on its way to the person goes on."""
        return bool(await self.drop_all([invitation]))

    async def drop_all(self, invitations: Collection[str]) -> Collection[str]:
        """As `drop_of` for many in one statement; those for which something waited."""
        if not invitations:
            return frozenset()
        asking = delete(_OUTBOX).where(_OUTBOX.c.invitation_id.in_(invitations), _OUTBOX.c.asks)
        rows = (await self._connection.execute(asking.returning(_OUTBOX.c.id, _OUTBOX.c.invitation_id))).all()
        dropped = {row.id for row in rows}
        self.added[:] = [dispatch for dispatch in self.added if dispatch.id not in dropped]
        return frozenset(row.invitation_id for row in rows)

    async def of_posting(self, posting: int, *, lock: bool = True) -> Sequence[Dispatch]:
        """The oldest first."""
        chosen = select(_OUTBOX).where(_OUTBOX.c.posting_id == posting).order_by(_OUTBOX.c.id)
        return [_dispatch(row) for row in await self._connection.execute(chosen.with_for_update() if lock else chosen)]

    async def waiting_everywhere(self) -> Mapping[str, Mapping[str, Any]]:
        """By workspace, in one statement: how many rows, when the oldest was stored, how many were tried in vain."""
        oldest = func.min(_OUTBOX.c.created_at, type_=_OUTBOX.c.created_at.type).label("oldest")
        chosen = select(_OUTBOX.c.workspace, func.count().label("rows"), oldest, func.count(_OUTBOX.c.error).label("n"))
        found = await self._connection.execute(chosen.where(_OUTBOX.c.account == "").group_by(_OUTBOX.c.workspace))
        return {row.workspace: {"rows": row.rows, "oldest": row.oldest, "errors": row.n} for row in found}

    async def waiting(self, workspace: str) -> Mapping[str, Any]:
        """How many rows, when the oldest was stored (None without rows), and the errors of the newest five retried."""
        here = _OUTBOX.c.workspace == workspace
        found = await self._connection.execute(
            select(func.count(), func.min(_OUTBOX.c.created_at, type_=_OUTBOX.c.created_at.type)).where(here)
        )
        count, oldest = found.one()
        errors = select(_OUTBOX.c.error).where(here, _OUTBOX.c.error.is_not(None)).order_by(_OUTBOX.c.id.desc())
        shown = (await self._connection.scalars(errors.limit(ERRORS_SHOWN))).all()
        return {"rows": count, "oldest": oldest, "errors": list(dict.fromkeys(shown))}

    def _row(self, dispatch: Dispatch, place: str, now: datetime, due: datetime | None) -> dict[str, Any]:
        """Leased to this process where `due` is None."""
        return {
            "workspace": dispatch.workspace,
            "channel": dispatch.address.channel,
            "account": dispatch.address.account,
            "place_digest": place,
            "invitation_id": dispatch.invitation,
            "week": dispatch.week,
            "posting_id": dispatch.posting,
            "body": dispatch_body(dispatch),
            "asks": dispatch.asks,
            "due_at": due or now,
            "attempts": 0,
            "leased_by": self._owner if due is None else None,
            "lease_until": now + LEASE if due is None else None,
            "error": None,
            "created_at": now,
        }


@lru_cache(64)  # of each set of channels that have a hand free
def _claimable(reach: Reach | None) -> Query:
    return Query(lambda _: select(_OUTBOX.c.id).where(*_due(reach)).limit(1))


@lru_cache(64)
def _claimed(reach: Reach | None) -> Query:
    longest_due = (_OUTBOX.c.asks, _OUTBOX.c.due_at, _OUTBOX.c.id)
    chosen = select(_OUTBOX).where(*_due(reach)).order_by(*longest_due).limit(bindparam("limit", type_=Integer))
    return Query(lambda _: chosen.with_for_update(skip_locked=True))


def _due(reach: Reach | None) -> tuple[ColumnElement[bool], ...]:
    free = or_(_OUTBOX.c.lease_until.is_(None), _OUTBOX.c.lease_until < _NOW)
    # Both kinds are named: the index begins with the kind, and without it all that waits would be looked at.
    due = (_OUTBOX.c.asks.in_([false(), true()]), _OUTBOX.c.due_at <= _NOW, free, _is_oldest_of_its_place())
    return due if reach is None else (*due, _within(reach))


def _within(reach: Reach) -> ColumnElement[bool]:
    mine = [(_OUTBOX.c.channel == name) & (_OUTBOX.c.account == account) for name, account in sorted(reach.mine)]
    of_a_bot = (BOTS.c.channel == _OUTBOX.c.channel) & (BOTS.c.account == _OUTBOX.c.account)
    held = select(BOTS.c.account).where(of_a_bot, BOTS.c.lease_until >= _NOW).exists()
    return or_(*mine, and_(*(_OUTBOX.c.channel != name for name in sorted(reach.known)), ~held))


def _is_oldest_of_its_place() -> ColumnElement[bool]:
    older = _OUTBOX.alias("older")
    return ~select(older.c.id).where(older.c.place_digest == _OUTBOX.c.place_digest, older.c.id < _OUTBOX.c.id).exists()


def _dispatch(row: Row[Any]) -> Dispatch:
    prompt, view = said_in(row.body)
    return Dispatch(
        workspace=row.workspace,
        address=address_from(row.body["address"]),
        prompt=prompt,
        view=view,
        invitation=row.invitation_id,
        message=row.body["message"],
        alone=row.body.get("alone", False),
        reply=row.body.get("reply", ""),
        shows=row.body.get("shows"),
        tells=row.body.get("tells"),
        lasting=row.body.get("lasting", False),
        asks=row.asks,
        week=row.week,
        posting=row.posting_id,
        id=row.id,
        attempts=row.attempts,
        created_at=row.created_at,
    )
