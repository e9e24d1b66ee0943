"""Small pieces of SQL that both databases speak, each in its own words."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, Table, any_, bindparam, func, select
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


def is_postgres(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"
