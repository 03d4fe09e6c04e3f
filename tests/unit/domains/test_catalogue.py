"""Names of methods, parameters, fields and members against the catalogue of the vendor's public client."""

import importlib
import inspect
from typing import Any

import pytest
import yaml

import pywats
from pywats import models, station
from pywats.query import filters
from pywats.service import Service

DOMAINS = [
    "product",
    "production",
    "report",
    "analytics",
    "asset",
    "process",
    "rootcause",
    "software",
    "scim",
    "manual_inspection",
]
PLAIN = {"create_uut_report", "create_uur_report", "create_uur_from_uut", "is_active", "is_in_alarm", "is_in_warning"}
ENUMS = {
    "ProductState": "ProductState",
    "ChangeType": "ChangeType",
    "DateGrouping": "DateGrouping",
    "RunFilter": "RunFilter",
    "StatusFilter": "StatusFilter",
    "SerialNumberIdentifier": "SerialNumberIdentifier",
    "UnitPhaseFlag": "UnitPhaseFlag",
    "report.ReportType": "ReportType",
    "ReportStatus": "ReportStatus",
    "StepStatus": "StepStatus",
    "StepGroup": "StepGroup",
    "StepType": "StepType",
    "ChartType": "ChartType",
    "CompOp": "CompOp",
    **{name: name for name in ("FileAttribute", "PackageStatus")},
    **{name: name for name in ("TicketPriority", "TicketStatus", "TicketUpdateType", "TicketView")},
    **{name: name for name in ("DefinitionStatus", "RepairOnFailed")},
    **{name: name for name in ("AlarmType", "ProcessType", "YieldDataType", "SortDirection")},
    **{name: name for name in ("Dimension", "KPI", "RepairDimension", "RepairKPI")},
    **{name: name for name in ("AssetAlarmState", "AssetLogType", "AssetState", "IntervalMode")},
}
PAYLOADS = {
    **{
        name: name
        for name in (
            *("BomItem", "Product", "ProductCategory", "ProductRevision", "ProductRevisionRelation", "ProductView"),
            *("PublicBom", "PublicBomComponent", "Setting", "WATSFilter", "YieldData"),
            *("RepairCategory", "RepairOperationConfig"),
            *("ScimListResponse", "ScimPatchOperation", "ScimPatchRequest", "ScimToken"),
            *("ScimUser", "ScimUserEmail", "ScimUserName"),
            *("MiSequence", "RelationConflict", "TestSequenceDefinition", "TestSequenceInstance"),
            *("TestSequenceProcessRelation", "TestSequenceRelation", "TestSequenceSiteRelation"),
            *("ProductionBatch", "SerialNumberType", "Unit", "UnitChange", "UnitPhase"),
            *("UnitVerification", "UnitVerificationGrade"),
            *("AttachmentMetadata", "HeaderAsset", "HeaderMiscInfo", "HeaderSubUnit", "ReportHeader"),
            *("Ticket", "TicketAttachment", "TicketUpdate"),
            *("AssetLog", "AssetType"),
            *("AggregatedMeasurement", "AlarmLog", "LevelInfo", "MeasurementData", "MeasurementListItem"),
            *("ConnectionExecutionTimeAnalysis", "ConnectionExecutionTimeDimension", "ConnectionExecutionTimeReport"),
            *("ConnectionExecutionTimeStats", "OeeAnalysisResult", "RepairHistoryRecord", "RepairStatistics"),
            *("StepAnalysisRow", "StepStatusItem", "TopFailedStep"),
            *("UnitFlowFilter", "UnitFlowLink", "UnitFlowNode", "UnitFlowResult", "UnitFlowUnit"),
            *("Package", "PackageFile", "PackageFolder", "PackageFolderFile", "PackageTag", "RepositoryFolderFile"),
            "VirtualFolder",
        )
    },
    "process.ProcessInfo": "ProcessInfo",
    "product.ProductGroup": "ProductGroup",
    "asset.Asset": "Asset",
    "analytics.ProcessInfo": "pywats.domains.analytics.models.ProcessInfo",
    "analytics.ProductGroup": "pywats.domains.analytics.models.ProductGroup",
}


@pytest.fixture(scope="session")
def catalogue(shared) -> dict[str, Any]:
    names = ("methods", "models", "enums")
    return {name: yaml.safe_load((shared / "wats" / f"{name}.yaml").read_text("utf-8")) for name in names}


