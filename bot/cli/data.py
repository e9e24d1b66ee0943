"""`pulssi import`."""

import asyncio
import gc
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.cli.imported import counted, say_report, tell_empty
from bot.cli.running import FAILED, WorkspaceName, say, tell, with_pulssi
from bot.errors import StoreError, WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.bootstrap import Pulssi
    from bot.surveys import Scale

_SCALE = re.compile(r"(\d{1,2})\s*(?:-|to)\s*(\d{1,2})")


def import_(  # noqa: PLR0913, PLR0917  # each is an option
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV with a header in line 1.")],
    survey: Annotated[str | None, typer.Option(help="The survey of rows that name none.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OURS=THEIRS",
            help="Which column of the file is ours, like score=Rating; how its name begins is enough. Repeatable.",
        ),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD=SCORE", help="What a score in words stands for, like good=5,bad=1. Repeatable."),
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="LOW-HIGH", help="The scale of the file's scores, like 1-5.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="How times are written, like '%d.%m.%Y %H:%M'.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Where times without a zone are from, like Europe/Helsinki; else ours."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Take in answers that were given elsewhere. Asks nobody and posts nothing; doing it twice doubles nothing.

    Files of Delighted, SurveyMonkey, Typeform, Google Forms and Zendesk are known by their headers (docs/import.md).
    Columns: id, survey, score, comment, customer, channel, agent, team, tags, touchpoint, ticket, locale, sent_at,
    answered_at, history; others are kept. A row goes in whole or not at all. Exit code 1 when rows were rejected.
    """

    async def work(pulssi: "Pulssi") -> None:
        from bot.service.importing import ImportRequest, open_table  # noqa: PLC0415  # loaded by now
        from bot.service.importing.writing import Watcher  # noqa: PLC0415

        table = open_table(file, _columns(column or []))
        request = ImportRequest(
            workspace=workspace, table=table, survey=survey, date_format=date_format, zone=_zone(timezone),
            words=_words(score or []), scale=_scale(scale), dry_run=dry_run,
        )  # fmt: skip
        watcher = Watcher(rejected=lambda line, reason: say(f"line {line}: {reason}"))
        gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
        with _progress(table.rows) as moved:
            watcher.moved = lambda: moved(watcher.report.seen)
            try:
                report = await pulssi.importing.run(request, watcher)
            except (asyncio.CancelledError, StoreError):
                if not dry_run:
                    tell(f"Stopped: {watcher.report.imported} rows are in. Running it again goes on from there.")
                raise
        say(counted(report, dry_run=dry_run))
        tell_empty(table)
        if dry_run:
            async with pulssi.store.reading() as uow:
                zone = (await pulssi.context.business(uow, workspace)).zone
            say_report(report, table, zone)
        if report.rejected:
            raise typer.Exit(FAILED)

    with_pulssi(workspace, work)


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


def _words(given: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in given:
        several = one.split(",")
        # A word may have a comma in it: "Good, I'm satisfied=5".
        for part in several if all("=" in each for each in several) else [one]:
            word, equals, number = (each.strip() for each in part.rpartition("="))
            if not equals or not word or not number.isdecimal():
                raise WrongUse(f"--score {part!r} is not WORD=SCORE, like good=5.")
            if found.setdefault(word.casefold(), int(number)) != int(number):
                raise WrongUse(f"--score gives {word!r} twice.")
    return found


def _scale(given: str | None) -> "Scale | None":
    from bot.surveys import Scale  # noqa: PLC0415  # loaded by now

    if given is None:
        return None
    found = _SCALE.fullmatch(given.strip())
    if found is None:
        raise WrongUse(f"--scale {given!r} is not LOW-HIGH, like 1-5.")
    return Scale(int(found[1]), int(found[2]))


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise WrongUse(f"--timezone {name!r} is no time zone; they are named like Europe/Helsinki.") from None


@contextmanager
def _progress(total: int) -> "Iterator[Callable[[int], None]]":
    """A bar on a terminal's standard error; elsewhere nothing."""
    from rich.console import Console  # noqa: PLC0415  # not for `--help`
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("Importing", total=total)
        yield lambda done: bar.update(task, completed=done)
