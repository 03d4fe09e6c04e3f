"""What the options of the STDF converter say."""

from collections.abc import Mapping
from string import Formatter
from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from pywats.ingest.converters.interface import Options as Base

PARTS: Final = {
    "lot": "LOT_ID",
    "sublot": "SBLOT_ID",
    "wafer": "WAFER_ID",
    "part": "PART_ID",
    "x": "X_COORD",
    "y": "Y_COORD",
}
"""What a serial number may be made of, and the fields of the format that hold it."""


def _template(text: str) -> str:
    names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    if not names or not names <= PARTS.keys():
        message = f"it is made of {', '.join(f'{{{name}}}' for name in PARTS)}"
        raise ValueError(message)
    return text


class Options(Base):
    """Options of ``stdf``.

    Attributes:
        serial_number: of a part, made of ``{lot}``, ``{sublot}``, ``{wafer}``, ``{part}``, ``{x}`` and ``{y}``.
        times: whether the tester writes ``local`` times, as the format wants it, or ``utc``.
    """

    serial_number: Annotated[str, AfterValidator(_template)] = "{part}"
    times: Literal["local", "utc"] = "local"

    def lacks(self, given: Mapping[str, str]) -> str:
        """Return what a serial number is made of and a part does not have, as an error names it; empty if nothing."""
        used = [name for _, name, _, _ in Formatter().parse(self.serial_number) if name is not None]
        return " and ".join(f"{{{name}}} ({PARTS[name]})" for name in used if not given[name])
