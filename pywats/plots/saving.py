"""A figure as a file: whole or not at all, and the same bytes for the same picture."""

# pyright: reportUnknownMemberType=false
# (matplotlib's types leave keyword arguments open.)

import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from pywats.errors import ValidationError
from pywats.reports.files import saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG: Final = "{http://www.w3.org/2000/svg}"
_REFERENCE: Final = re.compile(r"#([A-Za-z][\w.-]*)")


def to_png(figure: "Figure") -> bytes:
    """Return a figure as PNG."""
    content = io.BytesIO()
    figure.savefig(content, format="png", facecolor="white", metadata={"Software": None, "Title": figure.get_label()})
    return content.getvalue()


def to_svg(figure: "Figure") -> str:
    """Return a figure as an SVG element, which can stand in a file or in a page beside others.

    What matplotlib makes differs from run to run in its ids and its date. Here only ids that something refers to are
    left, called after the picture, so that two pictures in one page do not take each other's; and nothing in it
    concerns the page.
    """
    content = io.BytesIO()
    figure.savefig(content, format="svg", facecolor="white", metadata={"Date": None, "Title": figure.get_label()})
    root = etree.fromstring(content.getvalue())
    for element in [*root.iter(f"{_SVG}metadata", f"{_SVG}style", etree.Comment)]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    root.attrib.update({"role": "img", "stroke-linejoin": "round", "stroke-linecap": "butt"})
    _name_ids(root, "i")
    digest = hashlib.sha256(etree.tostring(root)).hexdigest()[:8]
    _name_ids(root, f"p{digest}-")
    return etree.tostring(root, encoding="unicode")


def save(figure: "Figure", path: Path | str) -> Path:
    """Save a figure as PNG or SVG, as the name of the file says; a file is there whole or as it was before.

    Raises:
        ValidationError: the name ends in neither ``.png`` nor ``.svg``.
        OSError: the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in {".png", ".svg"}:
        raise ValidationError(f"{path.name} must end in .png or .svg")
    return saved(path.parent, path.name, content_of(figure, kind[1:]))


def content_of(figure: "Figure", kind: str) -> bytes:
    """Return the bytes of a file of a figure, ``png`` or ``svg``."""
    return to_png(figure) if kind == "png" else f"{to_svg(figure)}\n".encode()


def _name_ids(root: Any, prefix: str) -> None:
    """Number the ids that are referred to, and drop the others."""
    elements = list(root.iter(etree.Element))
    wanted = {
        name
        for element in elements
        for key, value in element.attrib.items()
        if key != "id"
        for name in _REFERENCE.findall(str(value))
    }
    names: dict[str, str] = {}
    for element in elements:
        name = element.attrib.pop("id", None)
        if name in wanted:
            element.attrib["id"] = names[str(name)] = f"{prefix}{len(names)}"
    for element in elements:
        for key, value in element.attrib.items():
            if key != "id" and "#" in str(value):
                element.attrib[key] = _REFERENCE.sub(lambda found: f"#{names.get(found[1], found[1])}", str(value))
