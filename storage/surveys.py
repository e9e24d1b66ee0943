"""Survey versions, which never change once they are stored, but for the goal that an owner sets beside them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Conflict
from bot.ports import StoredSurvey
from bot.surveys import Survey
from storage.direct import Query
from storage.keys import Keyring
from storage.mapping import survey_of, survey_values
from storage.sql import insert, one_of, table
from storage.tables import SurveyVersionRow

SURVEYS: Final = table(SurveyVersionRow)
_BY_IDS: Final = Query(lambda connection: select(SURVEYS).where(one_of(connection, SURVEYS.c.id, "ids")))


class SurveyRows:
    """`bot.ports.Surveys` on one connection."""

    def __init__(self, connection: AsyncConnection, _keyring: Keyring) -> None:
        self._connection = connection

    async def newest(self, workspace: str, slug: str) -> StoredSurvey | None:
        versions = select(SURVEYS).where(SURVEYS.c.workspace == workspace, SURVEYS.c.slug == slug)
        found = await self._connection.execute(versions.order_by(SURVEYS.c.version.desc()).limit(1))
        row = found.one_or_none()
        return None if row is None else _stored(row)

    async def versions(self, workspace: str) -> Sequence[StoredSurvey]:
        """All versions of all surveys, by name and version."""
        mine = select(SURVEYS).where(SURVEYS.c.workspace == workspace)
        found = await self._connection.execute(mine.order_by(SURVEYS.c.slug, SURVEYS.c.version))
        return [_stored(row) for row in found]

    async def add(self, workspace: str, survey: Survey, now: datetime) -> StoredSurvey:
        """Stores this version; `Conflict` when the survey has a version of that number already."""
        values = survey_values(workspace, survey, now)
        added = insert(self._connection, SURVEYS).values(values).on_conflict_do_nothing(
            index_elements=["workspace", "slug", "version"]
        )  # fmt: skip
        number = (await self._connection.execute(added.returning(SURVEYS.c.id))).scalar_one_or_none()
        if number is None:
            raise Conflict(f"Survey {survey.slug!r} has a version {survey.version} already: take the next number.")
        return StoredSurvey(number, survey)

    async def set_goal(self, workspace: str, survey: Survey) -> None:
        """The owner's goal alone may change on a stored version: it is no part of what was asked."""
        here = update(SURVEYS).where(
            SURVEYS.c.workspace == workspace, SURVEYS.c.slug == survey.slug, SURVEYS.c.version == survey.version
        )
        goal = None if survey.goal is None else round(100 * survey.goal)
        await self._connection.execute(here.values(goal_hundredths=goal))

    async def by_ids(self, ids: Collection[int]) -> Mapping[int, Survey]:
        """The surveys behind the ids on other rows."""
        if not ids:
            return {}
        return {row.id: survey_of(row) for row in await _BY_IDS(self._connection, ids=list(ids))}


def _stored(row: Any) -> StoredSurvey:
    return StoredSurvey(row.id, survey_of(row))
