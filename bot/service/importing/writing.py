"""Writes the rows of a file in short transactions, so that taps beside an import wait for nothing."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from bot.business import Business
from bot.errors import Conflict, WrongUse
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved, Store, UnitOfWork
from bot.service.context import Context
from bot.service.importing.pace import PAUSE_SECONDS, Pace
from bot.service.importing.rows import Reading, Row
from bot.service.importing.table import Line, Table
from bot.service.people import import_address
from bot.texts import best_locale
from bot.weeks import local_day
from bot.workspace import Customer

BY: Final = "import"
OWN_ID: Final = "id"  # the attribute that keeps a row's own id; no other column can have that name


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import into which workspace. `survey` is for rows that name none."""

    workspace: str
    table: Table
    survey: str | None = None
    date_format: str | None = None
    dry_run: bool = False


@dataclass(slots=True)
class Report:
    """How far it is: rows that are in now (in a dry run: would be), were in before, or cannot be used."""

    imported: int = 0
    known: int = 0
    rejected: int = 0

    @property
    def seen(self) -> int:
        return self.imported + self.known + self.rejected

    def note(self, fresh: int, rows: int) -> None:
        """So many of the rows of a chunk were not there before."""
        self.imported += fresh
        self.known += rows - fresh


@dataclass(slots=True)
class Watcher:
    """Who looks on: `report` is up to date at any moment, `rejected` hears line and reason, `moved` every chunk."""

    report: Report = field(default_factory=Report)
    rejected: Callable[[int, str], None] = lambda _line, _reason: None
    moved: Callable[[], None] = lambda: None


Keyed = tuple[str, Row]


