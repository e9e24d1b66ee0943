"""Low-score cases keep what `bot.ports.Cases` promises, on both databases: one each, told once, theirs alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.address import Address
from bot.cases import TOGETHER, Case, CaseState, Told, Turn, done, taken
from bot.ports import Shown, Untold
from bot.values import replace
from bot.workspace import Member, Role
from storage.cases import CaseRows, forget
from storage.keys import Keyring
from storage.members import MemberRows
from tests.builders import NOON, at
from tests.contracts.prepared import add_workspace, invited, prepared, save

ONE, TWO, THREE = "i-0001", "i-0002", "i-0003"
TEAM = Address("telegram", "-100777", account="bot-1")
DESK = Address("webchat", "owner", user="owner")
PLACES = (TEAM, DESK)
ANNA = Member("anna", "default", "Anna", Role.STAFF, NOON)
BEFORE = timedelta(microseconds=1)


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    """With three questions of the business, a member, and another business."""
    async with prepared(database_url, keyring) as engine:
        async with engine.begin() as connection:
            await add_workspace(connection, "other")
            await MemberRows(connection, keyring).add(ANNA)
        await save(engine, keyring, *(invited(number) for number in (1, 2, 3)))
        yield engine


@pytest.fixture
def cases(connection: AsyncConnection, keyring: Keyring) -> CaseRows:
    return CaseRows(connection, keyring)


def case(invitation: str, minute: int = 0) -> Case:
    return Case(invitation=invitation, workspace="default", opened_at=at(minute))


async def note(cases: CaseRows, minute: int, *turns: tuple[str, Turn], workspace: str = "default") -> None:
    await cases.note([(workspace, invitation, found) for invitation, found in turns], at(minute))


async def news(cases: CaseRows) -> list[str]:
    return [one.case.invitation for one in await cases.untold("default", PLACES, 9)]


async def tell(cases: CaseRows, minute: int, *invitations: str) -> None:
    """All places hear all of it."""
    await cases.note_told(dict.fromkeys(invitations, PLACES), invitations, at(minute))


@pytest.mark.parametrize("kind", [Turn.LOW, Turn.NOT_SOLVED])
async def test_an_answer_opens_one_case(cases: CaseRows, kind: Turn) -> None:
    assert await cases.get(ONE) is None
    await note(cases, 1, (TWO, kind), (ONE, kind))
    await note(cases, 2, (ONE, kind))
    assert await cases.get(ONE) == case(ONE, 1)
    assert await cases.get(ONE, lock=True) == case(ONE, 1)
    assert await cases.waiting("default") == [case(ONE, 1), case(TWO, 1)]


async def test_nothing_is_kept_of_nothing(cases: CaseRows) -> None:
    await note(cases, 1)
    await note(cases, 1, (ONE, Turn.WORDS), (TWO, Turn.BETTER), (THREE, Turn.DELETED))
    assert await cases.unfinished("default", 9) == []
    assert await cases.unheard(at(60)) == frozenset()


async def test_another_low_score_is_no_news_of_an_open_case_and_not_solved_is(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    await tell(cases, 2, ONE, TWO)
    await note(cases, 3, (ONE, Turn.LOW))
    assert await news(cases) == []
    await note(cases, 4, (TWO, Turn.NOT_SOLVED))
    assert await cases.untold("default", PLACES, 9) == [Untold(replace(case(TWO, 1), told_at=at(2)), frozenset())]


@pytest.mark.parametrize("kind", [Turn.LOW, Turn.NOT_SOLVED])
async def test_a_case_that_is_done_is_opened_again(cases: CaseRows, kind: Turn) -> None:
    await note(cases, 1, (ONE, kind))
    await tell(cases, 2, ONE)
    told = replace(case(ONE, 1), told_at=at(2))
    await cases.change(done(told, ANNA.id, at(3), outcome="refunded"))
    assert await cases.waiting("default") == []
    await note(cases, 9, (ONE, kind))
    again = await cases.get(ONE)
    assert again is not None
    assert (again.state, again.opened_at) == (CaseState.OPEN, at(9))
    assert await news(cases) == [ONE]


async def test_one_that_is_taken_stays_taken(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW))
    mine = taken(case(ONE, 1), ANNA.id, at(2))
    await cases.change(mine)
    await note(cases, 3, (ONE, Turn.LOW), (ONE, Turn.NOT_SOLVED))
    assert await cases.get(ONE) == mine


async def test_words_are_news_of_a_case_that_is_there_and_of_it_alone(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    await tell(cases, 2, ONE, TWO)
    await note(cases, 3, (ONE, Turn.WORDS), (THREE, Turn.WORDS))
    assert await news(cases) == [ONE]
    assert await cases.get(THREE) is None


@pytest.mark.parametrize("kind", [Turn.BETTER, Turn.DELETED])
async def test_one_that_nobody_was_told_of_goes_and_the_others_stay(cases: CaseRows, kind: Turn) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW), (THREE, Turn.LOW))
    await tell(cases, 2, TWO)
    await note(cases, 3, (ONE, kind), (TWO, kind))
    assert await cases.get(ONE) is None
    assert await cases.get(TWO) == replace(case(TWO, 1), told_at=at(2))
    assert await cases.get(THREE) == case(THREE, 1)


async def test_what_members_wrote_goes_with_the_answer_alone(cases: CaseRows) -> None:
    ended = {}
    for invitation in (ONE, TWO):
        await note(cases, 1, (invitation, Turn.LOW))
        await tell(cases, 2, invitation)
        found = replace(case(invitation, 1), told_at=at(2))
        ended[invitation] = replace(done(found, ANNA.id, at(3), sentence="Fixed for Mikko."), outcome="refunded")
        await cases.change(ended[invitation])
    await note(cases, 4, (ONE, Turn.BETTER))
    assert await cases.get(ONE) == ended[ONE]
    await note(cases, 5, (ONE, Turn.DELETED))
    assert await cases.get(ONE) == replace(ended[ONE], outcome="", sentence="")
    assert await cases.get(TWO) == ended[TWO]


async def test_what_became_of_it_is_kept_and_the_words_are_sealed(cases: CaseRows, connection: AsyncConnection) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    ended = replace(done(case(ONE, 1), ANNA.id, at(5), outcome="hyvitetty", sentence="Åsa,\nkorjattu."), told=Told.TOLD)
    await cases.change(ended)
    assert await cases.get(ONE) == ended
    assert await cases.get(TWO) == case(TWO, 1)
    [row] = await connection.execute(text("SELECT outcome, sentence FROM low_case WHERE outcome IS NOT NULL"))
    assert b"hyvitetty" not in bytes(row.outcome)
    assert b"korjattu" not in bytes(row.sentence)
    await cases.change(case(ONE, 1))
    assert await cases.get(ONE) == case(ONE, 1)
    [empty] = await connection.execute(text("SELECT count(*) FROM low_case WHERE outcome IS NULL AND sentence IS NULL"))
    assert empty[0] == 2


async def test_of_each_place_the_newest_message_is_known(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    assert await cases.shown(ONE) == []
    anywhere = replace(TEAM, user="7")
    for shown in (Shown(TEAM, "m1", "en"), Shown(DESK, "d-1", "fi"), Shown(anywhere, "m2", "sv")):
        await cases.note_shown(ONE, shown)
    await cases.note_shown(TWO, Shown(TEAM, "m3", "en"))
    found = {one.address.place: one for one in await cases.shown(ONE)}
    assert found == {TEAM.place: Shown(anywhere, "m2", "sv"), DESK.place: Shown(DESK, "d-1", "fi")}
    assert await cases.shown(TWO) == [Shown(TEAM, "m3", "en")]


async def test_what_is_not_done_is_listed_the_oldest_first(cases: CaseRows) -> None:
    for minute, invitation in ((2, THREE), (3, ONE), (1, TWO)):
        await note(cases, minute, (invitation, Turn.LOW))
    assert await cases.waiting("default") == [case(TWO, 1), case(THREE, 2), case(ONE, 3)]
    assert await cases.waiting("default", 1) == [case(TWO, 1)]
    mine, ended = taken(case(TWO, 1), ANNA.id, at(4)), done(case(THREE, 2), ANNA.id, at(5))
    for changed in (mine, ended):
        await cases.change(changed)
    assert await cases.waiting("default") == [case(ONE, 3)]
    assert await cases.unfinished("default", 9) == [mine, case(ONE, 3)]
    assert await cases.unfinished("default", 1) == [mine]
    assert await cases.unfinished("default", 9, TWO) == [case(ONE, 3)]
    assert await cases.unfinished("default", 9, ONE) == []
    assert await cases.unfinished("default", 9, "of nobody") == []


async def test_what_was_opened_in_one_moment_is_listed_on(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW), (THREE, Turn.LOW))
    first, *rest = await cases.unfinished("default", 9)
    assert await cases.unfinished("default", 9, first.invitation) == rest
    assert len(rest) == 2


async def test_what_is_not_done_is_counted(cases: CaseRows) -> None:
    assert await cases.counts("default") == {}
    for minute, invitation in ((1, ONE), (2, TWO), (3, THREE)):
        await note(cases, minute, (invitation, Turn.LOW))
    assert await cases.counts("default") == {CaseState.OPEN: (3, at(1))}
    await cases.change(taken(case(ONE, 1), ANNA.id, at(4)))
    assert await cases.counts("default") == {CaseState.OPEN: (2, at(2)), CaseState.TAKEN: (1, at(1))}
    await cases.change(done(case(TWO, 2), ANNA.id, at(5)))
    assert await cases.counts("default") == {CaseState.OPEN: (1, at(3)), CaseState.TAKEN: (1, at(1))}


async def test_the_oldest_news_comes_first_and_no_more_than_asked_for(cases: CaseRows) -> None:
    for minute, invitation in ((2, ONE), (1, TWO), (3, THREE)):
        await note(cases, minute, (invitation, Turn.LOW))
    assert await news(cases) == [TWO, ONE, THREE]
    assert [one.case.invitation for one in await cases.untold("default", PLACES, 2, lock=True)] == [TWO, ONE]
    await note(cases, 9, (TWO, Turn.WORDS))
    assert await news(cases) == [TWO, ONE, THREE], "what has waited longest is not put off by what is new"


async def test_who_has_heard_of_it_is_known_until_something_is_new(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    await cases.note_told({ONE: [TEAM]}, [], at(2))
    first, second = await cases.untold("default", PLACES, 9)
    assert first == Untold(replace(case(ONE, 1), told_at=at(2)), frozenset({TEAM.place}))
    assert second == Untold(case(TWO, 1), frozenset())
    assert [one.heard for one in await cases.untold("default", [DESK], 9)] == [frozenset(), frozenset()]
    await note(cases, 3, (ONE, Turn.WORDS))
    assert [one.heard for one in await cases.untold("default", PLACES, 9)] == [frozenset(), frozenset()]


async def test_what_all_have_heard_is_news_no_more(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    assert await cases.unheard(at(60)) == frozenset({"default"})
    await cases.note_told({ONE: [TEAM]}, [], at(2))
    await cases.note_told({ONE: PLACES, TWO: PLACES}, [ONE], at(5))
    assert await news(cases) == [TWO]
    known = [await cases.get(invitation) for invitation in (ONE, TWO)]
    assert [one.told_at for one in known if one is not None] == [at(2), at(5)], "the first time counts"
    await cases.note_told({TWO: PLACES}, [TWO], at(6))
    assert await cases.unheard(at(60)) == frozenset()


async def test_what_is_put_off_stands_in_nobodys_way_until_then(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW), (THREE, Turn.LOW))
    await tell(cases, 2, THREE)
    await cases.put_off([], at(9))
    await cases.put_off([ONE, THREE], at(9))
    for minute, waiting in ((8, [TWO]), (9, [TWO, ONE])):
        found = await cases.untold("default", PLACES, 9, now=at(minute), lock=True)
        assert [one.case.invitation for one in found] == waiting, "what is no news is not made news"
    await tell(cases, 3, TWO)
    assert await cases.unheard(at(8)) == frozenset()
    assert await cases.unheard(at(9)) == frozenset({"default"})
    assert await news(cases) == [ONE], "it is waiting all the same"


async def test_a_place_is_free_until_it_is_told_something(cases: CaseRows) -> None:
    both = frozenset({TEAM.place, DESK.place})
    assert await cases.free("default", PLACES, NOON - TOGETHER) == both
    assert await cases.claim("default", TEAM, NOON, NOON - TOGETHER)
    assert await cases.free("default", PLACES, NOON - TOGETHER) == frozenset({DESK.place})
    assert not await cases.claim("default", TEAM, at(9), at(9) - TOGETHER)
    assert not await cases.claim("default", TEAM, NOON + TOGETHER - BEFORE, NOON - BEFORE)
    assert await cases.free("default", PLACES, NOON - BEFORE) == frozenset({DESK.place})
    assert await cases.free("default", PLACES, NOON) == both
    assert await cases.claim("default", TEAM, NOON + TOGETHER, NOON)
    assert await cases.free("default", PLACES, NOON) == frozenset({DESK.place})


async def test_of_two_that_want_to_tell_a_place_at_once_one_may(engine: AsyncEngine, keyring: Keyring) -> None:
    async def claim(minute: int) -> bool:
        async with engine.begin() as connection:
            return await CaseRows(connection, keyring).claim("default", TEAM, at(minute), at(minute) - TOGETHER)

    for minute in (0, 10):
        assert sorted(await asyncio.gather(*(claim(minute) for _ in range(4)))) == [False, False, False, True]


async def test_of_two_that_press_at_once_the_second_sees_what_the_first_did(
    engine: AsyncEngine, keyring: Keyring
) -> None:
    async with engine.begin() as connection:
        await note(CaseRows(connection, keyring), 1, (ONE, Turn.LOW))

    async def take() -> CaseState:
        async with engine.begin() as connection:
            cases = CaseRows(connection, keyring)
            found = await cases.get(ONE, lock=True)
            assert found is not None
            await cases.change(taken(found, ANNA.id, at(2)))
            return found.state

    assert sorted(await asyncio.gather(take(), take())) == [CaseState.OPEN, CaseState.TAKEN]


async def test_the_forgotten_leave_no_words_and_no_news(
    cases: CaseRows, connection: AsyncConnection, keyring: Keyring
) -> None:
    for invitation in (ONE, TWO, THREE):
        await note(cases, 1, (invitation, Turn.LOW))
    await tell(cases, 2, ONE, THREE)
    ended = {
        one: done(replace(case(one, 1), told_at=at(2)), ANNA.id, at(3), sentence="Fixed for Mikko.")
        for one in (ONE, THREE)
    }
    for changed in ended.values():
        await cases.change(changed)
        await cases.note_shown(changed.invitation, Shown(TEAM, f"m-{changed.invitation}", "en"))
    await note(cases, 4, (ONE, Turn.WORDS), (THREE, Turn.WORDS))
    await forget(connection, [])
    assert await cases.get(ONE) == ended[ONE]
    await forget(connection, [ONE, TWO])
    assert await cases.get(ONE) == replace(ended[ONE], sentence="")
    assert await cases.get(TWO) is None
    assert await cases.shown(ONE) == []
    assert await cases.get(THREE) == ended[THREE]
    assert await cases.shown(THREE) == [Shown(TEAM, f"m-{THREE}", "en")]
    assert await news(cases) == [THREE]


async def test_a_case_goes_with_its_answer(cases: CaseRows, connection: AsyncConnection) -> None:
    await note(cases, 1, (ONE, Turn.LOW), (TWO, Turn.LOW))
    await cases.note_shown(ONE, Shown(TEAM, "m1", "en"))
    await connection.execute(text("DELETE FROM invitation WHERE id = 'i-0001'"))
    assert await cases.get(ONE) is None
    assert await cases.shown(ONE) == []
    assert await news(cases) == [TWO]


async def test_cases_are_their_business_alone(cases: CaseRows) -> None:
    await note(cases, 1, (ONE, Turn.LOW))
    await note(cases, 2, (TWO, Turn.LOW), workspace="other")
    theirs = replace(case(TWO, 2), workspace="other")
    assert await cases.waiting("default") == [case(ONE, 1)]
    assert await cases.unfinished("other", 9) == [theirs]
    assert await cases.counts("other") == {CaseState.OPEN: (1, at(2))}
    assert await cases.unheard(at(60)) == frozenset({"default", "other"})
    assert await cases.untold("other", PLACES, 9) == [Untold(theirs, frozenset())]
    assert await cases.claim("default", TEAM, NOON, NOON - TOGETHER)
    assert await cases.free("other", PLACES, NOON - TOGETHER) == frozenset({TEAM.place, DESK.place})
    assert await cases.claim("other", TEAM, NOON, NOON - TOGETHER)
