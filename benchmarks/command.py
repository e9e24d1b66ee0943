"""One command of the program in a process of its own: how long it takes, and the most memory that it holds."""

import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.place import Place
from tests.flows.server import environment

LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Ran:
    """`peak` is the largest RSS so far, in MiB."""

    seconds: float
    peak: float


def run(place: Place, *arguments: str) -> Ran:
    """Runs `pulssi` there to its end, its standard output thrown away; RuntimeError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", "bot", *arguments],
        cwd=place.folder,
        env=environment(place.folder, **place.environment),
        stdout=subprocess.DEVNULL,
    )
    peak = 0.0
    try:
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
    finally:
        process.terminate()  # who interrupts the benchmark does not want to wait for it either
        process.wait()
    if process.returncode:
        raise RuntimeError(f"pulssi {arguments[0]} ended with {process.returncode}")
    return Ran(time.perf_counter() - began, peak)


def _peak(process: int) -> float:
    """What the kernel says (proc(5), status, VmHWM). Of a process that has just ended it says nothing.

    Not getrusage: after vfork its figure begins at that of the parent.
    """
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
