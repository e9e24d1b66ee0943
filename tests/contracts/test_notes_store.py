"""The owners' dated notes keep what `bot.ports.Notes` promises, on both databases."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import StoredNote
from storage.notes import NoteRows
from tests.builders import at
from tests.contracts.prepared import add_workspace

DAY = date(2026, 11, 12)


def made(number: int, day: date, workspace: str = "default") -> StoredNote:
    return StoredNote(f"n{number}", workspace, day, f"Note {number} åäö", at(number))


async def test_notes_come_by_day_and_then_as_they_were_written(connection: AsyncConnection) -> None:
    notes = NoteRows(connection)
    later, second, first = made(1, DAY + timedelta(days=1)), made(3, DAY), made(2, DAY)
    for one in (later, second, first):
        await notes.add(one)
    assert await notes.between("default", DAY, DAY + timedelta(days=1)) == [first, second, later]
    assert await notes.between("default", DAY, DAY) == [first, second]
    assert await notes.newest("default", 2) == [later, second]
    assert await notes.newest("default", 2, 2) == [first]
    assert await notes.count("default", DAY, DAY) == 2


async def test_a_note_is_its_workspaces_alone(connection: AsyncConnection) -> None:
    await add_workspace(connection, "other")
    notes, mine = NoteRows(connection), made(1, DAY)
    await notes.add(mine)
    assert await notes.between("other", DAY, DAY) == []
    assert await notes.newest("other", 9) == []
    assert await notes.get("other", mine.id) is None
    assert not await notes.remove("other", mine.id)
    assert await notes.get("default", mine.id) == mine


async def test_a_note_is_removed_once(connection: AsyncConnection) -> None:
    notes, mine = NoteRows(connection), made(1, DAY)
    await notes.add(mine)
    assert await notes.remove("default", mine.id)
    assert not await notes.remove("default", mine.id)
    assert await notes.get("default", mine.id) is None


async def test_the_words_are_sealed(connection: AsyncConnection) -> None:
    await NoteRows(connection).add(made(1, DAY))
    [row] = await connection.execute(text("SELECT text FROM note"))
    assert b"Note" not in bytes(row.text)
