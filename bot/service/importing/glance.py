"""What one look at a whole file settles before its first row is written: the order of dates, the reach of scores."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.service.importing.moments import Evidence

MOST_NAMES: Final = 100  # of surveys in one file, for flat memory; what comes after is not looked at
_NUMBER: Final = re.compile(r"\+?([0-9]{1,3})(?:[.,]0*)?")

Places = Sequence[int | None]


@dataclass(slots=True)
class Reach:
    """How many numbers a file has as scores of one survey, and the highest."""

    n: int = 0
    highest: int = 0


@dataclass(slots=True)
class Glance:
    """`worded`: the first score in words with its line. `reach`: by what the rows call their survey."""

    rows: int = 0
    dates: Evidence = field(default_factory=Evidence)
    worded: dict[str, int] = field(default_factory=dict)
    reach: dict[str, Reach] = field(default_factory=dict)

    def look(self, line: int, cells: Sequence[str], places: Places, width: int) -> None:
        """Looks at one row. `places` are those of answered_at, sent_at, score and survey; `width` is the header's."""
        self.rows += 1
        if len(cells) != width:
            return
        answered_at, sent_at, score, survey = places
        for place in (answered_at, sent_at):
            if place is not None and cells[place]:
                self.dates.add(line, cells[place])
        if score is not None:
            self._score(line, cells[score].strip(), "" if survey is None else cells[survey].strip().casefold())

    def _score(self, line: int, text: str, survey: str) -> None:
        number = _NUMBER.fullmatch(text)
        if number is not None and (survey in self.reach or len(self.reach) < MOST_NAMES):
            reach = self.reach.setdefault(survey, Reach())
            reach.n += 1
            reach.highest = max(reach.highest, int(number[1]))
        elif text and number is None and len(self.worded) < MOST_NAMES:
            self.worded.setdefault(text.casefold(), line)
