"""Logs of Teradyne Spectrum: parentheses in parentheses, several boards, and what a file does not tell."""

import io
import re
from pathlib import Path

import pytest
from converting import converted, measured, refusal
from hypothesis import given
from hypothesis import strategies as st
from specimens import HERE

from pywats.ingest.converters import Context, ConversionError, Source, spectrum
from pywats.ingest.converters.spectrum.nodes import read_nodes

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
SHORTS = """(STEP: (SNAME: "shorts") (PAGE: (TYPE: SHORTS) (STAT: FAIL)
  (INTC: (TYPE: SPECIAL) (STAT: PASS) (LOLIM: (VAL: 5) (UNIT: O)))
  (INTC: (TYPE: SHORTS) (STAT: FAIL) (LOLIM: (VAL: 5) (UNIT: O))
    (INTC_RESULT: (STAT: FAIL) (MEASVAL: (VAL: 1.5) (UNIT: O))
      (FROM_NODES: (TPNUM: 1) (TPNAME: GND)) (TO_NODES: (TPNUM: 2) (TPNAME: VCC) (TPNUM: 3) (TPNAME: P5)))
    (INTC_RESULT: (STAT: FAIL) (MEASVAL: (VAL: 200) (SCALE: m) (UNIT: O)))))
  (STAT: FAIL))
"""
ENDS = '(PROGRAM_NAME: "P1")\n{}\n(USER: Serialnumber:S1)\n(USER: STATUS: BOARD PASSED)\n'


def board(text=LOG, date="02/13/2026", **options):
    return converted(spectrum, text.replace("{date}", date), **options)


def step(inside, name="STEP"):
    """Return the only step of a log."""
    (report,) = converted(spectrum, ENDS.format(f"({name}: {inside})"))
    (only,) = report["root"]["steps"]
    return only


def analog(*values, stat="PASS"):
    return step(f'(SNAME: "s") (PAGE: (STAT: {stat}) (ANA: (STAT: {stat}) {" ".join(values)})) (STAT: {stat})')


def nodes(text):
    return list(read_nodes(Source(io.BytesIO(text.encode("latin-1")), Path("a")), Context()))


def misc(report):
    return {each["description"]: each["text"] for each in report["miscInfos"]}


def test_steps_and_sections_of_a_board():
    (report,) = board(part_number="program")
    first, section = report["root"]["steps"]
    assert (report["sn"], report["pn"], report["result"]) == ("S1", "P1", "F")
    assert report["start"] == "2026-02-13T16:44:11"
    assert first["numericMeas"] == [
        {"compOp": "GELE", "status": "P", "unit": "Ohm", "value": 3000.0, "lowLimit": 2000.0, "highLimit": 4000.0}
    ]
    assert first["reportText"] == "type RES\npage R1\n(a)\ntime 02/13/2026 16:44:11"
    (second,) = section["steps"]
    assert [(page["name"], page["status"]) for page in second["steps"]] == [("a", "F"), ("b", "P")]
    assert (section["name"], section["status"]) == ("section", "F")


def test_a_log_of_several_boards_gives_a_report_for_each():
    again = LOG.replace("S1", "S2").replace("FAILED", "PASSED")
    assert [(each["sn"], each["result"]) for each in board(LOG + again)] == [("S1", "F"), ("S2", "P")]
    cut = LOG.partition("(USER: STATUS")[0]
    assert "line 1, PROGRAM_NAME: it has no USER line STATUS" in refusal(
        spectrum, (cut + again).replace("{date}", "02/13/2026")
    )


def test_a_date_that_can_be_read_in_two_ways_needs_an_option():
    with pytest.raises(ConversionError, match="mdy or dmy"):
        board(date="02/09/2026")
    assert board(date="02/09/2026", dates="dmy")[0]["start"] == "2026-09-02T16:44:11"
    assert board(date="02/09/2026", dates="mdy")[0]["start"] == "2026-02-09T16:44:11"
    assert board(date="2026-02-09")[0]["start"] == "2026-02-09T16:44:11"


