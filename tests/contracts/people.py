"""People whom the tests of the stores know, and how many rows a table has of them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.workspace import Customer, Member, Role
from storage.tables import TABLES
from tests.builders import NOON, make_address

HOME = make_address()
PHONE = Address("telegram", "77", account="bot-1", user="77")
ANNA = Customer("customer-7", "default", NOON, name="Anna", locale="fi")
OWNER = Member("m-1", "default", "Olga", Role.OWNER, NOON)


async def count(connection: AsyncConnection, name: str) -> int:
    return int(await connection.scalar(select(func.count()).select_from(TABLES.tables[name])) or 0)
