"""JSON objects that were read from XML, with what of their elements has no place in JSON."""

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]
Texts = dict[str, str]


@dataclass(slots=True)
class Note:
    """What is only known to XML.

    Attributes:
        attributes: of the element (under an empty name) and of those whose attributes are members of the same JSON
            object: those without a member, and those that would be written otherwise than they were.
        elements: those without a place, as XML.
        name: of the element, where there are several for one thing.
    """

    attributes: dict[str, Texts] = field(default_factory=dict[str, Texts])
    elements: list[bytes] = field(default_factory=list[bytes])
    name: str = ""

    def texts(self, element: str) -> Texts:
        """The attributes of one element."""
        return self.attributes.setdefault(element, {})


class Noted(Json):
    """A JSON object with a note, which is written to XML again and to nothing else."""

    __slots__ = ("note",)

    def __init__(self) -> None:
        super().__init__()
        self.note = Note()


NOTHING: Final = Note()


def note_of(wire: Json) -> Note:
    """What is noted on a JSON object; nothing on one that was not read from XML."""
    return wire.note if isinstance(wire, Noted) else NOTHING
