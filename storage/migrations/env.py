"""What Alembic runs: the migrations, on the connection and in the transaction that `storage.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString, UTCDateTime

from storage.tables import TABLES
from storage.types import SealedJson, SealedKey, SealedText


def render_item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Types by short names; sealed ones as what the database sees: a migration must run when ours have moved on."""
    if kind != "type":
        return False
    match item:
        case SealedText() | SealedJson():
            return "sa.LargeBinary()"
        case SealedKey():
            return "sa.String()"
        case AutoString() | UTCDateTime():
            return f"sqlmodel.{item!r}"
        case _:
            return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=TABLES,
    render_item=render_item,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by making it anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
