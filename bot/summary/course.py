"""Where a figure goes over twelve weeks: weighted least squares on the weekly values."""

import math
from collections.abc import Mapping, Sequence

from bot.scoring import Histogram, Interval, score
from bot.student_t import quantile, two_sided
from bot.summary.findings import Course
from bot.surveys import Kind, Survey
from bot.trends import ALPHA, MIN_ANSWERS, Change, Verdict, holm

FEWEST_WEEKS = 6
EXACT = 1e-9  # weekly values that differ by less are equal; floats miss by more digits


def course(survey: Survey, weeks: Sequence[Histogram]) -> Course | None:
    """The straight line through the weekly values, or None with fewer than 6 weeks of at least 10 answers.

    The newest week has to be one of them: a line that ended earlier says nothing about now.

    Each week weighs as much as it has answers, since the variance of a weekly value is in proportion to 1/n; the spread
    around the line is estimated from the weeks themselves, so that weeks which differ by more than the answers explain
    make the line less sure. The interval and p are Student's t with two degrees fewer than there are weeks. Source:
    NIST/SEMATECH e-Handbook of Statistical Methods, 4.1.4.3, Weighted Least Squares Regression. Weeks are taken as
    independent of each other.
    """
    figures = [score(survey, week) for week in weeks]
    points = [(at, float(f.n), f.value or 0.0) for at, f in enumerate(figures) if f.n >= MIN_ANSWERS]
    if survey.kind is Kind.OPEN or len(points) < FEWEST_WEEKS or points[-1][0] < len(weeks) - 1:
        return None
    slope, error = _line(points)
    df = len(points) - 2
    half = quantile(df, ALPHA) * error
    p = two_sided(slope / error, df) if error else float(slope == 0)
    verdict = Verdict.REAL if p < ALPHA else Verdict.NOISE
    return Course(slope, Interval(slope - half, slope + half), p, verdict, points[-1][0] - points[0][0] + 1)


def _line(points: Sequence[tuple[int, float, float]]) -> tuple[float, float]:
    """Slope and its standard error; both 0 where all values are equal."""
    if max(value for *_, value in points) - min(value for *_, value in points) < EXACT:
        return 0.0, 0.0
    total = sum(n for _, n, _ in points)
    middle = sum(n * at for at, n, _ in points) / total
    mean = sum(n * value for _, n, value in points) / total
    spread = sum(n * (at - middle) ** 2 for at, n, _ in points)
    slope = sum(n * (at - middle) * (value - mean) for at, n, value in points) / spread
    left = sum(n * (value - mean - slope * (at - middle)) ** 2 for at, n, value in points)
    return slope, math.sqrt(left / (len(points) - 2) / spread)


def courses(surveys: Mapping[str, tuple[Survey, Sequence[Histogram]]]) -> dict[str, Course | None]:
    """The courses of a summary by survey; `real` only where it survives Holm's correction over all of them."""
    found = {slug: course(survey, weeks) for slug, (survey, weeks) in surveys.items()}
    drawn = {slug: one for slug, one in found.items() if one is not None}
    family = holm([Change(one.per_week, one.interval, one.verdict, one.p) for one in drawn.values()])
    for (slug, one), corrected in zip(drawn.items(), family, strict=True):
        verdict = corrected.verdict or Verdict.NOISE
        found[slug] = Course(one.per_week, one.interval, one.p, verdict, one.span)
    return found
