"""Additional data: trees of named values that reports and steps carry along."""

from pywats.reports.member import Parts, anything, part, parts, text, whole
from pywats.reports.record import Record

__all__ = ["AdditionalData", "AdditionalDataArray", "AdditionalDataArrayIndex", "AdditionalDataProperty"]


class AdditionalDataProperty(Record):
    """A named value.

    Attributes:
        type: ``Number``, ``String``, ``Bool``, ``Obj`` or ``Array``.
        value: of a number, text or truth value, always as text.
        props: of an object.
        array: of an array.
    """

    name: str = text()
    type: str = text()
    value: str | None = text(default=None)
    flags: int | None = whole(default=None)
    num_format: str | None = text(default=None)
    comment: str | None = text(default=None)
    props: Parts["AdditionalDataProperty"] = parts(lambda: AdditionalDataProperty, default=None)
    array: "AdditionalDataArray | None" = part(lambda: AdditionalDataArray, default=None)


class AdditionalDataArrayIndex(Record):
    """A place in an array and what is there."""

    indexes: list[int] | None = anything(default=None)
    value: AdditionalDataProperty | None = part(AdditionalDataProperty, default=None)
    text: str | None = text(default=None)


class AdditionalDataArray(Record):
    """Values by index."""

    dimension: int | None = whole(default=None)
    type: str | None = text(default=None)
    indexes: Parts[AdditionalDataArrayIndex] = parts(AdditionalDataArrayIndex, default=None)


class AdditionalData(Record):
    """A named tree of values."""

    name: str = text(longest=200)
    props: Parts[AdditionalDataProperty] = parts(AdditionalDataProperty, default=None, needed=True)
