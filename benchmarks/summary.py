"""What a weekly summary costs over a year of 100,000 answers and over one of 10,000,000: it reads counters."""

import os
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.command import Ran, run
from benchmarks.history import LAST, Year, kept
from benchmarks.place import Place
from benchmarks.report import Line
from bot.bootstrap import Pulssi
from bot.ports import SummaryDecision
from bot.summary import figures_json
from bot.weeks import Week

FEW = Year(1)
MANY = Year(int(os.environ.get("BENCH_TIMES", "100")))  # fewer where nobody waits until the large one is filled
TIMES = 20
WEEK = Week.of(LAST)
WANTED_RATIO = 3.0


async def measure(place: Place) -> list[Line]:
    """Milliseconds, the best of twenty in one process; MiB of `pulssi summary` in a process of its own."""
    seconds: list[float] = []
    ran: list[Ran] = []
    lines = []
    for year in (FEW, MANY):
        here, filled = await kept(place, year)
        if filled:
            lines.append(Line(f"filling {year.answers:,} answers, once", filled, "s"))
        async with here.opened() as pulssi:
            await _told(pulssi)
            seconds.append(await _best(pulssi, year))
        ran.append(run(here, "summary", "--week", str(WEEK), "--json"))
    (small, large), (narrow, wide) = seconds, ran
    few, many = f"over {FEW.answers:,}", f"{MANY.answers:,}"
    ratio = large / small
    return [
        *lines,
        Line(f"week's summary {few} answers", small * 1e3, "ms"),
        Line(f"week's summary over {many} answers", large * 1e3, "ms", ratio, few, wanted=WANTED_RATIO * small * 1e3),
        Line(f"`pulssi summary` {few}, peak RSS", narrow.peak, "MiB"),
        Line(f"`pulssi summary` over {many}, peak RSS", wide.peak, "MiB", wide.peak / narrow.peak, few),
    ]


async def _told(pulssi: Pulssi) -> None:
    """Last week's message stood with other figures, of as many answers: so this one looks for who changed a score."""
    last = WEEK.previous()
    async with pulssi.store.reading() as uow:
        if await uow.summaries.get("default", str(last)) is not None:
            return
    figures: dict[str, Any] = figures_json(await pulssi.summaries.week("default", last))
    for one in figures["scores"]:
        found = dict(sorted(one.pop("histogram", {}).items()))
        one["histogram"] = dict(zip(found, reversed(found.values()), strict=True))
    decided_at = datetime.combine(WEEK.monday, datetime.min.time(), UTC)
    decision = SummaryDecision("default", str(last), "posted", decided_at, posted_at=decided_at, figures=figures)
    await pulssi.store.write(lambda uow: uow.summaries.decide(decision))


async def _best(pulssi: Pulssi, year: Year) -> float:
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        found = await pulssi.summaries.week("default", WEEK)
        best = min(best, time.perf_counter() - began)
        if found.funnel.answered != 7 * year.answers_a_day:
            raise RuntimeError("the summary does not see the counters")
    return best
