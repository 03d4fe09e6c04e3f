"""The workflow domain: telling a unit's workflow that a test begins, and how it ended."""

from typing import Any, ClassVar

from pywats.domains.workflow.models import WorkflowStatus
from pywats.errors import ValidationError
from pywats.exchange.arguments import member
from pywats.exchange.call import Call, maybe, one, query
from pywats.service import Face, Service, method

Query = tuple[tuple[str, str], ...]


class WorkflowService(Service[Face]):
    """The workflow that a unit goes through, activity by activity.

    ``start_test`` and ``end_test`` are GET requests that change something: what was sent is never sent again.
    """

    domain: ClassVar[str] = "workflow"

    @method
    async def start_test(
        self,
        serial_number: str,
        part_number: str,
        operator_name: str | None = None,
        station_name: str | None = None,
        status: WorkflowStatus | int | str | None = None,
    ) -> bool:
        """Say that the test begins which a unit's workflow has come to; ``False`` if it is not at a test.

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            operator_name: who tests.
            station_name: where the test is done.
            status: of the workflow's definition; the server takes a released one unless told otherwise.
        """
        wanted = _unit(serial_number, part_number) + _where(operator_name, station_name, status)
        return await self._advance("/api/Workflow/StartTest", wanted)

    @method
    async def end_test(
        self,
        serial_number: str,
        part_number: str,
        passed: bool = True,
        operator_name: str | None = None,
        station_name: str | None = None,
        status: WorkflowStatus | int | str | None = None,
    ) -> bool:
        """Say how the test ended that a unit's workflow is at; ``False`` if it is not at a test.

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            passed: whether the unit passed.
            operator_name: who tested.
            station_name: where the test was done.
            status: of the workflow's definition; the server takes a released one unless told otherwise.
        """
        more = query(passed=passed) + _where(operator_name, station_name, status)
        return await self._advance("/api/Workflow/EndTest", _unit(serial_number, part_number) + more)

    @method
    async def initialize_workflow(
        self, serial_number: str, part_number: str, status: WorkflowStatus | int | str | None = None
    ) -> dict[str, Any] | None:
        """Give a unit the workflow of its product, at its first activity; return what the server says of it (internal).

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            status: of the workflow's definition; the server takes a released one unless told otherwise.
        """
        named = query(SerialNumber=serial_number, PartNumber=part_number, Status=_known(status))
        path = "/api/internal/Workflow/Initialize"
        return await self._write("POST", path, {}, maybe(dict[str, Any]), named, internal=True)

    async def _advance(self, path: str, wanted: Query) -> bool:
        return await self._line.send(Call(verb="GET", path=path, query=wanted, read=one(bool), repeatable=False))


def _unit(serial_number: str, part_number: str) -> Query:
    for name, value in (("serial_number", serial_number), ("part_number", part_number)):
        if not value:
            raise ValidationError(f"{name} is empty")
    return query(serialNumber=serial_number, partNumber=part_number)


def _where(operator: str | None, station: str | None, status: WorkflowStatus | int | str | None) -> Query:
    return query(operatorName=operator, stationName=station, status=_known(status))


def _known(status: WorkflowStatus | int | str | None) -> WorkflowStatus | None:
    known = None if status is None else member("status", status, WorkflowStatus)
    if known is not None and known not in WorkflowStatus.__members__.values():
        raise ValidationError(f"status is {status!r}; it is one of {', '.join(WorkflowStatus.__members__)}")
    return known
