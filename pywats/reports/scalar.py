"""Plain values of JSON from those that test programs have: numpy scalars, decimals, enumerations."""

import operator
from decimal import Decimal
from enum import Enum
from math import isfinite
from numbers import Real
from typing import Any, Final, SupportsIndex

LARGEST_WHOLE: Final = 2**63
"""Whole numbers beyond 64 bits are no JSON that every reader takes."""
DOUBLE: Final = 8
"""Bytes of a float that JSON takes as it is."""
_PLAIN: Final = frozenset((int, float))  # not bool


def number_of(value: Any) -> float:
    """A finite number; a short float such as numpy's ``float32`` in its shortest form.

    Raises:
        ValueError: it is not finite.
        TypeError: it is no number.
    """
    number: float = value if type(value) in _PLAIN else _number(value)
    if not isfinite(number):
        raise ValueError(f"is {number}, and the server takes finite numbers only; leave it out, or tell it as a text")
    if isinstance(number, int) and not -LARGEST_WHOLE <= number < LARGEST_WHOLE:
        return float(number)
    return number


def _number(value: Any) -> float:
    dtype: Any = getattr(value, "dtype", None)
    if dtype is not None:
        if dtype.kind not in "fiu" or value.size != 1:
            raise TypeError(f"is {value!r} of {dtype}; one real number is needed")
        if dtype.kind == "f" and dtype.itemsize < DOUBLE:
            return float(str(value.reshape(())[()]))
        value = value.item()
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise TypeError(f"is {value!r}, of type {type(value).__name__}; a number is needed")
    return float(value)


def whole_of(value: Any, bits: int) -> int:
    """A whole number of so many bits, with sign.

    Raises:
        ValueError: it has more bits.
        TypeError: it is no whole number.
    """
    if isinstance(value, bool):
        raise TypeError(f"is {value!r}; a whole number is needed")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, SupportsIndex):
        raise TypeError(f"is {value!r}, of type {type(value).__name__}; a whole number is needed")
    number = operator.index(value)
    limit = 1 << (bits - 1)
    if not -limit <= number < limit:
        raise ValueError(f"is {number}; it must be from {-limit} to {limit - 1}")
    return int(number)


def text_of(value: Any) -> str:
    """A text; of an enumeration its value.

    Raises:
        TypeError: it is no text.
    """
    if type(value) is str:
        return value
    if isinstance(value, Enum) and isinstance(value.value, str):
        return value.value
    if not isinstance(value, str):
        raise TypeError(f"is {value!r}, of type {type(value).__name__}; a text is needed")
    return str(value)


def flag_of(value: Any) -> bool:
    """True or false, numpy's too.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, bool):
        return value
    if getattr(getattr(value, "dtype", None), "kind", "") == "b" and getattr(value, "size", 1) == 1:
        return bool(value)
    raise TypeError(f"is {value!r}, of type {type(value).__name__}; True or False is needed")
