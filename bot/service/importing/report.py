"""What an import did, or in a dry run would do: in numbers that stay small however long the file is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.service.importing.rows import Row

MOST_REASONS: Final = 50
OTHER_REASONS: Final = "other reasons"
_PARTICULARS: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\b\d+\b")


@dataclass(slots=True)
class Answers:
    """The rows of one survey that are not in yet. `scores` counts by score, None for words alone."""

    first: datetime
    last: datetime
    scores: Counter[int | None] = field(default_factory=Counter)

    @property
    def n(self) -> int:
        return self.scores.total()


@dataclass(slots=True)
class Reason:
    """How many rows were rejected for reasons of one kind; `line` and `text` are those of the first."""

    line: int
    text: str
    n: int = 0


@dataclass(slots=True)
class Report:
    """How far it is: rows that are in now (a dry run: would be), were in before, cannot be used, hold no answer."""

    imported: int = 0
    known: int = 0
    rejected: int = 0
    unanswered: int = 0
    surveys: dict[str, Answers] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        return self.imported + self.known + self.rejected + self.unanswered

    def note(self, fresh: Sequence[Row], known: int) -> None:
        """These rows were not there before, and so many others were."""
        self.imported += len(fresh)
        self.known += known
        for row in fresh:
            found = self.surveys.setdefault(row.survey.survey.slug, Answers(row.answered_at, row.answered_at))
            found.first, found.last = min(found.first, row.answered_at), max(found.last, row.answered_at)
            found.scores[row.score] += 1

    def reject(self, line: int, text: str) -> None:
        """A row that cannot be used; reasons that differ in their numbers and quoted words alone are of one kind."""
        self.rejected += 1
        kind = _PARTICULARS.sub("…", text)
        if kind not in self.reasons and len(self.reasons) >= MOST_REASONS:
            kind, text = OTHER_REASONS, OTHER_REASONS
        self.reasons.setdefault(kind, Reason(line, text)).n += 1
