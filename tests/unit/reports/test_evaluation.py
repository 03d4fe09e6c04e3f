"""Operators compare as the server's documentation and its real reports say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.reports.evaluation import ONE_LIMIT, TWO_LIMITS, CompOp, limits_of, passes, text_limit_of, text_passes
from pywats.reports.models import UUTReport, read_report
from pywats.reports.table import rows

VECTORS = {
    "EQ": ((500, 500), (500, 501)),
    "NE": ((500, 499), (500, 500)),
    "GT": ((500, 499), (500, 500)),
    "GE": ((500, 500), (500, 501)),
    "LT": ((500, 501), (500, 500)),
    "LE": ((299, 300), (301, 300)),
    "GTLT": ((500, 499, 501), (500, 499, 500)),
    "GTLE": ((500, 499, 500), (500, 500, 501)),
    "GELT": ((500, 500, 501), (500, 499, 500)),
    "GELE": ((500, 500, 500), (500, 501, 502)),
    "LTGT": ((502, 499, 501), (500, 500, 501)),
    "LTGE": ((498, 499, 501), (500, 500, 501)),
    "LEGT": ((500, 500, 500), (500, 499, 501)),
    "LEGE": ((500, 500, 500), (500, 499, 501)),
}


def test_every_numeric_operator_is_there():
    assert set(VECTORS) == {*ONE_LIMIT, *TWO_LIMITS}


@pytest.mark.parametrize("operator", VECTORS)
def test_an_operator_passes_and_fails_as_the_vectors_say(operator):
    passing, failing = VECTORS[operator]
    assert passes(operator, *passing)
    assert not passes(operator, *failing)


@given(st.sampled_from(sorted(TWO_LIMITS)), *[st.integers(0, 4)] * 3)
def test_two_limits_are_two_comparisons(operator: str, value: int, low: int, high: int):
    first, second = passes(operator[:2], value, low), passes(operator[2:], value, high)
    assert passes(operator, value, low, high) == (first and second if operator[0] == "G" else first or second)


def test_the_statuses_of_real_measurements_are_those_of_their_operators(shared):
    """Measurements that the tester judged for another reason are left out: the server does not compare."""
    seen = set()
    for path in sorted(Path(shared, "corpus/wsjf").glob("*uut*.json")):
        report = read_report(path.read_bytes())
        assert isinstance(report, UUTReport)
        for row in rows(report):
            if not row["path"].startswith(("Numeric tests", "StringValue tests")):
                continue
            if row["kind"] == "numeric":
                passed = passes(row["operator"], row["value"], row["low"], row["high"])
            else:
                passed = text_passes(row["operator"], row["text"], row["limit"])
            assert row["status"] == ("P" if passed else "F"), row
            seen.add(row["operator"])
    assert seen >= {"LOG", *VECTORS, "CASESENSIT", "IGNORECASE"}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ((None, None, None), ("LOG", None, None)),
        ((None, 1, None), ("GE", 1, None)),
        ((None, None, 2), ("LE", 2, None)),
        ((None, 1, 2), ("GELE", 1, 2)),
        (("LT", None, 2), ("LT", 2, None)),
        (("lt", 2, None), ("LT", 2, None)),
        ((CompOp.LTGT, 1, 2), ("LTGT", 1, 2)),
        (("LOG", None, None), ("LOG", None, None)),
    ],
)
def test_limits_tell_the_operator_and_one_limit_stands_low(given, written):
    assert limits_of(*given) == written


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("LOG", 1, None), "compares with nothing"),
        (("EQ", None, None), "one limit"),
        (("EQ", 1, 2), "one limit"),
        (("GELE", 1, None), "two limits"),
        (("EQT", 1, None), "EQT does not compare numbers"),
        (("CASESENSIT", 1, None), "does not compare numbers"),
        (("NEAR", 1, None), "NEAR does not compare numbers"),
    ],
)
def test_an_operator_with_other_limits_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        limits_of(*given)
    operator, *limits = given
    with pytest.raises(ValueError, match=said):
        passes(operator, 1, *limits)


@pytest.mark.parametrize(
    ("operator", "value", "limit", "passed"),
    [
        ("LOG", "a", None, True),
        ("CASESENSIT", "a", "a", True),
        ("CASESENSIT", "a", "A", False),
        ("EQ", "a", "a", True),
        ("EQ", "a", "A", False),
        ("IGNORECASE", "Straße", "STRASSE", True),
        ("IGNORECASE", "a", "b", False),
        ("NE", "a", "b", True),
        ("NE", "a", "a", False),
    ],
)
def test_texts_are_compared(operator, value, limit, passed):
    assert text_passes(operator, value, limit) is passed


def test_a_text_with_a_limit_must_be_the_same():
    assert text_limit_of(None, "a") == "CASESENSIT"
    assert text_limit_of(None, None) == "LOG"
    for operator, limit, said in (("GT", "a", "GT does not"), ("EQ", None, "needs a limit"), ("LOG", "a", "nothing")):
        with pytest.raises(ValueError, match=said):
            text_limit_of(operator, limit)
