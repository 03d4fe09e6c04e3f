"""Logs of Teradyne Spectrum: parentheses in parentheses, and what a file does not tell."""

import io
from pathlib import Path

import pytest

from pywats.ingest.converters import Context, Source, spectrum
from pywats.ingest.faults import ConversionError

LOG = """(PROGRAM_NAME: "P1")
(STEP: (TYPE: RAW) (TIME: {date} 16:44:11 ) (SNAME: "first")
  (PAGE: (TYPE: RES) (PAGE_NAME: "R1") (COMMENT: "(a)") (STAT: PASS)
    (ANA: (LOLIM: (VAL: 2) (SCALE: K) (UNIT: O))
          (MEASVAL: (VAL: 3) (SCALE: K) (UNIT: O))
          (HILIM: (VAL: 4) (SCALE: K) (UNIT: O))))
  (STAT: PASS))
(SECTION_NAME: "section")
(STEP: (TYPE: RAW) (TIME: {date} 16:44:12 ) (SNAME: "second")
  (PAGE: (PAGE_NAME: "a") (STAT: FAIL)) (PAGE: (PAGE_NAME: "b") (STAT: PASS)) (STAT: FAIL))
(USER: Serialnumber:S1)
(USER: STATUS: BOARD FAILED)
"""


def board(text=LOG, date="02/13/2026", **options):
    source = Source(io.BytesIO(text.replace("{date}", date).encode()), Path("a.txt"))
    return [report.wire for report in spectrum.convert(source, spectrum.Options(**options), Context())]


def test_steps_and_sections_of_a_board():
    (report,) = board(part_number="program")
    first, section = report["root"]["steps"]
    assert (report["sn"], report["pn"], report["result"]) == ("S1", "P1", "F")
    assert report["start"] == "2026-02-13T16:44:11"
    assert first["numericMeas"] == [
        {"compOp": "GELE", "status": "P", "unit": "Ohm", "value": 3000.0, "lowLimit": 2000.0, "highLimit": 4000.0}
    ]
    assert first["reportText"] == "type RES\n(a)"
    (second,) = section["steps"]
    assert [(page["name"], page["status"]) for page in second["steps"]] == [("a", "F"), ("b", "P")]
    assert (section["name"], section["status"]) == ("section", "F")


def test_a_date_that_can_be_read_in_two_ways_needs_an_option():
    with pytest.raises(ConversionError, match="mdy or dmy"):
        board(date="02/09/2026")
    assert board(date="02/09/2026", dates="dmy")[0]["start"] == "2026-09-02T16:44:11"
    assert board(date="02/09/2026", dates="mdy")[0]["start"] == "2026-02-09T16:44:11"


def test_a_log_without_its_end_is_not_complete_unless_the_logs_have_none():
    text = LOG.partition("(USER: STATUS")[0]
    with pytest.raises(ConversionError, match="no USER line STATUS"):
        board(text)
    assert board(text, status=False)[0]["result"] == "F"
    with pytest.raises(ConversionError, match="no USER line EndTime"):
        board(LOG + "(USER: StartTime:16:44:11)\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LOG[:-3], "not closed"),
        (LOG + ")", "no part of the nested"),
        (LOG.replace("FAIL)", "MAYBE)"), "its status is 'MAYBE'"),
        (LOG.replace("FAILED", "DONE"), "no result"),
        (LOG.replace("(SCALE: K)", "(SCALE: X)"), "its scale is 'X'"),
    ],
)
def test_a_spectrum_log_that_is_damaged_has_a_reason(text, words):
    with pytest.raises(ConversionError, match=words):
        board(text)
