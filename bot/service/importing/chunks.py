"""The rows of a file with what makes each the same when the file comes again."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from bot.errors import WrongUse
from bot.service.importing.report import Report
from bot.service.importing.request import ImportRequest
from bot.service.importing.rows import NoAnswer, Reading, Row
from bot.service.importing.vendors import Vendor

BLOCK: Final = 1000  # rows that are looked up at once

Keyed = tuple[str, Row]


@dataclass(slots=True)
class Watcher:
    """Who looks on: `report` is up to date at any moment, `rejected` hears line and reason, `moved` every chunk."""

    report: Report = field(default_factory=Report)
    rejected: Callable[[int, str], None] = lambda _line, _reason: None
    moved: Callable[[], None] = lambda: None


def blocks(request: ImportRequest, reading: Reading, watcher: Watcher) -> Iterator[Sequence[Keyed]]:
    """Every row that can be used, with its key; the others go to the watcher."""
    block: list[Keyed] = []
    with closing(_Ordinals()) as ordinals:
        for line in request.table.lines():
            try:
                row = reading.row(line)
                block.append((_key(request.workspace, row, reading.vendor, ordinals), row))
            except NoAnswer:
                watcher.report.unanswered += 1
            except WrongUse as error:
                watcher.report.reject(line.number, str(error))
                watcher.rejected(line.number, str(error))
            if len(block) >= BLOCK:
                yield block
                block = []
        if block:
            yield block


def _key(workspace: str, row: Row, vendor: Vendor | None, ordinals: "_Ordinals") -> str:
    """What makes this row the same when the file comes again."""
    where = f"{workspace}|{row.survey.survey.slug}"
    own = row.id or (row.names[vendor.keyed_by] if vendor and vendor.keyed_by else "")
    if not own:
        digest = row.digest()
        return f"{where}|row|{digest}|{ordinals.next(digest)}"
    # Two vendors may both have a response 1.
    key = f"{vendor.name} {'' if row.id else vendor.keyed_by}|{own}" if vendor else own
    if ordinals.next(f"{where}|{key}") > 1:
        raise WrongUse(
            f"has the {'id' if row.id or not vendor else vendor.keyed_by} {own!r}, which an earlier row of the file has"
        )
    return f"{where}|id|{key}"


class _Ordinals:
    """Counts equal texts on disk: a file of any length, flat memory. SQLite deletes its unnamed file by itself."""

    def __init__(self) -> None:
        self._counts = sqlite3.connect("", isolation_level=None)
        self._counts.execute("PRAGMA journal_mode = OFF")
        self._counts.execute("CREATE TABLE seen (text TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def next(self, text: str) -> int:
        """1 for the first of its kind."""
        count = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n"
        ((number,),) = self._counts.execute(count, (text,)).fetchall()
        return int(number)

    def close(self) -> None:
        self._counts.close()
