"""Additional data: trees of named values that reports and steps carry along."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pywats.reports.member import Parts, anything, part, parts, text, whole
from pywats.reports.record import Record
from pywats.reports.scalar import number_of

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


def properties_of(values: Mapping[str, Any]) -> list[AdditionalDataProperty]:
    """Named values as properties.

    Raises:
        TypeError: a value is none that additional data can have.
        ValueError: a number is not finite.
    """
    return [_property(name, value) for name, value in values.items()]


def _property(name: str, value: Any) -> AdditionalDataProperty:
    if isinstance(value, str):
        return AdditionalDataProperty(name=name, type="String", value=value)
    if isinstance(value, bool):
        return AdditionalDataProperty(name=name, type="Bool", value=str(value))
    if isinstance(value, Mapping):
        return AdditionalDataProperty(name=name, type="Obj", props=properties_of(cast("Mapping[str, Any]", value)))
    if isinstance(value, list | tuple):
        items = [_property(str(index), item) for index, item in enumerate(cast("Sequence[Any]", value))]
        indexes = [
            AdditionalDataArrayIndex(text=f"[{index}]", indexes=[index], value=item) for index, item in enumerate(items)
        ]
        kind = items[0].type if items else "String"
        return AdditionalDataProperty(
            name=name, type="Array", array=AdditionalDataArray(dimension=1, type=kind, indexes=indexes)
        )
    return AdditionalDataProperty(name=name, type="Number", value=str(number_of(value)))
