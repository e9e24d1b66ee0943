"""The stand-in's deliveries by HTTP to the real Bolt: signatures, events again, interactions and their answers."""

import asyncio
from typing import Any

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack_api.bolt import CHANNEL, YES_NO, Clock, by_http, listening
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import PARTNER, TEAM


async def test_a_tap_in_a_channel(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, channel: Channel,
                                  mikko: Person) -> None:  # fmt: skip
    seen: list[dict[str, Any]] = []

    @app.action("s:1")
    async def tapped(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond(text="Kiitos", replace_original=False, response_type="ephemeral")

    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO)
    async with by_http(app) as api.deliveries.request_url:
        tap = await mikko.tap(channel.messages[-1], "Yes")
        other = await mikko.tap(channel.messages[-1], "s:0")
    assert (tap.acknowledged, tap.status, other.acknowledged, other.status) == (True, 200, False, 404)
    body = seen[0]
    assert body["actions"][0]["value"] == "one"
    assert body["container"]["message_ts"] == body["message"]["ts"] == channel.messages[-1].ts
    assert (body["team"]["id"], body["user"]["team_id"], body["enterprise"]) == (TEAM, TEAM, None)
    assert [one.text for one in mikko.ephemerals(channel)] == ["Kiitos"]


async def test_signatures(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, mikko: Person, clock: Clock) -> None:
    taken: list[str] = []

    @app.action("s:1")
    async def tapped(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        taken.append(body["trigger_id"])

    await slack.chat_postMessage(channel=mikko.id, text="?", blocks=YES_NO)
    async with by_http(app) as api.deliveries.request_url:
        tap = await mikko.tap(mikko.sees()[-1], "Yes")
        assert tap.request is not None
        wrong = api.signed("interactive", tap.payload, secret="wrong")
        old = api.signed("interactive", tap.payload, at=clock.at - 301)
        assert [(await api.post(one)).status for one in (wrong, old, tap.request)] == [401, 401, 200]
        assert taken == [tap.trigger_id] * 2
        assert (await api.verify_url("abc")).body == {"challenge": "abc"}


async def test_events_come_again_until_they_are_taken(api: SlackApi, url: str, channel: Channel, mikko: Person,
                                                      clock: Clock) -> None:  # fmt: skip
    answers, seen = [500, 500, 404, 200], list[tuple[str | None, str | None, str]]()

    async def take(request: web.Request) -> web.Response:
        payload = await request.json()
        headers = (request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason"))
        seen.append((*headers, payload["event_id"]))
        return web.Response(status=answers.pop(0))

    async with listening(take) as api.deliveries.request_url:
        mikko.say("apua", channel)
        await api.settled()
        assert [one[:2] for one in seen] == [(None, None), ("1", "http_error")]
        api.tick()
        clock.at += 60
        api.tick()
        await api.until(lambda: len(seen) == 3)
        await api.settled()
        clock.at += 300
        api.tick()
        await api.events[0]
        await api.until(lambda: api.events[0].acknowledged)
    assert len({one[2] for one in seen}) == 1
    assert [one[0] for one in seen] == [None, "1", "2", "3"]


async def test_an_interaction_never_comes_again(api: SlackApi, url: str, mikko: Person) -> None:
    seen: list[int] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(1)
        await asyncio.Event().wait()
        raise AssertionError(request)

    api.deliveries.ack_seconds = 0.3
    async with listening(take) as api.deliveries.request_url:
        command = await mikko.command("/survey", "kpi")
        assert (command.acknowledged, command.trouble, api.redeliver(), len(seen)) == (False, "http_timeout", [], 1)
    api.deliveries.request_url = "http://127.0.0.1:1/slack/events"
    assert (await mikko.command("/survey")).trouble == "connection_failed"


async def test_a_command_is_answered(api: SlackApi, app: AsyncApp, channel: Channel, mikko: Person) -> None:
    @app.command("/survey")
    async def survey(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"{command['text']} in {command['channel_name']} by {command['user_name']}")

    async with by_http(app) as api.deliveries.request_url:
        assert (await mikko.command("/survey", "kpi & co", channel)).acknowledged
        await mikko.command("/survey", "help")
    assert [one.text for one in mikko.ephemerals(channel)] == ["kpi & co in support by mikko.mallikas"]
    assert [one.text for one in mikko.ephemerals()] == ["help in directmessage by mikko.mallikas"]


async def test_slack_connect(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, shared: Channel,
                             liisa: Person) -> None:  # fmt: skip
    bodies: list[dict[str, Any]] = []

    @app.action("s:1")
    async def tapped(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)

    @app.event("message")
    async def message(body: dict[str, Any]) -> None:
        bodies.append(body)

    await slack.chat_postMessage(channel=shared.id, text="?", blocks=YES_NO)
    async with by_http(app) as api.deliveries.request_url:
        assert (await liisa.tap(shared.messages[-1], "Yes")).acknowledged
        shared.host = PARTNER
        liisa.say("kiitos", shared)
        await api.settled()
    tap, said = bodies[-2:]
    assert (tap["team"]["id"], tap["user"]["team_id"]) == (PARTNER, PARTNER)
    assert (said["team_id"], said["context_team_id"], said["authorizations"][0]["team_id"]) == (PARTNER, PARTNER, TEAM)
    assert said["is_ext_shared_channel"]


async def test_response_urls_end(api: SlackApi, app: AsyncApp, slack: AsyncWebClient, channel: Channel, mikko: Person,
                                 clock: Clock) -> None:  # fmt: skip
    await slack.chat_postEphemeral(channel=CHANNEL, user=mikko.id, text="?", blocks=YES_NO)
    shown = mikko.ephemerals(channel)[0]
    tap = mikko.tap(shown, "Yes", send=False)
    assert "message" not in tap.payload
    assert tap.payload["container"]["is_ephemeral"]
    hook = AsyncWebhookClient(tap.response_url)
    await hook.send(text="Kiitos", replace_original=True)
    assert (shown.text, shown.blocks, len(mikko.ephemerals(channel))) == ("Kiitos", [], 1)
    await hook.send(text="lisää")
    await hook.send(delete_original=True)
    assert [one.text for one in mikko.ephemerals(channel)] == ["lisää"]
    answers = [await hook.send(text=str(number), response_type="in_channel") for number in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 404]
    assert "used_url" in answers[-1].body
    api.state.response_urls[hook.url.rpartition("/")[2]].uses = 0
    clock.at += 1801
    assert "expired_url" in (await hook.send(text="x")).body
    api.state.give_response_url = False
    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO)
    assert "response_url" not in mikko.tap(channel.messages[-1], "Yes", send=False).payload


async def test_events_that_are_not_to_come_again(api: SlackApi, url: str, mikko: Person) -> None:
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.headers["X-Slack-Signature"])
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"} if len(seen) == 1 else {})

    async with listening(take) as api.deliveries.request_url:
        mikko.say("hei")
        await api.settled()
        assert (len(seen), api.redeliver()) == (1, [])
        api.deliveries.retry_at_once = False
        await api.event({"type": "of_the_future", "event_ts": "1.1"})
        assert len(seen) == 2
        assert api.redeliver() == [api.events[1]]
        await api.settled()
    assert len(seen) == 3


async def test_any_payload(api: SlackApi, app: AsyncApp, mikko: Person) -> None:
    """As one with fields that nobody knows, or of another team."""
    teams: list[str] = []

    @app.shortcut("ask")
    async def asked(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        teams.append(body["team"]["id"])

    payload = mikko.global_shortcut("ask").payload
    async with by_http(app) as api.deliveries.request_url:
        assert (await api.interaction(payload | {"team": {"id": "T0OTHER"}, "news": [1]})).acknowledged
        assert (await api.send(mikko.command("/nothing", send=False))).status == 404
    assert teams[-1] == "T0OTHER"