def test_a_log_without_its_end_is_not_complete_unless_the_logs_have_none():
    text = LOG.partition("(USER: STATUS")[0]
    with pytest.raises(ConversionError, match="no USER line STATUS"):
        board(text)
    assert board(text, status=False)[0]["result"] == "F"
    with pytest.raises(ConversionError, match="no USER line EndTime"):
        board(LOG + "(USER: StartTime:16:44:11)\n")


@pytest.mark.parametrize(
    ("status", "result", "kept"),
    [
        ("BOARD PASSED", "P", None),
        ("BOARD ABORTED BY OPERATOR", "T", "BOARD ABORTED BY OPERATOR"),
        ("FAIL", "F", "FAIL"),
        ("board failed", "F", "board failed"),
    ],
)
def test_the_status_is_the_result(status, result, kept):
    (report,) = board(LOG.replace("BOARD FAILED", status))
    assert (report["result"], report["root"]["status"]) == (result, result)
    assert (misc(report)["STATUS"] if "miscInfos" in report else None) == kept


def test_each_result_of_a_test_is_a_step():
    shorts = step(SHORTS.strip()[len("(STEP:") : -1])
    special, first, second = shorts["steps"]
    assert (shorts["status"], shorts["reportText"]) == ("F", "type SHORTS")
    assert (special["status"], special["reportText"]) == ("P", "TYPE SPECIAL, LOLIM 5 O")
    assert measured(first) == {"compOp": "GE", "status": "F", "unit": "Ohm", "value": 1.5, "lowLimit": 5.0}
    assert first["reportText"] == "FROM_NODES 1 GND, TO_NODES 2 VCC 3 P5"
    assert (second["name"], measured(second)["value"]) == ("shorts 3", 0.2)


def test_what_a_test_says_besides_its_values_is_text():
    made = analog("(MEASVAL: (VAL: 1) (UNIT: V))", "(NOMVAL: (VAL: 2) (UNIT: V))", "(MEAS: (TPNUM: 7) (TPNAME: X))")
    assert made["reportText"] == "MEAS 7 X\nnominal 2 V"
    without = analog("(HILIM: (VAL: 30) (SCALE: m) (UNIT: V))", "(ODD: (DEEP: (VAL: 1)) (WORD: two))")
    assert (without["booleanMeas"], without["reportText"]) == ([{"status": "P"}], "HILIM 30 mV, ODD (DEEP 1) WORD two")


@pytest.mark.parametrize(("word", "status"), [("SKIPPED", "S"), ("ABORT", "T"), ("ERROR", "E")])
def test_a_step_without_a_verdict_is_none_that_passed(word, status):
    made = step(f'(SNAME: "s") (STAT: {word})')
    assert (made["status"], made["stepType"]) == (status, "Action")


def test_the_status_of_a_step_is_that_of_its_only_page():
    made = step('(SNAME: "s") (PAGE: (STAT: PASS) (ANA: (STAT: PASS) (MEASVAL: (VAL: 1)))) (STAT: FAIL)')
    assert (made["status"], measured(made)["value"]) == ("F", 1)
    assert step('(SNAME: "s") (PAGE: (STAT: FAIL))')["status"] == "F"


@pytest.mark.parametrize(
    ("scale", "value"),
    [("", 4.7), ("p", 4.7e-12), ("n", 4.7e-9), ("u", 4.7e-6), ("m", 4.7e-3), ("K", 4700), ("M", 4.7e6), ("G", 4.7e9)],
)
def test_values_are_told_without_their_prefix(scale, value):
    assert measured(analog(f"(MEASVAL: (VAL: 4.7) (SCALE: {scale}) (UNIT: F))"))["value"] == value


def test_a_limit_of_another_unit_or_a_second_one_is_text():
    made = analog(
        "(MEASVAL: (VAL: 1) (UNIT: V))", "(HILIM: (VAL: 5) (UNIT: %))", "(LOLIM: (VAL: 0))", "(LOLIM: (VAL: 2))"
    )
    assert (measured(made)["compOp"], measured(made)["lowLimit"]) == ("GE", 0)
    assert made["reportText"] == "HILIM 5 %, LOLIM 2"


