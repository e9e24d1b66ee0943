"""What customers live through in Telegram: private chats, links, and business chats."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.invitation import State
from bot.policy import Reason
from storage.keys import Keyring
from tests.contracts.telegram import ACCOUNT, BOT_NAME, TelegramDriver, seen
from tests.flows.telegram_chats import connected, last, stored


@pytest.fixture
async def chat(sqlite_url: str, keyring: Keyring) -> AsyncIterator[TelegramDriver]:
    async with connected(sqlite_url, keyring) as driver:
        yield driver


async def test_an_old_message_in_private_still_takes_the_tap(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    chat.world.clock.advance(hours=49)
    await chat.pressed("kim", question, "s4", old=True)
    assert await stored(chat, made) == (State.ANSWERED, 4, "")
    [after] = await chat.shown("kim")
    assert "4 of 5" in after.text


async def test_two_open_questions_and_talk_between_keep_only_what_was_meant(chat: TelegramDriver) -> None:
    """One of them is a test, which may stand beside another open question."""
    first = await chat.world.asked(to=chat.address("kim"), ticket="T-1")
    await chat.world.quiet()
    second = await chat.world.asked(survey="nps", to=chat.address("kim"), test=True)
    one, other = await chat.shown("kim")
    kim = chat.person("kim")
    for words in ("hello, is Anna there?", "I wrote about the invoice", "five", "call me at 040 123"):
        kim.write(words)
    await chat.hears()
    assert await stored(chat, first) == (State.SENT, None, "")
    assert await stored(chat, second) == (State.SENT, None, "")
    await chat.tap("kim", one, 4)
    await chat.world.quiet()
    chat.world.clock.advance(minutes=1)
    await chat.world.asked(survey="ces", to=chat.address("kim"), test=True)
    await chat.world.quiet()
    kim.write("and another thing for Anna")  # there is a newer message: these may be meant for that one
    await chat.hears()
    assert await stored(chat, first) == (State.ANSWERED, 4, "")
    kim.write("Well done.", reply_to=int(one.id))
    kim.write("9", reply_to=int(other.id))
    await chat.hears()
    assert await stored(chat, first) == (State.ANSWERED, 4, "Well done.")
    assert await stored(chat, second) == (State.ANSWERED, 9, "")


async def test_an_edited_comment_follows_and_other_edits_do_not(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    await chat.tap("kim", question, 4)
    kim = chat.person("kim")
    said = kim.write("Goood")
    await chat.hears()
    kim.edit(said, "Good")
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 4, "Good")
    chat.world.clock.advance(hours=1)
    other = kim.write("ordinary talk")
    await chat.hears()
    kim.edit(other, "still ordinary talk")
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 4, "Good")


async def test_a_photo_is_told_kindly_and_not_kept(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    await chat.tap("kim", question, 4)
    chat.person("kim").send_photo("look at this")
    await chat.hears()
    assert (await chat.shown("kim"))[-1].text == "I can only keep text."
    assert await stored(chat, made) == (State.ANSWERED, 4, "")


async def test_who_has_not_started_the_bot_is_asked_when_they_come(chat: TelegramDriver) -> None:
    newcomer = chat.api.private(9001, "Liisa", "fi")
    asked = await chat.world.ask(to=Address("telegram", "9001"), ticket="T-7")
    assert asked.invitation is not None
    assert asked.link_at.startswith(f"https://t.me/{BOT_NAME}?start=")
    await chat.world.quiet()
    assert newcomer.chat.from_bot == []
    newcomer.start()
    await chat.hears()
    [question] = seen(newcomer.chat)
    assert "/mydata" in question.text
    assert question.scores == (1, 2, 3, 4, 5)
    assert (await chat.world.invitation(asked.invitation.id)).state is State.SENT
    newcomer.start(asked.link or "")
    await chat.hears()
    assert len(seen(newcomer.chat)) == 1  # the link brings nothing twice


async def test_a_link_asks_whoever_opens_it_first_in_their_language(chat: TelegramDriver) -> None:
    asked = await chat.world.ask(to=Address("telegram", "new"), ticket="T-8")
    liisa, pekka = chat.api.private(9001, "Liisa", "fi-FI"), chat.api.private(9002, "Pekka", "fi")
    liisa.start(asked.link or "")
    await chat.hears()
    [question] = seen(liisa.chat)
    assert "Kuinka tyytyväinen" in question.text
    pekka.start(asked.link or "")
    await chat.hears()
    [refusal] = seen(pekka.chat)
    assert refusal.scores == ()


async def test_after_an_opt_out_a_link_asks_first(chat: TelegramDriver) -> None:
    await chat.write("kim", "/stop")
    asked = await chat.world.ask(to=Address("telegram", "new"), ticket="T-9")
    chat.person("kim").start(asked.link or "")
    await chat.hears()
    held = (await chat.shown("kim"))[-1]
    assert held.actions == ("only_this", "allow_again")
    await chat.press("kim", held, "only_this")
    question = (await chat.shown("kim"))[-1]
    assert question.scores == (1, 2, 3, 4, 5)
    assert question.id == held.id
    assert (await chat.world.ask(to=chat.address("kim"))).verdict.reason is Reason.OPTED_OUT


async def test_a_blocked_bot_needs_a_new_start(chat: TelegramDriver) -> None:
    chat.person("kim").block()
    await chat.hears()
    asked = await chat.world.ask(to=chat.address("kim"))
    assert asked.link_at
    chat.person("kim").unblock()
    await chat.hears()
    assert (await chat.world.ask("kim", "nps", to=chat.address("kim"))).verdict.reason is Reason.OPEN_QUESTION


async def test_a_business_chat_keeps_its_connection_and_listens_to_replies_alone(chat: TelegramDriver) -> None:
    kim, eve = chat.person("kim"), chat.person("eve")
    shop = chat.api.business("connection-1", eve, kim)
    kim.write("Hello, my invoice is wrong", shop)
    await chat.hears()
    address = Address("telegram", str(kim.id), ACCOUNT, via="connection-1")
    made = await chat.world.asked(to=address)
    await chat.world.quiet()
    question = last(shop)
    assert question.scores == (1, 2, 3, 4, 5)
    kim.write("5", shop)
    eve.write("let me look", shop)
    await chat.hears()
    assert await stored(chat, made) == (State.SENT, None, "")
    kim.tap(shop.from_bot[-1], "2", shop)
    await chat.hears()
    said = kim.write("Too slow", shop, reply_to=shop.from_bot[-1])
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 2, "Too slow")
    assert said.id > 0
    assert seen(kim.chat) == []
    assert len(seen(shop)) == 1


async def test_a_start_greets_and_says_how_to_stop(chat: TelegramDriver) -> None:
    liisa = chat.api.private(9001, "Liisa", "sv")
    liisa.start()
    await chat.hears()
    [greeting] = seen(liisa.chat)
    assert "Acme ställer ibland en fråga" in greeting.text
    assert "/stop" in greeting.text
    await chat.world.asked(to=Address("telegram", "9001"))
    await chat.world.quiet()
    question = seen(liisa.chat)[-1]
    assert "Hur nöjd" in question.text
    assert "/stop" not in question.text  # it was told already


async def test_what_never_went_out_is_taken_back_in_silence(chat: TelegramDriver) -> None:
    newcomer = chat.api.private(9001, "Liisa")
    asked = await chat.world.ask(to=Address("telegram", "9001"), ticket="T-7")
    assert asked.invitation is not None
    await chat.world.asking.cancel("default", asked.invitation.id)
    again = await chat.world.ask(to=Address("telegram", "9001"), ticket="T-8")
    assert again.invitation is not None
    chat.world.clock.advance(days=14)
    await chat.world.ticking.expire()
    await chat.world.quiet()
    newcomer.start()
    await chat.hears()
    assert len(seen(newcomer.chat)) == 1
    assert (await chat.world.invitation(again.invitation.id)).reason == "never_shown"
    assert [call.method for call in chat.api.calls_of("sendMessage")] == ["sendMessage"]
