"""What a picture costs: three figures over twelve weeks, and how long the event loop stands still meanwhile."""

import asyncio
import sys
import time
from collections.abc import Callable

from adapters.charts import draw, drawn
from benchmarks.place import Place
from benchmarks.report import Line, percentile
from bot.pictures import Picture
from bot.texts import LOCALES, texts
from tests.sample_pictures import scores, twelve_weeks

TIMES = 60
LOOKS = 20  # pictures while the loop is watched
WANTED = 60.0  # ms, warm


async def measure(_place: Place) -> list[Line]:
    """Milliseconds; the first picture of a process loads Pillow, so it is measured in one that is new."""
    first = await _first()
    weeks, given = _times(twelve_weeks), _times(scores)
    taken, worked = ([pair[k] for pair in weeks] for k in (0, 1))
    loop = await _longest_turn()
    return [
        Line("first picture of a process (loads Pillow and the wording)", first, "ms"),
        Line("3 figures x 12 weeks, warm, median", 1e3 * percentile(taken, 0.5), "ms", wanted=WANTED),
        Line("the same, the processor's time alone", 1e3 * percentile(worked, 0.5), "ms", wanted=WANTED),
        Line("3 figures x 12 weeks, warm, 95th percentile", 1e3 * percentile(taken, 0.95), "ms"),
        Line("distribution of NPS, warm, median", 1e3 * percentile([one for one, _ in given], 0.5), "ms"),
        Line("longest pause of the event loop while one is drawn", 1e3 * loop, "ms"),
        Line("size of 3 figures x 12 weeks", len(draw(twelve_weeks(), texts("en"))) / 1024, "KiB"),
    ]


def _times(made: Callable[[str], Picture]) -> list[tuple[float, float]]:
    """Seconds by the clock and on the processor, in all languages by turns."""
    pictures = [(made(locale), texts(locale)) for locale in LOCALES]
    for picture, say in pictures:
        draw(picture, say)
    seconds = []
    for turn in range(TIMES):
        picture, say = pictures[turn % len(pictures)]
        began, worked = time.perf_counter(), time.thread_time()
        draw(picture, say)
        seconds.append((time.perf_counter() - began, time.thread_time() - worked))
    return seconds


async def _longest_turn() -> float:
    """Seconds between two turns of the loop, the longest, while pictures are drawn beside it."""
    drawing = asyncio.create_task(_several())
    longest, last = 0.0, time.perf_counter()
    while not drawing.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await drawing
    return longest


async def _several() -> None:
    for _ in range(LOOKS):
        await drawn(twelve_weeks(), texts("en"))


async def _first() -> float:
    code = (
        "import time; from tests.sample_pictures import twelve_weeks; from bot.texts import texts; "
        "from adapters.charts import draw; began = time.perf_counter(); draw(twelve_weeks('fi'), texts('fi')); "
        "print(1e3 * (time.perf_counter() - began))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return float(told)
