"""The stand-in's Web API through slack_sdk: tokens, scopes, messages, channels, people and files."""

from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import CHANNEL, PRIVATE, YES_NO, Clock, client, refused
from tests.slack_api.limits import Limits
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM


async def test_tokens(api: SlackApi, url: str, slack: AsyncWebClient, clock: Clock) -> None:
    found = await slack.auth_test()
    assert (found["team_id"], found["user_id"], found["bot_id"]) == (TEAM, BOT_USER, "B0PULSSI")
    assert parsedate_to_datetime(found.headers["Date"]).timestamp() == int(clock.at)
    assert "chat:write" in found.headers["x-oauth-scopes"].split(",")
    assert await refused(slack.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    assert (await slack.apps_connections_open(app_token=APP_TOKEN))["url"].startswith("ws://127.0.0.1:")
    async with client(url, "xoxb-of-others") as other:
        assert await refused(other.auth_test()) == "invalid_auth"
    async with aiohttp.ClientSession() as http, http.post(f"{url}auth.test") as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": False, "error": "not_authed"})
    assert await refused(slack.api_call("chat.sing")) == "unknown_method"
    api.revoke()
    assert await refused(slack.auth_test()) == "token_revoked"


async def test_a_missing_scope_is_named(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    api.state.scopes = {"chat:write"}
    assert await refused(slack.users_info(user="U0MIKKO")) == "missing_scope"
    answer = api.call("conversations.info", BOT_TOKEN, {"channel": CHANNEL}).body
    assert answer == {"ok": False, "error": "missing_scope", "needed": "channels:read", "provided": "chat:write"}


async def test_messages_by_json_and_form(api: SlackApi, url: str, slack: AsyncWebClient, channel: Channel) -> None:
    sent = await slack.chat_postMessage(channel=CHANNEL, text="Hei", blocks=YES_NO)
    assert sent["message"]["blocks"][1]["block_id"] == "scores"
    assert sent["message"]["bot_id"] == "B0PULSSI"
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        form = {"channel": CHANNEL, "text": "ä & b", "thread_ts": sent["ts"]}
        await (await http.post(f"{url}chat.postMessage", data=form)).read()
    assert [(one.text, one.thread_ts) for one in channel.messages] == [("Hei", sent["ts"]), ("ä & b", sent["ts"])]
    assert channel.messages[0].buttons == [("Yes", "s:1"), ("No", "s:0")]
    assert api.seen(channel.messages[0]) == "How did it go?\nYes\nNo"
    assert api.violations == api.warnings == []


async def test_where_a_message_cannot_go(api: SlackApi, slack: AsyncWebClient, channel: Channel, mikko: Person) -> None:
    api.channel("C0OTHER", "other", mikko, bot=False)
    api.channel(PRIVATE, "secret", mikko, kind="group", bot=False)
    assert await refused(slack.chat_postMessage(channel="C0OTHER", text="x")) == "not_in_channel"
    assert await refused(slack.chat_postMessage(channel=PRIVATE, text="x")) == "channel_not_found"
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x", thread_ts="1.1")) == "thread_not_found"
    api.archive(channel, mikko)
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="x")) == "is_archived"
    api.deactivate(mikko)
    assert await refused(slack.conversations_open(users=mikko.id)) == "user_disabled"


async def test_a_direct_message_by_the_person(slack: AsyncWebClient, mikko: Person, liisa: Person) -> None:
    sent = await slack.chat_postMessage(channel=mikko.id, text="Hei")
    assert sent["channel"] == mikko.dm.id == (await slack.conversations_open(users=mikko.id))["channel"]["id"]
    assert await refused(slack.chat_update(channel=mikko.id, ts=sent["ts"], text="Moi")) == "channel_not_found"
    await slack.chat_update(channel=sent["channel"], ts=sent["ts"], text="Moi")
    assert [(one.text, one.edited) for one in mikko.sees()] == [("Moi", True)]
    assert await refused(slack.conversations_open(users=liisa.id)) == "user_not_visible"
    assert await refused(slack.chat_postMessage(channel=liisa.id, text="x")) == "channel_not_found"


