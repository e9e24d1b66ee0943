"""A running application for the tests of the HTTP side."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from storage.keys import Keyring
from tests.flows.api_server import Api, make_tables, running


@pytest_asyncio.fixture
async def api(sqlite_url: str, keyring: Keyring) -> AsyncGenerator[Api]:
    await make_tables(sqlite_url, keyring)
    async with running(sqlite_url, keyring) as found:
        yield found


@pytest_asyncio.fixture
async def both(database_url: str, keyring: Keyring) -> AsyncGenerator[Api]:
    """The same on SQLite and on PostgreSQL."""
    await make_tables(database_url, keyring)
    async with running(database_url, keyring) as found:
        yield found
