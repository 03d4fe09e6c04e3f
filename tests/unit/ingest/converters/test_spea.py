"""Logs of SPEA: every row is kept, every run needs its end, and each board of a panel is a report."""

import re

import pytest
from converting import children, converted, measured, refusal
from hypothesis import given
from hypothesis import strategies as st
from specimens import HERE

from pywats.ingest.converters import Context, ConversionError, spea

LOG = (HERE / "spea.csv").read_text()
START = "START;Programme;P;1.0;P;op;10/12/2024;16:15:03\n"
END = "END;PASS;10/12/2024;16:15:21\n"
PANEL = f"""FORMAT;ddmm
{START}ANL;1;C;1;1;C1;;PASS;1;0;2;V;;1
ANL;2;C;1;1;C1;;FAIL(+);3;0;2;V;;1
PINS;2;17 18
ANL;1;R;2;1;R1;;PASS;1;0;2;ohm;;2
SN;A
BOARDRESULT;PASS
SN;B
BOARDRESULT;FAIL
END;FAIL;10/12/2024;16:15:21
"""


def run(*rows, end=END, start=START):
    """Return a log of one run."""
    return "".join(["FORMAT;mmdd\n", start, *(f"{row}\n" for row in rows), end])


def step(row, **given):
    """Return the step of the only test of a run."""
    (report,) = converted(spea, run(row), **given)
    (task,) = report["root"]["steps"]
    (only,) = task["steps"]
    return only


def leaves(report):
    return [leaf for task in report["root"]["steps"] for leaf in task["steps"]]


def test_a_run_is_a_report():
    failed, passed = converted(spea, LOG)
    assert (failed["sn"], failed["result"], failed["start"]) == ("SN1", "F", "2024-10-12T16:15:03")
    assert (passed["sn"], passed["result"], passed["uut"]["execTime"]) == ("SN2", "P", 18.0)
    (version,) = children(failed["root"], "FW")
    assert version["stringMeas"][0]["value"] == "v2.1"
    (resistor,) = children(failed["root"], "DSC")
    assert resistor["reportText"] == "remark\ntest 2.1, points 179 30, id 2399"
    (capacitor,) = children(failed["root"], "C1")
    assert capacitor["reportText"] == "FAIL(+)\ntest 4.1, id 2401"


def test_rows_of_other_kinds_stand_in_the_text_of_the_test_before_them():
    report, _ = converted(spea, LOG.replace("SN;SN1", "DIAG;R1;open\nNAIL;17\nSN;SN1").replace("LOT;L7", "RACK;4"))
    assert report["root"]["reportText"] == "RACK;4"
    (capacitor,) = children(report["root"], "C1")
    assert capacitor["reportText"].endswith("DIAG;R1;open\nNAIL;17")


def test_a_row_that_is_laid_out_like_a_test_is_one():
    made = step("DIG;1;U1;7;1;bus;;FAIL;;;;;12 13;9")
    assert (made["name"], made["status"], made["reportText"]) == ("bus", "F", "DIG\ntest 7.1, points 12 13, id 9")
    assert step("DIG;1;U1;7;1;U1;;PASS;0;0;0;;;9")["booleanMeas"] == [{"status": "P"}]


def test_rows_between_runs_belong_to_the_next_one():
    told = []
    context = Context(explain=lambda *said: told.append(said))
    first, _, second = LOG.partition("16:15:21\n")
    _, report = converted(spea, f"{first}16:15:21\nLINE;4\n{second}LINE;5\n", context=context)
    assert report["root"]["reportText"] == "LINE;4"
    assert ("not read, as no run follows", "LINE;5", "line 17") in told


def test_boards_of_a_panel_are_reports():
    first, second = converted(spea, PANEL)
    assert [(each["sn"], each["result"], each["uut"]["testSocketIndex"]) for each in (first, second)] == [
        ("A", "P", 1),
        ("B", "F", 2),
    ]
    assert [leaf["name"] for leaf in leaves(first)] == ["C1", "R1"]
    (failed,) = leaves(second)
    assert failed["reportText"] == "FAIL(+)\ntest 1.1, id 1\nPINS;2;17 18"
    assert first["start"] == "2024-12-10T16:15:03"


