"""Summaries over versions of a survey, and whom they may speak of: what only a store can show."""

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.address import Address
from bot.invitation import Answer, Interaction, Invitation, Part, State
from bot.ports import Saved, UnitOfWork
from bot.summary import Summary, to_json
from bot.surveys import Band, Scale, Survey, Wording
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from tests.builders import make_survey
from tests.world import TestClock, World, world

MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 20, 10, tzinfo=UTC)
BEFORE = FRIDAY - timedelta(days=7)
SETTLED = FRIDAY - timedelta(weeks=4)  # the newest week whose questions have all expired
LAST = Week(2026, 12)
TEN_STEPS = replace(make_survey("csat"), version=2, scale=Scale(1, 10), good=(8, 10), bad=(1, 4))
NOBODY = Interaction()
_numbers = itertools.count(1)


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(MONDAY), delivers=False, agent_figures="self") as made:
        yield made


async def added(here: World, survey: Survey) -> None:
    await here.store.write(lambda uow: uow.surveys.add("default", survey, BEFORE))


async def answered(
    here: World, scores: Sequence[int | None], at: datetime, *abouts: Interaction, version: int = 1, words: str = ""
) -> None:
    """Delivered questions of that moment with these answers, about one interaction after the other; None: no answer."""

    async def job(uow: UnitOfWork) -> None:
        [stored] = [v for v in await uow.surveys.versions("default") if v.survey.slug == "csat" and
                    v.survey.version == version]  # fmt: skip
        for score, about in zip(scores, itertools.cycle(abouts or (NOBODY,)), strict=False):
            name = f"p{next(_numbers)}"
            parts = (Part(words, at),) if words else ()
            answer = Answer(score, parts, commented=bool(words), first_at=at, day=at.date(), changed_at=at)
            one = Invitation(
                id=f"i-{name}", workspace="default", survey=stored.survey, survey_id=stored.id,
                state=State.EXPIRED if score is None else State.CLOSED, decided_at=at, cohort_day=at.date(),
                expires_at=at, address=Address("webchat", name, user=name), channel="webchat", sent_at=at,
                answer=None if score is None else answer, interaction=about,
            )  # fmt: skip
            await uow.invitations.save([Saved(None, one)])

    await here.store.write(job)


async def summary(here: World) -> Summary:
    return await here.summaries.week("default", LAST)


async def test_a_straggler_on_the_old_scale_is_no_change_of_wording(here: World) -> None:
    await added(here, TEN_STEPS)
    await answered(here, [9, 8, 2], BEFORE, version=2)
    await answered(here, [9, 8, 2], FRIDAY, version=2)
    await answered(here, [5], FRIDAY, version=1)
    [line] = (await summary(here)).scores
    assert line.previous is not None
    assert (line.changed_wording, line.changed_scale, line.left_out, line.left_out_before) == (False, True, 1, 0)


async def test_a_week_before_that_is_only_in_part_on_this_scale_says_so(here: World) -> None:
    await added(here, TEN_STEPS)
    await answered(here, [5, 4], BEFORE, version=1)
    await answered(here, [9, 8, 2], BEFORE, version=2)
    await answered(here, [9, 8, 2], FRIDAY, version=2)
    made = await summary(here)
    [line] = made.scores
    assert (line.previous is not None, line.left_out, line.left_out_before) == (True, 0, 2)
    assert (line.changed_wording, line.changed_scale) == (False, True)
    [score] = cast(list[dict[str, object]], to_json(made)["scores"])
    assert (score["left_out_before"], score["changed_version"], score["changed_wording"]) == (2, True, False)


async def test_where_the_whole_week_before_is_on_another_scale_nothing_of_it_is_compared(here: World) -> None:
    await added(here, TEN_STEPS)
    await answered(here, [5, 4], BEFORE, version=1)
    await answered(here, [9, 8, 2], FRIDAY, version=2)
    [line] = (await summary(here)).scores
    assert (line.previous, line.changed_scale, line.left_out, line.left_out_before) == (None, True, 0, 0)


