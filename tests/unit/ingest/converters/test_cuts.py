"""A file that was cut, at whatever byte: the whole reports before the cut or a reason, and never a part of a report."""

import io
from dataclasses import replace

import orjson
import pytest
from specimens import SPECIMENS

from pywats.errors import FormatError
from pywats.ingest.converters import Context, ConversionError, NotReadyError, Source
from pywats.ingest.converters.registry import find

SMALL = 1500
"""Bytes of a file that is cut everywhere; a larger one around the ends of its lines, and here and there."""
REASONS = (ConversionError, NotReadyError, FormatError)


def reports(specimen, folder):
    """Return the reports of a file as the server would get them."""
    converter = find(specimen.converter)
    source = Source(io.BytesIO(specimen.content), folder / specimen.name)
    made = converter.convert(source, converter.Options.model_validate(dict(specimen.options)), Context())
    return [orjson.loads(each) if isinstance(each, bytes) else orjson.loads(each.to_json()) for each in made]


def without_ids(found):
    return [{name: value for name, value in each.items() if name != "id"} for each in found]


def cuts(content):
    if len(content) <= SMALL:
        return range(len(content))
    ends = [at for at, byte in enumerate(content) if byte == ord("\n")]
    return sorted({*range(0, len(content), 17), *(at + more for at in ends for more in (-1, 0, 1, 2))} - {-1})


@pytest.mark.parametrize("specimen", SPECIMENS, ids=str)
def test_a_cut_file_gives_no_part_of_a_report(specimen, tmp_path):
    specimen.write(tmp_path)
    whole = without_ids(reports(specimen, tmp_path))
    assert len(whole) == specimen.reports
    for at in cuts(specimen.content):
        before = specimen.content[:at]
        if not specimen.ends and before.endswith(b"\n"):
            continue
        try:
            found = without_ids(reports(replace(specimen, content=before), tmp_path))
        except REASONS:
            continue
        assert found == whole[: len(found)], f"cut at byte {at}: {before[-60:]!r}"


def test_a_cut_file_beside_gives_no_part_of_a_report(tmp_path):
    (specimen,) = (each for each in SPECIMENS if each.beside)
    specimen.write(tmp_path)
    whole = reports(specimen, tmp_path)
    for name, content in specimen.beside.items():
        for at in range(len(content)):
            (tmp_path / name).write_bytes(content[:at])
            if not content[:at].endswith(b"\n"):  # between two lines it looks whole
                with pytest.raises(REASONS):
                    reports(specimen, tmp_path)
        (tmp_path / name).write_bytes(content)
    assert reports(specimen, tmp_path) == whole
