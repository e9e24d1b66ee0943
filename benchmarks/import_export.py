"""What taking in 1,000,000 answers costs, whether its memory is that of 100,000, and what it costs to do it again."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.command import Ran, run
from benchmarks.place import Place
from benchmarks.report import Line

FEW, MANY = 100_000, 1_000_000
WANTED_SECONDS = 10 * 60
SEED = 22
FIRST = datetime(2025, 1, 6, tzinfo=UTC)
SPAN = timedelta(days=600).total_seconds()
CUSTOMERS, AGENTS, TEAMS = 50_000, 20, 4
HEADER = "id,survey,score,comment,customer,agent,team,answered_at"


async def measure(place: Place) -> list[Line]:
    """Seconds and MiB of `pulssi import` in a process of its own, of both files into one database, and of the second
    file once more, which changes nothing.
    """
    files = {rows: _file(place.folder / f"{rows}.csv", rows) for rows in (FEW, MANY)}
    run(place, "migrate")
    dry = _import(place, files[MANY], "--dry-run")
    few = _import(place, files[FEW])
    many = _import(place, files[MANY])
    again = _import(place, files[MANY])
    return [
        Line(f"{MANY:,} rows", many.seconds, "s", many.seconds / few.seconds, f"{FEW:,}", wanted=WANTED_SECONDS),
        Line("rows a second", MANY / many.seconds, "1/s"),
        Line("peak RSS", many.peak, "MiB", many.peak / few.peak, f"{FEW:,} rows"),
        Line("the same file again", again.seconds, "s", again.seconds / many.seconds, "the first time"),
        Line("peak RSS", again.peak, "MiB"),
        Line("dry run", dry.seconds, "s", dry.seconds / many.seconds, "the import"),
        Line("peak RSS", dry.peak, "MiB"),
    ]


def _import(place: Place, file: Path, *more: str) -> Ran:
    return run(place, "import", str(file), *more)


def _file(path: Path, rows: int) -> Path:
    """A history of three surveys; a comment on every third answer, of the lengths that people write."""
    chance = random.Random(SEED)  # noqa: S311  # no secret: the same file at every run
    tops = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}
    with path.open("w", encoding="utf-8") as file:
        print(HEADER, file=file)
        for number in range(rows):
            survey, (low, high) = chance.choice(list(tops.items()))
            words = "invoice " * chance.randint(1, 20) if number % 3 == 0 else ""
            when = (FIRST + timedelta(seconds=number / rows * SPAN)).isoformat(timespec="seconds")
            print(
                f"{rows}-{number},{survey},{chance.randint(low, high)},{words},c{chance.randrange(CUSTOMERS)},"
                f"agent {chance.randrange(AGENTS)},team {chance.randrange(TEAMS)},{when}",
                file=file,
            )
    return path
