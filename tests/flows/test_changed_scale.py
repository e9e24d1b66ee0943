"""A survey whose scale changed within the week: no answer disappears without being counted or said."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.bootstrap import Pulssi
from bot.events import CommentWritten, Delivered, ScoreChosen
from bot.summary import kpi_json, to_json
from bot.surveys import Scale
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from tests.builders import make_survey
from tests.flows.commands import Terminal
from tests.world import TestClock, World, world

WEDNESDAY = datetime(2026, 3, 18, 10, tzinfo=UTC)
MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
TEN_STEPS = replace(make_survey("csat"), version=2, scale=Scale(1, 10), good=(8, 10), bad=(1, 4))


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(WEDNESDAY), delivers=False) as made:
        yield made


async def answered(here: World, who: str, score: int) -> None:
    made = await here.asked(who, ticket=f"T-{who}")
    await here.tells(Delivered(), made, who)
    await here.tells(ScoreChosen(score), made, who)


async def changed(here: World) -> None:
    await here.store.write(lambda uow: uow.surveys.add("default", TEN_STEPS, here.clock.now()))


async def test_figures_are_of_the_newest_version_that_has_answers(here: World) -> None:
    await answered(here, "kim", 5)
    await answered(here, "ada", 1)
    await changed(here)
    today = WEDNESDAY.date()
    period = await here.summaries.figures("default", "csat", today, today, "channel")
    assert (period.survey.version, dict(period.histogram), period.left_out) == (1, {1: 1, 5: 1}, 0)
    assert period.by == [("webchat", {1: 1, 5: 1})]
    here.clock.advance(days=1)
    later = here.clock.now().date()
    nothing = await here.summaries.figures("default", "csat", later, later)
    assert (nothing.survey.version, dict(nothing.histogram), nothing.left_out) == (2, {}, 0)


async def test_answers_on_the_other_scale_are_left_out_and_counted(here: World) -> None:
    await answered(here, "kim", 5)
    await answered(here, "ada", 1)
    await changed(here)
    await answered(here, "leo", 9)
    today = WEDNESDAY.date()
    period = await here.summaries.figures("default", "csat", today, today)
    assert (dict(period.histogram), period.left_out) == ({9: 1}, 2)
    assert (kpi_json(period)["n"], kpi_json(period)["left_out"]) == (1, 2)
    here.clock.at = MONDAY
    summary = await here.summaries.week("default")
    [line] = summary.scores
    assert (line.figure.n, line.left_out, line.changed_version) == (1, 2, True)
    assert summary.funnel.answered == 3
    [score] = cast(list[dict[str, object]], to_json(summary)["scores"])
    assert score["left_out"] == 2
    said = (await here.summaries.message(summary)).lines
    assert "CSAT: 2 answers on another scale are not counted in it." in said


async def test_late_words_have_the_local_day(here: World) -> None:
    """Half past ten on Wednesday evening in UTC is Thursday in Helsinki."""
    made = await here.asked("kim", ticket="T-1")
    await here.tells(Delivered(), made, "kim")
    here.clock.at = datetime(2026, 3, 18, 22, 30, tzinfo=UTC)
    await here.tells(CommentWritten("nobody called back"), made, "kim")
    here.clock.at = MONDAY + timedelta(hours=1)
    [comment] = (await here.summaries.week("default", Week(2026, 12))).comments
    assert comment.day.isoformat() == "2026-03-19"


def test_the_command_line_says_what_it_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Terminal(tmp_path, monkeypatch)

    async def change(opened: Pulssi) -> None:
        await opened.store.write(lambda uow: uow.surveys.add("default", TEN_STEPS, opened.context.clock.now()))

    small.answered("kim", 5)
    assert "Not counted" not in small.ok("kpi", "--survey", "csat").out
    small.inside(change)
    small.answered("ada", 9)
    assert "Not counted, because they are on another scale: 1." in small.ok("kpi", "--survey", "csat").out
    found = small.ok("kpi", "--survey", "csat", "--json").json
    assert (found["n"], found["left_out"]) == (1, 1)
