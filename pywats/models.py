"""All payloads and enumerations in one place; each is imported when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pywats.domains.analytics.models import YieldData
    from pywats.domains.process.models import (
        FailureCodeInfo,
        ProcessInfo,
        RepairBinding,
        RepairCategory,
        RepairMiscInfo,
        RepairOperation,
        RepairOperationConfig,
        RepairType,
    )
    from pywats.domains.product.models import (
        BomItem,
        Product,
        ProductCategory,
        ProductGroup,
        ProductRevision,
        ProductRevisionRelation,
        ProductState,
        ProductView,
        PublicBom,
        PublicBomComponent,
    )
    from pywats.domains.report.models import (
        AttachmentMetadata,
        HeaderAsset,
        HeaderMiscInfo,
        HeaderSubUnit,
        ReportHeader,
        ReportType,
        SubmitResult,
    )
    from pywats.filters import DateGrouping, RunFilter, StatusFilter, WATSFilter
    from pywats.reports.models import (
        MiscInfo,
        Report,
        ReportInfo,
        ReportStatus,
        UURInfo,
        UURReport,
        UURSubUnit,
        UUTInfo,
        UUTReport,
        UUTSubUnit,
        WATSBase,
    )
    from pywats.wire import ChangeType, PyWATSModel, Setting

__all__ = [
    "AttachmentMetadata",
    "BomItem",
    "ChangeType",
    "DateGrouping",
    "FailureCodeInfo",
    "HeaderAsset",
    "HeaderMiscInfo",
    "HeaderSubUnit",
    "MiscInfo",
    "ProcessInfo",
    "Product",
    "ProductCategory",
    "ProductGroup",
    "ProductRevision",
    "ProductRevisionRelation",
    "ProductState",
    "ProductView",
    "PublicBom",
    "PublicBomComponent",
    "PyWATSModel",
    "RepairBinding",
    "RepairCategory",
    "RepairMiscInfo",
    "RepairOperation",
    "RepairOperationConfig",
    "RepairType",
    "Report",
    "ReportHeader",
    "ReportInfo",
    "ReportStatus",
    "ReportType",
    "RunFilter",
    "Setting",
    "StatusFilter",
    "SubmitResult",
    "UURInfo",
    "UURReport",
    "UURSubUnit",
    "UUTInfo",
    "UUTReport",
    "UUTSubUnit",
    "WATSBase",
    "WATSFilter",
    "YieldData",
]

_PLACES = {
    "AttachmentMetadata": "pywats.domains.report.models",
    "BomItem": "pywats.domains.product.models",
    "ChangeType": "pywats.wire",
    "DateGrouping": "pywats.filters",
    "FailureCodeInfo": "pywats.domains.process.models",
    "HeaderAsset": "pywats.domains.report.models",
    "HeaderMiscInfo": "pywats.domains.report.models",
    "HeaderSubUnit": "pywats.domains.report.models",
    "MiscInfo": "pywats.reports.models",
    "ProcessInfo": "pywats.domains.process.models",
    "Product": "pywats.domains.product.models",
    "ProductCategory": "pywats.domains.product.models",
    "ProductGroup": "pywats.domains.product.models",
    "ProductRevision": "pywats.domains.product.models",
    "ProductRevisionRelation": "pywats.domains.product.models",
    "ProductState": "pywats.domains.product.models",
    "ProductView": "pywats.domains.product.models",
    "PublicBom": "pywats.domains.product.models",
    "PublicBomComponent": "pywats.domains.product.models",
    "PyWATSModel": "pywats.wire",
    "RepairBinding": "pywats.domains.process.models",
    "RepairCategory": "pywats.domains.process.models",
    "RepairMiscInfo": "pywats.domains.process.models",
    "RepairOperation": "pywats.domains.process.models",
    "RepairOperationConfig": "pywats.domains.process.models",
    "RepairType": "pywats.domains.process.models",
    "Report": "pywats.reports.models",
    "ReportHeader": "pywats.domains.report.models",
    "ReportInfo": "pywats.reports.models",
    "ReportStatus": "pywats.reports.models",
    "ReportType": "pywats.domains.report.models",
    "RunFilter": "pywats.filters",
    "Setting": "pywats.wire",
    "StatusFilter": "pywats.filters",
    "SubmitResult": "pywats.domains.report.models",
    "UURInfo": "pywats.reports.models",
    "UURReport": "pywats.reports.models",
    "UURSubUnit": "pywats.reports.models",
    "UUTInfo": "pywats.reports.models",
    "UUTReport": "pywats.reports.models",
    "UUTSubUnit": "pywats.reports.models",
    "WATSBase": "pywats.reports.models",
    "WATSFilter": "pywats.filters",
    "YieldData": "pywats.domains.analytics.models",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
