"""Writes the rows of a file in short transactions, so that taps beside an import wait for nothing."""

import asyncio
import time
from collections import ChainMap
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from bot.business import Business
from bot.errors import Conflict, StoreError, StoreUnavailable
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved, Store, UnitOfWork
from bot.service.context import Context
from bot.service.importing.chunks import Keyed, Watcher, blocks
from bot.service.importing.pace import PAUSE_SECONDS, Pace
from bot.service.importing.report import Report
from bot.service.importing.request import ImportRequest, reading_of
from bot.service.importing.rows import Row
from bot.service.people import import_address
from bot.texts import best_locale
from bot.weeks import local_day
from bot.workspace import Customer

__all__ = ["Importing", "Watcher"]

BY: Final = "import"
REMEMBERED: Final = 50_000  # customers, so that one who answered often is looked up once
OWN_ID: Final = "id"  # the attribute that keeps a row's own id; no other column can have that name


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
        reading = reading_of(request, versions, business.zone, self._context.clock.now())
        pace, report, people = Pace(), watcher.report, dict[str, str]()
        for block in blocks(request, reading, watcher):
            # Looked up in a block and outside the write lock: a file that comes again holds nobody up.
            async with self._store.reading() as uow:
                fresh = await self._fresh(uow, request.workspace, block)
            report.note([row for _, row in fresh] if request.dry_run else [], len(block) - len(fresh))
            watcher.moved()
            while fresh and not request.dry_run:
                chunk, fresh = fresh[: pace.size], fresh[pace.size :]
                pace.took(len(chunk), await self._settled(business, chunk, people, report))
                watcher.moved()
                await self._pause(PAUSE_SECONDS)
        return report

    async def _settled(
        self, business: Business, chunk: Sequence[Keyed], people: dict[str, str], report: Report
    ) -> float:
        """Writes to the end even when it is interrupted, so that the report says what is in."""
        writing = asyncio.ensure_future(self._write(business, chunk, people))
        try:
            await asyncio.shield(writing)
        finally:
            await asyncio.wait([writing])
            if writing.exception() is None:
                rows = writing.result()[0]
                report.note(rows, len(chunk) - len(rows))
        return writing.result()[1]

    async def _write(
        self, business: Business, chunk: Sequence[Keyed], people: dict[str, str]
    ) -> tuple[Sequence[Row], float]:
        """The rows that went in, and the seconds that it took; `people` are the ids of customers known by now."""
        found: dict[str, str] = {}

        async def job(uow: UnitOfWork, *, again: bool = False) -> tuple[Sequence[Row], float]:
            begin = time.perf_counter()
            fresh = await self._fresh(uow, business.workspace.name, chunk) if again else chunk
            names = {row.names["customer"] for _, row in fresh if row.names["customer"]}
            found.update(await self._customers(uow, business, names if again else names - people.keys()))
            customers = found if again else ChainMap(found, people)
            await uow.invitations.save([self._saved(key, row, business, customers) for key, row in fresh])
            return [row for _, row in fresh], time.perf_counter() - begin

        try:
            done = await self._store.write(job)
        except StoreUnavailable:
            raise
        except (Conflict, StoreError):
            # Another import put one of the rows in meanwhile, or a customer was erased; looking again finds out.
            done = await self._store.write(partial(job, again=True))
        if len(people) > REMEMBERED:
            people.clear()
        people.update(found)
        return done

    async def _fresh(self, uow: UnitOfWork, workspace: str, chunk: Sequence[Keyed]) -> list[Keyed]:
        known = await uow.invitations.imported([key for key, _ in chunk])
        # An export that comes back to where it was made: its ids are those of the invitations.
        found = await uow.invitations.load({row.id for _, row in chunk if row.id})
        ours = {one.id for one in found.values() if one.workspace == workspace}
        return [(key, row) for key, row in chunk if key not in known and row.id not in ours]

    async def _customers(self, uow: UnitOfWork, business: Business, names: Collection[str]) -> Mapping[str, str]:
        if not names:
            return {}
        workspace, now = business.workspace.name, self._context.clock.now()
        # In one order for all imports: two that add the same people must wait for each other, not in a circle.
        addresses = {name: import_address(name) for name in sorted(names)}
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
