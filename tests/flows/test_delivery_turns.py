"""Delivery where a platform's limits let little through: in what order, and what is said by then."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.address import Address
from bot.events import CommentWritten, InvitationEvent, ScoreChosen
from bot.invitation import Invitation
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from bot.service.people import People
from bot.values import replace
from scheduler.room import IN_HAND
from storage.keys import Keyring
from tests.builders import NOON
from tests.post import Post, say, sender, until_there
from tests.world import World

KIM = Address("paper", "kim", account="team", user="kim")


@asynccontextmanager
async def in_line(here: World, post: Post) -> AsyncGenerator[Invitation]:
    """Kim has the question, and a message to them hangs at the platform while this is open: what follows waits."""
    made = await here.asked(to=KIM)
    await here.quiet()
    post.hold["kim"] = asyncio.Event()
    await say(here, "first", to=KIM)
    await post.until(2)
    yield made
    post.hold.pop("kim").set()
    await here.quiet()


async def acts(here: World, made: Invitation, event: InvitationEvent, reply: str = "") -> None:
    await here.store.record(replace(here.arrival(event, made), address=KIM, reply=reply))


async def test_what_has_to_wait_for_a_limit_is_stored_for_its_moment(database_url: str, keyring: Keyring) -> None:
    """A flood is not claimed and put off again and again: each row has a moment of its own from the start."""
    minute, gap = timedelta(minutes=1), timedelta(seconds=2)
    post = Post("paper", account="team", gap=gap, busy_until=NOON + minute)
    kim, *others = (Address("paper", who, account="team", user=who) for who in ("kim", "liisa", "sam", "lee"))
    async with sender(database_url, keyring, post) as here:
        assert here.delivery is not None
        await say(here, "one", to=kim)
        await until_there(here, "SELECT 1 FROM outbox WHERE leased_by IS NULL")
        for other in others:
            await say(here, "two", to=other)
        rows = await here.rows("SELECT due_at, leased_by FROM outbox ORDER BY id")
        assert [leased for _, leased in rows] == [None] * 4
        moments = [due if isinstance(due, datetime) else datetime.fromisoformat(due) for due, _ in rows]
        assert [due - moments[0] for due in moments] == [timedelta(0), gap, 2 * gap, 3 * gap]
        here.clock.advance(seconds=60)
        assert await here.delivery.claim() == 1
        here.clock.advance(seconds=6)
        assert await here.delivery.claim() == 3
        await here.quiet()
    assert [dispatch.address.conversation for dispatch in post.sent] == ["kim", "liisa", "sam", "lee"]


async def test_a_confirmation_says_what_holds_when_it_goes(database_url: str, keyring: Keyring) -> None:
    """While a limit keeps it back, the person changes their answer: they read the newest once, and nothing that was
    true before."""
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here:
        assert here.delivery is not None
        made = await here.asked(to=KIM)
        await here.quiet()
        post.busy_until = here.clock.now() + timedelta(minutes=1)
        for score in (2, 4):
            await acts(here, made, ScoreChosen(score))
        await until_there(here, "SELECT 1 FROM outbox WHERE leased_by IS NULL")
        here.clock.advance(minutes=2)
        await here.quiet()
    [asked, confirmed] = post.sent
    assert (asked.prompt.kind, asked.message) == (PromptKind.QUESTION, "")
    assert (confirmed.prompt.kind, confirmed.message) == (PromptKind.THANKS, "kim-1")
    assert confirmed.prompt.title == "You answered 4 of 5. Thank you."


async def test_who_was_forgotten_gets_no_confirmation(database_url: str, keyring: Keyring) -> None:
    """The confirmation is in hand already and waits for its turn when the person is erased: they read the farewell."""
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here, in_line(here, post) as made:
        await acts(here, made, ScoreChosen(2))
        async with here.store.reading() as uow:
            found = await uow.customers.at("default", KIM)
        assert found is not None
        await People(here.store, here.context).erase("default", found.id)
    question, first, *rest = post.sent
    assert (question.prompt.kind, first.prompt.title) == (PromptKind.QUESTION, "first")
    assert [(one.prompt.kind, one.message) for one in rest] == [(PromptKind.CLOSED, "kim-1")]


async def test_the_newest_goes_by_the_way_that_answers_at_once(database_url: str, keyring: Keyring) -> None:
    """A tap may be answered at once, and words that follow it not: while the tap's answer waits, it says the newest."""
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here, in_line(here, post) as made:
        await acts(here, made, ScoreChosen(2), reply="old https://example.org/answer")
        await acts(here, made, CommentWritten("Slow", "m1"))
    answered = [(bool(one.reply), one.prompt.kind) for one in post.sent[2:]]
    assert answered == [(True, PromptKind.KEPT), (False, PromptKind.KEPT)]


async def test_an_overtaken_message_takes_no_turn(sqlite_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team")
    async with sender(sqlite_url, keyring, post) as here, in_line(here, post) as made:
        for score in (1, 2, 3):
            await acts(here, made, ScoreChosen(score))
        before = post.turns
    assert [one.prompt.title for one in post.sent[2:]] == ["You answered 3 of 5. Thank you."]
    assert post.turns - before == 1


async def test_of_a_flood_who_tapped_first_is_answered_first(database_url: str, keyring: Keyring) -> None:
    """More in one moment than the sender has hands for, and no turn for a minute: what was in hand stays in front."""
    post = Post("paper", account="team", gap=timedelta(seconds=1), busy_until=NOON + timedelta(minutes=1))
    people = [Address("paper", f"p{n}", account="team", user=f"p{n}") for n in range(IN_HAND + 40)]
    async with sender(database_url, keyring, post) as here:
        prompt = Prompt(PromptKind.INFO, "en", title="thanks")
        flood = [Dispatch(workspace="default", address=one, prompt=prompt) for one in people]
        await here.store.write(lambda uow: uow.outbox.add(flood, here.clock.now()))
        await until_there(here, "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE leased_by IS NOT NULL)")
        by_moment = await here.rows("SELECT id FROM outbox ORDER BY due_at, id")
        assert len(by_moment) == len(people)
        assert by_moment == sorted(by_moment)
        post.busy_until = NOON
        here.clock.advance(minutes=5)
        await here.quiet()
    assert len(post.sent) == len(people)
