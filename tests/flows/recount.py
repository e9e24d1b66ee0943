"""A week's summary recomputed from raw rows, slowly, with formulas of its own: no `bot.scoring`, no `bot.trends`.

Where the program has a closed form, this searches or integrates; where the program counts in rollups, this counts rows.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import NormalDist, fmean, variance
from typing import Any

Z = 1.959964
GOOD = {"csat": range(4, 6), "ces": range(5, 8)}
LOW = {"csat": range(1, 3), "ces": range(1, 4), "nps": range(7)}
ENDS = {"csat": (0.0, 100.0), "nps": (-100.0, 100.0), "ces": (1.0, 7.0)}
DIMENSIONS = ("team", "agent", "touchpoint", "channel", "tag")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the database, as far as figures go; `score` and `day` are of an answer that is still there."""

    slug: str
    cohort: date
    origin: str
    state: str
    reason: str | None
    sent: bool
    answered: bool
    commented: bool
    score: int | None
    day: date | None
    groups: frozenset[tuple[str, str]]
    decided: date


def recount(rows: Sequence[Row], monday: date, settled: date | None, *, agents: bool) -> dict[str, Any]:
    """`scores`, `funnel`, `movers`, `silent`: what is comparable of the `summary` shape. Days are Mondays."""
    rows = [row for row in rows if row.origin != "test"]
    every = ((slug, score_of(rows, slug, monday)) for slug in ("csat", "nps", "ces"))
    scores = {slug: one for slug, one in every if one is not None}
    corrected(list(scores.values()), "p", "verdict")
    corrected([one["course"] for one in scores.values() if one["course"]], "p", "verdict")
    groups = nameable(rows, monday, agents=agents)
    return {
        "scores": scores,
        "funnel": funnel_of(of_cohort(rows, monday)),
        "movers": movers_of(rows, groups, monday),
        "silent": silent_of(rows, nameable(rows, settled, agents=agents), settled) if settled else {},
    }


def given(rows: Sequence[Row], slug: str, monday: date, group: tuple[str, str] | None = None) -> list[int]:
    sunday = monday + timedelta(days=6)
    return [
        row.score
        for row in rows
        if row.slug == slug and row.score is not None and row.day and monday <= row.day <= sunday
        if group is None or group in row.groups
    ]


def of_cohort(rows: Sequence[Row], monday: date) -> list[Row]:
    return [row for row in rows if row.origin == "asked" and monday <= row.cohort <= monday + timedelta(days=6)]


def score_of(rows: Sequence[Row], slug: str, monday: date) -> dict[str, Any] | None:
    weeks = [given(rows, slug, monday - timedelta(weeks=back)) for back in reversed(range(12))]
    if not any(weeks[-2:]):
        return None
    now, before = weeks[-1], weeks[-2]
    return {
        "n": len(now),
        "value": value(slug, now),
        "interval": interval(slug, now),
        "weeks": [value(slug, week) for week in weeks],
        "histogram": {str(score): n for score, n in sorted(Counter(now).items())},
        **change(slug, now, before),
        "course": course(slug, weeks),
    }


def value(slug: str, answers: Sequence[int]) -> float | None:
    if not answers:
        return None
    if slug == "ces":
        return fmean(answers)
    if slug == "csat":
        return 100 * sum(one in GOOD["csat"] for one in answers) / len(answers)
    return 100 * (sum(one >= 9 for one in answers) - sum(one <= 6 for one in answers)) / len(answers)


def interval(slug: str, answers: Sequence[int]) -> tuple[float, float] | None:
    n, (low, high) = len(answers), ENDS[slug]
    if not n:
        return None
    if slug == "csat":
        return wilson(sum(one in GOOD["csat"] for one in answers), n, Z)
    if slug == "nps":
        middle, error = adjusted(answers)
        return max(low, middle - Z * error), min(high, middle + Z * error)
    if n == 1:
        return low, high
    half = t_quantile(n - 1) * math.sqrt(variance(answers) / n)
    return max(low, fmean(answers) - half), min(high, fmean(answers) + half)


def adjusted(answers: Sequence[int]) -> tuple[float, float]:
    """The NPS with three quarters of an answer at either end and three in all, and its standard error."""
    n = len(answers) + 3
    p, d = ((sum(found) + 0.75) / n for found in ((o >= 9 for o in answers), (o <= 6 for o in answers)))
    return 100 * (p - d), 100 * math.sqrt((p * (1 - p) + d * (1 - d) + 2 * p * d) / n)


