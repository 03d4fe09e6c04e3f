"""Cp and Cpk: the figures, and what is said where there are none."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ValidationError
from pywats.plots import process_capability

SOME = st.floats(-1e100, 1e100) | st.sampled_from([math.nan, math.inf, -math.inf])
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)


@given(VALUES, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_the_indices_are_those_of_numpy(values, low, width):
    high = low + width
    found = process_capability(values, low=low, high=high)
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    assert found.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert found.deviation == pytest.approx(deviation, rel=1e-6, abs=1e-9)
    assert found.outside == int(((np.array(values) < low) | (np.array(values) > high)).sum())
    if deviation > 1e-6:
        assert found.cp == pytest.approx((high - low) / (6 * deviation), rel=1e-6)
        assert found.cpl == pytest.approx((mean - low) / (3 * deviation), rel=1e-6, abs=1e-6)
        assert found.cpu == pytest.approx((high - mean) / (3 * deviation), rel=1e-6, abs=1e-6)
        assert found.cpk == min(found.cpl, found.cpu) <= found.cp + 1e-9


@given(st.lists(SOME | st.none(), max_size=8), SOME | st.none())
def test_whatever_comes_there_is_an_answer(values, low):
    found = process_capability(values, low=low)
    assert (found.cpk is None) <= bool(found.note)
    assert found.count + found.missing == len(values)
    assert found.cp is None


def test_a_known_example():
    values = [4.9, 5.0, 5.1, 5.0]
    found = process_capability(values, low=4.5, high=5.3)
    deviation = statistics.stdev(values)
    assert found.cp == pytest.approx(0.8 / (6 * deviation))
    assert found.cpk == found.cpu == pytest.approx(0.3 / (3 * deviation))
    assert (found.count, found.outside, found.note) == (4, 0, "")


@pytest.mark.parametrize(
    ("values", "limits", "note"),
    [
        ([], {"low": 1.0}, "no values"),
        ([math.nan, None], {"low": 1.0}, "no values"),
        ([1.5], {"low": 1.0, "high": 2.0}, "a single value has no spread: no Cp, no Cpk"),
        ([0.1, 0.1, 0.1], {"low": 0.0, "high": 2.0}, "all values are equal: no Cp, no Cpk"),
        ([1.5, 1.6], {}, "no limits: no Cp, no Cpk"),
        ([1.5, 1.6], {"low": math.nan, "high": math.inf}, "no limits: no Cp, no Cpk"),
    ],
)
def test_what_cannot_be_computed_is_said(values, limits, note):
    found = process_capability(values, **limits)
    assert (found.note, found.cp, found.cpl, found.cpu, found.cpk) == (note, None, None, None, None)


@pytest.mark.parametrize("side", ["low", "high"])
def test_one_limit_gives_cpk_alone(side):
    found = process_capability([1.0, 1.2, 1.1], **{side: 2.0})
    assert found.cp is None
    assert found.cpk == (found.cpl if side == "low" else found.cpu)
    assert found.cpk is not None
    assert (found.cpk > 0) == (side == "high")
    assert found.note == "one limit: no Cp"


def test_values_that_are_missing_are_left_out_and_counted():
    found = process_capability([1.0, None, math.nan, 1.2, math.inf], low=0.0, high=2.0)
    assert (found.count, found.missing, found.mean) == (2, 3, 1.1)


@pytest.mark.parametrize(
    ("values", "limits", "message"),
    [
        ([1.0, "x"], {}, "values holds 'x', which is no number"),
        ([1.0, True], {}, "values holds True, which is no number"),
        ([1.0, 1e200], {}, "too large to draw"),
        ([1.0], {"low": 2.0, "high": 1.0}, "the low limit, 2, lies above the high one, 1"),
    ],
)
def test_what_is_wrong_is_said(values, limits, message):
    with pytest.raises(ValidationError, match=message):
        process_capability(values, **limits)
