"""What all tables share."""

from sqlalchemy import BigInteger, CheckConstraint, Integer, text
from sqlmodel import SQLModel

# SQLite counts up by itself only on INTEGER PRIMARY KEY; PostgreSQL gets 64 bits.
BigId = BigInteger().with_variant(Integer(), "sqlite")
ROLES = ("owner", "staff")
MOVED = text("changed_at > first_at")  # most answers are given once, and cost this index nothing

# Names for every constraint: a migration can only change what it can name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def one_of_these(column: str, values: tuple[str, ...] | list[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
