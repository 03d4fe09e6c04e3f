"""``convert --explain``: every converter says how it understood what a file says, and where that stands."""

import json

import pytest
from specimens import SPECIMENS

from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.files.reading import Stamp

OWN = {"wsjf", "wsxf", "wstf", "atml"}
"""Formats of WATS, where every value stands under its own name."""


def explained(specimen, folder):
    """Return the reports of a file, and what was said of it."""
    path = specimen.write(folder)
    told = []
    order = Order(path=path, stamp=Stamp.of(path.stat()), converter=specimen.converter, options=dict(specimen.options))
    found = Found(converter=specimen.converter)
    bodies = list(convert(order, found, lambda what, value, place: told.append((what, str(value), place))))
    assert bodies == list(convert(order, found)), "explaining changes nothing"
    return [json.loads(body) for body in bodies], told


def leaves(step):
    for inner in step.get("steps", ()):
        yield from leaves(inner) if "seqCall" in inner else (inner,)


@pytest.mark.parametrize("specimen", [each for each in SPECIMENS if each.converter not in OWN], ids=str)
def test_each_value_is_explained_with_its_place(specimen, tmp_path):
    reports, told = explained(specimen, tmp_path)
    assert all(what and value and place for what, value, place in told)
    values = {(what, value) for what, value, _ in told}
    names = {what for what, _, _ in told}
    for report in reports:
        assert ("serial_number", report["sn"]) in values
        assert ("start", report["start"]) in values
        assert ("result", report["result"]) in values
        for step in leaves(report["root"]):
            assert any(step["name"] in name or name in step["name"] for name in names), step["name"]


@pytest.mark.parametrize("specimen", [each for each in SPECIMENS if each.converter in OWN], ids=str)
def test_formats_of_wats_explain_themselves(specimen, tmp_path):
    _, told = explained(specimen, tmp_path)
    assert told == [("format", specimen.converter, "every value stands under its own name")]
