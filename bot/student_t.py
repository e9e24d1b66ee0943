"""Student's t distribution: two-sided tail and quantile, with the standard library alone."""

import math
from functools import lru_cache
from statistics import NormalDist

from bot.errors import WrongUse

MANY_DEGREES = 2_000.0  # from here on Hill's expansion is exact to the last digits, and the fraction grows slow
TINY = 1e-300
STEPS = 300
CLOSE = 1e-15


def two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|), 0 to 1, for `df` > 0 degrees of freedom, which need not be whole (Welch).

    Source: Abramowitz & Stegun 26.7.1 (incomplete beta function); Hill 1970 (CACM algorithm 395) for large `df`.
    """
    if df <= 0:
        raise WrongUse(f"Student's t needs more than 0 degrees of freedom, not {df}.")
    if df > MANY_DEGREES:
        return math.erfc(_normal_deviate(t, df) / math.sqrt(2))
    square = t * t
    if square <= df:
        # The fraction of the complement converges faster here.
        return 1 - _beta(square / (df + square), 0.5, df / 2)
    return _beta(df / (df + square), df / 2, 0.5)


@lru_cache(maxsize=4096)
def quantile(df: float, alpha: float = 0.05) -> float:
    """The t that |T| reaches with probability `alpha`: 12.706 for df = 1, 2.023 for df = 39.

    Newton's method from the normal quantile: the tail is convex, so the steps come from one side and cannot overshoot.
    """
    t = NormalDist().inv_cdf(1 - alpha / 2)
    for _ in range(STEPS):
        step = (two_sided(t, df) - alpha) / (2 * _density(t, df))
        t += step
        if abs(step) <= CLOSE * 10 * t:
            break
    return t


def _density(t: float, df: float) -> float:
    return math.exp(_log_constant(df) - (df + 1) / 2 * math.log1p(t * t / df))


def _log_constant(df: float) -> float:
    return math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2


def _normal_deviate(t: float, df: float) -> float:
    """The normal deviate with the same tail as `t`."""
    a = df - 0.5
    b = 48 * a * a
    y = a * math.log1p(t * t / df)
    correction = (((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b)
    return ((correction + y + 3) / b + 1) * math.sqrt(y)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b); A & S 26.5.8, and 26.5.2 where that converges faster."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_fraction(1 - x, b, a)
    return _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for numerator in (even, odd):
            d = 1 / _not_zero(1 + numerator * d)
            c = _not_zero(1 + numerator / c)
            change = c * d
            value *= change
        if abs(change - 1) < CLOSE:
            break
    return math.exp(log_front) / a * value


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
