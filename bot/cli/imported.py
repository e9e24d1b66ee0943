"""What `pulssi import` says when it is done: the counts, and in a dry run everything that the file would become."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.running import say, tell

if TYPE_CHECKING:
    from bot.service.importing import Report, Table


def counted(report: "Report", *, dry_run: bool) -> str:
    """The counts in one line."""
    would = "would be " if dry_run else ""
    unanswered = f", {report.unanswered} hold no answer" if report.unanswered else ""
    return (
        f"{report.imported} rows {would}imported, {report.known} were there already, {report.rejected} {would}rejected"
        f"{unanswered}."
    )


def say_report(report: "Report", table: "Table", zone: ZoneInfo) -> None:
    """Tables of what would come in, what would not and why, and which column becomes what."""
    if report.surveys:
        _table(("survey", "answers", "first", "last", "by score"), _surveys(report, zone))
    if report.reasons:
        _table(
            ("rejected", "the first of them"),
            [(str(one.n), f"line {one.line}: {one.text}") for one in report.reasons.values()],
        )
    columns = table.columns
    vendor = columns.vendor
    read = f"as {vendor.name} writes it" if vendor else "as a plain file"
    named = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in columns.headers.items())
    say(f"\nRead {read} (docs/import.md): {named}.")
    if columns.kept:
        say(f"Kept as they are, with each answer: {', '.join(map(repr, columns.kept))}.")
    if columns.left_out:
        say(f"Left out, because no figure needs them: {', '.join(map(repr, columns.left_out))}.")


def tell_empty(table: "Table") -> None:
    """A file without rows is no mistake, and seldom what somebody wanted."""
    if not table.rows:
        tell(f"{table.path} has a header and no rows.")


def _surveys(report: "Report", zone: ZoneInfo) -> Iterator[Sequence[str]]:
    for slug, answers in sorted(report.surveys.items()):
        days = (f"{moment.astimezone(zone):%Y-%m-%d}" for moment in (answers.first, answers.last))
        scores = sorted((score, n) for score, n in answers.scores.items() if score is not None)
        words = answers.scores[None]
        by_score = [f"{score}: {n}" for score, n in scores] + ([f"words alone: {words}"] if words else [])
        yield slug, str(answers.n), *days, ", ".join(by_score)


def _table(header: Sequence[str], rows: "Iterator[Sequence[str]] | Sequence[Sequence[str]]") -> None:
    lines = [header, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header) - 1)]
    say("")
    for line in lines:
        say("  ".join((*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1])))
