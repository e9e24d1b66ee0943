"""The counters agree with a recount whatever happens, before and after folding, and `verify` would notice if not."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import advance
from bot.counting import Cell, cells
from bot.events import AnswerDeleted, CommentWritten, ScoreChosen
from bot.invitation import Answer, Interaction, Invitation, Origin, State
from bot.ports import Saved
from bot.values import replace
from storage.customers import CustomerRows
from storage.invitations import INVITATIONS, InvitationRows
from storage.keys import Keyring
from storage.rollups import DELTAS, ROLLUPS, Difference, RollupRows, verify
from tests.builders import NOON, at, played
from tests.contracts.prepared import SURVEY_IDS, invited, load, prepared, save

DAY = NOON.date()


async def fold(engine: AsyncEngine, keyring: Keyring, limit: int) -> int:
    async with engine.begin() as connection:
        return await RollupRows(connection, keyring).fold(limit)


async def count(engine: AsyncEngine, source: Any) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(source)) or 0)


def own(invitation: Invitation, number: int) -> Invitation:
    slug = invitation.survey.slug
    return replace(invitation, id=f"i-{number:04}", customer=None, survey_id=SURVEY_IDS[slug])


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.lists(played(), min_size=1, max_size=6), st.integers(1, 40))
async def test_whatever_happens_a_recount_agrees(
    engine: AsyncEngine, keyring: Keyring, lives: list[Any], some: int
) -> None:
    """Also that every invitation comes back as the conversation left it. The database is one for all examples."""
    there = await count(engine, INVITATIONS)
    current = [own(start, there + number) for number, (start, _) in enumerate(lives)]
    await save(engine, keyring, *current)
    for turn in range(max(len(steps) for _, steps in lives)):
        saved = []
        for number, (_, steps) in enumerate(lives):
            if turn < len(steps):
                after = own(steps[turn][1].invitation, there + number)
                saved.append(Saved(current[number], after, steps[turn][1].history))
                current[number] = after
        await save(engine, keyring, *saved)
    assert await load(engine, keyring, *(one.id for one in current)) == current
    assert await verify(engine) == []
    await fold(engine, keyring, some)
    assert await verify(engine) == []


async def test_sums_are_those_of_the_invitations(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = [invited(number, "csat" if number % 2 else "nps") for number in range(10)]
    given = [
        advance(one, ScoreChosen(number % 5 + 1), at(days=number % 3)).invitation for number, one in enumerate(asked)
    ]
    await save(engine, keyring, *asked)
    assert await fold(engine, keyring, 1000) > 0
    await save(engine, keyring, *map(Saved, asked, given))
    expected = sum((cells(one) for one in given), Counter[Cell]())
    async with engine.connect() as connection:
        rollups = RollupRows(connection, keyring)
        for dimension in ("all", "agent", "tag", "touchpoint"):
            found = await rollups.sums(set(SURVEY_IDS.values()), DAY, DAY + timedelta(days=9), dimension)
            here = {
                (cell.survey_id, cell.day, cell.key, cell.measure): n
                for cell, n in expected.items()
                if cell.dimension == dimension
            }
            assert found == here
        some = await rollups.sums([SURVEY_IDS["nps"]], DAY + timedelta(days=1), DAY + timedelta(days=1))
        assert {(survey, day) for survey, day, _, _ in some} == {(SURVEY_IDS["nps"], DAY + timedelta(days=1))}
        assert await rollups.sums([], DAY, DAY) == {}


async def test_folding_takes_the_oldest_and_changes_no_sum(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = [invited(number) for number in range(4)]
    await save(engine, keyring, *asked)
    waiting = await count(engine, DELTAS)
    async with engine.connect() as connection:
        before = await RollupRows(connection, keyring).sums([SURVEY_IDS["csat"]], DAY, DAY)
        oldest = (await connection.scalars(select(DELTAS.c.id).order_by(DELTAS.c.id).limit(3))).all()
    assert before[(SURVEY_IDS["csat"], DAY, "", "considered")] == 4
    assert await fold(engine, keyring, 3) == 3
    assert await count(engine, DELTAS) == waiting - 3
    async with engine.connect() as connection:
        assert not (await connection.scalars(select(DELTAS.c.id).where(DELTAS.c.id.in_(oldest)))).all()
        assert await RollupRows(connection, keyring).sums([SURVEY_IDS["csat"]], DAY, DAY) == before
    assert await fold(engine, keyring, 1000) == waiting - 3
    assert await fold(engine, keyring, 1000) == 0
    async with engine.connect() as connection:
        assert await RollupRows(connection, keyring).sums([SURVEY_IDS["csat"]], DAY, DAY) == before


async def test_a_batch_makes_one_delta_row_a_cell(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = [invited(number) for number in range(50)]
    await save(engine, keyring, *asked)
    assert await count(engine, DELTAS) == len(sum((cells(one) for one in asked), Counter[Cell]()))


async def test_counters_that_come_to_nothing_leave_no_row(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = invited(1)
    given = advance(asked, ScoreChosen(2), at(1)).invitation
    await save(engine, keyring, given)
    await fold(engine, keyring, 1000)
    changed = advance(given, ScoreChosen(5), at(2)).invitation
    await save(engine, keyring, Saved(given, changed))
    async with engine.connect() as connection:
        sums = await RollupRows(connection, keyring).sums([SURVEY_IDS["csat"]], DAY, DAY)
    assert {measure for _, _, _, measure in sums if measure.startswith("score_")} == {"score_5"}
    await fold(engine, keyring, 1000)
    async with engine.connect() as connection:
        measures = (await connection.scalars(select(ROLLUPS.c.measure).distinct())).all()
    assert sorted(measures) == ["answered", "considered", "delivered", "score_5"]
    assert await verify(engine) == []


async def test_a_recount_agrees_after_deletion_and_erasure(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = [
        replace(invited(number, origin=list(Origin)[number % 4]), customer="customer-1", interaction=Interaction())
        for number in range(8)
    ]
    given = [advance(one, ScoreChosen(4), at(1)).invitation for one in asked]
    told = [advance(one, CommentWritten("slow"), at(2)).invitation for one in given]
    await save(engine, keyring, *told)
    await fold(engine, keyring, 20)
    gone = [advance(one, AnswerDeleted(), at(3)).invitation for one in told[:4]]
    await save(engine, keyring, *map(Saved, told, gone))
    async with engine.begin() as connection:
        await CustomerRows(connection, keyring).erase("customer-1")
    erased = [
        replace(one, customer=None, address=None, answer=_without_words(one.answer)) for one in (*gone, *told[4:])
    ]
    assert await load(engine, keyring, *(one.id for one in asked)) == erased
    assert await verify(engine) == []
    await fold(engine, keyring, 1000)
    assert await verify(engine) == []
    async with engine.connect() as connection:
        sums = await RollupRows(connection, keyring).sums([SURVEY_IDS["csat"]], DAY, DAY)
    assert sums[(SURVEY_IDS["csat"], DAY, "", "score_4")] == 3  # asked, open call, imported; not the test
    assert sums[(SURVEY_IDS["csat"], DAY, "", "commented")] == 1


def _without_words(answer: Answer | None) -> Answer:
    assert answer is not None
    return replace(answer, parts=())


async def test_verify_tells_what_differs(engine: AsyncEngine, keyring: Keyring) -> None:
    first, last = invited(1, cohort_day=date(2026, 1, 1)), invited(2, cohort_day=date(2026, 3, 1))
    await save(engine, keyring, first, last)
    await fold(engine, keyring, 1000)
    survey = SURVEY_IDS["csat"]
    missing = Cell(survey, date(2026, 1, 1), "agent", "anna", "delivered")
    wrong = Cell(survey, date(2026, 3, 1), "all", "", "considered")
    extra = Cell(survey, date(2026, 2, 1), "tag", "vat", "score_5")
    async with engine.begin() as connection:
        at_first = (ROLLUPS.c.day == missing.day) & (ROLLUPS.c.dimension == "agent")
        await connection.execute(delete(ROLLUPS).where(at_first, ROLLUPS.c.measure == "delivered"))
        await connection.execute(DELTAS.insert(), [{**cell._asdict(), "n": 2} for cell in (wrong, extra)])
    assert await verify(engine) == [Difference(missing, 0, 1), Difference(extra, 2, 0), Difference(wrong, 3, 1)]


async def test_verify_notices_an_answer_that_was_not_counted(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = invited(1, interaction=replace(invited(1).interaction, agent=None, team=None, tags=(), touchpoint=None))
    await save(engine, keyring, replace(asked, channel=""))
    async with engine.begin() as connection:
        await connection.execute(update(INVITATIONS).values(state=State.FAILED.value, reason="blocked", sent_at=None))
    survey = SURVEY_IDS["csat"]
    assert await verify(engine) == [
        Difference(Cell(survey, DAY, "all", "", "delivered"), 1, 0),
        Difference(Cell(survey, DAY, "all", "", "failed:blocked"), 0, 1),
    ]


@pytest.mark.postgres
async def test_folding_at_once_neither_waits_in_a_circle_nor_counts_twice(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        for number in range(40):
            await save(engine, keyring, invited(number))

        async def fold_all() -> int:
            folded = 0
            while taken := await fold(engine, keyring, 17):
                folded += taken
            return folded

        waiting = await count(engine, DELTAS)
        assert sum(await asyncio.gather(*(fold_all() for _ in range(4)))) == waiting
        assert await count(engine, DELTAS) == 0
        assert await verify(engine) == []


@pytest.mark.postgres
async def test_folding_goes_round_what_another_process_folds(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        await save(engine, keyring, invited(1), invited(2, "nps"))
        async with engine.connect() as connection:
            taken = select(DELTAS.c.id).order_by(DELTAS.c.id).limit(4).with_for_update()
            held = (await connection.scalars(taken)).all()
            assert await fold(engine, keyring, 1000) > 0
            await connection.rollback()
        async with engine.connect() as connection:
            assert sorted((await connection.scalars(select(DELTAS.c.id))).all()) == sorted(held)


async def test_readers_see_base_and_deltas_of_one_transaction(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        invitations, rollups = InvitationRows(connection, keyring), RollupRows(connection, keyring)
        await invitations.save([Saved(None, invited(1))])
        await rollups.fold(1000)
        await invitations.save([Saved(None, invited(2))])
        sums = await rollups.sums([SURVEY_IDS["csat"]], DAY, DAY)
    assert sums[(SURVEY_IDS["csat"], DAY, "", "delivered")] == 2
