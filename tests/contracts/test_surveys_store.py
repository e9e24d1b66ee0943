"""Survey versions come back as they were stored, and no version is stored twice."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import Conflict
from bot.ports import StoredSurvey
from bot.surveys import BUILT_IN, Direction, Kind, Scale, Survey, Wording
from bot.values import replace
from storage.keys import Keyring
from storage.surveys import SurveyRows
from tests.builders import NOON, make_survey
from tests.contracts.prepared import SURVEY_IDS, add_workspace

OWN = Survey(
    "nach-dem-kauf",
    Kind.CES,
    Scale(1, 5),
    good=(1, 2),
    bad=(4, 5),
    direction=Direction.LOWER,
    version=3,
    wording={
        "fi": Wording("Kuinka helppoa?", "hyvin", "ei", "Miksi?", "Mitä?", "Hienoa ääkköset 🙂"),
        "de": Wording("Wie leicht?"),
    },
    expires_after=timedelta(days=3, seconds=1),
    editable_for=timedelta(minutes=5),
    goal=1.75,
)


async def test_a_version_comes_back_as_it_was(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        stored = await SurveyRows(connection, keyring).add("default", OWN, NOON)
    async with engine.connect() as connection:
        found = await SurveyRows(connection, keyring).newest("default", OWN.slug)
        assert found == stored == StoredSurvey(stored.id, OWN)
        assert found is not None
        assert list(found.survey.wording) == ["fi", "de"]
        both = await SurveyRows(connection, keyring).by_ids({stored.id, SURVEY_IDS["open"], 999})
        assert both == {stored.id: OWN, SURVEY_IDS["open"]: make_survey("open")}


async def test_a_goal_is_set_on_one_version_alone(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        surveys = SurveyRows(connection, keyring)
        await surveys.add("default", replace(make_survey("nps"), version=2), NOON)
        await surveys.set_goal("default", replace(make_survey("nps"), version=2, goal=-12.5))
        goals = {(one.survey.slug, one.survey.version): one.survey.goal for one in await surveys.versions("default")}
        assert {key: goal for key, goal in goals.items() if goal is not None} == {("nps", 2): -12.5}
        await surveys.set_goal("default", replace(make_survey("nps"), version=2))
        newest = await surveys.newest("default", "nps")
        assert newest is not None
        assert newest.survey == replace(make_survey("nps"), version=2)


async def test_the_newest_is_the_one_with_the_highest_number(engine: AsyncEngine, keyring: Keyring) -> None:
    later = [replace(make_survey("nps"), version=number) for number in (10, 9)]
    async with engine.begin() as connection:
        surveys = SurveyRows(connection, keyring)
        for survey in later:
            await surveys.add("default", survey, NOON)
        newest = await surveys.newest("default", "nps")
        assert newest is not None
        assert newest.survey == later[0]
        versions = [(one.survey.slug, one.survey.version) for one in await surveys.versions("default")]
    assert versions == [("ces", 1), ("csat", 1), ("nps", 1), ("nps", 9), ("nps", 10), ("open", 1)]


async def test_a_business_sees_its_own_surveys_alone(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        await add_workspace(connection, "other")
        surveys = SurveyRows(connection, keyring)
        mine = await surveys.add("other", replace(make_survey(), expires_after=timedelta(days=1)), NOON)
        assert await surveys.versions("other") == [mine]
        assert await surveys.newest("other", "csat") == mine
        assert await surveys.newest("other", "nps") is None
        assert [one.survey for one in await surveys.versions("default")] == sorted(BUILT_IN, key=lambda one: one.slug)


async def test_a_version_that_is_there_is_a_conflict_and_stays(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        surveys = SurveyRows(connection, keyring)
        with pytest.raises(Conflict, match="version 1 already"):
            await surveys.add("default", replace(make_survey(), expires_after=timedelta(days=1)), NOON)
        # The transaction goes on, also on PostgreSQL.
        assert await surveys.newest("default", "csat") == StoredSurvey(SURVEY_IDS["csat"], make_survey())
