"""The routes of processes: the public list, and what the web pages know beyond it."""

from collections.abc import Sequence
from typing import Any

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import guid
from pywats.sandbox.process.store import Process
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

_FLAGS = {"test": "includeTestOperations", "repair": "includeRepairOperations", "wip": "includeWipOperations"}
_OPTIONAL = 1
_BINDINGS = {"uutBinding": _OPTIONAL, "bomBinding": _OPTIONAL, "vendorBinding": _OPTIONAL}
"""How a repair is bound to a test report, a bill of material and a vendor: the validation demands none of them."""


@routes.serve("GET", "/api/App/Processes")
def get_processes(world: World, request: Request) -> Answer:
    """The processes of the kinds asked for, all kinds but those ruled out if none is; only active ones unless asked."""
    asked = {kind: request.flag(flag) for kind, flag in _FLAGS.items()}
    some = any(asked.values())
    kinds = {kind for kind, flag in asked.items() if (flag if some else flag is not False)}
    every = request.flag("includeInactiveProcesses") or False
    found = [process for process in world.processes if process.kind in kinds and (process.active or every)]
    return ok([_public(process) for process in found])


@routes.serve("GET", "/api/internal/Process/GetProcesses")
def get_processes_detailed(world: World, request: Request) -> Answer:
    """All processes with their ids."""
    del request
    return ok([_detailed(process) for process in world.processes])


@routes.serve("GET", "/api/internal/Process/GetProcess/{id}")
def get_process(world: World, request: Request) -> Answer:
    """One process."""
    return ok(_detailed(_process(world, request)))


@routes.serve("GET", "/api/internal/Process/GetRepairOperations")
def get_repair_operations(world: World, request: Request) -> Answer:
    """What the repair operations need and allow, by their codes."""
    del request
    repairs = (process for process in world.processes if process.kind == "repair")
    return ok({str(process.code): _config(process) for process in repairs})


@routes.serve("GET", "/api/internal/Process/GetRepairOperation/{id}")
def get_repair_operation(world: World, request: Request) -> Answer:
    """What one repair operation needs and allows, or null for a process of another kind."""
    process = _process(world, request)
    code = request.number("processCode")
    if code is not None and world.processes.get(code) is None:
        raise refusal(404, f"There is no process with the code {code}.")
    return ok(_config(process) if process.kind == "repair" else None)


def _process(world: World, request: Request) -> Process:
    process_id = guid(request.params["id"])
    if process_id is None:
        raise refusal(400, "id is required to be a GUID.")
    found = world.processes.by_id(process_id)
    if found is None:
        raise refusal(404, f"There is no process with the id {process_id}.")
    return found


def _public(process: Process) -> dict[str, Any]:
    return {
        "code": process.code,
        "name": process.name,
        "description": process.name,
        "isTestOperation": process.kind == "test",
        "isRepairOperation": process.kind == "repair",
        "isWipOperation": process.kind == "wip",
        "processIndex": process.code,
        "state": int(process.active),
        "repairOperation": _BINDINGS if process.kind == "repair" else None,
    }


def _detailed(process: Process) -> dict[str, Any]:
    return {
        "ProcessID": process.process_id,
        "Code": process.code,
        "Name": process.name,
        "Description": process.name,
        "ProcessIndex": process.code,
        "State": int(process.active),
        "Properties": None,
        "IsTestOperation": process.kind == "test",
        "IsRepairOperation": process.kind == "repair",
        "IsWIPOperation": process.kind == "wip",
    }


def _config(process: Process) -> dict[str, Any]:
    return {
        "Description": process.name,
        "UUTRequired": _OPTIONAL,
        "CompRefMask": None,
        "CompRefMaskDescription": None,
        "BomConstraint": None,
        "BOMRequired": _OPTIONAL,
        "VendorRequired": _OPTIONAL,
        "Categories": [_category(process, place, *named) for place, named in enumerate(process.failures.items())],
        "MiscInfos": [_misc(process, place, name) for place, name in enumerate(process.misc)],
    }


def _category(process: Process, place: int, name: str, codes: Sequence[str]) -> dict[str, Any]:
    parts = [_failure(process, number, (name, code), selectable=True) for number, code in enumerate(codes)]
    return {**_failure(process, place, (name,), selectable=False), "Failcodes": parts}


def _failure(process: Process, place: int, path: tuple[str, ...], *, selectable: bool) -> dict[str, Any]:
    return {
        "GUID": process.part_id("failure", *path),
        "Selectable": selectable,
        "Description": path[-1],
        "SortOrder": place,
        "FailureType": 0,
        "ImageConstraint": None,
        "Status": 1,
        "Failcodes": [],
    }


def _misc(process: Process, place: int, name: str) -> dict[str, Any]:
    return {
        "GUID": process.part_id("misc", name),
        "Description": name,
        "InputMask": None,
        "ValidRegex": None,
        "Status": 1,
        "SortOrder": place,
        "AllowedValues": [],
    }
