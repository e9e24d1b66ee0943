"""`pulssi export`."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from bot.cli.figures import day_of, day_option
from bot.cli.running import WorkspaceName, tell, with_pulssi
from bot.errors import WrongUse

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi
    from bot.service.exporting import ExportRequest

STDOUT = "-"
Moved = Callable[[int], None]


def export(
    form: Annotated[
        str, typer.Option("--format", metavar="csv|jsonl|parquet", help="CSV, JSON Lines, or Parquet (needs pyarrow).")
    ] = "csv",
    first: Annotated[datetime | None, day_option("--from", "First local day of the answers.")] = None,
    last: Annotated[datetime | None, day_option("--to", "Last local day, included.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: standard output. A file appears when it is complete.")
    ] = None,
    workspace: WorkspaceName = "default",
) -> None:
    """Write every answer out, in the columns that `import` takes; tests and deleted answers are left out."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.exporting import FORMATS, ExportRequest  # noqa: PLC0415  # loaded by now

        if form not in FORMATS:
            raise WrongUse(f"--format is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not {form!r}.")
        if first and last and first > last:
            raise WrongUse(f"The period ends ({day_of(last)}) before it begins ({day_of(first)}).")
        request = ExportRequest(workspace, day_of(first), day_of(last))
        if output is None or str(output) == STDOUT:
            await _to_stdout(pulssi, form, request)
        else:
            await _to_file(pulssi, form, request, output)

    with_pulssi(workspace, work)


async def _to_stdout(pulssi: "Pulssi", form: str, request: "ExportRequest") -> None:
    seen = sys.stdout.isatty()
    if seen and form == "parquet":
        raise WrongUse("Parquet is nothing to look at: name a file with --output, or send it to another program.")
    # Where the answers themselves run over the screen, the progress would be among them.
    with _progress(shown=not seen) as moved:
        await _write(pulssi, form, request, sys.stdout.buffer, moved)


async def _to_file(pulssi: "Pulssi", form: str, request: "ExportRequest", path: Path) -> None:
    count = 0
    with _appearing(path) as file, _progress(shown=True) as moved:

        def counted(answers: int) -> None:
            nonlocal count
            count = answers
            moved(answers)

        await _write(pulssi, form, request, file, counted)
    tell(f"{count} answers in {path}")


async def _write(pulssi: "Pulssi", form: str, request: "ExportRequest", file: BinaryIO, moved: Moved) -> None:
    exporting = pulssi.exporting
    if form == "parquet":
        from bot.bootstrap import parquet_writer  # noqa: PLC0415  # loaded by now

        write = parquet_writer()
        await write(exporting.rows(request, moved), file)
        return
    lines = exporting.csv(request, moved) if form == "csv" else exporting.jsonl(request, moved)
    async for line in lines:
        # Halves of a character pair, which platforms do deliver, are no UTF-8.
        file.write(line.encode("utf-8", "replace"))
    file.flush()


@contextmanager
def _progress(*, shown: bool) -> Iterator[Moved]:
    """How many answers have gone out, on a terminal's standard error; elsewhere nothing."""
    from rich.console import Console  # noqa: PLC0415  # not for `--help`
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("Exporting {task.completed:,.0f} answers"), TimeElapsedColumn())
    hidden = not (shown and console.is_terminal)
    # Nobody knows how many there will be without counting them first, which costs about as much.
    with Progress(*columns, console=console, disable=hidden, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=None)
        yield lambda count: bar.update(task, completed=count)


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file (0600: it holds personal data) that has its name when it is complete, or not at all."""
    if path.exists() and not path.is_file():
        raise WrongUse(f"{path} is not a file that can be written.")
    with _terminating_gently():  # before the unfinished file is there, and until it is not
        try:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise WrongUse(f"{path} cannot be written: {error.strerror}.") from error
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())  # a name that outlives a power cut is that of the whole file
            unfinished.replace(path)
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()


@contextmanager
def _terminating_gently() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that the unfinished file goes too."""
    before = signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
