"""The outbox hands every message to one process at a time and keeps the order of each place, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.address import Address
from bot.ports import LEASE, Dispatch, Saved
from bot.prompts import Action, Button, Choice, Choices, Prompt, PromptKind
from bot.values import replace
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.outbox import OutboxRows
from tests.builders import NOON, at, make_invitation
from tests.contracts.prepared import prepared

HOME = Address("webchat", "visitor-1", user="visitor-1")
PHONE = Address("telegram", "-100", account="bot-1", thread="4", user="77")
QUESTION = Prompt(
    PromptKind.QUESTION,
    "fi",
    "invitation-1",
    header="Acme kysyy",
    title="Kuinka tyytyväinen olet?",
    lines=("yksi", "kaksi"),
    scale=Choices("Kuinka?", "1 = ei", "2 = on", (Choice(1, "1", "1 / 2"), Choice(2, "2", "2 / 2"))),
    words_wanted="Kirjoita",
    buttons=(Button(Action.STOP, "Älä kysy enää", danger=True),),
    footnote="Acme",
)
LATER = NOON + LEASE + LEASE


@pytest.fixture
async def connection(engine: AsyncEngine, keyring: Keyring) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        await InvitationRows(connection, keyring).save([Saved(None, make_invitation())])
        yield connection


def to(address: Address, title: str = "", **changes: Any) -> Dispatch:
    prompt = replace(QUESTION, title=title or QUESTION.title)
    return replace(Dispatch(workspace="default", address=address, prompt=prompt), **changes)


def titles(dispatches: Any) -> list[str]:
    return [dispatch.prompt.title for dispatch in dispatches]


async def test_what_is_added_is_leased_to_us_and_handed_over_with_ids(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    question = to(HOME, invitation="invitation-1", message="m-9", asks=True)
    summary = to(PHONE, week="2026-W46")
    await outbox.add([], NOON)
    await outbox.add([question, summary], NOON)
    assert [replace(one, id=0) for one in outbox.added] == [
        replace(one, created_at=NOON) for one in (question, summary)
    ]
    assert len({dispatch.id for dispatch in outbox.added} - {0}) == 2
    other = OutboxRows(connection, keyring, "b")
    assert await other.claim(NOON + LEASE, 9) == []
    # Answers and messages come before questions, so that a thousand asks hold up nobody who tapped.
    assert await other.claim(LATER, 9) == sorted(outbox.added, key=lambda one: one.asks)


async def test_for_whom_and_by_which_way_is_kept_and_sealed(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    channel = Address("slack", "C0SUPPORT", account="T0ACME", thread="1700000000.000100", user="U0KIM")
    url = "https://hooks.slack.example/actions/T0ACME/a-secret-way"
    wanted = [
        to(channel, "alone", alone=True),
        to(channel, "reply", alone=True, reply=f"old {url}"),
        to(replace(channel, conversation="U0KIM", thread=""), "beside", reply=f"new {url}"),
        to(HOME, "neither"),
    ]
    await outbox.add(wanted, NOON)
    assert [(one.alone, bool(one.reply)) for one in outbox.added] == [
        (True, False), (True, True), (False, True), (False, False)]  # fmt: skip
    taker = OutboxRows(connection, keyring, "b")
    found: list[Dispatch] = []
    while claimed := await taker.claim(LATER, 9):
        found += claimed
        for dispatch in claimed:
            await taker.done(dispatch)
    assert sorted(found, key=lambda one: one.id) == outbox.added
    await outbox.add(wanted, NOON)
    stored = repr((await connection.execute(text("SELECT * FROM outbox"))).all())
    assert "secret" not in stored


async def test_only_the_oldest_of_each_place_is_claimed(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "h1"), to(HOME, "h2"), to(PHONE, "p1"), to(HOME, "h3")], NOON)
    other = OutboxRows(connection, keyring, "b")
    assert titles(await other.claim(LATER, 1)) == ["h1"]
    assert titles(await other.claim(LATER, 9)) == ["p1"]
    assert await other.claim(LATER, 9) == []
    await other.done(outbox.added[0])
    assert titles(await other.claim(LATER, 9)) == ["h2"]


async def test_a_row_that_waits_to_be_tried_again_holds_its_place_back(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "h1"), to(HOME, "h2")], NOON)
    await outbox.again(outbox.added[0], at(5), "busy")
    other = OutboxRows(connection, keyring, "b")
    assert await other.claim(at(4), 9) == []
    [retried] = await other.claim(at(5), 9)
    assert (retried.prompt.title, retried.attempts) == ("h1", 1)


async def test_a_new_message_does_not_overtake_what_is_not_ours_to_send(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    first = OutboxRows(connection, keyring, "a")
    await first.add([to(HOME, "h1")], NOON)
    second = OutboxRows(connection, keyring, "b")
    await second.add([to(HOME, "h2"), to(PHONE, "p1")], at(0.1))
    assert titles(second.added) == ["p1"]
    await first.add([to(HOME, "h3")], at(0.1))
    assert titles(first.added) == ["h1"]  # behind h2, which nobody has in hand
    await first.done(first.added[0])
    assert titles(await second.claim(at(0.2), 9)) == ["h2"]


async def test_a_place_whose_messages_are_all_ours_goes_on_at_once(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "h1")], NOON)
    await outbox.add([to(HOME, "h2")], at(0.1))
    assert titles(outbox.added) == ["h1", "h2"]
    await outbox.add([to(HOME, "h3")], LATER)
    assert titles(outbox.added) == ["h1", "h2"]  # the leases are over: another process may have h1 by now


async def test_trying_again_gives_the_lease_back_and_counts(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME)], NOON)
    other = OutboxRows(connection, keyring, "b")
    for attempt in (1, 2):
        await OutboxRows(connection, keyring, "a" if attempt == 1 else "b").again(outbox.added[0], NOON, "x" * 900)
        [claimed] = await other.claim(NOON, 9)
        assert claimed.attempts == attempt
    waiting = await outbox.waiting("default")
    assert waiting["errors"] == ["x" * 500]


async def test_a_lease_that_another_process_took_over_is_left_to_it(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    slow = OutboxRows(connection, keyring, "slow")
    await slow.add([to(HOME)], NOON)
    other = OutboxRows(connection, keyring, "other")
    assert len(await other.claim(LATER, 9)) == 1
    await slow.again(slow.added[0], LATER, "timeout")
    assert await OutboxRows(connection, keyring, "third").claim(LATER, 9) == []
    assert (await other.waiting("default"))["errors"] == []


async def test_the_question_is_taken_back_and_the_rest_goes_on(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    about = {"invitation": "invitation-1"}
    await outbox.add([to(HOME, "question", asks=True, **about), to(HOME, "note", **about), to(HOME, "other")], NOON)
    assert await outbox.drop_of("invitation-1")
    assert not await outbox.drop_of("invitation-1")
    assert not await outbox.drop_of("nothing")
    assert titles(outbox.added) == ["note", "other"]
    assert titles(await outbox.claim(LATER, 9)) == ["note"]


async def test_what_waits_is_told_for_one_workspace(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    assert await outbox.waiting("default") == {"rows": 0, "oldest": None, "errors": []}
    await outbox.add([to(HOME)], at(1))
    await outbox.add([to(PHONE)], at(2))
    await outbox.again(outbox.added[0], at(3), "busy\0\ud83d")
    assert await outbox.waiting("default") == {"rows": 2, "oldest": at(1), "errors": ["busy\\x00\\ud83d"]}
    assert (await outbox.waiting("other"))["rows"] == 0


async def test_processes_that_claim_at_once_get_different_rows(engine: AsyncEngine, keyring: Keyring) -> None:
    places = [replace(HOME, conversation=f"visitor-{number}") for number in range(8)]
    async with engine.begin() as connection:
        await OutboxRows(connection, keyring, "gone").add([to(place) for place in places for _ in range(2)], NOON)

    async def claim(owner: str) -> list[int]:
        async with engine.begin() as connection:
            return [dispatch.id for dispatch in await OutboxRows(connection, keyring, owner).claim(LATER, 4)]

    claimed = [number for owner in await asyncio.gather(claim("a"), claim("b"), claim("c")) for number in owner]
    assert len(claimed) == len(set(claimed))
    async with engine.begin() as connection:
        rest = await OutboxRows(connection, keyring, "d").claim(LATER, 99)
    assert len(claimed) + len(rest) == len(places)


async def test_answers_come_before_questions_that_are_longer_due(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "gone")
    places = [replace(HOME, conversation=f"visitor-{number}") for number in range(4)]
    await outbox.add([to(place, f"question {n}", asks=True) for n, place in enumerate(places[:2])], NOON)
    await outbox.add([to(place, f"answer {n}") for n, place in enumerate(places[2:])], at(seconds=9))
    taker = OutboxRows(connection, keyring, "a")
    assert titles(await taker.claim(LATER, 3)) == ["answer 0", "answer 1", "question 0"]
    assert titles(await taker.claim(LATER, 3)) == ["question 1"]


async def test_what_is_released_another_may_claim_at_once(connection: AsyncConnection, keyring: Keyring) -> None:
    ours, theirs = OutboxRows(connection, keyring, "a"), OutboxRows(connection, keyring, "b")
    await ours.add([to(HOME, "h1"), to(HOME, "h2")], NOON)
    await theirs.add([to(PHONE, "p1")], NOON)
    assert await ours.release() == 2
    assert await ours.release() == 0
    taker = OutboxRows(connection, keyring, "c")
    assert titles(await taker.claim(NOON, 9)) == ["h1"]


async def test_what_is_postponed_counts_no_attempt(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "h1"), to(HOME, "h2")], NOON)
    await outbox.postpone([(outbox.added[0], at(5))])
    taker = OutboxRows(connection, keyring, "b")
    assert await taker.claim(at(4), 9) == []
    assert await taker.claim(at(5), 9) == outbox.added[:1]
    assert (await taker.waiting("default"))["errors"] == []
    await outbox.postpone([(outbox.added[0], at(9))])  # it is the taker's now
    assert await OutboxRows(connection, keyring, "c").claim(at(5), 9) == []
    await taker.postpone([(outbox.added[0], at(6))])
    assert await taker.claim(at(6), 9) == outbox.added[:1]


async def test_a_message_about_an_invitation_is_held_until_it_is_done(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    assert not await outbox.holds("invitation-1")
    await outbox.add([to(HOME, invitation="invitation-1"), to(PHONE)], NOON)
    assert await outbox.holds("invitation-1")
    assert not await outbox.holds("invitation-2")
    await outbox.done(outbox.added[0])
    assert not await outbox.holds("invitation-1")


@pytest.mark.postgres
async def test_rows_that_another_process_is_claiming_are_passed_over(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        async with engine.begin() as connection:
            await OutboxRows(connection, keyring, "gone").add([to(HOME, "h1"), to(HOME, "h2"), to(PHONE, "p1")], NOON)
        async with engine.begin() as first, engine.begin() as second:
            assert titles(await OutboxRows(first, keyring, "a").claim(LATER, 1)) == ["h1"]
            claimed = await asyncio.wait_for(OutboxRows(second, keyring, "b").claim(LATER, 9), 5)
            assert titles(claimed) == ["p1"]


async def test_text_and_address_are_sealed(connection: AsyncConnection, keyring: Keyring) -> None:
    await OutboxRows(connection, keyring, "a").add([to(HOME, "a secret question")], NOON)
    stored = repr((await connection.execute(text("SELECT * FROM outbox"))).all())
    assert "secret" not in stored
    assert "visitor" not in stored
