"""Statements of the hot path: compiled once for each engine, and run by the driver itself.

SQLAlchemy's own handling of a row costs more than storing it. Its types, which seal and convert, are used all the same.
In a transaction of `storage.writer` what nobody waits for is put off (`later`) and goes with the next question
or with the commit: on SQLite each turn of the driver's thread costs more than the statements in it.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiosqlite
import msgspec
from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.plans import Plan, bare, compiled
from storage.sql import is_postgres
from storage.turns import Bound, on_postgres, on_sqlite

_SLOT: Final = "pulssi_plans"
_PUT_OFF: Final = "pulssi_put_off"
BUSY_MILLISECONDS: Final = 5000
KNOCK_SECONDS: Final = 0.001


class Step(msgspec.Struct, frozen=True):
    """A statement with what it is given: the values of a `Query`, or the rows of a `Bulk`."""

    statement: "Query | Bulk"
    given: Any

    @property
    def idle(self) -> bool:
        """Is there nothing to do? A `Bulk` without rows is not run."""
        return isinstance(self.statement, Bulk) and not self.given


class Query:
    """A select whose values are named with `bindparam`; called with a connection and the values, it gives the rows.

    A row has the selected columns as attributes. It runs in the connection's transaction.
    """

    def __init__(self, statement: Callable[[AsyncConnection], Select[Any]]) -> None:
        self._statement = statement

    async def __call__(self, connection: AsyncConnection, **values: Any) -> list[Any]:
        [found] = await together(connection, self.step(**values))
        return found

    def step(self, **values: Any) -> Step:
        return Step(self, values)

    def compiled(self, connection: AsyncConnection) -> Plan:
        statement = self._statement(connection)
        return compiled(statement, connection.dialect, selected=statement)


class Bulk:
    """An insert, update or delete, run for many rows at once.

    `columns` are those that an insert gives; a row holds one value for each, or for each `bindparam`. Errors are those
    of the driver, which `storage.failures.translate` knows.
    """

    def __init__(
        self, statement: Callable[[AsyncConnection], Insert | Update | Delete], columns: Sequence[str] = ()
    ) -> None:
        self._statement = statement
        self._columns = columns

    async def __call__(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        await together(connection, self.step(rows))

    def step(self, rows: Sequence[Mapping[str, Any]]) -> Step:
        return Step(self, rows)

    def compiled(self, connection: AsyncConnection) -> Plan:
        return compiled(self._statement(connection), connection.dialect, columns=list(self._columns) or None)


async def together(connection: AsyncConnection, *steps: "Step | Bound") -> list[list[Any]]:
    """Runs the steps in this order, behind what was put off; the rows that each gives.

    A `Bulk` gives none, and without rows does nothing. On SQLite all are one turn of the driver's thread.
    """
    told = _all_bound(connection, steps)
    raw, ran = iter(await _run(connection, told)), iter(told)
    return [[] if step.idle else next(ran).rows(next(raw)) for step in steps]


async def later(connection: AsyncConnection, *steps: "Step | Bound") -> None:
    """Runs the steps before whatever comes next in this transaction, at the latest with its commit.

    Only for what cannot be refused in a way that its caller knows how to answer.
    """
    told = _all_bound(connection, steps)
    opened = opened_of(connection)
    held = _held(opened)
    if held is None:
        await _run(connection, told)
        return
    for one in told:
        _tell(opened, one)
    held.steps += told


async def command(connection: AsyncConnection, *sql: str) -> None:
    """Runs what has neither values nor rows, such as SAVEPOINT, behind what was put off."""
    await _run(connection, [Bound(bare(one), [], many=False) for one in sql])


def hold(connection: AsyncConnection, *opening: str) -> None:
    """From here on `later` puts off. `opening` is what begins the transaction on SQLite, with the first turn."""
    vars(opened_of(connection))[_PUT_OFF] = _Held(opening)


def is_held(connection: Connection) -> bool:
    return _held(connection) is not None


def let_go(connection: AsyncConnection) -> None:
    """Forgets what was put off, for a transaction that is rolled back or over."""
    vars(opened_of(connection)).pop(_PUT_OFF, None)


class Alone:
    """A part of a transaction of `storage.writer` that can be undone alone: `begin`, then `keep` or `undo`.

    Setting the savepoint waits for the first statement behind it, and on SQLite giving it up for the next one: hundreds
    of small jobs in a transaction take a turn each, and not three. PostgreSQL gives it up at once, since a part that
    hid an error of the database from us is refused there and then. Whatever `begin` or `undo` raise breaks the whole
    transaction.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._begin = Bound(bare("SAVEPOINT part"), [], many=False)
        self._keep = Bound(bare("RELEASE SAVEPOINT part"), [], many=False)

    async def begin(self) -> None:
        if any(not step.plan.bare for step in self._put_off):
            await command(self._connection)  # what was put off before is not this part's to answer for
        await later(self._connection, self._begin)

    async def keep(self) -> None:
        put_off = self._put_off
        if put_off and put_off[-1] is self._begin:
            put_off.pop()
        elif is_postgres(self._connection) or any(not step.plan.bare for step in put_off):
            await _run(self._connection, [self._keep])
        else:
            await later(self._connection, self._keep)

    async def undo(self) -> None:
        put_off = self._put_off
        unset = next((at for at, step in enumerate(put_off) if step is self._begin), None)
        if unset is not None:
            del put_off[unset:]
            return
        put_off.clear()
        await command(self._connection, "ROLLBACK TO SAVEPOINT part", "RELEASE SAVEPOINT part")

    @property
    def _put_off(self) -> list[Bound]:
        held = _held(opened_of(self._connection))
        assert held is not None  # noqa: S101  # the writer's transactions put off
        return held.steps


