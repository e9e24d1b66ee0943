"""What customers live through in Telegram: private chats, groups, topics, business chats; nothing leaks to others."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.errors import NotAllowed
from bot.invitation import Invitation, State
from bot.policy import Reason
from bot.ports import Bot
from storage.keys import Keyring
from tests.contracts.channels import Shown
from tests.contracts.telegram import ACCOUNT, BOT_NAME, TelegramDriver, seen, telegram
from tests.telegram_api.chats import Chat

GROUP = -1001234567890


@pytest.fixture
async def chat(sqlite_url: str, keyring: Keyring) -> AsyncIterator[TelegramDriver]:
    async with telegram(sqlite_url, keyring) as driver:
        bot = Bot(channel="telegram", account=ACCOUNT, workspace="default", username=BOT_NAME)
        await driver.world.store.write(lambda uow: uow.bots.add(bot))
        yield driver


def in_group(chat: TelegramDriver, person: str = "kim", thread: int | None = None) -> Address:
    who = str(chat.person(person).id) if person else ""
    return Address("telegram", str(GROUP), ACCOUNT, str(thread or ""), who)


async def asked_in_group(
    chat: TelegramDriver, person: str = "kim", survey: str = "csat", *, forum: bool = False
) -> tuple[Invitation, Chat]:
    group = chat.api.group(GROUP, "Customers", forum=forum)
    chat.person("eve").write("Welcome", group)  # no topic has the number of the first message
    thread = chat.api.topic(group, "Invoices", chat.person("eve")) if forum else None
    await chat.taken()
    made = await chat.world.asked(person or "kim", survey, to=in_group(chat, person, thread))
    await chat.world.quiet()
    return made, group


async def stored(chat: TelegramDriver, made: Invitation) -> tuple[State, int | None, str]:
    found = await chat.world.invitation(made.id)
    return found.state, found.answer.score if found.answer else None, found.answer.comment if found.answer else ""


def last(group: Chat) -> Shown:
    return seen(group)[-1]


async def test_a_group_sees_whom_it_is_for_and_never_what_was_answered(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    question = last(group)
    assert question.text.startswith("Kim\n")
    assert group.from_bot[-1].mentions == [str(chat.person("kim").id)]
    notice = (await chat.tap("kim", question, 2)).notice
    assert notice is not None
    assert "2 of 5" in notice
    [own] = await chat.shown("kim")
    assert "2 of 5" in own.text
    await chat.write("kim", "The invoice was wrong.")
    assert await stored(chat, made) == (State.ANSWERED, 2, "The invoice was wrong.")
    [own] = await chat.shown("kim")
    assert "The invoice was wrong." in own.text
    after = last(group)
    assert (after.text, after.scores, after.actions) == ("Kim has answered. Thank you.", (), ())
    assert len(seen(group)) == 1
    assert await chat.world.differences() == []


async def test_what_was_answered_in_a_group_changes_in_private(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    await chat.tap("kim", last(group), 2)
    [own] = await chat.shown("kim")
    await chat.press("kim", own, "change")
    [own] = await chat.shown("kim")
    assert own.scores == (1, 2, 3, 4, 5)
    await chat.tap("kim", own, 5)
    assert await stored(chat, made) == (State.ANSWERED, 5, "")
    [own] = await chat.shown("kim")
    await chat.press("kim", own, "delete")
    [own] = await chat.shown("kim")
    assert own.actions == ()
    assert await stored(chat, made) == (State.CLOSED, None, "")
    assert last(group).text == "Kim has answered. Thank you."
    assert group.from_bot[-1].edits == 1


async def test_a_stranger_in_the_group_answers_nothing(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    with pytest.raises(NotAllowed, match="someone else"):
        await chat.tap("eve", last(group), 1)
    chat.person("eve").write("5", group, reply_to=group.from_bot[-1])
    await chat.hears()
    assert await stored(chat, made) == (State.SENT, None, "")
    assert await chat.shown("eve") == []
    assert len(seen(group)) == 1
    # The running program tells the stranger at the button.
    query = chat.person("eve").tap(group.from_bot[-1], "1", group)
    [reply] = await chat.hears()
    assert reply.query == query.id
    assert "someone else" in reply.text


async def test_a_reply_in_the_group_is_the_comment_and_talk_is_not(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    kim = chat.person("kim")
    await chat.tap("kim", last(group), 4)
    await chat.world.quiet()
    for words in ("does anybody know the opening hours?", "4"):
        kim.write(words, group)
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 4, "")
    kim.write("Quick and friendly.", group, reply_to=group.from_bot[-1])
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 4, "Quick and friendly.")
    assert "friendly" not in last(group).text


async def test_an_opt_out_in_a_group_stays_between_us(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    assert last(group).actions == ()
    assert "/stop" in last(group).text
    chat.person("kim").write("/stop", group, reply_to=group.from_bot[-1])
    await chat.hears()
    assert last(group).text == "This question was withdrawn. You need not do anything.\nAcme asks"
    assert await stored(chat, made) == (State.CANCELLED, None, "")
    again = await chat.world.ask(to=chat.address("kim"))
    assert again.verdict.reason is Reason.OPTED_OUT


async def test_one_person_has_one_open_question_in_all_chats(chat: TelegramDriver) -> None:
    await asked_in_group(chat)
    assert (await chat.world.ask(to=chat.address("kim"))).verdict.reason is Reason.OPEN_QUESTION


async def test_a_topic_keeps_its_thread(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat, forum=True)
    assert group.from_bot[-1].thread == int((made.address or in_group(chat)).thread)
    await chat.tap("kim", last(group), 3)
    assert await stored(chat, made) == (State.ANSWERED, 3, "")
    await chat.world.quiet()
    assert "has answered" in last(group).text


async def test_an_old_message_in_a_topic_still_takes_the_tap(chat: TelegramDriver) -> None:
    """Of a message over 48 hours old Telegram tells neither topic nor text (InaccessibleMessage)."""
    made, group = await asked_in_group(chat, forum=True)
    chat.world.clock.advance(hours=49)
    await chat.pressed("kim", last(group), "s4", old=True)
    assert await stored(chat, made) == (State.ANSWERED, 4, "")
    await chat.world.quiet()
    assert "has answered" in last(group).text


async def test_an_old_message_in_private_still_takes_the_tap(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    chat.world.clock.advance(hours=49)
    await chat.pressed("kim", question, "s4", old=True)
    assert await stored(chat, made) == (State.ANSWERED, 4, "")
    [after] = await chat.shown("kim")
    assert "4 of 5" in after.text


async def test_an_open_call_takes_one_answer_of_each_and_enters_no_rate(chat: TelegramDriver) -> None:
    group = chat.api.group(GROUP, "Customers")
    made = await chat.world.asked(to=in_group(chat, ""))
    await chat.world.quiet()
    question = last(group)
    assert "Kim" not in question.text
    for person, score in (("kim", 5), ("eve", 2), ("kim", 4)):
        notice = (await chat.tap(person, question, score)).notice
        assert notice is not None
        assert f"{score} of 5" in notice
    await chat.world.quiet()
    assert last(group).scores == (1, 2, 3, 4, 5)
    assert await chat.world.funnel() == {"score_4": 1, "score_2": 1}
    assert len(seen(chat.person("kim").chat)) == 1
    chat.person("eve").write("3", group, reply_to=group.from_bot[-1])
    await chat.hears()
    assert await chat.world.funnel() == {"score_4": 1, "score_3": 1}
    chat.world.clock.advance(days=14)
    await chat.world.ticking.expire()
    await chat.world.quiet()
    assert last(group).scores == ()
    assert "closed on" in last(group).text
    assert (await chat.tap("kim", question, 1)).notice
    assert await chat.world.funnel() == {"score_4": 1, "score_3": 1}
    assert (await chat.world.invitation(made.id)).answer is None
    assert await chat.world.differences() == []


async def test_a_forwarded_question_is_nobodys(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    eve = chat.person("eve")
    forwarded = eve.forward(chat.person("kim").chat.from_bot[-1])
    eve.write("5", reply_to=forwarded)
    await chat.hears()
    with pytest.raises(NotAllowed, match="someone else"):
        await chat.tap("eve", question, 5)
    assert await stored(chat, made) == (State.SENT, None, "")


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


async def upgraded(chat: TelegramDriver) -> tuple[Invitation, Chat, Chat]:
    """A question to kim in a basic group that became a supergroup meanwhile; both chats."""
    old = -4242
    basic = chat.api.group(old, "Customers")
    basic.members[chat.person("kim").id] = "member"
    made = await chat.world.asked(to=Address("telegram", str(old), user=str(chat.person("kim").id)))
    await chat.world.quiet()
    await chat.world.set(owner_channel=f"webchat:owner,telegram:{old}")
    new = chat.api.upgrade(old, GROUP)
    await chat.hears()
    await chat.hears()  # Telegram tells it from both sides
    return made, basic, new


async def test_a_group_that_was_upgraded_keeps_its_questions(chat: TelegramDriver) -> None:
    made, basic, _new = await upgraded(chat)
    moved = await chat.world.invitation(made.id)
    assert moved.address is not None
    assert moved.address.conversation == str(GROUP)
    async with chat.world.store.reading() as uow:
        business = await chat.world.context.business(uow, "default")
        customer = await uow.customers.at("default", moved.address)
    assert [str(address) for address in business.owner_channels] == ["webchat:owner", f"telegram:{GROUP}"]
    assert customer is not None
    assert customer.id == made.customer
    # Whoever still sees the old message may answer there.
    chat.person("kim").tap(basic.from_bot[-1], "5", basic)
    [reply] = await chat.hears()
    assert "5 of 5" in reply.text
    assert await stored(chat, made) == (State.ANSWERED, 5, "")


async def test_after_an_upgrade_nothing_changes_another_ones_message(chat: TelegramDriver) -> None:
    """Both chats number their messages from 1: an old number means somebody else's question now."""
    made, basic, new = await upgraded(chat)
    while len(new.messages) < basic.from_bot[-1].id - 1:
        chat.person("eve").write("hello", new)
    await chat.taken()
    other = await chat.world.asked(to=in_group(chat, "eve"))
    await chat.world.quiet()
    theirs = last(new)
    chat.person("kim").write("5")
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 5, "")
    assert last(new).scores == theirs.scores == (1, 2, 3, 4, 5)
    assert await stored(chat, other) == (State.SENT, None, "")


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