def test_boards_that_are_named_are_not_counted():
    named = PANEL.replace("SN;A", "SN;2;A").replace("SN;B", "SN;1;B")
    named = named.replace("BOARDRESULT;PASS", "BOARDRESULT;1;PASS").replace("BOARDRESULT;FAIL", "BOARDRESULT;2;FAIL")
    assert [(each["sn"], each["result"]) for each in converted(spea, named)] == [("A", "F"), ("B", "P")]


def test_a_board_that_was_not_tested_has_no_verdict():
    left_out = PANEL.replace("SN;A\nBOARDRESULT;PASS", "SN;X\nBOARDRESULT;NONE\nSN;A\nBOARDRESULT;PASS")
    left_out = left_out.replace("ANL;2", "ANL;3").replace("ANL;1", "ANL;2")
    reports = converted(spea, left_out)
    assert [(each["sn"], each["result"], len(each["root"]["steps"])) for each in reports] == [
        ("X", "T", 0),
        ("A", "P", 2),
        ("B", "F", 1),
    ]


def test_boards_under_one_serial_number_are_sequences_of_one_report():
    (report,) = converted(spea, PANEL.replace("SN;B\n", ""))
    assert [each["name"] for each in report["root"]["steps"]] == ["1 C", "2 C", "1 R"]
    assert report["root"]["steps"][-1]["steps"][0]["reportText"].endswith("BOARDRESULT;PASS\nBOARDRESULT;FAIL")
    (same,) = converted(spea, PANEL.replace("SN;B\n", "SN;A\n"))
    assert (same["sn"], same["result"]) == ("A", "F")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SN;B\n", "SN;B\nSN;C\n"),
        ("BOARDRESULT;PASS\n", ""),
        ("SN;A", "ANL;7;R;1;1;R;;PASS;;;;;\nSN;A"),
        ("SN;A", "SN;3;A"),
    ],
)
def test_a_panel_whose_serial_numbers_have_no_boards_is_refused(old, new):
    assert "do not tell whose they are" in refusal(spea, PANEL.replace(old, new))


def test_a_test_that_is_repeated_is_kept_each_time():
    row = "ANL;1;C;1;1;C1;;{};{};0;2;V;;1"
    (report,) = converted(spea, run(row.format("FAIL(+)", 3), row.format("PASS", 1)))
    assert [(leaf["name"], leaf["status"]) for leaf in leaves(report)] == [("C1", "F"), ("C1", "P")]
    assert report["result"] == "P"


@pytest.mark.parametrize(
    ("cells", "value", "low", "high"),
    [
        ("1.5;1;2", 1.5, 1, 2),
        ("1,5e+00;1,0;2,0", 1.5, 1, 2),
        ("4.7k;4k;5 kV", 4700, 4000, 5000),
        ("100n;90n;110n", 1e-7, 9e-8, 1.1e-7),
        ("2 m;1m;3m", 2e-3, 1e-3, 3e-3),
        ("2.5;;3", 2.5, 3, None),
    ],
)
def test_numbers_have_points_or_commas_and_prefixes(cells, value, low, high):
    number = measured(step(f"ANL;1;C;1;1;C1;;PASS;{cells};V;;1"))
    assert (number["value"], number["lowLimit"], number.get("highLimit")) == (value, low, high)
    assert number["unit"] == "V"


@pytest.mark.parametrize("value", ["-NAN", "-nan(ind)", "1.#QNAN0e+000", "-1.#IND00", "1.#INF", "1,#INF", "inf"])
def test_a_number_that_is_none_stands_in_the_text(value):
    made = step(f"ANL;1;C;1;1;C1;;FAIL(+/-);{value};1;2;F;;1")
    assert made["status"] == "F"
    assert not any(key.endswith("Meas") for key in made)
    assert re.match(
        r"FAIL\(\+/-\)\ntest 1.1, id 1\nvalue (nan|inf) F, low limit 1.0, high limit 2.0$", made["reportText"]
    )


