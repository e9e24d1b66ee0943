"""Engines on a database with one small table of notes, for the tests of engines, changes and errors."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import BigInteger, Column, MetaData, String, Table, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.changes import notify
from storage.engine import make_engine, reading
from storage.keys import Keyring
from storage.types import SealedKey

METADATA = MetaData()
NOTES = Table(
    "notes",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("word", String),
    Column("agent", SealedKey()),
    UniqueConstraint("word"),
)


@asynccontextmanager
async def with_notes(url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    async with without_tables(url, keyring) as engine:
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        yield engine


@asynccontextmanager
async def without_tables(url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    engine = make_engine(url, keyring)
    try:
        yield engine
    finally:
        await engine.dispose()


async def write(engine: AsyncEngine, number: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(NOTES.insert(), {"id": number, "word": f"word {number}"})
        await notify(connection)


async def ask(engine: AsyncEngine, question: str) -> object:
    async with reading(engine).connect() as connection:
        return (await connection.exec_driver_sql(question)).scalar()
