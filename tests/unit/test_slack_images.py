"""Pictures in Slack's messages: uploaded, shown, and what is sent where that does not work."""

import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from adapters.charts import draw
from adapters.slack.client import Client
from bot.errors import TryAgainLater
from bot.pictures import Note, Picture, Point, Trend, Unit
from bot.ports import Receipt
from bot.prompts import Action, Button, Prompt, PromptKind
from bot.texts import texts
from bot.values import replace
from bot.weeks import Week
from tests.sample_pictures import DAYS, twelve_weeks
from tests.slack_api.faults import Faults
from tests.slack_api.places import Message
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN
from tests.unit.test_slack_channel import Setup

PICTURE = twelve_weeks()
WEEKLY = Prompt(
    PromptKind.SUMMARY, "en", title="Week 47", lines=("CSAT 80 %",), picture=PICTURE,
    buttons=(Button(Action.MENU, "Figures", value="f:kpi"),),
)  # fmt: skip
WORDS = ["header", "section", "actions"]
WHOLE = ["header", "section", "image", "actions"]
GET, COMPLETE, UPLOAD = "files.getUploadURLExternal", "files.completeUploadExternal", "upload"


@pytest.fixture
async def here() -> AsyncIterator[Setup]:
    api = SlackApi()
    async with serving(api) as url, Client(BOT_TOKEN, url, seconds=1) as client:
        yield Setup(api, client)
    assert api.violations == []
    assert api.warnings == []


def kinds(message: Message) -> list[str]:
    return [str(block["type"]) for block in message.blocks]


def trouble(here: Setup, **planned: list[str]) -> None:
    names = {"get": GET, "complete": COMPLETE, "upload": UPLOAD}
    here.api.faults = Faults(planned={names[name]: faults for name, faults in planned.items()})


async def test_the_picture_stands_between_words_and_buttons(here: Setup) -> None:
    await here.send(WEEKLY)
    [shown], [file] = here.mikko.sees(), here.api.files
    assert kinds(shown) == WHOLE
    image = shown.blocks[2]
    assert image["slack_file"] == {"id": file.id}
    assert image["alt_text"].startswith("12 weeks, to week 47.\nCSAT (satisfied, of all answers)")
    assert (file.data, file.name, file.title) == (draw(PICTURE, texts("en")), "pulssi.png", "12 weeks, to week 47")
    assert file.shared == []


async def test_long_alternative_texts_are_cut_to_what_slack_takes(here: Setup) -> None:
    notes = tuple(Note(DAYS[0], f"{number} {'long ' * 15}") for number in range(12))
    await here.send(replace(WEEKLY, picture=replace(PICTURE, trends=PICTURE.trends * 2, notes=notes)))
    [shown], [file] = here.mikko.sees(), here.api.files
    for words, longest in ((shown.blocks[2]["alt_text"], 2000), (file.alt_txt, 1000)):
        assert words.endswith("…")
        assert longest - 9 < len(words) <= longest  # no space before the sign


async def test_a_file_that_slack_still_looks_at_is_waited_for(here: Setup) -> None:
    here.api.state.files_unready = 3
    await here.send(WEEKLY)
    [shown] = here.mikko.sees()
    assert (kinds(shown), len(here.api.calls_of("chat.postMessage"))) == (WHOLE, 4)


async def test_a_file_that_slack_never_takes_costs_the_picture_alone(
    here: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    here.api.state.files_unready = 99
    await here.send(WEEKLY)
    [shown] = here.mikko.sees()
    assert kinds(shown) == WORDS
    assert "goes without" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["missing_scope", "file_uploads_disabled", "file_upload_size_restricted"])
@pytest.mark.parametrize("at", ["get", "complete"])
async def test_a_refused_upload_costs_the_picture_alone(
    here: Setup, capsys: pytest.CaptureFixture[str], code: str, at: str
) -> None:
    trouble(here, **{at: [code]})
    await here.send(WEEKLY)
    [shown] = here.mikko.sees()
    assert kinds(shown) == WORDS
    assert not here.slack.in_doubt
    assert "goes without its picture" in capsys.readouterr().out


async def test_an_app_without_the_scope_says_so(here: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    here.api.state.scopes.discard("files:write")
    await here.send(WEEKLY)
    assert [kinds(shown) for shown in here.mikko.sees()] == [WORDS]
    assert "lacks a right" in capsys.readouterr().out


@pytest.mark.parametrize("at", ["get", "upload", "complete"])
@pytest.mark.parametrize("fault", ["429", "503", "close_before", "timeout"])
async def test_trouble_on_the_way_is_tried_again_before_a_word_is_posted(here: Setup, at: str, fault: str) -> None:
    trouble(here, **{at: [fault]})
    with pytest.raises(TryAgainLater):
        await here.send(WEEKLY)
    assert here.mikko.sees() == []
    await here.send(WEEKLY, attempts=1)
    assert [kinds(shown) for shown in here.mikko.sees()] == [WHOLE]


async def test_after_two_tries_the_words_go_alone(here: Setup) -> None:
    trouble(here, upload=["503"] * 3)
    for attempts in (0, 1):
        with pytest.raises(TryAgainLater):
            await here.send(WEEKLY, attempts=attempts)
    await here.send(WEEKLY, attempts=2)
    assert [kinds(shown) for shown in here.mikko.sees()] == [WORDS]


async def test_a_message_that_is_sent_again_shows_the_file_that_there_is(here: Setup) -> None:
    here.api.faults = Faults(planned={"chat.postMessage": ["503"]})
    with pytest.raises(TryAgainLater):
        await here.send(WEEKLY, id=7)
    await here.send(WEEKLY, id=7, attempts=1)
    await here.send(WEEKLY, id=8)
    assert [kinds(shown) for shown in here.mikko.sees()] == [WHOLE, WHOLE]
    assert len(here.api.files) == 2


async def test_an_answer_in_its_place_has_its_picture_in_the_persons_own_chat(here: Setup) -> None:
    assert await here.send(WEEKLY, reply=here.reply()) == Receipt()
    [words] = here.mikko.ephemerals(here.shared)
    [image] = here.mikko.sees()
    assert (kinds(words), kinds(image), image.text) == (WORDS, ["image"], "12 weeks, to week 47")


async def test_words_that_are_out_are_not_repeated_for_a_picture(here: Setup) -> None:
    trouble(here, get=["503", "503"])
    assert await here.send(WEEKLY, reply=here.reply()) == Receipt()
    assert here.mikko.sees() == []


async def test_a_picture_that_cannot_be_drawn_costs_the_picture_alone(
    here: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    endless = Trend(title="T", axis="a", unit=Unit.MEAN, low=1, high=7, points=(Point(Week(2026, 1), 5, math.nan),))
    await here.send(replace(WEEKLY, picture=Picture(title="T", trends=(endless,))))
    assert [kinds(shown) for shown in here.mikko.sees()] == [WORDS]
    assert here.api.files == []
    assert "could not be drawn" in capsys.readouterr().out


async def test_what_one_person_sees_alone_has_no_picture(here: Setup) -> None:
    await here.send(WEEKLY, "slack:C0PARTNERS@U0MIKKO", alone=True)
    assert [kinds(shown) for shown in here.mikko.ephemerals(here.shared)] == [WORDS]
    assert here.api.files == []


async def test_the_loop_goes_on_while_a_picture_is_made(here: Setup) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await here.send(WEEKLY)
    counting.cancel()
    assert turns > 100
