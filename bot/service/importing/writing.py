"""Writes the rows of a file in short transactions, so that taps beside an import wait for nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.business import Business
from bot.errors import Conflict, StoreError, StoreUnavailable
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Ready, Saved, Store, UnitOfWork
from bot.service.context import Context
from bot.service.importing.chunks import Keyed, Watcher, blocks
from bot.service.importing.customers import People
from bot.service.importing.pace import SMALLEST_READY, Pace
from bot.service.importing.report import Report
from bot.service.importing.request import ImportRequest, reading_of
from bot.service.importing.rows import Row
from bot.service.people import import_address
from bot.texts import best_locale
from bot.weeks import local_day
from bot.workspace import Customer

__all__ = ["Importing", "Watcher"]

BY: Final = "import"
OWN_ID: Final = "id"  # the attribute that keeps a row's own id; no other column can have that name


@dataclass(frozen=True, slots=True)
class _Made:
    """A chunk as it is to be written; `fresh` are the customers that come with it, by name."""

    chunk: Sequence[Keyed]
    fresh: Mapping[str, Customer]
    customers: Ready
    invitations: Ready


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
        pace, report, people = Pace(SMALLEST_READY), watcher.report, People()
        for block in blocks(request, reading, watcher):
            # Looked up in a block and outside the write lock: a file that comes again holds nobody up.
            async with self._store.reading() as uow:
                fresh = await self._fresh(uow, request.workspace, block)
                if not request.dry_run:
                    await self._meet(uow, business, fresh, people)
            report.note([row for _, row in fresh] if request.dry_run else [], len(block) - len(fresh))
            watcher.moved()
            while fresh and not request.dry_run:
                chunk, fresh = fresh[: pace.size], fresh[pace.size :]
                made = await self._made(business, chunk, people)
                await pace.rest(self._pause)
                pace.took(len(chunk), await self._settled(business, made, people, report))
                watcher.moved()
        return report

    async def _meet(self, uow: UnitOfWork, business: Business, rows: Sequence[Keyed], people: People) -> None:
        """Every customer of these rows has an id from here on, if only for the time being."""
        names = people.strangers(row.names["customer"] for _, row in rows)
        addresses = {import_address(name): name for name in names}
        known = await uow.customers.known(business.workspace.name, addresses)
        people.known.update({addresses[address]: customer for address, customer in known.items()})
        people.met.update({name: self._customer(business, name) for name in names if name not in people.known})

    async def _made(self, business: Business, chunk: Sequence[Keyed], people: People) -> _Made:
        """Everything but the writing, so that it takes no time of the transaction."""
        fresh = people.new({row.names["customer"] for _, row in chunk})
        saved = [self._saved(key, row, business, people) for key, row in chunk]
        async with self._store.reading() as uow:
            people_ready = uow.customers.ready({import_address(name): one for name, one in fresh.items()})
            return _Made(chunk, fresh, people_ready, uow.invitations.ready(saved))

    async def _settled(self, business: Business, made: _Made, people: People, report: Report) -> float:
        """Writes to the end even when it is interrupted, so that the report says what is in."""
        writing = asyncio.ensure_future(self._write(business, made, people))
        try:
            await asyncio.shield(writing)
        finally:
            await asyncio.wait([writing])
            if writing.exception() is None:
                rows = writing.result()[0]
                report.note(rows, len(made.chunk) - len(rows))
        return writing.result()[1]

    async def _write(self, business: Business, made: _Made, people: People) -> tuple[Sequence[Row], float]:
        """The rows that went in, and the seconds that this held the database up."""

        async def job(uow: UnitOfWork) -> tuple[Sequence[Row], float]:
            begin = time.perf_counter()
            await uow.customers.put(made.customers)
            await uow.invitations.put(made.invitations)
            return [row for _, row in made.chunk], time.perf_counter() - begin

        try:
            done = await self._store.write(job)
        except StoreUnavailable:
            raise
        except (Conflict, StoreError):
            # Another import put one of the rows or customers in meanwhile, or a customer was erased.
            return await self._write_anew(business, made.chunk, people)
        people.settle({name: customer.id for name, customer in made.fresh.items()})
        return done

    async def _write_anew(
        self, business: Business, chunk: Sequence[Keyed], people: People
    ) -> tuple[Sequence[Row], float]:
        """As `_write`, believing nothing that was looked up before."""
        found = People()

        async def job(uow: UnitOfWork) -> tuple[Sequence[Row], float]:
            begin = time.perf_counter()
            fresh = await self._fresh(uow, business.workspace.name, chunk)
            names = {row.names["customer"] for _, row in fresh if row.names["customer"]}
            # In one order for all imports: two that add the same people must wait for each other, not in a circle.
            wanted = {import_address(name): self._customer(business, name) for name in sorted(names)}
            there = await uow.customers.add_many(wanted)
            found.known = {address.conversation: customer.id for address, customer in there.items()}
            await uow.invitations.save([self._saved(key, row, business, found) for key, row in fresh])
            return [row for _, row in fresh], time.perf_counter() - begin

        done = await self._store.write(job)
        people.settle(found.known)
        return done

    async def _fresh(self, uow: UnitOfWork, workspace: str, chunk: Sequence[Keyed]) -> list[Keyed]:
        known = await uow.invitations.imported([key for key, _ in chunk])
        # An export that comes back to where it was made: its ids are those of the invitations.
        ours = await uow.invitations.there(workspace, {row.id for _, row in chunk if row.id})
        return [(key, row) for key, row in chunk if key not in known and row.id not in ours]

    def _customer(self, business: Business, name: str) -> Customer:
        return Customer(self._context.ids.new(), business.workspace.name, self._context.clock.now(), name=name)

    def _saved(self, key: str, row: Row, business: Business, people: People) -> Saved:
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
            customer=people.id_of(row.names["customer"]),
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
