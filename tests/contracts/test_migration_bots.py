"""A database of the first program keeps all it has when 0002 adds to it, on both databases."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.invitation import Invitation
from bot.ports import Contact, Dispatch, Reach
from bot.prompts import Prompt, PromptKind
from bot.steps import HistoryEntry, ScoreKept, WordsKept
from bot.values import replace
from bot.workspace import Customer
from storage.codec import dispatch_body, plain
from storage.customers import CustomerRows
from storage.digests import address_digest, place_digest
from storage.engine import make_engine
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.mapping import (
    answer_values,
    customer_values,
    facts_values,
    history_values,
    progress_values,
    survey_values,
)
from storage.migrate import MIGRATIONS, in_transaction, prepare
from storage.outbox import OutboxRows
from storage.tables import TABLES
from tests.builders import NOON, at, make_address, make_answered, make_survey
from tests.contracts.prepared import add_workspace

# What the later ones brought: rows of the first program are written without it.
CHANNELS: Final = ("telegram", "webchat")
ADDED: Final = {
    "customer_address": {"seen_at"},
    "invitation": {"personal", "call_id", "call_key"},
    "outbox": {"account", "posting_id"},
    "survey_version": {"goal_hundredths"},
    "member_identity": set[str](),
    "draft": set[str](),
    "bot": set[str](),
    "low_case": set[str](),
    "case_notice": set[str](),
    "case_message": set[str](),
    "posting": set[str](),
    "rhythm": set[str](),
    "note": set[str](),
}
ANNA = Customer("customer-1", "default", NOON, name="Anna")
HOME = make_address()
ANSWERED = make_answered(2, ["slow"], customer=ANNA.id, survey_id=1)
HISTORY: list[HistoryEntry] = [ScoreKept(2, NOON), WordsKept("slow", at(1))]
THANKS = Prompt(PromptKind.INFO, "en", ANSWERED.id, title="Thank you")
WAITING = Dispatch(workspace="default", address=HOME, prompt=THANKS, invitation=ANSWERED.id, attempts=3)


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    """On a database that the first program made and wrote to."""
    await in_transaction(database_url, to_first)
    engine = make_engine(database_url, keyring)
    await write(engine, keyring)
    yield engine
    await engine.dispose()


def to_first(connection: Connection) -> None:
    command.upgrade(_config(connection), "0001")


def back_to_first(connection: Connection) -> None:
    command.downgrade(_config(connection), "0001")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def write(engine: AsyncEngine, keyring: Keyring) -> None:
    """A person with an answer, its history, a shown message and one that waits."""
    assert ANSWERED.answer is not None
    rows: list[tuple[str, dict[str, Any]]] = [
        ("customer", customer_values(ANNA)),
        ("survey_version", survey_values("default", make_survey(), NOON)),
        ("customer_address", address_values(keyring, HOME)),
        ("invitation", invitation_values(keyring, ANSWERED)),
        ("response", answer_values(ANSWERED, ANSWERED.answer)),
        *(("history", history_values(ANSWERED.id, entry)) for entry in HISTORY),
        ("outbox", waiting_values(keyring, WAITING)),
    ]
    async with engine.begin() as connection:
        await add_workspace(connection, "default")
        for name, values in rows:
            older = {column: value for column, value in values.items() if column not in ADDED.get(name, ())}
            await connection.execute(TABLES.tables[name].insert(), older)


def invitation_values(keyring: Keyring, invitation: Invitation) -> dict[str, Any]:
    facts, progress = facts_values(invitation, keyring), progress_values(invitation, keyring)
    return {"id": invitation.id, **facts, **progress, "import_key": None}


def address_values(keyring: Keyring, address: Address) -> dict[str, Any]:
    return {
        "workspace": "default",
        "customer_id": ANNA.id,
        "channel": address.channel,
        "address_digest": address_digest(keyring, "default", address),
        "address": plain(address),
        "first_contact_at": None,
        "first_contact_text": None,
    }


def waiting_values(keyring: Keyring, dispatch: Dispatch) -> dict[str, Any]:
    return {
        "workspace": dispatch.workspace,
        "channel": dispatch.address.channel,
        "place_digest": place_digest(keyring, dispatch.address),
        "invitation_id": dispatch.invitation,
        "body": dispatch_body(dispatch),
        "asks": dispatch.asks,
        "due_at": NOON,
        "attempts": dispatch.attempts,
        "created_at": NOON,
    }


async def missing(engine: AsyncEngine) -> dict[str, set[str]]:
    """The columns of the models that the database lacks, by table; all of them where it lacks the table."""

    def look(connection: Connection) -> dict[str, set[str]]:
        there = {
            name: {column["name"] for column in inspect(connection).get_columns(name)}
            for name in inspect(connection).get_table_names()
        }
        lacking = {name: {*table.columns.keys()} - there.get(name, set()) for name, table in TABLES.tables.items()}
        return {name: columns for name, columns in lacking.items() if columns}

    async with engine.connect() as connection:
        return await connection.run_sync(look)


async def assert_all_is_there(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.connect() as connection:
        invitations, customers = InvitationRows(connection, keyring), CustomerRows(connection, keyring)
        assert await invitations.load([ANSWERED.id]) == {ANSWERED.id: ANSWERED}
        assert await invitations.history([ANSWERED.id]) == {ANSWERED.id: HISTORY}
        assert await invitations.at_places([HOME]) == [ANSWERED]
        assert await customers.at("default", HOME) == ANNA
        assert await customers.recent("default", CHANNELS, 9) == [Contact(ANNA, HOME)]
        assert await OutboxRows(connection, keyring, "a").holds(ANSWERED.id)


async def test_the_first_program_had_none_of_it(engine: AsyncEngine) -> None:
    assert await missing(engine) == {
        name: columns or {*TABLES.tables[name].c.keys()} for name, columns in ADDED.items()
    }


async def test_all_that_was_there_stays_with_what_is_new_empty(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await prepare(database_url, keyring)
    assert await missing(engine) == {}
    await assert_all_is_there(engine, keyring)
    async with engine.connect() as connection:
        new = text("SELECT personal, call_id, call_key FROM invitation")
        assert (await connection.execute(new)).all() == [("", None, None)]
        assert (await connection.scalars(text("SELECT account FROM outbox"))).all() == [""]
        assert (await connection.scalars(text("SELECT seen_at FROM customer_address"))).all() == [None]


async def test_a_message_that_waited_is_sent_by_the_new_program(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await prepare(database_url, keyring)
    reach = Reach(mine=frozenset({("webchat", "")}), known=frozenset({"webchat", "telegram"}))
    async with engine.begin() as connection:
        [claimed] = await OutboxRows(connection, keyring, "a").claim(NOON, 9, reach)
    assert replace(claimed, id=0) == replace(WAITING, created_at=NOON)


async def test_the_way_back_and_forth_loses_nothing_of_the_first_program(
    engine: AsyncEngine, database_url: str, keyring: Keyring
) -> None:
    await prepare(database_url, keyring)
    await in_transaction(database_url, back_to_first)
    await engine.dispose()  # PostgreSQL's connections remember the shape of their statements
    await prepare(database_url, keyring)
    await assert_all_is_there(engine, keyring)
