"""The programs in a notebook: its code cells, without what only IPython understands."""

import json
import re
from typing import Any, Final

from pywats.reports.values import is_list, is_object

_WHOLE_CELLS: Final = frozenset({"capture", "prun", "time", "timeit"})
"""Magics of a whole cell whose content is Python."""
_LINE: Final = re.compile(r"^(?P<indent>\s*)(?:[\w., ]+=\s*)?[%!?].*$|^(?P<also>\s*)\S+\?{1,2}\s*$", re.MULTILINE)


def cells(content: bytes) -> list[str]:
    """Return the code of each code cell, its lines where they were.

    Raises:
        ValueError: it is no notebook.
    """
    notebook: Any = json.loads(content.decode("utf-8-sig"))
    found = notebook.get("cells") if is_object(notebook) else None
    if not is_list(found):
        raise ValueError("it has no list of cells")
    codes = [cell for cell in found if is_object(cell) and cell.get("cell_type") == "code"]
    return [_python(_joined(cell.get("source", ""))) for cell in codes]


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if is_list(source) else str(source)


def _python(code: str) -> str:
    """Return a cell whose magics and shell commands have given way to what does nothing."""
    magic = re.match(r"\s*%%(\w*)", code)
    if magic and magic[1] not in _WHOLE_CELLS:
        return ""
    return _LINE.sub(lambda line: f"{line['indent'] or line['also'] or ''}pass", code)
