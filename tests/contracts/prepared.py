"""A database with its tables, one business, its customers and the built-in surveys, for the contract tests."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.invitation import Invitation
from bot.ports import Saved
from bot.surveys import BUILT_IN
from bot.values import replace
from bot.workspace import Customer
from storage.engine import make_engine
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.mapping import customer_values
from storage.sql import table
from storage.surveys import SurveyRows
from storage.tables import TABLES, CustomerRow, WorkspaceRow
from tests.builders import NOON, make_invitation

SURVEY_IDS = {survey.slug: number for number, survey in enumerate(BUILT_IN, 1)}


@asynccontextmanager
async def prepared(url: str, keyring: Keyring) -> AsyncGenerator[AsyncEngine]:
    """An engine on an empty business `default` with `customer-1` and `customer-2`."""
    engine = make_engine(url, keyring)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(TABLES.create_all)
            await add_workspace(connection, "default")
            await add_customers(connection, ["customer-1", "customer-2"])
            for survey in BUILT_IN:
                stored = await SurveyRows(connection, keyring).add("default", survey, NOON)
                assert stored.id == SURVEY_IDS[survey.slug]
        yield engine
    finally:
        await engine.dispose()


async def add_workspace(connection: AsyncConnection, name: str) -> None:
    business = {"name": name, "settings": {}, "sample": False, "created_at": NOON, "claimed_at": None}
    await connection.execute(table(WorkspaceRow).insert(), business)


async def add_customers(connection: AsyncConnection, ids: Collection[str]) -> None:
    people = [customer_values(Customer(one, "default", NOON, name=f"Name of {one}")) for one in ids]
    await connection.execute(table(CustomerRow).insert(), people)


def invited(number: int, survey: str = "csat", **changes: Any) -> Invitation:
    """An invitation of its own id and without a customer, so that nothing is in its way."""
    plain = make_invitation(survey, **{"customer": None, **changes})
    return replace(plain, id=f"i-{number:04}", survey_id=SURVEY_IDS[survey])


async def save(engine: AsyncEngine, keyring: Keyring, *saved: Saved | Invitation) -> None:
    """In a transaction of its own; a bare invitation is a new one."""
    changes = [one if isinstance(one, Saved) else Saved(None, one) for one in saved]
    async with engine.begin() as connection:
        await InvitationRows(connection, keyring).save(changes)


async def load(engine: AsyncEngine, keyring: Keyring, *ids: str) -> list[Invitation]:
    """In the order of the ids; all of them must exist."""
    async with engine.connect() as connection:
        found = await InvitationRows(connection, keyring).load(ids)
    return [found[one] for one in ids]
