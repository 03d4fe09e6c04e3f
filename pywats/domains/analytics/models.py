"""Figures that the server computes from its reports."""

from pywats.wire import PyWATSModel, UtcDatetime

__all__ = ["YieldData"]


class YieldData(PyWATSModel):
    """How many units passed, for one combination of the dimensions that were asked for.

    Dimensions that were not asked for are ``None``; others that a server knows are in ``model_extra``. A unit passed in
    the first pass (``fp``) if its first run passed, in the second (``sp``) if one of the first two did, in the third
    (``tp``) likewise, and in the last pass (``lp``) if its last run did. Yields (``fpy`` to ``lpy``) are percentages.
    """

    part_number: str | None = None
    revision: str | None = None
    product_name: str | None = None
    product_group: str | None = None
    station_name: str | None = None
    test_operation: str | None = None
    period: str | None = None
    unit_count: int | None = None
    fp_count: int | None = None
    sp_count: int | None = None
    tp_count: int | None = None
    lp_count: int | None = None
    fpy: float | None = None
    spy: float | None = None
    tpy: float | None = None
    lpy: float | None = None
    retest_count: int | None = None
    first_utc: UtcDatetime | None = None
    last_utc: UtcDatetime | None = None