async def test_another_wording_on_the_same_scale_is_pooled_and_said(here: World) -> None:
    await added(here, make_survey(version=2, wording={"en": Wording("Were we any good?")}))
    await added(here, make_survey(version=3, wording={"en": Wording("Were we any good?")}))
    await answered(here, [5, 4], BEFORE, version=2)
    await answered(here, [5, 4], FRIDAY, version=3)
    [line] = (await summary(here)).scores
    assert (line.changed_wording, line.changed_scale) == (False, False)
    await answered(here, [5], BEFORE, version=1)
    [line] = (await summary(here)).scores
    assert (line.changed_wording, line.changed_scale, line.figure.n, line.left_out) == (True, False, 2, 0)


async def test_a_wording_of_weeks_ago_is_a_part_of_the_course(here: World) -> None:
    await added(here, make_survey(version=2, wording={"en": Wording("Were we any good?")}))
    for back, good in enumerate((10, 9, 8, 6, 5, 4, 3)):
        at = FRIDAY - timedelta(weeks=back)
        await answered(here, [5] * good + [1] * (12 - good), at, version=2 if back < 3 else 1)
    [line] = (await summary(here)).scores
    assert line.course is not None
    assert (line.course.changed_wording, line.changed_wording) == (True, False)


async def test_a_comment_has_the_band_of_its_own_scale(here: World) -> None:
    await added(here, replace(TEN_STEPS, version=2))
    await added(here, make_survey(version=3))
    await answered(here, [5], FRIDAY, version=2, words="It took them two days")
    await answered(here, [5, 4], FRIDAY, version=3)
    made = await summary(here)
    [comment] = made.comments
    assert (comment.band, comment.why.value if comment.why else "") == (Band.MIDDLE, "other")


def crew(agents: Sequence[str], **about: object) -> list[Interaction]:
    return [Interaction(agent=agent, **about) for agent in agents]  # type: ignore[arg-type]  # fields by name


async def test_what_one_or_two_agents_serve_is_not_spoken_of(here: World) -> None:
    others = crew(["Ada", "Bo", "Cy"], team="Shop")
    two = crew(["Anna", "Jukka"], team="Office", touchpoint="desk", tags=("vat",))
    three = crew(["Anna", "Jukka", "Mia"], team="Field", touchpoint="door", tags=("roof",))
    for abouts in (two, three):
        await answered(here, [5] * 60, BEFORE, *abouts)
        await answered(here, [1] * 60, FRIDAY, *abouts)
    await answered(here, [5, 1] * 60, BEFORE, *others)
    await answered(here, [5, 1] * 60, FRIDAY, *others)
    await answered(here, [1], FRIDAY, two[0], words="Nobody came to the desk")
    await answered(here, [5], FRIDAY, three[0], words="They came to the door quickly")
    made = await summary(here)
    assert {(one.group.dimension, one.group.key) for one in made.movers} == {
        ("team", "Field"), ("touchpoint", "door"), ("tag", "roof"),
    }  # fmt: skip
    told = {comment.team: comment.team_told for comment in made.comments}
    assert told == {"Office": False, "Field": True}
    lines = (await here.summaries.message(made)).lines
    assert not any("Office" in line for line in lines)


@pytest.mark.parametrize(("crew_then", "named"), [(["Anna", "Jukka"], []), (["Anna", "Jukka", "Mia"], ["Billing"])])
async def test_a_silent_team_is_named_by_its_crew_of_then(here: World, crew_then: list[str], named: list[str]) -> None:
    await answered(here, [None] * 40, SETTLED, *crew(crew_then, team="Billing"))
    await answered(here, [5] * 40, SETTLED, *crew(["Ada", "Bo", "Cy"], team="Shop"))
    await answered(here, [5] * 12, FRIDAY, *crew(["Anna", "Jukka", "Mia"] if not named else ["Anna"], team="Billing"))
    made = await summary(here)
    assert [one.group.key for one in made.silent] == named
