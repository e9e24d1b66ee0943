"""Telegram's golden updates, and the bot that reads them in tests."""

import json
from pathlib import Path
from typing import Any

from adapters.telegram import parse
from adapters.telegram.parse import Me, Received
from storage.keys import Keyring
from storage.tokens import SignedTokens

GOLDEN = Path(__file__).parent.parent / "golden" / "telegram"
TOKENS = SignedTokens(Keyring(bytes(range(32))))
INVITATION = "1jq7k0000abcdefghjkm"
TOKEN = TOKENS.issue("invitation", INVITATION)
ME = Me("9000", "default", "PulssiBot")


def golden(name: str) -> dict[str, Any]:
    written = (GOLDEN / f"{name}.json").read_text("utf-8").replace("{token}", TOKEN)
    update: dict[str, Any] = json.loads(written)["update"]
    return update


def body(update: object) -> bytes:
    return json.dumps(update).encode()


def read(update: object) -> tuple[Received, ...]:
    return parse.read(parse.decode(body(update)), ME, TOKENS)


def tap(data: str) -> dict[str, Any]:
    update = golden("tap_private")
    update["callback_query"]["data"] = data
    return update
