"""The columns of exported and imported files, and the guard that keeps spreadsheets from running their cells."""

import re
from typing import Final

COLUMNS: Final = (
    "id", "survey", "score", "comment", "customer", "channel", "agent", "team", "tags", "touchpoint", "ticket",
    "locale", "sent_at", "answered_at", "history",
)  # fmt: skip
TAG_SEPARATOR: Final = "|"
# What a spreadsheet takes for a formula (OWASP, "CSV injection"), also in full width, which an East Asian one reads as
# the plain sign. Apostrophes of the text's own count along, so that taking one off gives back exactly what was there.
_STARTS: Final = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
_RUNS: Final = re.compile(f"'*{_STARTS}")
_GUARDED: Final = re.compile(f"'+{_STARTS}")


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs: with an apostrophe in front where it needs one."""
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell
