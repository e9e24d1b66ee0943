"""Asking: the verdict on every path, what is written for it, links, consent, and taking a question back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.address import Address
from bot.errors import NotFound, RecipientUnreachable, UnknownChannel, UnknownSurvey
from bot.events import (
    Delivered,
    OptedIn,
    OptedOut,
    Outcome,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import Interaction, State
from bot.policy import Reason, Trigger
from bot.prompts import Prompt
from bot.service.asked import asked_json
from bot.values import replace
from storage.keys import Keyring
from tests.post import Post
from tests.world import World, person, world

NEW = Address("webchat", "new")
AUTOMATIC = Trigger.AUTOMATIC


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(sqlite_url, keyring, business_name="Acme") as made:
        yield made


async def prompts(here: World, who: str = "kim") -> list[Prompt]:
    await here.quiet()
    return [message.prompt for message in await here.messages(who)]


async def test_an_ask_is_one_invitation_and_one_message(here: World) -> None:
    asked = await here.ask(ticket="T-1")
    assert (asked.verdict.ask, asked.verdict.reason, asked.repeated) == (True, None, False)
    assert asked_json(asked)["state"] == "scheduled"
    [prompt] = await prompts(here)
    assert prompt.scale is not None
    assert [choice.value for choice in prompt.scale.choices] == [1, 2, 3, 4, 5]
    assert await here.funnel() == {"considered": 1}


async def test_a_repeat_returns_the_existing_invitation(here: World) -> None:
    first = await here.asked(ticket="T-1")
    for state in ("scheduled", "answered", "closed"):
        assert (await here.invitation(first.id)).state == state
        again = await here.ask(ticket="T-1")
        assert (again.verdict.ask, again.verdict.reason) == (False, Reason.ALREADY_ASKED)
        assert again.repeated
        assert again.invitation is not None
        assert again.invitation.id == first.id
        if state == "scheduled":
            await here.tells(ScoreChosen(4), first)
        if state == "answered":
            here.clock.advance(hours=25)
            await here.ticking.expire()
    assert await here.rows("SELECT count(*) FROM invitation") == [(1,)]
    assert (await here.funnel())["considered"] == 1


async def test_a_dry_run_explains_and_writes_nothing(here: World) -> None:
    before = here.store.commits
    assert (await here.ask(dry_run=True)).verdict.ask
    assert (await here.ask(to=NEW, dry_run=True)).link is None
    assert here.store.commits == before
    assert await here.rows("SELECT count(*) FROM invitation") == [(0,)]
    await here.asked(ticket="T-1")
    again = await here.ask(ticket="T-1", dry_run=True)
    assert again.verdict.reason is Reason.ALREADY_ASKED


async def test_one_open_question_per_person_and_the_suppressed_one_is_counted(here: World) -> None:
    await here.asked(ticket="T-1")
    second = await here.ask(survey="nps", ticket="T-2")
    assert (second.verdict.ask, second.verdict.reason) == (False, Reason.OPEN_QUESTION)
    assert asked_json(second)["state"] == "suppressed"
    assert await here.funnel() == {"considered": 2, "suppressed:open_question": 1}
    assert len(await prompts(here)) == 1
    assert await here.differences() == []


async def test_a_suppressed_ask_can_be_made_again(here: World) -> None:
    first = await here.sent(ticket="T-1")
    await here.ask(survey="nps", ticket="T-2")
    await here.tells(ScoreChosen(5), first)
    again = await here.ask(survey="nps", ticket="T-2")
    assert again.verdict.ask
    assert not again.repeated


@pytest.mark.parametrize("more", [{}, {"anyway": True}, {"trigger": AUTOMATIC}, {"trigger": AUTOMATIC, "anyway": True}])
async def test_nothing_overrides_an_opt_out(here: World, more: dict[str, Any]) -> None:
    await here.tells(OptedOut())
    for path in (here.ask(**more), here.ask(**more, dry_run=True), here.ask(**more, ticket="T-1")):
        asked = await path
        assert (asked.verdict.ask, asked.verdict.reason) == (False, Reason.OPTED_OUT)
    assert await here.funnel() == {"considered": 2, "suppressed:opted_out": 2}
    assert all(prompt.scale is None for prompt in await prompts(here))


async def test_who_opts_in_again_is_asked_again(here: World) -> None:
    await here.tells(OptedOut())
    await here.tells(OptedIn())
    assert (await here.ask()).verdict.ask


async def test_members_only_and_nothing_is_written(here: World) -> None:
    for to in (person("kim"), NEW):
        asked = await here.ask(to=to, may_ask=False)
        assert (asked.verdict.reason, asked.invitation, asked.link) == (Reason.NOT_A_MEMBER, None, None)
    assert await here.rows("SELECT count(*) FROM invitation") == [(0,)]


async def test_the_cap_holds_for_programs_and_is_told_to_people(here: World) -> None:
    first = await here.sent(ticket="T-1")
    await here.tells(ScoreChosen(5), first)
    here.clock.advance(days=3)
    program = await here.ask(survey="nps", trigger=AUTOMATIC, ticket="T-2")
    assert (program.verdict.ask, program.verdict.reason) == (False, Reason.ASKED_RECENTLY)
    assert first.sent_at is not None
    assert program.verdict.not_before == first.sent_at + timedelta(days=14)
    by_person = await here.ask(survey="nps", dry_run=True)
    assert (by_person.verdict.ask, by_person.verdict.reason) == (True, Reason.ASKED_RECENTLY)
    assert (await here.ask(survey="nps", trigger=AUTOMATIC, anyway=True, ticket="T-3")).verdict.ask
    assert await here.funnel() == {
        "considered": 3, "delivered": 1, "answered": 1, "score_5": 1, "suppressed:asked_recently": 1,
    }  # fmt: skip


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_person_who_can_be_asked_back_confirms_first(here: World, dry_run: bool) -> None:
    first = await here.sent()
    await here.tells(ScoreChosen(5), first)
    asked = await here.ask(survey="nps", asks_back=True, dry_run=dry_run)
    assert (asked.needs_confirmation, asked.invitation) == (True, None)
    assert (asked.verdict.ask, asked.verdict.reason) == (False, Reason.ASKED_RECENTLY)
    assert (await here.funnel())["considered"] == 1
    assert await here.rows("SELECT count(*) FROM invitation") == [(1,)]
    confirmed = await here.ask(survey="nps", asks_back=True, anyway=True, dry_run=dry_run)
    assert (confirmed.needs_confirmation, confirmed.verdict.ask) == (False, True)
    assert (confirmed.invitation is None) is dry_run


async def test_nobody_confirms_what_is_not_asked_anyway(here: World) -> None:
    await here.sent()
    asked = await here.ask(survey="nps", asks_back=True)
    assert (asked.needs_confirmation, asked.verdict.reason) == (False, Reason.OPEN_QUESTION)
    assert not (await here.ask("liisa", asks_back=True)).needs_confirmation


async def test_after_the_cap_a_program_asks_again(here: World) -> None:
    first = await here.sent(ticket="T-1")
    await here.tells(ScoreChosen(5), first)
    here.clock.advance(days=14)
    assert (await here.ask(trigger=AUTOMATIC, ticket="T-2")).verdict.ask


async def test_asks_to_test_always_go_out_and_enter_no_figure(here: World) -> None:
    await here.asked(ticket="T-1")
    await here.tells(OptedOut(), None, "other")
    for who in ("kim", "kim", "other"):
        made = await here.asked(who, survey="nps", test=True, ticket="T-1")
        await here.tells(Delivered(), made, who)
        await here.tells(ScoreChosen(0), made, who)
    assert await here.funnel() == {"considered": 1}
    # And a test is no contact that would hold back a real question.
    assert (await here.ask("other2", trigger=AUTOMATIC)).verdict.reason is None
    assert await here.differences() == []


async def test_the_same_ticket_may_be_asked_about_in_another_survey_and_of_another_person(here: World) -> None:
    first = await here.sent(ticket="T-1")
    await here.tells(ScoreChosen(5), first)
    assert (await here.ask(survey="ces", ticket="T-1")).verdict.ask
    assert (await here.ask("liisa", ticket="T-1")).verdict.ask


async def test_after_a_failure_the_ask_can_be_retried(sqlite_url: str, keyring: Keyring) -> None:
    post = Post("paper", fail={"kim": [RecipientUnreachable("blocked us", "blocked")]})
    to = Address("paper", "kim")
    async with world(sqlite_url, keyring, channels=[post]) as here:
        first = await here.asked(to=to, ticket="T-1")
        await here.quiet()
        failed = await here.invitation(first.id)
        assert (failed.state, failed.reason) == (State.FAILED, "blocked")
        assert await here.funnel() == {"considered": 1, "failed:blocked": 1}
        second = await here.ask(to=to, ticket="T-1")
        assert (second.verdict.ask, second.repeated) == (True, False)
        assert second.invitation is not None
        assert second.invitation.id == first.id
        await here.quiet()
        assert (await here.invitation(first.id)).state is State.SENT
        assert await here.funnel() == {"considered": 1, "delivered": 1}
        assert await here.differences() == []


async def test_a_late_tap_on_what_failed_and_was_asked_again_is_not_lost(here: World) -> None:
    made = await here.asked(ticket="T-1")
    await here.quiet()
    here.clock.advance(days=15)
    await here.ticking.expire()
    assert ((await here.invitation(made.id)).state, (await here.invitation(made.id)).reason) == (
        State.FAILED, "never_shown",
    )  # fmt: skip
    await here.asked(ticket="T-1")
    assert await here.tells(ScoreChosen(2), made) == Outcome()
    assert await here.rows("SELECT score FROM response") == [(2,)]
    assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "score_2": 1}
    assert await here.differences() == []


async def test_an_open_question_takes_words_without_a_score(here: World) -> None:
    made = await here.sent(survey="open")
    await here.tells(TextWritten("More parking, please."))
    found = await here.invitation(made.id)
    assert found.state is State.ANSWERED
    assert found.answer is not None
    assert (found.answer.score, found.answer.comment) == (None, "More parking, please.")
    assert await here.funnel() == {"considered": 1, "delivered": 1, "answered": 1, "commented": 1}


async def test_errors_teach(here: World) -> None:
    with pytest.raises(UnknownSurvey, match="ces, csat, nps, open"):
        await here.ask(survey="nothing")
    with pytest.raises(UnknownChannel, match="webchat"):
        await here.ask(to=Address("slack", "U123"))
    with pytest.raises(NotFound):
        await here.ask(workspace="elsewhere")


async def test_what_is_rated_is_frozen_on_the_invitation(here: World) -> None:
    about = Interaction(ticket="T-1", agent="anna", team="billing", tags=("vat",))
    made = await here.asked(about=about)
    again = await here.ask(about=replace(about, agent="ben", team="sales", tags=()))
    assert again.repeated
    assert (await here.invitation(made.id)).interaction == about
