"""Which messages have a picture, and what becomes of words and picture when one of them does not get through."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from bot.ports import StoredNote
from bot.service.undelivered import PATIENCE
from bot.summary import to_json
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import OLLI, Chat, chat
from tests.flows.slack_world import SlackWorld, slack_world
from tests.flows.telegram_world import TelegramWorld, telegram_world
from tests.flows.test_summary_versions import BEFORE, FRIDAY, MONDAY, answered
from tests.flows.undelivered_world import looks
from tests.flows.undelivered_world import owner as an_owner
from tests.slack_api import faults as slack_faults
from tests.slack_api.places import Message
from tests.telegram_api.faults import Faults
from tests.world import TestClock, World, world

NOVEMBER = datetime(2026, 11, 12, 10, tzinfo=UTC)  # of the week before the chat's
OWNER = "U0P0001"


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[World]:
    async with world(database_url, keyring, clock=TestClock(BEFORE)) as made:
        yield made


@pytest.fixture
async def phone(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(OLLI, Role.OWNER)
        yield found


@pytest.fixture
async def owner(database_url: str, keyring: Keyring) -> AsyncIterator[TelegramWorld]:
    """4711 reads the weekly message in Telegram."""
    async with telegram_world(database_url, keyring) as found:
        await found.meet([4711])
        await found.here.set(owner_channel="telegram:4711")
        await two_weeks(found.here, NOVEMBER)
        yield found


@pytest.fixture
async def slack(database_url: str, keyring: Keyring) -> AsyncIterator[SlackWorld]:
    """U0P0001 reads it in Slack."""
    async with slack_world(database_url, keyring) as found:
        await found.meet([1])
        await found.here.set(owner_channel=f"slack:{OWNER}")
        await two_weeks(found.here, NOVEMBER)
        yield found


async def two_weeks(here: World, newest: datetime = FRIDAY) -> None:
    for at in (newest - timedelta(days=7), newest):
        await answered(here, [5] * 9 + [1] * 3, at)


async def due(here: World) -> None:
    """The week's message is on its way."""
    here.clock.at = MONDAY
    await here.summaries.post_due()


async def test_the_weekly_message_has_a_picture_of_its_own_figures(here: World) -> None:
    await two_weeks(here)
    await due(here)
    await here.quiet()
    [message] = await here.messages("owner")
    picture = message.prompt.picture
    assert picture is not None
    told = to_json(await here.summaries.week("default"))
    [score], [trend] = cast(list[dict[str, object]], told["scores"]), picture.trends
    assert (trend.points[-1].n, round(trend.points[-1].value or 0, 1)) == (score["n"], score["value"])
    assert [point.n for point in trend.points] == [0] * 10 + [12, 12]


async def test_one_week_makes_no_picture(here: World) -> None:
    await answered(here, [5, 4], FRIDAY)
    await due(here)
    await here.quiet()
    [message] = await here.messages("owner")
    assert message.prompt.picture is None


async def test_a_message_that_is_sent_again_has_the_picture_with_what_was_noted_meanwhile(here: World) -> None:
    await two_weeks(here)
    await due(here)
    note = StoredNote("n1", "default", BEFORE.date(), "new invoice layout", MONDAY)
    other = StoredNote("n2", "default", BEFORE.date() - timedelta(days=200), "long ago", MONDAY)
    await here.store.write(lambda uow: uow.notes.add(note))
    await here.store.write(lambda uow: uow.notes.add(other))
    await here.summaries.post_again("default")
    await here.quiet()
    first, second = [message.prompt.picture for message in await here.messages("owner")]
    assert first is not None
    assert second is not None
    assert (first.dated, [one.text for one in second.dated]) == ((), ["new invoice layout"])


async def test_the_picture_outlives_the_process_that_decided_on_it(database_url: str, keyring: Keyring) -> None:
    clock = TestClock(BEFORE)
    async with world(database_url, keyring, clock=clock, delivers=False) as first:
        await two_weeks(first)
        await due(first)
    async with world(database_url, keyring, clock=clock, owner="b") as second:
        clock.at += timedelta(minutes=5)  # past the lease
        await second.quiet()
        [message] = await second.messages("owner")
        assert message.prompt.picture is not None


async def test_summary_on_demand_has_it_too_and_in_telegram_as_a_message_of_its_own(phone: Chat) -> None:
    await two_weeks(phone.world, NOVEMBER)
    words, photo = await phone.writes(OLLI, "/summary")
    assert (words.prompt.picture, photo.prompt.lines, photo.week) == (None, (), None)
    assert photo.prompt.picture is not None
    assert (photo.prompt.title, photo.address) == ("12 weeks, to week 46", words.address)


async def test_a_note_is_marked_in_the_next_picture(phone: Chat) -> None:
    await two_weeks(phone.world, NOVEMBER)
    await phone.writes(OLLI, "/note 2026-11-11 new invoice layout")
    _, photo = await phone.writes(OLLI, "/summary")
    assert photo.prompt.picture is not None
    assert [(one.day, one.text) for one in photo.prompt.picture.dated] == [(date(2026, 11, 11), "new invoice layout")]


