"""What Telegram brings that was never meant so: forged, forwarded, replayed, or under another one's number."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import NotAllowed
from bot.invitation import State
from bot.policy import Reason
from storage.keys import Keyring
from tests.contracts.telegram import TelegramDriver, seen
from tests.flows.telegram_chats import GROUP, asked_in_group, connected, in_group, last, stored


@pytest.fixture
async def chat(sqlite_url: str, keyring: Keyring) -> AsyncIterator[TelegramDriver]:
    async with connected(sqlite_url, keyring) as driver:
        yield driver


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
