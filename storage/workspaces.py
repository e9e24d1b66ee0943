"""Businesses in the database."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.workspace import Workspace
from storage.direct import Query, Step
from storage.keys import Keyring
from storage.sql import insert, one_of, table
from storage.tables import WorkspaceRow

_WORKSPACE = table(WorkspaceRow)
_NAMED = Query(lambda connection: select(_WORKSPACE).where(one_of(connection, _WORKSPACE.c.name, "names")))


class WorkspaceRows:
    """Keeps `bot.ports.Workspaces`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def get(self, name: str, *, lock: bool = False) -> Workspace | None:
        if lock:
            chosen = select(_WORKSPACE).where(_WORKSPACE.c.name == name).with_for_update()
            found: Sequence[Any] = (await self._connection.execute(chosen)).all()
        else:
            found = await _NAMED(self._connection, names=[name])
        return next(iter(self.those_in(found).values()), None)

    @staticmethod
    def step(names: Collection[str]) -> Step:
        """Asks for those of these names; `those_in` reads the answer."""
        return _NAMED.step(names=list(names))

    @staticmethod
    def those_in(rows: Sequence[Any]) -> Mapping[str, Workspace]:
        return {row.name: _workspace(row) for row in rows}

    async def all(self) -> Sequence[Workspace]:
        """By name."""
        found = await self._connection.execute(select(_WORKSPACE).order_by(_WORKSPACE.c.name))
        return [_workspace(row) for row in found]

    async def add(self, workspace: Workspace) -> None:
        values = {"name": workspace.name, "created_at": workspace.created_at, **_changeable(workspace)}
        await self._connection.execute(insert(self._connection, _WORKSPACE).values(values).on_conflict_do_nothing())

    async def change(self, workspace: Workspace) -> None:
        """Stores everything but name and time of creation, which stay."""
        chosen = update(_WORKSPACE).where(_WORKSPACE.c.name == workspace.name)
        await self._connection.execute(chosen.values(_changeable(workspace)))


def _changeable(workspace: Workspace) -> dict[str, Any]:
    return {
        "settings": dict(workspace.settings),
        "sample": workspace.sample,
        "claimed_at": workspace.claimed_at,
    }


def _workspace(row: Row[Any]) -> Workspace:
    return Workspace(row.name, row.created_at, sample=row.sample, claimed_at=row.claimed_at, settings=row.settings)
