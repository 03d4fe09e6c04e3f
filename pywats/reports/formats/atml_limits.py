"""Limits in ATML."""

from typing import Final, NamedTuple

from pywats.reports.evaluation import ONE_LIMIT, TWO_LIMITS
from pywats.reports.formats.atml_data import number_of, value_of
from pywats.reports.formats.safe_xml import Element

__all__ = ["Limits", "limits_of"]

_OF_TEXT: Final = {"EQ": "CASESENSIT", "CIEQ": "IGNORECASE", "NE": "NE"}
_PARTS: Final = {"percentage": 100.0, "ppm": 1e6}


class Limits(NamedTuple):
    """How a value was compared.

    Attributes:
        comp_op: the operator.
        low: the low limit, or the only one.
        high: the high limit.
        text: the limit of a text.
    """

    comp_op: str = "LOG"
    low: float | None = None
    high: float | None = None
    text: str | None = None


def limits_of(result: Element, *, number: bool) -> Limits:
    """The limits of a result; what reports have no operator for counts as logged.

    Raises:
        ValueError: a limit is no number.
    """
    limits = result.find("{*}TestLimits/{*}Limits")
    if limits is None:
        return Limits()
    if not number:
        return _of_text(limits)
    pair = limits.find("{*}LimitPair")
    if (raw := _raw(limits, inside=pair is None or _is_inside(pair))) is not None:
        return raw
    if pair is not None:
        return _of_pair(pair)
    for name in ("SingleLimit", "Expected"):
        single = limits.find(f"{{*}}{name}")
        if single is not None:
            comparator = (single.get("comparator") or "").upper()
            limit = _limit(single)
            return Limits(comparator, limit) if comparator in ONE_LIMIT and limit is not None else Limits()
    return Limits()


def _of_text(limits: Element) -> Limits:
    expected = limits.find("{*}Expected")
    if expected is None:
        expected = limits.find("{*}SingleLimit")
    datum = None if expected is None else expected.find("{*}Datum")
    if expected is None or datum is None:
        return Limits()
    comp_op = _OF_TEXT.get((expected.get("comparator") or "").upper())
    return Limits() if comp_op is None else Limits(comp_op, text=str(value_of(datum)))


def _of_pair(pair: Element) -> Limits:
    """Two limits; an infinite one is none."""
    found = [
        ((each.get("comparator") or "").upper(), limit)
        for each in pair.findall("{*}Limit")
        if (limit := _limit(each)) is not None
    ]
    if len(found) == 1 and found[0][0] in ONE_LIMIT:
        return Limits(*found[0])
    inside = _is_inside(pair)
    for ordered in (found, found[::-1]):
        name = "".join(comparator for comparator, _ in ordered)
        if len(ordered) > 1 and name in TWO_LIMITS and TWO_LIMITS[name][2] is inside:
            return Limits(name, ordered[0][1], ordered[1][1])
    return Limits()


def _is_inside(pair: Element) -> bool:
    """Whether a value must keep both limits, rather than one of them."""
    return (pair.get("operator") or "AND").upper() == "AND"


def _raw(limits: Element, *, inside: bool) -> Limits | None:
    """Limits that are given as a nominal value and how far from it is allowed."""
    properties = limits.find(".//{*}TSLimitProperties")
    kind = None if properties is None else properties.find("{*}ThresholdType")
    raw = None if properties is None else properties.find("{*}RawLimits")
    if kind is None or raw is None:
        return None
    nominal, low, high = (_of(raw.find(f"{{*}}{name}")) for name in ("Nominal", "Low", "High"))
    word = (kind.get("value") or kind.text or "").strip().lower()
    if nominal is None or low is None or high is None or word not in {*_PARTS, "delta"}:
        return None
    scale = 1.0 if word == "delta" else abs(nominal) / _PARTS[word]
    return Limits("GELE" if inside else "LTGT", nominal - scale * low, nominal + scale * high)


def _limit(element: Element) -> float | None:
    return _of(element.find("{*}Datum"))


def _of(element: Element | None) -> float | None:
    if element is None:
        return None
    value = number_of(element.get("value") or element.text or "")
    return value if isinstance(value, int | float) else None
