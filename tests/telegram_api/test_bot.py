"""The stand-in's bot itself: its methods, token, parameters, command lists and limits."""

import json
from datetime import timedelta

import httpx
import pytest
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, InvalidToken, RetryAfter

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat
from tests.telegram_api.limits import Limits
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import GROUP, TOKEN, Clock, client, raw, refused
from tests.telegram_api.rules import Refused


async def test_methods_and_tokens(url: str, bot: Bot) -> None:
    assert bot.bot.username == "pulssi_test_bot"
    assert bot.bot.can_read_all_group_messages is False
    assert await raw(url, "sendNothing") == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert (await raw(url, "GETME"))["ok"]
    with pytest.raises(InvalidToken):
        async with client(url, "110201543:wrong"):
            pass
    async with httpx.AsyncClient(trust_env=False) as http:
        wrong, malformed = [await http.get(f"{url}/bot{token}/getMe") for token in ("1:x", "x")]
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    assert (malformed.status_code, malformed.json()["description"]) == (404, "Not Found")


async def test_parameters_come_by_query_form_and_json(url: str, mikko: Person) -> None:
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    flat = {"chat_id": "41", "text": "ä & b", "reply_markup": json.dumps(markup)}
    async with httpx.AsyncClient(base_url=f"{url}/bot{TOKEN}/", trust_env=False) as http:
        await http.get("sendMessage", params=flat)
        await http.post("sendMessage", data=flat)
        await http.post("sendMessage", json={**flat, "chat_id": 41, "reply_markup": markup})
    assert [(one.text, one.buttons) for one in mikko.messages[1:]] == [("ä & b", [("Yes", "y")])] * 3


async def test_command_lists_by_scope_and_language(api: BotApi, bot: Bot, mikko: Person) -> None:
    await bot.set_my_commands([BotCommand("stop", "Älä kysy enää")], language_code="fi")
    await bot.set_my_commands([BotCommand("survey", "Ask a customer")], scope=BotCommandScopeChat(41))
    assert set(api.commands) == {("default", "fi"), ("chat:41", "")}
    assert (await bot.get_my_commands(language_code="fi"))[0].command == "stop"
    assert await bot.get_my_commands() == ()
    await bot.delete_my_commands(scope=BotCommandScopeChat(41))
    assert set(api.commands) == {("default", "fi")}
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.set_my_commands([BotCommand("stop", "Stop")], scope=BotCommandScopeChat(77))
    assert await refused(bot.set_my_commands([BotCommand("Stop!", "Stop")])) == "Bot_command_invalid"


async def test_chats_and_members(api: BotApi, bot: Bot, group: Chat, mikko: Person) -> None:
    api.private(42, "Liisa")
    assert (await bot.get_chat(41)).first_name == "Mikko"
    found = await bot.get_chat(GROUP)
    assert (found.type, found.title, found.is_forum) == ("supergroup", "Asiakkaat", True)
    mikko.write("hei", group)
    statuses = [(await bot.get_chat_member(GROUP, user)).status for user in (41, 42, bot.id)]
    assert statuses == ["member", "left", "member"]
    group.bot_status = "administrator"
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "administrator"
    group.muted = True
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "restricted"
    assert await refused(bot.get_chat_member(GROUP, 77)) == "User not found"
    assert await bot.send_chat_action(41, "typing")


async def test_one_message_a_second_in_a_private_chat(bot: Bot, mikko: Person, api: BotApi, clock: Clock) -> None:
    api.limits = Limits()
    sent = await bot.send_message(41, "1")
    with pytest.raises(RetryAfter) as caught:
        await bot.edit_message_text("2", 41, sent.message_id)
    assert caught.value.retry_after == timedelta(seconds=1)
    assert mikko.messages[-1].text == "1"
    clock.at += 1
    await bot.edit_message_text("2", 41, sent.message_id)
    assert [call.status for call in api.calls if call.chat_id == 41] == [200, 429, 200]
    answer = api.call("sendMessage", {"chat_id": 41, "text": "3"})
    assert (answer.status, answer.body["description"]) == (429, "Too Many Requests: retry after 1")
    assert answer.body["parameters"] == {"retry_after": 1}


def test_twenty_messages_a_minute_in_a_group(clock: Clock) -> None:
    limits = Limits()
    for _ in range(20):
        limits.count(GROUP, clock.at)
        clock.at += 1
    with pytest.raises(Refused) as caught:
        limits.count(GROUP, clock.at)
    assert caught.value.parameters == {"retry_after": 40}
    limits.count(GROUP, clock.at + 40)


def test_thirty_messages_in_any_second(clock: Clock) -> None:
    limits = Limits()
    for chat in range(1, 31):
        limits.count(chat, clock.at)
    with pytest.raises(Refused):
        limits.count(31, clock.at + 0.9)
    limits.count(31, clock.at + 1.0)
    assert limits.refused == [(clock.at + 0.9, 31, 1)]
