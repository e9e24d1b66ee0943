"""Change against chance: is the difference between two periods more than noise?"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import WrongUse
from bot.scoring import (
    NPS_SCALE,
    Figure,
    Histogram,
    Interval,
    Z,
    answers,
    count_in,
    moments,
    nps_error,
    promoters_and_detractors,
    rate,
    score,
    wilson,
)
from bot.student_t import quantile, two_sided
from bot.surveys import Kind, Survey
from bot.values import replace

MIN_ANSWERS = 10
ALPHA = 0.05
FARTHEST_Z = 40.0  # beyond it a p-value is smaller than any float
HALVINGS = 60
BARS = "▁▂▃▄▅▆▇█"
GAP = "·"


class Verdict(StrEnum):
    """What a change may be called; `None` in its place means that there is no earlier period."""

    REAL = "real"
    NOISE = "noise"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Change:
    """Now minus before, unrounded: percentage points, NPS points or CES scores.

    `interval` (95 %, for this change alone) and the two-sided `p` are there only with enough answers in both periods.
    """

    value: float | None
    interval: Interval | None
    verdict: Verdict | None
    p: float | None


NO_EARLIER_PERIOD = Change(None, None, None, None)


def change(survey: Survey, now: Histogram, before: Histogram) -> Change:
    """The change of the survey's figure; `real` only where the interval leaves out 0 (KPI.md).

    An open survey has no figure, so no change. Scores off the scale raise `BadScore`. A change of a mean is not judged
    (`few`) where neither period shows any spread: nothing then says how far chance reaches.
    """
    new, old = score(survey, now), score(survey, before)
    if survey.kind is Kind.OPEN:
        return NO_EARLIER_PERIOD
    if survey.kind is Kind.CSAT:
        return _compared(
            new, old, lambda: newcombe(count_in(now, survey.good), new.n, count_in(before, survey.good), old.n)
        )
    if survey.kind is Kind.CES and new.value is not None and old.value is not None and not _spread(now, before):
        return Change(new.value - old.value, None, Verdict.FEW, None)
    compare = nps_difference if survey.kind is Kind.NPS else welch
    return _compared(new, old, lambda: compare(now, before))


def _spread(*periods: Histogram) -> bool:
    return any(sum(n > 0 for n in histogram.values()) > 1 for histogram in periods)


def rate_change(part_now: int, whole_now: int, part_before: int, whole_before: int) -> Change:
    """The change of a rate in percentage points, by Newcombe's interval; `few` goes by the wholes (KPI.md)."""
    new, old = rate(part_now, whole_now), rate(part_before, whole_before)
    return _compared(new, old, lambda: newcombe(part_now, whole_now, part_before, whole_before))


def _compared(new: Figure, old: Figure, compare: Callable[[], tuple[Interval, float]]) -> Change:
    if old.value is None:
        return NO_EARLIER_PERIOD
    if new.value is None:
        return Change(None, None, Verdict.FEW, None)
    value = new.value - old.value
    if min(new.n, old.n) < MIN_ANSWERS:
        return Change(value, None, Verdict.FEW, None)
    interval, p = compare()
    return Change(value, interval, Verdict.NOISE if 0 in interval else Verdict.REAL, p)


def newcombe(part: int, whole: int, part_before: int, whole_before: int) -> tuple[Interval, float]:
    """Interval, in percentage points, and p-value of the difference of two independent proportions, wholes > 0.

    Source: Newcombe 1998, method 10 (hybrid score). p belongs to the level at which the interval just touches 0.
    """

    def at(z: float) -> Interval:
        new, old = wilson(part, whole, z), wilson(part_before, whole_before, z)
        p, q = 100 * part / whole, 100 * part_before / whole_before
        return Interval(
            p - q - math.hypot(p - new.low, old.high - q),
            p - q + math.hypot(new.high - p, q - old.low),
        )

    if part * whole_before == part_before * whole:
        return at(Z), 1.0
    near, far = 0.0, FARTHEST_Z
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        near, far = (near, middle) if 0 in at(middle) else (middle, far)
    return at(Z), _normal_tails(far)


def nps_difference(now: Histogram, before: Histogram) -> tuple[Interval, float]:
    """Interval, in NPS points, and p-value of the difference of two NPS: +- z x sqrt(SE1^2 + SE2^2), both n > 0.

    Source: KPI.md with Rocks 2016. As for one NPS, the interval lies around the adjusted values: around the plain ones,
    with these errors, one of nine weeks of mere chance would be called a change at n = 10.
    """
    value = 100 * (_adjusted_nps(now) - _adjusted_nps(before))
    error = 100 * math.hypot(nps_error(now), nps_error(before))
    return Interval(value - Z * error, value + Z * error), _normal_tails(value / error)


def _adjusted_nps(histogram: Histogram) -> float:
    promoters, detractors = promoters_and_detractors(histogram)
    return (promoters - detractors) / (answers(histogram, NPS_SCALE) + 3)


def welch(now: Histogram, before: Histogram) -> tuple[Interval, float]:
    """Interval and p-value of the difference of two means by Welch's t with Welch-Satterthwaite df; both n >= 2.

    Without any spread in either period the interval is the difference itself, and p is 1 for none and 0 for some.
    """
    new, old = moments(now), moments(before)
    value = new.mean - old.mean
    a, b = new.variance / new.n, old.variance / old.n
    if a + b == 0:
        return Interval(value, value), float(value == 0)
    df = (a + b) ** 2 / (a * a / (new.n - 1) + b * b / (old.n - 1))
    error = math.sqrt(a + b)
    half = quantile(df, ALPHA) * error
    return Interval(value - half, value + half), two_sided(value / error, df)


def _normal_tails(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def holm(changes: Sequence[Change], alpha: float = ALPHA) -> list[Change]:
    """The same changes in the same order, where `real` stays only on those that survive Holm's step-down test.

    Those without a p-value (few answers, no earlier period) are no part of the family. Source: Holm 1979; KPI.md.
    Intervals stay as they are: each is the 95 % interval of its own change.
    """
    family = sorted((item.p, at) for at, item in enumerate(changes) if item.p is not None)
    corrected = list(changes)
    failed = False
    for rank, (p, at) in enumerate(family):
        failed = failed or p > alpha / (len(family) - rank)
        if failed:
            corrected[at] = replace(corrected[at], verdict=Verdict.NOISE)
    return corrected


def headlines(pairs: Mapping[str, tuple[Survey, Histogram, Histogram]]) -> dict[str, Change]:
    """The changes of a summary's headline figures, now and before by name, corrected as one family by Holm."""
    found = [change(survey, now, before) for survey, now, before in pairs.values()]
    return dict(zip(pairs, holm(found), strict=True))


def sparkline(values: Sequence[float | None], low: float, high: float) -> str:
    """One bar per value on the fixed scale `low` to `high`, `·` where there is none; values beyond it get the end bar.

    Without a range (`low` = `high`) every bar is the middle one.
    """
    if low > high:
        raise WrongUse(f"A sparkline runs from low to high, not from {low} to {high}.")
    return "".join(GAP if value is None else _bar(value, low, high) for value in values)


def _bar(value: float, low: float, high: float) -> str:
    if low == high:
        return BARS[len(BARS) // 2 - 1]
    step = math.floor((value - low) / (high - low) * len(BARS))
    return BARS[min(max(step, 0), len(BARS) - 1)]
