"""Taps beside an import that runs in another process, as `pulssi import` of a large file does."""

import asyncio
import csv
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from benchmarks.http import tap, taps
from benchmarks.place import Place
from benchmarks.report import Line, percentile
from benchmarks.sample import Asked, ask_visitors
from benchmarks.server import serving
from benchmarks.wire import Wire
from bot.bootstrap import Pulssi
from storage.engine import reading
from tests.flows.server import environment

ROWS = 200_000
TAPS = 150
WARM_UP = 20
PAUSE_SECONDS = 0.01  # people do not tap without a pause, and an import is seen from all sides
LOOK_SECONDS = 0.05
STARTS_WITHIN_SECONDS = 20.0
WANTED_P99_MS = 50.0
IMPORTED = text("SELECT count(*) FROM invitation WHERE import_key IS NOT NULL")


async def measure(place: Place) -> list[Line]:
    """Milliseconds of one tap after another, first without and then with the import."""
    async with place.opened() as pulssi:
        asked = await ask_visitors(pulssi, WARM_UP + 2 * TAPS)
        file = place.folder / "answers.csv"
        _write(file)
        with serving(place) as server:
            await taps(server.port, asked[:WARM_UP], 1)
            quiet = await _paced(server.port, asked[WARM_UP:][:TAPS])
            async with _importing(place, pulssi, file):
                before, began = await _imported(pulssi), time.perf_counter()
                beside = await _paced(server.port, asked[WARM_UP + TAPS :])
                rows = (await _imported(pulssi) - before) / (time.perf_counter() - began)
    lines = []
    for share, wanted in ((50, None), (95, None), (99, WANTED_P99_MS)):
        alone, now = (percentile(seconds, share / 100) * 1e3 for seconds in (quiet, beside))
        lines.append(Line(f"tap without import, p{share}", alone, "ms"))
        lines.append(Line(f"tap beside import, p{share}", now, "ms", now / alone, "without", wanted))
    return [*lines, Line("the import meanwhile", rows, "rows/s")]


async def _paced(port: int, asked: Sequence[Asked]) -> list[float]:
    seconds = []
    async with Wire.to(port) as wire:
        for one in asked:
            began = time.perf_counter()
            await tap(wire, one)
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return seconds


@asynccontextmanager
async def _importing(place: Place, pulssi: Pulssi, file: Path) -> AsyncIterator[None]:
    """The command, from its first row on; it is ended when enough was measured."""
    process = subprocess.Popen(  # noqa: ASYNC220, S603  # our own program; starting it takes a millisecond
        [sys.executable, "-m", "bot", "import", str(file)],
        cwd=place.folder,
        env=environment(place.folder, **place.environment),
        stdout=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(STARTS_WITHIN_SECONDS):
            while not await _imported(pulssi):  # noqa: ASYNC110  # another process cannot set an event of ours
                await asyncio.sleep(LOOK_SECONDS)
        yield
        if process.poll() is not None:
            raise RuntimeError("the import ended before the taps did: give it more rows")
    finally:
        process.terminate()
        process.wait()


async def _imported(pulssi: Pulssi) -> int:
    async with reading(pulssi.engine).connect() as connection:
        found = await connection.scalar(IMPORTED)
    return int(found or 0)


def _write(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["id", "survey", "score", "comment", "customer", "agent", "answered_at"])
        for number in range(ROWS):
            day = 1 + number % 28
            comment = "quick and friendly" if number % 4 == 0 else ""
            rows.writerow(
                [
                    number,
                    "csat",
                    1 + number % 5,
                    comment,
                    f"c{number % 5000}",
                    f"agent {number % 20}",
                    f"2026-09-{day:02}",
                ]
            )
