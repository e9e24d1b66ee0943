"""Statements as the drivers take them, and how each driver runs several at once."""

import sqlite3
from collections.abc import Sequence
from enum import Enum, auto
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from storage.merged import all_changes, all_rows, grouped
from storage.plans import Plan


class Way(Enum):
    """How PostgreSQL takes a statement: as text, several at once; a row at a time; or as a part of a larger one."""

    COMMAND = auto()
    ROW_BY_ROW = auto()
    PART = auto()


class Bound(msgspec.Struct, frozen=True):
    """A statement with values that are sealed and converted: a list, or for `many` rows a list of lists."""

    plan: Plan
    values: list[Any]
    many: bool

    @property
    def idle(self) -> bool:
        """Is there nothing to do?"""
        return self.many and not self.values

    @property
    def way(self) -> Way:
        """How PostgreSQL takes it."""
        if self.plan.bare:
            return Way.COMMAND
        return Way.ROW_BY_ROW if self.many and self.plan.arrays is None else Way.PART

    @property
    def for_postgres(self) -> tuple[str, list[Any]]:
        """SQL and parameters of a `PART`; for many rows an array for each column."""
        if self.many and self.plan.arrays is not None:
            return self.plan.arrays, list(map(list, zip(*self.values, strict=True)))
        return self.plan.sql, self.values

    def rows(self, found: Sequence[Any]) -> list[Any]:
        return self.plan.rows(found)


def on_sqlite(driver: sqlite3.Connection, opening: Sequence[str], steps: Sequence[Bound]) -> list[list[Any]]:
    """In one turn of the driver's thread, behind the commands in `opening`; the rows that each gives."""
    for sql in opening:
        driver.execute(sql).close()
    return [_one_on_sqlite(driver, step) for step in steps]


def _one_on_sqlite(driver: sqlite3.Connection, step: Bound) -> list[Any]:
    if step.many:
        driver.executemany(step.plan.sql, step.values).close()
        return []
    return driver.execute(step.plan.sql, step.values).fetchall()


async def on_postgres(driver: Any, steps: Sequence[Bound]) -> list[list[Any]]:
    """In as few round trips of asyncpg's connection as there can be; the rows that each gives."""
    found: list[list[Any]] = []
    for way, run in groupby(steps, key=attrgetter("way")):
        some = list(run)
        if way is not Way.PART:
            await (_commands if way is Way.COMMAND else _row_by_row)(driver, some)
            found += [[] for _ in some]
            continue
        told = [one.for_postgres for one in some]
        for part in grouped([sql for sql, _ in told], [one.many for one in some]):
            found += await _as_one(driver, told[part], changing=some[part.start].many)
    return found


async def _commands(driver: Any, steps: Sequence[Bound]) -> None:
    await driver.execute("; ".join(step.plan.sql for step in steps))


async def _row_by_row(driver: Any, steps: Sequence[Bound]) -> None:
    for step in steps:
        await driver.executemany(step.plan.sql, step.values)


async def _as_one(driver: Any, told: Sequence[tuple[str, list[Any]]], *, changing: bool) -> list[list[Any]]:
    statements = tuple(sql for sql, _ in told)
    values = [value for _, some in told for value in some]
    if changing:
        await driver.execute(all_changes(statements), *values)
        return [[] for _ in told]
    if len(told) == 1:
        return [list(await driver.fetch(statements[0], *values))]
    return list(await driver.fetchrow(all_rows(statements), *values))