async def test_a_replayed_update_changes_nothing(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    await chat.tap("kim", question, 2, event="one")
    await chat.tap("kim", question, 3, event="two")
    for _ in range(3):
        assert (await chat.tap("kim", question, 2, event="one")).known
    assert await stored(chat, made) == (State.ANSWERED, 3, "")
    assert len(await chat.world.history(made)) == 2


async def test_a_forged_button_is_told_and_changes_nothing(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    kim = chat.person("kim")
    for data in (f"s5:{made.id}.AAAAAAAAAAAAAA", "s5:", "s11:x", "nonsense", "x" * 64, "s99999999999:1"):
        kim.tap(int(question.id), "", data=data)
        [reply] = await chat.hears()
        assert reply.text == "This button does not work any more."
    assert await stored(chat, made) == (State.SENT, None, "")


async def test_a_tap_before_the_send_is_noted_changes_the_right_message(chat: TelegramDriver) -> None:
    """The question arrived, and the process died before it noted that: the tap tells which message it is."""
    await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    await chat.world.execute("UPDATE invitation SET message = '', state = 'scheduled', sent_at = NULL")
    await chat.tap("kim", question, 4)
    [after] = await chat.shown("kim")
    assert (after.id, after.scores) == (question.id, ())


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


async def test_stop_in_private_is_confirmed_when_the_question_stands_in_a_group(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    chat.person("kim").write("/stop")
    await chat.hears()
    assert await stored(chat, made) == (State.CANCELLED, None, "")
    assert "withdrawn" in last(group).text
    [said] = await chat.shown("kim")
    assert "not send you any more questions" in said.text


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


async def test_who_deletes_everything_leaves_no_name_and_no_button_behind(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    kim = chat.person("kim")
    kim.write("/mydata")
    await chat.hears()
    kim.tap(kim.chat.from_bot[-1], "Delete everything")
    await chat.hears()
    kim.tap(kim.chat.from_bot[-1], "Yes, delete everything")
    await chat.hears()
    after = last(group)
    assert (after.text, after.scores) == ("This question was withdrawn. You need not do anything.", ())
    assert group.from_bot[-1].mentions == []
    kim.tap(group.from_bot[-1], "", group, data=f"s4:{chat.world.context.tokens.issue('invitation', made.id)}")
    [reply] = await chat.hears()
    assert "no longer known" in reply.text
    assert str(made.customer) not in [row[0] for row in await chat.world.rows("SELECT id FROM customer")]


async def test_a_forged_score_on_an_open_call_leaves_nothing(chat: TelegramDriver) -> None:
    group = chat.api.group(GROUP, "Customers")
    made = await chat.world.asked(to=in_group(chat, ""))
    await chat.world.quiet()
    token = chat.world.context.tokens.issue("invitation", made.id)
    for code in ("s9", "c", "d", "w", "n"):
        chat.person("kim").tap(group.from_bot[-1], "", group, data=f"{code}:{token}")
        await chat.hears()
    assert await chat.world.rows("SELECT count(*) FROM invitation") == [(1,)]


async def test_one_update_that_can_never_be_handled_stops_nobody(chat: TelegramDriver) -> None:
    """The database refuses what belongs to it, for ever: that is told in the log, and the next ones count."""
    await chat.world.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON customer WHEN NEW.locale = 'sv' BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    poisoned = chat.api.private(9009, "Sven", "sv")
    poisoned.start()
    poisoned.write("/mydata")
    chat.person("kim").tap(int(question.id), "4")
    [reply] = await chat.hears()
    assert reply.text == ""
    assert await stored(chat, made) == (State.ANSWERED, 4, "")
    assert await chat.taken() == []


async def test_an_edit_in_another_chat_under_the_same_number_changes_no_comment(chat: TelegramDriver) -> None:
    """Groups and private chats number their messages each for themselves."""
    made, group = await asked_in_group(chat)
    kim = chat.person("kim")
    await chat.tap("kim", last(group), 2)
    await chat.world.quiet()
    said = kim.write("In the group.", group, reply_to=group.from_bot[-1])
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 2, "In the group.")
    chat.world.clock.advance(hours=1)
    while (private := kim.write("hello")).id < said.id:
        await chat.hears()
    await chat.hears()
    kim.edit(private if private.id == said.id else said.id, "PRIVATE, not to be kept", kim.chat)
    await chat.hears()
    assert await stored(chat, made) == (State.ANSWERED, 2, "In the group.")


async def test_people_of_a_group_are_answered_in_their_own_language(chat: TelegramDriver) -> None:
    group = chat.api.group(GROUP, "Customers")
    sven, liisa = chat.api.private(9101, "Sven", "sv"), chat.api.private(9102, "Liisa", "fi")
    await chat.world.asked(to=in_group(chat, ""))
    await chat.world.quiet()
    sven.tap(group.from_bot[-1], "4", group)
    [reply] = await chat.hears()
    assert "Du svarade 4" in reply.text
    await chat.world.asked(to=Address("telegram", str(GROUP), ACCOUNT, user="9102"))
    await chat.world.quiet()
    sven.tap(group.from_bot[-1], "1", group)
    [reply] = await chat.hears()
    assert "ställd till någon annan" in reply.text
    liisa.tap(group.from_bot[-1], "4", group)
    [reply] = await chat.hears()
    assert "Vastasit 4" in reply.text
    assert last(group).text == "Liisa on vastannut. Kiitos."


async def test_a_forged_yes_subscribes_nobody_again(chat: TelegramDriver) -> None:
    made = await chat.world.asked(to=chat.address("kim"))
    [question] = await chat.shown("kim")
    chat.person("kim").write("/stop")
    await chat.hears()
    token = chat.world.context.tokens.issue("invitation", made.id)
    for code in ("y", "a", "o"):
        chat.person("kim").tap(int(question.id), "", data=f"{code}:{token}")
        await chat.hears()
    assert (await chat.world.ask(to=chat.address("kim"))).verdict.reason is Reason.OPTED_OUT