def test_a_word_is_a_text_even_if_it_looks_like_a_prefix():
    assert measured(step("FUNC;1;FW;1;1;version;;PASS;2.1m;;;;;1"))["value"] == "2.1m"


@pytest.mark.parametrize(("word", "status"), [("SKIP", "S"), ("NONE", "S"), ("ERROR", "E"), ("ABORTED", "T")])
def test_a_test_without_a_verdict_keeps_what_it_says_as_text(word, status):
    made = step(f"ANL;1;C;1;1;C1;;{word};1.5;1;;V;;1")
    assert (made["status"], made["reportText"].splitlines()[0]) == (status, "value 1.5 V, low limit 1")


@pytest.mark.parametrize(
    ("word", "result"), [("PASS", "P"), ("FAIL", "F"), ("NONE", "T"), ("ABORT", "T"), ("ERROR", "E")]
)
def test_the_result_of_a_run(word, result):
    (report,) = converted(spea, run("ANL;1;C;1;1;C1;;PASS;1;0;2;V;;1", end=END.replace("PASS", word)))
    assert report["result"] == report["root"]["status"] == result


def test_a_remark_may_hold_semicolons():
    made = step("ANL;1;C;1;1;wait; then; read;note;PASS;1;0;2;V;5 6;1")
    assert (made["name"], measured(made)["value"]) == ("wait;then;read", 1)
    assert made["reportText"] == "note\ntest 1.1, points 5 6, id 1"


@pytest.mark.parametrize(
    ("order", "date", "clock", "start"),
    [
        ("mmdd", "10/12/2024", "16:15:03", "2024-10-12T16:15:03"),
        ("ddmm", "10.12.2024", "16.15.03", "2024-12-10T16:15:03"),
        ("ddmm", "10-12-24", "4:15:03 PM", "2024-12-10T16:15:03"),
        ("mmdd", "2024-10-12", "12:15:03 am", "2024-10-12T00:15:03"),
        ("mmdd", "1/2/2024", "16:15:03.250", "2024-01-02T16:15:03.250000"),
    ],
)
def test_dates_of_the_language_of_the_tester(order, date, clock, start):
    log = run().replace("mmdd", order).replace("10/12/2024;16:15:03", f"{date};{clock}")
    assert converted(spea, log)[0]["start"] == start


def test_a_log_without_a_format_of_its_dates_needs_an_option():
    log = run().removeprefix("FORMAT;mmdd\n")
    assert "mdy or dmy" in refusal(spea, log)
    assert converted(spea, log, dates="dmy")[0]["start"] == "2024-12-10T16:15:03"
    assert converted(spea, log.replace("10/12", "10/13"))[0]["start"] == "2024-10-13T16:15:03"


def test_a_serial_number_behind_the_start():
    log = run(start=START.replace("16:15:03", "16:15:03;SN9;left"))
    (report,) = converted(spea, log)
    assert "sn" not in report
    assert [each["text"] for each in report["miscInfos"]] == ["SN9", "left"]
    (report,) = converted(spea, log, serial_number="start")
    assert (report["sn"], report["miscInfos"]) == ("SN9", [{"description": "START 10", "text": "left"}])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SN;SN1", "what is this", "line 8: a row begins with its kind"),
        ("END;FAIL;10/12/2024;16:15:21\n", "", "line 10: a new run begins before the one of line 2 has an END"),
        ("END;PASS;10/12/2024;16:20:21\n", "", "line 11: the run has no END"),
        ("END;PASS;10/12/2024;16:20:21\n", 2 * "END;PASS;10/12/2024;16:20:21\n", "END stands outside of a run"),
        ("END;PASS", "SN;SN2\nEND;WHAT", "'WHAT' is no result"),
        ("BOARDRESULT;PASS", "BOARDRESULT;MAYBE", "'MAYBE' is no result"),
        ("FORMAT;mmdd", "FORMAT;yymm", "the format of dates"),
        ("10/12/2024;16:15:03", "31/31/2024;16:15:03", "line 2: start is '31/31/2024 16:15:03', which is no time"),
        ("10/12/2024;16:15:03", "10/12/2024;16:15", "line 2: start has the clock '16:15'"),
        ("PASS;9.046875e+00;1.0", "PASS;9.046875e+00;1.0x", "line 5: low limit is '1.0x00000e+00', not a number"),
        ("PASS;9.0", "PISS;9.0", "line 5: 'PISS' is no result"),
    ],
)
def test_a_log_that_is_damaged_has_a_reason(old, new, words):
    assert words in refusal(spea, LOG.replace(old, new))


