"""What is made ready ahead of its transaction is stored as if it had been saved in it, on both databases."""

import sqlite3

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.errors import Conflict
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved
from bot.steps import ScoreKept
from bot.values import replace
from bot.workspace import Customer
from storage.customers import CustomerRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from tests.builders import NOON
from tests.contracts.prepared import invited, load, save

COUNTERS = text(
    "SELECT survey_id, day, dimension, key, measure, sum(n) FROM rollup_delta "
    "GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)


def answered(number: int, key: str | None = None) -> Saved:
    """Anna's answer of 4 with words, as an import has it."""
    answer = Answer(4, (Part("ääkköset 🙂", NOON),), commented=True, first_at=NOON, day=NOON.date(), changed_at=NOON)
    about = Interaction(agent="Änne", team="support", tags=("vat",), attributes={"Plan": "gold"})
    new = replace(invited(number), state=State.CLOSED, origin=Origin.IMPORTED, interaction=about, answer=answer)
    return Saved(None, new, (ScoreKept(4, NOON),), key)


async def test_put_stores_what_save_stores(engine: AsyncEngine, keyring: Keyring) -> None:
    saved, ready = [answered(1), answered(2)], [answered(3), answered(4)]
    await save(engine, keyring, *saved)
    async with engine.begin() as connection:
        counted = (await connection.execute(COUNTERS)).all()
        await connection.execute(text("DELETE FROM rollup_delta"))
    async with engine.connect() as elsewhere:
        made = InvitationRows(elsewhere, keyring).ready(ready)
        assert not elsewhere.in_transaction()
    assert made.rows == 2 + 2 + 2 + len(counted)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        await invitations.put(made)
        history = await invitations.history(["i-0003"])
        assert (await connection.execute(COUNTERS)).all() == counted
    assert history == {"i-0003": [ScoreKept(4, NOON)]}
    assert [replace(one, id="") for one in await load(engine, keyring, "i-0003", "i-0004")] == [
        replace(one, id="") for one in await load(engine, keyring, "i-0001", "i-0002")
    ]


async def test_a_taken_import_key_is_a_conflict_and_nothing_is_stored(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, answered(1, "row 1"))
    async with engine.connect() as connection:
        ready = InvitationRows(connection, keyring).ready([answered(2, "row 2"), answered(3, "row 1")])
    with pytest.raises(Conflict, match="imported already"):
        async with engine.begin() as connection:
            await InvitationRows(connection, keyring).put(ready)
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.imported(["row 1", "row 2"]) == {"row 1"}
        assert await invitations.there("default", ["i-0001", "i-0002", "i-0003"]) == {"i-0001"}
        assert await invitations.there("another", ["i-0001"]) == frozenset()
        assert await invitations.there("default", []) == frozenset()


async def test_only_what_is_new_can_be_made_ready(engine: AsyncEngine, keyring: Keyring) -> None:
    before: Invitation = invited(1)
    async with engine.connect() as connection:
        with pytest.raises(ValueError, match="new"):
            InvitationRows(connection, keyring).ready([Saved(before, replace(before, state=State.CLOSED))])


async def test_people_who_are_ready_are_known_when_they_are_put_in(engine: AsyncEngine, keyring: Keyring) -> None:
    anna, bo = (Address("import", name) for name in ("Anna", "Bo"))
    fresh = {one: Customer(f"c-{one.conversation}", "default", NOON, name=one.conversation) for one in (anna, bo)}
    statements: list[str] = []
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement)
    )
    async with engine.connect() as elsewhere:
        ready = CustomerRows(elsewhere, keyring).ready(fresh)
    assert statements == []
    async with engine.begin() as connection:
        await CustomerRows(connection, keyring).put(ready)
    async with engine.connect() as connection:
        customers = CustomerRows(connection, keyring)
        found = await customers.known("default", [anna, bo, Address("import", "Cia")])
        assert found == {anna: "c-Anna", bo: "c-Bo"}
        assert await customers.known("another", [anna]) == {}
        assert await customers.known("default", []) == {}
        assert await customers.at("default", anna) == fresh[anna]
        assert await customers.addresses("c-Bo") == [bo]
    async with engine.connect() as elsewhere:
        again = CustomerRows(elsewhere, keyring).ready({anna: replace(fresh[anna], id="c-another")})
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        async with engine.begin() as connection:
            await CustomerRows(connection, keyring).put(again)
