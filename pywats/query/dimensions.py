"""What to sum up by: names of dimensions and figures, and how to write them."""

from typing import Self

from pywats.errors import ValidationError
from pywats.exchange.wire import OpenStrEnum


class Dimension(OpenStrEnum):
    """What yields can be summed up by."""

    PART_NUMBER = "partNumber"
    PRODUCT_NAME = "productName"
    PRODUCT_GROUP = "productGroup"
    REVISION = "revision"
    STATION_NAME = "stationName"
    LOCATION = "location"
    PURPOSE = "purpose"
    TEST_OPERATION = "testOperation"
    PROCESS_CODE = "processCode"
    PERIOD = "period"
    SW_FILENAME = "swFilename"
    SW_VERSION = "swVersion"
    LEVEL = "level"
    BATCH_NUMBER = "batchNumber"
    OPERATOR = "operator"
    FIXTURE_ID = "fixtureId"
    SOCKET_INDEX = "socketIndex"
    ERROR_CODE = "errorCode"
    STEP_CAUSED_UUT_FAILURE = "stepCausedUutFailure"
    STEP_PATH_CAUSED_UUT_FAILURE = "stepPathCausedUutFailure"
    MISC_INFO_DESCRIPTION = "miscInfoDescription"
    MISC_INFO_STRING = "miscInfoString"
    ASSET_SERIAL_NUMBER = "assetSerialNumber"
    ASSET_NAME = "assetName"
    UNIT_TYPE = "unitType"


class RepairDimension(OpenStrEnum):
    """What repairs can be summed up by, besides what they share with yields."""

    REPAIR_OPERATION = "repairOperation"
    REPAIR_CODE = "repairCode"
    REPAIR_CATEGORY = "repairCategory"
    REPAIR_TYPE = "repairType"
    COMPONENT_REF = "componentRef"
    COMPONENT_NUMBER = "componentNumber"
    COMPONENT_REVISION = "componentRevision"
    COMPONENT_VENDOR = "componentVendor"
    COMPONENT_DESCRIPTION = "componentDescription"
    FUNCTION_BLOCK = "functionBlock"
    REFERENCED_STEP = "referencedStep"
    REFERENCED_STEP_PATH = "referencedStepPath"
    TEST_PERIOD = "testPeriod"
    TEST_LEVEL = "testLevel"
    TEST_STATION_NAME = "testStationName"
    TEST_LOCATION = "testLocation"
    TEST_PURPOSE = "testPurpose"
    TEST_OPERATOR = "testOperator"


class KPI(OpenStrEnum):
    """A figure of yields that can be asked for, and ordered by."""

    UNIT_COUNT = "unitCount"
    FP_COUNT = "fpCount"
    SP_COUNT = "spCount"
    TP_COUNT = "tpCount"
    LP_COUNT = "lpCount"
    FP_FAIL_COUNT = "fpFailCount"
    SP_FAIL_COUNT = "spFailCount"
    TP_FAIL_COUNT = "tpFailCount"
    LP_FAIL_COUNT = "lpFailCount"
    FPY = "fpy"
    SPY = "spy"
    TPY = "tpy"
    LPY = "lpy"
    PPM_FPY = "ppmFpy"
    PPM_SPY = "ppmSpy"
    PPM_TPY = "ppmTpy"
    PPM_LPY = "ppmLpy"
    PPM_TEST_YIELD = "ppmTestYield"
    TEST_YIELD_COUNT = "testYieldCount"
    TEST_REPORT_COUNT = "testReportCount"
    TEST_YIELD = "testYield"
    RETEST_COUNT = "retestCount"
    FIRST_UTC = "firstUtc"
    LAST_UTC = "lastUtc"


class RepairKPI(OpenStrEnum):
    """A figure of repairs that can be asked for, and ordered by."""

    REPAIR_REPORT_COUNT = "repairReportCount"
    REPAIR_COUNT = "repairCount"


class SortDirection(OpenStrEnum):
    """Which way a dimension orders the result."""

    ASC = "asc"
    DESC = "desc"


Name = Dimension | RepairDimension | KPI | RepairKPI | str


class DimensionBuilder:
    """The dimensions of one request, named one after the other.

    ``DimensionBuilder().add(KPI.UNIT_COUNT, desc=True).add(Dimension.PART_NUMBER).build()`` is
    ``unitCount desc;partNumber``, which goes into ``WATSFilter(dimensions=...)``.
    """

    def __init__(self) -> None:
        self._items: list[str] = []

    def add(
        self, dimension: Name, direction: SortDirection | None = None, *, asc: bool = False, desc: bool = False
    ) -> Self:
        """Add one; it orders the result before those that follow.

        Raises:
            ValidationError: there is no name, more than one direction, or one that there is not.
        """
        name = str(dimension).strip()
        wanted = [word for word, said in (("asc", asc), ("desc", desc)) if said]
        wanted += [SortDirection(direction).value] if direction else []
        if not name or ";" in name:
            raise ValidationError(f"{name!r} is no name of a dimension")
        if len(set(wanted)) > 1 or not {*wanted} <= {*SortDirection}:
            raise ValidationError(f"{name} is to be ordered {' and '.join(wanted)}; it can be asc or desc")
        self._items.append(" ".join([name, *wanted[:1]]))
        return self

    def add_all(self, *dimensions: Name) -> Self:
        """Add several without a direction."""
        for dimension in dimensions:
            self.add(dimension)
        return self

    def clear(self) -> Self:
        """Begin anew."""
        self._items.clear()
        return self

    def build(self) -> str:
        """The dimensions as the server reads them."""
        return ";".join(self._items)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.build()}>"

    @classmethod
    def yield_by_product(cls, include_period: bool = True) -> Self:
        """Yield of each product in each operation, and of each period unless that is left out."""
        return cls().add_all(Dimension.PART_NUMBER, Dimension.TEST_OPERATION, *_periods(include_period))

    @classmethod
    def yield_by_station(cls, include_period: bool = True) -> Self:
        """Yield at each station in each operation, and of each period unless that is left out."""
        return cls().add_all(Dimension.STATION_NAME, Dimension.TEST_OPERATION, *_periods(include_period))

    @classmethod
    def top_failing_products(cls) -> Self:
        """Products in each operation, those that fail most in their first run before the others."""
        return (
            cls()
            .add(KPI.FP_FAIL_COUNT, desc=True)
            .add_all(Dimension.PART_NUMBER, Dimension.TEST_OPERATION, KPI.UNIT_COUNT, KPI.FPY)
        )


def _periods(wanted: bool) -> tuple[Dimension, ...]:
    return (Dimension.PERIOD,) if wanted else ()
