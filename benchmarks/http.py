"""Taps over real HTTP on loopback: until the answer (which follows the commit), and until the page shows it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar

from benchmarks.place import Place
from benchmarks.report import Line, percentile
from benchmarks.sample import Asked, ask_visitors
from benchmarks.server import serving
from benchmarks.wire import Wire

ALONE = 150
TOGETHER = 480
IN_FLIGHT = 16
SHOWN = 50
WARM_UP = 40
SHOWN_WANTED_MS = 30.0
OK = 200
T = TypeVar("T")


async def measure(place: Place) -> list[Line]:
    """Milliseconds; ratios are to `GET /healthz` with as many in flight."""
    async with place.opened() as pulssi:
        asked = iter(await ask_visitors(pulssi, WARM_UP + ALONE + TOGETHER + SHOWN))
    with serving(place) as server:
        await taps(server.port, _next(asked, WARM_UP), 1)
        idle = percentile(await _looks(server.port, ALONE, 1), 0.5)
        busy = percentile(await _looks(server.port, TOGETHER, IN_FLIGHT), 0.5)
        alone = await taps(server.port, _next(asked, ALONE), 1)
        together = await taps(server.port, _next(asked, TOGETHER), IN_FLIGHT)
        shown = await _until_shown(server.port, _next(asked, SHOWN))
    return [
        Line("GET /healthz, p50, 1 in flight", idle * 1e3, "ms"),
        Line(f"GET /healthz, p50, {IN_FLIGHT} in flight", busy * 1e3, "ms"),
        *_percentiles("tap, 1 in flight", alone, idle),
        *_percentiles(f"tap, {IN_FLIGHT} in flight", together, busy),
        Line("tap until the page shows it, p50", percentile(shown, 0.5) * 1e3, "ms", wanted=SHOWN_WANTED_MS),
        Line("tap until the page shows it, p95", percentile(shown, 0.95) * 1e3, "ms"),
    ]


def _percentiles(what: str, seconds: Sequence[float], healthz: float) -> list[Line]:
    found = {share: percentile(seconds, share / 100) for share in (50, 95, 99)}
    return [
        Line(f"{what}, p{share}", value * 1e3, "ms", value / healthz, "healthz p50") for share, value in found.items()
    ]


def _next(asked: Iterable[Asked], number: int) -> list[Asked]:
    return [one for one, _ in zip(asked, range(number), strict=False)]


async def taps(port: int, asked: Sequence[Asked], in_flight: int) -> list[float]:
    """The seconds of each tap until its 200, so many at a time, each on a connection that is kept."""
    return await spread(port, asked, in_flight, tap)


async def tap(wire: Wire, one: Asked) -> None:
    """Posts the tap; RuntimeError when it is not taken."""
    status = await wire.post("/webchat/events", one.body, one.session)
    if status != OK:
        raise RuntimeError(f"a tap was answered with {status}")


async def _looks(port: int, number: int, in_flight: int) -> list[float]:
    async def look(wire: Wire, _: int) -> None:
        await wire.get("/healthz")

    return await spread(port, range(number), in_flight, look)


async def spread(port: int, work: Iterable[T], in_flight: int, do: Callable[[Wire, T], Awaitable[None]]) -> list[float]:
    """The seconds of each piece of work, so many at a time, each on a connection that is kept."""
    waiting, seconds = iter(work), []

    async def person(wire: Wire) -> None:
        for one in waiting:
            began = time.perf_counter()
            await do(wire, one)
            seconds.append(time.perf_counter() - began)

    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire.to(port)) for _ in range(in_flight)]
        await asyncio.gather(*(person(wire) for wire in wires))
    return seconds


async def _until_shown(port: int, asked: Sequence[Asked]) -> list[float]:
    """Each visitor's page is open; the seconds from the tap to the message that replaces the question."""
    seconds = []
    for one in asked:
        async with Wire.to(port) as page, Wire.to(port) as wire:
            messages = page.stream("/webchat/stream", one.session)
            async for event, _ in messages:
                if event == "ready":
                    break
            began = time.perf_counter()
            posted = asyncio.create_task(tap(wire, one))
            async for event, _ in messages:
                if event == "message":
                    break
            seconds.append(time.perf_counter() - began)
            await posted
    return seconds
