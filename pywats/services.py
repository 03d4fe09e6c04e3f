"""The services of a client, one for each domain of the API."""

from abc import abstractmethod
from typing import Any, Final, TypeVar

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
from pywats.service import Service
from workers.facade import Facade, Face

S = TypeVar("S", bound=Service[Any])

DOMAINS: Final = (
    "product",
    "production",
    "report",
    "asset",
    "analytics",
    "process",
    "software",
    "rootcause",
    "barcode",
    "export",
    "system",
    "auth",
    "scim",
    "manual_inspection",
    "workflow",
    "events",
    "http",
)
"""The names of all domains; each has an actor."""


class Services(Facade[Face]):
    """The domains of a client as its attributes."""

    @property
    def product(self) -> ProductService[Face]:
        """Products, their revisions and bills of material."""
        return self._service(ProductService[Face])

    @property
    def production(self) -> ProductionService[Face]:
        """Units, their phases, verification and box builds, and serial numbers."""
        return self._service(ProductionService[Face])

    @property
    def report(self) -> ReportService[Face]:
        """Test and repair reports."""
        return self._service(ReportService[Face])

    @property
    def asset(self) -> AssetService[Face]:
        """Fixtures, instruments and other tools: their counts, calibrations and alarms."""
        return self._service(AssetService[Face])

    @property
    def analytics(self) -> AnalyticsService[Face]:
        """Yield and other figures that the server computes."""
        return self._service(AnalyticsService[Face])

    @property
    def process(self) -> ProcessService[Face]:
        """Test, repair and work-in-progress operations, and the failure codes of repairs."""
        return self._service(ProcessService[Face])

    @property
    def software(self) -> SoftwareService[Face]:
        """Software packages and their installation."""
        return self._service(SoftwareService[Face])

    @property
    def rootcause(self) -> RootCauseService[Face]:
        """Tickets about failures."""
        return self._service(RootCauseService[Face])

    @property
    def barcode(self) -> BarcodeService[Face]:
        """What barcodes say, and the patterns by which the server reads them."""
        return self._service(BarcodeService[Face])

    @property
    def export(self) -> ExportService[Face]:
        """Files that the server makes in the background."""
        return self._service(ExportService[Face])

    @property
    def system(self) -> SystemService[Face]:
        """The server itself, its registered clients, and their levels."""
        return self._service(SystemService[Face])

    @property
    def auth(self) -> AuthService[Face]:
        """Tokens of the user who calls."""
        return self._service(AuthService[Face])

    @property
    def scim(self) -> ScimService[Face]:
        """Users of the server, as identity providers manage them."""
        return self._service(ScimService[Face])

    @property
    def manual_inspection(self) -> ManualInspectionService[Face]:
        """Manual inspections: definitions, what they are for, their steps, and what was done with them."""
        return self._service(ManualInspectionService[Face])

    @property
    def workflow(self) -> WorkflowService[Face]:
        """The workflows that units go through."""
        return self._service(WorkflowService[Face])

    @property
    def events(self) -> EventService[Face]:
        """What happens in the server, as it happens."""
        return self._service(EventService[Face])

    @property
    def http(self) -> HttpService[Face]:
        """Requests to paths that have no method."""
        return self._service(HttpService[Face])

    @abstractmethod
    def _service(self, kind: type[S]) -> S:
        """The one service of a kind that this client has."""
