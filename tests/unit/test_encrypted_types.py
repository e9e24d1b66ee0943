"""Sealed columns on SQLite: what the file holds, what a wrong key sees, what can be grouped."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import UTCDateTime

from bot.errors import BadSettings, WrongKey
from storage.engine import make_engine
from storage.failures import translated
from storage.keys import Keyring
from storage.types import SealedJson, SealedKey, SealedText

METADATA = MetaData()
ANSWERS = Table(
    "answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("comment", SealedText("answers.comment")),
    Column("payload", SealedJson("answers.payload")),
    Column("agent", SealedKey()),
    Column("at", UTCDateTime()),
)
OTHER = Keyring(bytes(32))


@pytest.fixture
async def engine(sqlite_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(sqlite_url, keyring)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def other_engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    """The same database opened with another key."""
    engine = make_engine(sqlite_url, OTHER)
    yield engine
    await engine.dispose()


async def insert(engine: AsyncEngine, *rows: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        await connection.execute(ANSWERS.insert(), list(rows))


async def read(engine: AsyncEngine, column: str) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(ANSWERS.c[column]).order_by(ANSWERS.c.id))).scalars())


def stored_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("pulssi.db*"))


@pytest.mark.parametrize("text", ["The delivery was late", "", "Kiitos 🙏 \x00", "half \ud83d emoji"])
async def test_text_comes_back_as_it_went_in(engine: AsyncEngine, text: str) -> None:
    await insert(engine, {"comment": text}, {"comment": None})
    assert await read(engine, "comment") == [text, None]


@pytest.mark.parametrize("value", [{"text": "late", "n": [1, 2.5, None]}, [], "words", 0, False])
async def test_json_comes_back_as_it_went_in(engine: AsyncEngine, value: object) -> None:
    await insert(engine, {"payload": value}, {"payload": None})
    assert await read(engine, "payload") == [value, None]


async def test_the_file_holds_no_plaintext(engine: AsyncEngine, tmp_path: Path) -> None:
    await insert(
        engine, {"comment": "plaintext-comment", "payload": {"k": "plaintext-json"}, "agent": "plaintext-name"}
    )
    await engine.dispose()
    stored = stored_in(tmp_path)
    assert b"CREATE TABLE answers" in stored
    assert b"plaintext" not in stored


async def test_the_wrong_key_is_refused(engine: AsyncEngine, other_engine: AsyncEngine) -> None:
    await insert(engine, {"comment": "late", "payload": [1], "agent": "anna"})
    for column in ("comment", "payload", "agent"):
        with pytest.raises(WrongKey):
            await read(other_engine, column)


async def test_a_value_moved_to_another_column_is_refused(engine: AsyncEngine, tmp_path: Path) -> None:
    await insert(engine, {"comment": "late"})
    with sqlite3.connect(tmp_path / "pulssi.db") as raw:
        raw.execute("UPDATE answers SET payload = comment")
    raw.close()
    with pytest.raises(WrongKey, match=r"answers\.payload"):
        await read(engine, "payload")


async def test_two_keyrings_work_side_by_side(engine: AsyncEngine, other_engine: AsyncEngine) -> None:
    await insert(engine, {"comment": "first"})
    async with other_engine.begin() as connection:
        await connection.execute(ANSWERS.delete())
    await insert(other_engine, {"comment": "second", "agent": "anna"})
    assert await read(other_engine, "comment") == ["second"]
    with pytest.raises(WrongKey):
        await read(engine, "comment")
    async with engine.begin() as connection:
        await connection.execute(ANSWERS.delete())
    await insert(engine, {"comment": "third"})
    assert await read(engine, "comment") == ["third"]


async def test_equal_names_group_and_are_found(engine: AsyncEngine) -> None:
    await insert(engine, {"agent": "anna"}, {"agent": "ben"}, {"agent": "anna"}, {"agent": None})
    agent = ANSWERS.c.agent
    async with engine.connect() as connection:
        groups = await connection.execute(select(agent, func.count()).where(agent.is_not(None)).group_by(agent))
        assert {tuple(row) for row in groups} == {("anna", 2), ("ben", 1)}
        found = await connection.execute(select(ANSWERS.c.id).where(agent == "anna").order_by(ANSWERS.c.id))
        assert list(found.scalars()) == [1, 3]


async def test_an_engine_without_keyring_says_how_to_get_one(engine: AsyncEngine, sqlite_url: str) -> None:
    await insert(engine, {"comment": "late"})
    bare = create_async_engine(sqlite_url)
    try:
        with pytest.raises(BadSettings, match="make_engine"):
            await read(bare, "comment")
        with pytest.raises(StatementError, match="make_engine"):
            await insert(bare, {"comment": "late"})
        with pytest.raises(BadSettings, match="make_engine"), translated():
            await insert(bare, {"comment": "late"})
    finally:
        await bare.dispose()


@pytest.mark.parametrize("kind", [SealedText, SealedJson])
def test_a_type_shows_its_context(kind: type[SealedText] | type[SealedJson]) -> None:
    assert repr(kind("a.b")) == f"{kind.__name__}('a.b')"


async def test_times_are_aware_and_utc(engine: AsyncEngine) -> None:
    helsinki = datetime(2025, 3, 30, 12, 30, tzinfo=timezone(timedelta(hours=3)))
    await insert(engine, {"at": helsinki})
    (stored,) = await read(engine, "at")
    assert stored == helsinki
    assert stored.tzinfo is UTC
    with pytest.raises(StatementError, match="timezone"):
        await insert(engine, {"at": helsinki.replace(tzinfo=None)})
