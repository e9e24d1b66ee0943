"""In which weeks the picture has a mark: where another wording or scale was first answered."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.surveys import Wording
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from tests.builders import make_survey
from tests.flows.test_summary_versions import BEFORE, FRIDAY, MONDAY, TEN_STEPS, added, answered, summary
from tests.world import TestClock, World, world

CSAT = make_survey("csat")
OTHER_WORDS = replace(CSAT, version=2, wording={"en": Wording("Were you served well?", "no", "yes")})
SAME_WORDS = replace(CSAT, version=2, expires_after=timedelta(days=3))


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(MONDAY), delivers=False) as made:
        yield made


async def marks(here: World) -> tuple[object, ...]:
    [line] = (await summary(here)).scores
    return line.changed


async def test_the_week_of_another_wording_is_marked(here: World) -> None:
    await added(here, OTHER_WORDS)
    await answered(here, [5, 4], BEFORE, version=1)
    await answered(here, [5, 4], FRIDAY, version=2)
    assert await marks(here) == (Week.of(FRIDAY.date()),)


async def test_late_answers_to_the_old_wording_mark_nothing(here: World) -> None:
    await added(here, OTHER_WORDS)
    await answered(here, [5, 4], BEFORE - timedelta(days=7), version=1)
    await answered(here, [5, 4], BEFORE, version=2)
    await answered(here, [5, 4], FRIDAY, version=1)
    await answered(here, [3], FRIDAY, version=2)
    assert await marks(here) == (Week.of(BEFORE.date()),)


async def test_a_new_version_of_the_same_words_marks_nothing(here: World) -> None:
    await added(here, SAME_WORDS)
    await answered(here, [5, 4], BEFORE, version=1)
    await answered(here, [5, 4], FRIDAY, version=2)
    assert await marks(here) == ()


async def test_another_scale_is_marked_though_its_weeks_before_stand_empty(here: World) -> None:
    await added(here, TEN_STEPS)
    await answered(here, [5, 4], BEFORE, version=1)
    await answered(here, [10, 9], FRIDAY, version=2)
    [line] = (await summary(here)).scores
    assert line.changed == (Week.of(FRIDAY.date()),)
    assert (line.line[-2], line.weeks[-2]) == (None, {})


async def test_the_first_answers_are_no_change(here: World) -> None:
    await added(here, OTHER_WORDS)
    await answered(here, [5, 4], FRIDAY, version=2)
    assert await marks(here) == ()
