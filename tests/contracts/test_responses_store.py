"""Answers are listed once each, in order, page by page, with who gave them and how they changed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import advance
from bot.events import AnswerDeleted, CommentWritten, NotSolved, ScoreChosen
from bot.invitation import Answer, Invitation, Origin, Part, State
from bot.ports import Recorded, Saved
from bot.steps import ScoreKept, WordsKept
from bot.values import replace
from bot.workspace import Customer
from storage.invitations import RESPONSES
from storage.keys import Keyring
from storage.responses import ResponseRows
from tests.builders import NOON, at
from tests.contracts.prepared import add_workspace, invited, save


def answered(number: int, when: datetime = NOON, day: date | None = None, **changes: Any) -> Invitation:
    given = Answer(3, first_at=when, day=day or when.date(), changed_at=when + timedelta(hours=1))
    return invited(number, state=State.ANSWERED, answer=given, **changes)


def late(number: int, when: datetime) -> Invitation:
    """Words that came when the question had expired."""
    return invited(number, state=State.EXPIRED, answer=Answer(parts=(Part("late", when),), changed_at=when))


async def page(
    engine: AsyncEngine,
    keyring: Keyring,
    within: tuple[date | None, date | None] = (None, None),
    after: tuple[datetime, str] | None = None,
    limit: int = 1000,
) -> list[Recorded]:
    async with engine.connect() as connection:
        return list(await ResponseRows(connection, keyring).page("default", *within, after, limit))


def ids(recorded: list[Recorded]) -> list[str]:
    return [one.invitation.id for one in recorded]


@pytest.mark.parametrize("limit", [1, 7, 30, 1000])
async def test_pages_hold_every_answer_once_and_in_order(engine: AsyncEngine, keyring: Keyring, limit: int) -> None:
    given = [answered(number, at(number // 4 - number % 3)) for number in range(40)]
    words = [late(100 + number, at(number)) for number in range(5)]
    await save(engine, keyring, *given, *words)
    found: list[Recorded] = []
    after = None
    while some := await page(engine, keyring, after=after, limit=limit):
        assert len(some) <= limit
        found += some
        answer = some[-1].invitation.answer
        assert answer is not None
        moment = answer.first_at or answer.changed_at
        assert moment is not None
        after = (moment, some[-1].invitation.id)
    keys = {one.id: ((one.answer.first_at or one.answer.changed_at), one.id) for one in (*given, *words) if one.answer}
    assert ids(found) == sorted(keys, key=lambda one: keys[one])
    assert sorted([one.invitation for one in found], key=lambda one: one.id) == [*given, *words]


async def test_customer_and_history_come_along(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = [replace(invited(number), customer=name) for number, name in enumerate(["customer-1", "customer-2", None])]
    scored = [advance(one, ScoreChosen(number + 1), at(number)) for number, one in enumerate(asked)]
    told = advance(scored[0].invitation, CommentWritten("slow"), at(9))
    await save(engine, keyring, *[Saved(None, step.invitation, step.history) for step in scored])
    await save(engine, keyring, Saved(scored[0].invitation, told.invitation, told.history))
    people = [Customer(f"customer-{n}", "default", NOON, name=f"Name of customer-{n}") for n in (1, 2)]
    assert await page(engine, keyring) == [
        Recorded(told.invitation, people[0], (ScoreKept(1, NOON), WordsKept("slow", at(9)))),
        Recorded(scored[1].invitation, people[1], (ScoreKept(2, at(1)),)),
        Recorded(scored[2].invitation, None, (ScoreKept(3, at(2)),)),
    ]


async def test_days_are_local_days_of_the_answer(engine: AsyncEngine, keyring: Keyring) -> None:
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    midnight = datetime.combine(tuesday, NOON.timetz()).replace(hour=0)
    given = [
        answered(1, at(), monday),
        answered(2, midnight - timedelta(hours=13), tuesday),  # east of Fiji
        answered(3, midnight + timedelta(hours=11), monday),  # west of Samoa
        late(4, midnight - timedelta(microseconds=1)),
        late(5, midnight),
        answered(6, at(days=1), tuesday),
    ]
    await save(engine, keyring, *given)
    assert sorted(ids(await page(engine, keyring, (monday, monday)))) == ["i-0001", "i-0003", "i-0004"]
    assert sorted(ids(await page(engine, keyring, (tuesday, tuesday)))) == ["i-0002", "i-0005", "i-0006"]
    assert len(await page(engine, keyring, (monday, tuesday))) == 6
    assert len(await page(engine, keyring, (None, monday))) == len(await page(engine, keyring, (tuesday, None))) == 3
    assert await page(engine, keyring, (tuesday, monday)) == []


async def test_only_what_says_something_is_listed(engine: AsyncEngine, keyring: Keyring) -> None:
    given, words = answered(1), late(2, at(1))
    await save(engine, keyring, given, words)
    expected = await page(engine, keyring)
    assert ids(expected) == ["i-0001", "i-0002"]
    deleted = advance(answered(10), AnswerDeleted(), at(1)).invitation
    taken_back = [
        invited(11, state=State.EXPIRED, answer=Answer(changed_at=at(2))),
        invited(16, state=State.EXPIRED, answer=Answer()),
    ]
    not_solved = advance(invited(12), NotSolved(), at(1)).invitation
    test = answered(13, origin=Origin.TEST)
    async with engine.begin() as connection:
        await add_workspace(connection, "other")
    elsewhere = answered(14, workspace="other")
    await save(engine, keyring, deleted, *taken_back, not_solved, test, elsewhere, invited(15))
    assert await page(engine, keyring) == expected


async def test_an_erased_answer_keeps_its_score_in_the_list_but_words_alone_go(
    engine: AsyncEngine, keyring: Keyring
) -> None:
    given, words = answered(1), late(2, at(1))
    await save(engine, keyring, given, words)
    async with engine.begin() as connection:
        await connection.execute(update(RESPONSES).values(parts=None))
    assert [one.invitation for one in await page(engine, keyring)] == [given]


async def test_a_change_keeps_an_answer_in_its_place(engine: AsyncEngine, keyring: Keyring) -> None:
    first, second = answered(1), answered(2, at(1))
    await save(engine, keyring, first, second)
    changed = advance(first, ScoreChosen(5), at(30)).invitation
    await save(engine, keyring, Saved(first, changed))
    assert [one.invitation for one in await page(engine, keyring)] == [changed, second]
