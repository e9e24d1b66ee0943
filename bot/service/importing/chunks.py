"""The rows of a file with what makes each the same when the file comes again."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from bot.errors import WrongUse
from bot.service.importing.report import Report
from bot.service.importing.request import ImportRequest
from bot.service.importing.rows import NoAnswer, Reading, Row
from bot.service.importing.table import Line
from bot.service.importing.vendors import Vendor

BLOCK: Final = 1000  # rows that are looked up at once
_COUNTED: Final = "SELECT text, n FROM seen WHERE text IN (SELECT value FROM json_each(?))"

Keyed = tuple[str, Row]


@dataclass(slots=True)
class Watcher:
    """Who looks on: `report` is up to date at any moment, `rejected` hears line and reason, `moved` every chunk."""

    report: Report = field(default_factory=Report)
    rejected: Callable[[int, str], None] = lambda _line, _reason: None
    moved: Callable[[], None] = lambda: None


def blocks(request: ImportRequest, reading: Reading, watcher: Watcher) -> Iterator[Sequence[Keyed]]:
    """Every row that can be used, with its key; the others go to the watcher. A block may be empty."""
    lines = request.table.lines()
    with closing(_Ordinals()) as ordinals:
        while read := [(line.number, _read(reading, line)) for line in islice(lines, BLOCK)]:
            rows = [row for _, row in read if isinstance(row, Row)]
            keys = iter(_keys(request.workspace, rows, reading.vendor, ordinals))
            block: list[Keyed] = []
            for line, row in read:
                key = next(keys) if isinstance(row, Row) else row
                if isinstance(row, Row) and isinstance(key, str):
                    block.append((key, row))
                elif isinstance(key, NoAnswer):
                    watcher.report.unanswered += 1
                else:
                    watcher.report.reject(line, str(key))
                    watcher.rejected(line, str(key))
            yield block


def _read(reading: Reading, line: Line) -> Row | WrongUse:
    try:
        return reading.row(line)
    except WrongUse as error:
        return error


def _keys(
    workspace: str, rows: Sequence[Row], vendor: Vendor | None, ordinals: "_Ordinals"
) -> Iterator[str | WrongUse]:
    """What makes each row the same when the file comes again; an error for one whose id an earlier row has."""
    owns = [row.id or (row.names[vendor.keyed_by] if vendor and vendor.keyed_by else "") for row in rows]
    # Two vendors may both have a response 1.
    keys = [
        (f"{vendor.name} {'' if row.id else vendor.keyed_by}|{own}" if vendor else own) if own else row.digest()
        for row, own in zip(rows, owns, strict=True)
    ]
    wheres = [f"{workspace}|{row.survey.survey.slug}" for row in rows]
    texts = [f"{where}|{key}" if own else key for where, key, own in zip(wheres, keys, owns, strict=True)]
    for row, own, key, where, number in zip(rows, owns, keys, wheres, ordinals.count(texts), strict=True):
        if not own:
            yield f"{where}|row|{key}|{number}"
        elif number == 1:
            yield f"{where}|id|{key}"
        else:
            name = "id" if row.id or not vendor else vendor.keyed_by
            yield WrongUse(f"has the {name} {own!r}, which an earlier row of the file has")


class _Ordinals:
    """Counts equal texts on disk: a file of any length, flat memory. SQLite deletes its unnamed file by itself."""

    def __init__(self) -> None:
        self._counts = sqlite3.connect("", isolation_level=None)
        self._counts.execute("PRAGMA journal_mode = OFF")
        self._counts.execute("CREATE TABLE seen (text TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        """For each its number among those that are equal, 1 for the first of its kind."""
        counts = dict(self._counts.execute(_COUNTED, (json.dumps(texts),)).fetchall())
        numbers = []
        for text in texts:
            counts[text] = counts.get(text, 0) + 1
            numbers.append(counts[text])
        self._counts.execute("BEGIN")
        # In the order of the index: neighbours share a page.
        self._counts.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", sorted(counts.items()))
        self._counts.execute("COMMIT")
        return numbers

    def close(self) -> None:
        self._counts.close()
