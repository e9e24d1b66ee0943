"""Customers, their addresses and first contacts keep what `bot.ports` promises, on both databases."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreUnavailable
from bot.values import replace
from bot.workspace import Customer, FirstContact
from storage.customers import CustomerRows
from storage.failures import translated
from storage.keys import Keyring
from storage.members import MemberRows
from tests.builders import at
from tests.contracts.people import ANNA, HOME, OWNER, PHONE, count
from tests.contracts.prepared import prepared


async def test_a_customer_is_found_by_each_address(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    assert await customers.at("default", HOME) is None
    assert await customers.add(ANNA, HOME) == ANNA
    assert await customers.add(ANNA, PHONE) == ANNA
    assert await customers.at("default", HOME) == await customers.at("default", PHONE, lock=True) == ANNA
    assert await customers.at("other", HOME) is None
    assert await customers.at("default", replace(HOME, user="visitor-2")) is None
    assert await customers.addresses(ANNA.id) == [HOME, PHONE]
    changed = replace(ANNA, name=None, locale="sv", opted_out_at=at(3), consented_at=at(2))
    await customers.change(changed)
    assert await customers.get(ANNA.id) == changed
    assert await customers.get("nobody") is None
    assert set(await customers.many([ANNA.id, "customer-1", "nobody"])) == {ANNA.id, "customer-1"}
    assert await customers.many([]) == {}


async def test_whoever_was_there_before_stays_the_customer(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    await customers.add(ANNA, HOME)
    before = await count(connection, "customer")
    assert await customers.add(replace(ANNA, id="customer-8", name="Ben"), HOME) == ANNA
    assert await count(connection, "customer") == before
    assert await customers.get("customer-8") is None


async def test_two_that_meet_a_new_person_at_once_agree_who_it_is(engine: AsyncEngine, keyring: Keyring) -> None:
    async def add(number: int) -> Customer:
        async with engine.begin() as connection:
            return await CustomerRows(connection, keyring).add(replace(ANNA, id=f"new-{number}"), HOME)

    found = await asyncio.gather(add(1), add(2), add(3))
    assert len({customer.id for customer in found}) == 1
    async with engine.connect() as connection:
        assert await count(connection, "customer") == 3  # the two of `prepared`, and this one


@pytest.mark.postgres
async def test_a_locked_customer_makes_the_next_decision_wait(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        async with engine.begin() as connection:
            await CustomerRows(connection, keyring).add(ANNA, HOME)
        async with engine.begin() as first, engine.connect() as second:
            await CustomerRows(first, keyring).at("default", HOME, lock=True)
            await second.execute(text("SET lock_timeout = 50"))
            assert await CustomerRows(second, keyring).at("default", HOME) == ANNA
            with pytest.raises(StoreUnavailable), translated():
                await CustomerRows(second, keyring).at("default", HOME, lock=True)


async def test_the_first_contact_is_noted_once_at_each_address(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    await customers.add(ANNA, HOME)
    await customers.add(ANNA, PHONE)
    assert await customers.first_contact("default", HOME) is None
    await customers.note_first_contacts([("default", HOME)], at(0))  # nothing was on its way there
    await customers.prepare_first_contact("default", HOME, "Taken back unread.")
    await customers.prepare_first_contact("default", HOME, "Acme asks.")
    assert await customers.first_contact("default", HOME) is None
    await customers.note_first_contacts([("default", HOME), ("default", PHONE), ("default", HOME)], at(1))
    await customers.prepare_first_contact("default", HOME, "Again.")
    await customers.note_first_contacts([("default", HOME)], at(9))
    await customers.note_first_contacts([], at(9))
    assert await customers.first_contact("default", HOME) == FirstContact(at(1), "Acme asks.")
    assert await customers.first_contact("default", PHONE) is None


async def test_names_and_addresses_are_sealed(connection: AsyncConnection, keyring: Keyring) -> None:
    await CustomerRows(connection, keyring).add(replace(ANNA, name="Anna Virtanen"), PHONE)
    await MemberRows(connection, keyring).add(replace(OWNER, name="Olga Owner"))
    for name in ("customer", "customer_address", "member"):
        rows = (await connection.execute(text(f"SELECT * FROM {name}"))).all()  # noqa: S608  # names of our own
        stored = b" ".join(
            str(value).encode() if not isinstance(value, bytes) else value for row in rows for value in row
        )
        for secret in (b"Virtanen", b"Olga", b"bot-1", HOME.place.encode()):
            assert secret not in stored
