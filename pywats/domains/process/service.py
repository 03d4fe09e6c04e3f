"""The process domain: test, repair and work-in-progress operations, and the failure codes of repairs."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

from pywats.domains.process.models import FailureCodeInfo, ProcessInfo, RepairCategory, RepairOperationConfig
from pywats.errors import NotFoundError
from pywats.exchange.arguments import guid
from pywats.exchange.call import query, url
from pywats.service import Async, Face, Service, method

Row = dict[str, Any]
Wanted = Callable[[ProcessInfo], bool]

LIST = "/api/App/Processes"
INTERNAL = "/api/internal/Process"


class ProcessService(Service[Face]):
    """The operations that units go through, and what may be wrong with them.

    Nothing is kept from one call to the next, unless the client was given a cache; what checks a code asks the server
    in any case. Who looks up many processes calls ``get_processes`` once and keeps the list.

    Methods marked as internal use the interface of the server's own web pages, which may change with any release.
    """

    domain: ClassVar[str] = "process"

    @method
    async def refresh(self: "ProcessService[Async]") -> None:
        """Ask the server for its processes; the cache of a client that has one holds this list from then on."""
        await self._processes(fresh=True)

    @method
    async def clear_cache(self: "ProcessService[Async]") -> None:
        """Do the same as ``refresh``: the service has no cache of its own, and the client's gets a new list."""
        await self._processes(fresh=True)

    # Lists

    @method
    async def get_processes(self) -> list[ProcessInfo]:
        """Return the processes in use: test, repair and WIP operations."""
        return await self._list(LIST, ProcessInfo)

    @method
    async def get_processes_filtered(
        self,
        include_test_operations: bool | None = None,
        include_repair_operations: bool | None = None,
        include_wip_operations: bool | None = None,
        include_inactive_processes: bool | None = None,
    ) -> list[ProcessInfo]:
        """Return the processes that the server selects by these flags; those that are ``None`` are not sent."""
        wanted = query(
            includeTestOperations=include_test_operations,
            includeRepairOperations=include_repair_operations,
            includeWipOperations=include_wip_operations,
            includeInactiveProcesses=include_inactive_processes,
        )
        return await self._list(LIST, ProcessInfo, wanted)

    @method
    async def get_test_operations(self: "ProcessService[Async]") -> list[ProcessInfo]:
        """Return the operations that test reports may refer to."""
        return await self._processes(_is_test)

    @method
    async def get_repair_operations(self: "ProcessService[Async]") -> list[ProcessInfo]:
        """Return the operations that repair reports may refer to."""
        return await self._processes(_is_repair)

    @method
    async def get_wip_operations(self: "ProcessService[Async]") -> list[ProcessInfo]:
        """Return the operations of work in progress, which have no reports."""
        return await self._processes(_is_wip)

    @method
    async def list_process_codes(self: "ProcessService[Async]") -> list[int]:
        """Return the codes of all processes in use."""
        return [each.code for each in await self.get_processes() if each.code is not None]

    @method
    async def list_process_names(self: "ProcessService[Async]") -> list[str]:
        """Return the names of all processes in use."""
        return [each.name for each in await self.get_processes() if each.name is not None]

    @method
    async def get_processes_detailed(self) -> list[ProcessInfo]:
        """Return all processes with their ids, those out of use too (internal)."""
        return await self._list(f"{INTERNAL}/GetProcesses", ProcessInfo, internal=True)

    # One process

    @method
    async def get_process(self: "ProcessService[Async]", identifier: int | str) -> ProcessInfo | None:
        """Return the process of a code or a name, or ``None``; a text of digits is a code, unless it is a name."""
        return _identified(await self.get_processes(), identifier)

    @method
    async def get_process_by_code(self: "ProcessService[Async]", code: int) -> ProcessInfo | None:
        """Return the process of a code, or ``None``."""
        return _identified(await self.get_processes(), code)

    @method
    async def get_process_by_name(self: "ProcessService[Async]", name: str) -> ProcessInfo | None:
        """Return the process of exactly this name, or else the only one in another spelling of case, or ``None``.

        Reports need the server's spelling, which the result has.
        """
        return _named(await self.get_processes(), name)

    @method
    async def get_test_operation(self: "ProcessService[Async]", identifier: int | str) -> ProcessInfo | None:
        """Return the test operation of a code or a name, or ``None``."""
        return _identified(await self.get_test_operations(), identifier)

    @method
    async def get_repair_operation(self: "ProcessService[Async]", identifier: int | str) -> ProcessInfo | None:
        """Return the repair operation of a code or a name, or ``None``."""
        return _identified(await self.get_repair_operations(), identifier)

    @method
    async def get_wip_operation(self: "ProcessService[Async]", identifier: int | str) -> ProcessInfo | None:
        """Return the operation of work in progress of a code or a name, or ``None``."""
        return _identified(await self.get_wip_operations(), identifier)

    @method
    async def get_process_detailed(self, process_id: UUID | str) -> ProcessInfo | None:
        """Return the process of an id, or ``None`` (internal)."""
        return await self._find(
            url(f"{INTERNAL}/GetProcess/{{}}", guid("process_id", process_id)), ProcessInfo, internal=True
        )

    @method
    async def process_exists(self: "ProcessService[Async]", code: int) -> bool:
        """Whether a process of this code is in use."""
        return _identified(await self._processes(fresh=True), code) is not None

    @method
    async def is_valid_test_operation(self: "ProcessService[Async]", code: int) -> bool:
        """Whether a test report may refer to this code."""
        return _identified(await self._processes(_is_test, fresh=True), code) is not None

    @method
    async def is_valid_repair_operation(self: "ProcessService[Async]", code: int) -> bool:
        """Whether a repair report may refer to this code."""
        return _identified(await self._processes(_is_repair, fresh=True), code) is not None

    @method
    async def is_valid_wip_operation(self: "ProcessService[Async]", code: int) -> bool:
        """Whether work in progress has this code."""
        return _identified(await self._processes(_is_wip, fresh=True), code) is not None

    # Defaults

    @method
    async def get_default_test_operation(self: "ProcessService[Async]") -> ProcessInfo | None:
        """Return the test operation of the lowest code, or ``None`` if there is none."""
        return _lowest(await self.get_test_operations())

    @method
    async def get_default_repair_operation(self: "ProcessService[Async]") -> ProcessInfo | None:
        """Return the repair operation of the lowest code, or ``None`` if there is none."""
        return _lowest(await self.get_repair_operations())

    @method
    async def get_default_test_code(self: "ProcessService[Async]") -> int:
        """Return the lowest code of the test operations.

        Raises:
            NotFoundError: there is none.
        """
        return _code(await self._processes(_is_test, fresh=True), "test operation")

    @method
    async def get_default_repair_code(self: "ProcessService[Async]") -> int:
        """Return the lowest code of the repair operations.

        Raises:
            NotFoundError: there is none.
        """
        return _code(await self._processes(_is_repair, fresh=True), "repair operation")

    # Repairs

    @method
    async def get_repair_operation_configs(self) -> dict[int, RepairOperationConfig]:
        """Return what the reports of each repair operation need and may say, by its code (internal)."""
        kind = dict[int, RepairOperationConfig]
        return await self._find(f"{INTERNAL}/GetRepairOperations", kind, internal=True) or {}

    @method
    async def get_repair_operation_config(self, process_id: UUID | str, process_code: int | None = None) -> Row | None:
        """Return what the reports of one repair operation need and may say, or ``None`` (internal).

        Args:
            process_id: of the repair operation.
            process_code: of the operation that was tested, where the server tells them apart.
        """
        path = url(f"{INTERNAL}/GetRepairOperation/{{}}", guid("process_id", process_id))
        return await self._find(path, Row, query(processCode=process_code), internal=True)

    @method
    async def get_repair_categories(
        self: "ProcessService[Async]", process_code: int | None = None
    ) -> list[RepairCategory]:
        """Return the failure categories of a repair operation, or of all, with their codes (internal)."""
        return [each for config in await self._configs(process_code) for each in config.categories]

    @method
    async def get_repair_codes(
        self: "ProcessService[Async]", process_code: int | None = None, category: str | None = None
    ) -> list[str]:
        """Return the failure codes that a repair report may have, each once (internal).

        Args:
            process_code: of this repair operation; of all without it.
            category: in this category; in all without it.
        """
        codes = await self._codes(process_code)
        return list(dict.fromkeys(each.code for each in codes if category in {None, each.category}))

    @method
    async def get_fail_codes(self: "ProcessService[Async]", repair_code: int = 500) -> list[Row]:
        """Return the failure codes of a repair operation (internal).

        Returns:
            ``category``, ``code``, ``guid``, ``failureType`` and ``selectable`` of each.
        """
        return [each.to_wire() for each in await self._codes(repair_code)]

    async def _processes(self, wanted: Wanted | None = None, *, fresh: bool = False) -> list[ProcessInfo]:
        found = await self._list(LIST, ProcessInfo, fresh=fresh)
        return found if wanted is None else list(filter(wanted, found))

    async def _configs(self: "ProcessService[Async]", code: int | None) -> list[RepairOperationConfig]:
        return [config for key, config in (await self.get_repair_operation_configs()).items() if code in {None, key}]

    async def _codes(self: "ProcessService[Async]", code: int | None) -> list[FailureCodeInfo]:
        return [each for config in await self._configs(code) for each in config.failure_codes]


