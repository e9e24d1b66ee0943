"""The real program as a process: started, asked over HTTP, told to stop or killed."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx

READY_SECONDS = 60.0
_CLAIM = re.compile(r"#claim=(\S+)")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The machine's environment without settings of ours that it may hold, and with these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULSSI_", "TELEGRAM_", "SLACK_"))}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", "HOME": str(folder), **settings}


def pulssi(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, run to its end in this folder."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=folder, env=environment(folder, **settings),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class RunningServer:
    """`pulssi serve` in a folder of its own; a context that ends the process it started."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = ""
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()  # nobody else would
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the process and returns when /readyz says yes."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--port", str(self.port)], cwd=self.folder,
            env=environment(self.folder, **self.settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        deadline = time.monotonic() + READY_SECONDS
        self.output = ""
        # /readyz may answer before the link is printed.
        while not (self._ready() and ("#claim=" in self.output or "three panels" in self.output)):
            assert self._process.poll() is None, f"the server ended: {self.output}"
            assert time.monotonic() < deadline, f"the server is not ready: {self.output}"
            self._reader.join(0.05)

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Asks it to end, as a service manager does."""
        if self._process is not None and self._process.poll() is None:
            self._end(signal.SIGTERM)

    @property
    def claim_code(self) -> str:
        found = _CLAIM.search(self.output)
        assert found is not None, self.output
        return found[1]

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command beside the server, in its folder and with its settings."""
        return pulssi(self.folder, *arguments, **self.settings)

    def claim(self, name: str = "Olli Omistaja", business: str = "Esimerkki Oy") -> str:
        """Claims the workspace; the member token."""
        body = {"workspace": "default", "code": self.claim_code, "name": name, "business": business, "locale": "en"}
        answer = httpx.post(f"{self.url}/chat/claim", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def post(self, path: str, token: str, body: Mapping[str, Any]) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers={"Authorization": f"Bearer {token}"})

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output += line

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(15)
        assert self._reader is not None
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


def midday() -> str:
    """A time zone in which it is early afternoon now, whenever the test runs: a team reads nothing at night."""
    ahead = 14 - datetime.now(UTC).hour  # noqa: TID251  # the program runs by the real clock
    return "Etc/GMT" if ahead == 0 else f"Etc/GMT{-ahead:+d}"
