"""Logs of SPEA: rows of kinds that are not known are kept, and every run needs its end."""

import pytest
from converting import children, converted, refusal
from specimens import HERE

from pywats.ingest.converters import spea

LOG = (HERE / "spea.csv").read_text()


def test_a_run_is_a_report():
    failed, passed = converted(spea, LOG)
    assert (failed["sn"], failed["result"], failed["start"]) == ("SN1", "F", "2024-10-12T16:15:03")
    assert (passed["sn"], passed["result"], passed["uut"]["execTime"]) == ("SN2", "P", 18.0)
    (version,) = children(failed["root"], "FW")
    assert version["stringMeas"][0]["value"] == "v2.1"


def test_rows_of_other_kinds_stand_in_the_text():
    report, _ = converted(spea, LOG.replace("SN;SN1", "DIAG;R1;open\nNAIL;17\nSN;SN1"))
    assert report["root"]["reportText"] == "DIAG;R1;open\nNAIL;17"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SN;SN1", "what is this", "a row begins with its kind"),
        ("END;FAIL;10/12/2024;16:15:21\n", "", "a run begins before the last one has ended"),
        ("END;PASS;10/12/2024;16:20:21\n", "", "the run has no END"),
        ("FORMAT;mmdd", "FORMAT;yymm", "the format of dates"),
        ("10/12/2024;16:15:03", "31/31/2024;16:15:03", "not a time"),
    ],
)
def test_a_log_that_is_damaged_has_a_reason(old, new, words):
    assert words in refusal(spea, LOG.replace(old, new))
