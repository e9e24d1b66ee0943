"""Invitations come back exactly as saved, are found by what they are looked up by, and keep their keys unique."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.conversation import advance
from bot.events import (
    AnswerDeleted,
    CommentWritten,
    Delivered,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TimePassed,
)
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved
from bot.steps import ScoreKept, WordsKept
from bot.values import replace
from storage.invitations import HISTORY, RESPONSES, InvitationRows
from storage.keys import Keyring
from tests.builders import NOON, at, make_address, make_answered
from tests.contracts.prepared import SURVEY_IDS, invited, load, save

ODD = datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC)
BARE = invited(
    1, "open", state=State.SCHEDULED, address=None, channel="", interaction=Interaction(), origin=Origin.OPEN_CALL
)
FULL = replace(
    invited(2, "nps"),
    customer="customer-1",
    address=Address("slack", "C0123", account="T9", thread="17.5", user="U42"),
    channel="slack",
    locale="pt-BR",
    reason="why | not",
    by="member-7",
    decided_at=ODD,
    expires_at=ODD + timedelta(days=3, microseconds=1),
    sent_at=ODD + timedelta(microseconds=1),
    message="1700000000.000100",
    changing=True,
    interaction=Interaction(
        ticket="T|1",
        subject="Ääkköset 🙂 'quoted' \"twice\"",
        agent="Änne | O'Neill",
        team="",
        tags=("b", "a", "b", ""),
        touchpoint="chat",
        closed_at=ODD,
        attributes={"z": "1", "a": "", "ä": "🙂"},
    ),
    answer=Answer(
        score=0,
        parts=(Part("one\ntwo", ODD, "m1"), Part("🙂", ODD + timedelta(seconds=1))),
        commented=True,
        first_at=ODD,
        day=ODD.date() - timedelta(days=1),
        changed_at=ODD + timedelta(seconds=1),
        not_solved_at=ODD + timedelta(seconds=2),
    ),
)
DELETED = invited(
    3, state=State.CLOSED, reason="deleted", answer=Answer(first_at=ODD, day=ODD.date(), deleted_at=at(1))
)
EMPTY_ANSWER = invited(4, answer=Answer())


@pytest.mark.parametrize("invitation", [BARE, FULL, DELETED, EMPTY_ANSWER], ids=["bare", "full", "deleted", "empty"])
async def test_every_field_comes_back(engine: AsyncEngine, keyring: Keyring, invitation: Invitation) -> None:
    await save(engine, keyring, invitation)
    [found] = await load(engine, keyring, invitation.id)
    assert found == invitation
    assert list(found.interaction.attributes.items()) == list(invitation.interaction.attributes.items())
    assert found.decided_at.tzinfo is UTC


async def test_every_field_can_change(engine: AsyncEngine, keyring: Keyring) -> None:
    before = replace(BARE, id=FULL.id, survey=FULL.survey, survey_id=FULL.survey_id, origin=FULL.origin)
    await save(engine, keyring, before)
    await save(engine, keyring, Saved(before, FULL))
    assert await load(engine, keyring, FULL.id) == [FULL]
    assert FULL.address is not None
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).at_places([FULL.address]) == [FULL]


async def test_a_time_of_another_zone_is_the_same_moment(engine: AsyncEngine, keyring: Keyring) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    await save(engine, keyring, invited(1, decided_at=local))
    [found] = await load(engine, keyring, "i-0001")
    assert (found.decided_at, found.decided_at.tzinfo) == (NOON, UTC)


async def test_what_is_not_there_is_left_out(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, BARE)
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.load(["nobody", BARE.id], lock=True) == {BARE.id: BARE}
        assert await invitations.load([]) == {}
        assert await invitations.at_places([]) == []
        assert await invitations.imported([]) == frozenset()
        assert await invitations.history([]) == {}


async def test_several_changes_of_one_invitation_count_as_one(engine: AsyncEngine, keyring: Keyring) -> None:
    asked = invited(1, state=State.SCHEDULED)
    sent = advance(asked, Delivered("m"), at(1))
    scored = advance(sent.invitation, ScoreChosen(3), at(2))
    changed = advance(scored.invitation, ScoreChosen(4), at(3))
    await save(
        engine,
        keyring,
        Saved(None, asked, import_key="row 1"),
        Saved(asked, sent.invitation, sent.history),
        Saved(sent.invitation, scored.invitation, scored.history),
        Saved(scored.invitation, changed.invitation, changed.history),
    )
    assert await load(engine, keyring, asked.id) == [changed.invitation]
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.history([asked.id]) == {asked.id: [ScoreKept(3, at(2)), ScoreKept(4, at(3))]}
        assert await invitations.imported(["row 1"]) == {"row 1"}


async def test_history_keeps_every_change_in_order(engine: AsyncEngine, keyring: Keyring) -> None:
    before, other = invited(1), invited(2)
    await save(engine, keyring, before, other)
    happenings: list[InvitationEvent] = [ScoreChosen(3), CommentWritten("slow"), ScoreChosen(1), NotSolved()]
    for number, happened in enumerate(happenings):
        step = advance(before, happened, at(number))
        await save(engine, keyring, Saved(before, step.invitation, step.history))
        before = step.invitation
    assert await load(engine, keyring, before.id) == [before]
    async with engine.connect() as connection:
        history = await InvitationRows(connection, keyring).history([before.id, other.id])
    assert history == {before.id: [ScoreKept(3, NOON), WordsKept("slow", at(1)), ScoreKept(1, at(2))]}


async def test_deleting_an_answer_erases_score_words_and_history(engine: AsyncEngine, keyring: Keyring) -> None:
    asked, kept = invited(1), invited(2)
    scored = advance(asked, ScoreChosen(3), at(1))
    told = advance(scored.invitation, CommentWritten("secret"), at(2))
    other = advance(kept, ScoreChosen(4), at(2))
    await save(
        engine,
        keyring,
        Saved(None, told.invitation, scored.history + told.history),
        Saved(None, other.invitation, other.history),
    )
    gone = advance(told.invitation, AnswerDeleted(), at(3))
    # Written and taken back in one batch, the words are not kept either.
    await save(engine, keyring, Saved(told.invitation, gone.invitation, (WordsKept("more", at(3)), *gone.history)))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).history([asked.id, kept.id]) == {kept.id: list(other.history)}
        assert await connection.scalar(select(func.count()).select_from(HISTORY)) == 1
        row = (await connection.execute(select(RESPONSES).where(RESPONSES.c.invitation_id == asked.id))).one()
        assert (row.score, row.parts, row.deleted_at) == (None, None, at(3))
    assert await load(engine, keyring, asked.id) == [gone.invitation]


async def test_a_place_gives_its_newest_twenty(engine: AsyncEngine, keyring: Keyring) -> None:
    group, quiet, other = (make_address(conversation=name, user="") for name in ("group", "quiet", "other"))
    there = [invited(number, address=group, decided_at=at(number // 2)) for number in range(25)]
    alone = invited(100, address=replace(quiet, user="somebody"), decided_at=at(3, seconds=30))
    await save(engine, keyring, *there, alone, invited(101, address=other))
    newest = sorted([*there[5:], alone], key=lambda one: (one.decided_at, one.id), reverse=True)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        for lock in (False, True):
            assert await invitations.at_places({group, quiet, make_address(conversation="no")}, lock=lock) == newest


async def test_lists_are_newest_first(engine: AsyncEngine, keyring: Keyring) -> None:
    stored = [
        replace(invited(number, decided_at=at(number % 3)), customer=f"customer-{number % 2 + 1}", origin=Origin.TEST)
        for number in range(9)
    ]
    await save(engine, keyring, *stored)
    newest = sorted(stored, key=lambda one: (one.decided_at, one.id), reverse=True)
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.recent("default", 4) == newest[:4]
        assert await invitations.recent("nobody", 4) == []
        assert await invitations.of_customer("customer-1") == [one for one in newest if one.customer == "customer-1"]


async def test_due_is_what_time_has_something_to_say_to(engine: AsyncEngine, keyring: Keyring) -> None:
    now = at(days=20)
    answered = make_answered(4)
    sent, scheduled = invited(1, expires_at=at(days=3)), invited(2, state=State.SCHEDULED, expires_at=at(days=2))
    editable = replace(answered, id="i-0003", customer=None, expires_at=at(1))
    ended = [invited(10 + number, state=state, sent_at=NOON) for number, state in enumerate(State)]
    ended = [one for one in ended if one.state not in {State.SCHEDULED, State.SENT, State.ANSWERED}]
    later = invited(30, expires_at=now + timedelta(microseconds=1))
    fresh = advance(invited(31), ScoreChosen(1), now).invitation
    await save(engine, keyring, sent, scheduled, editable, *ended, later, fresh)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.due(now, 100) == [editable, scheduled, sent]
        assert await invitations.due(now, 1) == [editable]
        assert await invitations.due(NOON, 100) == []
        closed = [Saved(one, advance(one, TimePassed(), now).invitation) for one in (editable, scheduled, sent)]
        await invitations.save(closed)
        assert await invitations.due(now, 100) == []
        assert await invitations.due(now + timedelta(microseconds=1), 100) == [later]


async def test_a_full_batch_is_a_handful_of_statements(engine: AsyncEngine, keyring: Keyring) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "SELECT 1":  # begins the transaction, see `storage.direct`
            statements.append(statement.split(maxsplit=1)[0])

    asked = [invited(number) for number in range(256)]
    await save(engine, keyring, *asked)
    steps = [advance(one, ScoreChosen(number % 5 + 1), at(1)) for number, one in enumerate(asked)]
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    changes = [Saved(one, step.invitation, step.history) for one, step in zip(asked, steps, strict=True)]
    await save(engine, keyring, *changes)
    around = {"PRAGMA", "BEGIN", "COMMIT"}
    assert [one for one in statements if one not in around] == ["UPDATE", "INSERT", "INSERT", "INSERT"]
    statements.clear()
    assert await load(engine, keyring, *(one.id for one in asked)) == [step.invitation for step in steps]
    assert statements.count("SELECT") == 2


async def test_what_did_not_change_is_not_written(engine: AsyncEngine, keyring: Keyring) -> None:
    tables: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        tables.extend(
            word for word in ("invitation", "response", "history", "rollup_delta") if f" {word} " in statement
        )

    answered = make_answered(4)
    answered = replace(answered, id="i-0001", customer=None, survey_id=SURVEY_IDS["csat"])
    await save(engine, keyring, answered)
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await save(engine, keyring, Saved(answered, answered))
    assert tables == []
    changed = advance(answered, ScoreChosen(1), at(1))
    await save(engine, keyring, Saved(answered, changed.invitation, changed.history))
    assert tables == ["response", "history", "rollup_delta"]
    asked_again = replace(changed.invitation, changing=True)
    tables.clear()
    await save(engine, keyring, Saved(changed.invitation, asked_again))
    assert tables == ["invitation"]
    assert await load(engine, keyring, answered.id) == [asked_again]