def test_a_value_that_is_no_number_is_text():
    made = analog("(MEASVAL: (VAL: OVER) (UNIT: V))", "(HILIM: (VAL: 3) (UNIT: V))", stat="FAIL")
    assert (made["status"], made["reportText"]) == ("F", "MEASVAL OVER V\nHILIM 3 V")
    assert "value nan V" in analog("(MEASVAL: (VAL: -1.#IND) (UNIT: V))", stat="FAIL")["reportText"]


def test_lines_of_the_user():
    lines = "(USER: lamp: red)(USER: lamp: green, dim)(USER: no name)(USER: Date:13/02/2026)(USER: path:C:\\x (y)\\z)"
    (report,) = board(LOG + lines)
    assert [each["text"] for each in report["miscInfos"]] == ["red", "green, dim", "13/02/2026", "C:\\x (y)\\z"]
    assert report["root"]["steps"][1]["steps"][0]["reportText"].endswith("USER no name")
    (report,) = board(LOG + "(USER: Date:13/02/2026)(USER: StartTime:16:44:10:500)(USER: EndTime:16:44:38:000)")
    assert (report["start"], report["uut"]["execTime"]) == ("2026-02-13T16:44:10.500000", 27.5)


def test_a_serial_number_that_is_read_again_is_the_one():
    (report,) = board(LOG.replace("(USER: S", "(USER: Serialnumber:NOREAD)\n(USER: S", 1))
    assert (report["sn"], misc(report)) == ("S1", {"Serialnumber": "NOREAD"})
    for line in ("Serialnumber:S2", "STATUS: BOARD PASSED"):
        assert "two boards are not told apart" in refusal(
            spectrum, LOG.replace("{date}", "02/13/2026") + f"(USER: {line})"
        )
    assert board(LOG + "(USER: STATUS: BOARD FAILED)\n")[0]["result"] == "F"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ('"(a, b) and (c"', "(a, b) and (c"),
        ('"say \\"hi\\" to ""all"""', 'say "hi" to "all"'),
        ('"C:\\dir\\" ', "C:\\dir\\"),
        ('"0.1" pitch"', '0.1 pitch"'),
        ('"two\n  lines)" ', "two\n  lines)"),
        ('"two \\"quoted\\"\nlines" \t', 'two "quoted"\nlines'),
        ("C:\\Program Files (x86)\\a.exe", "C:\\Program Files (x86)\\a.exe"),
        ("a, b\n  c", "a, b\nc"),
        ('5" (1 (2)) end', '5" (1 (2)) end'),
        ('""', ""),
        ("", ""),
    ],
)
def test_texts_hold_quotes_and_parentheses(inside, text):
    outer, follows = nodes(f"(OUTER: (TEXT: {inside}))\n(NEXT: 1)")
    assert [(node.name, node.text) for node in outer.inner] == [("TEXT", text)]
    assert (follows.name, follows.text) == ("NEXT", "1")


TEXTS = st.text(st.characters(max_codepoint=255, exclude_categories=["C", "Z"], exclude_characters='"\\'), max_size=30)


