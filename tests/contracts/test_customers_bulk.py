"""Many people added at once: the same as one by one, in a handful of statements, on both databases."""

import asyncio

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.address import Address
from bot.workspace import Customer
from storage.customers import CustomerRows
from storage.keys import Keyring
from tests.builders import NOON
from tests.contracts.prepared import prepared


def people(prefix: str, *numbers: int) -> dict[Address, Customer]:
    return {
        Address("import", f"person {n}"): Customer(f"{prefix}-{n}", "default", NOON, name=f"Person {n}")
        for n in numbers
    }


async def stored(connection: AsyncConnection) -> list[str]:
    found = await connection.execute(text("SELECT id FROM customer WHERE id LIKE '_-%' ORDER BY id"))
    return [row.id for row in found]


async def test_new_people_are_added_and_known_ones_are_found(engine: AsyncEngine, keyring: Keyring) -> None:
    old, new = people("a", 1, 2), people("b", 2, 3)
    async with engine.begin() as connection:
        customers = CustomerRows(connection, keyring)
        assert await customers.add_many(old) == old
        found = await customers.add_many(new)
        assert sorted(one.id for one in found.values()) == ["a-2", "b-3"]
        assert await stored(connection) == ["a-1", "a-2", "b-3"]
        for address, customer in found.items():
            assert await customers.at("default", address) == customer
            assert await customers.addresses(customer.id) == [address]
        assert await customers.add_many({}) == {}


async def test_a_thousand_people_are_a_handful_of_statements(engine: AsyncEngine, keyring: Keyring) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    many = people("a", *range(1000))
    async with engine.begin() as connection:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        assert await CustomerRows(connection, keyring).add_many(many) == many
        assert len(statements) <= 6  # an insert that gives something back goes out by the thousand values or so
        statements.clear()
        assert await CustomerRows(connection, keyring).add_many(many) == many
        assert statements == ["SELECT"]


@pytest.mark.postgres
async def test_who_was_first_stays_and_nobody_is_left_over(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine, engine.connect() as first, engine.connect() as second:
        await CustomerRows(first, keyring).add_many(people("a", 1, 2))
        other = asyncio.create_task(CustomerRows(second, keyring).add_many(people("b", 1, 2, 3)))
        async with asyncio.timeout(10):
            while not await waiting(engine):
                pass
        await first.commit()
        found = await other
        await second.commit()
        assert sorted(one.id for one in found.values()) == ["a-1", "a-2", "b-3"]
        assert await stored(second) == ["a-1", "a-2", "b-3"]


async def waiting(engine: AsyncEngine) -> bool:
    """Does somebody in this database wait for a lock?"""
    held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with engine.connect() as connection:
        return bool(await connection.scalar(text(held)))
