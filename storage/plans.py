"""What a statement is for the driver: its SQL, and how values go in and rows come out."""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import starmap
from operator import itemgetter
from typing import Any, Final, cast

from sqlalchemy import Date, Dialect, Executable, Insert, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import UTCDateTime

from storage.types import SEALED

_Converter = Callable[[Any], Any]
_Converters = tuple[tuple[int, _Converter], ...]
_NOTHING: Final = object()
_PLACE: Final = re.compile(r"\$(\d+)::([A-Z]+(?: WITH(?:OUT)? TIME ZONE)?)")
# Of statements as SQLAlchemy writes them, with one row and without queries within.
_FORMS: Final = (
    (re.compile(r"^(INSERT INTO .*?) VALUES \((.*?)\)(?= ON CONFLICT |$)", re.DOTALL), r"\1 SELECT \2 FROM SOURCE"),
    (re.compile(r"^(UPDATE \w+ SET .*?) WHERE ", re.DOTALL), r"\1 FROM SOURCE WHERE "),
    (re.compile(r"^(DELETE FROM \w+) WHERE ", re.DOTALL), r"\1 USING SOURCE WHERE "),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL for one dialect. `fixed` are the values of the statement itself, such as a limit.

    `arrays` is the same for many rows at once, given as an array for each parameter (PostgreSQL).
    """

    sql: str
    take: Callable[[Mapping[str, Any]], Sequence[Any]]
    fixed: Mapping[str, Any]
    binders: _Converters
    sealers: _Converters
    shape: Callable[..., Any]
    readers: _Converters
    bare: bool = False
    arrays: str | None = None

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """What the driver is given, in the order of the statement's parameters."""
        return self.bound_all([values])[0]

    def bound_all(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """As `bound` for each; a column at a time, which takes less."""
        take, fixed = self.take, self.fixed
        taken = [list(take({**fixed, **row} if fixed else row)) for row in rows]
        for place, convert in self.binders:
            given: Any = _NOTHING
            for row in taken:
                # Rows of a batch mostly have the same moment, or none.
                if row[place] is not given:
                    given = row[place]
                    told = convert(given)
                row[place] = told
        for place, seal in self.sealers:
            for row in taken:
                if (value := row[place]) is not None:
                    row[place] = seal(value)  # each by itself: what is equal must not look equal
        return taken

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """What the driver gave; where nothing was stored, nothing is read."""
        taken = [list(row) for row in found]
        for place, convert in self.readers:
            for row in taken:
                if (value := row[place]) is not None:
                    row[place] = convert(value)
        return list(starmap(self.shape, taken))


@lru_cache(16)
def bare(sql: str) -> Plan:
    """For what has neither values nor rows."""
    return Plan(sql, lambda _: [], {}, (), (), tuple, (), bare=True)


def compiled(
    statement: Executable, dialect: Dialect, *, columns: list[str] | None = None, selected: Select[Any] | None = None
) -> Plan:
    """The statement for this dialect, whose types seal and convert; `columns` are those that an insert gives."""
    if isinstance(statement, Insert):
        statement = statement.inline()  # no RETURNING that nobody reads
    found = cast(SQLCompiler, statement.compile(dialect=dialect, column_keys=columns))  # type: ignore[attr-defined]
    names = tuple(found.positiontup or ())
    chosen = list(selected.selected_columns) if selected is not None else []
    sql = str(found)
    return Plan(
        sql=sql,
        take=_taking(names),
        fixed={name: value for name, value in found.params.items() if not found.binds[name].required},
        binders=_converters(_binder(found.binds[name].type, dialect) for name in names),
        sealers=_converters(_sealer(found.binds[name].type, dialect) for name in names),
        shape=namedtuple("Row", [str(column.key) for column in chosen]),  # the columns are known only here
        readers=_converters(_reader(column.type, dialect) for column in chosen),
        arrays=for_arrays(sql) if selected is None and dialect.name == "postgresql" else None,
    )


def for_arrays(sql: str) -> str | None:
    """A statement for one row as one for many (PostgreSQL): each `$n::TYPE` becomes a column of `unnest($n::TYPE[])`.

    One statement for a batch is a third of the work of one for each row. None for a statement of another form.
    """
    kinds = {int(number): kind for number, kind in _PLACE.findall(sql)}
    if not kinds or sorted(kinds) != list(range(1, len(kinds) + 1)) or _PLACE.sub("", sql).count("$"):
        return None
    given = ", ".join(f"${number}::{kinds[number]}[]" for number in sorted(kinds))
    source = f"unnest({given}) AS given({', '.join(f'v{number}' for number in sorted(kinds))})"
    named = _PLACE.sub(r"given.v\1", sql)
    for form, many in _FORMS:
        found, changed = form.subn(many.replace("SOURCE", source), named, count=1)
        if changed:
            return found
    return None


def _taking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """The values of these names, in this order."""
    return itemgetter(*names) if len(names) > 1 else lambda values: [values[name] for name in names]


def _converters(found: Any) -> _Converters:
    return tuple((place, convert) for place, convert in enumerate(found) if convert is not None)


def _sealer(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    return kind.sealer(dialect) if isinstance(kind, SEALED) else None


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, SEALED):
        return None
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _moment_text
    if isinstance(kind, Date) and dialect.name == "sqlite":
        return _day_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    if isinstance(kind, SEALED):
        return kind.opener(dialect)
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


def _moment_of(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")
