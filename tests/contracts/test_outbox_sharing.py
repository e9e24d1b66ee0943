"""Each process claims what it may send and leaves the rest, in order, to the others; on both databases."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import BOT_LEASE, LEASE, Bot, Dispatch, Reach
from bot.prompts import Prompt, PromptKind
from bot.values import replace
from storage.bots import BotRows
from storage.keys import Keyring
from storage.outbox import UNREADABLE_WAITS, OutboxRows
from tests.builders import NOON, make_address

HOME = make_address()
PHONE = Address("telegram", "-100", account="bot-1", thread="4", user="77")
BOT_2 = replace(PHONE, account="bot-2")
SLACK = Address("slack", "D01", account="T01", user="U01")
OURS = Reach(mine=frozenset({("telegram", "bot-1")}), known=frozenset({"telegram", "webchat"}))
LATER = NOON + LEASE + LEASE


def to(address: Address, title: str) -> Dispatch:
    return Dispatch(workspace="default", address=address, prompt=Prompt(PromptKind.INFO, "en", title=title))


def titles(dispatches: Any) -> list[str]:
    return [dispatch.prompt.title for dispatch in dispatches]


async def test_a_process_claims_its_own_and_not_what_another_of_its_kind_sends(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "gone")
    await outbox.add([to(HOME, "web"), to(BOT_2, "bot 2"), to(PHONE, "bot 1")], NOON)
    await outbox.release()
    taker = OutboxRows(connection, keyring, "a")
    nothing = Reach(mine=frozenset(), known=OURS.known)
    assert not await taker.claimable(NOON, nothing)
    assert await taker.claim(NOON, 9, nothing) == []
    assert await taker.claimable(NOON, OURS)
    assert titles(await taker.claim(NOON, 9, OURS)) == ["bot 1"]
    assert not await taker.claimable(NOON, OURS)
    assert titles(await taker.claim(NOON, 9)) == ["web", "bot 2"]


async def test_what_is_nobodys_is_claimed_unless_its_bot_has_a_sender(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    bots, outbox = BotRows(connection), OutboxRows(connection, keyring, "gone")
    for account in ("T01", "T02"):
        await bots.add(Bot(channel="slack", account=account, workspace="default"))
    await outbox.add([to(SLACK, "team 1"), to(replace(SLACK, account="T02"), "team 2")], NOON)
    await outbox.release()
    assert await bots.lease("slack", "T01", "b", NOON)
    taker = OutboxRows(connection, keyring, "a")
    assert titles(await taker.claim(NOON, 9, OURS)) == ["team 2"]
    assert not await taker.claimable(NOON + BOT_LEASE, OURS)
    assert titles(await taker.claim(LATER, 1, Reach(frozenset({("slack", "T01")}), frozenset({"slack"})))) == ["team 1"]
    await taker.release()
    assert titles(await taker.claim(LATER, 9, Reach(frozenset(), frozenset()))) == ["team 1", "team 2"]


async def test_a_place_keeps_its_order_within_reach_too(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "gone")
    await outbox.add([to(PHONE, "p1"), to(PHONE, "p2")], NOON)
    taker = OutboxRows(connection, keyring, "a")
    assert not await taker.claimable(NOON, OURS)
    assert titles(await taker.claim(LATER, 9, OURS)) == ["p1"]


async def test_what_is_not_ours_to_send_is_left_to_others_with_what_follows_it(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    def sends(dispatch: Dispatch, now: datetime) -> datetime | None:
        return now if dispatch.prompt.title.startswith("other") else None

    outbox = OutboxRows(connection, keyring, "a", sends)
    await outbox.add([to(HOME, "h1"), to(HOME, "other h2"), to(HOME, "h3"), to(PHONE, "p1")], NOON)
    assert titles(outbox.added) == ["h1", "p1"]
    await outbox.add([to(HOME, "h4"), to(SLACK, "other s1")], NOON)
    assert titles(outbox.added) == ["h1", "p1"]
    taker = OutboxRows(connection, keyring, "b")
    assert titles(await taker.claim(NOON, 9)) == ["other s1"]
    await outbox.done(outbox.added[0])
    for following in ("other h2", "h3", "h4"):
        [claimed] = await taker.claim(NOON, 9)
        assert claimed.prompt.title == following
        await taker.done(claimed)


async def test_what_waits_for_a_bot_that_nobody_runs_goes_in_the_end(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "web"), to(PHONE, "old bot")], NOON)
    await outbox.add([to(replace(PHONE, conversation="-200"), "newer")], LATER)
    assert await outbox.sweep(NOON) == 0
    assert await outbox.sweep(LATER) == 1
    await outbox.release()
    assert sorted(titles(await outbox.claim(LATER, 9))) == ["newer", "web"]


async def test_readiness_counts_what_we_deliver_ourselves(connection: AsyncConnection, keyring: Keyring) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(HOME, "web"), to(PHONE, "bot")], NOON)
    assert (await outbox.waiting_everywhere())["default"]["rows"] == 1
    assert (await outbox.waiting("default"))["rows"] == 2


async def test_a_row_of_another_version_of_the_program_keeps_nobody_waiting(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "gone")
    newer = replace(to(HOME, "newer"), view="a view of tomorrow")  # type: ignore[arg-type]
    await outbox.add([newer, to(PHONE, "ours")], NOON)
    await outbox.release()
    taker = OutboxRows(connection, keyring, "a")
    assert titles(await taker.claim(NOON, 9)) == ["ours"]
    assert not await taker.claimable(NOON)
    assert await taker.claimable(NOON + UNREADABLE_WAITS)
    assert (await taker.waiting("default"))["errors"] == ["written by another version"]
