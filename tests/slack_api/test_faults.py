"""The stand-in's faults, and running it in a thread of its own."""

import asyncio

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import CHANNEL, client, refused
from tests.slack_api.faults import Faults
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.rules import Params
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi


async def test_each_fault_does_what_it_says(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    api.faults = Faults(planned={CHANNEL: ["429", "503", "fatal_error", "close_before", "close_after"]})
    for error in ("ratelimited", "internal_error", "fatal_error"):
        assert await refused(slack.chat_postMessage(channel=CHANNEL, text=error)) == error
    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel=CHANNEL, text="close_before")
    assert channel.messages == []
    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel=CHANNEL, text="close_after")
    api.faults = Faults(rates={"timeout": 1.0})
    held = asyncio.ensure_future(slack.chat_postMessage(channel=CHANNEL, text="timeout"))
    await api.until(lambda: [one.text for one in channel.messages] == ["close_after", "timeout"])
    assert not held.done()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held
    assert [(one.status, one.error) for one in api.calls_of("chat.postMessage")[:2]] == [
        (429, "ratelimited"),
        (503, "internal_error"),
    ]


async def test_a_method_or_channel_that_always_fails(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    api.faults = Faults(always={("chat.postMessage", CHANNEL): "restricted_action", ("users.info", ""): "503"})
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x")) == "restricted_action"
    assert await refused(slack.users_info(user="U1")) == "internal_error"
    assert (await slack.conversations_info(channel=CHANNEL))["ok"]


def test_faults_repeat_with_their_seed() -> None:
    rates = {"429": 0.1, "500": 0.2, "timeout": 0.05}
    one, other, call = Faults(7, rates), Faults(7, rates), Params({"channel": CHANNEL})
    drawn = [one.draw("chat.postMessage", call) for _ in range(1000)]
    assert drawn == [other.draw("chat.postMessage", call) for _ in range(1000)]
    assert one.draw("auth.test", call) is None
    assert 50 < one.counts["429"] < 150
    assert 150 < one.counts["500"] < 250


def test_it_runs_in_a_thread_of_its_own(api: SlackApi, channel: Channel, mikko: Person) -> None:
    async def send(url: str) -> None:
        async with client(url) as slack:
            await slack.chat_postMessage(channel=CHANNEL, text="Hei")

    with in_thread(api) as url:
        asyncio.run(send(url))
        api.wait(lambda: [one.text for one in channel.messages] == ["Hei"])
        assert mikko.command("/survey").wait(5).trouble == "connection_failed"
        with pytest.raises(TimeoutError):
            api.wait(lambda: len(channel.messages) == 2, 0.01)
