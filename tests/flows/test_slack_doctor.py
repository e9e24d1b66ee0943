"""`pulssi doctor` on a Slack app: its tokens, rights, way in, the owner's channels, and the clock."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.scopes import scopes
from bot.bootstrap import Pulssi
from bot.ports import Bot
from bot.settings import read_settings
from storage.presence import present
from tests.flows.commands import Terminal
from tests.slack_api.faults import Faults
from tests.slack_api.places import Channel
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi

OWNERS = "C0OWNERS"
NAME = f"slack owner's channel slack:{OWNERS}"
SECRET = "8f742231b10e8888abcd99baaa85a5ff"  # noqa: S105  (opens nothing)
HOUR = 3600.0
LOOKED = {"auth.test", "files.getUploadURLExternal", "apps.connections.open", "conversations.info"}


@dataclass
class Clinic:
    """An app, its owners' channel, and a terminal at which `pulssi doctor` is asked."""

    api: SlackApi
    owners: Channel
    terminal: Terminal
    patch: pytest.MonkeyPatch

    def look(self, **settings: str) -> tuple[int, dict[str, tuple[bool, str]]]:
        """The exit code, and what doctor says of Slack: right or not, and its words, by check."""
        for name, value in settings.items():
            self.patch.setenv(name, value)
        said = self.terminal("doctor", "--json")
        checks: list[dict[str, Any]] = json.loads(said.out)["checks"]
        found = {one["name"]: (one["ok"], one["text"]) for one in checks if one["name"].startswith("slack")}
        assert not any(secret in text for secret in self.secrets for _, text in found.values())
        assert said.code == (0 if all(one["ok"] for one in checks) else 1)
        return said.code, found

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.api.bot_token, self.api.app_token, SECRET

    def by_http(self, public_url: str = "") -> tuple[int, dict[str, tuple[bool, str]]]:
        self.patch.delenv("SLACK_APP_TOKEN", raising=False)
        return self.look(SLACK_SIGNING_SECRET=SECRET, PULSSI_PUBLIC_URL=public_url)


@pytest.fixture
def shift() -> list[float]:
    """Seconds by which Slack's clock is ahead of ours."""
    return [0.0]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shift: list[float]) -> Iterator[Clinic]:
    api = SlackApi(now=lambda: time.time() + shift[0], scopes=scopes(reaction=False))
    owners = api.channel(OWNERS, "omistajat")
    with in_thread(api) as url:
        settings = {
            "SLACK_BOT_TOKEN": api.bot_token, "SLACK_APP_TOKEN": api.app_token, "SLACK_API_BASE_URL": url,
            "PULSSI_OWNER_CHANNEL": f"slack:{OWNERS}",
        }  # fmt: skip
        yield Clinic(api, owners, Terminal(tmp_path, monkeypatch, **settings), monkeypatch)


def test_all_is_well(clinic: Clinic) -> None:
    code, found = clinic.look()
    assert code == 0
    assert found == {
        "slack bot token": (True, "@pulssi in Acme"),
        "slack clock": (True, found["slack clock"][1]),
        "slack scopes": (True, "all there"),
        "slack pictures": (True, "may be uploaded"),
        "slack socket": (True, "Socket Mode: connected, and Slack said hello"),
        NAME: (True, "#omistajat: may write"),
    }
    # It looked, changed nothing, and left nothing behind.
    assert {call.method for call in clinic.api.calls} == LOOKED
    assert clinic.api.sockets.opened == 1
    clinic.api.wait(lambda: not clinic.api.sockets.connections)


def test_no_secret_is_shown(clinic: Clinic) -> None:
    clinic.patch.setenv("SLACK_SIGNING_SECRET", SECRET)
    for arguments in (["doctor"], ["doctor", "--json"]):
        said = clinic.terminal.ok(*arguments)
        assert not [secret for secret in clinic.secrets if secret in said.out + said.err]


@pytest.mark.parametrize(
    ("error", "words"),
    [("token_revoked", "taken it back"), ("account_inactive", "Install it again"), ("invalid_auth", "does not know")],
)
def test_a_token_that_is_void(clinic: Clinic, error: str, words: str) -> None:
    clinic.api.revoke(error)
    _, found = clinic.look()
    assert list(found) == ["slack bot token"]
    assert not found["slack bot token"][0]
    assert words in found["slack bot token"][1]
    assert "api.slack.com/apps" in found["slack bot token"][1]


def test_slack_is_away(clinic: Clinic) -> None:
    code, found = clinic.look(SLACK_API_BASE_URL="http://127.0.0.1:9/")
    assert (code, list(found), found["slack"][0]) == (1, ["slack"], False)


def test_another_team_than_before(clinic: Clinic) -> None:
    async def note(pulssi: Pulssi) -> None:
        await pulssi.store.write(lambda uow: uow.bots.add(Bot(channel="slack", account="T0OTHER", workspace="default")))

    clinic.terminal.inside(note)
    well, words = clinic.look()[1]["slack bot token"]
    assert (well, "T0OTHER" in words) == (False, True)


