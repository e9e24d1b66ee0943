"""Delivery: in order per place, tried again with patience, taken over from the dead, and no place holds up another."""

import asyncio
from datetime import timedelta

import pytest

from bot.address import Address
from bot.errors import RecipientUnreachable, TryAgainLater
from bot.events import Delivered, ScoreChosen
from bot.invitation import State
from bot.ports import LEASE, Dispatch
from scheduler.backoff import LONGEST_WAIT, wait
from scheduler.delivery import Delivery
from storage.keys import Keyring
from tests.builders import at
from tests.post import Post, paper, say, sender, until_waiting
from tests.world import TestClock, World, next_turn, world


async def test_a_place_keeps_its_order(database_url: str, keyring: Keyring) -> None:
    post = Post("paper")
    titles = [str(n) for n in range(30)]
    async with sender(database_url, keyring, post) as here:
        await asyncio.gather(say(here, *titles), say(here, *titles, who="liisa"))
        await here.quiet()
    assert post.titles("kim") == titles
    assert post.titles("liisa") == titles


async def test_a_retry_with_backoff_keeps_the_order(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", fail={"kim": [OSError("network"), TryAgainLater("busy", 90)]})
    async with sender(database_url, keyring, post) as here:
        await say(here, "first")
        await until_waiting(here, "OSError")
        await say(here, "second", "third")
        assert here.delivery is not None
        assert await here.delivery.claim() == 0  # not before its time
        here.clock.advance(seconds=3)
        assert await here.delivery.claim() == 1
        await until_waiting(here, "TryAgainLater")
        here.clock.advance(seconds=89)
        assert await here.delivery.claim() == 0
        here.clock.advance(seconds=1)
        await here.quiet()
    assert post.titles("kim") == ["first", "first", "first", "second", "third"]


async def test_what_waits_behind_a_failing_message_is_not_sent_before_it(sqlite_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("paper", hold={"kim": go_on}, fail={"kim": [OSError("network")]})
    async with sender(sqlite_url, keyring, post) as here:
        await say(here, "first", "second", "third")
        await post.until(1)
        go_on.set()
        await until_waiting(here, "waits")
        here.clock.advance(minutes=1)
        await here.quiet()
    assert post.titles("kim") == ["first", "first", "second", "third"]


async def test_who_cannot_be_reached_is_failed_with_the_reason(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", fail={"kim": [RecipientUnreachable("the person blocked the bot", "blocked")]})
    async with sender(database_url, keyring, post) as here:
        made = await here.asked(to=paper())
        await here.quiet()
        found = await here.invitation(made.id)
        assert (found.state, found.reason, found.sent_at) == (State.FAILED, "blocked", None)
        assert await here.funnel() == {"considered": 1, "failed:blocked": 1}
        assert len(post.sent) == 1


async def test_an_accepted_question_is_sent_and_counts_as_delivered(database_url: str, keyring: Keyring) -> None:
    post = Post("paper")
    async with sender(database_url, keyring, post) as here:
        made = await here.asked(to=paper())
        await here.quiet()
        found = await here.invitation(made.id)
        assert (found.state, found.message, found.sent_at) == (State.SENT, "kim-1", here.clock.now())
        assert await here.funnel() == {"considered": 1, "delivered": 1}


async def test_in_the_web_chat_delivered_means_shown(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring) as here:
        made = await here.asked()
        await here.quiet()
        assert (await here.invitation(made.id)).state is State.SCHEDULED
        assert await here.funnel() == {"considered": 1}
        here.clock.advance(minutes=5)
        await here.tells(Delivered(), made)
        assert (await here.invitation(made.id)).sent_at == here.clock.now()


async def test_nothing_is_lost_when_a_process_dies_between_send_and_note(database_url: str, keyring: Keyring) -> None:
    clock, dead, alive = TestClock(), Post("paper", hold={"kim": asyncio.Event()}), Post("paper")
    async with world(database_url, keyring, clock=clock, delivers=False, channels=[dead]) as one:
        sending = Delivery(one.store, {"paper": dead}, clock)
        task = asyncio.create_task(_until_cancelled(sending, one))
        await next_turn()
        made = await one.asked(to=paper())
        await dead.until(1)  # the platform has it; the process never learns
        task.cancel()
        await asyncio.wait([task])
        async with sender(database_url, keyring, alive, clock=clock, owner="b") as other:
            assert other.delivery is not None
            assert await other.delivery.claim() == 0  # the lease still holds
            clock.at += LEASE + timedelta(seconds=1)
            await other.quiet()
            assert (await other.invitation(made.id)).state is State.SENT
            assert await other.delivery.claim() == 0
    assert (len(dead.sent), len(alive.sent)) == (1, 1)  # twice at most


async def _until_cancelled(sending: Delivery, here: World) -> None:
    async with sending:
        here.store.after_commit(sending.offer)
        await asyncio.Event().wait()


async def test_the_web_chat_shows_a_repeated_send_once(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring) as here:
        made = await here.asked()
        await here.quiet()
        [question] = await here.messages()
        again = Dispatch(
            workspace="default", address=Address("webchat", "kim", user="kim"), prompt=question.prompt,
            invitation=made.id, asks=True,
        )  # fmt: skip
        await here.channels["webchat"].send(again)
        assert [message.id for message in await here.messages()] == [question.id]


async def test_a_confirmation_too_old_to_matter_is_dropped_and_a_question_is_not(
    database_url: str, keyring: Keyring
) -> None:
    post = Post("paper")
    async with world(database_url, keyring, delivers=False, channels=[post]) as idle:
        await say(idle, "thank you")
        question = await idle.asked(to=paper("liisa"))
    async with sender(database_url, keyring, post, clock=TestClock(at(days=2)), owner="b") as here:
        await here.quiet()
    assert [dispatch.invitation for dispatch in post.sent] == [question.id]


async def test_one_place_s_outage_holds_up_no_other(database_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("paper", hold={"kim": go_on})
    async with sender(database_url, keyring, post) as here:
        await say(here, "stuck")
        await post.until(1)
        await say(here, "fine", who="liisa")
        await here.asked("mikko")  # and the web chat
        await post.until(2)
        async with asyncio.timeout(5):
            while not await here.messages("mikko"):
                here.committed.clear()
                await here.committed.wait()
        assert await here.rows("SELECT count(*) FROM outbox WHERE channel = 'paper'") == [(1,)]
        go_on.set()
        await here.quiet()
    assert post.titles("liisa") == ["fine"]


async def test_one_channel_s_outage_blocks_neither_ask_nor_tap(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", fail={f"p{n}": [OSError("away")] * 9 for n in range(20)})
    async with sender(database_url, keyring, post) as here:
        made = [await here.asked(to=paper(f"p{n}")) for n in range(20)]
        await post.until(20)
        asked = await here.asked("mikko")
        await here.tells(ScoreChosen(5), asked, "mikko")
        assert (await here.invitation(asked.id)).state is State.ANSWERED
        states = {(await here.invitation(one.id)).state for one in made}
        assert states == {State.SCHEDULED}


async def test_a_channel_that_is_switched_off_keeps_its_messages(sqlite_url: str, keyring: Keyring) -> None:
    post = Post("paper")
    async with world(sqlite_url, keyring, delivers=False, channels=[post]) as before:
        await before.asked(to=paper())
    clock = TestClock(at(5))
    async with world(sqlite_url, keyring, owner="b", clock=clock) as without:
        assert without.delivery is not None
        assert await without.delivery.claim() == 1
        await until_waiting(without, "TryAgainLater")
    clock.advance(minutes=5)
    async with sender(sqlite_url, keyring, post, owner="c", clock=clock) as again:
        await again.quiet()
    assert len(post.sent) == 1


async def test_two_senders_send_each_message_once_and_in_order(database_url: str, keyring: Keyring) -> None:
    clock, post = TestClock(), Post("paper")
    async with (
        sender(database_url, keyring, post, clock=clock) as one,
        sender(database_url, keyring, post, clock=clock, owner="b") as other,
    ):
        for n in range(6):
            await asyncio.gather(say(one, f"a{n}", who=f"p{n}"), say(other, f"b{n}", who=f"p{n}"))
            await say(one, f"z{n}", who=f"p{n}")
        await asyncio.gather(one.quiet(), other.quiet())
    for n in range(6):
        assert sorted(post.titles(f"p{n}")) == [f"a{n}", f"b{n}", f"z{n}"]
        assert post.titles(f"p{n}")[-1] == f"z{n}"


async def test_a_sender_that_has_ended_takes_nothing_and_the_writer_goes_on(sqlite_url: str, keyring: Keyring) -> None:
    post = Post("paper")
    async with world(sqlite_url, keyring, delivers=False, channels=[post]) as here:
        async with Delivery(here.store, {"paper": post}, here.clock) as sending:
            here.store.after_commit(sending.offer)
        await say(here, "left for the next start")
        assert await here.outbox() == 1
        assert post.sent == []


async def test_ending_waits_for_what_is_being_sent(sqlite_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("paper", hold={"kim": go_on})
    async with world(sqlite_url, keyring, delivers=False, channels=[post]) as here:
        async with Delivery(here.store, {"paper": post}, here.clock) as sending:
            here.store.after_commit(sending.offer)
            made = await here.asked(to=paper())
            await post.until(1)
            asyncio.get_running_loop().call_soon(go_on.set)
        assert (await here.invitation(made.id)).state is State.SENT
        assert await here.outbox() == 0


async def test_a_tap_before_the_send_is_noted_is_not_undone_by_the_note(sqlite_url: str, keyring: Keyring) -> None:
    go_on = asyncio.Event()
    post = Post("webchat", hold={"kim": go_on})
    async with sender(sqlite_url, keyring, post) as here:
        made = await here.asked()
        await post.until(1)
        await here.tells(ScoreChosen(2), made)
        go_on.set()
        await here.quiet()
        found = await here.invitation(made.id)
        assert found.state is State.ANSWERED
        assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "score_2": 1}


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 2), (1, 4), (4, 32), (12, 1800), (99, 1800)])
def test_the_wait_doubles_up_to_half_an_hour(attempts: int, seconds: float) -> None:
    found = {wait(attempts, OSError()).total_seconds() for _ in range(50)}
    assert all(0.75 * seconds <= one <= 1.25 * seconds for one in found)
    assert len(found) > 1
    assert wait(attempts, TryAgainLater("later", 7)) == timedelta(seconds=7)
    assert timedelta(minutes=30) == LONGEST_WAIT
