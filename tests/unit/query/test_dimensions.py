"""Dimensions: what is written, and what is refused."""

import pytest

from pywats import KPI, Dimension, DimensionBuilder, RepairDimension, RepairKPI, SortDirection, WATSFilter
from pywats.errors import ValidationError


def test_items_stand_in_their_order_with_their_directions():
    built = (
        DimensionBuilder()
        .add(KPI.UNIT_COUNT, desc=True)
        .add(Dimension.PART_NUMBER, SortDirection.ASC)
        .add("period", asc=True)
        .add_all(RepairDimension.REPAIR_CODE, RepairKPI.REPAIR_COUNT, "fpyTrend")
    )
    text = "unitCount desc;partNumber asc;period asc;repairCode;repairCount;fpyTrend"
    assert built.build() == text
    assert repr(built) == f"<DimensionBuilder {text}>"
    assert WATSFilter(dimensions=built.build()).to_wire() == {"dimensions": text}
    assert built.clear().build() == ""


def test_ready_made_dimensions():
    assert DimensionBuilder.yield_by_product().build() == "partNumber;testOperation;period"
    assert DimensionBuilder.yield_by_product(include_period=False).build() == "partNumber;testOperation"
    assert DimensionBuilder.yield_by_station(False).build() == "stationName;testOperation"
    assert DimensionBuilder.top_failing_products().build() == (
        "fpFailCount desc;partNumber;testOperation;unitCount;fpy"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda builder: builder.add(" "),
        lambda builder: builder.add("a;b"),
        lambda builder: builder.add("a", asc=True, desc=True),
        lambda builder: builder.add("a", SortDirection.ASC, desc=True),
        lambda builder: builder.add("a", "up"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        wrong(DimensionBuilder())


def test_enumerations_take_what_a_newer_server_adds():
    assert Dimension("shift") == "shift"
    assert Dimension("Part Number") is Dimension.PART_NUMBER
    assert f"{Dimension('shift')}" == "shift"
