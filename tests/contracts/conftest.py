"""Databases for the contract tests; a file whose tests need another one has an `engine` of its own."""

from collections.abc import AsyncGenerator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.keys import Keyring
from tests.contracts.engines import with_notes, without_tables
from tests.contracts.prepared import prepared


@pytest_asyncio.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    """With one business, its customers and the built-in surveys, on SQLite and on PostgreSQL."""
    async with prepared(database_url, keyring) as found:
        yield found


@pytest_asyncio.fixture
async def connection(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    async with engine.begin() as found:
        yield found


@pytest_asyncio.fixture
async def sqlite(sqlite_url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    """With the table of notes alone."""
    async with with_notes(sqlite_url, keyring) as found:
        yield found


@pytest_asyncio.fixture
async def postgresql(postgres_url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    """With no table at all."""
    async with without_tables(postgres_url, keyring) as found:
        yield found
