"""Figures from histograms: CSAT, NPS, CES and rates, each with its 95 % interval, as KPI.md defines them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from bot.errors import BadScore, WrongUse
from bot.student_t import quantile
from bot.surveys import HIGHEST_SCORE, Kind, Scale, Survey

Z = 1.959964
PROMOTERS = range(9, 11)
DETRACTORS = range(7)
NPS_SCALE = Scale(0, 10)
SIGNIFICANT_DIGITS = 12  # more than any count needs, fewer than binary floats get wrong

Histogram = Mapping[int, int]  # score -> number of answers


@dataclass(frozen=True, slots=True)
class Interval:
    """The likely range of a figure, in the figure's own unit, both ends included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Figure:
    """An unrounded figure over `n` answers: percent for CSAT and rates, -100 to 100 for NPS, the mean score for CES.

    Without answers `value` and `interval` are None, never 0. `share` is set for CES alone: the percent of easy answers.
    """

    n: int
    value: float | None
    interval: Interval | None
    share: "Figure | None" = None


@dataclass(frozen=True, slots=True)
class Moments:
    """What the mean and its interval need of a histogram; `variance` is the sample's (n - 1), 0 for one answer."""

    n: int
    mean: float
    variance: float


def wilson(successes: int, n: int, z: float = Z) -> Interval:
    """The Wilson score interval of `successes` in `n` > 0, in percent.

    Source: Wilson 1927; KPI.md. 160 of 200 gives 73.914 to 84.955.
    """
    _check_part(successes, n)
    if n == 0:
        raise WrongUse("A Wilson interval needs at least one answer.")
    p = successes / n
    square = z * z
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    # The ends touch 0, 100 and the share itself exactly in theory; the floats miss them by a last digit.
    low = 0.0 if successes == 0 else max(0.0, min(centre - half, p))
    high = 1.0 if successes == n else min(1.0, max(centre + half, p))
    return Interval(100 * low, 100 * high)


def rate(part: int, whole: int) -> Figure:
    """`part` of `whole` in percent, with the Wilson interval; counts of one cohort (KPI.md)."""
    _check_part(part, whole)
    if whole == 0:
        return Figure(0, None, None)
    return Figure(whole, 100 * part / whole, wilson(part, whole))


def csat(histogram: Histogram, good: tuple[int, int] = (4, 5)) -> Figure:
    """Satisfied answers (scores in `good`, ends included) in percent of all, with the Wilson interval.

    Source: KPI.md. `score` also checks the scale; here only what no survey has is refused.
    """
    n = answers(histogram, Scale(0, HIGHEST_SCORE))
    return rate(count_in(histogram, good), n)


def nps(histogram: Histogram) -> Figure:
    """100 x (promoters - detractors) / n; promoters are 9-10 and detractors 0-6 of 0-10.

    The value is the plain one. The interval is the adjusted Wald of Rocks 2016 (KPI.md), clipped to -100 and 100. It
    lies around the adjusted value: for a single answer it may therefore leave out the plain one.
    """
    n = answers(histogram, NPS_SCALE)
    if n == 0:
        return Figure(0, None, None)
    promoters, detractors = promoters_and_detractors(histogram)
    centre = (promoters - detractors) / (n + 3)
    half = Z * nps_error(histogram)
    interval = Interval(100 * max(-1.0, centre - half), 100 * min(1.0, centre + half))
    return Figure(n, 100 * (promoters - detractors) / n, interval)


def nps_error(histogram: Histogram) -> float:
    """The adjusted standard error of an NPS as a share (-1 to 1): 3/4 goes to each end and 3 to n (Rocks 2016)."""
    n = answers(histogram, NPS_SCALE) + 3
    promoters, detractors = promoters_and_detractors(histogram)
    p, d = (promoters + 0.75) / n, (detractors + 0.75) / n
    return math.sqrt((p + d - (p - d) ** 2) / n)


def promoters_and_detractors(histogram: Histogram) -> tuple[int, int]:
    """How many answers are 9-10, and how many 0-6."""
    return (sum(histogram.get(k, 0) for k in PROMOTERS), sum(histogram.get(k, 0) for k in DETRACTORS))


def ces(histogram: Histogram, scale: Scale, good: tuple[int, int]) -> Figure:
    """The mean score with its Student t interval (n - 1) clipped to the scale; `share` is the percent of easy answers.

    Source: KPI.md. One answer shows no spread, so its interval is the whole scale. Where all answers are equal the t
    interval has no width: read it together with n.
    """
    n = answers(histogram, scale)
    share = rate(count_in(histogram, good), n)
    if n == 0:
        return Figure(0, None, None, share)
    found = moments(histogram)
    if n == 1:
        return Figure(n, found.mean, Interval(scale.low, scale.high), share)
    wide = mean_interval(found.mean, math.sqrt(found.variance), n)
    return Figure(n, found.mean, Interval(max(wide.low, scale.low), min(wide.high, scale.high)), share)


def mean_interval(mean: float, sd: float, n: int) -> Interval:
    """The Student t interval of a mean over `n` >= 2 values with sample deviation `sd`, not clipped (KPI.md)."""
    if n <= 1 or sd < 0:
        raise WrongUse(f"A t interval needs at least 2 values and a deviation of 0 or more, not n={n}, sd={sd}.")
    half = quantile(n - 1) * sd / math.sqrt(n)
    return Interval(mean - half, mean + half)


