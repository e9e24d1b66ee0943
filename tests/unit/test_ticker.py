"""The clockwork: ticks run, a failing one is called again, and the end waits for what runs."""

import asyncio

from bot.errors import StoreUnavailable
from scheduler.ticker import Ticker

SOON = 0.01


async def test_the_end_waits_for_a_tick_that_runs_and_cancels_nothing() -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def tick() -> None:
        began.set()
        await go_on.wait()
        ended.append("whole")

    async with asyncio.timeout(10), Ticker({"slow": (SOON, tick)}):
        await began.wait()
        asyncio.get_running_loop().call_later(SOON, go_on.set)
    assert ended == ["whole"]


async def test_a_tick_that_fails_is_called_again() -> None:
    enough = asyncio.Event()
    calls: list[int] = []

    async def tick() -> None:
        calls.append(len(calls))
        if len(calls) > 2:
            enough.set()
        raise StoreUnavailable("away") if len(calls) % 2 else ZeroDivisionError

    async with asyncio.timeout(10), Ticker({"failing": (SOON, tick)}):
        await enough.wait()
    assert len(calls) > 2