def service_of(domain: str) -> type[Service[Any]]:
    module = importlib.import_module(f"pywats.domains.{domain}.service")
    service: type[Service[Any]]
    (service,) = (
        each
        for name, each in vars(module).items()
        if name.endswith("Service") and getattr(each, "__module__", None) == module.__name__
    )
    return service


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_method_has_its_name_and_its_parameters_in_their_order(catalogue, domain):
    service = service_of(domain)
    listed = catalogue["methods"]["services"][domain]["methods"]
    assert set(listed) - set(dir(service)) == set()
    for name in listed:
        ours = [each for each in inspect.signature(getattr(service, name)).parameters.values() if each.name != "self"]
        theirs = [each["name"].lstrip("*") for each in listed[name]["params"]]
        assert [each.name for each in ours][: len(theirs)] == theirs, name
        needed = {each["name"] for each in listed[name]["params"] if each.get("required")}
        assert {
            each.name for each in ours if each.default is each.empty and each.kind is not each.VAR_KEYWORD
        } == needed
        assert (name in PLAIN) == inspect.isfunction(inspect.getattr_static(service, name))


@pytest.mark.parametrize(("theirs", "ours"), PAYLOADS.items())
def test_every_field_of_a_payload_is_read_by_each_of_its_names(catalogue, theirs, ours):
    *place, name = ours.rsplit(".", 1)
    payload = getattr(importlib.import_module(place[0]) if place else models, name)
    payload.model_rebuild()
    for name, field in catalogue["models"]["models"][theirs]["fields"].items():
        mine = payload.model_fields.get(name)
        assert mine is not None or isinstance(getattr(payload, name, None), property), f"{ours}.{name}"
        if mine is None:
            continue
        alias = mine.validation_alias
        names = {name} | (set(map(str, alias.choices)) if hasattr(alias, "choices") else {str(alias)})
        assert set(field["accepts"]) <= names, f"{ours}.{name}"


@pytest.mark.parametrize(("theirs", "ours"), ENUMS.items())
def test_every_member_of_an_enumeration_has_its_value(catalogue, theirs, ours):
    members = catalogue["enums"]["enums"][theirs]["members"]
    assert {name: getattr(models, ours)[name].value for name in members} == members


def test_the_station_the_purposes_and_the_texts_for_queries(catalogue):
    core = catalogue["methods"]["core"]
    parameters = inspect.signature(station.Station).parameters
    assert list(parameters) == [each["name"] for each in core["Station"]["constructor_fields"]]
    assert set(core["Station"]["methods"]) - {"validate_name"} <= set(vars(station.Station))
    assert {purpose.name: purpose.value for purpose in station.Purpose} == core["Purpose"]["constants"]
    functions = catalogue["methods"]["domain_helpers"]["report.functions"]
    texts = {name for name in functions if name.endswith("_filter")} | {"combine_filters"}
    for name in texts:
        theirs = [each["name"] for each in functions[name]["params"]]
        assert list(inspect.signature(getattr(filters, name)).parameters)[: len(theirs)] == theirs


def test_dimensions_and_paths(catalogue):
    core = catalogue["methods"]["core"]
    for name in ("DimensionBuilder", "StepPath", "MeasurementPath"):
        members = {*core[name].get("methods", {}), *core[name].get("properties", {})}
        assert members <= set(dir(getattr(pywats, name))), name
    for name, described in core["DimensionBuilder"]["methods"].items():
        ours = list(inspect.signature(getattr(pywats.DimensionBuilder, name)).parameters)
        assert [each for each in ours if each != "self"] == [each["name"].lstrip("*") for each in described["params"]]
    for name in ("normalize_path", "display_path", "normalize_paths"):
        described = core["functions"][name]["params"]
        assert list(inspect.signature(getattr(pywats, name)).parameters) == [each["name"] for each in described]


def test_the_box_build_template(catalogue):
    from pywats.domains.product.box_build import BoxBuildTemplate

    listed = catalogue["methods"]["domain_helpers"]["product.AsyncBoxBuildTemplate"]
    assert {*listed["methods"], *listed["properties"]} <= set(vars(BoxBuildTemplate))
    for name, described in listed["methods"].items():
        parameters = list(inspect.signature(getattr(BoxBuildTemplate, name)).parameters)[1:]
        assert parameters == [each["name"] for each in described["params"]], name


def test_the_package_installer_and_its_manifest(catalogue):
    from pywats.domains.software import installer

    for name in ("InstallResult", "InstalledFile", "InstalledPackage", "PackageInstaller", "PackageManifest"):
        listed = catalogue["methods"]["domain_helpers"][f"software.{name}"]
        ours = getattr(installer, name)
        theirs = [each["name"] for each in listed["constructor"]]
        assert list(inspect.signature(ours.__init__).parameters)[1:][: len(theirs)] == theirs
        assert set(listed.get("properties", ())) <= set(vars(ours))
        for method, described in listed.get("methods", {}).items():
            parameters = list(inspect.signature(getattr(ours, method)).parameters)
            wanted = [each["name"] for each in described["params"]]
            assert [each for each in parameters if each != "self"][: len(wanted)] == wanted, f"{name}.{method}"