def turns_of(connection: AsyncConnection) -> int | None:
    """How many turns a transaction of the writer has had: between two it may have waited for others. Else None."""
    held = _held(opened_of(connection))
    return None if held is None else held.turns


def first_what_was_put_off(connection: Connection, cursor: Any, *_: Any) -> None:
    """To be called before SQLAlchemy runs a statement of its own."""
    held = _held(connection)
    if cursor is None or held is None:
        return
    if held.opening or held.steps:
        adapted: Any = connection.connection.dbapi_connection
        adapted.run_async(lambda driver: _turn(driver, held, []))
    held.turns += 1


def bound(connection: AsyncConnection, step: Step) -> Bound:
    """The step for the driver. It can be made ahead of the transaction that runs it, on another connection of the same
    engine."""
    plan = _plan(connection, step.statement)
    if isinstance(step.statement, Query):
        return Bound(plan, plan.bound(step.given), many=False)
    return Bound(plan, plan.bound_all(step.given), many=True)


@dataclass(slots=True)
class _Held:
    """What a transaction has not told its driver yet."""

    opening: tuple[str, ...]
    steps: list[Bound] = field(default_factory=list)
    turns: int = 0


def _held(connection: Connection) -> _Held | None:
    found: _Held | None = vars(connection).get(_PUT_OFF)
    return found


def _all_bound(connection: AsyncConnection, steps: Sequence[Step | Bound]) -> list[Bound]:
    """Without what has nothing to do."""
    return [step if isinstance(step, Bound) else bound(connection, step) for step in steps if not step.idle]


async def _run(connection: AsyncConnection, steps: Sequence[Bound]) -> list[list[Any]]:
    """What each gives, as the driver tells it."""
    opened = opened_of(connection)
    held = _held(opened)
    if not steps and not (held and held.steps):
        return []
    for one in steps:
        _tell(opened, one)
    driver = opened.connection.driver_connection
    if not (held and held.opening) and not _is_begun(driver):
        # SQLAlchemy begins late, at the first statement that it runs itself.
        await connection.exec_driver_sql("SELECT 1")
    return await _turn(driver, held or _Held(()), steps)


async def _turn(driver: Any, held: _Held, bound: Sequence[Bound]) -> list[list[Any]]:
    put_off, held.steps = held.steps, []
    held.turns += 1
    steps = [*put_off, *bound]
    if not isinstance(driver, aiosqlite.Connection):
        found = await on_postgres(driver, steps)
    else:
        found = await _turn_on_sqlite(driver, held, steps)
    return found[len(put_off) :]


async def _turn_on_sqlite(driver: aiosqlite.Connection, held: _Held, steps: Sequence[Bound]) -> list[list[Any]]:
    """SQLite itself looks again for its lock after waits of up to 0.1 s, and so misses the pauses of 20 ms that an
    import makes for us; here it is asked every millisecond, for as long as it would have waited."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            # aiosqlite itself has no way to run more than one statement in a turn.
            found: list[list[Any]] = await driver._execute(lambda: on_sqlite(driver._conn, held.opening, steps))  # type: ignore[no-untyped-call]  # noqa: SLF001
        except BaseException as error:
            opened, held.opening = held.opening, () if driver.in_transaction else held.opening
            busy = isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not (busy and opened) or driver.in_transaction or loop.time() >= until:
                raise
        else:
            held.opening = ()
            return found
        await asyncio.sleep(KNOCK_SECONDS)


def _plan(connection: AsyncConnection, statement: Query | Bulk) -> Plan:
    # With the engine's dialect: a plan holds converters that know the engine's key, and goes with it.
    plans: dict[Query | Bulk, Plan] = vars(connection.dialect).setdefault(_SLOT, {})
    found = plans.get(statement)
    if found is None:
        found = plans[statement] = statement.compiled(connection)
    return found


def _tell(listened: Connection, told: Bound) -> None:
    """Whoever listens to the engine's statements hears of these as well."""
    listened.dispatch.before_cursor_execute(listened, None, told.plan.sql, told.values, None, told.many)


def opened_of(connection: AsyncConnection) -> Connection:
    """SQLAlchemy's own connection under the one that is awaited."""
    assert connection.sync_connection is not None  # noqa: S101  # it has been started
    return connection.sync_connection


def _is_begun(driver: Any) -> bool:
    return bool(driver.in_transaction if isinstance(driver, aiosqlite.Connection) else driver.is_in_transaction())
