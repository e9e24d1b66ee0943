"""`pulssi import` and `pulssi export`."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from bot.cli.figures import day_of, day_option
from bot.cli.running import FAILED, WorkspaceName, say, tell, with_pulssi
from bot.errors import StoreError, WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.bootstrap import Pulssi
    from bot.service.importing import Report

FORMATS = ("csv", "jsonl")
STDOUT = "-"


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV with a header in line 1.")],
    survey: Annotated[str | None, typer.Option(help="The survey of rows that name none.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="Which column of the file is ours, like score=Rating; repeatable."),
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="How times are written, like '%d.%m.%Y %H:%M'.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Take in answers that were given elsewhere. Asks nobody and posts nothing; doing it twice doubles nothing.

    Columns: id, survey, score, comment, customer, channel, agent, team, tags, touchpoint, ticket, locale, sent_at,
    answered_at, history; others are kept. A row goes in whole or not at all. Exit code 1 when rows were rejected.
    """

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.importing import ImportRequest, open_table  # noqa: PLC0415  # loaded by now
        from bot.service.importing.writing import Watcher  # noqa: PLC0415

        table = open_table(file, _columns(column or []))
        request = ImportRequest(
            workspace=workspace, table=table, survey=survey, date_format=date_format, dry_run=dry_run
        )
        watcher = Watcher(rejected=lambda line, reason: say(f"line {line}: {reason}"))
        with _progress(table.rows) as moved:
            watcher.moved = lambda: moved(watcher.report.seen)
            try:
                report = await pulssi.importing.run(request, watcher)
            except (asyncio.CancelledError, StoreError):
                if not dry_run:
                    tell(f"Stopped: {watcher.report.imported} rows are in. Running it again goes on from there.")
                raise
        _reported(report, dry_run=dry_run)

    with_pulssi(workspace, work)


def _reported(report: "Report", *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    say(
        f"{report.imported} rows {would}imported, {report.known} were there already, {report.rejected} {would}rejected."
    )
    if report.rejected:
        raise typer.Exit(FAILED)


def _columns(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        ours, equals, theirs = (part.strip() for part in one.partition("="))
        if not equals or not ours or not theirs:
            raise WrongUse(f"--column {one!r} is not OURS=THEIRS, like score=Rating.")
        if ours.casefold() in found:
            raise WrongUse(f"--column names {ours!r} twice.")
        found[ours.casefold()] = theirs
    return found


@contextmanager
def _progress(total: int) -> "Iterator[Callable[[int], None]]":
    """A bar on a terminal's standard error; elsewhere nothing."""
    from rich.console import Console  # noqa: PLC0415  # not for `--help`
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("Importing", total=total)
        yield lambda done: bar.update(task, completed=done)


def export(
    form: Annotated[str, typer.Option("--format", metavar="csv|jsonl", help="CSV, or JSON Lines.")] = "csv",
    first: Annotated[datetime | None, day_option("--from", "First local day of the answers.")] = None,
    last: Annotated[datetime | None, day_option("--to", "Last local day, included.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: standard output. A file appears when it is complete.")
    ] = None,
    workspace: WorkspaceName = "default",
) -> None:
    """Write every answer out, in the columns that `import` takes; tests and deleted answers are left out."""

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.exporting import ExportRequest  # noqa: PLC0415  # loaded by now

        if form not in FORMATS:
            raise WrongUse(f"--format is csv or jsonl, not {form!r}.")
        if first and last and first > last:
            raise WrongUse(f"The period ends ({day_of(last)}) before it begins ({day_of(first)}).")
        request = ExportRequest(workspace, day_of(first), day_of(last))
        lines = pulssi.exporting.csv(request) if form == "csv" else pulssi.exporting.jsonl(request)
        if output is None or str(output) == STDOUT:
            await _write(sys.stdout.buffer, lines)
        else:
            with _appearing(output) as file:
                count = await _write(file, lines)
            tell(f"{count - (form == 'csv')} answers in {output}")

    with_pulssi(workspace, work)


async def _write(file: BinaryIO, lines: AsyncIterator[str]) -> int:
    count = 0
    async for line in lines:
        # Halves of a character pair, which platforms do deliver, are no UTF-8.
        file.write(line.encode("utf-8", "replace"))
        count += 1
    file.flush()
    return count


@contextmanager
def _appearing(path: Path) -> "Iterator[BinaryIO]":
    """A file (0600: it holds personal data) that has its name when it is complete, or not at all."""
    if path.exists() and not path.is_file():
        raise WrongUse(f"{path} is not a file that can be written.")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}.") from error
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
