"""Whatever is kept of a person is shown to them, can be deleted there, and reaches those who were promised it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.errors import Conflict
from bot.events import (
    AnswerDeleted,
    CommentWritten,
    Delivered,
    Failed,
    InvitationEvent,
    NotSolved,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import State
from bot.prompts import Action, Prompt
from bot.service.exporting import Exporting, ExportRequest
from storage.keys import Keyring
from tests.flows.api_server import Api
from tests.flows.server import RunningServer
from tests.flows.visitor import Visitor
from tests.world import World, world


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, business_name="Acme") as made:
        yield made


async def shown(here: World) -> Prompt:
    await here.quiet()
    return (await here.messages())[-1].prompt


def actions(prompt: Prompt) -> list[Action]:
    return [button.action for button in prompt.buttons]


async def test_words_on_a_question_that_was_never_seen_are_kept_and_move_no_figure(here: World) -> None:
    made = await here.asked()
    await here.quiet()
    here.clock.advance(days=15)
    await here.ticking.expire()
    failed = {"considered": 1, "failed:never_shown": 1}
    assert await here.funnel() == failed
    assert (await shown(here)).words_wanted
    outcome = await here.tells(CommentWritten("I was away"), made)
    assert outcome.notice == "Thank you, your words are kept. They are read by those who run the service."
    assert await here.funnel() == failed
    prompt = await shown(here)
    assert "“I was away”" in prompt.lines
    assert actions(prompt) == [Action.NOT_COMMENT, Action.DELETE]
    tapped = await here.tells(ScoreChosen(5), made)
    assert tapped.notice is not None
    assert tapped.notice.startswith("This question closed on")
    await here.tells(AnswerDeleted(), made)
    assert (await here.invitation(made.id)).state is State.FAILED
    assert await here.funnel() == failed
    assert await here.differences() == []
    assert (await shown(here)).title == "Your answer and your words are deleted."


@pytest.mark.parametrize("words", ["once more", "5"])
async def test_words_after_a_deletion_are_not_stored_and_the_person_is_told(here: World, words: str) -> None:
    made = await here.sent()
    await here.tells(CommentWritten("well"), made)
    prompt = await shown(here)
    assert "“well”" in prompt.lines
    assert prompt.scale is not None
    assert Action.DELETE in actions(prompt)
    await here.tells(AnswerDeleted(), made)
    outcome = await here.tells(CommentWritten(words), made)
    assert outcome.notice == "Your answer is deleted; this was not stored."
    assert await here.history(made) == []
    assert (await shown(here)).title == "Your answer and your words are deleted."


async def test_what_failed_cannot_be_taken_back_and_stays_in_the_funnel(here: World) -> None:
    made = await here.asked()
    await here.tells(Failed("blocked"), made)
    with pytest.raises(Conflict, match="never reached the customer"):
        await here.asking.cancel("default", made.id)
    assert await here.funnel() == {"considered": 1, "failed:blocked": 1}


async def test_not_solved_yet_is_in_the_api_and_in_json_lines(both: Api) -> None:
    made = await both.answered("webchat:mikko", 2)
    silent = await both.asked("webchat:liisa")
    first: list[InvitationEvent] = [Delivered(), NotSolved()]
    for event in first:
        await both.happens(silent, event, "webchat:liisa")

    async def told() -> list[str | None]:
        answers = [(await both.client.get(f"/invitations/{one}")).json() for one in (made, silent)]
        answers += (await both.client.get("/responses")).json()["responses"]
        exporting = Exporting(both.store, both.parts.context)
        answers += [json.loads(line) async for line in exporting.jsonl(ExportRequest("default"))]
        return [answer["not_solved_at"] for answer in answers]

    now = "2026-11-16T12:00:00+00:00"
    assert await told() == [None, now, None, None]
    await both.happens(made, NotSolved())
    assert await told() == [now, now, now, now]


def test_not_solved_yet_is_read_on_the_staff_desk(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        member = server.claim()
        visitor = Visitor(server.url)
        asked = server.cli("ask", "--survey", "csat", "--to", visitor.address)
        assert asked.returncode == 0, asked.stderr
        question = visitor.question()
        visitor.see(question)
        visitor.tap(question, 2).raise_for_status()
        answer = visitor.send("press", token=question["prompt"]["token"], action="not_solved")
        assert answer.json()["notice"] == "Thank you for telling us. We have passed this on to customer service."
        headers = {"Authorization": f"Bearer {member}", "Accept-Language": "en"}
        [listed] = httpx.get(f"{server.url}/chat/desk", headers=headers).json()["invitations"]
        visitor.close()
    assert listed["words"] == "Answered · says: not solved yet"
    assert listed["not_solved_at"]


async def test_words_before_the_tap_are_told_how_to_answer(here: World) -> None:
    await here.sent()
    outcome = await here.tells(TextWritten("hello there"))
    assert outcome.notice is not None
    assert "Tap a number first" in outcome.notice
    assert await here.rows("SELECT score FROM response") == []
