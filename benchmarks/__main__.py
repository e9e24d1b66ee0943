"""`python -m benchmarks [name …]`: runs the benchmarks, or those named, on every database there is."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from rich.console import Console

from benchmarks import beside, http, slack, start, summary, taps, telegram
from benchmarks.place import Place, on_postgres, on_sqlite
from benchmarks.report import Line, show
from tests.postgres import NoPostgres, postgres

Measure = Callable[[Place], Coroutine[Any, Any, list[Line]]]
BENCHES: dict[str, Measure] = {
    "taps": taps.measure,
    "http": http.measure,
    "beside": beside.measure,
    "start": start.measure,
    "summary": summary.measure,
    "telegram": telegram.measure,
    "telegram-hour": telegram.measure_hour,
    "slack": slack.measure,
}
ONLY_WHEN_NAMED = {"telegram-hour"}  # minutes, and no database


def main(names: list[str]) -> int:
    """0 when everything was measured, 2 for a name that is none. A missed aim is shown and is no error."""
    console = Console()
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        console.print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}.")
        return 2
    began = time.monotonic()
    with ExitStack() as stack:
        places: dict[str, Callable[[], AbstractContextManager[Place]]] = {"SQLite": on_sqlite}
        try:
            places["PostgreSQL"] = on_postgres(stack.enter_context(postgres()))
        except NoPostgres as missing:
            console.print(f"SQLite only: {missing}")
        for name in names or [name for name in BENCHES if name not in ONLY_WHEN_NAMED]:
            for database, fresh in list(places.items())[: 1 if name in ONLY_WHEN_NAMED else None]:
                with fresh() as place:
                    show(console, f"{name} on {database}", asyncio.run(BENCHES[name](place)))
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
