"""The contract of every channel: what a person taps, changes, writes or stops comes out the same everywhere."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import NotAllowed
from bot.events import Arrival, TextWritten
from bot.invitation import Invitation, State
from bot.policy import Reason
from bot.ports import Dispatch
from bot.prompts import Prompt, PromptKind
from bot.service.context import ensure_workspace
from bot.service.messages import shown
from bot.steps import View
from storage.keys import Keyring
from tests.contracts.channels import ChannelDriver, Shown
from tests.contracts.drivers import DRIVERS

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=sorted(DRIVERS))
async def chat(request: pytest.FixtureRequest, sqlite_url: str, keyring: Keyring) -> AsyncIterator[ChannelDriver]:
    async with DRIVERS[request.param](sqlite_url, keyring) as driver:
        yield driver


async def asked(chat: ChannelDriver, survey: str = "csat", person: str = "kim") -> tuple[Invitation, Shown]:
    """A question in the person's view."""
    made = await chat.world.asked(person, survey, to=chat.address(person))
    message = (await chat.shown(person))[-1]
    await chat.see(person, message)
    return made, message


async def answer(chat: ChannelDriver, made: Invitation) -> tuple[State, int | None, str]:
    found = await chat.world.invitation(made.id)
    return found.state, found.answer.score if found.answer else None, found.answer.comment if found.answer else ""


def channel_folders() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "adapters").glob("*/channel.py"))


def test_every_channel_has_a_driver() -> None:
    assert channel_folders() == sorted(DRIVERS)


def test_every_channel_is_kept_apart_by_import_linter() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [apart] = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "independence"]
    assert sorted(apart["modules"]) == [f"adapters.{name}" for name in channel_folders()]


async def test_the_driver_is_the_channel_of_its_name(chat: ChannelDriver) -> None:
    assert chat.world.channels[chat.name].name == chat.name
    assert chat.address("kim").channel == chat.name


@pytest.mark.parametrize(("survey", "scores"), [("csat", range(1, 6)), ("ces", range(1, 8)), ("nps", range(11))])
async def test_a_question_shows_its_scores_and_nothing_is_chosen(
    chat: ChannelDriver, survey: str, scores: range
) -> None:
    made, message = await asked(chat, survey)
    assert message.scores == tuple(scores)
    assert "Acme" in message.text
    assert await answer(chat, made) == (State.SENT, None, "")


@pytest.mark.parametrize("score", [0, 10])
async def test_the_value_of_a_button_is_the_score(chat: ChannelDriver, score: int) -> None:
    made, message = await asked(chat, "nps")
    await chat.tap("kim", message, score)
    assert await answer(chat, made) == (State.ANSWERED, score, "")
    [after] = await chat.shown("kim")
    assert after.scores == ()
    assert f"{score}" in after.text


async def test_a_double_tap_is_one_answer(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 4)
    await chat.tap("kim", message, 4)
    assert await answer(chat, made) == (State.ANSWERED, 4, "")
    assert len(await chat.world.history(made)) == 1
    assert len(await chat.shown("kim")) == 1


async def test_a_redelivered_event_changes_nothing(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 2, event="first")
    await chat.tap("kim", message, 4, event="second")
    assert (await chat.tap("kim", message, 2, event="first")).known
    assert await answer(chat, made) == (State.ANSWERED, 4, "")


async def test_change_shows_the_scores_again_and_keeps_the_comment(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 2)
    await chat.write("kim", "It took too long.")
    [after] = await chat.shown("kim")
    assert "It took too long." in after.text
    await chat.press("kim", after, "change")
    [again] = await chat.shown("kim")
    assert again.scores == (1, 2, 3, 4, 5)
    await chat.tap("kim", again, 5)
    assert await answer(chat, made) == (State.ANSWERED, 5, "It took too long.")
    assert len(await chat.world.history(made)) == 3
    assert await chat.world.differences() == []


async def test_words_that_were_not_meant_as_a_comment_go(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 4)
    await chat.write("kim", "@anna are you there?")
    [after] = await chat.shown("kim")
    assert "not_comment" in after.actions
    chat.world.clock.advance(minutes=1)
    await chat.press("kim", after, "not_comment")
    assert await answer(chat, made) == (State.ANSWERED, 4, "")


async def test_ordinary_talk_is_not_stored_and_said_so(chat: ChannelDriver) -> None:
    assert (await chat.write("kim", "hello?")).notice
    made, message = await asked(chat)
    await chat.tap("kim", message, 4)
    chat.world.clock.advance(minutes=31)
    assert (await chat.write("kim", "another matter")).notice
    assert await answer(chat, made) == (State.ANSWERED, 4, "")


async def test_a_typed_number_is_a_score(chat: ChannelDriver) -> None:
    made, _ = await asked(chat)
    await chat.write("kim", "4")
    assert await answer(chat, made) == (State.ANSWERED, 4, "")


async def test_not_solved_is_noted_once_and_confirmed(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 1)
    [after] = await chat.shown("kim")
    assert (await chat.press("kim", after, "not_solved")).notice
    [later] = await chat.shown("kim")
    assert "not_solved" not in later.actions
    found = await chat.world.invitation(made.id)
    assert found.answer is not None
    assert found.answer.not_solved_at == chat.world.clock.now()