def _is_test(process: ProcessInfo) -> bool:
    return process.is_test_operation


def _is_repair(process: ProcessInfo) -> bool:
    return process.is_repair_operation


def _is_wip(process: ProcessInfo) -> bool:
    return process.is_wip_operation


def _identified(processes: Iterable[ProcessInfo], identifier: int | str) -> ProcessInfo | None:
    """The process of a code or a name; a text of digits that is no name is a code."""
    known = list(processes)
    named = None if isinstance(identifier, int) else _named(known, identifier)
    if named is not None or not str(identifier).isdecimal():
        return named
    return next((each for each in known if each.code == int(identifier)), None)


def _named(processes: Iterable[ProcessInfo], name: str) -> ProcessInfo | None:
    """The process of exactly this name, or else the only one in another spelling of case."""
    similar = [each for each in processes if each.name and each.name.casefold() == name.casefold()]
    exact = next((each for each in similar if each.name == name), None)
    return exact or (similar[0] if len(similar) == 1 else None)


def _lowest(processes: Iterable[ProcessInfo]) -> ProcessInfo | None:
    return min((each for each in processes if each.code is not None), key=lambda each: each.code or 0, default=None)


def _code(processes: Iterable[ProcessInfo], what: str) -> int:
    lowest = _lowest(processes)
    if lowest is None or lowest.code is None:
        raise NotFoundError(f"the server has no {what}")
    return lowest.code
