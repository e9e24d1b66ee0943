"""Statements of a transaction on PostgreSQL, as few as they can be.

Each is a round trip, which costs more than what a small one does.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

_PLACE: Final = re.compile(r"\$(\d+)")
_CHANGED: Final = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


def grouped(statements: Sequence[str], changing: Sequence[bool]) -> Iterator[slice]:
    """Neighbours that can be one statement: such as only read, or such as change a table each.

    All parts of one statement see the rows as they were before it (https://www.postgresql.org/docs/15/queries-with.html),
    so what reads never joins what changes, nor one change another of the same table.
    """
    begin, tables = 0, set[str]()
    for at, (statement, changes) in enumerate(zip(statements, changing, strict=True)):
        table = changed(statement) if changes else ""
        if at > begin and (changes is not changing[begin] or (changes and table in tables)):
            yield slice(begin, at)
            begin, tables = at, set()
        tables.add(table)
    if statements:
        yield slice(begin, len(statements))


@lru_cache(512)
def changed(statement: str) -> str:
    """The table that the statement changes."""
    found = _CHANGED.match(statement)
    if found is None:
        raise ValueError("This statement changes no table.")
    return found[1]


@lru_cache(256)
def all_changes(statements: tuple[str, ...]) -> str:
    """One statement that does what these do; its parameters are those of the first, then of the second, …

    PostgreSQL promises no order among its parts, so none may need what another has done. Foreign keys are looked at
    when all are done.
    """
    if len(statements) == 1:
        return statements[0]
    parts = (f"part_{at} AS ({sql})" for at, sql in enumerate(_renumbered(statements)))
    return f"WITH {', '.join(parts)} SELECT 1"


@lru_cache(256)
def all_rows(statements: tuple[str, ...]) -> str:
    """One select that gives a single row: for each of these an array of the rows that it would give."""
    parts = (f"ARRAY(SELECT part_{at} FROM ({sql}) AS part_{at})" for at, sql in enumerate(_renumbered(statements)))  # noqa: S608  # our own SQL
    return f"SELECT {', '.join(parts)}"


def _renumbered(statements: Sequence[str]) -> Iterator[str]:
    before = 0
    for sql in statements:
        ours = before
        yield _PLACE.sub(lambda place: f"${int(place[1]) + ours}", sql)  # noqa: B023  # it is called at once
        before += max((int(number) for number in _PLACE.findall(sql)), default=0)
