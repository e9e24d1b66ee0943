"""`pulssi slack-manifest`: by Socket Mode or by HTTP, ready to be pasted, without a database or Slack's libraries."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flows.commands import Said, Terminal
from tests.flows.server import environment

PUBLIC = "https://pulssi.example.com"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-2-abcdefghij", "SLACK_APP_TOKEN": "xapp-1-A0-1-abcdefghij"}


def made(said: Said) -> Any:
    """The manifest, which is all of standard output."""
    return json.loads(said.out)


def is_socket(said: Said) -> bool:
    return bool(made(said)["settings"]["socket_mode_enabled"])


def test_without_an_address_it_is_for_socket_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal(tmp_path, monkeypatch).ok("slack-manifest")
    assert is_socket(said)
    reasons = said.err.splitlines()
    rights = made(said)["oauth_config"]["scopes"]["bot"]
    assert [line.partition(": ")[0] for line in reasons[1:-1]] == rights
    assert "api.slack.com/apps" in reasons[0]
    assert reasons[-1].startswith("connections:write")
    assert list(tmp_path.iterdir()) == []


def test_the_address_decides_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch)
    given = pulssi.ok("slack-manifest", "--url", PUBLIC)
    assert not is_socket(given)
    assert made(given)["settings"]["interactivity"]["request_url"] == f"{PUBLIC}/slack/events"
    assert "connections:write" not in given.err
    monkeypatch.setenv("PULSSI_PUBLIC_URL", PUBLIC)
    assert made(pulssi.ok("slack-manifest")) == made(given)
    assert is_socket(pulssi.ok("slack-manifest", "--socket"))
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    assert is_socket(pulssi.ok("slack-manifest"))
    assert not is_socket(pulssi.ok("slack-manifest", "--http"))


def test_the_reaction_needs_its_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulssi = Terminal(tmp_path, monkeypatch)
    assert "reactions:read" not in pulssi.ok("slack-manifest").err
    monkeypatch.setenv("SLACK_REACTION", "on")
    said = pulssi.ok("slack-manifest", "--name", " Ääni ")
    assert "reactions:read" in said.err
    assert "reaction_added" in made(said)["settings"]["event_subscriptions"]["bot_events"]
    assert made(said)["display_information"]["name"] == "Ääni"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--http",), "--url"),
        (("--url", "http://pulssi.example.com"), "https://"),
        (("--url", PUBLIC, "--socket"), "exclude"),
        (("--http", "--socket"), "exclude"),
        (("--name", "x" * 36), "35"),
        (("--name", " "), "35"),
    ],
)
def test_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:  # fmt: skip
    said = Terminal(tmp_path, monkeypatch)("slack-manifest", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_it_opens_no_database_and_loads_no_library_of_slack(tmp_path: Path) -> None:
    heavy = ("slack_sdk", "slack_bolt", "aiohttp", "sqlalchemy", "fastapi")
    look = (
        "import sys; from bot.cli import app; app(['slack-manifest'], standalone_mode=False); "
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    said = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=20, check=True, cwd=tmp_path,
        env=environment(tmp_path),
    )  # fmt: skip
    assert said.stderr.splitlines()[-1] == "[]"
    assert json.loads(said.stdout)["settings"]["socket_mode_enabled"] is True
    assert list(tmp_path.iterdir()) == []
