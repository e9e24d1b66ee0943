"""`pulssi doctor` on a bot: its token, webhook, privacy mode, rights in the owner's chat, and the clock."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import Terminal
from tests.flows.telegram import FOREIGN, OWNERS, SECRET, TOKEN
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat
from tests.telegram_api.server import in_thread

OWN_WEBHOOK = "https://pulssi.example.com/telegram/webhook"
HOUR = 3600.0
GROUP = f"telegram owner's chat telegram:{OWNERS}"


@dataclass
class Clinic:
    """A bot, its owners' group, and a terminal at which `pulssi doctor` is asked."""

    api: BotApi
    owners: Chat
    terminal: Terminal
    patch: pytest.MonkeyPatch

    def look(self, **settings: str) -> tuple[int, dict[str, tuple[bool, str]]]:
        """The exit code, and what doctor says of Telegram: right or not, and its words, by check."""
        for name, value in settings.items():
            self.patch.setenv(name, value)
        said = self.terminal("doctor", "--json")
        checks: list[dict[str, Any]] = json.loads(said.out)["checks"]
        found = {one["name"]: (one["ok"], one["text"]) for one in checks if one["name"].startswith("telegram")}
        assert TOKEN not in said.out + said.err
        assert said.code == (0 if all(one["ok"] for one in checks) else 1)
        return said.code, found


@pytest.fixture
def shift() -> list[float]:
    """Seconds by which Telegram's clock is ahead of ours."""
    return [0.0]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shift: list[float]) -> Iterator[Clinic]:
    api = BotApi(TOKEN, now=lambda: time.time() + shift[0])
    owners = api.group(OWNERS, "Omistajat")
    with in_thread(api) as url:
        settings = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": url}
        terminal = Terminal(tmp_path, monkeypatch, PULSSI_OWNER_CHANNEL=f"telegram:{OWNERS}", **settings)
        yield Clinic(api, owners, terminal, monkeypatch)


def test_all_is_well(clinic: Clinic) -> None:
    code, found = clinic.look()
    assert code == 0
    assert found == {
        "telegram token": (True, "@pulssi_test_bot"),
        "telegram clock": (True, found["telegram clock"][1]),
        "telegram privacy mode": (True, "on: in groups the bot gets commands, and replies to it"),
        "telegram webhook": (True, "none: long polling; 0 updates wait"),
        GROUP: (True, "Omistajat: may write"),
    }
    # It looked, and changed nothing.
    assert {call.method for call in clinic.api.calls} == {"getMe", "getWebhookInfo", "getChat", "getChatMember"}


def test_a_token_that_telegram_does_not_know(clinic: Clinic) -> None:
    _, found = clinic.look(TELEGRAM_BOT_TOKEN=f"{TOKEN}x")
    assert list(found) == ["telegram token"]
    assert not found["telegram token"][0]
    assert "@BotFather" in found["telegram token"][1]


def test_telegram_is_away(clinic: Clinic) -> None:
    code, found = clinic.look(TELEGRAM_API_BASE_URL="http://127.0.0.1:9")
    assert (code, list(found), found["telegram"][0]) == (1, ["telegram"], False)


def test_a_webhook_of_another_program(clinic: Clinic) -> None:
    clinic.api.call("setWebhook", {"url": FOREIGN})
    _, found = clinic.look()
    assert not found["telegram webhook"][0]
    assert "desk.example.com" in found["telegram webhook"][1]
    code, found = clinic.look(TELEGRAM_RELAY="true", TELEGRAM_WEBHOOK_SECRET=SECRET)
    assert (code, found["telegram webhook"][0]) == (0, True)


def test_a_webhook_of_our_own(clinic: Clinic) -> None:
    _, found = clinic.look(TELEGRAM_WEBHOOK_URL=OWN_WEBHOOK)
    assert found["telegram webhook"] == (False, "not set yet: `pulssi serve` sets it")
    clinic.api.call("setWebhook", {"url": OWN_WEBHOOK})
    assert clinic.look()[1]["telegram webhook"] == (True, "set; 0 updates wait")
    hook = clinic.api.state.updates.webhook
    assert hook is not None
    hook.last_error, hook.last_error_date = "Connection refused", int(clinic.api.state.now())
    clinic.api.private(41, "Mikko").start()
    well, words = clinic.look()[1]["telegram webhook"]
    assert (well, "1 updates wait" in words, "Connection refused" in words) == (False, True, True)


def test_privacy_mode_is_told_as_it_is(clinic: Clinic) -> None:
    clinic.api.state.privacy = False
    code, found = clinic.look()
    assert (code, found["telegram privacy mode"][0]) == (0, True)
    assert found["telegram privacy mode"][1].startswith("off")


def removed(chat: Chat) -> None:
    chat.kicked = True


def left(chat: Chat) -> None:
    chat.bot_status = "left"


def muted(chat: Chat) -> None:
    chat.muted = True


@pytest.mark.parametrize(("what", "hint"), [(removed, "/here"), (left, "/here"), (muted, "send messages")])
def test_the_owners_group_that_cannot_be_written_to(
    clinic: Clinic, what: Callable[[Chat], None], hint: str
) -> None:  # fmt: skip
    what(clinic.owners)
    code, found = clinic.look()
    assert (code, found[GROUP][0]) == (1, False)
    assert hint in found[GROUP][1]
    assert found["telegram token"][0]


def test_owners_of_whom_telegram_knows_nothing_and_in_private(clinic: Clinic) -> None:
    olli = clinic.api.private(9, "Olli")
    olli.start()
    code, found = clinic.look(PULSSI_OWNER_CHANNEL="telegram:9,telegram:-77")
    assert (code, found["telegram owner's chat telegram:9"]) == (1, (True, "a private chat"))
    assert not found["telegram owner's chat telegram:-77"][0]


@pytest.mark.parametrize(("seconds", "well"), [(HOUR, False), (-HOUR, False), (5.0, True)])
def test_a_clock_that_is_off(clinic: Clinic, shift: list[float], seconds: float, well: bool) -> None:
    shift[0] = seconds
    found = clinic.look()[1]["telegram clock"]
    assert found[0] is well
    assert ("set its clock" in found[1]) is not well
