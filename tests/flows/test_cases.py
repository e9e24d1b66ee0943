"""Low scores are told to the team: once, at once, not at night, bundled; and again only for what is new."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.address import Address
from bot.events import AnswerDeleted, CommentWritten, NotSolved, ScoreChosen
from bot.invitation import Interaction
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from bot.service.cases import Cases, undelivered
from bot.service.health import Health
from bot.summary import to_json
from bot.values import replace
from storage.keys import Keyring
from tests.flows.case_chat import LIISA, MIKKO, TEAM, CaseChat, case_chat
from tests.flows.chat import ANNA, BOT, labels, own
from tests.world import world


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[CaseChat]:
    async with case_chat(sqlite_url, keyring) as made:
        yield made


async def test_a_low_score_is_told_at_once_and_once(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here:
        made, shown = await here.told()
        assert shown.address == TEAM
        assert shown.prompt.title == "2 of 5 from Mikko Virtanen"
        assert shown.prompt.lines == ("T-1042 · Billing",)
        assert labels(shown) == ["I take it", "Done", "Done and told"]
        assert await here.ticks() == []
        await here.says(made, ScoreChosen(2), ScoreChosen(1))  # a double tap, and another low score
        here.world.clock.advance(minutes=11)
        assert await here.ticks() == []
        assert await here.states() == [("open", "nothing")]


async def test_good_scores_open_nothing_and_ask_the_database_nothing(here: CaseChat) -> None:
    await here.low(5)
    assert await here.ticks() == []
    assert await here.states() == []


async def test_two_replicas_tell_once(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here, world(
        database_url, keyring, owner="b", clock=here.world.clock, delivers=False, owner_channel=(str(TEAM),),
        telegram_bot_token=f"{BOT}:a-token-that-opens-nothing",
    ) as other:  # fmt: skip
        await here.low()
        replica = Cases(other.store, other.context)
        told = await asyncio.gather(*(one.tell() for one in (here.cases, replica, here.cases, replica)))
        assert sum(told) == 1


async def test_words_that_come_later_complete_the_message_and_are_told_after_ten_minutes(here: CaseChat) -> None:
    made, first = await here.told()
    await here.says(made, CommentWritten("the VAT line again", "m1"))
    [completed] = [one for one in here.chat.phone.sent if one.address == TEAM and one is not first]
    assert completed.message
    assert completed.prompt.lines == ("T-1042 · Billing", "“the VAT line again”")
    assert labels(completed) == labels(first)
    assert await here.ticks() == []
    here.world.clock.advance(minutes=9)
    assert await here.ticks() == []
    here.world.clock.advance(minutes=1)
    (again,) = await here.ticks()
    assert again.message == ""
    assert again.prompt.lines == ("T-1042 · Billing", "“the VAT line again”")
    assert await here.ticks() == []


async def test_words_before_the_telling_stand_in_the_first_message(here: CaseChat) -> None:
    made = await here.low()
    await here.says(made, CommentWritten("the VAT\nline", "m1"))
    (shown,) = await here.ticks()
    assert shown.prompt.lines == ("T-1042 · Billing", "“the VAT line”")


async def test_what_comes_within_ten_minutes_is_bundled(here: CaseChat) -> None:
    await here.told()
    await here.low(who=LIISA)
    for number in range(11):
        made = await here.chat.world.asked(f"v{number}", ticket=f"W-{number}")
        await here.world.quiet()
        await here.world.tells(ScoreChosen(1), made, f"v{number}")
    assert await here.ticks() == []
    here.world.clock.advance(minutes=10)
    (bundle,) = await here.ticks()
    assert bundle.prompt.title == "12 answers need a look"
    assert len(bundle.prompt.buttons) == 10
    assert bundle.prompt.lines[0] == "1. 2 of 5 from Liisa Laine · T-1042 · Billing"
    assert bundle.prompt.lines[-1] == "and 2 more: /cases"
    here.world.clock.advance(minutes=10)
    assert await here.ticks() == []


async def test_nothing_is_told_at_night_and_all_at_eight(here: CaseChat) -> None:
    here.world.clock.at = here.world.clock.at.replace(hour=19, minute=30)  # 21:30 in Helsinki
    await here.low()
    await here.low(who=LIISA)
    assert await here.ticks() == []
    here.world.clock.advance(hours=10, minutes=29)
    assert await here.ticks() == []
    here.world.clock.advance(minutes=1)
    (shown,) = await here.ticks()
    assert shown.prompt.title == "2 answers need a look"


async def test_a_restart_keeps_the_ten_minutes(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here:
        await here.told()
        await here.low(who=LIISA)
        clock = here.world.clock
    async with world(
        database_url, keyring, owner="b", clock=clock, delivers=False, owner_channel=(str(TEAM),),
        telegram_bot_token=f"{BOT}:a-token-that-opens-nothing",
    ) as again:  # fmt: skip
        cases = Cases(again.store, again.context)
        assert await cases.tell() == 0
        clock.advance(minutes=10)
        assert await cases.tell() == 1


@pytest.mark.parametrize("event", [ScoreChosen(5), AnswerDeleted()])
async def test_a_case_that_nobody_was_told_of_goes_again(here: CaseChat, event: ScoreChosen | AnswerDeleted) -> None:
    made = await here.low()
    await here.says(made, event)
    assert await here.states() == []
    assert await here.ticks() == []


async def test_after_it_was_told_it_stays_and_says_how_it_is(here: CaseChat) -> None:
    made, shown = await here.told()
    await here.says(made, ScoreChosen(4))
    assert await here.states() == [("open", "nothing")]
    (now,) = await here.chat.sends(ANNA, shown.prompt.buttons[0].value, at=replace(TEAM, user="7"))
    assert now.prompt.title == "4 of 5 from Mikko Virtanen"
    await here.says(made, AnswerDeleted())
    assert here.chat.phone.sent[-2].prompt.title == "The answer was taken back."
    assert await here.states() == [("taken", "nothing")]


async def test_not_solved_is_told_at_any_score(here: CaseChat) -> None:
    made = await here.says(await here.asked(), ScoreChosen(5), NotSolved())
    (shown,) = await here.ticks()
    assert shown.prompt.title == "5 of 5 from Mikko Virtanen"
    assert shown.prompt.lines == ("T-1042 · Billing", "The matter is not solved yet.")
    assert made.answer is not None


async def test_a_team_reads_of_its_own_and_the_owner_of_the_rest(sqlite_url: str, keyring: Keyring) -> None:
    billing = Address("telegram", "-100888", account=BOT)
    places = (str(TEAM), f"{billing}?team=Billing")
    async with case_chat(sqlite_url, keyring, owner_channel=places) as here:
        await here.low()
        await here.low(who=LIISA, about=Interaction(team="Delivery"))
        told = await here.ticks()
        assert {(one.address.conversation, one.prompt.title) for one in told} == {
            ("-100888", "2 of 5 from Mikko Virtanen"),
            ("-100777", "2 of 5 from Liisa Laine"),
        }


async def test_what_no_place_may_read_keeps_nobody_waiting(sqlite_url: str, keyring: Keyring) -> None:
    """With a place for one team alone, what others' customers say piles up: here more of it than a tick looks at."""
    async with case_chat(sqlite_url, keyring, owner_channel=(f"{TEAM}?team=Billing",)) as here:
        here.cases = Cases(here.world.store, here.world.context, most=1)
        delivery = [await here.low(survey=survey, about=Interaction(team="Delivery")) for survey in ("csat", "ces")]
        here.world.clock.advance(minutes=1)
        await here.low(who=LIISA)
        for _ in delivery:
            assert await here.ticks() == []
        (told,) = await here.ticks()
        assert told.prompt.title == "2 of 5 from Liisa Laine"
        await here.world.set(owner_channel=str(TEAM))
        here.world.clock.advance(minutes=31)
        assert len(await here.ticks()) == 1, "as soon as somebody may read it, it is told"


