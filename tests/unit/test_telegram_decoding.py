"""What Telegram may send that is broken, odd or hostile, by webhook and by polling."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import parse
from adapters.telegram.parse import NotOurUpdate, Received
from adapters.telegram.updates import Update, User, words
from bot.errors import BadToken
from bot.events import (
    Arrival,
    TextWritten,
)
from tests.unit.telegram_golden import GOLDEN, ME, TOKEN, TOKENS, body, golden, read

NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


def test_polling_reads_the_same_as_the_webhook() -> None:
    updates = [golden(name) for name in NAMES]
    batch = parse.decode_batch(body({"ok": True, "result": updates}))
    assert batch == [parse.decode(body(update)) for update in updates]


@pytest.mark.parametrize(
    "odd",
    [
        b'{"update_id": 2, "message": {"message_id": "x"}}',
        b'{"update_id": 2, "callback_query": 5}',
        b'{"update_id": 2, "message": {"message_id": 1, "chat": {"id": 99999999999999999999}}}',
        b'{"update_id": 2, "edited_message": []}',
        b'{"update_id": 2, "my_chat_member": "\\ud83d"}',
    ],
)
def test_an_update_that_does_not_fit_costs_no_other(odd: bytes) -> None:
    first, last = golden("private_text"), golden("tap_private")
    payload = b'{"ok": true, "result": [%s, %s, %s, 7]}' % (body(first), odd, body(last))
    assert parse.decode_batch(payload) == [parse.decode(body(first)), Update(2), parse.decode(body(last))]
    assert parse.read(parse.decode(odd), ME, TOKENS) == ()


@pytest.mark.parametrize("broken", [b"\\ud83d", b"\\ude00\\ud83d", b"\xff", b"\xed\xa0\x80"])
def test_a_broken_string_costs_nobody_the_words(broken: bytes) -> None:
    payload = body({"result": [golden("private_text")]}).replace(b"\\ud83d\\ude00", broken)
    (received,) = parse.read(parse.decode_batch(payload)[0], ME, TOKENS)
    assert isinstance(received, Arrival)
    assert isinstance(received.event, TextWritten)
    assert received.event.text.startswith("It took a week.")
    received.event.text.encode()


@pytest.mark.parametrize("text", [b"", b"{", b'{"update_id"', b"\xff\xfe", b'{"update_id": 1} x', b"[" * 100_000])
def test_what_is_not_json(text: bytes) -> None:
    for decode in (parse.decode, parse.decode_batch):
        with pytest.raises(msgspec.DecodeError):
            decode(text)


@pytest.mark.parametrize(
    "text", [b"{}", b"[]", b"null", b'"x"', b'{"update_id": null}', b'{"update_id": "1"}', b'{"update_id": -1}']
)
def test_what_is_json_and_no_update(text: bytes) -> None:
    for decode in (parse.decode, parse.decode_batch):
        with pytest.raises(NotOurUpdate) as refused:
            decode(text)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Mikko", "", "Mikko"),
        (" Anna ", " Lind ", "Anna Lind"),
        ("Ev\u202eil\u2066", "\u200bX\u0007", "Evil X"),
        ("a\nb", "\tc\u2028d", "a b c d"),
        ("\u3164", "\u2800\u200d", ""),
        ("\ud83d", "ok", "ok"),
        ("x" * 79, "y" * 9, "x" * 79),
        ("Ääkkönen", "李", "Ääkkönen 李"),
    ],
)
def test_names_are_fit_to_show(first: str, last: str, name: str) -> None:
    assert User(1, first_name=first, last_name=last).name == name


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, ""),
        (" \n ", ""),
        ("\u200b\u2060", ""),
        ("\x00\x1b", ""),
        (" a\x00b ", "ab"),
        ("\ud800a", "a"),
        ("❤️", "❤️"),
        ("\u202eabc", "\u202eabc"),
    ],
)
def test_words_are_fit_to_store(text: str | None, kept: str) -> None:
    assert words(text) == kept


KEYS = sorted(
    {field.encode_name for field in msgspec.structs.fields(Update)}
    | {"id", "from", "chat", "type", "text", "entities", "offset", "length", "data", "message_id", "is_bot", "status"}
    | {"reply_to_message", "reply_markup", "inline_keyboard", "new_chat_member", "photo", "business_connection_id"}
)
SIGNS = "a/:@ä\x00\u200b\ud83d\U0001f600{}[]"
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(SIGNS, max_size=8)
VALUES |= st.sampled_from(["private", "group", "bot_command", "/start x", "/stop", f"s1:{TOKEN}", "m:x", "kicked"])
OBJECTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), OBJECTS, max_size=5))
def test_no_json_makes_it_stumble(update: dict[str, object]) -> None:
    for with_id in (update, update | {"update_id": 3}):
        try:
            read(with_id)
        except (msgspec.DecodeError, NotOurUpdate, BadToken):
            assert parse.decode_batch(body({"result": [golden("photo"), with_id]}))


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inside for found in ((*path, key), *places(part, (*path, key)))]


@given(st.data())
def test_one_odd_value_in_a_real_update_makes_it_stumble_no_more(data: st.DataObject) -> None:
    update: Any = golden(data.draw(st.sampled_from(NAMES)))
    *way, last = data.draw(st.sampled_from([path for path in places(update) if path != ("update_id",)]))
    inner = update
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(OBJECTS)
    try:
        received = read(update)
    except BadToken:
        return
    assert all(isinstance(item, Received) for item in received)


@given(st.binary(max_size=60) | st.text(SIGNS, max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_make_it_stumble(payload: bytes) -> None:
    for decode in (parse.decode, parse.decode_batch):
        with pytest.raises((msgspec.DecodeError, NotOurUpdate)):
            decode(payload)