def test_scopes_that_are_missing_and_some_too_many(clinic: Clinic) -> None:
    clinic.api.state.scopes |= {"team:read"}
    assert clinic.look()[1]["slack scopes"] == (True, "all there; not needed: team:read")
    clinic.api.state.scopes -= {"im:history", "users:read"}
    well, words = clinic.look(SLACK_REACTION="on")[1]["slack scopes"]
    assert not well
    assert words.startswith("missing: im:history, users:read, reactions:read.")


def test_an_app_of_before_there_were_pictures(clinic: Clinic) -> None:
    clinic.api.state.scopes.discard("files:write")
    found = clinic.look()[1]
    assert found["slack scopes"][1].startswith("missing: files:write.")
    assert "slack pictures" not in found


@pytest.mark.parametrize(
    ("error", "words"), [("file_uploads_disabled", "an admin has switched off"), ("access_denied", "An admin of the")]
)
def test_a_team_that_takes_no_files(clinic: Clinic, error: str, words: str) -> None:
    clinic.api.faults = Faults(always={("files.getUploadURLExternal", ""): error})
    well, told = clinic.look()[1]["slack pictures"]
    assert (well, told.startswith(f"the weekly message goes without its picture: {words}")) == (False, True)


@pytest.mark.parametrize(
    ("error", "words"), [("missing_scope", "connections:write"), ("socket_mode_disabled", "switched off")]
)
def test_a_socket_that_cannot_be_opened(clinic: Clinic, error: str, words: str) -> None:
    clinic.api.sockets.refuse_connections(error)
    code, found = clinic.look()
    assert (code, found["slack socket"][0]) == (1, False)
    assert words in found["slack socket"][1]
    assert found["slack scopes"][0]


def test_an_app_token_that_slack_does_not_know(clinic: Clinic) -> None:
    _, found = clinic.look(SLACK_APP_TOKEN="xapp-1-A0PULSSI-of-nobody")
    assert found["slack socket"][0] is False
    assert "SLACK_APP_TOKEN" in found["slack socket"][1]


async def test_no_second_connection_takes_a_running_servers_taps(clinic: Clinic) -> None:
    await asyncio.to_thread(clinic.terminal.ok, "migrate")
    async with present(read_settings(os.environ).database_url):
        _, found = await asyncio.to_thread(clinic.look)
    assert found["slack socket"] == (True, "Socket Mode: may connect; the running server holds the connection")
    assert clinic.api.sockets.opened == 0


def test_by_http_the_address_is_told(clinic: Clinic) -> None:
    code, found = clinic.by_http("https://pulssi.example.com")
    assert (code, found["slack requests"][0]) == (0, True)
    assert "https://pulssi.example.com/slack/events" in found["slack requests"][1]
    assert "slack socket" not in found
    assert clinic.api.sockets.opened == 0
    assert clinic.by_http()[1]["slack requests"][0]
    code, found = clinic.by_http("http://pulssi.example.com")
    assert (code, found["slack requests"][0]) == (1, False)


def removed(clinic: Clinic) -> None:
    clinic.owners.members.clear()


def archived(clinic: Clinic) -> None:
    clinic.owners.archived = True


def hidden(clinic: Clinic) -> None:
    clinic.owners.kind = "group"
    clinic.owners.members.clear()


@pytest.mark.parametrize(
    ("what", "hint"), [(removed, "/invite @pulssi"), (hidden, "/invite @pulssi"), (archived, "unarchive")]
)
def test_the_owners_channel_that_cannot_be_written_to(
    clinic: Clinic, what: Callable[[Clinic], None], hint: str
) -> None:  # fmt: skip
    what(clinic)
    code, found = clinic.look()
    assert (code, found[NAME][0]) == (1, False)
    assert hint in found[NAME][1]
    assert found["slack bot token"][0]


def test_owners_in_direct_messages(clinic: Clinic) -> None:
    olli, gone = clinic.api.person("U0OLLI", "Olli"), clinic.api.person("U0GONE", "Gone")
    gone.user.deleted = True
    owners = ",".join(f"slack:{one}" for one in (olli.id, gone.id, "U0NOBODY", "U0PULSSI"))
    code, found = clinic.look(PULSSI_OWNER_CHANNEL=owners)
    told = {name.rpartition(":")[2]: check[0] for name, check in found.items() if "owner" in name}
    assert (code, told) == (1, {"U0OLLI": True, "U0GONE": False, "U0NOBODY": False, "U0PULSSI": False})


@pytest.mark.parametrize(("seconds", "well"), [(HOUR, False), (-HOUR, False), (5.0, True)])
def test_a_clock_that_is_off(clinic: Clinic, shift: list[float], seconds: float, well: bool) -> None:
    shift[0] = seconds
    found = clinic.look()[1]["slack clock"]
    assert found[0] is well
    assert ("set its clock" in found[1]) is not well
