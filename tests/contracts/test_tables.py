"""The constraints refuse what the domain never says, whoever writes it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.counting import Cell
from bot.invitation import Answer
from storage.invitations import HISTORY, INVITATIONS, RESPONSES
from storage.keys import Keyring
from storage.mapping import answer_values, survey_values
from storage.rollups import DELTAS, ROLLUPS
from storage.sql import table
from storage.surveys import SURVEYS
from storage.tables import CustomerAddressRow, MemberRow, SummaryRow
from tests.builders import NOON, make_survey
from tests.contracts.prepared import invited, prepared, save

ANSWERED = Answer(3, first_at=NOON, day=NOON.date(), changed_at=NOON)
CELL = Cell(1, NOON.date(), "all", "", "considered")
ADDRESS: dict[str, Any] = {
    "workspace": "default", "customer_id": "customer-1", "channel": "webchat", "address_digest": "d", "address": {},
    "first_contact_at": None, "first_contact_text": None,
}  # fmt: skip
SUMMARY: dict[str, Any] = {
    "workspace": "default", "week": "2026-W47", "state": "posted", "decided_at": NOON, "posted_at": None,
    "figures": None,
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "id": "m", "workspace": "default", "name": "Anna", "role": "owner", "created_at": NOON, "removed_at": None,
}  # fmt: skip


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with prepared(database_url, keyring) as engine:
        await save(engine, keyring, invited(1, answer=ANSWERED))
        yield engine


async def refused(engine: AsyncEngine, statement: Any, rows: Any = None) -> str:
    """The database's words, which name the constraint."""
    with pytest.raises(IntegrityError) as error:
        async with engine.begin() as connection:
            await connection.execute(statement, rows)
    return str(error.value.orig)


@pytest.mark.parametrize(
    ("into", "change", "constraint"),
    [
        (RESPONSES, {"score": 99}, "score_in_bounds"),
        (RESPONSES, {"score": -1}, "score_in_bounds"),
        (RESPONSES, {"day": None}, "score_has_day"),
        (RESPONSES, {"first_at": None}, "score_has_day"),
        (RESPONSES, {"deleted_at": NOON}, "deleted_is_empty"),
        (RESPONSES, {"deleted_at": NOON, "score": None, "parts": ["x"]}, "deleted_is_empty"),
        (INVITATIONS, {"state": "lost"}, "state_known"),
        (INVITATIONS, {"origin": "guessed"}, "origin_known"),
        (INVITATIONS, {"sent_at": None}, "sent_has_time"),
        (INVITATIONS, {"state": "expired", "sent_at": None}, "sent_has_time"),
        (SURVEYS, {"kind": "mood"}, "kind_known"),
        (SURVEYS, {"direction": "sideways"}, "direction_known"),
        (SURVEYS, {"kind": "open"}, "scale_where_needed"),
        (SURVEYS, {"high": 11}, "scale_in_bounds"),
        (SURVEYS, {"low": 9, "high": 9}, "scale_in_bounds"),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else str(value),
)
async def test_a_row_cannot_become_what_cannot_be(
    engine: AsyncEngine, into: Table, change: dict[str, Any], constraint: str
) -> None:
    statement = update(into).values(change)
    if into is SURVEYS:
        statement = statement.where(SURVEYS.c.slug == "csat")
    assert constraint in await refused(engine, statement)


@pytest.mark.parametrize("score", [0, 10, None])
async def test_the_ends_of_the_widest_scale_are_scores(engine: AsyncEngine, score: int | None) -> None:
    async with engine.begin() as connection:
        changed = await connection.execute(update(RESPONSES).values(score=score))
    assert changed.rowcount == 1


@pytest.mark.parametrize(
    ("into", "row", "word"),
    [
        (RESPONSES, answer_values(invited(1), ANSWERED), ("response.invitation_id", "pk_response")),
        (RESPONSES, answer_values(invited(9), ANSWERED), ("FOREIGN KEY", "fk_response_invitation_id")),
        (
            SURVEYS,
            survey_values("default", make_survey(expires_after=timedelta(days=1)), NOON),
            ("survey_version.version", "uq_survey_version"),
        ),
        (HISTORY, {"invitation_id": "i-0001", "score": 11, "words": None, "at": NOON}, ("score_in_bounds",) * 2),
        (HISTORY, {"invitation_id": "nobody", "score": 1, "words": None, "at": NOON}, ("FOREIGN KEY", "fk_history")),
        (DELTAS, {**CELL._asdict(), "dimension": "mood", "n": 1}, ("dimension_known",) * 2),
        (ROLLUPS, {**CELL._asdict(), "dimension": "mood", "n": 1}, ("dimension_known",) * 2),
        (table(MemberRow), {**MEMBER, "role": "guest"}, ("role_known",) * 2),
        (table(SummaryRow), {**SUMMARY, "state": "lost"}, ("state_known",) * 2),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else value[0] if isinstance(value, tuple) else "",
)
async def test_a_row_that_cannot_be_is_not_added(
    engine: AsyncEngine, into: Table, row: dict[str, Any], word: tuple[str, str]
) -> None:
    assert word[engine.dialect.name == "postgresql"] in await refused(engine, into.insert(), row)


@pytest.mark.parametrize(
    ("into", "row"),
    [(table(CustomerAddressRow), ADDRESS), (table(SummaryRow), SUMMARY), (ROLLUPS, {**CELL._asdict(), "n": 1})],
    ids=lambda value: value.name if isinstance(value, Table) else "",
)
async def test_a_row_is_there_once(engine: AsyncEngine, into: Table, row: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        await connection.execute(into.insert(), row)
    assert "unique" in (await refused(engine, into.insert(), row)).lower()


async def test_an_invitation_takes_its_answer_and_history_along(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(HISTORY.insert(), {"invitation_id": "i-0001", "score": 3, "words": None, "at": NOON})
        await connection.execute(INVITATIONS.delete())
        left = [(await connection.execute(one.select())).all() for one in (RESPONSES, HISTORY)]
    assert left == [[], []]
