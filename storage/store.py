"""The store: one writer with group commit per process, and readers beside it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import PulssiError, StoreError, StoreUnavailable, described
from bot.events import Arrival, Outcome
from bot.ports import Clock, Dispatch, Job, Recorder
from storage.changes import NOTIFY
from storage.direct import Alone
from storage.engine import reading
from storage.failures import gave_up_alone, translate, translated
from storage.keys import Keyring
from storage.outbox import Sends, sends_all, sends_none
from storage.transaction import Transaction
from storage.writer import NOTHING, Writer, prove

T = TypeVar("T")
MAX_BATCH = 512
QUIET_TURNS = 2  # a request is read in one turn of the loop and handled in the next
log = structlog.get_logger()
PARKED = Counter("pulssi_parked_events_total", "Events that the database refused alone and that wait for a look")


@dataclass(slots=True)
class _Waiting:
    """Something to write, and who waits for its commit."""

    work: Arrival | Job[Any]
    done: asyncio.Future[Any]
    result: Any = field(default=None)


class DatabaseStore:
    """Everything that one process writes goes through `run`, batch by batch (`bot.ports.Store`).

    Whatever arrives while a commit runs is the next batch; there is no timer, so a lone tap waits for nothing.
    """

    def __init__(self, engine: AsyncEngine, keyring: Keyring, clock: Clock, owner: str, record: Recorder) -> None:
        self.owner = owner
        self.commits = 0
        # Why the last batch could not be written, until one can: a full disk still lets us read.
        self.trouble: tuple[datetime, str] | None = None
        self._engine = engine
        self._writer = Writer(engine)
        self._keyring = keyring
        self._clock = clock
        self._record = record
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._after_commit: list[Callable[[Sequence[Dispatch]], None]] = []
        self._sends: Sends | None = None
        self._undone: Callable[[Sequence[Dispatch]], None] | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        with translated():
            async with reading(self._engine).connect() as connection:
                yield Transaction(connection, self._keyring, self.owner)

    async def write(self, job: Job[T]) -> T:
        return cast(T, await self._queue(job))

    async def record(self, arrival: Arrival) -> Outcome:
        return cast(Outcome, await self._queue(arrival))

    async def probe(self) -> None:
        """Returns after a transaction of the writer that changes nothing and wakes nobody: it can write.

        On SQLite it held the write lock; on PostgreSQL it took a number, which a standby refuses. Errors as `write`.
        """
        await self._queue(_nothing)

    def after_commit(self, listener: Callable[[Sequence[Dispatch]], None]) -> None:
        """`listener` is called after each commit with the dispatches that it left leased to this process."""
        self._after_commit.append(listener)

    def sent_by(self, sends: Sends, undone: Callable[[Sequence[Dispatch]], None] | None = None) -> None:
        """What this process sends itself is stored leased to it; the rest waits for a claim, from when `sends` says.

        `undone` is called when the transaction for which it said so is rolled back, with what may be stored all the
        same, leased to this process: PostgreSQL may go away after a commit, before it has told us.
        """
        self._sends, self._undone = sends, undone

    @property
    def backlog(self) -> int:
        """How much waits for the next batch."""
        return len(self._waiting)

    def close(self) -> None:
        """Let `run` write what waits, and end; what comes later is refused."""
        self._closing = True
        self._arrived.set()

    async def run(self) -> None:
        """The writer; one task per process owns it. Ends after `close`, when nothing waits any more.

        Cancelled, it leaves nobody waiting: what it was writing and what was to follow is refused, and all that comes.
        """
        wanted: list[_Waiting] = []
        try:
            async with aclosing(self._writer):
                while self._waiting or not self._closing:
                    if not self._waiting:
                        await self._arrived.wait()
                        self._arrived.clear()
                        continue
                    await self._gathered()
                    batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                    wanted = [one for one in batch if not one.done.done()]
                    if wanted:
                        await self._settle(wanted)
        finally:
            self._closing = True
            _refuse([*wanted, *self._waiting], StoreUnavailable("Pulssi stopped in the middle of storing; try again."))
            self._waiting = []

    async def _gathered(self) -> None:
        """While each turn of the loop brings more, they are one batch; no time is waited for."""
        there, quiet = 0, 0
        while quiet < QUIET_TURNS and len(self._waiting) < MAX_BATCH:
            quiet = 0 if len(self._waiting) > there else quiet + 1
            there = len(self._waiting)
            await asyncio.sleep(0)

    async def _queue(self, work: Arrival | Job[Any]) -> object:
        if self._closing:
            raise StoreUnavailable("Pulssi is shutting down; nothing was stored, so try again.")
        one = _Waiting(work, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._arrived.set()
        return await one.done

    async def _settle(self, batch: list[_Waiting]) -> StoreUnavailable | None:
        """Answers everybody in it; the error if the database was away for whoever comes next, too."""
        try:
            dispatches = await self._commit(batch)
        except StoreUnavailable as error:
            self.trouble = (self._clock.now(), str(error))
            _refuse(batch, error)
            return None if gave_up_alone(error.__cause__) else error
        except Exception as error:  # noqa: BLE001  # something in it broke the batch; alone, each shows whether it did
            return await self._one_by_one(batch, error)
        if not _is_probe(batch):
            self.trouble = None
            self._tell(dispatches)
        for one in batch:
            _answer(one)
        return None

    def _tell(self, dispatches: Sequence[Dispatch]) -> None:
        for listener in self._after_commit:
            try:
                listener(dispatches)
            except Exception as failure:  # noqa: BLE001  # what is committed is committed; whoever did not hear of it finds the rows
                log.error("a listener failed after a commit", error=described(failure))

    async def _one_by_one(self, batch: list[_Waiting], error: Exception) -> StoreUnavailable | None:
        if len(batch) == 1:
            return await self._alone(batch[0], error)
        for at, one in enumerate(batch):
            if one.done.done():
                continue  # whoever waited has gone meanwhile
            away = await self._settle([one])
            if away is not None:  # each of the others would wait as long, only to hear the same
                _refuse(batch[at + 1 :], away)
                return away
        return None

    async def _commit(self, batch: list[_Waiting]) -> list[Dispatch]:
        added: list[Dispatch] = []
        try:
            await self._transact(batch, added)
        except Exception as error:
            if self._undone is not None:
                self._undone(added if isinstance(error, StoreUnavailable) else ())
            raise
        self.commits += not _is_probe(batch)
        return added

    async def _transact(self, batch: list[_Waiting], added: list[Dispatch]) -> None:
        """`added` is what it leaves leased to this process, once it has been told to the database."""
        with translated():
            async with self._writer.transaction(NOTHING if _is_probe(batch) else NOTIFY) as connection:
                # Without a sender in this process nobody would serve the leases: a server is to find the rows free.
                unsaid = sends_all if self._after_commit else sends_none
                transaction = Transaction(connection, self._keyring, self.owner, self._sends or unsaid)
                arrivals = [one for one in batch if isinstance(one.work, Arrival)]
                if arrivals:
                    outcomes = await self._record(transaction, [cast(Arrival, one.work) for one in arrivals])
                    for one, outcome in zip(arrivals, outcomes, strict=True):
                        one.result = outcome
                for one in batch:
                    if not isinstance(one.work, Arrival):
                        await _attempt(transaction, one, one.work)
                if _is_probe(batch):
                    await prove(connection)
                added += transaction.outbox.added

    async def _alone(self, one: _Waiting, error: Exception) -> StoreUnavailable | None:
        """An error of the core goes to its caller; an event that the database refuses even alone is parked.

        So one poison update cannot stop a bot, and a person's mistake is told to that person.
        """
        ours = isinstance(error, PulssiError) and not isinstance(error, StoreError)
        if ours or not isinstance(one.work, Arrival):
            _refuse([one], error)
            return None
        arrival, words = one.work, described(error)[:500]
        try:
            with translated():
                async with self._writer.transaction() as connection:
                    parking = Transaction(connection, self._keyring, self.owner)
                    await parking.events.park(arrival, words, self._clock.now())
                    await parking.events.remember([arrival.event_id], self._clock.now())
        except StoreError as refused:
            _refuse([one], StoreUnavailable(f"The event could not even be parked: {refused}"))
            return refused if isinstance(refused, StoreUnavailable) else None
        PARKED.inc()
        log.error("event parked", event_id=arrival.event_id, error=words)
        one.result = Outcome(parked=True)
        _answer(one)
        return None


async def _nothing(_transaction: object) -> None:
    """The job of a probe."""


def _is_probe(batch: Sequence[_Waiting]) -> bool:
    return all(one.work is _nothing for one in batch)


async def _attempt(transaction: Transaction, one: _Waiting, job: Job[Any]) -> None:
    outer = list(transaction.outbox.added)
    part = Alone(transaction.connection)
    await part.begin()
    try:
        one.result = await job(transaction)
        await part.keep()
    except (Exception, asyncio.CancelledError) as error:
        own = _own(error)
        if own is None:
            raise
        await part.undo()
        transaction.outbox.added[:] = outer
        one.result = own


def _own(error: Exception | asyncio.CancelledError) -> Exception | None:
    """What the job's caller is to hear; None if all are concerned: the database is away, or the writer ends."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        given_up = StoreUnavailable("Something that was waited for was given up, and nothing was stored; try again.")
        return None if task is None or task.cancelling() else given_up
    ours = translate(error)
    if isinstance(ours, StoreUnavailable) and not gave_up_alone(error):
        return None
    return ours or error


def _answer(one: _Waiting) -> None:
    if one.done.done():
        return
    if isinstance(one.result, Exception):
        one.done.set_exception(one.result)
    else:
        one.done.set_result(one.result)


def _refuse(batch: Sequence[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.done.done():
            one.done.set_exception(error)
