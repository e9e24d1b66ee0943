"""`python -m benchmarks [name …]`: runs the benchmarks, or those named, on every database there is."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from rich.console import Console

from benchmarks import beside, charts, export, http, import_export, slack, start, summary, taps, telegram
from benchmarks.place import Place, kept_folder, kept_on_postgres, kept_on_sqlite, on_postgres, on_sqlite
from benchmarks.report import Line, show
from tests.postgres import NoPostgres, postgres

Measure = Callable[[Place], Coroutine[Any, Any, list[Line]]]
BENCHES: dict[str, Measure] = {
    "taps": taps.measure,
    "http": http.measure,
    "beside": beside.measure,
    "start": start.measure,
    "charts": charts.measure,
    "summary": summary.measure,
    "export": export.measure,
    "import": import_export.measure,
    "telegram": telegram.measure,
    "telegram-hour": telegram.measure_hour,
    "slack": slack.measure,
}
ONLY_WHEN_NAMED = {"telegram-hour", "summary", "export", "import"}  # minutes
NO_DATABASE = {"telegram-hour", "charts"}
KEPT = {"summary", "export"}  # over histories that are filled once and stay
Places = dict[str, Callable[[], AbstractContextManager[Place]]]


def main(names: list[str]) -> int:
    """0 when everything was measured, 2 for a name that is none. A missed aim is shown and is no error."""
    console = Console()
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        console.print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}.")
        return 2
    chosen = names or [name for name in BENCHES if name not in ONLY_WHEN_NAMED]
    began = time.monotonic()
    with ExitStack() as stack:
        fresh = kept = None
        for name in chosen:
            if name in KEPT:
                places = kept = kept or _places(console, stack, kept=True)
            else:
                places = fresh = fresh or _places(console, stack, kept=False)
            for database, place_of in list(places.items())[: 1 if name in NO_DATABASE else None]:
                with place_of() as place:
                    show(console, f"{name} on {database}", asyncio.run(BENCHES[name](place)))
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0


def _places(console: Console, stack: ExitStack, *, kept: bool) -> Places:
    places: Places = {"SQLite": kept_on_sqlite if kept else on_sqlite}
    try:
        server = stack.enter_context(postgres(kept_folder() if kept else None))
        places["PostgreSQL"] = kept_on_postgres(server) if kept else on_postgres(server)
    except NoPostgres as missing:
        console.print(f"SQLite only: {missing}")
    return places


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
