"""What the desk shows and looks at, with the real client before the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.slack.client import Client
from adapters.slack.desk import Desk
from adapters.slack.pace import POST, WHISPER, Limits, Pace
from bot.address import Address
from bot.errors import TryAgainLater
from tests.builders import NOON
from tests.slack_api.faults import Faults
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.server import serving
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_TOKEN, TEAM
from tests.world import TestClock

LINK = "chat.getPermalink"


@dataclass
class Setup:
    """A desk, the stand-in, and Mikko in a channel."""

    api: SlackApi
    desk: Desk
    pace: Pace
    mikko: Person
    channel: Channel
    own = Address("slack", "U0MIKKO", TEAM)


@pytest.fixture
async def here() -> AsyncIterator[Setup]:
    api = SlackApi()
    mikko = api.person("U0MIKKO", "Mikko")
    async with serving(api) as url, Client(BOT_TOKEN, url, seconds=1) as client:
        pace = Pace(Limits(channel_gap=timedelta(0)), TestClock().now)
        yield Setup(api, Desk(client, pace), pace, mikko, api.channel("C0SUPPORT", "support", mikko))
    assert api.violations == []


async def test_a_first_message_begins_a_thread_and_a_reply_does_not(here: Setup) -> None:
    first = here.mikko.say("It is broken", here.channel)
    reply = here.mikko.say("Still", here.channel, first.ts)
    assert await here.desk.begins_a_thread("C0SUPPORT", first.ts)
    assert not await here.desk.begins_a_thread("C0SUPPORT", reply.ts)
    assert not await here.desk.begins_a_thread("C0SUPPORT", "1.2")
    assert not await here.desk.begins_a_thread("C0NOWHERE", first.ts)


@pytest.mark.parametrize("fault", ["500", "503", "429", "timeout", "invalid_auth", "fatal_error"])
async def test_what_slack_does_not_tell_now_is_no_answer(here: Setup, fault: str) -> None:
    first = here.mikko.say("It is broken", here.channel)
    here.api.faults = Faults(planned={LINK: [fault]}, methods=None)
    with pytest.raises(TryAgainLater):
        await here.desk.begins_a_thread("C0SUPPORT", first.ts)
    assert await here.desk.begins_a_thread("C0SUPPORT", first.ts)


async def test_a_hint_stands_in_the_thread(here: Setup) -> None:
    first = here.mikko.say("It is broken", here.channel)
    address = Address("slack", "C0SUPPORT", TEAM, first.ts, "U0MIKKO")
    with here.api.changes.changing():
        url = here.api.state.response_url(here.channel, "U0MIKKO", None)
    for reply in (f"new {url}", ""):
        await here.desk.hint(address, reply, "Not yours.")
    shown = here.mikko.ephemerals(here.channel)
    assert [(one.text, one.thread_ts) for one in shown] == [("Not yours.", first.ts)] * 2
    assert [call.method for call in here.api.calls] == ["response_url", WHISPER]
    assert here.api.calls[0].params["thread_ts"] == first.ts


@pytest.mark.parametrize("method", [POST, WHISPER])
async def test_a_hint_keeps_a_pause_and_makes_one(here: Setup, method: str) -> None:
    address = Address("slack", "C0SUPPORT", TEAM, user="U0MIKKO") if method == WHISPER else here.own
    here.api.faults = Faults(planned={method: ["429"]}, retry_after=7)
    here.desk.begin(here.desk.hint(address, "", "Not yours."))
    await here.desk.close()
    assert here.pace.paused_until(method, address.conversation) == NOON + timedelta(seconds=7)
    with pytest.raises(TryAgainLater):
        await here.desk.hint(address, "", "Not yours.")
    assert len(here.api.calls_of(method)) == 1


async def test_a_hint_is_in_its_turn(here: Setup) -> None:
    pace = here.pace
    while pace.turn(POST, "U0MIKKO", within=timedelta(seconds=1)) == NOON:
        pass
    with pytest.raises(TryAgainLater):
        await here.desk.hint(here.own, "", "Not yours.")
    assert here.api.calls == []
