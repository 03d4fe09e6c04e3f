"""The analytics domain: yield, and the server's version."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pywats.call import many, query
from pywats.domains.analytics.models import YieldData
from pywats.filters import WATSFilter, filter_body
from pywats.service import Face, Service, method


class AnalyticsService(Service[Face]):
    """Figures that the server computes from its reports."""

    domain: ClassVar[str] = "analytics"

    @method
    async def get_version(self) -> str | None:
        """Return the server's version, such as ``2025.3.9.824``."""
        return await self._text("/api/App/Version")

    @method
    async def get_dynamic_yield(self, filter_data: WATSFilter | Mapping[str, Any]) -> list[YieldData]:
        """Return yields, a row for each combination of the values of ``filter_data.dimensions``.

        The dimensions travel in the query, where the server reads them, and in the filter. An empty filter means the
        last thirty days.
        """
        wanted = filter_body(filter_data)
        dimensions = query(dimensions=wanted.get("dimensions"))
        path = "/api/App/DynamicYield"
        return await self._write("POST", path, wanted, many(YieldData), dimensions, repeatable=True)
