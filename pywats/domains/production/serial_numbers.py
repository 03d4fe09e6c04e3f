"""The serial numbers that the server hands out, type by type."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pywats.domains.production.models import SerialNumber, SerialNumberRange, SerialNumberType
from pywats.domains.production.serial_file import XML, format_of, read_serial_numbers, type_in_file
from pywats.errors import ValidationError
from pywats.exchange.call import Call, form_file, maybe, nothing, query
from pywats.service import Async, Face, Service, method

Row = dict[str, Any]
Range = SerialNumberRange | Mapping[str, Any]

_NUMBERS = "/api/Production/SerialNumbers"
_NUMBERS_OF_PAGES = "/api/internal/Production/SerialNumbers"


class SerialNumbers(Service[Face]):
    """Serial number types, and taking, reserving, finding, importing and freeing their numbers."""

    domain: ClassVar[str] = "production"

    @method
    async def get_serial_number_types(self) -> list[SerialNumberType]:
        """Return the types of serial numbers that the server has."""
        return await self._list(f"{_NUMBERS}/Types", SerialNumberType)

    @method
    async def take_serial_numbers(
        self,
        type_name: str,
        count: int = 1,
        reference_sn: str | None = None,
        reference_pn: str | None = None,
        station_name: str | None = None,
        *,
        only_in_sequence: bool = False,
    ) -> list[str]:
        """Take free numbers; fewer than asked for come if there are not as many, and none if there is none.

        What was sent is never sent again, since the numbers of a lost answer are taken, too; look for them with
        ``find_serial_numbers_by_reference``.

        Args:
            type_name: name of the type.
            count: how many to take.
            reference_sn: serial number of what they are for.
            reference_pn: part number of what they are for.
            station_name: of the station that takes them.
            only_in_sequence: numbers that follow each other without a gap, all or none.

        Raises:
            ValidationError: ``only_in_sequence`` is asked for and no free run is long enough.
        """
        wanted = query(
            serialNumberType=_named("type_name", type_name),
            quantity=_counted(count),
            refSN=reference_sn,
            refPN=reference_pn,
            stationName=station_name,
            onlyInSequence=only_in_sequence or None,
            format=XML,
        )
        call = Call(
            verb="POST", path=f"{_NUMBERS}/Take", query=wanted, read=read_serial_numbers, accept="*/*", repeatable=False
        )
        return [taken.serial_number for taken in await self._line.send(call)]

    @method
    async def allocate_serial_numbers(
        self: "SerialNumbers[Async]",
        type_name: str,
        count: int = 1,
        reference_sn: str | None = None,
        reference_pn: str | None = None,
        station_name: str | None = None,
    ) -> list[str]:
        """Do the same as ``take_serial_numbers``."""
        return await self.take_serial_numbers(type_name, count, reference_sn, reference_pn, station_name)

    @method
    async def reserve_serial_numbers(
        self,
        type_name: str,
        count: int = 1,
        only_in_sequence: bool = False,
        start_from: str | None = None,
        receipt: str = "",
        taken_entries: Sequence[SerialNumber | Mapping[str, Any]] | None = None,
        *,
        station_name: str | None = None,
    ) -> list[str]:
        """Reserve numbers for work without the server, and report those that were taken meanwhile (internal).

        Args:
            type_name: name of the type.
            count: how many to reserve; 0 only reports.
            only_in_sequence: numbers that follow each other without a gap, all or none.
            start_from: the first number to consider.
            receipt: names what this station holds, as the server gave it.
            taken_entries: numbers reserved before that are taken now: ``id`` and ``taken``, the time.
            station_name: of the station that reserves them.
        """
        taken = [entry if isinstance(entry, Mapping) else entry.to_wire() for entry in taken_entries or ()]
        request = {
            "serialNumberType": _named("type_name", type_name),
            "batchSize": _counted(count, least=0),
            "requestType": "Reserve",
            "onlyInSequence": only_in_sequence,
            "stationName": station_name or "",
            "fromSerialNumber": start_from or "",
            "receipt": receipt,
            "SN": [{**entry, "takenSpecified": bool(entry.get("taken"))} for entry in taken],
        }
        path = "/api/internal/Production/GetAndReserveNewSerialNumbers"
        reserved = await self._write(
            "POST", path, {"sn": request}, read_serial_numbers, internal=True, repeatable=False
        )
        return [each.serial_number for each in reserved]

    @method
    async def find_serial_numbers_in_range(
        self,
        type_name: str,
        from_serial: str,
        to_serial: str,
        *,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> list[SerialNumber]:
        """Return the numbers of a type from one to another, both included.

        Args:
            type_name: name of the type.
            from_serial: the first number.
            to_serial: the last number.
            start_date: only what was made then or later.
            end_date: only what was made then or earlier.
        """
        wanted = query(
            serialNumberType=type_name,
            startAddress=from_serial,
            endAddress=to_serial,
            startDate=start_date,
            endDate=end_date,
        )
        return await self._numbers(f"{_NUMBERS}/ByRange", wanted)

    @method
    async def find_serial_numbers_by_reference(
        self,
        type_name: str,
        reference_serial: str | None = None,
        reference_part: str | None = None,
        *,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> list[SerialNumber]:
        """Return the numbers that were taken for a serial number, a part number, or both.

        Args:
            type_name: name of the type.
            reference_serial: serial number that they were taken for.
            reference_part: part number that they were taken for.
            start_date: only what was made then or later.
            end_date: only what was made then or earlier.

        Raises:
            ValidationError: neither reference is given.
        """
        if reference_serial is None and reference_part is None:
            raise ValidationError("give reference_serial, reference_part or both")
        wanted = query(
            serialNumberType=type_name,
            refSN=reference_serial,
            refPN=reference_part,
            startDate=start_date,
            endDate=end_date,
        )
        return await self._numbers(f"{_NUMBERS}/ByReference", wanted)

    @method
    async def import_serial_numbers(
        self, file_content: bytes, content_type: str = "text/csv", *, type_name: str | None = None
    ) -> bool:
        """Add the numbers of a file to a type.

        Args:
            file_content: of a CSV or XML file.
            content_type: ``text/csv`` or ``application/xml``.
            type_name: name of the type; an XML file may name it itself, as ``serialNumberType``.

        Raises:
            ValidationError: no type is named, or the server does not take the numbers.
        """
        kind = format_of(content_type)
        type_name = type_name or (type_in_file(file_content) if kind == XML else None)
        if not type_name:
            raise ValidationError("type_name is missing: the file does not say which type its numbers are of")
        body, form_type = form_file(file_content, f"serial-numbers.{kind.lower()}", content_type)
        wanted = query(serialNumberType=type_name, format=kind)
        await self._line.send(
            Call(
                verb="PUT",
                path=_NUMBERS,
                query=wanted,
                read=nothing,
                body=body,
                content_type=form_type,
                repeatable=False,
                long=True,
            )
        )
        return True

    @method
    async def export_serial_numbers(
        self,
        type_name: str,
        state: str | None = None,
        format: str = "csv",
        *,
        start_address: str | None = None,
        end_address: str | None = None,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> bytes | None:
        """Return a file with the numbers of a type, or ``None``; ``parse_serial_numbers`` reads it.

        Args:
            type_name: name of the type.
            state: only those that are ``free``, ``reserved`` or ``taken``, where the server knows how.
            format: ``csv`` or ``xml``.
            start_address: the first number.
            end_address: the last number.
            start_date: only what was made then or later.
            end_date: only what was made then or earlier.
        """
        wanted = query(
            serialNumberType=type_name,
            format=format_of(format),
            state=state,
            startAddress=start_address,
            endAddress=end_address,
            startDate=start_date,
            endDate=end_date,
        )
        return await self._file(_NUMBERS, wanted)

    @method
    async def generate_serial_numbers(self, type_name: str, from_serial: str, to_serial: str) -> bool:
        """Add all numbers of a range to a type whose numbers are MAC addresses (internal)."""
        wanted = query(serialNumberType=type_name, startAddress=from_serial, endAddress=to_serial)
        path = f"{_NUMBERS_OF_PAGES}/Generate"
        call = Call(verb="PUT", path=path, query=wanted, read=nothing, internal=True, repeatable=False)
        await self._line.send(call)
        return True

    @method
    async def find_serial_numbers(
        self,
        serial_number_type: str,
        start_address: str,
        end_address: str,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> list[SerialNumber]:
        """Return the numbers of a type from one to another, as the web pages read them (internal)."""
        wanted = query(
            serialNumberType=serial_number_type,
            startAddress=start_address,
            endAddress=end_address,
            startDate=start_date,
            endDate=end_date,
        )
        return await self._numbers(_NUMBERS_OF_PAGES, wanted, internal=True)

    @method
    async def get_serial_number_count(
        self,
        serial_number_type: str,
        start_address: str | None = None,
        end_address: str | None = None,
        from_date: datetime | None = None,
        to_date: datetime | None = None,
    ) -> int | None:
        """Return how many numbers a type has, in a range and made between two instants if they are given (internal)."""
        wanted = query(
            serialNumberType=serial_number_type,
            startAddress=start_address,
            endAddress=end_address,
            fromDate=from_date,
            toDate=to_date,
        )
        return await self._find(f"{_NUMBERS_OF_PAGES}/Count", int, wanted, internal=True)

    @method
    async def get_serial_number_ranges(self, serial_number_type: str | None = None) -> list[SerialNumberRange]:
        """Return the ranges of a type, or of all types, with what is free, taken and reserved in each (internal)."""
        wanted = query(serialNumberType=serial_number_type)
        return await self._list(f"{_NUMBERS_OF_PAGES}/Ranges", SerialNumberRange, wanted, internal=True)

    @method
    async def get_serial_number_statistics(self, serial_number_type: str | None = None) -> Row | None:
        """Return how many numbers of a type, or of all types, are free, taken and reserved (internal)."""
        wanted = query(serialNumberType=serial_number_type)
        return await self._find(f"{_NUMBERS_OF_PAGES}/Statistics", Row, wanted, internal=True)

    @method
    async def free_serial_numbers(self, ranges: Sequence[Range]) -> Row | None:
        """Make the reserved numbers of ranges free again; taken ones stay taken (internal).

        Args:
            ranges: each with ``type``, ``startAddress`` and ``endAddress``.
        """
        return await self._write("PUT", f"{_NUMBERS_OF_PAGES}/Free", _given(ranges), maybe(Row), internal=True)

    @method
    async def delete_free_serial_numbers(self, ranges: Sequence[Range]) -> bool:
        """Delete the free numbers of ranges; taken and reserved ones stay (internal).

        Args:
            ranges: each with ``type``, ``startAddress`` and ``endAddress``.
        """
        await self._write("DELETE", f"{_NUMBERS_OF_PAGES}/Free", _given(ranges), nothing, internal=True)
        return True

    async def _numbers(
        self, path: str, wanted: tuple[tuple[str, str], ...], *, internal: bool = False
    ) -> list[SerialNumber]:
        return await self._line.send(
            Call(
                verb="GET",
                path=path,
                query=wanted,
                read=read_serial_numbers,
                accept="application/json, application/xml;q=0.9, text/csv;q=0.8",
                internal=internal,
            )
        )


def _named(name: str, value: str) -> str:
    if not value:
        raise ValidationError(f"{name} is empty")
    return value


def _counted(count: int, *, least: int = 1) -> int:
    if count < least:
        raise ValidationError(f"count is {count}; it must be {least} or more")
    return count


def _given(ranges: Sequence[Range]) -> Sequence[Range]:
    if not ranges:
        raise ValidationError("ranges is empty; name at least one range")
    return ranges
