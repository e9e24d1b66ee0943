"""Invitations with their answers and history: read in a query or two; what saving them takes is in `storage.saving`."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.invitation import Invitation, Origin, State
from bot.ports import Ready, Saved
from bot.steps import HistoryEntry
from storage.digests import place_digest
from storage.direct import Query, Step, later, together
from storage.keys import Keyring
from storage.mapping import (
    ANSWER,
    call_key,
    history_of,
    import_key,
    invitation_of,
    open_key,
    survey_of,
    ticket_key,
)
from storage.quotes import forget
from storage.ready import ReadyRows, put
from storage.saving import Saving, conflicts
from storage.sql import is_postgres, one_of, table
from storage.surveys import SURVEYS, SurveyRows
from storage.tables import HistoryRow, InvitationRow, ResponseRow

INVITATIONS: Final = table(InvitationRow)
RESPONSES: Final = table(ResponseRow)
HISTORY: Final = table(HistoryRow)
AT_A_PLACE: Final = 20

_ID: Final = INVITATIONS.c.id
# Keys, hashes and times that follow from the rest: only the database itself needs them.
_DERIVED: Final = {"place_digest", "ticket_key", "open_key", "import_key", "call_key", "due_at"}
_TOGETHER: Final = select(
    *(column for column in INVITATIONS.c if column.name not in _DERIVED),
    *(
        column.label(f"{ANSWER}{column.name}")
        for column in RESPONSES.c
        if column.name not in {"workspace", "listed_at"}
    ),
).select_from(INVITATIONS.outerjoin(RESPONSES, RESPONSES.c.invitation_id == _ID))


def _locking(connection: AsyncConnection) -> Select[Any]:
    return select(_ID).where(one_of(connection, _ID, "ids")).order_by(_ID).with_for_update()


def _asked_surveys(connection: AsyncConnection) -> Select[Any]:
    asked = select(INVITATIONS.c.survey_id).where(one_of(connection, _ID, "ids"))
    return select(SURVEYS).where(SURVEYS.c.id.in_(asked))


_LOCK: Final = Query(_locking)
_READ: Final = Query(lambda connection: _TOGETHER.where(one_of(connection, _ID, "ids")))
_SURVEYS: Final = Query(_asked_surveys)
_IMPORTED: Final = Query(
    lambda connection: select(INVITATIONS.c.import_key).where(one_of(connection, INVITATIONS.c.import_key, "keys"))
)
# The workspace is compared by the caller: given here, SQLite would walk all of its invitations.
_THERE: Final = Query(lambda connection: select(_ID, INVITATIONS.c.workspace).where(one_of(connection, _ID, "ids")))


class InvitationRows:
    """`bot.ports.Invitations` on one connection."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._surveys = SurveyRows(connection, keyring)

    async def load(self, ids: Collection[str], *, lock: bool = False) -> Mapping[str, Invitation]:
        """Those that exist; `lock` takes row locks in the order of ids where the database has them."""
        return (await self.load_beside(ids, lock=lock))[0]

    async def load_beside(
        self, ids: Collection[str], *steps: Step, lock: bool = False
    ) -> tuple[Mapping[str, Invitation], list[list[Any]]]:
        """As `load`, with what the steps give: they run in the same turn, after the locks are held."""
        wanted = list(ids)
        if not wanted:
            return {}, await together(self._connection, *steps)
        if lock and is_postgres(self._connection):
            wanted = [row.id for row in await _LOCK(self._connection, ids=wanted)]
        mine = _READ.step(ids=wanted), _SURVEYS.step(ids=wanted)
        rows, versions, *beside = await together(self._connection, *mine, *steps)
        surveys = {row.id: survey_of(row) for row in versions}
        return {row.id: invitation_of(row, surveys[row.survey_id]) for row in rows}, beside

    async def at_places(self, addresses: Collection[Address], *, lock: bool = False) -> Sequence[Invitation]:
        """The newest 20 of each place, newest first."""
        if not addresses:
            return []
        digests = sorted({place_digest(self._keyring, address) for address in addresses})
        newest = _ID.in_(_newest(self._connection, digests))
        return _newest_first(await self._read(await self._locked(newest) if lock else newest))

    async def at_messages(
        self, messages: Collection[tuple[Address, str]], *, lock: bool = False
    ) -> Sequence[Invitation]:
        """Those whose message at the place has this id of the platform; newest first."""
        wanted = sorted({(place_digest(self._keyring, address), message) for address, message in messages if message})
        if not wanted:
            return []
        which = tuple_(INVITATIONS.c.place_digest, INVITATIONS.c.message).in_(wanted)
        return _newest_first(await self._read(await self._locked(which) if lock else which))

    async def in_call(self, call: str, customer: str) -> Invitation | None:
        key = call_key(self._keyring, call, customer)
        return next(iter(await self._read(INVITATIONS.c.call_key == key)), None)

    async def about_ticket(self, workspace: str, ticket: str, limit: int) -> Sequence[Invitation]:
        """The newest, newest first."""
        about = select(_ID).where(INVITATIONS.c.workspace == workspace, INVITATIONS.c.ticket == ticket)
        newest = about.order_by(INVITATIONS.c.decided_at.desc(), _ID.desc()).limit(limit)
        return _newest_first(await self._read(_ID.in_(newest)))

    async def of_customer(self, customer: str) -> Sequence[Invitation]:
        """All of them, newest first."""
        return _newest_first(await self._read(INVITATIONS.c.customer_id == customer))

    async def same_ticket(self, workspace: str, slug: str, ticket: str, customer: str) -> Invitation | None:
        key = ticket_key(self._keyring, workspace, slug, ticket, customer)
        return next(iter(await self._read(INVITATIONS.c.ticket_key == key)), None)

    async def open_of(self, customer: str) -> Invitation | None:
        key = open_key(self._keyring, customer)
        return next(iter(await self._read(INVITATIONS.c.open_key == key)), None)

    async def last_asked(self, customer: str) -> datetime | None:
        """When a question last went out to this person, or was decided to; tests and open calls are no asking."""
        moment = func.coalesce(INVITATIONS.c.sent_at, INVITATIONS.c.decided_at)
        asked = select(moment).where(
            INVITATIONS.c.customer_id == customer,
            INVITATIONS.c.origin == Origin.ASKED.value,
            or_(INVITATIONS.c.sent_at.is_not(None), INVITATIONS.c.state == State.SCHEDULED.value),
        )
        last: datetime | None = await self._connection.scalar(asked.order_by(moment.desc()).limit(1))
        return last

    async def recent(self, workspace: str, limit: int) -> Sequence[Invitation]:
        """The newest, newest first."""
        newest = select(_ID).where(INVITATIONS.c.workspace == workspace)
        newest = newest.order_by(INVITATIONS.c.decided_at.desc(), _ID.desc()).limit(limit)
        return _newest_first(await self._read(_ID.in_(newest)))

    async def due(self, now: datetime, limit: int) -> Sequence[Invitation]:
        """Those that time has something to say to, longest due first, locked against other processes."""
        due = select(_ID).where(INVITATIONS.c.due_at <= now).order_by(INVITATIONS.c.due_at, _ID).limit(limit)
        ids = (await self._connection.scalars(due.with_for_update(skip_locked=True))).all()
        found = await self.load(ids)
        return [found[one] for one in ids]

    async def save(self, saved: Sequence[Saved]) -> None:
        """Invitations, answers, history and rollup deltas, in bulk. `Conflict` when a unique key is taken.

        Several changes of one invitation count as one, from the first `before` to the last `after`. Words that are
        taken back, and answers, go from the messages to the team that quote them.
        """
        saving = Saving.of(saved, self._keyring)
        if saving.takes_key:
            with conflicts():  # whoever asks for what another has is to hear of it here
                await together(self._connection, *saving.steps)
        else:
            await later(self._connection, *saving.steps)
        if saving.wordless:
            await forget(self._connection, self._keyring, saving.wordless)

    def ready(self, saved: Sequence[Saved]) -> ReadyRows:
        """Needs no transaction, and no statement is run."""
        if any(one.before is not None for one in saved):
            raise ValueError("only new invitations can be made ready")
        return ReadyRows.of(self._connection, Saving.of(saved, self._keyring).steps)

    async def put(self, ready: Ready) -> None:
        """In one turn. `Conflict` when a unique key is taken."""
        with conflicts():
            await put(self._connection, ready)

    async def imported(self, keys: Collection[str]) -> Collection[str]:
        """Those of the import keys that are there already."""
        if not keys:
            return frozenset()
        digests = {import_key(self._keyring, key): key for key in keys}
        there = await _IMPORTED(self._connection, keys=list(digests))
        return frozenset(digests[row.import_key] for row in there)

    async def there(self, workspace: str, ids: Collection[str]) -> Collection[str]:
        """Those of the ids that are invitations of this workspace."""
        if not ids:
            return frozenset()
        return frozenset(row.id for row in await _THERE(self._connection, ids=list(ids)) if row.workspace == workspace)

    async def history(self, ids: Collection[str]) -> Mapping[str, Sequence[HistoryEntry]]:
        """By invitation, oldest first; invitations without any are left out."""
        if not ids:
            return {}
        entries: dict[str, list[HistoryEntry]] = {}
        found = select(HISTORY).where(HISTORY.c.invitation_id.in_(ids)).order_by(HISTORY.c.id)
        for row in await self._connection.execute(found):
            entry = history_of(row)
            if entry is not None:
                entries.setdefault(row.invitation_id, []).append(entry)
        return entries

    async def _locked(self, which: ColumnElement[bool]) -> ColumnElement[bool]:
        # A statement of its own: one that waited for a lock sees the new invitation beside the old response, because
        # PostgreSQL reads again only the rows that it locks. The next statement sees both as they are now.
        if not is_postgres(self._connection):
            return which
        locked = select(_ID).where(which).order_by(_ID).with_for_update()
        return _ID.in_((await self._connection.scalars(locked)).all())

    async def _read(self, which: ColumnElement[bool]) -> list[Invitation]:
        rows = (await self._connection.execute(_TOGETHER.where(which))).all()
        surveys = await self._surveys.by_ids({row.survey_id for row in rows})
        return [invitation_of(row, surveys[row.survey_id]) for row in rows]


def _newest_first(invitations: Iterable[Invitation]) -> list[Invitation]:
    return sorted(invitations, key=lambda invitation: (invitation.decided_at, invitation.id), reverse=True)


def _newest(connection: AsyncConnection, digests: list[str]) -> Select[Any]:
    """The ids of the newest of each place: twenty steps in the index per place, however full it is."""
    here = INVITATIONS.alias("here")
    newest = select(here.c.id).order_by(here.c.decided_at.desc(), here.c.id.desc()).limit(AT_A_PLACE)
    if is_postgres(connection):
        places = func.unnest(literal(digests, ARRAY(String))).table_valued("value", name="place").render_derived()
        found = newest.where(here.c.place_digest == places.c.value).lateral("newest")
        return select(found.c.id).select_from(places.join(found, true()))
    places = func.json_each(json.dumps(digests)).table_valued("value", name="place")
    each = newest.where(here.c.place_digest == places.c.value).correlate(places).scalar_subquery()
    return select(_ID).select_from(places.join(INVITATIONS, _ID.in_(each)))
