"""The channel with the real client before the stand-in Bot API: what arrives, and what is made of refusals."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from telegram.error import InvalidToken, TelegramError

from adapters.charts import draw
from adapters.telegram.channel import Telegram
from adapters.telegram.client import Client
from adapters.telegram.errors import translated
from adapters.telegram.pace import Limits, Pace
from bot.address import Address, parse_address
from bot.errors import Moved, RecipientUnreachable, TryAgainLater
from bot.pictures import Note, Picture, Point, Trend, Unit
from bot.ports import Dispatch
from bot.prompts import Action, Asker, Button, Prompt, PromptKind, question
from bot.texts import texts
from bot.weeks import Week
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.builders import NOON, make_invitation
from tests.sample_pictures import twelve_weeks
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.faults import Faults
from tests.telegram_api.server import serving
from tests.world import TestClock

TOKEN = "12:not-to-be-logged"  # noqa: S105  (of the stand-in)
QUESTION = question(make_invitation(), Asker("Acme"), texts("en"))
THANKS = Prompt(PromptKind.THANKS, "en", "invitation-1", title="Thank you.", buttons=(Button(Action.CHANGE, "Change"),))
DONE = Prompt(PromptKind.CLOSED, "en", title="Thank you.")


@dataclass
class Setup:
    """A channel whose pauses are noted, the stand-in behind it, and one person who has started the bot."""

    api: BotApi
    client: Client
    clock: TestClock = field(default_factory=TestClock)
    paused: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(Limits(chat_gap=timedelta(0)), self.clock.now)
        tokens = SignedTokens(Keyring(bytes(range(32))))
        self.channel = Telegram(self.client.bot, "12", tokens, self.pace, self._note)
        self.kim = self.api.private(4711, "Kim")
        self.kim.start()

    async def _note(self, until: datetime) -> None:
        self.paused.append(until)

    async def send(self, prompt: Prompt, to: Address | str = "telegram:4711", message: str = "") -> str:
        address = to if isinstance(to, Address) else parse_address(to)
        dispatch = Dispatch(workspace="default", address=address, prompt=prompt, message=message)
        return (await self.channel.send(dispatch)).message


@pytest.fixture
async def here() -> AsyncIterator[Setup]:
    api = BotApi(TOKEN)
    async with serving(api) as url, Client(TOKEN, url, read_timeout=2) as client:
        yield Setup(api, client)


async def test_a_question_arrives_as_text_and_buttons(here: Setup) -> None:
    receipt = await here.send(QUESTION)
    shown = here.kim.chat.from_bot[-1]
    assert receipt == str(shown.id)
    assert shown.text == "\n".join(
        (QUESTION.title, "Acme asks · anna, billing", "1 = very dissatisfied · 5 = very satisfied")
    )
    assert [label for label, _ in shown.keyboard[0]] == ["1", "2", "3", "4", "5"]


async def test_an_edit_replaces_text_and_buttons_and_may_come_twice(here: Setup) -> None:
    asked = await here.send(QUESTION)
    for _ in range(2):
        assert await here.send(THANKS, message=asked) == asked
    shown = here.kim.chat.from_bot[-1]
    assert (shown.text, [label for label, _ in shown.buttons], shown.edits) == ("Thank you.", ["Change"], 1)
    await here.send(replace_title(DONE, "Bye."), message=asked)
    assert shown.buttons == []


def replace_title(prompt: Prompt, title: str) -> Prompt:
    return Prompt(prompt.kind, prompt.lang, title=title)


async def test_what_cannot_be_edited_any_more_is_sent_anew_where_nobody_else_reads(here: Setup) -> None:
    here.api.group(-100, "Team")
    for place, sent_anew in (("telegram:4711", True), ("telegram:-100", False)):
        chat = here.api.chat(int(place.removeprefix("telegram:")))
        asked = await here.send(QUESTION, place)
        here.api.call("deleteMessage", {"chat_id": chat.id, "message_id": int(asked)})
        assert (await here.send(THANKS, place, message=asked) != asked) is sent_anew
        assert ([one.text for one in chat.from_bot] == ["Thank you."]) is sent_anew


async def test_a_topic_keeps_its_thread_and_the_general_one_has_none(here: Setup) -> None:
    forum = here.api.group(-1001234567890, "Forum", forum=True)
    here.kim.write("Welcome", forum)  # the first message's number is that of the General topic
    thread = here.api.topic(forum, "Feedback", here.kim)
    await here.send(DONE, f"telegram:-1001234567890/{thread}")
    assert forum.from_bot[-1].thread == thread
    await here.send(DONE, "telegram:-1001234567890/1")
    assert forum.from_bot[-1].thread is None


async def test_a_business_chat_is_written_to_through_its_connection(here: Setup) -> None:
    owner = here.api.private(99, "Owner")
    chat = here.api.business("conn", owner, here.kim)
    here.kim.write("Hello", chat)
    address = Address("telegram", "4711", account="12", via="conn")
    asked = await here.send(QUESTION, address)
    assert await here.send(THANKS, address, message=asked) == asked
    assert chat.from_bot[-1].text == "Thank you."
    assert here.kim.chat.from_bot == []


async def test_what_is_too_long_for_one_message_comes_in_pages(here: Setup) -> None:
    long = Prompt(PromptKind.INFO, "en", "i1", title="All of it", lines=("x" * 4000,) * 2, buttons=THANKS.buttons)
    receipt = await here.send(long)
    first, second = here.kim.chat.from_bot
    assert (first.buttons, len(second.buttons)) == ([], 1)
    assert receipt == str(second.id)
    assert here.pace.turn("4711", group=False) == NOON


async def test_a_429_stops_the_whole_bot(here: Setup) -> None:
    here.api.faults = Faults(1, {"429": 1.0}, retry_after=9)
    with pytest.raises(TryAgainLater) as refused:
        await here.send(QUESTION)
    assert (refused.value.after, refused.value.unsure) == (9, False)
    assert here.paused == [NOON + timedelta(seconds=9)]
    elsewhere = Dispatch(workspace="default", address=parse_address("telegram:4712"), prompt=QUESTION)
    assert here.channel.turn(elsewhere) == here.pace.paused_until == NOON + timedelta(seconds=9)


@pytest.mark.parametrize(
    ("fault", "unsure"), [("500", False), ("close_before", True), ("close_after", True), ("timeout", True)]
)
async def test_trouble_on_the_way_is_tried_again(here: Setup, fault: str, unsure: bool) -> None:
    here.api.faults = Faults(1, {fault: 1.0})
    with pytest.raises(TryAgainLater) as refused:
        await here.send(QUESTION)
    assert (refused.value.after, refused.value.unsure) == (None, unsure)
    assert len(here.kim.chat.from_bot) == (fault in {"close_after", "timeout"})


async def test_who_cannot_be_reached_is_told_apart(here: Setup) -> None:
    here.api.private(4712, "Never started")
    here.kim.block()
    kicked = here.api.group(-100, "Team")
    here.api.kick(kicked, here.kim)
    reasons = {}
    for place in ("telegram:4711", "telegram:4712", "telegram:4713", "telegram:-100"):
        with pytest.raises(RecipientUnreachable) as refused:
            await here.send(QUESTION, place)
        reasons[place] = refused.value.reason
    assert list(reasons.values()) == ["blocked", "not_started", "unreachable", "no_rights"]


async def test_a_group_that_became_a_supergroup_is_found_again(here: Setup) -> None:
    here.api.group(-100, "Team")
    here.api.upgrade(-100, -1001234567890)
    with pytest.raises(Moved) as moved:
        await here.send(QUESTION, "telegram:-100")
    assert moved.value.conversation == "-1001234567890"


async def test_updates_come_as_they_are(here: Setup) -> None:
    found = json.loads(await here.client.raw_updates(0, 5, ["message", "callback_query"]))
    assert [update["message"]["text"] for update in found["result"]] == ["/start"]
    after = found["result"][-1]["update_id"] + 1
    assert json.loads(await here.client.raw_updates(after, 0, ["message"]))["result"] == []


async def test_the_client_starts_without_telegram_and_shows_its_token_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    api = BotApi(TOKEN)
    async with serving(api) as url:
        pass
    with caplog.at_level(logging.DEBUG):
        async with Client(TOKEN, url) as client:
            with pytest.raises(TelegramError) as failed:
                await client.bot.get_me()
    found = translated(failed.value, "looking at the bot")
    assert isinstance(found, TryAgainLater)
    assert not found.unsure
    assert TOKEN not in caplog.text


async def test_a_wrong_token_is_told(here: Setup) -> None:
    url = here.client.bot.base_url.partition("/bot")[0]
    async with Client("12:wrong", url) as stranger:
        with pytest.raises(InvalidToken):
            await stranger.raw_updates(0, 0, [])


async def test_the_servers_time_of_day_is_noted(here: Setup) -> None:
    assert json.loads(await here.client.raw_updates(0, 0, []))["ok"]
    assert here.client.last_date is None or here.client.last_date.tzinfo is UTC  # a server need not tell it

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nDate: Mon, 16 Nov 2026 12:00:03 GMT\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(TOKEN, f"http://127.0.0.1:{port}") as client:
            assert await client.raw_updates(0, 0, []) == b"{}"
    assert client.last_date == datetime(2026, 11, 16, 12, 0, 3, tzinfo=UTC)


def pictured(picture: Picture, *lines: str) -> Prompt:
    return Prompt(PromptKind.INFO, "en", title=picture.title, lines=lines, picture=picture)


async def test_a_picture_is_a_photo_with_its_words_as_caption(here: Setup) -> None:
    picture = twelve_weeks()
    receipt = await here.send(pictured(picture))
    [shown] = here.kim.chat.from_bot
    assert (receipt, shown.photo) == (str(shown.id), draw(picture, texts("en")))
    assert shown.caption.startswith("12 weeks, to week 47.\nCSAT (satisfied, of all answers), weeks 36\u201347")
    assert [one["type"] for one in shown.entities] == ["bold", "expandable_blockquote"]


async def test_a_caption_that_is_too_long_ends_early(here: Setup) -> None:
    picture = Picture(title="T", trends=twelve_weeks().trends * 2)
    await here.send(pictured(picture))
    [shown] = here.kim.chat.from_bot
    assert len(shown.caption) == 1024
    assert shown.caption.endswith("…")


async def test_markup_and_mentions_in_a_note_stay_words(here: Setup) -> None:
    note = Note(date(2026, 11, 3), "<b>new</b> @kim /stop")
    await here.send(pictured(Picture(title="<i>T</i>", trends=twelve_weeks().trends[:1], notes=(note,))))
    [shown] = here.kim.chat.from_bot
    assert shown.caption.replace("\u2060", "").endswith("Notes: 3 Nov: <b>new</b> @kim /stop.")
    assert [one["type"] for one in shown.entities] == ["bold", "expandable_blockquote"]


async def test_a_photo_goes_to_its_topic(here: Setup) -> None:
    forum = here.api.group(-1001234567890, "Forum", forum=True)
    here.kim.write("Welcome", forum)
    thread = here.api.topic(forum, "Feedback", here.kim)
    await here.send(pictured(twelve_weeks()), f"telegram:-1001234567890/{thread}")
    assert forum.from_bot[-1].thread == thread


async def test_words_are_never_lost_for_a_picture(here: Setup) -> None:
    await here.send(pictured(twelve_weeks(), "The message itself."))
    [shown] = here.kim.chat.from_bot
    assert shown.text.endswith("The message itself.")


async def test_a_refused_photo_is_not_tried_again(here: Setup) -> None:
    here.kim.chat.muted = True
    with pytest.raises(RecipientUnreachable) as refused:
        await here.send(pictured(twelve_weeks()))
    assert refused.value.reason == "no_rights"


async def test_a_picture_that_cannot_be_drawn_is_dropped(here: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    endless = Trend(title="T", axis="a", unit=Unit.MEAN, low=1, high=7, points=(Point(Week(2026, 1), 5, math.nan),))
    assert await here.send(pictured(Picture(title="T", trends=(endless,)))) == ""
    assert here.kim.chat.from_bot == []
    assert "could not be drawn" in capsys.readouterr().out
