"""What could not be noted while a message was on its way: nothing newer to the same chat overtakes it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, MutableMapping, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from structlog.testing import capture_logs

from bot.address import Address
from bot.errors import StoreUnavailable, TryAgainLater
from bot.events import Outcome, ScoreChosen
from bot.invitation import Invitation
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from bot.values import replace
from storage.keys import Keyring
from tests.builders import NOON
from tests.contracts.engines import ask
from tests.contracts.writing import busy, refuse, until_somebody_waits
from tests.post import Post, say, sender
from tests.world import PATIENCE_SECONDS, World, next_turn, world

KIM = Address("paper", "kim", account="team", user="kim")
SAM = replace(KIM, conversation="sam", user="sam")
PEOPLE = [replace(KIM, conversation=f"p{number}", user=f"p{number}") for number in range(80)]
BEYOND_THE_LEASE = 61
WAITS_AFTER_COMMIT = text("SELECT pid FROM pg_stat_activity WHERE datname = :name AND wait_event = 'SyncRep'")


async def until_in_doubt(logs: Sequence[MutableMapping[str, Any]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(line["event"] == "delivery could not be noted" for line in logs):
            await next_turn()


async def tap(here: World, made: Invitation, where: Address) -> Outcome:
    return await here.store.record(replace(here.arrival(ScoreChosen(4), made), address=where))


async def all_sent(here: World) -> None:
    assert here.delivery is not None
    here.clock.advance(seconds=BEYOND_THE_LEASE)
    await here.delivery.claim()
    await here.quiet()


@asynccontextmanager
async def away(here: World, logs: Sequence[MutableMapping[str, Any]]) -> AsyncGenerator[None]:
    """The next thing that the sender notes meets a database that is away: until it has let go of that row."""
    if here.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(here.engine.url.database or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            await until_in_doubt(logs)  # as long as SQLite looks for its lock
            other.execute("ROLLBACK")
        return
    async with here.engine.begin() as connection:
        await connection.execute(text("SELECT id FROM outbox FOR UPDATE"))
        yield
        await until_somebody_waits(here.engine)
        await ask(here.engine, "SELECT pg_terminate_backend(pid, 2000) FROM pg_locks WHERE NOT granted")
    await until_in_doubt(logs)


async def stuck(here: World, post: Post) -> None:
    """A first message to Kim, which the platform wants later, and the database is away when that is to be noted."""
    go_on = post.hold["kim"] = asyncio.Event()
    post.fail["kim"] = [TryAgainLater("busy", 1)]
    await say(here, "first", to=KIM)
    await post.until(1)
    del post.hold["kim"]
    with capture_logs() as logs:
        async with away(here, logs):
            go_on.set()
    post.sent.clear()


async def test_a_row_whose_fate_could_not_be_noted_is_not_overtaken(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here:
        await stuck(here, post)
        await say(here, "second", to=KIM)
        # Free as soon as the first is over, and no lease of its own keeps it longer.
        assert await here.rows("SELECT count(*) FROM outbox WHERE leased_by IS NULL") == [(1,)]
        await say(here, "to somebody else", to=SAM)
        await post.until(1)
        await all_sent(here)
    assert [one.prompt.title for one in post.sent] == ["to somebody else", "first", "second"]


async def test_nor_by_what_was_being_stored_when_the_doubt_came(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here:
        await stuck(here, post)
        assert here.delivery is not None
        here.store.sent_by(lambda _dispatch, _now: None)  # as it was decided before
        await say(here, "second", to=KIM)
        here.store.sent_by(here.delivery.takes, here.delivery.undone)
        await say(here, "third", to=KIM)
        await all_sent(here)
    assert post.titles("kim") == ["first", "second", "third"]


async def test_a_note_that_is_always_refused_holds_no_chat_up(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here:
        await refuse(here, "outbox", "OLD.id = 1", on="DELETE")
        with capture_logs() as logs:
            await say(here, "first", to=KIM)
            await until_in_doubt(logs)
        await say(here, "second", to=KIM)
        await post.until(2)
        await here.execute("DROP TRIGGER poison" + ("" if here.engine.dialect.name == "sqlite" else " ON outbox"))
    assert post.titles("kim") == ["first", "second"]


@pytest.mark.postgres
@pytest.mark.parametrize("claimed", [False, True])
async def test_a_commit_whose_answer_is_lost_changes_no_order(
    postgres_server: str, postgres_url: str, keyring: Keyring, claimed: bool
) -> None:
    """PostgreSQL has the rows and goes away before it says so: they are leased to us, and we do not know."""
    post = Post("paper", account="team")
    admin = create_async_engine(postgres_server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with admin.connect() as root, sender(postgres_url, keyring, post) as here:
        assert here.delivery is not None
        if claimed:
            here.store.sent_by(lambda _dispatch, now: now)
            await say(here, "first", to=KIM)
            here.store.sent_by(here.delivery.takes, here.delivery.undone)
        try:
            await configured(root, "nobody")  # a commit waits for a standby that there is not, when it is done
            lost = asyncio.create_task(here.delivery.claim() if claimed else say(here, "first", to=KIM))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (waits := await root.scalar(WAITS_AFTER_COMMIT, {"name": make_url(postgres_url).database})):
                    pass
            await root.execute(text("SELECT pg_terminate_backend(:pid, 3000)"), {"pid": waits})
        finally:
            await configured(root, "")
        with pytest.raises(StoreUnavailable):
            await lost
        await say(here, "second", to=KIM)
        await all_sent(here)
    await admin.dispose()
    assert post.titles("kim") == ["first", "second"]


async def configured(root: AsyncConnection, standby: str) -> None:
    await root.exec_driver_sql(f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")
    await root.exec_driver_sql("SELECT pg_reload_conf()")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await root.scalar(text("SHOW synchronous_standby_names")) != standby:
            pass


async def test_what_was_given_back_and_claimed_at_once_is_in_hand(database_url: str, keyring: Keyring) -> None:
    """Both in one transaction: the claim hears of it before whoever gave it back."""
    post = Post("paper", account="team", busy_until=NOON + timedelta(seconds=0.2))
    hello = Prompt(PromptKind.INFO, "en", title="Hello")
    async with (
        world(database_url, keyring, owner="b", delivers=False) as other,
        sender(database_url, keyring, post) as here,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        assert here.delivery is not None
        other.store.sent_by(lambda _dispatch, now: now)
        await other.store.write(
            lambda uow: uow.outbox.add([Dispatch(workspace="default", address=SAM, prompt=hello)], NOON)
        )
        await say(here, "first", to=KIM)  # in hand, waits for its turn
        async with busy(here):
            post.sends = False  # another process has become the sender
            here.clock.advance(seconds=1)
            while here.store.backlog < 1:
                await next_turn()
            post.sends = True
            claiming = asyncio.create_task(here.delivery.claim())
            while here.store.backlog < 2:
                await next_turn()
        assert await claiming == 2
        await here.quiet()  # not only when a lease is over
    sent = post.sent
    assert sorted(one.prompt.title for one in sent) == ["Hello", "first"]


async def test_a_tap_that_the_database_refuses_makes_nobody_elses_answer_late(
    database_url: str, keyring: Keyring
) -> None:
    """The taps beside it are written again, one by one, as if their rows had never been promised a hand."""
    post = Post("paper", account="team", gap=timedelta(seconds=2))
    async with sender(database_url, keyring, post) as here:
        made = [await here.asked(to=one) for one in PEOPLE]
        await here.quiet()
        await refuse(here, "response", f"NEW.invitation_id = '{made[-1].id}'")
        async with busy(here):
            taps = [asyncio.create_task(tap(here, one, where)) for one, where in zip(made, PEOPLE, strict=True)]
            await next_turn()
        assert [one.parked for one in await asyncio.gather(*taps)] == [False] * (len(PEOPLE) - 1) + [True]
        sent = await post.until(len(PEOPLE) + 20)
    assert PEOPLE[0] in [one.address for one in sent[len(PEOPLE) :]]


async def test_nor_is_it_lost_where_another_stands_behind_it(database_url: str, keyring: Keyring) -> None:
    post = Post("paper", account="team")
    async with sender(database_url, keyring, post) as here, asyncio.timeout(PATIENCE_SECONDS):
        assert here.delivery is not None
        go_on = post.hold["kim"] = asyncio.Event()
        post.fail["kim"] = [TryAgainLater("busy", 1)]
        await say(here, "first", to=KIM)
        await post.until(1)
        await say(here, "second", to=KIM)
        here.store.sent_by(lambda _dispatch, now: now)
        await say(here, "Hello", to=SAM)  # so that there is something to claim
        async with busy(here):
            go_on.set()
            while here.store.backlog < 1:
                await next_turn()
            del post.hold["kim"]
            here.clock.advance(seconds=2)
            claiming = asyncio.create_task(here.delivery.claim())
            while here.store.backlog < 2:
                await next_turn()
        assert await claiming == 2
        await here.quiet()
    assert post.titles("kim") == ["first", "first", "second"]


@pytest.mark.postgres
async def test_what_a_transaction_promised_that_is_gone_takes_no_room(postgres_url: str, keyring: Keyring) -> None:
    """The database goes away in the commit of a flood; what others left is claimed all the same."""
    post, hello = Post("paper", account="team"), Prompt(PromptKind.INFO, "en", title="Hello")
    async with (
        world(postgres_url, keyring, owner="b", delivers=False) as other,
        sender(postgres_url, keyring, post) as here,
    ):
        assert here.delivery is not None
        made = [await here.asked(to=one) for one in PEOPLE]
        await here.quiet()
        await here.execute(
            "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$",
            "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON response DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION dies()",
        )
        async with busy(here):
            taps = [asyncio.create_task(tap(here, one, where)) for one, where in zip(made, PEOPLE, strict=True)]
            await next_turn()
        found = await asyncio.gather(*taps, return_exceptions=True)
        assert {type(one) for one in found} == {StoreUnavailable}
        await here.execute("DROP TRIGGER dies ON response")
        other.store.sent_by(lambda _dispatch, now: now)
        left = Dispatch(workspace="default", address=KIM, prompt=hello)
        await other.store.write(lambda uow: uow.outbox.add([left], NOON))
        assert await here.delivery.claim() == 1
