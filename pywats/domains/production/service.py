"""The production domain: units, their phases, processes, changes and verification, box builds, batches and numbers."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pywats.concurrency.result import Result
from pywats.domains.production.arguments import check_name, name_of_unit, new_serial_number, unit_query
from pywats.domains.production.assembly import Assembly, row_or_none
from pywats.domains.production.models import (
    ProductionBatch,
    Unit,
    UnitPhase,
    UnitPhaseFlag,
    UnitVerificationGrade,
)
from pywats.domains.production.serial_numbers import SerialNumbers
from pywats.domains.production.unit_changes import UnitChanges
from pywats.errors import ValidationError
from pywats.exchange.answer import Answer, words
from pywats.exchange.call import checked, is_nothing, nothing, parse, query, url
from pywats.exchange.paging import Cursor, Page, check_page, walk
from pywats.exchange.wire import PyWATSModel, named
from pywats.progress import Progress
from pywats.query import odata
from pywats.service import Async, Face, Line, each_found, found, method, stream

M = TypeVar("M")
Row = dict[str, Any]

LARGEST_PAGE: Final = 1000
_PUBLIC: Final = "/api/Production"
_INTERNAL: Final = "/api/internal/Production"


class ProductionService(Assembly[Face], UnitChanges[Face], SerialNumbers[Face]):
    """Units and what happens to them.

    A unit is named by its serial number and its part number. Methods marked as internal use the interface of the
    server's own web pages, which may change with any release.
    """

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        self._phases: list[UnitPhase] = []  # both faces of a service share it, so it is filled in place

    # Units

    @method
    async def get_unit(self, serial_number: str, part_number: str) -> Unit | None:
        """Return one unit with its sub units, or ``None``."""
        name_of_unit(serial_number, part_number)
        return await self._find(url(f"{_PUBLIC}/Unit/{{}}/{{}}", serial_number, part_number), Unit)

    @method
    async def get_units_batch(
        self: "ProductionService[Async]",
        units: Sequence[tuple[str, str]],
        max_concurrent: int = 10,
        progress: Progress = False,
    ) -> list[Result[Unit]]:
        """Return the result of ``get_unit`` for each pair of numbers, in order; a missing unit is a ``Failure``."""
        return await each_found(self.get_unit, units, "unit", max_concurrent, progress)

    @method
    async def create_units(self, units: Sequence[Unit]) -> list[Unit]:
        """Store many units with one request, those that are there already too; return them.

        A server that tells only how many it stored leaves them as they were sent.

        Raises:
            ValidationError: the server refused some of them; the others are stored.
        """
        for number, unit in enumerate(units):
            _check(unit, f"units.{number}.")
            new_serial_number(str(unit.serial_number), f"units.{number}.serial_number")
        return await self._save_units(units)

    @method
    async def update_unit(self, unit: Unit) -> Unit | None:
        """Store a unit, known by its serial number and part number; return it.

        Raises:
            ValidationError: the server refused it.
        """
        _check(unit, "unit.")
        return next(iter(await self._save_units([unit])), None)

    async def _save_units(self, units: Sequence[Unit]) -> list[Unit]:
        sent = list(map(_sent, units))
        return await self._write("PUT", f"{_PUBLIC}/Units", sent, _stored(Unit, units, "units")) if units else []

    @method
    async def create_unit_public(self, unit: Unit) -> bool:
        """Add one unit, which must be new; newer servers only. A parent is given by ``add_child_to_assembly``."""
        _check(unit, "unit.")
        new_serial_number(str(unit.serial_number), "unit.serial_number")
        if not unit.revision:
            raise ValidationError("unit.revision is missing")
        if unit.parent_serial_number:
            raise ValidationError("unit.parent_serial_number cannot be given here; add_child_to_assembly sets it")
        return await self._accepted("POST", f"{_PUBLIC}/Unit", _sent(unit))

    @method
    async def update_unit_public(self, unit: Unit) -> bool:
        """Change one unit, known by its serial number and part number; newer servers only.

        Its phase, its process and its parent have methods of their own, and its batch must exist.
        """
        _check(unit, "unit.")
        return await self._accepted("PUT", f"{_PUBLIC}/Unit", _sent(unit))

    @method
    async def create_unit(
        self,
        serial_number: str,
        part_number: str,
        revision: str,
        batch_number: str | None = None,
        unit_phase: int | None = None,
    ) -> Row | None:
        """Add one unit, as the web pages do; return it as they read it (internal)."""
        name_of_unit(serial_number, part_number)
        new_serial_number(serial_number)
        wanted = query(
            serialNumber=serial_number,
            partNumber=part_number,
            revision=revision,
            batchNumber=batch_number,
            unitPhase=unit_phase,
        )
        return await self._command("POST", f"{_INTERNAL}/CreateUnit", wanted, row_or_none, internal=True)

    @method
    async def delete_unit(self, serial_number: str, part_number: str) -> bool:
        """Delete a unit that has no sub units; newer servers only.

        Raises:
            ConflictError: it has sub units.
            NotFoundError: there is no such unit.
        """
        return await self._delete(f"{_PUBLIC}/Unit", unit_query(serial_number, part_number))

    @method
    async def change_unit_part_number(
        self, serial_number: str, part_number: str, new_part_number: str, new_revision: str
    ) -> bool:
        """Make a unit one of another product or revision; newer servers only."""
        check_name("new_part_number", new_part_number)
        more = query(newPartNumber=new_part_number, newRevision=new_revision)
        await self._command("PUT", f"{_PUBLIC}/ChangeUnit", unit_query(serial_number, part_number) + more, nothing)
        return True

    @method
    async def set_unit_tag(self, serial_number: str, part_number: str, key: str, value: str) -> bool:
        """Add a tag to a unit, or change its value; newer servers only."""
        if not key:
            raise ValidationError("key is empty")
        await self._command(
            "PUT", f"{_PUBLIC}/UnitTag", unit_query(serial_number, part_number) + query(key=key, value=value), nothing
        )
        return True

    @stream
    def iter_units(
        self,
        filter: str | None = None,
        *,
        page_size: int = 1000,
        max_items: int | None = None,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[Unit], None]:
        """Walk over all units, or those that meet an OData condition, by serial and part number; newer servers only.

        ``resume_from`` is an earlier walk's ``cursor``.
        """
        check_page(page_size, max_items, largest=LARGEST_PAGE)
        order = "serialNumber,partNumber"

        async def ask(page: Page) -> list[Unit]:
            condition = odata.and_(filter, None if page.after is None else _behind(*json.loads(page.after)))
            wanted = query(filter_=condition, top_=page.top, orderby_=order, skip_=page.skip or None)
            return await self._list(f"{_PUBLIC}/Unit/Query", Unit, wanted, bulk=True)

        start = Cursor.read(resume_from, order)
        return walk(ask, _key_of, page_size=page_size, max_items=max_items, start=start, progress=progress)

    @method
    async def query_units(
        self, filter: str | None = None, top: int | None = None, orderby: str | None = None
    ) -> list[Unit]:
        """Return one page of units by OData; newer servers only.

        Args:
            filter: of ``serialNumber``, ``partNumber``, ``revision``, ``batchNumber``, ``serialDate``,
                ``currentLocation``, ``unitPhaseId``, ``processCode``, and ``subUnits`` by ``any``.
            top: the most to give; the server gives 100 without it, and 1,000 at the most.
            orderby: names of fields, each with ``desc`` behind it or nothing.
        """
        wanted = query(filter_=filter, top_=top, orderby_=orderby)
        return await self._list(f"{_PUBLIC}/Unit/Query", Unit, wanted)

    @method
    async def get_unit_by_serial(self, serial_number: str, part_number: str | None = None) -> Row | None:
        """Return one unit as the web pages read it, or ``None``; the part number may be left out (internal)."""
        name_of_unit(serial_number, part_number, optional=True)
        wanted = query(serialNumber=serial_number, partNumber=part_number)
        return await self._find(f"{_INTERNAL}/GetUnit", Row, wanted, internal=True)

    @method
    async def get_unit_info(self, serial_number: str, part_number: str) -> Row | None:
        """Return one unit with its product, revision and process as the web pages read it, or ``None`` (internal)."""
        return await self._find(f"{_INTERNAL}/GetUnitInfo", Row, unit_query(serial_number, part_number), internal=True)

    @method
    async def get_unit_hierarchy(self, serial_number: str, part_number: str) -> Row | None:
        """Return a unit with all that is built into it, level by level, or ``None`` (internal)."""
        wanted = unit_query(serial_number, part_number)
        return await self._find(f"{_INTERNAL}/GetUnitHierarchy", Row, wanted, internal=True)

    @method
    async def get_unit_contents(self, serial_number: str, part_number: str, revision: str) -> Row | None:
        """Return what a unit should consist of by its box build, with the units that are in it (internal)."""
        wanted = unit_query(serial_number, part_number) + query(revision=revision)
        return await self._find(f"{_INTERNAL}/GetUnitContents", Row, wanted, internal=True)

    @method
    async def get_unit_state_history(self, serial_number: str, part_number: str) -> list[Row]:
        """Return the phases and processes that a unit went through, oldest first (internal)."""
        wanted = unit_query(serial_number, part_number)
        return await self._list(f"{_INTERNAL}/GetUnitStateHistory", Row, wanted, internal=True)

    # Verification

    @method
    async def verify_unit(
        self, serial_number: str, part_number: str, revision: str | None = None
    ) -> UnitVerificationGrade | None:
        """Return whether a unit is ready, ``ready``, and what holds it back, ``reasons``; ``None`` without a rule.

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            revision: whose rule counts; the unit's own unless given.
        """
        wanted = unit_query(serial_number, part_number) + query(revision=revision)
        return await self._find(f"{_PUBLIC}/UnitVerification", UnitVerificationGrade, wanted, fresh=True)

    @method
    async def verify_units_batch(
        self: "ProductionService[Async]",
        units: Sequence[tuple[str, str]],
        max_concurrent: int = 10,
        progress: Progress = False,
    ) -> list[Result[UnitVerificationGrade]]:
        """Return the result of ``verify_unit`` for each pair of numbers, in order; without a rule it is a failure."""
        return await each_found(self.verify_unit, units, "rule for unit", max_concurrent, progress)

    @method
    async def get_unit_grade(
        self: "ProductionService[Async]", serial_number: str, part_number: str, revision: str | None = None
    ) -> UnitVerificationGrade | None:
        """Return the same as ``verify_unit``."""
        return await self.verify_unit(serial_number, part_number, revision)

    @method
    async def is_unit_passing(self: "ProductionService[Async]", serial_number: str, part_number: str) -> bool:
        """Whether a unit passed the last run of each process that its rule asks for; ``False`` without a rule."""
        grade = await self.verify_unit(serial_number, part_number)
        return grade is not None and grade.all_processes_passed_last_run

    # Phases and processes

    @method
    async def get_phases(self, force_refresh: bool = False) -> list[UnitPhase]:
        """Return the phases that the server defines (internal).

        Args:
            force_refresh: ask the server, also when this client has asked before.
        """
        if force_refresh or not self._phases:
            self._phases[:] = await self._list("/api/internal/Mes/GetUnitPhases", UnitPhase, internal=True, fresh=True)
        return [phase.model_copy() for phase in self._phases]

    @method
    async def get_all_unit_phases(self: "ProductionService[Async]") -> list[UnitPhase]:
        """Return the same as ``get_phases``."""
        return await self.get_phases()

    @method
    async def get_phase(
        self: "ProductionService[Async]", phase_id: int | None = None, code: str | None = None, name: str | None = None
    ) -> UnitPhase | None:
        """Return the phase that has this id, code and name, as far as they are given, or ``None`` (internal).

        Codes and names count without regard to case.

        Raises:
            ValidationError: none of the three is given.
        """
        if phase_id is None and code is None and name is None:
            raise ValidationError("give phase_id, code or name")
        for phase in await self.get_phases():
            same = phase_id is None or phase.phase_id == phase_id
            if same and _alike(phase.code, code) and _alike(phase.name, name):
                return phase
        return None

    @method
    async def get_phase_by_name(self: "ProductionService[Async]", name: str) -> UnitPhase | None:
        """Return the phase of a name, in any case, or ``None`` (internal)."""
        return await self.get_phase(name=name)

    @method
    async def get_phase_id(self: "ProductionService[Async]", phase: int | str | UnitPhaseFlag) -> int | None:
        """Return the id of a phase, or ``None``.

        A number is one, and the names of ``UnitPhaseFlag`` stand for theirs; other names and codes are looked up.
        """
        if isinstance(phase, int):
            return int(phase)
        try:
            return int(UnitPhaseFlag(phase))  # type: ignore[arg-type]  # it reads words, too
        except ValueError:
            known = await self.get_phase(name=phase) or await self.get_phase(code=phase)
            return None if known is None else int(known.phase_id)

    @method
    async def get_unit_phase(self, serial_number: str, part_number: str) -> UnitPhase | None:
        """Return the phase that a unit is in, or ``None`` if there is no such unit (internal)."""
        wanted = unit_query(serial_number, part_number)
        return await self._find(f"{_INTERNAL}/GetUnitPhase", UnitPhase, wanted, internal=True)

    @method
    async def set_unit_phase(
        self: "ProductionService[Async]",
        serial_number: str,
        part_number: str,
        phase: int | str | UnitPhaseFlag,
        comment: str | None = None,
    ) -> bool:
        """Put a unit into a phase, given by its id, its name in any case, or a ``UnitPhaseFlag``.

        Raises:
            NotFoundError: there is no such phase, or no such unit.
        """
        phase_id = found(await self.get_phase_id(phase), f"phase {phase!r}")
        wanted = unit_query(serial_number, part_number) + query(phase=phase_id, comment=comment)
        await self._command("PUT", f"{_PUBLIC}/SetUnitPhase", wanted, nothing)
        return True

    @method
    async def get_unit_process(self, serial_number: str, part_number: str) -> Row | None:
        """Return the process that a unit is in, or ``None`` (internal)."""
        wanted = unit_query(serial_number, part_number)
        return await self._find(f"{_INTERNAL}/GetUnitProcess", Row, wanted, internal=True)

    @method
    async def set_unit_process(
        self,
        serial_number: str,
        part_number: str,
        process_code: int | None = None,
        comment: str | None = None,
        *,
        process_name: str | None = None,
    ) -> bool:
        """Put a unit into a process, or out of any.

        The server knows processes by their names here; the name of a code is looked up.

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            process_code: of the process.
            comment: for the unit's history, where the server keeps one.
            process_name: of the process, instead of its code.

        Raises:
            NotFoundError: there is no such process, or no such unit.
        """
        if process_name is None and process_code is not None:
            wanted = query(includeTestOperations=True, includeRepairOperations=True, includeWipOperations=True)
            known = await self._list("/api/App/Processes", _Process, wanted, fresh=True)
            named = (process.name for process in known if process.code == process_code)
            process_name = found(next(named, None), f"process with the code {process_code}")
        wanted = unit_query(serial_number, part_number) + query(processName=process_name or "", comment=comment)
        await self._command("PUT", f"{_PUBLIC}/SetUnitProcess", wanted, nothing)
        return True

    # Batches

    @method
    async def get_batches(self, part_number: str | None = None, batch_id: str | None = None) -> list[ProductionBatch]:
        """Return all batches, those with units of a part number, or the one of an id."""
        wanted = query(partNumber=part_number, batchId=batch_id)
        return await self._list(f"{_PUBLIC}/Batches", ProductionBatch, wanted)

    @method
    async def create_batch(
        self: "ProductionService[Async]", batch: ProductionBatch | Mapping[str, Any]
    ) -> ProductionBatch | None:
        """Store a batch, known by its number; return it as stored."""
        return next(iter(await self.save_batches([batch])), None)

    @method
    async def update_batch(self: "ProductionService[Async]", batch: ProductionBatch) -> ProductionBatch | None:
        """Do the same as ``create_batch``."""
        return await self.create_batch(batch)

    @method
    async def save_batches(self, batches: Sequence[ProductionBatch | Mapping[str, Any]]) -> list[ProductionBatch]:
        """Store many batches with one request; return them as stored.

        Raises:
            ValidationError: the server refused some of them; the others are stored.
        """
        saved = [batch if isinstance(batch, ProductionBatch) else checked(ProductionBatch, batch) for batch in batches]
        for number, batch in enumerate(saved):
            check_name(f"batches.{number}.batch_number", batch.batch_number)

        path = f"{_PUBLIC}/Batches"
        return await self._write("PUT", path, saved, _stored(ProductionBatch, saved, "batches")) if saved else []

    # The server

    @method
    async def is_connected(self) -> bool:
        """Whether the production part of the server answers (internal)."""
        return await self._find(f"{_INTERNAL}/isConnected", bool, internal=True, fresh=True) or False

    @method
    async def get_sites(self) -> list[Row]:
        """Return the sites that the server knows (internal)."""
        return await self._list(f"{_INTERNAL}/GetSites", Row, internal=True)


class _Saved(PyWATSModel):
    """What became of many units, told in numbers."""

    error_count: int = named("errorCount", "ErrorCount", default=0)


class _Process(PyWATSModel):
    """As much of a process as is needed to name it."""

    code: int = named("code", "Code", default=...)
    name: str = named("name", "Name", default=...)


def _stored(kind: type[M], sent: Sequence[M], what: str) -> Callable[[Answer], list[M]]:
    """Reads what is stored now: as the server lists it, or as it was sent where the server only counts."""

    def read(answer: Answer) -> list[M]:
        said: list[M] | _Saved = _Saved() if is_nothing(answer) else parse(list[kind] | _Saved, answer)  # type: ignore[valid-type]
        if isinstance(said, list):
            return said
        if said.error_count:
            refused = f"the server refused {said.error_count} of {len(sent)} {what}: {words(answer)}"
            raise ValidationError(refused, status=answer.status, method=answer.verb, path=answer.path)
        return list(sent)

    return read


def _check(unit: Unit, of: str) -> None:
    name_of_unit(unit.serial_number, unit.part_number, f"{of}serial_number", f"{of}part_number")


def _sent(unit: Unit) -> Row:
    """A unit as it travels; an empty list would say that it has no sub units or tags, which nobody meant."""
    return {name: value for name, value in unit.to_wire().items() if value != []}


def _alike(one: str | None, other: str | None) -> bool:
    return other is None or (one or "").casefold() == other.strip().casefold()


def _key_of(unit: Unit) -> str | None:
    named = unit.serial_number is not None and unit.part_number is not None
    return json.dumps([unit.serial_number, unit.part_number]) if named else None


def _behind(serial_number: str, part_number: str) -> str:
    """The condition on units behind this one, ordered by serial number and then by part number."""
    same = odata.and_(odata.eq("serialNumber", serial_number), odata.gt("partNumber", part_number))
    return str(odata.or_(odata.gt("serialNumber", serial_number), same))
