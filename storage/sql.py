"""Small pieces of SQL that both databases speak, each in its own words."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, Table, any_, bindparam, func, literal_column, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel


def table(model: type[SQLModel]) -> Table:
    """The Core table of a table model; the hot path never makes ORM objects."""
    found: Any = vars(model)["__table__"]
    assert isinstance(found, Table)  # noqa: S101  # only table models are given here
    return found


def insert(connection: AsyncConnection, into: Table) -> Any:
    """An insert that knows ON CONFLICT, in the dialect of this connection."""
    return (postgresql.insert if is_postgres(connection) else sqlite.insert)(into)


def one_of(connection: AsyncConnection, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Is the column one of a list that is given as one parameter? So the statement is the same for any number.

    `name` is the parameter's; see `storage.direct`.
    """
    if is_postgres(connection):
        return column == any_(bindparam(name, type_=postgresql.ARRAY(column.type)))
    listed = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
    return column.in_(select(listed.c.value))


def each_found(
    connection: AsyncConnection, column: ColumnElement[Any], name: str, *where: ColumnElement[bool]
) -> Select[Any]:
    """Those of a list, given as with `one_of`, that the column has in a row that fulfils `where`; by its index alone.

    PostgreSQL keeps the plan that it made while the table was small, and with `one_of` that can be a walk through all
    of it. So each is asked for by itself, and as a range: of a value that is common it would expect to meet one soon
    on such a walk, and where there is none it would walk to the end.
    """
    if not is_postgres(connection):
        return select(column).where(one_of(connection, column, name), *where)
    given = func.unnest(bindparam(name, type_=postgresql.ARRAY(column.type)))
    wanted = given.table_valued("value", name="wanted").render_derived()
    alike = column >= wanted.c.value, column <= wanted.c.value
    found = select(column).where(*alike, *where).order_by(column).limit(literal_column("1")).lateral("found")
    return select(*found.c).select_from(wanted.join(found, true()))


def is_postgres(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"
