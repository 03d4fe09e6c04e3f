"""Box builds of real units: what is built into a unit, and whether it is what should be there."""

from typing import Any, ClassVar

from pywats.domains.production.arguments import Query, name_of_unit, unit_query
from pywats.exchange.answer import Answer
from pywats.exchange.call import is_nothing, nothing, parse, query
from pywats.service import Async, Face, Service, method

Row = dict[str, Any]

_PUBLIC = "/api/Production"
_INTERNAL = "/api/internal/Production"


class Assembly(Service[Face]):
    """Building units into others, and taking them out."""

    domain: ClassVar[str] = "production"

    @method
    async def add_child_to_assembly(
        self,
        parent_serial: str,
        parent_part: str,
        child_serial: str,
        child_part: str,
        *,
        check_part_number: str = "",
        check_revision: str = "",
    ) -> bool:
        """Build a unit into another one.

        Args:
            parent_serial: serial number of the unit that it goes into.
            parent_part: part number of that unit.
            child_serial: serial number of the unit that goes in.
            child_part: part number of that unit.
            check_part_number: what the child must be, instead of what the parent's box build says.
            check_revision: revision that the child must have, together with ``check_part_number``.

        Raises:
            ConflictError: the child has a parent already, or the parent is a part of the child.
            ValidationError: the box build does not have it, or it is not in the phase that finishes it.
        """
        more = query(checkPartNumber=check_part_number, checkRevision=check_revision)
        await self._command(
            "POST",
            f"{_PUBLIC}/AddChildUnit",
            _pair(parent_serial, parent_part, child_serial, child_part) + more,
            nothing,
        )
        return True

    @method
    async def remove_child_from_assembly(
        self, parent_serial: str, parent_part: str, child_serial: str, child_part: str
    ) -> bool:
        """Take a unit out of another one, in which it must be."""
        await self._command(
            "POST", f"{_PUBLIC}/RemoveChildUnit", _pair(parent_serial, parent_part, child_serial, child_part), nothing
        )
        return True

    @method
    async def remove_all_children_from_assembly(self: "Assembly[Async]", parent_serial: str, parent_part: str) -> bool:
        """Take all units out of another one (internal)."""
        await self.remove_all_child_units(parent_serial, parent_part)
        return True

    @method
    async def verify_assembly(self, serial_number: str, part_number: str, revision: str) -> Row | None:
        """Return whether what is built into a unit is what its box build asks for, in the server's own words.

        Args:
            serial_number: of the unit.
            part_number: of the unit.
            revision: not sent; the server takes that of the unit.
        """
        del revision
        name_of_unit(serial_number, part_number)
        wanted = query(parentSerialNumber=serial_number, parentPartNumber=part_number)
        return await self._find(f"{_PUBLIC}/CheckChildUnits", Row, wanted, fresh=True)

    @method
    async def add_child_unit_validated(
        self,
        serial_number: str,
        part_number: str,
        child_serial_number: str,
        child_part_number: str,
        check_part_number: str,
        check_revision: str,
        culture_code: str = "en-US",
        check_phase: bool | None = None,
    ) -> Row | None:
        """Build a unit into another one as the web pages do; return the other one as they read it (internal).

        Args:
            serial_number: of the unit that it goes into.
            part_number: of that unit.
            child_serial_number: of the unit that goes in.
            child_part_number: of that unit.
            check_part_number: what the child must be, instead of what the box build says; empty: what that says.
            check_revision: revision that the child must have, together with ``check_part_number``.
            culture_code: language of the server's words.
            check_phase: whether the phase of the child counts.
        """
        wanted = _child(serial_number, part_number, child_serial_number, child_part_number) + query(
            checkPartNumber=check_part_number,
            checkRevision=check_revision,
            cultureCode=culture_code,
            checkPhase=check_phase,
        )
        return await self._command("POST", f"{_INTERNAL}/AddChildUnit", wanted, row_or_none, internal=True)

    @method
    async def remove_child_unit_localized(
        self,
        serial_number: str,
        part_number: str,
        child_serial_number: str,
        child_part_number: str,
        culture_code: str | None = None,
    ) -> Row | None:
        """Take a unit out of another one; return the other one as the web pages read it (internal)."""
        unit = _child(serial_number, part_number, child_serial_number, child_part_number)
        wanted = unit + query(cultureCode=culture_code)
        return await self._command("POST", f"{_INTERNAL}/RemoveChildUnit", wanted, row_or_none, internal=True)

    @method
    async def remove_all_child_units(
        self, serial_number: str, part_number: str, culture_code: str | None = None
    ) -> Row | None:
        """Take all units out of another one; return the other one as the web pages read it (internal)."""
        wanted = unit_query(serial_number, part_number) + query(cultureCode=culture_code)
        return await self._command("POST", f"{_INTERNAL}/RemoveAllChildUnits", wanted, row_or_none, internal=True)

    @method
    async def validate_child_units(
        self, parent_serial_number: str, parent_part_number: str, culture_code: str = "en-US"
    ) -> Row | None:
        """Return the same as ``verify_assembly``, in a language of choice (internal)."""
        name_of_unit(parent_serial_number, parent_part_number, "parent_serial_number", "parent_part_number")
        wanted = query(
            CultureCode=culture_code, ParentSerialNumber=parent_serial_number, ParentPartNumber=parent_part_number
        )
        return await self._find(f"{_INTERNAL}/CheckChildUnits", Row, wanted, internal=True, fresh=True)


def row_or_none(answer: Answer) -> Row | None:
    """Reads the object that the server shows after a change, or ``None`` where it just says that it was made."""
    said: Any = None if is_nothing(answer) else parse(Any, answer)
    return said if isinstance(said, dict) else None  # pyright: ignore[reportUnknownVariableType]


def _pair(parent_serial: str, parent_part: str, child_serial: str, child_part: str) -> Query:
    name_of_unit(parent_serial, parent_part, "parent_serial", "parent_part")
    name_of_unit(child_serial, child_part, "child_serial", "child_part")
    return query(
        parentSerialNumber=parent_serial,
        parentPartNumber=parent_part,
        childSerialNumber=child_serial,
        childPartNumber=child_part,
    )


def _child(serial_number: str, part_number: str, child_serial_number: str, child_part_number: str) -> Query:
    name_of_unit(child_serial_number, child_part_number, "child_serial_number", "child_part_number")
    more = query(childSerialNumber=child_serial_number, childPartNumber=child_part_number)
    return unit_query(serial_number, part_number) + more
