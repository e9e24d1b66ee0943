"""Web chat messages: newest revisions, streams that miss nothing, on both databases."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.ports import StoredMessage
from bot.prompts import Prompt, PromptKind
from bot.values import replace
from storage.digests import place_digest
from storage.keys import Keyring
from storage.messages import MessageRows
from tests.builders import NOON, at, make_address
from tests.contracts.prepared import add_workspace, invited, prepared, save

P, Q = make_address(conversation="p"), make_address(conversation="q")


def saying(name: str, title: str = "") -> StoredMessage:
    return StoredMessage(0, name, NOON, Prompt(PromptKind.INFO, "en", title=title or name))


async def put(engine: AsyncEngine, keyring: Keyring, address: Address, *messages: StoredMessage) -> list[int]:
    async with engine.begin() as connection:
        rows = MessageRows(connection, keyring)
        return [await rows.put("default", address, message, None) for message in messages]


async def reading(engine: AsyncEngine, keyring: Keyring, seq: int) -> tuple[int, set[str]]:
    async with engine.connect() as connection:
        highest, places = await MessageRows(connection, keyring).changed_places(seq)
        return highest, set(places)


async def test_a_revision_takes_a_new_seq_and_keeps_its_place(engine: AsyncEngine, keyring: Keyring) -> None:
    first, second, third = await put(engine, keyring, P, saying("a"), saying("b"), saying("c"))
    assert first < second < third
    async with engine.begin() as connection:
        messages = MessageRows(connection, keyring)
        again = await messages.put("default", P, replace(saying("a", "A"), at=at(3)), None)
        assert again > third
        newest = await messages.newest("default", P, 9)
        assert [(one.id, one.seq, one.first_seq) for one in newest] == [
            ("a", again, first), ("b", second, second), ("c", third, third)]  # fmt: skip
        assert newest[0] == replace(saying("a", "A"), at=at(3), seq=again, first_seq=first)
        assert [one.id for one in await messages.newest("default", P, 2)] == ["b", "c"]
        assert [one.id for one in await messages.after("default", P, second)] == ["c", "a"]
        assert await messages.after("default", P, again) == []


async def test_places_and_workspaces_are_apart(engine: AsyncEngine, keyring: Keyring) -> None:
    await put(engine, keyring, P, saying("a", "mine"))
    await put(engine, keyring, Q, saying("a", "theirs"))
    async with engine.begin() as connection:
        await add_workspace(connection, "other")
        messages = MessageRows(connection, keyring)
        await messages.put("other", P, saying("a", "elsewhere"), None)
        assert [one.prompt.title for one in await messages.newest("default", P, 9)] == ["mine"]
        assert [one.prompt.title for one in await messages.after("other", P, 0)] == ["elsewhere"]


async def test_a_seq_is_never_used_again(engine: AsyncEngine, keyring: Keyring) -> None:
    [first] = await put(engine, keyring, P, saying("a"))
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM message"))
    [second] = await put(engine, keyring, P, saying("b"))
    assert second > first


async def test_a_message_goes_with_its_invitation(engine: AsyncEngine, keyring: Keyring) -> None:
    invitation = invited(1)
    await save(engine, keyring, invitation)
    async with engine.begin() as connection:
        messages = MessageRows(connection, keyring)
        await messages.put("default", P, saying("a"), invitation.id)
        await connection.execute(text("DELETE FROM invitation"))
        assert await messages.newest("default", P, 9) == []


async def test_changed_places_are_those_after_a_seq(engine: AsyncEngine, keyring: Keyring) -> None:
    assert await reading(engine, keyring, 0) == (0, set())
    [first] = await put(engine, keyring, P, saying("a"))
    await put(engine, keyring, Q, saying("b"))
    [last] = await put(engine, keyring, P, saying("a"))
    async with asyncio.timeout(5):
        while (found := await reading(engine, keyring, first))[0] < last:
            pass  # another database of the same server may have a transaction running for a moment
    assert found == (last, {place_digest(keyring, P), place_digest(keyring, Q)})
    assert await reading(engine, keyring, last) == (last, set())


@pytest.mark.postgres
async def test_a_number_that_is_committed_late_is_not_missed(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        async with engine.begin() as slow:
            low = await MessageRows(slow, keyring).put("default", P, saying("a"), None)
            [high] = await put(engine, keyring, Q, saying("b"))
            assert low < high
            seen, places = await reading(engine, keyring, 0)
            assert places == {place_digest(keyring, Q)}
        _, places = await reading(engine, keyring, seen)
        assert place_digest(keyring, P) in places


async def test_what_is_shown_is_sealed(engine: AsyncEngine, keyring: Keyring) -> None:
    await put(engine, keyring, P, saying("a", "a secret sentence"))
    async with engine.connect() as connection:
        assert "secret" not in repr((await connection.execute(text("SELECT * FROM message"))).all())


async def test_the_newest_seq_is_where_changes_begin(engine: AsyncEngine, keyring: Keyring) -> None:
    async def newest() -> int:
        async with engine.connect() as connection:
            return await MessageRows(connection, keyring).newest_seq()

    assert await newest() == 0
    *_, last = await put(engine, keyring, P, saying("a"), saying("b"))
    async with asyncio.timeout(5):
        while await newest() < last:
            pass  # another database of the same server may have a transaction running for a moment
    assert await newest() == last
