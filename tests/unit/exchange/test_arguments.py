"""Checks of arguments."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from pywats.domains.product.models import ProductState
from pywats.errors import ValidationError
from pywats.exchange.arguments import LARGEST, aware, filled, guid, member, whole

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_what_fits_comes_back():
    assert [filled("a", value) for value in ("x", " ", None)] == ["x", " ", None]
    assert [whole("a", value) for value in (0, LARGEST, None)] == [0, LARGEST, None]
    assert [aware("a", value) for value in (NOON, None)] == [NOON, None]
    for value in (ProductState.ACTIVE, 1, "1", "active", "ACTIVE"):
        assert member("a", value, ProductState) is ProductState.ACTIVE
    assert member("a", 7, ProductState).value == 7


def test_what_does_not_fit_is_named():
    with pytest.raises(ValidationError, match="serial is empty"):
        filled("serial", "")
    for value, least in ((-1, 0), (0, 1), (LARGEST + 1, 0)):
        with pytest.raises(ValidationError, match=f"top is {value}; it must be from {least} to {LARGEST}"):
            whole("top", value, least=least)
    with pytest.raises(ValidationError, match=r"since 2026-01-31 12:00:00 has no time zone"):
        aware("since", NOON.replace(tzinfo=None))
    for word in ("lost", "", "1.5"):
        with pytest.raises(ValidationError, match=f"state is '{word}'; .* INACTIVE, ACTIVE"):
            member("state", word, ProductState)


@pytest.mark.parametrize("value", [UUID(int=10), str(UUID(int=10)), "{00000000-0000-0000-0000-00000000000A}"])
def test_an_id_is_read_in_any_of_its_forms(value):
    assert guid("asset_id", value) == UUID(int=10)


@pytest.mark.parametrize("value", ["", "P#1", "00000000-0000-0000-0000-00000000000"])
def test_an_id_that_is_none_is_named(value):
    with pytest.raises(ValidationError, match=f"asset_id is '{value}'"):
        guid("asset_id", value)
