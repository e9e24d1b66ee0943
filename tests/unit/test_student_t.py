"""Student's t against the printed table, and against itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import WrongUse
from bot.student_t import quantile, two_sided


@pytest.mark.parametrize(
    ("df", "alpha", "table"),
    [
        (1, 0.05, 12.706),
        (2, 0.05, 4.303),
        (5, 0.01, 4.032),
        (10, 0.05, 2.228),
        (10, 0.01, 3.169),
        (30, 0.05, 2.042),
        (30, 0.10, 1.697),
        (60, 0.01, 2.660),
        (120, 0.05, 1.980),
        (1e9, 0.05, 1.960),
    ],
)
def test_t_quantiles_are_those_of_the_table(df: float, alpha: float, table: float) -> None:
    assert quantile(df, alpha) == pytest.approx(table, abs=0.0005)


def test_t_with_one_degree_is_cauchy() -> None:
    for t in (0.0, 0.3, 1.0, 5.0, 1e4):
        assert two_sided(t, 1) == pytest.approx(1 - 2 * math.atan(t) / math.pi, abs=1e-12)


@pytest.mark.parametrize("t", [0.2, 1.0, 2.4, 3.7, 30.0])
def test_t_with_six_degrees_has_a_closed_form(t: float) -> None:
    angle = math.atan(t / math.sqrt(6))  # Abramowitz & Stegun 26.7.4
    square = math.cos(angle) ** 2
    assert two_sided(t, 6) == pytest.approx(1 - math.sin(angle) * (1 + square / 2 + 3 * square**2 / 8), abs=1e-12)


@given(st.floats(0.5, 1e8), st.floats(0.001, 0.5))
def test_t_quantile_and_tail_undo_each_other(df: float, alpha: float) -> None:
    assert two_sided(quantile(df, alpha), df) == pytest.approx(alpha, rel=1e-7)


@pytest.mark.parametrize("t", [0.1, 1.0, 1.96, 4.0, 7.0])
def test_t_has_no_step_where_the_method_changes(t: float) -> None:
    assert two_sided(t, 2000.001) == pytest.approx(two_sided(t, 1999.999), rel=1e-4)
    assert two_sided(t, 2000.001) == pytest.approx(two_sided(t, 1999.999), abs=1e-8)


def test_t_without_degrees_of_freedom_is_refused() -> None:
    with pytest.raises(WrongUse, match="more than 0 degrees"):
        two_sided(1.0, 0)
