"""What low scores cost the database: nothing where the score is good, one statement for all low ones of a batch."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest
from sqlalchemy import event

from bot.events import Delivered, NotSolved, ScoreChosen
from bot.invitation import Invitation
from storage.keys import Keyring
from tests.world import World, world

GOOD: Final = 5
LOW: Final = 1
MANY: Final = 4
OURS: Final = ("low_case", "case_message", "case_notice")


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, delivers=False) as made:
        yield made


async def shown(here: World, kind: str) -> list[tuple[Invitation, str]]:
    """Questions that people of their own have before them."""
    found = []
    for number in range(MANY):
        who = f"{kind}-{number}"
        made = await here.asked(who, ticket=f"T-{who}")
        await here.tells(Delivered(), made, who)
        found.append((made, who))
    return found


async def taps(here: World, score: int, shown: Sequence[tuple[Invitation, str]]) -> list[str]:
    """The statements that it takes to record this score of all of them, in one batch."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(here.engine.sync_engine, "before_cursor_execute", note)
    try:
        await asyncio.gather(*(here.tells(ScoreChosen(score), made, who) for made, who in shown))
    finally:
        event.remove(here.engine.sync_engine, "before_cursor_execute", note)
    return statements


def about_cases(statements: Sequence[str]) -> list[str]:
    return [one for one in statements if any(name in one for name in OURS)]


async def test_good_scores_ask_nothing_and_low_ones_one_statement_more(here: World) -> None:
    good, low = await shown(here, "good"), await shown(here, "low")
    for score in (GOOD, LOW):  # the first of each learns what is kept afterwards
        await taps(here, score, await shown(here, f"first-{score}"))
    cost = {score: await taps(here, score, chosen) for score, chosen in ((GOOD, good), (LOW, low))}
    assert await here.rows("SELECT count(*) FROM low_case") == [(2 * MANY,)]
    assert cost[GOOD], "what is counted is counted"
    assert about_cases(cost[GOOD]) == []
    assert len(about_cases(cost[LOW])) == 1
    assert len(cost[LOW]) <= len(cost[GOOD]) + 1


async def test_a_good_score_costs_nothing_beside_a_case_of_another(here: World) -> None:
    [(low, who), *others] = await shown(here, "low")
    await here.tells(ScoreChosen(LOW), low, who)
    await here.tells(NotSolved(), low, who)
    assert await here.rows("SELECT count(*) FROM low_case") == [(1,)]
    assert about_cases(await taps(here, GOOD, others)) == []
