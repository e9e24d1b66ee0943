"""Words that a customer takes back, or that are erased with the person, go from the owner's weekly messages too."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import select

from bot.events import AnswerDeleted, CommentWithdrawn, CommentWritten, Delivered, InvitationEvent, ScoreChosen
from bot.invitation import Invitation
from bot.service.people import People
from storage.keys import Keyring
from storage.sql import table
from storage.tables import MessageRow, OutboxRow, SummaryRow
from tests.world import TestClock, World, world

SUNDAY = datetime(2026, 3, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
SECRET, KEPT = "my neighbour Pekka saw it", "quick and friendly"
TAKEN_BACK = [AnswerDeleted(), CommentWithdrawn()]


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(SUNDAY)) as made:
        yield made


async def wrote(here: World, who: str, score: int, words: str) -> Invitation:
    made = await here.asked(who, ticket=f"T-{who}")
    for event in (Delivered(), ScoreChosen(score), CommentWritten(words)):
        await here.tells(event, made, who)
    return made


async def posted(here: World) -> Invitation:
    """The week's message with two comments; the invitation whose words are to go."""
    secret = await wrote(here, "kim", 1, SECRET)
    await wrote(here, "ada", 5, KEPT)
    here.clock.at = MONDAY
    await here.summaries.post_due()
    return secret


async def stored(here: World) -> str:
    """Everything that a thief with the key would find about weekly messages."""
    message, outbox, summary = (table(row) for row in (MessageRow, OutboxRow, SummaryRow))
    weekly = select(outbox.c.body).where(outbox.c.week.is_not(None))
    async with here.engine.connect() as connection:
        chosen = (select(message.c.prompt), weekly, select(summary.c.figures))
        found = [list(await connection.scalars(one)) for one in chosen]
    return msgspec.json.encode(found).decode()


@pytest.mark.parametrize("event", TAKEN_BACK, ids=lambda event: type(event).__name__)
async def test_words_that_are_taken_back_go_from_the_message(here: World, event: InvitationEvent) -> None:
    secret = await posted(here)
    await here.quiet()
    [before] = await here.messages("owner")
    assert SECRET in before.prompt.text
    await here.tells(event, secret)
    await here.quiet()
    [after] = await here.messages("owner")
    assert KEPT in after.prompt.text
    assert len(after.prompt.lines) == len(before.prompt.lines) - 1
    assert (after.id, after.first_seq, after.at) == (before.id, before.first_seq, before.at)
    assert after.seq > before.seq  # an open page shows it at once
    assert SECRET not in await stored(here)


async def test_words_go_with_an_erased_person(here: World) -> None:
    secret = await posted(here)
    await here.quiet()
    assert SECRET in await stored(here)
    assert secret.customer is not None
    await People(here.store, here.context).erase("default", secret.customer)
    assert SECRET not in await stored(here)
    [message] = await here.messages("owner")
    assert KEPT in message.prompt.text


async def test_every_message_that_quotes_them_loses_them(database_url: str, keyring: Keyring) -> None:
    channels = ("webchat:owner", "webchat:partner")
    async with world(database_url, keyring, clock=TestClock(SUNDAY), owner_channel=channels) as here:
        secret = await posted(here)
        await here.summaries.post_again("default")
        await here.quiet()
        assert [len(await here.messages(who)) for who in ("owner", "partner")] == [2, 2]
        await here.tells(AnswerDeleted(), secret)
        await here.quiet()
        assert SECRET not in await stored(here)
        assert (await stored(here)).count(KEPT) >= 4


@pytest.mark.parametrize("erased", [False, True])
async def test_a_message_on_its_way_loses_them(database_url: str, keyring: Keyring, erased: bool) -> None:
    async with world(database_url, keyring, clock=TestClock(SUNDAY), delivers=False) as here:
        secret = await posted(here)
        async with here.store.reading() as uow:
            assert (await uow.outbox.waiting("default"))["rows"]
        [in_hand] = [d for d in await here.store.write(lambda uow: uow.outbox.claim(here.clock.advance(minutes=2), 9))
                     if d.week]  # fmt: skip
        assert SECRET in in_hand.prompt.text
        if erased:
            assert secret.customer is not None
            await People(here.store, here.context).erase("default", secret.customer)
        else:
            await here.tells(AnswerDeleted(), secret)
        assert SECRET not in await stored(here)
        await here.channels["webchat"].send(in_hand)  # the sender had it in its hand already
        [message] = await here.messages("owner")
        assert KEPT in message.prompt.text
        assert SECRET not in await stored(here)


async def test_the_decision_keeps_figures_and_no_words(here: World) -> None:
    await posted(here)
    async with here.store.reading() as uow:
        decision = await uow.summaries.get("default", "2026-W12")
    assert decision is not None
    assert decision.figures["scores"][0]["n"] == 2
    assert SECRET not in msgspec.json.encode(decision.figures).decode()
    assert "comments" not in decision.figures
