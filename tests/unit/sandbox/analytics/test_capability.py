"""Statistics and capability, against a plain re-computation and numbers worked out by hand."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.sandbox.analytics.capability import specification, statistics_of

VALUES = st.lists(st.floats(-1000, 1000), min_size=2, max_size=50)


def test_an_example_worked_out_by_hand():
    found = statistics_of([9.0, 10.0, 11.0, 10.0], 7.0, 16.0)
    s = (2 / 3) ** 0.5  # the squares of the deviations are 1, 0, 1, 0
    assert (found.count, found.least, found.greatest, found.mean) == (4, 9.0, 11.0, 10.0)
    assert (found.variance, found.deviation) == (pytest.approx(2 / 3), pytest.approx(s))
    assert found.cpl == pytest.approx(3 / (3 * s))
    assert found.cpu == pytest.approx(6 / (3 * s))
    assert found.cpk == found.cpl
    assert found.cp == pytest.approx(9 / (6 * s))
    assert (found.three_below, found.three_above) == (pytest.approx(10 - 3 * s), pytest.approx(10 + 3 * s))


@given(VALUES)
def test_mean_and_deviation_are_those_of_the_standard_library(values):
    found = statistics_of(values, None, None)
    assert found.mean == pytest.approx(statistics.fmean(values), abs=1e-9)
    assert found.deviation == pytest.approx(statistics.stdev(values), abs=1e-9)
    assert (found.cp, found.cpk) == (None, None)


@given(VALUES, st.floats(-1000, 0), st.floats(1, 1000))
def test_cpk_is_never_above_cp(values, low, high):
    found = statistics_of(values, low, high)
    if found.cp is not None and found.cpk is not None:
        assert found.cpk <= found.cp + abs(found.cp) * 1e-9


def test_few_or_equal_values_have_no_capability():
    assert statistics_of([], 1.0, 2.0).mean is None
    assert (statistics_of([5.0], 1.0, 9.0).mean, statistics_of([5.0], 1.0, 9.0).deviation) == (5.0, None)
    assert (statistics_of([5.0, 5.0], 1.0, 9.0).deviation, statistics_of([5.0, 5.0], 1.0, 9.0).cpk) == (0.0, None)


@pytest.mark.parametrize("values", [[1e308, 1e308], [-1e300, 1e300], [10**308, 10**308]])
def test_numbers_too_large_to_be_summed_up_have_only_their_bounds(values):
    found = statistics_of(values, None, None)
    assert (found.least, found.greatest, found.deviation) == (values[0], values[1], None)


def test_one_limit_gives_one_index():
    found = statistics_of([1.0, 2.0, 3.0], 0.0, None)
    assert (found.cp, found.cpu, found.cpk) == (None, None, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("operator", "limits"),
    [
        ("GELE", (1, 2)),
        ("gtlt", (1, 2)),
        ("GE", (1, None)),
        ("GT", (1, None)),
        ("LE", (None, 1)),
        ("LT", (None, 1)),
        ("EQ", (None, None)),
        ("LTGT", (None, None)),
        ("LOG", (None, None)),
        (None, (None, None)),
    ],
)
def test_which_limits_a_comparison_has(operator, limits):
    assert specification(operator, 1, 2) == limits
