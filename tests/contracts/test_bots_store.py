"""A vendor's bot is one for all processes: whose it is, who sends for it, until when it is quiet; on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.ports import BOT_LEASE, Bot
from bot.values import replace
from storage.bots import BotRows
from tests.builders import NOON, at
from tests.contracts.prepared import add_workspace

BOT = Bot(channel="telegram", account="bot-1", workspace="default", username="acme_bot", webhook="https://a.example/t")
OTHER = replace(BOT, account="bot-2", username="other_bot", webhook="")
ID = (BOT.channel, BOT.account)
OVER = NOON + BOT_LEASE + timedelta(microseconds=1)


@pytest.fixture
async def bots(connection: AsyncConnection) -> BotRows:
    """With two bots, so that a change of one can be seen to leave the other alone."""
    bots = BotRows(connection)
    for bot in (BOT, OTHER):
        await bots.add(bot)
    return bots


async def test_a_bot_stays_whose_it_was_first(connection: AsyncConnection) -> None:
    bots = BotRows(connection)
    await add_workspace(connection, "other")
    assert await bots.get(*ID) is None
    assert await bots.add(BOT) == BOT
    assert await bots.add(replace(BOT, workspace="other", username="mine_now", webhook="")) == BOT
    assert await bots.add(replace(BOT, channel="slack")) == replace(BOT, channel="slack")
    assert await bots.get(*ID) == BOT
    assert await bots.get("telegram", "bot-9") is None


async def test_the_bot_of_a_workspace_is_the_one_that_was_sent_for_last(
    connection: AsyncConnection, bots: BotRows
) -> None:
    await add_workspace(connection, "other")
    team = Bot(channel="slack", account="T0ACME", workspace="other")
    await bots.add(team)
    assert await bots.of("slack", "other") == team
    assert await bots.of("slack", "default") is None
    assert await bots.of("telegram", "other") is None
    assert await bots.of("telegram", "default") == OTHER  # nobody has sent for either: always the same
    await bots.lease(*ID, "a", NOON)
    assert await bots.of("telegram", "default") == replace(BOT, leased_by="a", lease_until=NOON + BOT_LEASE)
    await bots.lease(OTHER.channel, OTHER.account, "a", at(seconds=1))
    found = await bots.of("telegram", "default")
    assert found is not None
    assert found.account == OTHER.account
    await bots.release(OTHER.channel, OTHER.account, "a")
    found = await bots.of("telegram", "default")
    assert found is not None
    assert found.account == BOT.account, "a lease that is given back counts no more"


async def test_which_of_two_unused_bots_it_is_does_not_hang_on_their_order(connection: AsyncConnection) -> None:
    bots = BotRows(connection)
    for bot in (OTHER, BOT):
        await bots.add(bot)
    assert await bots.of("telegram", "default") == OTHER


async def test_what_is_noted_is_kept_and_the_rest_stays(bots: BotRows) -> None:
    await bots.note(*ID)
    assert await bots.get(*ID) == BOT
    await bots.note(*ID, username="renamed_bot")
    assert await bots.get(*ID) == replace(BOT, username="renamed_bot")
    await bots.note(*ID, webhook="")
    assert await bots.get(*ID) == replace(BOT, username="renamed_bot", webhook="")
    await bots.note(*ID, site="https://acme.slack.com/")
    assert await bots.get(*ID) == replace(BOT, username="renamed_bot", webhook="", site="https://acme.slack.com/")
    await bots.note("telegram", "bot-9", username="nobody")
    assert await bots.get("telegram", "bot-9") is None
    assert await bots.get(OTHER.channel, OTHER.account) == OTHER


async def test_one_sender_holds_the_lease_until_it_ends(bots: BotRows) -> None:
    assert await bots.lease(*ID, "a", NOON)
    assert await bots.get(*ID) == replace(BOT, leased_by="a", lease_until=NOON + BOT_LEASE)
    assert not await bots.lease(*ID, "b", at(seconds=5))
    assert await bots.lease(*ID, "a", at(seconds=10))
    assert not await bots.lease(*ID, "b", OVER)  # renewed meanwhile
    assert await bots.get(*ID) == replace(BOT, leased_by="a", lease_until=at(seconds=10) + BOT_LEASE)
    assert await bots.get(OTHER.channel, OTHER.account) == OTHER


async def test_a_lease_that_ended_is_taken_over(bots: BotRows) -> None:
    assert await bots.lease(*ID, "a", NOON)
    assert not await bots.lease(*ID, "b", NOON + BOT_LEASE)
    assert await bots.lease(*ID, "b", OVER)
    assert not await bots.lease(*ID, "a", OVER)


async def test_nobody_sends_for_a_bot_that_is_not_there(bots: BotRows) -> None:
    assert not await bots.lease("telegram", "bot-9", "a", NOON)


async def test_of_two_that_want_the_lease_at_once_one_gets_it(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await BotRows(connection).add(BOT)

    async def lease(owner: str) -> bool:
        async with engine.begin() as connection:
            return await BotRows(connection).lease(*ID, owner, NOON)

    assert sorted(await asyncio.gather(lease("a"), lease("b"))) == [False, True]


async def test_only_ones_own_lease_is_given_back(bots: BotRows) -> None:
    assert await bots.lease(*ID, "a", NOON)
    await bots.release(*ID, "b")
    assert not await bots.lease(*ID, "b", NOON)
    await bots.release(*ID, "a")
    assert await bots.get(*ID) == BOT
    assert await bots.lease(*ID, "b", NOON)


async def test_quiet_is_only_made_longer(bots: BotRows) -> None:
    await bots.pause(*ID, at(5))
    await bots.pause(*ID, at(3))
    assert await bots.get(*ID) == replace(BOT, paused_until=at(5))
    await bots.pause(*ID, at(8))
    assert await bots.get(*ID) == replace(BOT, paused_until=at(8))
    assert await bots.get(OTHER.channel, OTHER.account) == OTHER