@given(TEXTS.filter(lambda text: text[:1] != ")"), st.booleans())
def test_a_quoted_text_comes_back_as_it_was(text, doubled):
    quote = '""' if doubled else '\\"'
    (node,) = nodes(f'(TEXT: "{quote}{text}{quote} (x)")')
    assert node.text == f'"{text}" (x)'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LOG[:-3], "line 12, USER: its parenthesis is not closed"),
        (LOG + ")", "line 13: ')' stands in no parentheses"),
        (LOG + "more", "line 13: 'more' stands in no parentheses"),
        (LOG.replace("FAIL)", "MAYBE)"), "its status is 'MAYBE'"),
        (LOG.replace("FAILED", "DONE"), "line 12, USER: 'BOARD DONE' is no result"),
        (LOG.replace("FAILED", "FAILED, NOT PASSED"), "is no result"),
        (LOG.replace("(SCALE: K)", "(SCALE: X)"), "line 5, MEASVAL: its scale is 'X'"),
        (LOG.replace("(VAL: 4)", "(VAL: 4.x)"), "line 6, HILIM: HILIM is '4.x', not a number"),
        (LOG + '(USER: "name:\nvalue)\n', "line 13: a quoted text is not closed"),
        (LOG.replace("  (STAT: PASS))", ""), "line 8, SECTION_NAME: it begins before the parenthesis of line 2, STEP"),
        (LOG.replace("(a)", 60_000 * "a\n"), "line 3, COMMENT: its text has more than"),
        (LOG.replace("(a)", 1_000_001 * "a"), "line 3: the line has more than"),
        (LOG.replace("{date}", "13.13.2026"), "the time of the first step is '13.13.2026 16:44:11', which is no time"),
        (LOG.replace("16:44:11", "noon"), "the time of the first step has the clock 'noon'"),
    ],
)
def test_a_log_that_is_damaged_has_a_reason(text, words):
    assert words in refusal(spectrum, text.replace("{date}", "02/13/2026"))


@pytest.mark.parametrize("opening", ["(AB:", "(AB: (", "(AB:\n", '(AB: "x" (CD: y) '])
def test_parentheses_that_are_nested_without_end_are_refused_with_their_place(opening):
    assert re.match(r"line \d+, AB: it stands in more than 50 others", refusal(spectrum, LOG + 50_000 * opening))


@pytest.mark.parametrize("piece", ["(", '"', '\\"', " ", "\\", '""', '"\n', "\n", "(A", "()", '" '])
def test_what_is_very_long_takes_no_long_time(piece):
    for inside in (f"(AB: {60_000 * piece}", f'(AB: "{60_000 * piece}', f"(AB: x {60_000 * piece} )"):
        with pytest.raises(ConversionError):
            converted(spectrum, f"{LOG}(STEP: {inside}".replace("{date}", "02/13/2026"))


def test_a_log_that_is_cut_gives_whole_reports_or_a_reason():
    text = (HERE / "spectrum.txt").read_text() + ENDS.format(SHORTS)
    whole = converted(spectrum, text)
    second = text.rindex("(PROGRAM_NAME")
    for at in range(len(text)):
        try:
            found = converted(spectrum, text[:at])
        except ConversionError:
            continue
        assert found == whole[: 0 if not text[:at].strip() else 1 if at <= second else 2], f"cut at {at}"


@given(st.from_regex(r"[A-Z][A-Z0-9_]{3,9}", fullmatch=True), st.sampled_from(["{}", "(IN: {})", '"{}"']), st.data())
def test_an_unknown_node_is_kept_wherever_it_stands(name, form, data):
    name = f"X{name}"
    text = LOG.replace("{date}", "02/13/2026")
    places = [found.start() for found in re.finditer(r"(?<![:\w] )\((?!a)", text)][1:]
    at = data.draw(st.sampled_from(places))
    (report,) = converted(spectrum, f"{text[:at]}({name}: {form.format('it is')}) {text[at:]}")
    assert len(re.findall(rf"{name}( IN)? it is", str(report))) == 1
    assert [each["name"] for each in report["root"]["steps"]] == ["first", "section"]


def test_results_of_a_real_log_are_those_of_its_pages(shared):
    content = (shared / "corpus/teradyne-spectrum/sample_ict_data.txt").read_text("latin-1")
    (report,) = converted(spectrum, content, dates="dmy", part_number="program")
    steps = [step for section in report["root"]["steps"] for step in section["steps"]]
    pages = [page for step in steps for page in (step["steps"] if "seqCall" in step else (step,))]
    assert len(steps) == content.count("(STEP:") == 508
    assert [step["status"] for step in pages] == ["P"] * (content.count("(PAGE:") + 1)  # one has two tests
    values = [measured(step)["value"] for step in pages if "numericMeas" in step]
    assert len(values) == content.count("(MEASVAL:")
    assert report["uut"]["execTime"] == 10.136