def moments(histogram: Histogram) -> Moments:
    """Count, mean and sample variance; the sums are whole numbers, so ten million answers lose no digit. n > 0."""
    n = sum(histogram.values())
    total = sum(score * count for score, count in histogram.items())
    squares = sum(score * score * count for score, count in histogram.items())
    variance = (n * squares - total * total) / (n * (n - 1)) if n > 1 else 0.0
    return Moments(n, total / n, variance)


def score(survey: Survey, histogram: Histogram) -> Figure:
    """The survey's own figure. An open survey has none, only its `n`; a score off the scale raises `BadScore`."""
    if survey.scale is None:
        return Figure(_total(histogram), None, None)
    for found in histogram:
        survey.check(found)
    if survey.kind is Kind.NPS:
        return nps(histogram)
    if survey.kind is Kind.CES:
        return ces(histogram, survey.scale, survey.good)
    return csat(histogram, survey.good)


def merge(versions: Sequence[tuple[Survey, Histogram]]) -> Figure:
    """One figure over several versions of a survey; `WrongUse` where they differ in kind, scale, bands or direction."""
    if not versions:
        raise WrongUse("There is nothing to merge: name at least one survey version.")
    first = versions[0][0]
    for survey, histogram in versions:
        if not survey.poolable(first):
            raise WrongUse(
                f"Version {survey.version} of {survey.slug!r} and version {first.version} of {first.slug!r} differ in "
                "kind, scale, bands or direction: show them as two figures."
            )
        score(survey, histogram)  # names a bad histogram by its own version
    return score(first, pooled(*(histogram for _, histogram in versions)))


def pooled(*histograms: Histogram) -> dict[int, int]:
    """The answers of all histograms in one, by score; a team's figure is scored from this, never from its agents'."""
    together: Counter[int] = Counter()
    for histogram in histograms:
        _total(histogram)
        together.update(histogram)
    return dict(sorted(together.items()))


def retention(start: int, new: int, end: int) -> Figure:
    """CRR = (end - new) / start in percent, where `end` - `new` counts people who were there at the start (KPI.md)."""
    if end < new:
        raise WrongUse(f"{new} new customers cannot be more than the {end} at the end of the period.")
    return rate(end - new, start)


def churn(start: int, lost: int) -> Figure:
    """Of the `start` customers at the beginning, the percent lost in the period (KPI.md)."""
    return rate(lost, start)


def utilisation(acted: int, received: int) -> Figure:
    """Responses with a recorded action in percent of responses received, same cohort (KPI.md)."""
    return rate(acted, received)


def clv(order_value: float, orders: float, periods: float, margin: float = 1.0) -> float:
    """Mean order value x orders per period x expected periods x margin (0 to 1), in the order's money (KPI.md)."""
    _check_amounts(order_value, orders, periods, margin)
    if margin > 1:
        raise WrongUse(f"A margin is a share from 0 to 1, not {margin}: write 40 % as 0.4.")
    return order_value * orders * periods * margin


def cac(cost: float, new_customers: int) -> float | None:
    """Sales and marketing cost / new customers, in the cost's money; None without new customers (KPI.md)."""
    _check_amounts(cost, new_customers)
    return cost / new_customers if new_customers else None


def digits(kind: Kind) -> int:
    """Decimals shown for a figure of this kind: two for CES, else one (SURFACE.md)."""
    return 2 if kind is Kind.CES else 1


def text_digits(kind: Kind) -> int:
    """Decimals in a message to people: none but for the short scale of CES."""
    return 1 if kind is Kind.CES else 0


def rounded(value: float | None, digits: int = 1) -> float | None:
    """Half up from the exact value, so 81.25 becomes 81.3; halves of negatives go away from 0, so -81.25 becomes -81.3.

    A tie that binary floats miss by a last digit (2.675) still counts as one: 12 significant digits decide.
    """
    if value is None:
        return None
    exact = Decimal(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)) + 0.0  # + 0.0: there is no -0.0


def answers(histogram: Histogram, scale: Scale) -> int:
    """How many answers there are; `BadScore` or `WrongUse` for a histogram that cannot be."""
    for found in histogram:
        if found not in scale:
            raise BadScore(f"{found!r} is not a score from {scale.low} to {scale.high}.")
    return _total(histogram)


def count_in(histogram: Histogram, band: tuple[int, int]) -> int:
    """Answers with a score in the band, both ends included."""
    low, high = band
    return sum(count for found, count in histogram.items() if low <= found <= high)


def _total(histogram: Histogram) -> int:
    for found, count in histogram.items():
        if count < 0:
            raise WrongUse(f"Score {found} cannot have {count} answers.")
    return sum(histogram.values())


def _check_part(part: int, whole: int) -> None:
    if part < 0 or whole < 0:
        raise WrongUse(f"Counts are 0 or more, not {part} of {whole}.")
    if part > whole:
        raise WrongUse(f"{part} of {whole}: the part is larger than the whole.")


def _check_amounts(*amounts: float) -> None:
    for amount in amounts:
        if not math.isfinite(amount) or amount < 0:
            raise WrongUse(f"Amounts are numbers of 0 or more, not {amount}.")
