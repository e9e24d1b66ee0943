"""The parts of the weekly message that need a store: figures that moved, masked comments, whom a message may name."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.exc import IntegrityError

from bot.address import Address
from bot.errors import WrongUse
from bot.events import AnswerDeleted, CommentWithdrawn, CommentWritten, Delivered, InvitationEvent, ScoreChosen
from bot.invitation import Answer, Interaction, Invitation, Origin, Part, State
from bot.ports import Saved, UnitOfWork
from bot.summary import to_json
from bot.surveys import Scale
from bot.values import replace
from bot.weeks import Week
from storage.keys import Keyring
from tests.builders import make_survey
from tests.world import TestClock, World, world

FRIDAY = datetime(2026, 3, 20, 10, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
LAST = Week(2026, 12)


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(SUNDAY)) as made:
        yield made


async def answered(here: World, who: str, score: int, *words: str) -> Invitation:
    made = await here.asked(who, ticket=f"T-{who}")
    events: list[InvitationEvent] = [Delivered(), ScoreChosen(score), *(CommentWritten(one) for one in words)]
    for event in events:
        await here.tells(event, made, who)
    return made


async def message(here: World, at: datetime) -> str:
    """The newest weekly message after the ticks of that moment."""
    here.clock.at = at
    await here.summaries.post_due()
    await here.quiet()
    return (await here.messages("owner"))[-1].prompt.text


async def test_the_next_message_says_which_posted_figures_moved(here: World) -> None:
    made = [await answered(here, f"v{n}", 5 if n < 8 else 1) for n in range(10)]
    silent = [await here.asked(f"s{n}") for n in range(10)]
    for n, one in enumerate(silent):
        await here.tells(Delivered(), one, f"s{n}")
    first = await message(here, MONDAY)
    assert "CSAT 80 %" in first
    assert "has moved" not in first
    here.clock.advance(minutes=1)
    for n in (0, 1):
        await here.tells(ScoreChosen(2), made[n], f"v{n}")  # 19 hours after their first answer
    await here.tells(ScoreChosen(4), made[0], "v0")  # and one of them once more
    await here.tells(ScoreChosen(5), silent[0], "s0")
    second = await message(here, MONDAY + timedelta(days=7))
    line = (
        "Week 12 has moved since it was posted: CSAT 70 % (was 80 %): 2 people changed their answer; "
        "response rate 55 % so far (was 50 %)."
    )
    assert line in second
    found = cast(dict[str, Any], to_json(await here.summaries.week("default"))["moved"])
    assert found == {
        "week": "2026-W12", "response_rate": 55.0, "response_rate_was": 50.0, "settled": False,
        "scores": [{"survey": "csat", "value": 70.0, "was": 80.0, "n": 10, "n_was": 10, "rescored": 2}],
    }  # fmt: skip
    third = await message(here, MONDAY + timedelta(days=14))
    assert "Week 12" not in third


async def test_the_new_rate_is_settled_when_all_questions_of_its_week_have_expired(here: World) -> None:
    made = [await answered(here, f"v{n}", 5) for n in range(4)]
    await message(here, MONDAY)
    await here.tells(AnswerDeleted(), made[0], "v0")
    found = []
    for days in (7, 27, 28):
        here.clock.at = MONDAY + timedelta(days=days)
        moved = (await here.summaries.week("default", Week(2026, 13))).moved
        found.append(moved.settled if moved is not None else None)
    assert found == [False, False, True]


async def test_an_answer_that_was_taken_back_is_a_move_of_its_number(here: World) -> None:
    made = [await answered(here, f"v{n}", 5) for n in range(4)]
    await message(here, MONDAY)
    await here.tells(AnswerDeleted(), made[0], "v0")
    text = await message(here, MONDAY + timedelta(days=7))
    assert "CSAT 100 % on 3 answers (was 100 % on 4); response rate 75 % so far (was 100 %)." in text


async def test_a_week_that_nobody_was_told_of_has_not_moved(database_url: str, keyring: Keyring) -> None:
    async with world(database_url, keyring, clock=TestClock(SUNDAY), owner_channel=()) as here:
        made = await answered(here, "kim", 5)
        here.clock.at = MONDAY
        await here.summaries.post_due()
        assert await here.decided() == [("2026-W12", "no_destination")]
        await here.tells(ScoreChosen(1), made)
        here.clock.advance(days=7)
        assert (await here.summaries.week("default")).moved is None


async def test_a_comment_is_masked_everywhere_and_still_goes_when_it_is_taken_back(here: World) -> None:
    made = await answered(here, "kim", 1, "Kim Korhonen here, call 040 123 4567 or kim@example.com about the bill")
    customer = await here.customer()
    await here.store.write(lambda uow: uow.customers.change(replace(customer, name="Kim Korhonen")))
    text = await message(here, MONDAY)
    assert "“[…] here, call […] or […] about the bill” · 1 of 5 · T-kim · Sun" in text
    [comment] = cast(list[dict[str, Any]], to_json(await here.summaries.week("default"))["comments"])
    assert comment["text"] == "[…] here, call […] or […] about the bill"
    await here.tells(CommentWithdrawn(), made)
    await here.quiet()
    assert "about the bill" not in (await here.messages("owner"))[-1].prompt.text


def stored(number: int, **changes: Any) -> Invitation:
    """An answer of Friday, as an import or the past left it."""
    name = f"p{number}"
    day = FRIDAY.date()
    start = Invitation(
        id=f"i-{number:04}", workspace="default", survey=make_survey(), survey_id=0, state=State.CLOSED,
        decided_at=FRIDAY, cohort_day=day, expires_at=FRIDAY, address=Address("webchat", name, user=name),
        channel="webchat", sent_at=FRIDAY, answer=Answer(5, first_at=FRIDAY, day=day, changed_at=FRIDAY),
    )  # fmt: skip
    return replace(start, **changes)


async def save(here: World, *invitations: Invitation) -> None:
    async def job(uow: UnitOfWork) -> None:
        found = await uow.surveys.newest("default", "csat")
        assert found is not None
        await uow.invitations.save([Saved(None, replace(one, survey_id=found.id)) for one in invitations])

    await here.store.write(job)


async def test_a_comment_of_a_telegram_group_has_a_link_to_the_question(here: World) -> None:
    words = Answer(
        1,
        (Part("The parcel never came", FRIDAY),),
        commented=True,
        first_at=FRIDAY,
        day=FRIDAY.date(),
        changed_at=FRIDAY,
    )
    group = Address("telegram", "-1001234567890", account="1", user="77")
    about = Interaction(ticket="T-9", team="Delivery")
    await save(here, stored(1, answer=words, address=group, channel="telegram", message="42", interaction=about))
    text = await message(here, MONDAY)
    assert "“The parcel never came” · 1 of 5 · Delivery · Fri · https://t.me/c/1234567890/42" in text
    assert "T-9" not in text


async def test_a_crew_is_counted_in_the_newest_invitations_of_these_days(here: World) -> None:
    named = [("Billing", "Anna"), ("Billing", "Anna"), ("Billing", "Jukka"), ("Support", None), (None, "Tom")]
    people = [
        stored(
            n,
            interaction=Interaction(team=team, agent=agent, touchpoint=None if team else "desk", tags=tags),
            decided_at=FRIDAY + timedelta(minutes=n),
        )
        for n, ((team, agent), tags) in enumerate(zip(named, ((), (), ("vat",), ("vat", "late"), ()), strict=True))
    ]
    others = {("touchpoint", "desk"): 1, ("tag", "vat"): 1, ("tag", "late"): 0}
    old = stored(9, interaction=Interaction(team="Billing", agent="Mia"), decided_at=FRIDAY - timedelta(days=20))
    await save(here, *people, old)
    async with here.store.reading() as uow:
        assert await uow.responses.crews("default", LAST.monday, LAST.sunday, 100) == {
            ("team", "Billing"): 2, ("team", "Support"): 0, **others,
        }  # fmt: skip
        assert await uow.responses.crews("default", LAST.monday, LAST.sunday, 3) == {
            ("team", "Billing"): 1, ("team", "Support"): 0, **others,
        }  # fmt: skip
        assert await uow.responses.crews("other", LAST.monday, LAST.sunday, 100) == {}


async def test_tests_change_no_posted_figure(here: World) -> None:
    made = await here.asked("kim", test=True)
    for event in (Delivered(), ScoreChosen(5)):
        await here.tells(event, made)
    here.clock.advance(minutes=5)
    since = here.clock.now()
    here.clock.advance(minutes=5)
    await here.tells(ScoreChosen(1), made)
    real = await answered(here, "ada", 5)
    here.clock.advance(minutes=5)
    async with here.store.reading() as uow:
        ids = [v.id for v in await uow.surveys.versions("default")]
        assert (await uow.invitations.load([made.id]))[made.id].origin is Origin.TEST
        assert await uow.responses.rescored(ids, LAST.monday, LAST.sunday, since) == 0
    await here.tells(ScoreChosen(4), real, "ada")
    async with here.store.reading() as uow:
        assert await uow.responses.rescored(ids, LAST.monday, LAST.sunday, since) == 1
        assert await uow.responses.rescored(ids, LAST.monday, LAST.sunday, here.clock.now()) == 0
        assert await uow.responses.rescored(ids[:0], LAST.monday, LAST.sunday, since) == 0


async def test_a_goal_stands_beside_its_figure_unless_the_scale_is_another(here: World) -> None:
    await answered(here, "kim", 5)
    await here.store.write(lambda uow: uow.surveys.set_goal("default", make_survey(goal=90.5)))
    assert "9.5 above your goal" in await message(here, MONDAY)
    seven = make_survey(version=2, scale=Scale(1, 7), good=(6, 7), bad=(1, 3), goal=50)
    await here.store.write(lambda uow: uow.surveys.add("default", seven, MONDAY))
    [line] = (await here.summaries.week("default", LAST)).scores
    assert line.survey.goal is None


async def test_a_version_with_answers_cannot_be_deleted(here: World) -> None:
    await answered(here, "kim", 5)
    with pytest.raises(IntegrityError):
        await here.execute("DELETE FROM survey_version WHERE slug = 'csat'")


async def test_a_score_that_its_version_has_not_is_refused_by_name(here: World) -> None:
    await save(here, stored(1, answer=Answer(9, first_at=FRIDAY, day=FRIDAY.date(), changed_at=FRIDAY)))
    here.clock.at = MONDAY
    with pytest.raises(WrongUse, match="9 is not a score of 'csat': it takes 1 to 5"):
        await here.summaries.week("default")
