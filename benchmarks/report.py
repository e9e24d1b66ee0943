"""One measured figure as a line of a table, beside what it is compared with and what we want of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Line:
    """`ratio` is to the figure that `to` names, measured in the same run. `wanted` is the largest value we aim at,
    or with `at_least` the smallest.
    """

    what: str
    value: float
    unit: str
    ratio: float | None = None
    to: str = ""
    wanted: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.wanted is None:
            return ""
        met = self.value >= self.wanted if self.at_least else self.value <= self.wanted
        return f"{'met' if met else 'MISSED'} ({'≥' if self.at_least else '≤'} {_shown(self.wanted)})"


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that this share of the measured ones does not exceed (nearest rank); ValueError without any."""
    if not seconds:
        raise ValueError("nothing was measured")
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]


def show(console: Console, title: str, lines: Sequence[Line]) -> None:
    """Prints the lines as one table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("", "value", "unit", "ratio", "to", "wanted"):
        table.add_column(name, justify="right" if name in {"value", "ratio"} else "left")
    for line in lines:
        ratio = "" if line.ratio is None else f"{_shown(line.ratio)} x"
        table.add_row(line.what, _shown(line.value), line.unit, ratio, line.to, line.verdict)
    console.print(table)


def _shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if value else "0"
