"""What pages post, from the protocol's document to the core's events (golden), and what is refused."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.webchat import parse
from adapters.webchat.sessions import Visitor
from bot.errors import WrongUse
from bot.events import TextWritten
from storage.keys import Keyring
from storage.tokens import SignedTokens
from tests.builders import NOON

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "webchat" / "events.json").read_text("utf-8"))
EVENT_ID = "0b51e6a4-6f0c-4b0e-9a5e-8f2f3b5e9a11"
VISITOR = Visitor("default", GOLDEN["visitor"], NOON + timedelta(days=1))


@pytest.fixture
def tokens(keyring: Keyring) -> SignedTokens:
    return SignedTokens(keyring)


def posted(body: dict[str, Any], tokens: SignedTokens) -> bytes:
    made = {"{token}": tokens.issue("invitation", "inv1"), "{visitor_token}": tokens.issue("visitor", "inv1")}
    return json.dumps(
        {"event_id": EVENT_ID} | {k: made.get(v, v) if isinstance(v, str) else v for k, v in body.items()}
    ).encode()


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_each_event_of_the_protocol(case: dict[str, Any], tokens: SignedTokens) -> None:
    arrival = parse.read(parse.decode(posted(case["body"], tokens)), VISITOR, tokens)
    assert repr(arrival.event) == case["event"]
    assert arrival.invitation == ("inv1" if case["bound"] else None)
    assert arrival.address == VISITOR.address
    assert arrival.event_id.endswith(EVENT_ID)


@pytest.mark.parametrize("case", GOLDEN["refused"], ids=lambda case: case["name"])
def test_what_is_not_an_event(case: dict[str, Any], tokens: SignedTokens) -> None:
    with pytest.raises(WrongUse) as refused:
        parse.read(parse.decode(posted(case["body"], tokens)), VISITOR, tokens)
    assert type(refused.value).__name__ == case["error"]
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("body", [b"", b"{", b'{"type"', b"\xff\xfe", b'{"type": "\xff"}'])
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        parse.decode(body)


@pytest.mark.parametrize("text", [" \n ", "\u200b\u200b", "\u202e\u2066", "\ufeff", "\x00\x1b"])
def test_words_that_nobody_could_read_are_none(text: str, tokens: SignedTokens) -> None:
    body = json.dumps({"event_id": EVENT_ID, "type": "text", "text": text}).encode()
    with pytest.raises(WrongUse, match="needs some text"):
        parse.read(parse.decode(body), VISITOR, tokens)


@pytest.mark.parametrize("text", ["\U0001f600", "\u2764\ufe0f", "!", "\u202eabc"])
def test_one_emoji_is_words(text: str, tokens: SignedTokens) -> None:
    body = json.dumps({"event_id": EVENT_ID, "type": "text", "text": text}).encode()
    assert parse.read(parse.decode(body), VISITOR, tokens).event == TextWritten(text)


def test_an_event_id_names_nobody_and_is_one_per_sender(tokens: SignedTokens) -> None:
    body = posted({"type": "start"}, tokens)
    mine = parse.read(parse.decode(body), VISITOR, tokens)
    hers = parse.read(parse.decode(body), Visitor("default", "robin", VISITOR.expires_at), tokens)
    assert "kim" not in mine.event_id
    assert mine.event_id != hers.event_id
    assert parse.read(parse.decode(body), VISITOR, tokens).event_id == mine.event_id
