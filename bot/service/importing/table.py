"""A file with columns, read twice: once to see that all of it can be read, once row by row at flat memory."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from bot.errors import WrongUse
from bot.service.columns import COLUMNS, unguarded
from bot.service.importing.glance import Glance
from bot.service.importing.headers import Columns, columns_of, known

DELIMITERS: Final = ",;\t"
CHUNK: Final = 1 << 20
LOOKED_AT: Final = 200  # rows, to name columns that could be scores
_BOMS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ZIP: Final = b"PK\x03\x04"
_COULD_BE_SCORE: Final = re.compile(r"10|\d")


@dataclass(frozen=True, slots=True)
class Line:
    """A row by column, without its empty cells. `number` is the file's line where it begins; `error` says why it
    cannot be a row.
    """

    number: int
    cells: Mapping[str, str]
    others: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read from beginning to end, and what the first look at all of it showed."""

    path: Path
    encoding: str
    delimiter: str
    columns: Columns
    glance: Glance

    @property
    def rows(self) -> int:
        return self.glance.rows

    def lines(self) -> Iterator[Line]:
        """Every row that is not blank."""
        names = self.columns.names
        # Settled once, for a file may have a million rows.
        ours = [(at, name) for at, name in enumerate(names) if name in COLUMNS]
        others = [(at, name) for at, name in enumerate(names) if name and name not in COLUMNS]
        nameless = [at for at, name in enumerate(names) if name == ""]
        for number, cells in _records(self.path, self.encoding, self.delimiter, skip=self.columns.rows):
            wrong = _wrong(cells, len(names), nameless)
            if wrong:
                yield Line(number, {}, {}, wrong)
                continue
            yield Line(
                number,
                {name: unguarded(cell) for at, name in ours if (cell := cells[at])},
                {name: unguarded(cell) for at, name in others if (cell := cells[at])},
            )

    def scorelike(self) -> Sequence[str]:
        """The columns whose first cells are whole numbers from 0 to 10: the score is probably one of them."""
        could: dict[str, bool] = {}
        for line in islice(self.lines(), LOOKED_AT):
            for name, cell in line.others.items():
                fits = _COULD_BE_SCORE.fullmatch(cell.strip()) is not None
                could[name] = could.get(name, True) and fits
        return [name for name, fits in could.items() if fits]


def _wrong(cells: Sequence[str], width: int, nameless: Sequence[int]) -> str:
    """Why these cells cannot be a row; empty when they can."""
    if len(cells) != width:
        return f"has {len(cells)} cells where the header has {width}"
    if "\0" in "".join(cells):
        return "has a NUL character, which is no text"
    if any(cells[at] for at in nameless):
        return "has a value in a column without a name"
    return ""


def open_table(path: Path, columns: Mapping[str, str] | None = None) -> Table:
    """The table in this file; `columns` names the file's header for a column of ours (`score` -> `Rating`).

    `WrongUse` when the file cannot be read as a whole: missing, empty, a workbook, broken quotes, unclear columns.
    """
    given = columns or {}
    encoding = _encoding(path)
    delimiter = max(DELIMITERS, key=lambda one: _fit(path, encoding, one, given))
    named = columns_of(*_first_rows(path, encoding, delimiter), given)
    glance = Glance()
    places = tuple(named.place(ours) for ours in ("answered_at", "sent_at", "score", "survey"))
    for number, cells in _records(path, encoding, delimiter, skip=named.rows):
        glance.look(number, cells, places, len(named.names))
    return Table(path, encoding, delimiter, named, glance)


def _encoding(path: Path) -> str:
    try:
        if not path.is_file():
            raise WrongUse(f"{path} is not a file." if path.exists() else f"There is no file {path}.")
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(_ZIP):
            raise WrongUse(f"{path} is a workbook or an archive: save it as CSV first.")
        marked = next((name for bom, name in _BOMS.items() if start.startswith(bom)), None)
        candidates = (marked,) if marked else ("utf-8", "cp1252", "latin-1")
        found = next((name for name in candidates if _is_readable(path, name)), None)
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}.") from error
    if found is None:
        raise WrongUse(f"{path} says that it is {marked}, and is not.")
    return found


def _is_readable(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            blank = True
            while text := file.read(CHUNK):
                blank = blank and not text.strip()
    except UnicodeError:
        return False
    if blank:
        raise WrongUse(f"{path} is empty: it has not even a header.")
    return True


def _records(path: Path, encoding: str, delimiter: str, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """`(line, cells)` of what is not blank; a row with line breaks in it begins at `line`."""
    number = 1
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for cells in rows:
                begins, number = number, rows.line_num + 1
                if "".join(cells).strip():
                    if skip <= 0:
                        yield begins, cells
                    skip -= 1
        except csv.Error as error:
            raise WrongUse(
                f"{path} cannot be read as CSV from line {number} on: {error}. Look for a quotation mark that is "
                "never closed or not doubled. Nothing was imported."
            ) from None


def _first_rows(path: Path, encoding: str, delimiter: str) -> tuple[list[str], list[str]]:
    """The header, and the row after it (empty when there is none)."""
    rows = _records(path, encoding, delimiter)
    header = [unguarded(cell).strip() for cell in next(rows)[1]]
    return header, next(rows, (0, []))[1]


def _fit(path: Path, encoding: str, delimiter: str, columns: Mapping[str, str]) -> tuple[int, int]:
    """How many columns a delimiter makes known, and how many it makes."""
    try:
        header = [unguarded(cell).strip() for cell in next(_records(path, encoding, delimiter))[1]]
    except WrongUse:
        return 0, 0
    return known(header, columns), len(header)
