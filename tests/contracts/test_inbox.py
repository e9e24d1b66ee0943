"""The inbox: what waits is one commit, what is known changes nothing, what is broken stops nobody else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import NoReturn

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import BadScore, NotAllowed, NotFound, StoreError, StoreUnavailable
from bot.events import CommentWritten, OptedIn, Outcome, ScoreChosen, TextWritten
from bot.invitation import Invitation, State
from bot.policy import Reason
from bot.ports import Dispatch, StoredMessage, UnitOfWork
from bot.prompts import Prompt, PromptKind
from storage.keys import Keyring
from tests.builders import NOON, make_address
from tests.world import TestClock, World, next_turn, person, world

MANY = 256
POISON = "6"  # the only score that the broken database of these tests refuses

NOTE = make_address(conversation="note")


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


@pytest.fixture
async def pair(database_url: str, keyring: Keyring) -> AsyncIterator[tuple[World, World]]:
    clock = TestClock()
    async with (
        world(database_url, keyring, clock=clock, delivers=False) as one,
        world(database_url, keyring, clock=clock, owner="b", delivers=False) as other,
    ):
        yield one, other


async def note(uow: UnitOfWork, text: str) -> None:
    """Writes something that can be read back."""
    await uow.messages.put("default", NOTE, StoredMessage(0, text, NOON, Prompt(PromptKind.INFO, "en")), None)


async def notes(here: World) -> list[str]:
    async with here.store.reading() as uow:
        return [message.id for message in await uow.messages.newest("default", NOTE, 100)]


@asynccontextmanager
async def busy(here: World) -> AsyncIterator[None]:
    """The writer is in the middle of a transaction."""
    running, go_on = asyncio.Event(), asyncio.Event()

    async def slow(uow: UnitOfWork) -> None:
        await note(uow, "slow")
        running.set()
        await go_on.wait()

    writing = asyncio.create_task(here.store.write(slow))
    await running.wait()
    yield
    go_on.set()
    await writing


async def asked_many(here: World, number: int) -> list[Invitation]:
    made = await asyncio.gather(*(here.asked(f"v{n}", "nps") for n in range(number)))
    return list(made)


async def refuse_poison(here: World) -> None:
    """The database itself refuses one score, as a broken index or a rule of an operator would."""
    if here.engine.dialect.name == "sqlite":
        await here.execute(
            f"CREATE TRIGGER poison BEFORE INSERT ON response WHEN NEW.score = {POISON} "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
        return
    await here.execute(
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NEW.score = {POISON} THEN RAISE 'poison'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER poison BEFORE INSERT ON response FOR EACH ROW EXECUTE FUNCTION poison()",
    )


async def test_256_waiting_taps_cost_one_commit(here: World) -> None:
    made = await asked_many(here, MANY)
    before = here.store.commits
    taps = [here.tells(ScoreChosen(n % 11), one, f"v{n}") for n, one in enumerate(made)]
    outcomes = await asyncio.gather(*taps)
    assert here.store.commits == before + 1
    assert outcomes == [Outcome()] * MANY
    found = await here.rows("SELECT score, count(*) FROM response GROUP BY score ORDER BY score")
    assert found == [(k, len(range(k, MANY, 11))) for k in range(11)]
    assert await here.differences() == []


async def test_a_lone_tap_waits_for_nothing(here: World) -> None:
    made = await here.asked()
    before = here.store.commits
    # Faster than any timer that a batch might wait for would let it be.
    async with asyncio.timeout(5):
        await here.tells(ScoreChosen(5), made)
    assert here.store.commits == before + 1
    assert (await here.invitation(made.id)).state is State.ANSWERED


async def test_what_arrives_while_a_commit_runs_is_the_next_batch(here: World) -> None:
    made = await asked_many(here, 9)
    before = here.store.commits
    async with busy(here):
        taps = [asyncio.create_task(here.tells(ScoreChosen(3), one, f"v{n}")) for n, one in enumerate(made)]
        await next_turn()
        assert here.store.backlog == len(made)
    await asyncio.gather(*taps)
    assert here.store.commits == before + 2


async def test_the_future_resolves_after_the_commit_that_holds_the_event(here: World) -> None:
    made = await here.asked()
    await here.tells(ScoreChosen(2), made)
    assert await here.rows("SELECT score FROM response") == [(2,)]  # on another connection


async def test_a_redelivered_id_changes_nothing(here: World) -> None:
    made = await here.asked()
    first = await here.tells(ScoreChosen(2), made, event_id="update-1")
    await here.tells(ScoreChosen(4), made, event_id="update-2")
    again = await here.tells(ScoreChosen(2), made, event_id="update-1")
    assert (first.known, again.known) == (False, True)
    assert (await here.invitation(made.id)).answer is not None
    assert await here.rows("SELECT score FROM response") == [(4,)]
    assert [entry.score for entry in await here.history(made)] == [2, 4]


async def test_a_redelivered_id_within_one_batch_counts_once(here: World) -> None:
    made = await here.asked()
    ids = ["update-1", "update-2", "update-1", "update-3", "update-1"]
    scores = [2, 4, 2, 4, 2]
    before = here.store.commits
    outcomes = await asyncio.gather(
        *(here.tells(ScoreChosen(k), made, event_id=one) for k, one in zip(scores, ids, strict=True))
    )
    assert here.store.commits == before + 1
    assert [outcome.known for outcome in outcomes] == [False, False, True, False, True]
    assert [entry.score for entry in await here.history(made)] == [2, 4]
    assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "score_4": 1}


async def test_an_event_of_another_batch_knows_what_came_before(here: World) -> None:
    made = await here.asked()
    for _ in range(3):
        await here.tells(CommentWritten("fine"), made, event_id="words-1")
    await here.tells(ScoreChosen(0), await here.asked("liisa", "nps"), "liisa")
    assert len(await here.history(made)) == 1
    assert await here.rows("SELECT score FROM response WHERE score IS NOT NULL") == [(0,)]


async def test_two_replicas_record_one_event_once(pair: tuple[World, World]) -> None:
    one, other = pair
    made = await one.asked()
    for round_ in range(8):
        score = 1 + round_ % 5
        outcomes = await asyncio.gather(
            *(here.tells(ScoreChosen(score), made, event_id=f"tap-{round_}") for here in (one, other, one))
        )
        assert sorted(outcome.known for outcome in outcomes) == [False, True, True]
    assert await one.rows("SELECT count(*) FROM response") == [(1,)]
    assert [entry.score for entry in await one.history(made)] == [1, 2, 3, 4, 5, 1, 2, 3]
    assert await one.differences() == []


async def test_two_replicas_that_hear_different_things_keep_all_of_it(pair: tuple[World, World]) -> None:
    one, other = pair
    made = await one.asked()
    await asyncio.gather(one.tells(ScoreChosen(2), made), other.tells(CommentWritten("slow"), made))
    found = await one.invitation(made.id)
    assert found.answer is not None
    assert (found.answer.score, found.answer.comment, found.answer.commented) == (2, "slow", True)
    assert await one.differences() == []


async def test_two_replicas_ask_the_same_at_once_and_one_row_comes_of_it(pair: tuple[World, World]) -> None:
    one, other = pair
    for ticket in ("T-1", "T-2", "T-3"):
        who = f"kim-{ticket}"
        asked = await asyncio.gather(
            one.ask(who, ticket=ticket), other.ask(who, ticket=ticket), one.ask(who, ticket=ticket)
        )
        assert len({found.invitation.id for found in asked if found.invitation}) == 1
        assert sorted(found.repeated for found in asked) == [False, True, True]
    assert await one.rows("SELECT state, count(*) FROM invitation GROUP BY state") == [("scheduled", 3)]
    assert await one.rows("SELECT count(*) FROM customer") == [(3,)]
    assert await one.outbox() == 3


async def test_two_replicas_ask_different_things_at_once_and_one_question_is_open(pair: tuple[World, World]) -> None:
    one, other = pair
    asked = await asyncio.gather(one.ask("kim", "csat", ticket="T-1"), other.ask("kim", "nps", ticket="T-2"))
    assert {found.verdict.reason for found in asked} == {None, Reason.OPEN_QUESTION}
    states = await one.rows("SELECT state FROM invitation ORDER BY state")
    assert states == [("scheduled",), ("suppressed",)]


async def test_two_workers_answer_different_people_at_once_without_loss(pair: tuple[World, World]) -> None:
    made = await asked_many(pair[0], 40)
    taps = [pair[n % 2].tells(ScoreChosen(n % 11), one, f"v{n}") for n, one in enumerate(made)]
    assert await asyncio.gather(*taps) == [Outcome()] * 40
    assert await pair[0].rows("SELECT count(*) FROM response WHERE score IS NOT NULL") == [(40,)]
    assert await pair[0].differences() == []


async def test_the_error_of_a_job_undoes_that_job_alone(here: World) -> None:
    async def broken(uow: UnitOfWork) -> NoReturn:
        await note(uow, "broken")
        raise NotFound("no such thing")

    made = await here.asked()
    before = here.store.commits
    found = await asyncio.gather(
        here.store.write(lambda uow: note(uow, "before")),
        here.store.write(broken),
        here.store.write(lambda uow: note(uow, "after")),
        here.tells(ScoreChosen(3), made),
        return_exceptions=True,
    )
    assert here.store.commits == before + 1
    assert [type(one) for one in found] == [type(None), NotFound, type(None), Outcome]
    assert sorted(await notes(here)) == ["after", "before"]


async def test_a_job_that_the_database_refuses_undoes_itself_alone(here: World) -> None:
    async def refused(uow: UnitOfWork) -> None:
        await note(uow, "refused")
        contact = (await uow.surveys.versions("default"))[0]
        await uow.surveys.add("no such workspace", contact.survey, NOON)

    found = await asyncio.gather(
        here.store.write(refused), here.store.write(lambda uow: note(uow, "fine")), return_exceptions=True
    )
    assert isinstance(found[0], StoreError)
    assert not isinstance(found[0], StoreUnavailable)
    assert await notes(here) == ["fine"]


async def test_a_job_that_is_undone_sends_nothing(here: World) -> None:
    handed: list[int] = []
    here.store.after_commit(lambda dispatches: handed.append(len(dispatches)))

    async def broken(uow: UnitOfWork) -> NoReturn:
        prompt = Prompt(PromptKind.INFO, "en", title="hello")
        await uow.outbox.add([Dispatch(workspace="default", address=person("kim"), prompt=prompt)], NOON)
        raise NotFound("after it was put into the outbox")

    with pytest.raises(NotFound):
        await here.store.write(broken)
    assert handed == [0]
    assert await here.outbox() == 0


async def test_a_persons_mistake_is_that_events_own_error(here: World) -> None:
    made = await here.asked()
    found = await asyncio.gather(
        here.tells(ScoreChosen(99), made),
        here.tells(ScoreChosen(4), made, "stranger"),
        here.tells(ScoreChosen(5), "no-such-invitation"),
        here.tells(ScoreChosen(4), made),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [BadScore, NotAllowed, NotFound, Outcome]
    assert await here.rows("SELECT score FROM response") == [(4,)]


async def test_a_poison_event_is_parked_and_the_others_of_its_batch_are_stored(here: World) -> None:
    await refuse_poison(here)
    made = await asked_many(here, 5)
    outcomes = await asyncio.gather(
        *(here.tells(ScoreChosen(k), made[n], f"v{n}", f"tap-{n}") for n, k in enumerate([0, 10, int(POISON), 3, 9]))
    )
    assert [outcome.parked for outcome in outcomes] == [False, False, True, False, False]
    assert await here.rows("SELECT score FROM response ORDER BY score") == [(0,), (3,), (9,), (10,)]
    async with here.store.reading() as uow:
        [(_, event_id, error, _)] = await uow.events.parked()
    assert event_id == "tap-2"
    assert "StoreError" in error
    # It was acknowledged: the platform's redelivery is known and parked no second time.
    assert (await here.tells(ScoreChosen(int(POISON)), made[2], "v2", "tap-2")).known
    assert await here.rows("SELECT count(*) FROM parked") == [(1,)]
    assert await here.differences() == []


async def test_a_parked_event_is_kept_sealed(here: World) -> None:
    await refuse_poison(here)
    made = await here.asked("kim", "nps")
    await here.tells(ScoreChosen(int(POISON)), made, "kim", "tap-1")
    [(payload,)] = await here.rows("SELECT payload FROM parked")
    assert b"kim" not in bytes(payload)
    assert b"ScoreChosen" not in bytes(payload)


async def test_odd_text_and_odd_ids_stop_nobody(here: World) -> None:
    made = await here.asked()
    outcomes = await asyncio.gather(
        here.tells(CommentWritten("a\x00b \ud800 c"), made, event_id="odd\x00id-\ud800"),
        here.tells(TextWritten("\x00"), None, "other", "odd-2"),
        here.tells(OptedIn(), None, "third", "\x00"),
        here.tells(ScoreChosen(1), made),
    )
    assert not outcomes[3].parked
    assert await here.rows("SELECT score FROM response WHERE score IS NOT NULL") == [(1,)]
    assert (await here.tells(CommentWritten("a"), made, event_id="odd\x00id-\ud800")).known


async def test_a_database_that_is_away_acknowledges_nothing_and_the_retry_works(
    postgres_url: str, keyring: Keyring
) -> None:
    async with world(postgres_url, keyring, delivers=False) as here:
        made = await here.asked()
        address = make_url(postgres_url)
        admin = create_async_engine(address.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        name, away = address.database, f"{address.database}_away"
        async with admin.connect() as connection:
            ends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            await connection.execute(ends, {"name": name})
            await connection.exec_driver_sql(f"ALTER DATABASE {name} RENAME TO {away}")
            found = await asyncio.gather(
                here.tells(ScoreChosen(4), made, event_id="tap-1"),
                here.tells(ScoreChosen(5), made, event_id="tap-2"),
                here.store.write(lambda uow: note(uow, "away")),
                return_exceptions=True,
            )
            assert [type(one) for one in found] == [StoreUnavailable] * 3
            await connection.exec_driver_sql(f"ALTER DATABASE {away} RENAME TO {name}")
        await admin.dispose()
        assert not (await here.tells(ScoreChosen(4), made, event_id="tap-1")).known
        assert await here.rows("SELECT score FROM response") == [(4,)]
        assert await here.rows("SELECT count(*) FROM parked") == [(0,)]
        assert await notes(here) == []


async def test_a_locked_database_acknowledges_nothing_and_the_retry_works(sqlite_url: str, keyring: Keyring) -> None:
    async with world(sqlite_url, keyring, delivers=False) as here:
        made = await here.asked()
        with closing(sqlite3.connect(str(here.engine.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable):
                await here.tells(ScoreChosen(4), made, event_id="tap-1")
            other.execute("ROLLBACK")
        assert not (await here.tells(ScoreChosen(4), made, event_id="tap-1")).known
        assert await here.rows("SELECT score FROM response") == [(4,)]
        assert await here.rows("SELECT count(*) FROM parked") == [(0,)]


async def test_readers_never_wait_for_the_writer(here: World) -> None:
    async with busy(here), asyncio.timeout(2):
        assert await notes(here) == []
    assert await notes(here) == ["slow"]


async def test_shutdown_writes_what_waits_and_refuses_what_comes_later(here: World) -> None:
    made = await asked_many(here, 20)
    async with busy(here):
        taps = [asyncio.create_task(here.tells(ScoreChosen(7), one, f"v{n}")) for n, one in enumerate(made)]
        await next_turn()
        assert here.store.backlog == len(made)
        here.store.close()
        with pytest.raises(StoreUnavailable):
            await here.tells(ScoreChosen(1), made[0], "v0")
    assert await asyncio.gather(*taps) == [Outcome()] * 20
    await here.writer
    assert await here.rows("SELECT score, count(*) FROM response GROUP BY score") == [(7, 20)]


async def test_who_no_longer_waits_is_not_written(here: World) -> None:
    made = await here.asked()
    async with busy(here):
        gone = asyncio.create_task(here.tells(ScoreChosen(1), made))
        await next_turn()
        gone.cancel()
    await here.tells(ScoreChosen(5), made)
    assert [entry.score for entry in await here.history(made)] == [5]
    assert person("kim") == made.address


async def test_a_listener_that_fails_stops_no_writer(here: World) -> None:
    def broken(_: object) -> NoReturn:
        raise RuntimeError("the sender is gone")

    here.store.after_commit(broken)
    made = await here.asked()
    assert await here.tells(ScoreChosen(5), made) == Outcome()
    assert await here.rows("SELECT score FROM response") == [(5,)]


async def test_an_event_for_an_unknown_workspace_is_refused_and_parks_nothing(here: World) -> None:
    lost = replace(here.arrival(TextWritten("hello")), workspace="elsewhere")
    made = await here.asked()
    found = await asyncio.gather(here.store.record(lost), here.tells(ScoreChosen(5), made), return_exceptions=True)
    assert [type(one) for one in found] == [NotFound, Outcome]
    assert await here.rows("SELECT count(*) FROM parked") == [(0,)]
