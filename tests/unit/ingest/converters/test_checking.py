"""The check of converters finds what is wrong with one."""

import pytest

from pywats.testing import check_converter

GOOD = """
from pywats.ingest.converters import ConversionError, Options, Reason
from pywats.ingest.converters.building import new_test

SUFFIXES = (".t",)
runs = []


def sniff(head, name):
    return 1.0 if head.startswith(b"T ") else 0.0


def convert(source, options, context):
    for line in source.file.read().decode("latin-1").splitlines():
        kind, _, rest = line.partition(" ")
        if kind != "T" or not rest.endswith("."):
            raise ConversionError(Reason.MALFORMED, "no T")
        yield new_test(serial_number=rest, part_number="P", start="2026-01-31T12:00:00")
"""


@pytest.fixture
def checked(tmp_path, monkeypatch, request):
    """Check a converter that differs from the good one in one place."""
    monkeypatch.syspath_prepend(tmp_path)

    def check(wrong="", right="", **given):
        folder = tmp_path / request.node.name.partition("[")[0]
        folder.mkdir(exist_ok=True)
        name = f"t{abs(hash(request.node.name))}"
        (folder / f"{name}.py").write_text(GOOD.replace(right, wrong) if right else GOOD)
        file = tmp_path / "file.t"
        file.write_bytes(b"T one.\nT two.\n")
        return check_converter(f"{folder.name}.{name}", [file], **given)[file]

    return check


def test_a_good_converter_passes_and_gives_its_reports(checked):
    assert [report["sn"] for report in checked()] == ["one.", "two."]


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        (
            "yield new_test(serial_number=rest",
            'runs.append(1); yield new_test(serial_number=f"{len(runs)}"',
            "it differs",
        ),
        ('b"T "', 'b"U "', "does not claim"),
        ('or not rest.endswith(".")', "", "the whole file does not have"),
        ('raise ConversionError(Reason.MALFORMED, "no T")', 'raise KeyError("no T")', "KeyError"),
        ("yield new_test", "() and (yield) or new_test", "no report"),
    ],
    ids=["random", "unclaimed", "half a report", "unexpected error", "nothing"],
)
def test_a_converter_with_a_fault_fails(checked, right, wrong, words):
    with pytest.raises(AssertionError, match=words):
        checked(wrong, right)


def test_a_converter_that_claims_files_of_others_fails(checked, tmp_path):
    (tmp_path / "other").write_bytes(b"T x")
    with pytest.raises(AssertionError, match="another format"):
        checked(others=[tmp_path / "other"])


def test_a_slow_converter_fails(checked):
    with pytest.raises(AssertionError, match="it took"):
        checked(limit=0.0)