async def test_only_own_messages_change(slack: AsyncWebClient, channel: Channel, mikko: Person) -> None:
    theirs = mikko.say("apua", channel)
    assert await refused(slack.chat_update(channel=CHANNEL, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await refused(slack.chat_delete(channel=CHANNEL, ts=theirs.ts)) == "cant_delete_message"
    assert await refused(slack.chat_update(channel=CHANNEL, ts="1.1", text="x")) == "message_not_found"
    sent = await slack.chat_postMessage(channel=CHANNEL, text="x", blocks=YES_NO)
    await slack.chat_update(channel=CHANNEL, ts=sent["ts"], text="y")
    assert channel.messages[-1].blocks == []
    await slack.chat_delete(channel=CHANNEL, ts=sent["ts"])
    assert mikko.sees(channel) == [theirs]


async def test_permalinks(slack: AsyncWebClient, channel: Channel, mikko: Person) -> None:
    first = mikko.say("apua", channel)
    reply = await slack.chat_postMessage(channel=CHANNEL, text="x", thread_ts=first.ts)
    digits = reply["ts"].replace(".", "")
    link = f"https://acme.slack.com/archives/{CHANNEL}/p{digits}?thread_ts={first.ts}&cid={CHANNEL}"
    assert (await slack.chat_getPermalink(channel=CHANNEL, message_ts=reply["ts"]))["permalink"] == link
    assert await refused(slack.chat_getPermalink(channel=CHANNEL, message_ts="1.1")) == "message_not_found"


async def test_ephemeral_messages_are_for_members(slack: AsyncWebClient, channel: Channel, mikko: Person,
                                                  liisa: Person) -> None:  # fmt: skip
    sent = await slack.chat_postEphemeral(channel=CHANNEL, user=mikko.id, text="Kiitos")
    assert [one.text for one in mikko.ephemerals(channel)] == ["Kiitos"]
    assert liisa.sees(channel) == channel.messages == []
    assert await refused(slack.chat_postEphemeral(channel=CHANNEL, user=liisa.id, text="x")) == "user_not_in_channel"
    assert await refused(slack.chat_update(channel=CHANNEL, ts=sent["message_ts"], text="x")) == "message_not_found"


async def test_people_and_channels(slack: AsyncWebClient, mikko: Person, liisa: Person, shared: Channel) -> None:
    user = (await slack.users_info(user=mikko.id, include_locale=True))["user"]
    assert (user["locale"], user["profile"]["display_name"], user["team_id"]) == ("fi-FI", "mikko", TEAM)
    assert "locale" not in (await slack.users_info(user=liisa.id))["user"]
    assert await refused(slack.users_info(user="U0NOBODY")) == "user_not_found"
    found = (await slack.conversations_info(channel=shared.id, include_num_members=True))["channel"]
    assert (found["is_ext_shared"], found["is_member"], found["num_members"]) == (True, True, 3)
    mine = await slack.users_conversations(types="public_channel,private_channel")
    assert [one["id"] for one in mine["channels"]] == [shared.id]


async def test_history_is_noted(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    await slack.conversations_history(channel=CHANNEL)
    assert [one.channel for one in api.calls_of("conversations.history")] == [CHANNEL]


async def test_files(api: SlackApi, slack: AsyncWebClient, channel: Channel, mikko: Person) -> None:
    first = mikko.say("apua", channel)
    await slack.files_upload_v2(channel=CHANNEL, content=b"\x89PNG", filename="week.png", title="Week",
                                alt_txt="A line", initial_comment="Here", thread_ts=first.ts)  # fmt: skip
    assert [(one.name, one.alt_txt, one.data, one.shared) for one in api.files] == [
        ("week.png", "A line", b"\x89PNG", [(CHANNEL, first.ts)])
    ]
    assert [(one.text, one.files[0]["title"]) for one in channel.thread(first.ts)] == [("Here", "Week")]


async def test_one_message_a_second_in_a_channel(
    api: SlackApi, slack: AsyncWebClient, channel: Channel, clock: Clock
) -> None:
    api.limits = Limits(burst=2, tiers={3: 1})
    for text in "12":
        await slack.chat_postMessage(channel=CHANNEL, text=text)
    assert await refused(slack.chat_postMessage(channel=CHANNEL, text="3")) == "ratelimited"
    answer = api.call("chat.postMessage", BOT_TOKEN, {"channel": CHANNEL, "text": "3"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    clock.at += 2
    await slack.chat_postMessage(channel=CHANNEL, text="3")
    await slack.conversations_info(channel=CHANNEL)
    assert api.call("conversations.info", BOT_TOKEN, {"channel": CHANNEL}).headers["Retry-After"] == "60"
