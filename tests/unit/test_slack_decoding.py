"""What Slack may send that is broken, odd or hostile, over HTTP and through Bolt."""

import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import parse
from adapters.slack.parse import NotOurs, Payload, Received
from adapters.slack.payloads import shown_name, words
from bot.errors import BadToken
from bot.events import Arrival, TextWritten
from tests.unit.slack_golden import DECODERS, ME, TOKEN, TOKENS, decoded, golden, kind_of, names, read

NAMES = names(*DECODERS)
Decode = Callable[[Any], Payload]


@pytest.mark.parametrize("name", names("interaction", "event"))
def test_bolt_and_http_bring_the_same(name: str) -> None:
    decode, payload = DECODERS[kind_of(name)], golden(name)
    assert decode(json.dumps(payload).encode()) == decode(json.dumps(payload)) == decode(payload)
    assert decode(MappingProxyType(payload)) == decode(payload)


def as_null(value: Any) -> Any:
    """The same with every empty thing as null: Slack makes no promise which of the two it sends."""
    match value:
        case dict():
            return {key: as_null(part) for key, part in value.items()}
        case list():
            return [as_null(part) for part in value] or None
        case "":
            return None
        case _:
            return value


@pytest.mark.parametrize("name", NAMES)
def test_null_says_the_same_as_nothing(name: str) -> None:
    assert read(name, as_null(golden(name))) == read(name)


@pytest.mark.parametrize("broken", [b"\\ud83d", b"\\ude00\\ud83d", b"\xff", b"\xed\xa0\x80"])
def test_a_broken_string_costs_nobody_the_words(broken: bytes) -> None:
    raw = json.dumps(golden("message_direct")).encode().replace(b"\\ud83d\\ude00", broken)
    (received,) = parse.read(parse.decode_event(raw), ME, TOKENS)
    assert isinstance(received, Arrival)
    assert isinstance(received.event, TextWritten)
    assert received.event.text.startswith("It took <a week>.")
    received.event.text.encode()


@pytest.mark.parametrize("decode", [parse.decode_interaction, parse.decode_event])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"type": "x"} x',
        b"[" * 100_000,
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b'{"type": 5}',
        "\ud83d",
    ],
)
def test_what_is_no_payload(decode: Decode, text: bytes | str) -> None:
    with pytest.raises(NotOurs) as refused:
        decode(text)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("fields", [{}, {"command": "/survey"}, {"user_id": "U0ANNA"}, {"command": ["/survey"]}])
def test_what_is_no_command(fields: dict[str, Any]) -> None:
    with pytest.raises(NotOurs):
        parse.decode_command(fields)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("message_direct", {"text": 5}),
        ("message_direct", {"hidden": "yes"}),
        ("edited_direct", {"message": [1]}),
        ("reaction", {"item": "x"}),
        ("tokens_revoked", {"tokens": {"bot": {}}}),
    ],
)
def test_an_event_that_we_read_has_to_fit(name: str, odd: dict[str, Any]) -> None:
    payload = golden(name)
    payload["event"] |= odd
    with pytest.raises(NotOurs):
        parse.decode_event(payload)


@pytest.mark.parametrize("user", ["", "x", "B0CI", "USLACKBOT", "U0PULSSI", "U0 MIKKO", "u0mikko"])
def test_who_is_nobody_does_nothing(user: str) -> None:
    tap, command = golden("tap_channel"), golden("command_kpi")
    tap["user"]["id"] = command["user_id"] = user
    assert read("tap_channel", tap) == read("command_kpi", command) == ()
    for name in ("message_direct", "reaction", "home_opened", "messages_opened"):
        event = golden(name)
        event["event"]["user"] = user
        assert read(name, event) == ()


def test_an_event_without_its_id_could_not_be_told_from_another() -> None:
    payload = golden("message_direct")
    del payload["event_id"]
    assert read("message_direct", payload) == ()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (" Anna  Lind ", "Anna Lind"),
        ("Ev\u202eil\u2066 \u200bX\u0007", "Evil X"),
        ("\u3164 \u2800\u200d", ""),
        ("\ud83dok", "ok"),
        ("x" * 90, "x" * 80),
    ],
)
def test_names_are_fit_to_show(told: str, name: str) -> None:
    assert shown_name(told) == name


@pytest.mark.parametrize(
    ("text", "kept"), [(None, ""), (" \n ", ""), ("\u200b\u2060", ""), (" a\x00b ", "ab"), ("\ud800a", "a"), ("❤️", "❤️")]
)
def test_words_are_fit_to_store(text: str | None, kept: str) -> None:
    assert words(text) == kept


def keys(value: object) -> set[str]:
    match value:
        case dict():
            return set(value) | {key for part in value.values() for key in keys(part)}
        case list():
            return {key for part in value for key in keys(part)}
        case _:
            return set()


KEYS = sorted({key for name in NAMES for key in keys(golden(name))})
SIGNS = "a/:@ä<>|&\x00\u200b\ud83d\U0001f600{}[]"
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(SIGNS, max_size=8)
VALUES |= st.sampled_from(
    [
        "block_actions", "view_submission", "message_action", "event_callback", "message", "message_changed", "T0ACME",
        "U0MIKKO", "C0HELP", "D0MIKKO", "s:4", "m:1", "write", "comment", "ask", TOKEN, "white_check_mark", "home",
    ]
)  # fmt: skip
OBJECTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


def stumbles_only_over_what_is_not_ours(decode: Decode, payload: object) -> None:
    try:
        found = decode(payload)
        received = parse.read(found, ME, TOKENS)
    except (NotOurs, BadToken):
        return
    assert all(isinstance(item, Received) for item in received)
    parse.person(found, ME)


@given(st.dictionaries(st.sampled_from(KEYS), OBJECTS, max_size=8), st.sampled_from(sorted(DECODERS)))
def test_no_json_makes_it_stumble(payload: dict[str, object], kind: str) -> None:
    stumbles_only_over_what_is_not_ours(DECODERS[kind], payload)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to every value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inside for found in ((*path, key), *places(part, (*path, key)))]


@given(st.data())
def test_one_odd_value_in_a_real_payload_makes_it_stumble_no_more(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    payload: Any = golden(name)
    *way, last = data.draw(st.sampled_from(places(payload)))
    inner = payload
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(OBJECTS)
    stumbles_only_over_what_is_not_ours(DECODERS[kind_of(name)], payload)
    if kind_of(name) != "command":
        stumbles_only_over_what_is_not_ours(DECODERS[kind_of(name)], json.dumps(payload))


@given(st.binary(max_size=60) | st.text(SIGNS, max_size=40))
def test_no_bytes_make_it_stumble(payload: bytes | str) -> None:
    for decode in (parse.decode_interaction, parse.decode_event):
        with pytest.raises(NotOurs):
            decode(payload)


def test_a_decoded_payload_can_be_read_again() -> None:
    payload = decoded("tap_channel")
    assert parse.read(payload, ME, TOKENS) == parse.read(payload, ME, TOKENS)