async def test_in_telegram_the_photo_follows_the_words(owner: TelegramWorld) -> None:
    await owner.here.summaries.post_again("default")
    await owner.run()
    words, photo = owner.api.chat(4711).from_bot
    assert words.text.startswith("Week 46")
    assert [label for label, _ in words.buttons][-2:] == ["What the figures mean", "This week so far"]
    assert photo.photo
    assert (photo.caption.split("\n")[0], photo.buttons) == ("12 weeks, to week 46.", [])


async def test_a_photo_that_is_tried_again_repeats_no_words(owner: TelegramWorld) -> None:
    owner.api.faults = Faults(1, {}, methods=frozenset({"sendPhoto"}), planned={4711: ["500", "429", "close_before"]})
    await owner.here.summaries.post_again("default")
    await owner.run()
    words, photo = owner.api.chat(4711).from_bot
    assert (bool(words.text), bool(photo.photo)) == (True, True)
    assert owner.api.faults.counts.total() == 3
    assert owner.paused != []  # a photo's 429 stops the bot as any does


async def test_a_photo_that_is_refused_is_dropped_and_told_in_the_log(
    owner: TelegramWorld,
) -> None:
    owner.api.faults = Faults(1, {"403": 1.0}, methods=frozenset({"sendPhoto"}))
    await owner.here.summaries.post_again("default")
    with capture_logs() as logs:
        await owner.run()
    [shown] = owner.api.chat(4711).from_bot
    assert shown.text
    assert "message could not be delivered" in [one["event"] for one in logs]


async def test_a_photo_that_is_a_day_late_is_not_sent(owner: TelegramWorld) -> None:
    owner.channel.sends = False
    await owner.here.summaries.post_again("default")
    owner.here.clock.at += timedelta(days=1, minutes=1)
    owner.channel.sends = True
    await owner.run()
    [shown] = owner.api.chat(4711).from_bot
    assert shown.text.startswith("Week 46")


def posted(slack: SlackWorld) -> list[Message]:
    return [one for one in slack.api.state.direct(OWNER).messages if one.user == slack.api.state.bot.id]


async def test_in_slack_the_picture_stands_in_the_message(slack: SlackWorld) -> None:
    await slack.here.summaries.post_again("default")
    await slack.run()
    [shown] = posted(slack)
    assert [block["type"] for block in shown.blocks][-2:] == ["image", "actions"]
    assert slack.api.violations == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "chat.postMessage"])
async def test_in_slack_trouble_neither_loses_nor_doubles_it(slack: SlackWorld, method: str) -> None:
    slack.api.faults = slack_faults.Faults(planned={method: ["503", "429", "close_before", "500"]})
    await slack.here.summaries.post_again("default")
    await slack.run()
    [shown] = posted(slack)
    pictured = any(block["type"] == "image" for block in shown.blocks)
    assert pictured == (method == "chat.postMessage")  # after two tries for the picture's sake the words go alone
    assert "Week 46" in shown.text


async def test_in_slack_an_app_without_the_scope_gets_the_words(slack: SlackWorld) -> None:
    slack.api.state.scopes.discard("files:write")
    await slack.here.summaries.post_again("default")
    await slack.run()
    [shown] = posted(slack)
    assert not any(block["type"] == "image" for block in shown.blocks)


async def test_a_picture_does_not_go_to_a_place_that_is_none_any_more(owner: TelegramWorld) -> None:
    """The words wait for a bot that is away, and the owners choose another place meanwhile."""
    owner.channel.sends = False
    await owner.here.summaries.post_again("default")
    await owner.here.set(owner_channel="webchat:owner")
    owner.here.clock.at += timedelta(minutes=5)
    await owner.here.undelivered.look()
    owner.channel.sends = True
    owner.here.clock.at += timedelta(hours=2)
    await owner.here.undelivered.look()
    await owner.run()
    assert owner.api.chat(4711).from_bot == []
    [read] = await owner.here.messages("owner")
    assert read.prompt.title.startswith("Week 46")


async def test_a_picture_does_not_follow_words_that_were_read_elsewhere(owner: TelegramWorld) -> None:
    """After an outage of an hour the words are read at the page, and Telegram's late copy of neither is sent."""
    await an_owner(owner.here, "Web")
    owner.api.faults = Faults(1, {"500": 1.0})
    await owner.here.summaries.post_again("default")
    await owner.settle()
    owner.here.clock.at += PATIENCE + timedelta(seconds=1)
    await looks(owner.here)
    [page] = await owner.here.messages("owner")
    assert page.prompt.picture is None
    owner.api.faults = None
    owner.here.clock.advance(hours=2)
    await owner.run()
    assert owner.api.chat(4711).from_bot == []
