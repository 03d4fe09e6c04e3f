"""OData conditions: what is written is read back by an OData reader as the same values."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ValidationError
from pywats.query import odata

texts = st.text(st.characters(exclude_categories=["Cs"]))


def string_literals(condition: str) -> list[str]:
    """Read the string literals of a condition by the grammar of OData 4.01: quotes around, a quote inside doubled."""
    return [found[1:-1].replace("''", "'") for found in re.findall(r"'(?:[^']|'')*'", condition, re.DOTALL)]


@given(texts)
def test_a_text_survives_a_reader_of_the_grammar(text: str):
    condition = odata.eq("partNumber", text)
    assert string_literals(condition) == [text]
    assert re.sub(r"'(?:[^']|'')*'", "?", condition, flags=re.DOTALL) == "partNumber eq ?"


@given(texts, texts)
def test_no_text_breaks_out_of_its_place(one: str, other: str):
    condition = odata.and_(odata.eq("a", one), odata.or_(odata.contains("b", other), odata.ne("c", one)))
    assert condition is not None
    assert string_literals(condition) == [one, other, one]
    assert re.sub(r"'(?:[^']|'')*'", "?", condition, flags=re.DOTALL) == "a eq ? and (contains(b,?) or c ne ?)"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("O'Brien", "'O''Brien'"),
        ("", "''"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (7, "7"),
        (-2.5, "-2.5"),
        (Decimal("1.10"), "1.10"),
        (UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF"), "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        (datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=2))), "2026-01-05T06:00:00Z"),
        (datetime(2026, 1, 5, 8, 0, 0, 250, tzinfo=UTC), "2026-01-05T08:00:00.000250Z"),
        (Enum("Colour", {"RED": "r"})("r"), "'r'"),
    ],
)
def test_literals(value, written):
    assert odata.literal(value) == written


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, Decimal("NaN"), datetime(2026, 1, 5), date(2026, 1, 5), [1]],  # noqa: DTZ001 - the mistake
)
def test_what_no_filter_can_compare_with_is_refused(value):
    with pytest.raises(ValidationError):
        odata.literal(value)


def test_conditions():
    assert odata.gt("a", 1) == "a gt 1"
    assert odata.ge("a", 1) == "a ge 1"
    assert odata.lt("a", 1) == "a lt 1"
    assert odata.le("a", 1) == "a le 1"
    assert odata.in_("a", ["x", "y"]) == "a in ('x','y')"
    assert odata.startswith("a", "x") == "startswith(a,'x')"
    assert odata.endswith("a", "x") == "endswith(a,'x')"
    assert odata.not_("a eq 1 or b eq 2") == "not (a eq 1 or b eq 2)"
    assert odata.any_("subUnits", odata.eq("x/partNumber", "P")) == "subUnits/any(x: x/partNumber eq 'P')"


def test_a_text_of_the_callers_is_kept_together():
    assert odata.and_("a eq 1 or b eq 2", odata.eq("c", 3)) == "(a eq 1 or b eq 2) and c eq 3"


def test_nothing_restricts_nothing():
    assert odata.and_() is None
    assert odata.or_(None, "", "  ") is None
    assert odata.and_(None, "a eq 1 or b eq 2") == "a eq 1 or b eq 2"


@pytest.mark.parametrize("name", ["", "a b", "a'", "a/", "1a", "å"])
def test_a_field_name_is_checked(name):
    with pytest.raises(ValidationError, match="no field name"):
        odata.eq(name, 1)


def test_a_list_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="at least one value"):
        odata.in_("a", [])
