"""Event ids are remembered, and poison is parked sealed, on both databases."""

import asyncio
import json
from typing import get_args

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.events import (
    AnswerDeleted,
    Arrival,
    Cancelled,
    ChangeWanted,
    CommentEdited,
    CommentWithdrawn,
    CommentWritten,
    ConsentGiven,
    ConsentRefused,
    CustomerEvent,
    Delivered,
    Failed,
    InvitationEvent,
    LinkAccepted,
    NotSolved,
    OptedIn,
    OptedOut,
    OtherSent,
    ScoreChosen,
    Started,
    TextEdited,
    TextWritten,
    TimePassed,
)
from bot.values import replace
from storage.codec import arrival_from, arrival_text
from storage.events import EventRows
from storage.keys import Keyring
from storage.sql import table
from storage.tables import ParkedRow
from tests.builders import NOON, at
from tests.contracts.prepared import prepared

WRITTEN = Arrival(
    event_id="u-1",
    workspace="default",
    address=Address("telegram", "77", account="bot-1", user="77"),
    event=TextWritten("a secret sentence", replies_to="invitation-1", message="m-1"),
    invitation="invitation-1",
)
EVENTS: list[InvitationEvent | CustomerEvent] = [
    Delivered("m"),
    Failed("blocked"),
    ScoreChosen(4),
    CommentWritten("words", "m"),
    CommentEdited("words", "m"),
    CommentWithdrawn(),
    ChangeWanted(),
    NotSolved(),
    AnswerDeleted(),
    Cancelled("gone"),
    TimePassed(),
    TextWritten("half \ud83d and \0", None, "m", quotes="q"),
    TextEdited("words", "m"),
    OtherSent(quotes="q"),
    Started(),
    OptedOut(),
    OptedIn(),
    ConsentGiven(),
    ConsentRefused(),
    LinkAccepted(allow_again=True),
]


async def test_what_was_remembered_is_known_until_it_is_swept(connection: AsyncConnection, keyring: Keyring) -> None:
    events = EventRows(connection, keyring)
    assert await events.known([]) == frozenset()
    await events.remember([], NOON)
    await events.remember(["a", "b", "a"], NOON)
    await events.remember(["b", "c"], at(9))
    assert await events.known(["a", "b", "c", "d"]) == {"a", "b", "c"}
    assert await events.sweep(NOON) == 0
    assert await events.sweep(at(9)) == 2
    assert await events.known(["a", "b", "c", "d"]) == {"c"}


async def test_ids_that_a_database_refuses_are_known_all_the_same(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    events = EventRows(connection, keyring)
    odd = ["nul \0", "half \ud83d"]
    await events.remember(odd, NOON)
    assert await events.known([*odd, "nul", "half"]) == set(odd)


@pytest.mark.postgres
async def test_processes_that_remember_the_same_ids_wait_and_do_not_deadlock(
    postgres_url: str, keyring: Keyring
) -> None:
    async with prepared(postgres_url, keyring) as engine, engine.begin() as second, engine.connect() as look:
        async with engine.begin() as first:
            await EventRows(first, keyring).remember(["b"], NOON)
            waiting = asyncio.create_task(EventRows(second, keyring).remember(["c", "a", "b"], NOON))
            async with asyncio.timeout(5):
                while not await look.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    assert not waiting.done()
            await EventRows(first, keyring).remember(["c"], NOON)
        await waiting
        assert await EventRows(second, keyring).known(["a", "b", "c"]) == {"a", "b", "c"}


async def test_a_parked_event_is_listed_without_its_content_and_sealed(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    events = EventRows(connection, keyring)
    await events.park(WRITTEN, "StoreError: refused", NOON)
    poison = replace(WRITTEN, event_id="u\0-2", event=TextWritten("\0 \ud83d"), reply="old a-secret-way")
    await events.park(poison, "bad \ud83d", at(1))
    listed = await events.parked()
    assert [(event_id, error, when) for _, event_id, error, when in listed] == [
        ("u\\x00-2", "bad \\ud83d", at(1)), ("u-1", "StoreError: refused", NOON)]  # fmt: skip
    assert "secret" not in repr((await connection.execute(text("SELECT * FROM parked"))).all())
    payloads = await connection.scalars(select(table(ParkedRow).c.payload).order_by(table(ParkedRow).c.id))
    assert [arrival_from(payload) for payload in payloads] == [WRITTEN, poison]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_comes_back_from_its_text(event: InvitationEvent | CustomerEvent) -> None:
    arrival = replace(WRITTEN, event=event, invitation=None, message="m-9", aloud=True, locale="fi", reply="new a-url")
    text = arrival_text(arrival)
    assert text.isascii()
    assert arrival_from(text) == arrival


def test_an_arrival_that_an_older_program_parked_is_read_too() -> None:
    older = {
        name: value
        for name, value in json.loads(arrival_text(WRITTEN)).items()
        if name not in {"message", "aloud", "locale", "reply"}
    }
    assert arrival_from(json.dumps(older)) == WRITTEN


def test_no_event_is_forgotten_here() -> None:
    assert {type(event) for event in EVENTS} == {*get_args(InvitationEvent), *get_args(CustomerEvent)}
