"""Test and repair reports: their models, a builder, and what the server wants of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pywats.reports.models import read_report as read_report
    from pywats.reports.posting import for_posting as for_posting
    from pywats.reports.problem import Problem as Problem
    from pywats.reports.table import COLUMNS as COLUMNS
    from pywats.reports.table import Row as Row
    from pywats.reports.table import rows as rows
    from pywats.reports.validation import check as check
    from pywats.reports.validation import validate as validate

_PLACES = {
    "COLUMNS": "table",
    "Problem": "problem",
    "Row": "table",
    "check": "validation",
    "for_posting": "posting",
    "read_report": "models",
    "rows": "table",
    "validate": "validation",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
