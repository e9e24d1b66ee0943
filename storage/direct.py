"""Statements of the hot path: compiled once for each engine, and run by the driver itself.

SQLAlchemy's own handling of a row costs more than storing it. Its types, which seal and convert, are used all the same.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import aiosqlite
from sqlalchemy import Delete, Dialect, Executable, Insert, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import UTCDateTime

_SLOT: Final = "pulssi_plans"
_Converter = Callable[[Any], Any]
_Converters = tuple[tuple[int, _Converter], ...]


class Query:
    """A select whose values are named with `bindparam`; called with a connection and the values, it gives the rows.

    A row has the selected columns as attributes. It runs in the connection's transaction.
    """

    def __init__(self, statement: Callable[[AsyncConnection], Select[Any]]) -> None:
        self._statement = statement

    async def __call__(self, connection: AsyncConnection, **values: Any) -> list[Any]:
        plan = _plan(connection, self, self._compiled)
        driver = await _driver(connection)
        bound = plan.bound(values)
        if isinstance(driver, aiosqlite.Connection):
            found = await driver.execute_fetchall(plan.sql, bound)
        else:
            found = await driver.fetch(plan.sql, *bound)
        return [plan.row(one) for one in found]

    def _compiled(self, connection: AsyncConnection) -> "_Plan":
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
        if not rows:
            return
        plan = _plan(connection, self, self._compiled)
        driver = await _driver(connection)
        bound = [plan.bound(row) for row in rows]
        if isinstance(driver, aiosqlite.Connection):
            async with driver.executemany(plan.sql, bound):
                pass
        else:
            await driver.executemany(plan.sql, bound)

    def _compiled(self, connection: AsyncConnection) -> "_Plan":
        return _compiled(self._statement(connection), connection.dialect, columns=list(self._columns) or None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """SQL for one dialect. `fixed` are the values of the statement itself, such as a limit."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    binders: _Converters
    shape: Callable[..., Any]
    readers: _Converters

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """What the driver is given, in the order of the statement's parameters."""
        given = {**self.fixed, **values} if self.fixed else values
        row = [given[name] for name in self.names]
        for place, convert in self.binders:
            row[place] = convert(row[place])
        return row

    def row(self, found: Sequence[Any]) -> Any:
        row = list(found)
        for place, convert in self.readers:
            row[place] = convert(row[place])
        return self.shape(*row)


def _plan(connection: AsyncConnection, key: Query | Bulk, make: Callable[[AsyncConnection], _Plan]) -> _Plan:
    # With the engine's dialect: a plan holds converters that know the engine's key, and goes with it.
    plans: dict[Query | Bulk, _Plan] = vars(connection.dialect).setdefault(_SLOT, {})
    found = plans.get(key)
    if found is None:
        found = plans[key] = make(connection)
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
        names=names,
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        binders=_converters(_binder(compiled.binds[name].type, dialect) for name in names),
        shape=namedtuple("Row", [column.key for column in chosen]),  # noqa: PYI024  # the columns are known only here
        readers=_converters(_reader(column.type, dialect) for column in chosen),
    )


def _converters(found: Any) -> _Converters:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_of
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _moment_text(moment: datetime | None) -> str | None:
    """As SQLAlchemy writes it on SQLite, in a tenth of the time."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("A time without a time zone cannot be stored.")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection, within the transaction that SQLAlchemy has begun."""
    driver = (await connection.get_raw_connection()).driver_connection
    begun = driver.in_transaction if isinstance(driver, aiosqlite.Connection) else driver.is_in_transaction()
    if not begun:
        # SQLAlchemy begins late, at the first statement that it runs itself.
        await connection.exec_driver_sql("SELECT 1")
    return driver
