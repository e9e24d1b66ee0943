"""Whom the stand-in lets the bot reach and what reaches the bot: groups, topics, business chats, privacy mode."""

import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import DAY, GROUP, YES_NO, Clock, refused


async def test_a_bot_cannot_open_a_private_chat(api: BotApi, bot: Bot) -> None:
    liisa = api.private(42, "Liisa")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(42, "Hei")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(43, "Hei")
    liisa.start("tok-1_A")
    await bot.send_message(42, "Hei")
    assert [one.text for one in liisa.messages] == ["/start tok-1_A", "Hei"]


@pytest.mark.parametrize("payload", ["a b", "ä", "x" * 65])
def test_a_deep_link_takes_64_of_few_characters(mikko: Person, payload: str) -> None:
    with pytest.raises(ValueError, match="1-64"):
        mikko.start(payload)


async def test_a_blocked_bot_is_refused_and_hears_of_it(bot: Bot, mikko: Person) -> None:
    sent = await bot.send_message(41, "Hei")
    mikko.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(41, "Hei")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.edit_message_text("Moi", 41, sent.message_id)
    mikko.unblock()
    await bot.send_message(41, "Hei")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [one.new_chat_member.status for one in changes if one] == ["kicked", "member"]


async def test_a_group_may_refuse(api: BotApi, bot: Bot, group: Chat, mikko: Person) -> None:
    group.muted = True
    assert await refused(bot.send_message(GROUP, "Hei")) == "Not enough rights to send text messages to the chat"
    group.muted = False
    api.kick(group, mikko)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(GROUP, "Hei")


async def test_a_group_that_was_upgraded_names_the_new_one(api: BotApi, bot: Bot, mikko: Person) -> None:
    old = api.group(-77, "Asiakkaat")
    mikko.write("/mine", old)
    new = api.upgrade(-77, GROUP)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(-77, "Hei")
    assert caught.value.new_chat_id == GROUP
    await bot.send_message(GROUP, "Hei")
    assert new.from_bot[-1].text == "Hei"
    service = [update.message for update in await bot.get_updates()][-2:]
    assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in service if one] == [
        (GROUP, None),
        (None, -77),
    ]


async def test_topics_keep_their_thread(api: BotApi, bot: Bot, group: Chat, mikko: Person) -> None:
    thread = api.topic(group, "Palaute", mikko)
    sent = await bot.send_message(GROUP, "Hei", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert await refused(bot.send_message(GROUP, "Hei", message_thread_id=777)) == "Message thread not found"
    group.closed_topics.add(thread)
    assert await refused(bot.send_message(GROUP, "Hei", message_thread_id=thread)) == "Topic_closed"
    mikko.write("/survey", group, thread=thread)
    written = (await bot.get_updates())[-1].message
    assert written is not None
    assert (written.message_thread_id, written.reply_to_message is not None) == (thread, True)


async def test_privacy_mode_hides_ordinary_talk(api: BotApi, bot: Bot, group: Chat, mikko: Person) -> None:
    await bot.send_message(GROUP, "Kuinka meni?")
    asked = group.from_bot[-1]
    for text in ["ordinary", "/survey T-1", "/survey@other_bot", "/survey@Pulssi_test_bot x", "hi @pulssi_test_bot"]:
        mikko.write(text, group)
    mikko.write("oikein hyvin", group, reply_to=asked)
    group.bot_status = "administrator"
    mikko.write("heard by an administrator", group)

    heard = [update.message.text for update in await bot.get_updates() if update.message]
    assert heard == ["/start", "/survey T-1", "/survey@Pulssi_test_bot x", "hi @pulssi_test_bot", "oikein hyvin",
                     "heard by an administrator"]  # fmt: skip
    assert len(group.messages) == 8


async def test_commands_have_their_entity(bot: Bot, group: Chat, mikko: Person) -> None:
    mikko.write("/survey@pulssi_test_bot T-1", group)
    message = (await bot.get_updates())[-1].message
    assert message is not None
    assert message.parse_entities(["bot_command"]) == {message.entities[0]: "/survey@pulssi_test_bot"}


async def test_business_chats(api: BotApi, bot: Bot, mikko: Person, clock: Clock) -> None:
    owner = api.private(9, "Olli")
    chat = api.business("bc-1", owner, mikko)
    mikko.write("Hei Olli", chat)
    sent = await bot.send_message(41, "Kuinka meni?", business_connection_id="bc-1", reply_markup=YES_NO)
    assert (sent.business_connection_id, sent.from_user) == ("bc-1", (await bot.get_business_connection("bc-1")).user)
    tap = mikko.tap(chat.from_bot[0], "Yes")
    await bot.edit_message_text("Kiitos!", 41, sent.message_id, business_connection_id="bc-1")

    updates = (await bot.get_updates())[1:]
    assert updates[0].business_connection is not None
    assert updates[1].business_message is not None
    assert updates[1].business_message.business_connection_id == "bc-1"
    assert updates[2].update_id == tap.update_id
    assert [one.text for one in chat.messages] == ["Hei Olli", "Kiitos!"]
    assert [one.text for one in mikko.messages] == ["/start"]
    assert await refused(bot.send_message(41, "?", business_connection_id="bc-2")) == "Business connection not found"
    clock.at += DAY + 1
    late = bot.send_message(41, "Vielä?", business_connection_id="bc-1")
    assert await refused(late) == "Business_peer_usage_missing"


async def test_what_else_people_do(bot: Bot, group: Chat, mikko: Person) -> None:
    await bot.send_message(GROUP, "Kuinka meni?", reply_markup=YES_NO)
    photo = mikko.send_photo("kuva")
    mikko.forward(group.from_bot[0])
    written = mikko.write("huono")
    mikko.edit(written, "hyvä")

    updates = (await bot.get_updates())[1:]
    assert [update.update_id for update in updates] == list(range(500_002, 500_006))
    shown, forwarded, first, edited = (update.effective_message for update in updates)
    assert shown is not None
    assert (shown.caption, len(shown.photo), shown.text, shown.message_id) == ("kuva", 1, None, photo.id)
    assert forwarded is not None
    assert forwarded.forward_origin is not None
    assert (forwarded.text, forwarded.reply_markup) == ("Kuinka meni?", None)
    assert first is not None
    assert edited is not None
    assert (first.text, edited.text, edited.edit_date is not None) == ("huono", "hyvä", True)
