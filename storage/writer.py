"""Write transactions, on SQLite and PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import aiosqlite
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.direct import command, hold, let_go, opened_of
from storage.engine import PATIENCE
from storage.sql import is_postgres

NOTHING: Final = "SELECT 1"


class Writer:
    """Write transactions one after the other, never two at once, on a connection that is kept between them.

    Taking one from the pool and giving it back takes a turn of SQLite's thread, or a round trip to PostgreSQL. After an
    error it is given back, and the next transaction takes another. PostgreSQL may have been started anew since the last
    one: where a kept connection cannot begin, another is taken at once.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: AsyncConnection | None = None

    @asynccontextmanager
    async def transaction(self, first: str = NOTHING) -> AsyncGenerator[AsyncConnection]:
        """A transaction in which `storage.direct.later` puts off; committed at the end.

        On PostgreSQL it begins at once, with the statement `first`: nothing that is put off may come before it begins.

        On SQLite it begins with its first statement, as soon as another process has committed its own. SQLAlchemy
        takes part only where one of its own statements runs: by itself it would take turns of the driver's thread for
        nothing.
        """
        connection = await self._begun(first)
        try:
            yield connection
            await _commit(connection)
        except BaseException:
            let_go(connection)
            try:
                await _roll_back(connection)
            finally:
                await self.aclose()
            raise
        let_go(connection)

    async def aclose(self) -> None:
        """Gives the connection back. A transaction after that takes another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.close()

    async def _begun(self, first: str) -> AsyncConnection:
        was_kept = self._kept is not None
        while True:
            self._kept = connection = self._kept or await self._engine.connect()
            try:
                await _begin(connection, first)
            except BaseException as error:
                await self.aclose()
                if not was_kept or not isinstance(error, Exception):
                    raise
                was_kept = False
            else:
                return connection


async def prove(connection: AsyncConnection) -> None:
    """Does what only a database that can be written lets one do, and changes nothing.

    On SQLite the lock that its transaction holds is enough; a standby of PostgreSQL gives no number.
    """
    if is_postgres(connection):
        await connection.execute(select(func.pg_current_xact_id()))


async def _begin(connection: AsyncConnection, first: str) -> None:
    if is_postgres(connection):
        await connection.exec_driver_sql(first)
        hold(connection)
        return
    known = opened_of(connection).info
    impatient, known[PATIENCE] = known.get(PATIENCE) == 0, 0
    hold(connection, *([] if impatient else ["PRAGMA busy_timeout = 0"]), "BEGIN IMMEDIATE")


async def _commit(connection: AsyncConnection) -> None:
    await command(connection, *([] if is_postgres(connection) else ["COMMIT"]))
    if connection.in_transaction():  # on SQLite there is nothing left to do
        await connection.commit()


async def _roll_back(connection: AsyncConnection) -> None:
    if connection.in_transaction():
        await connection.rollback()
    opened = opened_of(connection)
    if is_postgres(connection) or opened.invalidated:
        return  # a connection that was given up has no driver to ask, and SQLAlchemy would look for another
    opened.info[PATIENCE] = None  # nobody knows whether the PRAGMA has been run, so whoever begins next runs one
    driver = opened.connection.driver_connection
    if isinstance(driver, aiosqlite.Connection) and driver.in_transaction:
        await driver.rollback()
