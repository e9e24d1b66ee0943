"""What the weekly summary costs after 100,000 and after 1,000,000 answers: it reads counters, so about the same."""

import time
from datetime import date, timedelta

from sqlalchemy import Date, literal, select

from benchmarks.place import Place
from benchmarks.report import Line
from bot.bootstrap import Pulssi
from bot.weeks import Week
from storage.rollups import ROLLUPS

A_DAY = 1000  # answers
HISTORIES = (100, 1000)  # days
AGENTS, TEAMS, TAGS = 20, 4, 10
TIMES = 20
LAST = date(2026, 11, 22)  # a Sunday


async def measure(place: Place) -> list[Line]:
    """Milliseconds, the best of twenty; one history grows into the other."""
    seconds = []
    async with place.opened() as pulssi:
        filled = 0
        for days in HISTORIES:
            await _fill(pulssi, filled, days)
            filled = days
            seconds.append(await _best(pulssi))
    small, large = seconds
    few, many = (A_DAY * days for days in HISTORIES)
    return [
        Line(f"week's summary over {few:,} answers", small * 1e3, "ms"),
        Line(f"week's summary over {many:,} answers", large * 1e3, "ms", large / small, f"over {few:,}"),
    ]


async def _best(pulssi: Pulssi) -> float:
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        found = await pulssi.summaries.week("default", Week.of(LAST))
        best = min(best, time.perf_counter() - began)
        if found.funnel.answered != 7 * A_DAY:
            raise RuntimeError("the summary does not see the counters")
    return best


async def _fill(pulssi: Pulssi, first: int, days: int) -> None:
    """Counters for the days that lie `first` to `days` days before the last one, each like the others."""
    async with pulssi.store.reading() as uow:
        survey = (await pulssi.context.survey(uow, "default", "csat")).id
    async with pulssi.engine.begin() as connection:
        if first == 0:
            await connection.execute(ROLLUPS.insert(), _day(survey))
        others = [ROLLUPS.c[name] for name in ("survey_id", "dimension", "key", "measure", "n")]
        for back in range(max(first, 1), days):
            copied = select(*others, literal(LAST - timedelta(days=back), Date)).where(ROLLUPS.c.day == LAST)
            await connection.execute(ROLLUPS.insert().from_select([*(one.name for one in others), "day"], copied))


def _day(survey: int) -> list[dict[str, object]]:
    keys = [("all", "", 1), *(("agent", f"agent {one}", AGENTS) for one in range(AGENTS))]
    keys += [("team", f"team {one}", TEAMS) for one in range(TEAMS)]
    keys += [("tag", f"tag {one}", TAGS) for one in range(TAGS)]
    measures = {f"score_{score}": A_DAY // 5 for score in range(1, 6)}
    measures |= {"considered": 3 * A_DAY, "delivered": 2 * A_DAY, "answered": A_DAY, "commented": A_DAY // 4}
    return [
        {"survey_id": survey, "dimension": dimension, "day": LAST, "key": key, "measure": measure, "n": n // share}
        for dimension, key, share in keys
        for measure, n in measures.items()
    ]
