"""The real program in a process of its own, as `pulssi serve` starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.place import Place
from tests.flows.server import environment, free_port

READY_SECONDS = 20.0
LOOK_SECONDS = 0.005
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Server:
    """`ready_after` are the seconds from starting the process to the first yes of /readyz."""

    port: int
    process: int
    ready_after: float


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB: all pages that are there (RSS), and those with shared ones divided among who shares them (PSS)."""

    rss: float
    pss: float

    @classmethod
    def of(cls, process: int) -> "Memory":
        """What the kernel says (proc(5), smaps_rollup)."""
        fields = (line.split() for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
        sizes = {name: int(size) / 1024 for name, size, *_ in fields}
        return cls(sizes["Rss:"], sizes["Pss:"])


def cpu_seconds(process: int) -> float:
    """What the process has used so far, in user and kernel mode (proc(5), stat)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(place: Place, module: str = "bot", *, port: int = 0, **settings: str) -> Iterator[Server]:
    """Runs the program at this place, or another module that serves; ended at the end. `settings` come beside the
    place's; without `port` a free one is taken."""
    port = port or free_port()
    began = time.perf_counter()
    with (place.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", module, "serve", "--port", str(port)],
            cwd=place.folder,
            env=environment(place.folder, **place.environment, **settings),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(process, port)
        yield Server(port, process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)  # who has ended will never be ready
    raise RuntimeError("the server did not become ready; its log is server.log")
