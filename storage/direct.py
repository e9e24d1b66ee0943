"""Statements of the hot path: compiled once for each engine, and run by the driver itself.

SQLAlchemy's own handling of a row costs more than storing it. Its types, which seal and convert, are used all the same.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, cast

import aiosqlite
from sqlalchemy import Connection, Date, Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import UTCDateTime

from storage.types import SEALED

_SLOT: Final = "pulssi_plans"
_Converter = Callable[[Any], Any]
_Converters = tuple[tuple[int, _Converter], ...]


@dataclass(frozen=True, slots=True)
class Step:
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

    def compiled(self, connection: AsyncConnection) -> "_Plan":
        statement = self._statement(connection)
        return _compiled(statement, connection.dialect, selected=statement)


class Bulk:
    """An insert, update or delete, run for many rows at once.

    `columns` are those that an insert gives; a row holds one value for each, or for each `bindparam`. Errors are those
    of the driver, which `storage.engine.translate` knows.
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

    def compiled(self, connection: AsyncConnection) -> "_Plan":
        return _compiled(self._statement(connection), connection.dialect, columns=list(self._columns) or None)


async def together(connection: AsyncConnection, *steps: "Step | Bound") -> list[list[Any]]:
    """Runs the steps in this order; the rows that each gives. A `Bulk` gives none, and without rows does nothing.

    On SQLite they are one turn of the driver's thread: handing over to it and back costs more than a statement.
    """
    bound = [step if isinstance(step, Bound) else Bound.of(connection, step) for step in steps if not step.idle]
    if not bound:
        return [[] for _ in steps]
    driver = await _driver(connection)
    for one in bound:
        _tell(connection, one)
    if isinstance(driver, aiosqlite.Connection):
        # aiosqlite itself has no way to run more than one statement in a turn.
        raw = iter(await driver._execute(lambda: [one.on_sqlite(driver._conn) for one in bound]))  # type: ignore[no-untyped-call]  # noqa: SLF001
    else:
        raw = iter([await one.on_postgres(driver) for one in bound])
    ran = iter(bound)
    return [[] if step.idle else next(ran).rows(next(raw)) for step in steps]


async def command(connection: AsyncConnection, sql: str) -> None:
    """Runs what has neither values nor rows, such as SAVEPOINT."""
    driver = await _driver(connection)
    if isinstance(driver, aiosqlite.Connection):
        await driver.execute_fetchall(sql)
    else:
        await driver.execute(sql)


@dataclass(frozen=True, slots=True)
class Bound:
    """A step as the driver takes it: sealed and converted. It can be made ahead of the transaction that runs it, on
    another connection of the same engine.
    """

    plan: "_Plan"
    values: list[Any]
    many: bool

    @property
    def idle(self) -> bool:
        return self.many and not self.values

    @classmethod
    def of(cls, connection: AsyncConnection, step: Step) -> "Bound":
        plan = _plan(connection, step.statement)
        if isinstance(step.statement, Query):
            return cls(plan, plan.bound(step.given), many=False)
        return cls(plan, plan.bound_all(step.given), many=True)

    def on_sqlite(self, driver: sqlite3.Connection) -> list[Any]:
        if self.many:
            driver.executemany(self.plan.sql, self.values).close()
            return []
        return driver.execute(self.plan.sql, self.values).fetchall()

    async def on_postgres(self, driver: Any) -> list[Any]:
        if self.many:
            await driver.executemany(self.plan.sql, self.values)
            return []
        return list(await driver.fetch(self.plan.sql, *self.values))

    def rows(self, found: Sequence[Any]) -> list[Any]:
        return [self.plan.row(one) for one in found]


@dataclass(frozen=True, slots=True)
class _Plan:
    """SQL for one dialect. `fixed` are the values of the statement itself, such as a limit."""

    sql: str
    take: Callable[[Mapping[str, Any]], Sequence[Any]]
    fixed: Mapping[str, Any]
    binders: _Converters
    shape: Callable[..., Any]
    readers: _Converters

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """What the driver is given, in the order of the statement's parameters."""
        row = list(self.take({**self.fixed, **values} if self.fixed else values))
        for place, convert in self.binders:
            row[place] = convert(row[place])
        return row

    def bound_all(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """As `bound` for each; a column at a time, which takes less."""
        if self.fixed:
            return [self.bound(row) for row in rows]
        taken = [list(self.take(row)) for row in rows]
        for place, convert in self.binders:
            for row in taken:
                row[place] = convert(row[place])
        return taken

    def row(self, found: Sequence[Any]) -> Any:
        row = list(found)
        for place, convert in self.readers:
            row[place] = convert(row[place])
        return self.shape(*row)


def _plan(connection: AsyncConnection, statement: Query | Bulk) -> _Plan:
    # With the engine's dialect: a plan holds converters that know the engine's key, and goes with it.
    plans: dict[Query | Bulk, _Plan] = vars(connection.dialect).setdefault(_SLOT, {})
    found = plans.get(statement)
    if found is None:
        found = plans[statement] = statement.compiled(connection)
    return found


def _compiled(
    statement: Executable, dialect: Dialect, *, columns: list[str] | None = None, selected: Select[Any] | None = None
) -> _Plan:
    if isinstance(statement, Insert):
        statement = statement.inline()  # no RETURNING that nobody reads
    compiled = cast(SQLCompiler, statement.compile(dialect=dialect, column_keys=columns))  # type: ignore[attr-defined]
    names = tuple(compiled.positiontup or ())
    chosen = list(selected.selected_columns) if selected is not None else []
    return _Plan(
        sql=str(compiled),
        take=_taking(names),
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        binders=_converters(_binder(compiled.binds[name].type, dialect) for name in names),
        shape=namedtuple("Row", [str(column.key) for column in chosen]),  # the columns are known only here
        readers=_converters(_reader(column.type, dialect) for column in chosen),
    )


def _taking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """The values of these names, in this order."""
    return itemgetter(*names) if len(names) > 1 else lambda values: [values[name] for name in names]


def _converters(found: Any) -> _Converters:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, SEALED):
        return kind.sealer(dialect)
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_text
    if isinstance(kind, Date) and dialect.name == "sqlite":
        return _day_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_of
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@lru_cache(256)
def _day_text(day: date | None) -> str | None:
    """As SQLAlchemy writes it on SQLite."""
    return None if day is None else day.isoformat()


@lru_cache(2048)  # the rows of a batch mostly have the same few, and those of an import each its own in every table
def _moment_text(moment: datetime | None) -> str | None:
    """As SQLAlchemy writes it on SQLite."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("A time without a time zone cannot be stored.")
    return moment.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _tell(connection: AsyncConnection, bound: Bound) -> None:
    """Whoever listens to the engine's statements hears of these as well."""
    listened = _open(connection)
    listened.dispatch.before_cursor_execute(listened, None, bound.plan.sql, bound.values, None, bound.many)


def _open(connection: AsyncConnection) -> Connection:
    assert connection.sync_connection is not None  # noqa: S101  # it has been started
    return connection.sync_connection


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection, within the transaction that SQLAlchemy has begun."""
    driver: Any = _open(connection).connection.driver_connection
    begun = driver.in_transaction if isinstance(driver, aiosqlite.Connection) else driver.is_in_transaction()
    if not begun:
        # SQLAlchemy begins late, at the first statement that it runs itself.
        await connection.exec_driver_sql("SELECT 1")
    return driver
