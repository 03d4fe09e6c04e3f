"""Arguments that name a unit, checked before they are sent, and as the query that names it to the server."""

import re
from typing import Final

from pywats.errors import ValidationError
from pywats.exchange.call import query

Query = tuple[tuple[str, str], ...]

LONGEST: Final = 100
"""Characters that the server has for a serial number, a part number and the number of a batch."""
WILDCARDS: Final = frozenset("*%?[]^!/\\")
"""Characters that the server's searches take for patterns, or its routes for separators."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def unit_query(serial_number: str, part_number: str) -> Query:
    """The query that names a unit."""
    name_of_unit(serial_number, part_number)
    return query(serialNumber=serial_number, partNumber=part_number)


def name_of_unit(
    serial_number: str | None,
    part_number: str | None,
    serial_name: str = "serial_number",
    part_name: str = "part_number",
    *,
    optional: bool = False,
) -> None:
    """Check what names a unit; ``optional``: the part number may be missing.

    Raises:
        ValidationError: the server could not take it; the text names the argument.
    """
    check_name(serial_name, serial_number)
    if part_number is not None or not optional:
        check_name(part_name, part_number)


def check_name(name: str, value: str | None) -> None:
    """Check the number of a unit, a product or a batch.

    Raises:
        ValidationError: the server could not take it; the text has the argument's name.
    """
    if not value:
        raise ValidationError(f"{name} is {'missing' if value is None else 'empty'}")
    if len(value) > LONGEST:
        raise ValidationError(f"{name} has {len(value)} characters; the server takes {LONGEST} at the most")
    found = _CONTROL.search(value)
    if found:
        raise ValidationError(f"{name} is {value!r}; it cannot have the control character {found[0]!r} in it")


def new_serial_number(serial_number: str, name: str = "serial_number") -> None:
    """Check a serial number that is given to a new unit: nobody could search for one with wildcards in it.

    Raises:
        ValidationError: it has a wildcard; the text names the argument.
    """
    found = sorted(WILDCARDS & set(serial_number))
    if found:
        shown = " ".join(found)
        raise ValidationError(f"{name} is {serial_number!r}; a new serial number cannot have {shown} in it")
