"""The stand-in's Socket Mode under the real Bolt: acks, events again, connections that end, and silent death."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import CHANNEL, YES_NO, by_socket, modal, refused
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP_TOKEN


async def test_a_tap_is_acked(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, channel: Channel,
                              mikko: Person) -> None:  # fmt: skip
    @app.action("s:1")
    async def tapped(ack: Any) -> None:
        await ack()

    @app.command("/survey")
    async def survey(ack: Any, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal())
        await ack("Avattu")

    @app.view("comment")
    async def sent(ack: Any) -> None:
        await ack(response_action="errors", errors={"comment": "Say more"})

    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO)
    async with by_socket(app):
        assert (await mikko.tap(channel.messages[-1], "Yes")).acknowledged
        assert (await mikko.command("/survey")).acknowledged
        assert mikko.modal is not None
        await mikko.submit(mikko.modal, {"comment": "x"})
        assert mikko.modal.errors == {"comment": "Say more"}
        assert len(api.sockets.acks) == 3
    assert [one.text for one in mikko.ephemerals()] == ["Avattu"]


async def test_without_an_ack_events_come_again_and_taps_do_not(
    api: SlackApi, app: AsyncApp, slack: AsyncWebClient, channel: Channel, mikko: Person
) -> None:
    seen: list[str] = []

    @app.event("message")
    async def message(body: dict[str, Any]) -> None:
        seen.append(body["event_id"])
        if len(seen) == 1:
            api.deliveries.ack_seconds = 5.0  # for the next time
            await asyncio.Event().wait()

    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO)
    await api.settled()
    api.events.clear()
    api.deliveries.ack_seconds = 0.1
    async with by_socket(app):
        tap = await mikko.tap(channel.messages[-1], "Yes")
        mikko.say("apua", channel)
        await api.until(lambda: api.events[0].acknowledged)
    assert (tap.acknowledged, tap.trouble) == (False, "http_timeout")
    assert len(seen) == 2
    assert len(set(seen)) == 1


async def test_nobody_is_connected(api: SlackApi, url: str, channel: Channel, mikko: Person) -> None:
    assert (await mikko.command("/survey")).trouble == "connection_failed"
    mikko.say("apua", channel)
    await api.settled()
    assert [one.attempts for one in api.events] == [2]


async def test_connections_end_and_begin_again(api: SlackApi, app: AsyncApp, channel: Channel, mikko: Person) -> None:
    @app.command("/survey")
    async def survey(ack: Any) -> None:
        await ack()

    async with by_socket(app) as handler:
        api.sockets.refresh()
        await api.until(lambda: api.sockets.opened == 2 and len(api.sockets.connections) == 1)
        assert (await mikko.command("/survey")).acknowledged
        api.sockets.drop()
        await api.until(lambda: api.sockets.opened == 3)
        assert (await mikko.command("/survey")).acknowledged
        api.sockets.ping()
        api.sockets.go_silent()
        api.deliveries.ack_seconds = 0.05
        assert not (await mikko.command("/survey")).acknowledged
        api.deliveries.ack_seconds = 2.0
        await api.until(lambda: any(not one.silent for one in api.sockets.connections))
        await api.until(lambda: all(not one.silent for one in api.sockets.connections))
        assert (await mikko.command("/survey")).acknowledged
        assert await handler.client.is_connected()


async def test_connections_refused(api: SlackApi, slack: AsyncWebClient) -> None:
    api.sockets.refuse_connections()
    assert await refused(slack.apps_connections_open(app_token=APP_TOKEN)) == "internal_error"
    api.sockets.accept_connections()
    assert (await slack.apps_connections_open(app_token=APP_TOKEN))["ok"]


async def test_ten_connections(api: SlackApi, slack: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as http:
        links = [(await slack.apps_connections_open(app_token=APP_TOKEN))["url"] for _ in range(11)]
        connections = [await http.ws_connect(link) for link in links]
        hellos = [await one.receive_json() for one in connections]
        assert hellos[9]["num_connections"] == 10
        assert hellos[10]["reason"] == "too_many_websockets"


async def test_socket_mode_switched_off(api: SlackApi, slack: AsyncWebClient, mikko: Person) -> None:
    async with aiohttp.ClientSession() as http:
        link = (await slack.apps_connections_open(app_token=APP_TOKEN))["url"]
        connection = await http.ws_connect(link)
        assert (await connection.receive_json())["connection_info"] == {"app_id": "A0PULSSI"}
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(link)
        command = mikko.command("/survey", "kpi")
        envelope = await connection.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["text"] == "kpi"
        await connection.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "ok"}})
        assert (await command).body == {"text": "ok"}
        mikko.say("hei")
        event = await connection.receive_json()
        assert (event["type"], event["retry_attempt"], event["payload"]["event"]["text"]) == ("events_api", 0, "hei")
        await connection.send_json({"envelope_id": event["envelope_id"]})
        await api.settled()
        api.sockets.disconnect("link_disabled", close=True)
        assert (await connection.receive_json())["reason"] == "link_disabled"
        assert (await connection.receive()).type is aiohttp.WSMsgType.CLOSE
        await api.until(lambda: api.sockets.connections == [])


async def test_a_connection_that_answers_pings_alone(api: SlackApi, slack: AsyncWebClient, mikko: Person) -> None:
    api.deliveries.ack_seconds = 0.05
    async with aiohttp.ClientSession() as http:
        link = (await slack.apps_connections_open(app_token=APP_TOKEN))["url"]
        connection = await http.ws_connect(link, autoping=False)
        await connection.receive_json()
        api.sockets.go_silent(pongs=True)
        assert (await mikko.command("/survey")).trouble == "http_timeout"
        await connection.ping(b"there?")
        pong = await connection.receive()
        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"there?")