def change(slug: str, now: Sequence[int], before: Sequence[int]) -> dict[str, Any]:
    new, old = value(slug, now), value(slug, before)
    if old is None:
        return {"change": None, "verdict": None, "p": None}
    if new is None:
        return {"change": None, "verdict": "few", "p": None}
    if min(len(now), len(before)) < 10 or (slug == "ces" and len(set(now)) == len(set(before)) == 1):
        return {"change": new - old, "verdict": "few", "p": None}
    return {"change": new - old, "verdict": None, "p": p_value(slug, now, before)}


def p_value(slug: str, now: Sequence[int], before: Sequence[int]) -> float:
    if slug == "csat":
        good = [sum(one in GOOD["csat"] for one in answers) for answers in (now, before)]
        return newcombe_p(good[0], len(now), good[1], len(before))
    if slug == "nps":
        (a, s), (b, r) = adjusted(now), adjusted(before)
        return 2 * NormalDist().cdf(-abs(a - b) / math.sqrt(s * s + r * r))
    a, b = (variance(answers) / len(answers) for answers in (now, before))
    if not a + b:
        return float(fmean(now) == fmean(before))
    df = (a + b) ** 2 / (a * a / (len(now) - 1) + b * b / (len(before) - 1))
    return t_tails((fmean(now) - fmean(before)) / math.sqrt(a + b), df)


def wilson(part: int, n: int, z: float) -> tuple[float, float]:
    """The shares whose distance from the observed one is z of their own standard errors, found by halving."""
    share = part / n

    def end(edge: float) -> float:
        inside, outside = share, edge
        for _ in range(60):
            middle = (inside + outside) / 2
            near = abs(middle - share) <= z * math.sqrt(middle * (1 - middle) / n)
            inside, outside = (middle, outside) if near else (inside, middle)
        return 100 * inside

    return end(0.0), end(1.0)


def newcombe_p(part: int, n: int, part_before: int, m: int) -> float:
    """The level at which Newcombe's interval of the difference just touches 0."""
    if Fraction(part, n) == Fraction(part_before, m):
        return 1.0
    p, q = 100 * part / n, 100 * part_before / m
    low, high = 0.0, 40.0
    for _ in range(50):
        z = (low + high) / 2
        (a, b), (c, d) = wilson(part, n, z), wilson(part_before, m, z)
        touches = p - q - math.hypot(p - a, d - q) <= 0 <= p - q + math.hypot(b - p, q - c)
        low, high = (low, z) if touches else (z, high)
    return 2 * NormalDist().cdf(-high)


def t_tails(t: float, df: float) -> float:
    """P(|T| >= |t|) by Simpson's rule over the angle whose tangent is t/sqrt(df)."""
    constant = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)

    def density(angle: float) -> float:
        return math.pow(math.cos(angle), df - 1)

    return min(1.0, 2 * constant * simpson(density, math.atan(abs(t) / math.sqrt(df)), math.pi / 2))


def simpson(of: Callable[[float], float], low: float, high: float, steps: int = 2000) -> float:
    width = (high - low) / steps
    inner = sum((4 if step % 2 else 2) * of(low + step * width) for step in range(1, steps))
    return (of(low) + inner + of(high)) * width / 3


def t_quantile(df: float) -> float:
    low, high = 0.0, 20.0
    for _ in range(45):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tails(middle, df) > 0.05 else (low, middle)
    return high


def course(slug: str, weeks: Sequence[Sequence[int]]) -> dict[str, Any] | None:
    """Each answer's week counts once per answer in the normal equations, so a week weighs what it holds."""
    points = [(at, len(week), value(slug, week) or 0.0) for at, week in enumerate(weeks) if len(week) >= 10]
    if len(points) < 6 or len(weeks[-1]) < 10:
        return None
    n, x, y = (sum(w * part for w, part in pairs) for pairs in zip(*(
        ((w, 1.0), (w, float(at)), (w, v)) for at, w, v in points), strict=True))  # fmt: skip
    xx, xy = sum(w * at * at for at, w, _ in points), sum(w * at * v for at, w, v in points)
    slope = (n * xy - x * y) / (n * xx - x * x)
    start = (y - slope * x) / n
    left = sum(w * (v - start - slope * at) ** 2 for at, w, v in points)
    if max(v for *_, v in points) == min(v for *_, v in points):
        return {"per_week": 0.0, "p": 1.0, "verdict": None}
    error = math.sqrt(left / (len(points) - 2) / (xx - x * x / n))
    return {"per_week": slope, "p": t_tails(slope / error, len(points) - 2) if error else 0.0, "verdict": None}