async def test_delete_takes_score_and_words(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 1)
    await chat.write("kim", "Private words.")
    [after] = await chat.shown("kim")
    await chat.press("kim", after, "delete")
    assert await answer(chat, made) == (State.CLOSED, None, "")
    [gone] = await chat.shown("kim")
    assert "Private words." not in gone.text
    assert (gone.scores, gone.actions) == ((), ())
    assert await chat.world.funnel() == {"considered": 1, "delivered": 1}
    assert await chat.world.history(made) == []


@pytest.mark.parametrize("word", ["button", "stop", "Lopeta.", "stopp", "SLUTA"])
async def test_stop_ends_it(chat: ChannelDriver, word: str) -> None:
    made, message = await asked(chat)
    if word == "button":
        assert "stop" in message.actions
        await chat.press("kim", message, "stop")
    else:
        await chat.write("kim", word)
    [after] = await chat.shown("kim")
    assert (after.scores, after.actions) == ((), ())
    assert await answer(chat, made) == (State.CANCELLED, None, "")
    again = await chat.world.ask(to=chat.address("kim"))
    assert again.verdict.reason is Reason.OPTED_OUT


async def test_start_after_stop_asks_again(chat: ChannelDriver) -> None:
    await chat.write("kim", "stop")
    await chat.write("kim", "start")
    assert len(await chat.shown("kim")) == 2  # both are confirmed
    assert (await chat.world.ask(to=chat.address("kim"))).verdict.ask


async def test_a_strangers_tap_is_refused_and_told(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    for attempt in (
        chat.tap("eve", message, 1),
        chat.press("eve", message, "delete"),
        chat.press("eve", message, "stop"),
    ):
        with pytest.raises(NotAllowed, match="someone else"):
            await attempt
    assert await answer(chat, made) == (State.SENT, None, "")
    assert await chat.shown("eve") == []


async def test_an_expired_question_loses_its_buttons_and_says_so(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    chat.world.clock.advance(days=14)
    await chat.world.ticking.expire()
    [after] = await chat.shown("kim")
    assert (after.scores, after.id) == ((), message.id)
    assert (await chat.tap("kim", message, 5)).notice
    assert await answer(chat, made) == (State.EXPIRED, None, "")


async def test_late_words_are_kept_without_a_score(chat: ChannelDriver) -> None:
    made, _ = await asked(chat)
    chat.world.clock.advance(days=14)
    await chat.world.ticking.expire()
    [after] = await chat.shown("kim")
    assert (await chat.write("kim", "Sorry, I was away.", reply_to=after)).notice
    assert await answer(chat, made) == (State.EXPIRED, None, "Sorry, I was away.")
    assert "answered" not in await chat.world.funnel()


async def test_after_a_day_the_answer_stays_as_it_is(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 5)
    await chat.shown("kim")
    chat.world.clock.advance(hours=24)
    await chat.world.ticking.expire()
    [closed] = await chat.shown("kim")
    assert "change" not in closed.actions
    assert (await chat.tap("kim", message, 1)).notice
    assert await answer(chat, made) == (State.CLOSED, 5, "")


async def test_a_repeated_send_replaces_the_message(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    async with chat.world.store.reading() as uow:
        business = await chat.world.context.business(uow, "default")
    now = await chat.world.invitation(made.id)
    again = Dispatch(
        workspace="default", address=chat.address("kim"), prompt=shown(View.QUESTION, now, business),
        invitation=made.id, message=message.id, asks=True,
    )  # fmt: skip
    await chat.world.channels[chat.name].send(again)
    assert [one.id for one in await chat.shown("kim")] == [message.id]


def told(chat: ChannelDriver, title: str, **changes: Any) -> Dispatch:
    """A message to kim that concerns no question."""
    prompt = Prompt(PromptKind.INFO, "en", title=title)
    return Dispatch(workspace="default", address=chat.address("kim"), prompt=prompt, **changes)


async def test_what_is_for_one_person_alone_is_a_message_in_their_own_chat(chat: ChannelDriver) -> None:
    await chat.world.channels[chat.name].send(told(chat, "Between us.", alone=True))
    assert [one.text for one in await chat.shown("kim")] == ["Between us."]
    assert await chat.shown("eve") == []


@pytest.mark.parametrize("reply", ["new ", "old ", "new not-an-address", "old https://127.0.0.1:9/nobody-listens"])
async def test_a_way_to_answer_that_has_ended_loses_no_message(chat: ChannelDriver, reply: str) -> None:
    await chat.world.channels[chat.name].send(told(chat, "It comes all the same.", reply=reply))
    assert [one.text for one in await chat.shown("kim")] == ["It comes all the same."]


async def test_markup_in_words_stays_text(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 1)
    words = "<b>bold</b> *star* <!channel> @everyone =1+1"
    await chat.write("kim", words)
    assert await answer(chat, made) == (State.ANSWERED, 1, words)
    assert words in (await chat.shown("kim"))[-1].text


async def test_what_is_said_to_one_business_never_reaches_another(chat: ChannelDriver) -> None:
    made, message = await asked(chat)
    await chat.tap("kim", message, 4)
    here = chat.world
    await here.store.write(lambda uow: ensure_workspace(uow, here.context, "elsewhere"))
    words = Arrival(event_id="one", workspace="elsewhere", address=chat.address("kim"), event=TextWritten("between us"))
    assert (await here.store.record(words)).notice
    assert await answer(chat, made) == (State.ANSWERED, 4, "")
