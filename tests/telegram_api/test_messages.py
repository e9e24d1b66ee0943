"""What the stand-in does with texts, keyboards, edits and taps, seen through PTB's real client."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters

from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.entities import read
from tests.telegram_api.people import Person
from tests.telegram_api.ptb import DAY, YES_NO, Clock, keyboard, raw, refused


async def test_a_message_stands_in_the_chat_as_a_person_sees_it(bot: Bot, mikko: Person) -> None:
    sent = await bot.send_message(41, "<b>Kuinka</b> meni, a &lt; b &#38; c?", parse_mode="HTML", reply_markup=YES_NO)

    kept = mikko.messages[-1]
    assert (sent.message_id, kept.id, kept.by_bot) == (2, 2, True)
    assert kept.text == sent.text == "Kuinka meni, a < b & c?"
    assert kept.entities == [{"type": "bold", "offset": 0, "length": 6}]
    assert kept.keyboard == [[("Yes", "y"), ("No", "n")]]
    assert sent.reply_markup == YES_NO


@pytest.mark.parametrize(
    ("size", "fits"), [(0, False), (1, True), (64, True), (65, False)]
)  # fmt: skip
async def test_callback_data_has_1_to_64_bytes(url: str, mikko: Person, size: int, fits: bool) -> None:
    button = {"text": "Yes", "callback_data": "x" * size}
    said = await raw(url, "sendMessage", chat_id=41, text="?", reply_markup={"inline_keyboard": [[button]]})
    assert said["ok"] == fits
    assert fits or said["description"] == "Bad Request: BUTTON_DATA_INVALID"


async def test_callback_data_is_counted_in_bytes(bot: Bot, mikko: Person) -> None:
    await bot.send_message(41, "?", reply_markup=keyboard([("Yes", "ä" * 32)]))
    assert await refused(bot.send_message(41, "?", reply_markup=keyboard([("Yes", "ä" * 33)]))) == "Button_data_invalid"


async def test_a_button_needs_an_action(bot: Bot, mikko: Person) -> None:
    said = await refused(bot.send_message(41, "?", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Yes")]])))
    assert said.startswith("Can't parse inline keyboard button: text buttons are unallowed")


async def test_text_is_counted_in_utf_16_after_parsing(bot: Bot, mikko: Person) -> None:
    await bot.send_message(41, "<b>" + "😀" * 2048 + "</b>", parse_mode="HTML")
    assert await refused(bot.send_message(41, "😀" * 2048 + "x")) == "Message is too long"
    assert await refused(bot.send_message(41, " \n")) == "Message text is empty"
    assert await refused(bot.send_message(41, "<b> </b>", parse_mode="HTML")) == "Message text is empty"


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ("<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ää<div>x</div>", 'Unsupported start tag "div" at byte offset 4'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_broken_html_is_refused(url: str, mikko: Person, markup: str, why: str) -> None:
    said = await raw(url, "sendMessage", chat_id=41, text=markup, parse_mode="HTML")
    assert said["description"] == f"Bad Request: can't parse entities: {why}"


def test_only_four_named_entities_are_known() -> None:
    text, _ = read("&lt;&gt;&amp;&quot; &#228;&#xe4; &nbsp; & &ltx", "HTML", lambda _: None)
    assert text == '<>&" ää &nbsp; & &ltx'


async def test_mentions_are_found_as_telegram_finds_them(api: BotApi, bot: Bot, mikko: Person) -> None:
    api.private(42, "Liisa")
    html = (
        '😀 @mikko_m, mail me@example.com, @abc, <code>@in_code</code>, <a href="tg://user?id=42">Liisa</a>, '
        '<a href="tg://user?id=99">nobody</a>, <a href="https://example.com/?a=1&amp;b=2">@a_link</a>'
    )
    await bot.send_message(41, html, parse_mode="HTML")

    kept = mikko.messages[-1]
    assert kept.mentions == ["@mikko_m", "42"]
    kinds = [entity["type"] for entity in kept.entities]
    assert kinds == ["mention", "email", "code", "text_mention", "text_link"]
    assert kept.entities[0] == {"type": "mention", "offset": 3, "length": 8}
    assert kept.entities[-1]["url"] == "https://example.com/?a=1&b=2"


async def test_a_reply_needs_its_message(bot: Bot, mikko: Person) -> None:
    sent = await bot.send_message(41, "Hei", reply_parameters=ReplyParameters(1))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/start"
    assert await refused(bot.send_message(41, "Hei", reply_to_message_id=77)) == "Message to be replied not found"
    loose = ReplyParameters(77, allow_sending_without_reply=True)
    assert (await bot.send_message(41, "Hei", reply_parameters=loose)).reply_to_message is None


async def test_a_text_edit_drops_the_keyboard(bot: Bot, mikko: Person) -> None:
    sent = await bot.send_message(41, "Kuinka meni?", reply_markup=YES_NO)
    await bot.edit_message_text("Kiitos!", 41, sent.message_id)
    kept = mikko.messages[-1]
    assert (kept.text, kept.keyboard, kept.edits) == ("Kiitos!", [], 1)


async def test_an_edit_must_change_something(bot: Bot, mikko: Person) -> None:
    sent = await bot.send_message(41, "<b>Hei</b>", parse_mode="HTML", reply_markup=YES_NO)
    same = bot.edit_message_text("<strong>Hei</strong>", 41, sent.message_id, parse_mode="HTML", reply_markup=YES_NO)
    assert await refused(same) == (
        "Message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
    assert "is not modified" in await refused(bot.edit_message_reply_markup(41, sent.message_id, reply_markup=YES_NO))
    await bot.edit_message_reply_markup(41, sent.message_id)
    assert mikko.messages[-1].keyboard == []
    assert "is not modified" in await refused(bot.edit_message_reply_markup(41, sent.message_id))


async def test_only_own_messages_that_stand_can_be_edited(bot: Bot, mikko: Person) -> None:
    assert await refused(bot.edit_message_text("x", 41, 77)) == "Message to edit not found"
    assert await refused(bot.edit_message_text("x", 41, 1)) == "Message can't be edited"
    sent = await bot.send_message(41, "Hei")
    await bot.delete_message(41, sent.message_id)
    assert mikko.messages[-1].deleted
    assert await refused(bot.edit_message_text("x", 41, sent.message_id)) == "Message to edit not found"
    assert await refused(bot.delete_message(41, sent.message_id)) == "Message to delete not found"


async def test_a_message_older_than_48_hours_stays(bot: Bot, mikko: Person, clock: Clock) -> None:
    sent = await bot.send_message(41, "Hei")
    clock.at += 2 * DAY + 1
    assert await refused(bot.delete_message(41, sent.message_id)) == "Message can't be deleted for everyone"


async def test_a_tap_is_answered_once_and_in_time(bot: Bot, mikko: Person, clock: Clock) -> None:
    await bot.send_message(41, "Kuinka meni?", reply_markup=YES_NO)
    tap = mikko.tap(mikko.messages[-1], "Yes")
    assert await refused(bot.answer_callback_query(tap.id, "x" * 201)) == "Message_too_long"
    await bot.answer_callback_query(tap.id, "Kiitos", show_alert=True)
    assert (await tap).text == "Kiitos"
    assert tap.show_alert
    too_old = "Query is too old and response timeout expired or query id is invalid"
    assert await refused(bot.answer_callback_query(tap.id)) == too_old
    late = mikko.tap(mikko.messages[-1], "n")
    clock.at += 61
    assert await refused(bot.answer_callback_query(late.id)) == too_old
    assert await refused(bot.answer_callback_query("77")) == too_old


async def test_taps_reach_the_bot(bot: Bot, mikko: Person) -> None:
    await bot.send_message(41, "Kuinka meni?", reply_markup=YES_NO)
    message = mikko.messages[-1]
    mikko.tap(message, "Yes")
    mikko.tap(message.id, data="forged:77")
    mikko.tap(message, "No", inaccessible=True)
    with pytest.raises(LookupError, match="no button 'Perhaps'"):
        mikko.tap(message, "Perhaps")

    taps = [update.callback_query for update in await bot.get_updates(allowed_updates=["callback_query"])]
    taps = taps[1:]  # after /start
    assert [tap.data for tap in taps if tap] == ["y", "forged:77", "n"]
    first, last = taps[0], taps[2]
    assert first is not None
    assert last is not None
    assert isinstance(first.message, Message)
    assert (first.message.text, first.message.reply_markup) == ("Kuinka meni?", YES_NO)
    assert first.from_user.language_code == "fi"
    assert last.message is not None
    assert (last.message.message_id, last.message.chat.id, last.message.is_accessible) == (message.id, 41, False)