async def test_without_a_place_it_waits_and_doctor_says_so(sqlite_url: str, keyring: Keyring) -> None:
    async with case_chat(sqlite_url, keyring, owner_channel=()) as here:
        await here.low()
        assert await here.ticks() == []
        checks = {
            one.name: one for one in await Health(here.world.store, here.world.context).checks("default", serving=True)
        }
        assert not checks["low scores"].ok
        assert "PULSSI_OWNER_CHANNEL" in checks["low scores"].text
        await here.world.set(owner_channel=str(TEAM))
        assert len(await here.ticks()) == 1


async def test_the_weekly_message_counts_those_that_nobody_took(here: CaseChat) -> None:
    await here.told()
    await here.low(who=LIISA)
    found = to_json(await here.world.summaries.week("default", preview=True))
    assert found["cases"] == {"open": 2, "oldest": "2026-11-16"}


async def test_the_erased_leave_nothing(database_url: str, keyring: Keyring) -> None:
    async with case_chat(database_url, keyring) as here:
        made = await here.low()
        await here.says(made, CommentWritten("call me at 040 1234567", "m1"))
        (shown,) = await here.ticks()
        assert "040" in shown.prompt.text
        untold = await here.low(who=LIISA)
        for who in (MIKKO, LIISA):
            customer = await here.chat.people.at("default", who.address)
            await here.chat.people.erase("default", customer.customer.id)
        await here.world.quiet()
        [edited] = [one for one in here.chat.phone.sent if one.address == TEAM and one.message]
        assert edited.prompt.title == "The answer was taken back."
        assert "Mikko" not in edited.prompt.text
        assert await here.states() == [("open", "nothing")]
        assert untold.customer is not None


async def test_a_place_that_cannot_be_reached_is_told_to_the_owners(here: CaseChat) -> None:
    lost = Dispatch(
        workspace="default", address=TEAM, prompt=Prompt(PromptKind.CASE, "en", title="2 of 5 from Mikko"), lasting=True
    )
    async with here.world.store.reading() as uow:
        (told,) = await undelivered(uow, here.world.context, lost, "no_rights")
    assert told.address == own("8")
    assert told.prompt.lines == ("This could not be posted to telegram:-100777: the bot may not write there.",)
    assert not told.lasting


async def test_other_turns_of_time_are_no_news(here: CaseChat) -> None:
    await here.told()
    here.world.clock.advance(days=2)
    await here.world.ticking.expire()
    await here.world.quiet()
    here.world.clock.at = here.world.clock.at + timedelta(minutes=1)
    assert await here.ticks() == []
