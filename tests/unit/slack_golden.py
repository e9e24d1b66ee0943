"""Slack's golden payloads, and the bot that reads them in tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters.slack import parse
from adapters.slack.parse import Me, Payload, Received
from bot.address import Address
from bot.events import Person
from storage.keys import Keyring
from storage.tokens import SignedTokens

GOLDEN = Path(__file__).parent.parent / "golden" / "slack"
TOKENS = SignedTokens(Keyring(bytes(range(32))))
INVITATION = "1jq7k0000abcdefghjkm"
TOKEN = TOKENS.issue("invitation", INVITATION)
ME = Me("T0ACME", "default", "U0PULSSI", "B0PULSSI", "A0PULSSI", "white_check_mark")

CHANNEL, TICKET, POSTED = "C0HELP", "1763970000.000200", "1763971200.000100"
MIKKO = Person(Address("slack", "U0MIKKO", "T0ACME"))
ANNA = Person(Address("slack", "U0ANNA", "T0ACME"))
EVA = Person(Address("slack", "U0EVA", "T0ACME"))

Meaning = tuple[Received, ...]
DECODERS: dict[str, Callable[[Any], Payload]] = {
    "interaction": parse.decode_interaction,
    "event": parse.decode_event,
    "command": parse.decode_command,
}


def kind_of(name: str) -> str:
    whole: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    return next(key for key in whole if key in DECODERS)


def names(*kinds: str) -> list[str]:
    return sorted(path.stem for path in GOLDEN.glob("*.json") if kind_of(path.stem) in kinds)


def golden(name: str) -> dict[str, Any]:
    written = (GOLDEN / f"{name}.json").read_text("utf-8").replace("{token}", TOKEN)
    payload: dict[str, Any] = json.loads(written)[kind_of(name)]
    return payload


def decoded(name: str, payload: dict[str, Any] | None = None) -> Payload:
    return DECODERS[kind_of(name)](golden(name) if payload is None else payload)


def read(name: str, payload: dict[str, Any] | None = None) -> Meaning:
    return parse.read(decoded(name, payload), ME, TOKENS)


def there(person: Person, thread: str = "", channel: str = CHANNEL) -> Address:
    """Where several people read."""
    return Address("slack", channel, "T0ACME", thread, person.address.conversation)
