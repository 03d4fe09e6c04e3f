"""The services of a client, one for each domain of the API."""

from abc import abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from workers.facade import Facade, Face

if TYPE_CHECKING:
    from pywats.domains.analytics.service import AnalyticsService
    from pywats.domains.asset.service import AssetService
    from pywats.domains.auth.service import AuthService
    from pywats.domains.barcode.service import BarcodeService
    from pywats.domains.export.service import ExportService
    from pywats.domains.manual_inspection.service import ManualInspectionService
    from pywats.domains.process.service import ProcessService
    from pywats.domains.product.service import ProductService
    from pywats.domains.production.service import ProductionService
    from pywats.domains.report.service import ReportService
    from pywats.domains.rootcause.service import RootCauseService
    from pywats.domains.scim.service import ScimService
    from pywats.domains.software.service import SoftwareService
    from pywats.domains.system.service import SystemService
    from pywats.domains.workflow.service import WorkflowService
    from pywats.events import EventService
    from pywats.http import HttpService

DOMAINS: Final = {
    "product": "pywats.domains.product.service:ProductService",
    "production": "pywats.domains.production.service:ProductionService",
    "report": "pywats.domains.report.service:ReportService",
    "asset": "pywats.domains.asset.service:AssetService",
    "analytics": "pywats.domains.analytics.service:AnalyticsService",
    "process": "pywats.domains.process.service:ProcessService",
    "software": "pywats.domains.software.service:SoftwareService",
    "rootcause": "pywats.domains.rootcause.service:RootCauseService",
    "barcode": "pywats.domains.barcode.service:BarcodeService",
    "export": "pywats.domains.export.service:ExportService",
    "system": "pywats.domains.system.service:SystemService",
    "auth": "pywats.domains.auth.service:AuthService",
    "scim": "pywats.domains.scim.service:ScimService",
    "manual_inspection": "pywats.domains.manual_inspection.service:ManualInspectionService",
    "workflow": "pywats.domains.workflow.service:WorkflowService",
    "events": "pywats.events:EventService",
    "http": "pywats.http:HttpService",
}
"""The domains, each of which has an actor, and the class of its service. That is imported when it is first used: all of
them together take nearly as long as everything else."""


def service_class(domain: str) -> type[Any]:
    """The class of a domain's service."""
    module, _, name = DOMAINS[domain].partition(":")
    kind: type[Any] = getattr(import_module(module), name)
    return kind


class Services(Facade[Face]):
    """The domains of a client as its attributes."""

    @property
    def product(self) -> "ProductService[Face]":
        """Products, their revisions and bills of material."""
        return cast("ProductService[Face]", self._service("product"))

    @property
    def production(self) -> "ProductionService[Face]":
        """Units, their phases, verification and box builds, and serial numbers."""
        return cast("ProductionService[Face]", self._service("production"))

    @property
    def report(self) -> "ReportService[Face]":
        """Test and repair reports."""
        return cast("ReportService[Face]", self._service("report"))

    @property
    def asset(self) -> "AssetService[Face]":
        """Fixtures, instruments and other tools: their counts, calibrations and alarms."""
        return cast("AssetService[Face]", self._service("asset"))

    @property
    def analytics(self) -> "AnalyticsService[Face]":
        """Yield and other figures that the server computes."""
        return cast("AnalyticsService[Face]", self._service("analytics"))

    @property
    def process(self) -> "ProcessService[Face]":
        """Test, repair and work-in-progress operations, and the failure codes of repairs."""
        return cast("ProcessService[Face]", self._service("process"))

    @property
    def software(self) -> "SoftwareService[Face]":
        """Software packages and their installation."""
        return cast("SoftwareService[Face]", self._service("software"))

    @property
    def rootcause(self) -> "RootCauseService[Face]":
        """Tickets about failures."""
        return cast("RootCauseService[Face]", self._service("rootcause"))

    @property
    def barcode(self) -> "BarcodeService[Face]":
        """What barcodes say, and the patterns by which the server reads them."""
        return cast("BarcodeService[Face]", self._service("barcode"))

    @property
    def export(self) -> "ExportService[Face]":
        """Files that the server makes in the background."""
        return cast("ExportService[Face]", self._service("export"))

    @property
    def system(self) -> "SystemService[Face]":
        """The server itself, its registered clients, and their levels."""
        return cast("SystemService[Face]", self._service("system"))

    @property
    def auth(self) -> "AuthService[Face]":
        """Tokens of the user who calls."""
        return cast("AuthService[Face]", self._service("auth"))

    @property
    def scim(self) -> "ScimService[Face]":
        """Users of the server, as identity providers manage them."""
        return cast("ScimService[Face]", self._service("scim"))

    @property
    def manual_inspection(self) -> "ManualInspectionService[Face]":
        """Manual inspections: definitions, what they are for, their steps, and what was done with them."""
        return cast("ManualInspectionService[Face]", self._service("manual_inspection"))

    @property
    def workflow(self) -> "WorkflowService[Face]":
        """The workflows that units go through."""
        return cast("WorkflowService[Face]", self._service("workflow"))

    @property
    def events(self) -> "EventService[Face]":
        """What happens in the server, as it happens."""
        return cast("EventService[Face]", self._service("events"))

    @property
    def http(self) -> "HttpService[Face]":
        """Requests to paths that have no method."""
        return cast("HttpService[Face]", self._service("http"))

    @abstractmethod
    def _service(self, domain: str) -> object:
        """The one service of a domain that this client has."""
