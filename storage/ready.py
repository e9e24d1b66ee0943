"""Rows that are sealed, hashed and counted ahead, so that their transaction holds the database up for the least."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Ready
from storage.direct import Step, bound, together
from storage.turns import Bound


@dataclass(frozen=True, slots=True)
class ReadyRows:
    """Keeps `bot.ports.Ready`: inserts as the driver takes them, for any connection of the same engine."""

    inserts: tuple[Bound, ...]

    @classmethod
    def of(cls, connection: AsyncConnection, steps: Iterable[Step]) -> "ReadyRows":
        return cls(tuple(bound(connection, step) for step in steps if not step.idle))

    @property
    def rows(self) -> int:
        return sum(len(insert.values) for insert in self.inserts)


async def put(connection: AsyncConnection, *ready: Ready) -> None:
    """In one turn of the driver. Errors are those of the driver."""
    await together(connection, *(insert for one in ready for insert in cast(ReadyRows, one).inserts))
