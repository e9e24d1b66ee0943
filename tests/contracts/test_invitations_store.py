"""Invitations come back exactly as saved, are found by what they are looked up by, and keep their keys unique."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.address import Address
from bot.conversation import ScoreKept, WordsKept, advance
from bot.errors import Conflict
from bot.events import AnswerDeleted, Cancelled, CommentWritten, Delivered, NotSolved, ScoreChosen, TimePassed
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved
from storage.invitations import HISTORY, RESPONSES, InvitationRows
from storage.keys import Keyring
from tests.builders import NOON, at, make_address, make_answered
from tests.contracts.prepared import SURVEY_IDS, invited, load, prepared, save

ODD = datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC)
BARE = invited(1, "open", State.SCHEDULED, address=None, channel="", interaction=Interaction(), origin=Origin.OPEN_CALL)
FULL = replace(
    invited(2, "nps", State.SENT),
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


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with prepared(database_url, keyring) as engine:
        yield engine


def mine(number: int, **changes: Any) -> Invitation:
    """Of `customer-1`, so that its keys count; each about a ticket of its own."""
    return replace(invited(number, **changes), customer="customer-1", interaction=Interaction(ticket=f"T-{number}"))


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
    await save(
        engine,
        keyring,
        Saved(None, asked, import_key="row 1"),
        Saved(asked, sent.invitation, sent.history),
        Saved(sent.invitation, scored.invitation, scored.history),
    )
    assert await load(engine, keyring, asked.id) == [scored.invitation]
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.history([asked.id]) == {asked.id: [ScoreKept(3, at(2))]}
        assert await invitations.imported(["row 1"]) == {"row 1"}


async def test_history_keeps_every_change_in_order(engine: AsyncEngine, keyring: Keyring) -> None:
    before, other = invited(1), invited(2)
    await save(engine, keyring, before, other)
    for number, happened in enumerate([ScoreChosen(3), CommentWritten("slow"), ScoreChosen(1), NotSolved()]):
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


async def test_a_ticket_is_asked_about_once(engine: AsyncEngine, keyring: Keyring) -> None:
    first = replace(mine(1), state=State.CLOSED)
    again = replace(first, id="again")
    await save(engine, keyring, first)
    async with engine.begin() as connection:
        invitations = InvitationRows(connection, keyring)
        with pytest.raises(Conflict, match="this ticket") as refused:
            async with connection.begin_nested():
                await invitations.save([Saved(None, again)])
        assert isinstance(refused.value.__cause__, IntegrityError)
        assert await invitations.same_ticket("default", "csat", "T-1", "customer-1") == first
        assert await invitations.same_ticket("default", "csat", "T-1", "customer-2") is None
        assert await invitations.same_ticket("default", "nps", "T-1", "customer-1") is None
        nobody = [replace(again, id=name, customer=None) for name in ("a", "b")]
        others = [replace(again, id="c", origin=Origin.TEST), replace(again, id="d", customer="customer-2")]
        unasked = [replace(again, id=state, state=state) for state in (State.SUPPRESSED, State.FAILED, State.CANCELLED)]
        await invitations.save([Saved(None, one) for one in (*nobody, *others, *unasked)])


async def test_a_ticket_is_free_again_when_the_question_is_taken_back(engine: AsyncEngine, keyring: Keyring) -> None:
    first = mine(1)
    taken_back = advance(first, Cancelled(), at(1)).invitation
    await save(engine, keyring, first)
    await save(engine, keyring, Saved(first, taken_back))
    await save(engine, keyring, replace(first, id="again"))
    async with engine.connect() as connection:
        found = await InvitationRows(connection, keyring).same_ticket("default", "csat", "T-1", "customer-1")
    assert found == replace(first, id="again")


async def test_a_person_has_one_open_question(engine: AsyncEngine, keyring: Keyring) -> None:
    first = mine(1)
    await save(engine, keyring, first)
    for other in (mine(2), mine(3, state=State.SCHEDULED)):
        with pytest.raises(Conflict, match="question open"):
            await save(engine, keyring, other)
    await save(engine, keyring, mine(4, origin=Origin.TEST), mine(5, state=State.CLOSED), mine(6, state=State.FAILED))
    async with engine.connect() as connection:
        invitations = InvitationRows(connection, keyring)
        assert await invitations.open_of("customer-1") == first
        assert await invitations.open_of("customer-2") is None


async def test_a_retry_takes_the_keys_again_or_is_refused(engine: AsyncEngine, keyring: Keyring) -> None:
    failed, other = mine(1, state=State.FAILED), mine(2)
    await save(engine, keyring, failed, other)
    sent = advance(failed, Delivered(), at(1)).invitation
    with pytest.raises(Conflict, match="question open"):
        await save(engine, keyring, Saved(failed, sent))
    assert await load(engine, keyring, failed.id) == [failed]


async def test_what_ends_in_a_batch_makes_room_in_it(engine: AsyncEngine, keyring: Keyring) -> None:
    # By id the one that wants the key comes first, so order alone cannot help.
    ending, failed = mine(2), mine(1, state=State.FAILED)
    await save(engine, keyring, ending, failed)
    ended = advance(ending, TimePassed(), at(days=15)).invitation
    retried = advance(failed, Delivered(), at(days=15)).invitation
    await save(engine, keyring, Saved(failed, retried), Saved(ending, ended))
    assert await load(engine, keyring, "i-0001", "i-0002") == [retried, ended]
    answered = advance(retried, ScoreChosen(1), at(days=16)).invitation
    await save(engine, keyring, Saved(None, mine(3)), Saved(retried, answered))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).open_of("customer-1") == mine(3)


async def test_an_import_is_known_by_its_key(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, Saved(None, invited(1), import_key="file:1"), Saved(None, invited(2)))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).imported(["file:1", "file:2"]) == {"file:1"}
    with pytest.raises(Conflict, match="imported"):
        await save(engine, keyring, Saved(None, invited(3), import_key="file:1"))
    answered = advance(invited(1), ScoreChosen(1), at(1)).invitation
    await save(engine, keyring, Saved(invited(1), answered))
    async with engine.connect() as connection:
        assert await InvitationRows(connection, keyring).imported(["file:1"]) == {"file:1"}


async def test_other_refusals_are_no_conflict(engine: AsyncEngine, keyring: Keyring) -> None:
    await save(engine, keyring, invited(1))
    for bad in (
        invited(1),
        replace(invited(2), survey_id=99),
        replace(invited(3), state=State.SENT, sent_at=None, interaction=Interaction(ticket="ticket_key")),
    ):
        with pytest.raises(IntegrityError):
            await save(engine, keyring, bad)


async def test_last_asked_is_when_a_question_went_out(engine: AsyncEngine, keyring: Keyring) -> None:
    async def last() -> datetime | None:
        async with engine.connect() as connection:
            return await InvitationRows(connection, keyring).last_asked("customer-1")

    assert await last() is None
    not_asked = [
        mine(1, state=State.SUPPRESSED, decided_at=at(90)),
        mine(2, state=State.FAILED, decided_at=at(91)),
        mine(3, state=State.CANCELLED, sent_at=None, decided_at=at(92)),
        mine(4, origin=Origin.TEST, sent_at=at(93)),
        mine(5, origin=Origin.OPEN_CALL, sent_at=at(94)),
        mine(6, origin=Origin.IMPORTED, sent_at=at(95)),
        replace(mine(7, sent_at=at(96)), customer="customer-2"),
    ]
    await save(engine, keyring, *not_asked)
    assert await last() is None
    await save(engine, keyring, mine(10, state=State.CANCELLED, sent_at=at(5), decided_at=at(1)))
    assert await last() == at(5)
    await save(engine, keyring, mine(11, state=State.SCHEDULED, decided_at=at(6)))
    assert await last() == at(6)


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
        statements.append(statement.split(maxsplit=1)[0])

    asked = [invited(number) for number in range(256)]
    await save(engine, keyring, *asked)
    steps = [advance(one, ScoreChosen(number % 5 + 1), at(1)) for number, one in enumerate(asked)]
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await save(engine, keyring, *[Saved(*pair, step.history) for pair, step in _paired(asked, steps)])
    assert [one for one in statements if one != "BEGIN"] == ["UPDATE", "INSERT", "INSERT", "INSERT"]
    statements.clear()
    assert await load(engine, keyring, *(one.id for one in asked)) == [step.invitation for step in steps]
    assert statements.count("SELECT") == 2


def _paired(asked: list[Invitation], steps: list[Any]) -> list[Any]:
    return [((one, step.invitation), step) for one, step in zip(asked, steps, strict=True)]


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


@pytest.mark.postgres
async def test_whoever_waited_for_a_lock_sees_the_answer_of_the_one_before(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        answered = replace(make_answered(4), id="i-0001", customer=None)
        assert answered.address is not None
        await save(engine, keyring, answered)
        changed = advance(answered, ScoreChosen(1), at(1)).invitation

        async def load_and_at_places(started: asyncio.Event) -> list[Invitation]:
            assert answered.address is not None
            async with engine.begin() as connection:
                invitations = InvitationRows(connection, keyring)
                await invitations.recent("default", 1)
                started.set()
                found = await invitations.load([answered.id], lock=True)
                return [*found.values(), *await invitations.at_places([answered.address], lock=True)]

        started = asyncio.Event()
        async with engine.begin() as connection:
            first = InvitationRows(connection, keyring)
            await first.load([answered.id], lock=True)
            waiting = asyncio.create_task(load_and_at_places(started))
            await started.wait()
            await _until_somebody_waits(engine)
            await first.save([Saved(answered, changed)])  # the response alone
        assert await waiting == [changed, changed]


@pytest.mark.postgres
async def test_what_another_process_has_taken_is_not_due(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        await save(engine, keyring, *(invited(number, expires_at=at(number)) for number in range(4)))
        async with engine.begin() as one, engine.begin() as other:
            taken = await InvitationRows(one, keyring).due(at(9), 2)
            left = await InvitationRows(other, keyring).due(at(9), 10)
        assert [found.id for found in (*taken, *left)] == ["i-0000", "i-0001", "i-0002", "i-0003"]


async def _until_somebody_waits(engine: AsyncEngine) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not await connection.scalar(waiting):  # the test's timeout ends it if nobody ever does
            pass
