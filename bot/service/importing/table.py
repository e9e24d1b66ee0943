"""A file with columns, read twice: once to see that all of it can be read, once row by row at flat memory."""

import codecs
import csv
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import WrongUse
from bot.service.columns import COLUMNS, unguarded

DELIMITERS: Final = ",;\t"
CHUNK: Final = 1 << 20
# Other names under which vendors export the id of a response.
_ALIASES: Final = {"response_id": "id", "responseid": "id"}
_BOMS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Line:
    """A row by column. `number` is the file's line where it begins; `error` says why it cannot be a row."""

    number: int
    cells: Mapping[str, str]
    others: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read from beginning to end. `names` are our columns or the file's own; "" has no name."""

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    rows: int

    def lines(self) -> Iterator[Line]:
        """Every row that is not blank."""
        for number, cells in _records(self.path, self.encoding, self.delimiter, skip=1):
            yield self._line(number, cells)

    def _line(self, number: int, cells: Sequence[str]) -> Line:
        if len(cells) != len(self.names):
            return Line(number, {}, {}, f"has {len(cells)} cells where the header has {len(self.names)}")
        if any("\0" in cell for cell in cells):
            return Line(number, {}, {}, "has a NUL character, which is no text")
        values = {name: unguarded(cell) for name, cell in zip(self.names, cells, strict=True) if name}
        if any(cell and not name for name, cell in zip(self.names, cells, strict=True)):
            return Line(number, {}, {}, "has a value in a column without a name")
        ours = {name: value for name, value in values.items() if name in COLUMNS}
        return Line(number, ours, {name: value for name, value in values.items() if name not in COLUMNS and value})


def open_table(path: Path, columns: Mapping[str, str] | None = None) -> Table:
    """The table in this file; `columns` names the file's header for a column of ours (`score` -> `Rating`).

    `WrongUse` when the file cannot be read as a whole: missing, empty, a workbook, broken quotes, unclear columns.
    """
    encoding = _encoding(path)
    delimiter = max(DELIMITERS, key=lambda one: _fit(path, encoding, one, columns or {}))
    header = _header(path, encoding, delimiter)
    names = _names(header, columns or {})
    rows = sum(1 for _ in _records(path, encoding, delimiter, skip=1))
    return Table(path, encoding, delimiter, names, rows)


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
        raise WrongUse(f"{path} is empty.")
    return True


def _records(path: Path, encoding: str, delimiter: str, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """`(line, cells)` of what is not blank; a row with line breaks in it begins at `line`."""
    number = 1
    with path.open(encoding=encoding, newline="") as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for cells in rows:
                begins, number = number, rows.line_num + 1
                if any(cell.strip() for cell in cells):
                    if skip <= 0:
                        yield begins, cells
                    skip -= 1
        except csv.Error as error:
            raise WrongUse(
                f"{path} cannot be read as CSV from line {number} on: {error}. Look for a quotation mark that is "
                "never closed or not doubled. Nothing was imported."
            ) from None


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    return [unguarded(cell).strip() for cell in next(_records(path, encoding, delimiter))[1]]


def _fit(path: Path, encoding: str, delimiter: str, columns: Mapping[str, str]) -> tuple[int, int]:
    """How many columns a delimiter makes known, and how many it makes."""
    try:
        header = _header(path, encoding, delimiter)
    except WrongUse:
        return 0, 0
    wanted = {_plain(name) for name in columns.values()}
    return sum(_plain(name) in wanted or _ours(name) in COLUMNS for name in header), len(header)


def _names(header: Sequence[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    doubled = [name for name, n in Counter(name for name in header if name).items() if n > 1]
    if doubled:
        raise WrongUse(f"The header has the column {doubled[0]!r} more than once: every column needs its own name.")
    given = {_plain(theirs): _known(ours) for ours, theirs in columns.items()}
    for theirs in columns.values():
        if _plain(theirs) not in {_plain(name) for name in header}:
            raise WrongUse(f"The file has no column {theirs!r}.{_nearest(theirs, header)}")
    names = tuple(given.get(_plain(name)) or _ours(name) for name in header)
    taken = [name for name, n in Counter(name for name in names if name).items() if n > 1]
    if taken:
        raise WrongUse(f"Two columns would be {taken[0]!r}: rename one of them in the file, or leave one --column out.")
    return names


def _known(ours: str) -> str:
    if ours not in COLUMNS:
        raise WrongUse(f"There is no column {ours!r} to fill.{_nearest(ours, COLUMNS)}")
    return ours


def _nearest(name: str, among: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, among, 1)
    return f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(one for one in among if one)}."


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


def _ours(name: str) -> str:
    """Our column of that name in any writing; else the name as it stands."""
    plain = _ALIASES.get(_plain(name), _plain(name))
    return plain if plain in COLUMNS else name
