"""What one invitation counts for, so that every figure is a sum of it and every change a difference.

Measures (ARCHITECTURE.md, "Figures"): `score_<k>` on the answer day; `considered`, `suppressed:<reason>`,
`failed:<reason>`, `delivered`, `answered`, `commented` on the cohort day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import NamedTuple

from bot.invitation import Invitation, Origin, State

ALL = "all"
DIMENSIONS = ("all", "agent", "team", "channel", "tag", "touchpoint")


class Cell(NamedTuple):
    """One counter of the rollup. `key` is empty for the dimension `all`."""

    survey_id: int
    day: date
    dimension: str
    key: str
    measure: str


def measures(invitation: Invitation) -> list[tuple[date, str]]:
    """The `(local day, measure)` pairs that this invitation adds one to. Tests count for nothing."""
    if invitation.origin is Origin.TEST:
        return []
    answer, day = invitation.answer, invitation.cohort_day
    found = [(day, measure) for measure in _funnel(invitation)] if invitation.origin is Origin.ASKED else []
    if answer is not None and answer.score is not None and answer.day is not None:
        found.append((answer.day, f"score_{answer.score}"))
    return found


def _funnel(invitation: Invitation) -> list[str]:
    if invitation.sent_at is not None:
        found = ["considered", "delivered"]
        if invitation.answered:
            found.append("answered")
            if invitation.answer is not None and invitation.answer.commented:
                found.append("commented")
    elif invitation.state is State.CANCELLED:
        return []
    elif invitation.state is State.FAILED:
        return ["considered", f"failed:{invitation.reason}"]
    else:
        found = ["considered"]
    if invitation.state is State.SUPPRESSED:
        found.append(f"suppressed:{invitation.reason}")
    return found


def places(invitation: Invitation) -> Iterator[tuple[str, str]]:
    """The `(dimension, key)` pairs under which it is counted; tags overlap and never sum to `all`."""
    about = invitation.interaction
    yield ALL, ""
    for dimension, key in (
        ("agent", about.agent), ("team", about.team), ("channel", invitation.channel), ("touchpoint", about.touchpoint),
    ):  # fmt: skip
        if key:
            yield dimension, key
    if about.tags:
        for tag in sorted({tag for tag in about.tags if tag}):
            yield "tag", tag


def cells(invitation: Invitation) -> Counter[Cell]:
    """Everything that this invitation counts for."""
    where = tuple(places(invitation))
    return Counter(
        Cell(invitation.survey_id, day, dimension, key, measure)
        for day, measure in measures(invitation)
        for dimension, key in where
    )


def difference(before: Invitation | None, after: Invitation) -> Counter[Cell]:
    """What a change adds to and takes from each cell; unchanged cells are left out."""
    return total([(before, after)])


def total(changes: Iterable[tuple[Invitation | None, Invitation]]) -> Counter[Cell]:
    """What many changes `(before, after)` together add to and take from each cell; what they leave as it was is left
    out.

    Changes that count in the same places are added up before they become cells: many taps mostly do.
    """
    found: defaultdict[tuple[int, _Places], Counter[tuple[date, str]]] = defaultdict(Counter)
    for before, after in changes:
        where = tuple(places(after))
        _add(found[after.survey_id, where], after, 1)
        if before is not None:
            alike = before.interaction is after.interaction and before.channel == after.channel
            _add(found[before.survey_id, where if alike else tuple(places(before))], before, -1)
    change: Counter[Cell] = Counter()
    for (survey, where), counted in found.items():
        moved = [(day, measure, n) for (day, measure), n in counted.items() if n]
        for (day, measure, n), (dimension, key) in product(moved, where):
            change[Cell(survey, day, dimension, key, measure)] += n
    return Counter({cell: n for cell, n in change.items() if n})


_Places = tuple[tuple[str, str], ...]


def _add(there: Counter[tuple[date, str]], invitation: Invitation, n: int) -> None:
    for one in measures(invitation):
        there[one] += n