def test_a_line_without_an_end_is_refused():
    assert "line 4: the line has more than" in refusal(spea, LOG.replace("ANL;1;ADA", "ANL;1;" + 1_000_001 * "A", 1))


@pytest.mark.parametrize("content", [LOG, PANEL], ids=["runs", "panel"])
def test_a_log_that_is_cut_gives_whole_reports_or_a_reason(content):
    whole = converted(spea, content)
    ends = {found.end() for found in re.finditer(r"END;.*\n", content)}
    for at in range(len(content)):
        try:
            found = converted(spea, content[:at])
        except ConversionError:
            assert at not in ends
        else:
            assert found == whole[: content[:at].count("END;")], f"cut at {at}"


KINDS = st.from_regex(r"[A-Z][A-Z0-9_]{1,8}", fullmatch=True).filter(
    lambda kind: kind not in {"ANL", "FUNC", "START", "END", "SN", "BOARDRESULT", "LOT", "FORMAT"}
)
CELLS = st.lists(st.text("abc XYZ019.,", max_size=5), max_size=5)


@given(KINDS, CELLS, st.integers(1, 8))
def test_an_unknown_row_is_kept_wherever_it_stands(kind, cells, at):
    lines = LOG.splitlines(keepends=True)
    row = ";".join([kind, *cells])
    log = "".join([*lines[: at + 1], f"{row}\n", *lines[at + 1 :]])
    plain, found = converted(spea, LOG)[0], converted(spea, log)[0]
    texts = [found["root"].get("reportText", ""), *(leaf["reportText"] for leaf in leaves(found))]
    kept = ";".join(cell.strip() for cell in row.split(";")) if " ;" in row or "; " in row else row.strip()
    assert sum(kept in text.splitlines() for text in texts) == 1
    assert [leaf["name"] for leaf in leaves(found)] == [leaf["name"] for leaf in leaves(plain)]


@given(st.integers(8, 10), st.text("0123456789.,eE+-xn#\u00b5 ", min_size=1, max_size=9))
def test_a_garbled_number_is_refused_with_its_line_or_kept(at, garbled):
    cells = ["ANL", "1", "C", "1", "1", "C1", "", "PASS", "1", "0", "2", "V", "", "1"]
    cells[at] = garbled
    content = run(";".join(cells)).encode("latin-1")
    try:
        (report,) = converted(spea, content)
    except ConversionError as error:
        assert at > 8 and str(error).startswith("line 3: ")  # noqa: PT018, PT017 - a limit
        return
    (made,) = leaves(report)
    assert "stringMeas" in made or "numericMeas" in made or not garbled.strip() or "value inf V" in made["reportText"]


def test_passed_and_failed_of_a_real_log_are_those_of_its_rows(shared):
    content = (shared / "corpus/spea-3030/testdata_SN9871234012.csv").read_text("latin-1")
    reports = converted(spea, content)
    statuses = [leaf["status"] for report in reports for leaf in leaves(report)]
    rows = re.findall(r"^(?:ANL|FUNC);(?:[^;]*;){6}(PASS|FAIL)", content, re.MULTILINE)
    assert (statuses.count("P"), statuses.count("F")) == (rows.count("PASS"), rows.count("FAIL"))
    results = re.findall(r"^END;([PF])", content, re.MULTILINE)
    assert [report["result"] for report in reports] == results
