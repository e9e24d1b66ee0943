"""What a program without a token does not load: a vendor's library costs a third of a second and its memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.server import RunningServer, pulssi

SERVED = ("bot.serving", "bot.bootstrap", "bot.cli", "adapters.http.app")
VENDORS = ("telegram", "httpx", "slack_sdk", "slack_bolt", "aiohttp")
TOLD = {"PYTHONPROFILEIMPORTTIME": "1"}  # Python tells of every import, late ones too
_TELEGRAM = {"TELEGRAM_BOT_TOKEN": "1000:AAE-of-the-stand-in-0123456789"}


def imported(output: str) -> set[str]:
    """The packages that Python told of, by their first name."""
    return {name.partition(".")[0] for name in re.findall(r"import time:.*\|\s+([\w.]+)", output)}


def test_a_server_without_a_token_loads_no_vendor() -> None:
    program = f"import sys, {', '.join(SERVED)}; print(*sorted(set({VENDORS!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.timeout(120)
def test_a_server_that_runs_has_loaded_none_either(tmp_path: Path) -> None:
    with RunningServer(tmp_path, **TOLD) as server:
        found = imported(server.output)
    assert {"bot", "storage"} <= found
    assert found.isdisjoint(VENDORS)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("arguments", [("doctor",), ("--help",), ("surveys", "list"), ("slack-manifest",)])
def test_commands_load_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = pulssi(tmp_path, *arguments, **TOLD)
    assert (done.returncode, "bot" in imported(done.stderr)) == (0, True), done.stderr[-2000:]
    assert imported(done.stderr).isdisjoint(VENDORS)


@pytest.mark.timeout(60)
def test_telegram_alone_loads_nothing_of_slack(tmp_path: Path) -> None:
    done = pulssi(tmp_path, "ask", "--to", "webchat:kim", "--survey", "csat", **TOLD, **_TELEGRAM)
    assert done.returncode == 0, done.stderr[-2000:]
    assert imported(done.stderr).isdisjoint({"slack_sdk", "slack_bolt", "aiohttp"})