def corrected(family: Sequence[dict[str, Any]], p: str, verdict: str) -> None:
    """Holm: the smallest p against 5 % of the whole family, the next against that of the rest, until one fails."""
    tested = sorted((one for one in family if one[p] is not None), key=lambda one: one[p])
    passing = True
    for rank, one in enumerate(tested):
        passing = passing and one[p] <= 0.05 / (len(tested) - rank)
        one[verdict] = "real" if passing else "noise"


def funnel_of(cohort: Sequence[Row]) -> dict[str, int]:
    counted = [row for row in cohort if row.sent or row.state != "cancelled"]
    suppressed = sum(row.state == "suppressed" for row in counted)
    failed = sum(row.state == "failed" and not row.sent for row in counted)
    delivered = sum(row.sent for row in counted)
    asked = len(counted) - suppressed
    return {
        "considered": len(counted), "suppressed": suppressed, "asked": asked, "pending": asked - failed - delivered,
        "failed": failed, "delivered": delivered, "answered": sum(row.sent and row.answered for row in counted),
        "commented": sum(row.sent and row.answered and row.commented for row in counted),
    }  # fmt: skip


def nameable(rows: Sequence[Row], monday: date, *, agents: bool) -> set[tuple[str, str]]:
    """The groups that a message may name: what one or two agents serve is a person."""
    found = {group for row in rows for group in row.groups}
    if agents:
        return found
    crews: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    first, end = monday - timedelta(days=8), monday + timedelta(days=8)
    for row in rows:
        if first <= row.decided < end:
            for group in row.groups:
                crews[group] |= {key for dimension, key in row.groups if dimension == "agent"}
    small = {g for g, crew in crews.items() if len(crew) in {1, 2} and g[0] in {"team", "touchpoint", "tag"}}
    return {group for group in found - small if group[0] != "agent"}


def movers_of(rows: Sequence[Row], groups: set[tuple[str, str]], monday: date) -> dict[tuple[str, str, str], Any]:
    family = {}
    for slug, group in ((slug, group) for slug in GOOD | LOW for group in sorted(groups)):
        weeks = [given(rows, slug, monday - timedelta(weeks=back), group) for back in (0, 1)]
        whole = [given(rows, slug, monday - timedelta(weeks=back)) for back in (0, 1)]
        if [Counter(week) for week in weeks] != [Counter(week) for week in whole] and whole[1]:
            found = change(slug, *weeks)
            if found["p"] is not None:
                figures = {"value": value(slug, weeks[0]), "n": len(weeks[0])}
                family[slug, *group] = found | figures | {"low": sum(one in LOW[slug] for one in weeks[0])}
    corrected(list(family.values()), "p", "verdict")
    return {key: one for key, one in family.items() if one["verdict"] == "real"}


def silent_of(rows: Sequence[Row], groups: set[tuple[str, str]], monday: date) -> dict[tuple[str, str], Any]:
    reached = [row for row in of_cohort(rows, monday) if row.sent]
    family: dict[tuple[str, str], dict[str, Any]] = {}
    for group in groups:
        inside, outside = ([r.answered for r in reached if (group in r.groups) is side] for side in (True, False))
        if min(len(inside), len(outside)) >= 30:
            p = newcombe_p(sum(inside), len(inside), sum(outside), len(outside))
            family[group] = {"p": p, "verdict": None, "rate": 100 * fmean(inside), "rest": 100 * fmean(outside)}
    corrected(list(family.values()), "p", "verdict")
    real = {group: one for group, one in family.items() if one["verdict"] == "real" and one["rate"] < one["rest"]}
    ranks = ("team", "agent", "touchpoint", "channel", "tag")
    lowest: list[tuple[str, str]] = []
    for group in sorted(real, key=lambda group: (real[group]["rate"], ranks.index(group[0]), group)):
        twins = [o for o in lowest if real[o] == real[group] and (o[0] != group[0] or group[0] == "tag")]
        lowest += [] if twins else [group]
    return {group: real[group] for group in lowest[:2]}
