"""Everything the sandbox knows, in one place: the database and what each domain keeps in it."""

import time
from collections.abc import Callable
from pathlib import Path

from pywats.sandbox.analytics import alarms
from pywats.sandbox.analytics.alarms import Alarms
from pywats.sandbox.asset import files as asset_files
from pywats.sandbox.asset import log as asset_log
from pywats.sandbox.asset import store as asset_store
from pywats.sandbox.asset import types as asset_types
from pywats.sandbox.asset import upkeep as asset_upkeep
from pywats.sandbox.asset.files import AssetFiles
from pywats.sandbox.asset.log import AssetLog
from pywats.sandbox.asset.store import Assets
from pywats.sandbox.asset.types import AssetTypes
from pywats.sandbox.asset.upkeep import Upkeep
from pywats.sandbox.auth import store as auth_store
from pywats.sandbox.auth.store import Tokens
from pywats.sandbox.barcode import store as barcode_store
from pywats.sandbox.barcode.store import BarcodeIdentifiers
from pywats.sandbox.export import store as export_store
from pywats.sandbox.export.store import Exports
from pywats.sandbox.manual_inspection import definitions as inspection_definitions
from pywats.sandbox.manual_inspection import relations as inspection_relations
from pywats.sandbox.manual_inspection import sequences as inspection_sequences
from pywats.sandbox.manual_inspection.definitions import Definitions
from pywats.sandbox.manual_inspection.relations import InspectionRelations
from pywats.sandbox.manual_inspection.sequences import Sequences
from pywats.sandbox.process import store as process_store
from pywats.sandbox.process.store import Processes
from pywats.sandbox.product import bom as product_bom
from pywats.sandbox.product import groups as product_groups
from pywats.sandbox.product import lists as product_lists
from pywats.sandbox.product import relations as product_relations
from pywats.sandbox.product import store as product_store
from pywats.sandbox.product.bom import Boms
from pywats.sandbox.product.groups import ProductGroups
from pywats.sandbox.product.lists import Categories, Vendors
from pywats.sandbox.product.relations import ProductRelations
from pywats.sandbox.product.store import Products
from pywats.sandbox.production import batches as production_batches
from pywats.sandbox.production import serial_numbers as production_serial_numbers
from pywats.sandbox.production import store as production_store
from pywats.sandbox.production.batches import Batches
from pywats.sandbox.production.box_build import BoxBuilds
from pywats.sandbox.production.reported import ReportedUnits
from pywats.sandbox.production.serial_numbers import SerialNumbers
from pywats.sandbox.production.store import Units
from pywats.sandbox.production.verification import Verification
from pywats.sandbox.report import store as report_store
from pywats.sandbox.report.store import Reports
from pywats.sandbox.rootcause import store as rootcause_store
from pywats.sandbox.rootcause.store import Tickets
from pywats.sandbox.scim import store as scim_store
from pywats.sandbox.scim.store import Users
from pywats.sandbox.software import files as software_files
from pywats.sandbox.software import store as software_store
from pywats.sandbox.software.files import PackageFiles
from pywats.sandbox.software.folders import VirtualFolders
from pywats.sandbox.software.store import Packages
from pywats.sandbox.store import MEMORY, Database
from pywats.sandbox.system import clients as system_clients
from pywats.sandbox.system import levels as system_levels
from pywats.sandbox.system.clients import Clients
from pywats.sandbox.system.levels import Levels
from pywats.sandbox.workflow import store as workflow_store
from pywats.sandbox.workflow.store import Workflows

_SCHEMAS = (
    process_store.SCHEMA,
    product_store.SCHEMA,
    product_groups.SCHEMA,
    product_bom.SCHEMA,
    product_relations.SCHEMA,
    product_lists.SCHEMA,
    asset_types.SCHEMA,
    asset_store.SCHEMA,
    asset_log.SCHEMA,
    asset_files.SCHEMA,
    asset_upkeep.SCHEMA,
    report_store.SCHEMA,
    rootcause_store.SCHEMA,
    scim_store.SCHEMA,
    auth_store.SCHEMA,
    barcode_store.SCHEMA,
    export_store.SCHEMA,
    system_levels.SCHEMA,
    system_clients.SCHEMA,
    inspection_definitions.SCHEMA,
    inspection_relations.SCHEMA,
    inspection_sequences.SCHEMA,
    alarms.SCHEMA,
    software_store.SCHEMA,
    software_files.SCHEMA,
    production_batches.SCHEMA,
    production_store.SCHEMA,
    production_serial_numbers.SCHEMA,
    workflow_store.SCHEMA,
)


class World:
    """The state behind the routes. Whoever reads or writes it holds ``database.lock``.

    Args:
        path: the database file, or ``:memory:``.
        delay: seconds from the receipt of a report to its processing.
        page_limit: the most rows that any list answers, however many are asked for.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        path: str | Path = MEMORY,
        *,
        delay: float = 0.0,
        page_limit: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.page_limit = page_limit
        self.database = Database(path, _SCHEMAS)
        self.processes = Processes(self.database)
        self.products = Products(self.database)
        self.groups = ProductGroups(self.database)
        self.boms = Boms(self.database, self.products)
        self.relations = ProductRelations(self.database)
        self.vendors = Vendors(self.database)
        self.categories = Categories(self.database)
        self.asset_types = AssetTypes(self.database)
        self.asset_log = AssetLog(self.database)
        self.asset_files = AssetFiles(self.database)
        self.assets = Assets(self.database, self.asset_types, self.asset_log, clock)
        self.upkeep = Upkeep(self.database, self.assets, self.asset_log)
        self.batches = Batches(self.database)
        self.units = Units(self.database, self.products, self.processes, self.batches, clock)
        units = ReportedUnits(self.units, self.batches)
        self.reports = Reports(
            self.database, self.products, self.processes, self.upkeep, units, delay=delay, clock=clock
        )
        self.tickets = Tickets(self.database, clock)
        self.users = Users(self.database, clock=clock)
        self.tokens = Tokens(self.database)
        self.barcodes = BarcodeIdentifiers(self.database)
        self.exports = Exports(self.database, delay=delay, clock=clock)
        self.levels = Levels(self.database)
        self.clients = Clients(self.database, self.levels, clock=clock)
        self.inspections = Definitions(self.database, self.processes, clock=clock)
        self.inspection_relations = InspectionRelations(self.database, self.inspections, self.products)
        self.sequences = Sequences(self.database, self.inspections, clock=clock)
        self.alarms = Alarms(self.database)
        self.virtual_folders = VirtualFolders(self.database)
        self.packages = Packages(self.database, clock)
        self.package_files = PackageFiles(self.database, clock)
        self.box_builds = BoxBuilds(self.units, self.products, self.relations)
        self.verification = Verification(self.database, self.products, self.processes)
        self.serial_numbers = SerialNumbers(self.database, clock)
        self.workflows = Workflows(self.database, self.products)

    def page(self, asked: int | None, default: int | None, most: int) -> int:
        """Return how many rows a list answers, as SQL's ``LIMIT`` takes it."""
        wanted = default if asked is None else asked
        limits = [limit for limit in (wanted, most, self.page_limit) if limit is not None]
        return min(limits)

    def clear(self) -> None:
        """Forget everything; processes and serial number types are those of a new sandbox."""
        self.database.clear()
        self.processes.load()
        self.serial_numbers.load()