class Importing:
    """Imported answers count in scores, never in funnel and rates; nobody is asked and nothing is posted."""

    def __init__(
        self, store: Store, context: Context, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._store = store
        self._context = context
        self._pause = pause

    async def run(self, request: ImportRequest, watcher: Watcher) -> Report:
        """Imports the table; interrupted, it leaves whole chunks, and running again goes on from there.

        `WrongUse` before the first row when columns are missing or the survey is unknown.
        """
        async with self._store.reading() as uow:
            business = await self._context.business(uow, request.workspace)
            versions = await uow.surveys.versions(request.workspace)
        newest = {stored.survey.slug: stored for stored in versions}
        if request.survey is not None and request.survey not in newest:
            raise WrongUse(f"There is no survey {request.survey!r}; there are {', '.join(sorted(newest))}.")
        _check_columns(request)
        reading = Reading(
            surveys=newest,
            zone=business.zone,
            now=self._context.clock.now(),
            survey=request.survey,
            date_format=request.date_format,
        )
        chunks = _Chunks(request, reading, watcher)
        for chunk in chunks.all():
            chunks.pace.took(len(chunk), await self._chunk(request, business, chunk, watcher.report))
            watcher.moved()
            if not request.dry_run:
                await self._pause(PAUSE_SECONDS)
        return watcher.report

    async def _chunk(self, request: ImportRequest, business: Business, chunk: Sequence[Keyed], report: Report) -> float:
        """Puts the rows in that are not; the seconds that this held the database up."""
        if not request.dry_run:
            return await self._settled(business, chunk, report)
        async with self._store.reading() as uow:
            report.note(len(await self._fresh(uow, request.workspace, chunk)), len(chunk))
        return 0.0

    async def _settled(self, business: Business, chunk: Sequence[Keyed], report: Report) -> float:
        """Writes to the end even when it is interrupted, so that the report says what is in."""
        writing = asyncio.ensure_future(self._write(business, chunk))
        try:
            await asyncio.shield(writing)
        finally:
            await asyncio.wait([writing])
            if writing.exception() is None:
                report.note(writing.result()[0], len(chunk))
        return writing.result()[1]

    async def _write(self, business: Business, chunk: Sequence[Keyed]) -> tuple[int, float]:
        async def job(uow: UnitOfWork) -> tuple[int, float]:
            begin = time.perf_counter()
            fresh = await self._fresh(uow, business.workspace.name, chunk)
            customers = await self._customers(uow, business, [row for _, row in fresh])
            saved = [self._saved(key, row, business, customers) for key, row in fresh]
            await uow.invitations.save(saved)
            return len(saved), time.perf_counter() - begin

        try:
            return await self._store.write(job)
        except Conflict:
            # Another import put one of the rows in meanwhile; looking again finds it.
            return await self._store.write(job)

    async def _fresh(self, uow: UnitOfWork, workspace: str, chunk: Sequence[Keyed]) -> list[Keyed]:
        known = await uow.invitations.imported([key for key, _ in chunk])
        # An export that comes back to where it was made: its ids are those of the invitations.
        found = await uow.invitations.load({row.id for _, row in chunk if row.id})
        ours = {one.id for one in found.values() if one.workspace == workspace}
        return [(key, row) for key, row in chunk if key not in known and row.id not in ours]

    async def _customers(self, uow: UnitOfWork, business: Business, rows: Sequence[Row]) -> Mapping[str, str]:
        workspace, now = business.workspace.name, self._context.clock.now()
        named = {row.names["customer"] for row in rows if row.names["customer"]}
        # In one order for all imports: two that add the same people must wait for each other, not in a circle.
        addresses = {name: import_address(name) for name in sorted(named)}
        fresh = {
            address: Customer(self._context.ids.new(), workspace, now, name=name) for name, address in addresses.items()
        }
        there = await uow.customers.add_many(fresh)
        return {name: there[address].id for name, address in addresses.items()}

    def _saved(self, key: str, row: Row, business: Business, customers: Mapping[str, str]) -> Saved:
        decided_at = row.sent_at or row.answered_at
        invitation = Invitation(
            id=self._context.ids.new(),
            workspace=business.workspace.name,
            survey=row.survey.survey,
            survey_id=row.survey.id,
            state=State.CLOSED,
            decided_at=decided_at,
            cohort_day=local_day(decided_at, business.zone),
            expires_at=decided_at + row.survey.survey.expires_after,
            customer=customers.get(row.names["customer"]),
            channel=row.names["channel"],
            locale=best_locale(row.names["locale"], business.locale),
            interaction=_interaction(row),
            origin=Origin.IMPORTED,
            by=BY,
            sent_at=row.sent_at,
            answer=_answer(row, business),
        )
        return Saved(None, invitation, row.history, key)


def _check_columns(request: ImportRequest) -> None:
    there = set(request.table.names)
    if "answered_at" not in there:
        raise WrongUse("The file has no column answered_at: say which one it is with --column answered_at=NAME.")
    if not there & {"score", "comment"}:
        raise WrongUse("The file has neither score nor comment: say which column it is with --column score=NAME.")
    if "survey" not in there and request.survey is None:
        raise WrongUse("The file has no column survey: say of which survey the answers are with --survey NAME.")


def _interaction(row: Row) -> Interaction:
    names = row.names
    return Interaction(
        ticket=names["ticket"] or None,
        agent=names["agent"] or None,
        team=names["team"] or None,
        tags=row.tags,
        touchpoint=names["touchpoint"] or None,
        attributes={**row.attributes, **({OWN_ID: row.id} if row.id else {})},
    )


def _answer(row: Row, business: Business) -> Answer:
    parts = (Part(row.comment, row.answered_at),) if row.comment else ()
    changed_at = row.history[-1].at if row.history else row.answered_at
    if row.score is None and row.survey.survey.scale is not None:
        # Words that came without a score answer nothing and count for nothing; they are kept to be read.
        return Answer(None, parts, commented=True, changed_at=changed_at)
    day = local_day(row.answered_at, business.zone)
    return Answer(row.score, parts, bool(parts), first_at=row.answered_at, day=day, changed_at=changed_at)


class _Chunks:
    """The rows with their keys, as many at a time as a short transaction takes."""

    def __init__(self, request: ImportRequest, reading: Reading, watcher: Watcher) -> None:
        self._request = request
        self._reading = reading
        self._watcher = watcher
        self.pace = Pace()

    def all(self) -> Iterator[Sequence[Keyed]]:
        chunk: list[Keyed] = []
        with closing(_Ordinals()) as ordinals:
            for line in self._request.table.lines():
                keyed = self._keyed(line, ordinals)
                if keyed is not None:
                    chunk.append(keyed)
                if len(chunk) >= self.pace.size:
                    yield chunk
                    chunk = []
            if chunk:
                yield chunk

    def _keyed(self, line: Line, ordinals: "_Ordinals") -> Keyed | None:
        try:
            row = self._reading.row(line)
            return self._key(row, ordinals), row
        except WrongUse as error:
            self._watcher.report.rejected += 1
            self._watcher.rejected(line.number, str(error))
            return None

    def _key(self, row: Row, ordinals: "_Ordinals") -> str:
        """What makes this row the same when the file comes again."""
        where = f"{self._request.workspace}|{row.survey.survey.slug}"
        if row.id:
            if ordinals.next(f"{where}|{row.id}") > 1:
                raise WrongUse(f"has the id {row.id!r}, which an earlier row of the file has")
            return f"{where}|id|{row.id}"
        digest = row.digest()
        return f"{where}|row|{digest}|{ordinals.next(digest)}"


class _Ordinals:
    """Counts equal texts on disk: a file of any length, flat memory. SQLite deletes its unnamed file by itself."""

    def __init__(self) -> None:
        self._counts = sqlite3.connect("", isolation_level=None)
        self._counts.execute("PRAGMA journal_mode = OFF")
        self._counts.execute("CREATE TABLE seen (text TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def next(self, text: str) -> int:
        """1 for the first of its kind."""
        count = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n"
        ((number,),) = self._counts.execute(count, (text,)).fetchall()
        return int(number)

    def close(self) -> None:
        self._counts.close()
