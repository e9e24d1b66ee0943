"""What people do in the stand-in and what the app gets of it: events, shortcuts, mentions, membership."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_api.bolt import CHANNEL, YES_NO, refused
from tests.slack_api.mrkdwn import mentions, pings, plain
from tests.slack_api.people import Person
from tests.slack_api.places import Channel
from tests.slack_api.rules import Json
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import BOT_USER


def events(api: SlackApi) -> list[Json]:
    return [one.event for one in api.events]


def kinds(api: SlackApi) -> list[str]:
    return [str(one.get("subtype", one["type"])) for one in events(api)]


def test_messages_become_events(api: SlackApi, channel: Channel, mikko: Person) -> None:
    first = mikko.say("1 < 2 & <https://example.com>", channel)
    reply = mikko.say(f"<@{BOT_USER}> hei", channel, first.ts)
    mikko.edit(first, "muutettu")
    mikko.delete(first)
    mikko.upload("screen.png", channel, "katso")
    mikko.say("hei")
    assert kinds(api) == ["message", "message", "app_mention", "message_changed", "message_deleted", "file_share",
                          "message"]  # fmt: skip
    assert api.seen(reply) == "@Pulssi hei"
    said, replied, mention, changed, deleted, shared, direct = events(api)
    assert (said["text"], said["channel_type"]) == ("1 &lt; 2 &amp; <https://example.com>", "channel")
    assert (replied["thread_ts"], replied["parent_user_id"], mention["ts"]) == (first.ts, mikko.id, reply.ts)
    assert (changed["message"]["text"], changed["hidden"]) == ("muutettu", True)
    assert deleted["deleted_ts"] == first.ts
    assert shared["files"][0]["name"] == "screen.png"
    assert (direct["channel"], direct["channel_type"]) == (mikko.dm.id, "im")


async def test_an_app_hears_of_its_own_messages(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    sent = await slack.chat_postMessage(channel=CHANNEL, text="x")
    await slack.chat_update(channel=CHANNEL, ts=sent["ts"], text="y")
    assert kinds(api) == ["message", "message_changed"]
    assert events(api)[0]["bot_id"] == "B0PULSSI"
    api.state.echo = False
    await slack.chat_delete(channel=CHANNEL, ts=sent["ts"])
    assert len(api.events) == 2


def test_reactions_and_membership(api: SlackApi, channel: Channel, mikko: Person, liisa: Person) -> None:
    first = mikko.say("apua", channel)
    mikko.react(first, "white_check_mark")
    mikko.unreact(first, "white_check_mark")
    liisa.join(channel)
    liisa.leave(channel)
    added = events(api)[1]
    assert (added["reaction"], added["item"]["ts"], added["item_user"]) == ("white_check_mark", first.ts, mikko.id)
    api.move(channel, "C0NEW")
    api.kick_bot(channel, mikko)
    mikko.say("kuuleeko", channel)
    api.invite_bot(channel, mikko)
    api.archive(channel, mikko)
    assert kinds(api)[1:] == ["reaction_added", "reaction_removed", "member_joined_channel", "member_left_channel",
                              "channel_id_changed", "channel_left", "member_joined_channel",
                              "channel_archive"]  # fmt: skip


def test_scopes_and_subscriptions_decide_what_is_heard(api: SlackApi, channel: Channel, mikko: Person) -> None:
    api.state.scopes.discard("channels:history")
    mikko.react(mikko.say("apua", channel), "eyes")
    mikko.say("hei")
    assert kinds(api) == ["reaction_added", "message"]
    api.state.events = {"app_home_opened"}
    mikko.say("hei")
    mikko.open_home("messages")
    assert kinds(api)[2:] == ["app_home_opened"]


async def test_an_uninstall(api: SlackApi, slack: AsyncWebClient) -> None:
    api.uninstall()
    assert kinds(api) == ["app_uninstalled", "tokens_revoked"]
    assert events(api)[1]["tokens"] == {"oauth": [], "bot": [BOT_USER]}
    assert await refused(slack.auth_test()) == "account_inactive"


async def test_what_a_person_cannot_do(slack: AsyncWebClient, channel: Channel, mikko: Person, liisa: Person) -> None:
    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO)
    question = channel.messages[-1]
    with pytest.raises(LookupError):
        liisa.tap(question, "Yes")
    with pytest.raises(LookupError):
        mikko.tap(question, "Maybe")
    with pytest.raises(LookupError):
        liisa.command("/survey")
    with pytest.raises(LookupError):
        liisa.shortcut(question, "ask_feedback")
    await slack.chat_delete(channel=CHANNEL, ts=question.ts)
    with pytest.raises(LookupError):
        mikko.tap(question, "Yes")


def test_payloads_of_shortcuts_and_forged_taps(api: SlackApi, channel: Channel, mikko: Person) -> None:
    first = mikko.say("apua", channel)
    shortcut = mikko.shortcut(first, "ask_feedback", send=False).payload
    assert (shortcut["type"], shortcut["message"]["text"], shortcut["channel"]["name"]) == (
        "message_action",
        "apua",
        "support",
    )
    assert shortcut["response_url"].endswith(next(reversed(api.state.response_urls)))


async def test_a_tap_in_a_thread_and_a_direct_message(slack: AsyncWebClient, channel: Channel, mikko: Person) -> None:
    first = mikko.say("apua", channel)
    await slack.chat_postMessage(channel=CHANNEL, text="?", blocks=YES_NO, thread_ts=first.ts)
    await slack.chat_postMessage(channel=mikko.id, text="?", blocks=YES_NO)
    there = mikko.tap(channel.thread(first.ts)[0], "Yes", value="forged", send=False).payload
    here = mikko.tap(mikko.sees()[-1], "one", send=False).payload
    assert (there["container"]["thread_ts"], there["actions"][0]["value"]) == (first.ts, "forged")
    assert (here["channel"]["name"], here["channel"]["id"]) == ("directmessage", mikko.dm.id)


def test_mentions() -> None:
    text = (
        "<!channel> <!here|here> <@U1|Mikko> <#C1> <https://e.fi|e> <!date^1^{date}|x> <!subteam^S1> &lt;!everyone&gt;"
    )
    assert [(one.kind, one.target) for one in mentions(text)] == [
        ("broadcast", "channel"), ("broadcast", "here"), ("user", "U1"), ("channel", "C1"), ("link", "https://e.fi"),
        ("group", "S1"),
    ]  # fmt: skip
    assert len(pings(text)) == 4
    assert plain("<@U1> &lt;!here&gt; <https://e.fi|e> &amp;lt;") == "@U1 <!here> e &lt;"


async def test_whom_a_message_notifies(api: SlackApi, slack: AsyncWebClient, channel: Channel) -> None:
    rich = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
    blocks: list[Json] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "<!here>"}},
        {"type": "section", "text": {"type": "plain_text", "text": "<!channel>"}},
        {"type": "rich_text", "elements": [rich]},
    ]
    await slack.chat_postMessage(channel=CHANNEL, text="&lt;!everyone&gt;", blocks=blocks)
    assert [(one.kind, one.target) for one in api.pings(channel.messages[-1])] == [
        ("broadcast", "here"),
        ("user", "U1"),
    ]
