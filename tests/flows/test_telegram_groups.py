"""What customers live through in Telegram's groups and topics, where others read: nothing leaks to them."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.invitation import Invitation, State
from bot.policy import Reason
from storage.keys import Keyring
from tests.contracts.telegram import ACCOUNT, TelegramDriver, seen
from tests.flows.telegram_chats import GROUP, asked_in_group, connected, in_group, last, stored
from tests.telegram_api.chats import Chat


@pytest.fixture
async def chat(sqlite_url: str, keyring: Keyring) -> AsyncIterator[TelegramDriver]:
    async with connected(sqlite_url, keyring) as driver:
        yield driver


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


async def test_stop_in_private_is_confirmed_when_the_question_stands_in_a_group(chat: TelegramDriver) -> None:
    made, group = await asked_in_group(chat)
    chat.person("kim").write("/stop")
    await chat.hears()
    assert await stored(chat, made) == (State.CANCELLED, None, "")
    assert "withdrawn" in last(group).text
    [said] = await chat.shown("kim")
    assert "not send you any more questions" in said.text


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
