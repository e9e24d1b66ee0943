"""From starting the program to its first yes, and the memory that it then holds."""

import asyncio

from benchmarks.http import tap
from benchmarks.place import Place
from benchmarks.report import Line
from benchmarks.sample import ask_visitors
from benchmarks.server import Memory, serving
from benchmarks.wire import Wire

STARTS = 3
IDLE_SECONDS = 10.0
READY_WANTED_SECONDS = 2.0
MEMORY_WANTED_MIB = 120.0


async def measure(place: Place) -> list[Line]:
    """Seconds to ready (first start, then the best of three) and MiB after 10 s of idling, without and with a page."""
    with serving(place) as server:
        first = server.ready_after
    async with place.opened() as pulssi:
        [asked] = await ask_visitors(pulssi, 1)
    again = []
    for _ in range(STARTS - 1):
        with serving(place) as server:
            again.append(server.ready_after)
    with serving(place) as server:
        again.append(server.ready_after)
        await asyncio.sleep(IDLE_SECONDS)
        idle = Memory.of(server.process)
        async with Wire.to(server.port) as page, Wire.to(server.port) as wire:
            messages = page.stream("/webchat/stream", asked.session)
            await anext(messages)
            await tap(wire, asked)
            await asyncio.sleep(IDLE_SECONDS)
            streaming = Memory.of(server.process)
    best = min(again)
    return [
        Line("first start, with migration", first, "s", first / best, "second start"),
        Line(f"second start, best of {STARTS}", best, "s", wanted=READY_WANTED_SECONDS),
        Line("idle, RSS", idle.rss, "MiB", wanted=MEMORY_WANTED_MIB),
        Line("idle, PSS", idle.pss, "MiB"),
        Line("with an open page after a tap, RSS", streaming.rss, "MiB", streaming.rss / idle.rss, "idle"),
        Line("with an open page after a tap, PSS", streaming.pss, "MiB", streaming.pss / idle.pss, "idle"),
    ]
