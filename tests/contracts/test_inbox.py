"""The inbox: what waits is one commit, what is known changes nothing, what is broken stops nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest

from bot.errors import NotFound, StoreError, StoreUnavailable
from bot.events import CommentWritten, Outcome, ScoreChosen
from bot.invitation import State
from bot.policy import Reason
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from storage.keys import Keyring
from tests.builders import NOON
from tests.contracts.writing import asked_many, busy, note, notes
from tests.world import TestClock, World, next_turn, person, world

MANY = 256


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


async def test_taps_that_come_one_turn_of_the_loop_after_another_are_one_commit(here: World) -> None:
    made = await asked_many(here, 20)
    before = here.store.commits
    taps = []
    for number, one in enumerate(made):
        taps.append(asyncio.create_task(here.tells(ScoreChosen(5), one, f"v{number}")))
        await asyncio.sleep(0)  # a turn, and no time
    await asyncio.gather(*taps)
    assert here.store.commits == before + 1


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


async def test_readers_never_wait_for_the_writer(here: World) -> None:
    async with busy(here), asyncio.timeout(2):
        assert await notes(here) == []
    assert await notes(here) == ["slow"]
