"""Logs of i3070 testers: what each record becomes, what is refused and where, and how much of a file is held."""

import io
import json
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from converting import converted, measured, refusal
from corpus_cases import FILLING
from hypothesis import given
from hypothesis import strategies as st
from measuring import seconds_of

from pywats.ingest.conversion.draft import draft
from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.converters import Context, Source, i3070
from pywats.ingest.converters.i3070.converter import FAILURES
from pywats.ingest.converters.i3070.records import Reader
from pywats.ingest.converters.i3070.texts import FIELDS, VERDICTS
from pywats.ingest.faults import ConversionError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason

BATCH = "{@BATCH|PCB-7|C|21|1|std|btest|B-44|anna|ICT-3|pcb7|RevA|PANEL|D|VER_01"
BOARD = "{@BTEST|SN1|06|250325185540|000025|0|all||n|n|250325185605||2|PANEL-9"
SHORTS = """{@TS|1|001|001|000|2%shorts
{@TS-S|01|00|GND
{@TS-D|\\2|VCC|+1.2E+00}
}
{@TS-O|N1|N2|+8.1E+03}
{@RPT|Short from GND to VCC}
}"""


def log(*records, board=BOARD, batch=BATCH):
    return "\n".join([batch, board, *records, "}", "}"]) + "\n"


def report(*records, **given):
    (found,) = converted(i3070, log(*records, **given))
    return found


def step(*records, **given):
    """Return the only step of a report."""
    (found,) = report(*records, **given)["root"]["steps"]
    return found


def test_the_header_is_that_of_batch_and_board():
    found = report()
    assert {name: found[name] for name in ("sn", "pn", "rev", "machineName", "start", "result")} == {
        "sn": "SN1",
        "pn": "PCB-7",
        "rev": "C",
        "machineName": "ICT-3",
        "start": "2025-03-25T18:55:40",
        "result": "F",
    }
    assert found["uut"] == {
        "user": "anna",
        "execTime": 25.0,
        "testSocketIndex": 2,
        "batchSN": "B-44",
        "fixtureId": "21",
        "errorCode": 6,
        "errorMessage": "failing analog test",
    }
    assert found["root"]["seqCall"] == {"name": "pcb7", "version": "RevA"}
    assert {each["description"]: each["text"] for each in found["miscInfos"]} == {
        "Process step": "btest",
        "Testhead": "1",
        "Testhead type": "std",
        "Panel type": "PANEL",
        "Panel type revision": "D",
        "Version label": "VER_01",
        "Parent panel": "PANEL-9",
        "Log level": "all",
    }


def test_flags_of_a_board_that_are_set_are_kept():
    board = "{@BTEST|SN1|0|250325185540||1|all|set 2|y|y|250325185605|Q|2|"
    found = report(board=board)
    kept = {each["description"]: each["text"] for each in found["miscInfos"]}
    assert {
        name: kept[name] for name in ("Multiple test", "Log set", "Learning", "Known good", "Status qualifier")
    } == {"Multiple test": "1", "Log set": "set 2", "Learning": "y", "Known good": "y", "Status qualifier": "Q"}
    assert found["uut"]["execTime"] == 25.0, "without a duration it is the time until the end"
    assert found["result"] == "P"
    assert "errorCode" not in found["uut"]


def test_fields_behind_the_known_ones_stand_in_the_text():
    found = report("{@BLOCK|2%r1|00|b1\n{@A-RES|0|1.0|sub|a1}\n}", board=f"{BOARD}|x1", batch=f"{BATCH}|y1|y2")
    assert found["root"]["reportText"] == "BATCH|y1|y2\nBTEST|x1"
    (only,) = found["root"]["steps"]
    assert (only["name"], only["reportText"]) == ("r1 sub", "A-RES|a1\nBLOCK|b1")


@pytest.mark.parametrize("code", [0, *FAILURES, 5, 1234])
def test_a_status_is_result_and_error_code(code):
    found = report(board=BOARD.replace("|06|", f"|{code}|"))
    assert found["result"] == found["root"]["status"] == {0: "P", 13: "T", 80: "E", 81: "T", 82: "T"}.get(code, "F")
    assert found["uut"].get("errorCode", 0) == code
    assert ("errorMessage" in found["uut"]) == (code != 0)


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        *(("A-RES", "Ohm"), ("A-JUM", "Ohm"), ("A-FUS", "Ohm"), ("A-POT", "Ohm"), ("A-SWI", "Ohm")),
        *(("A-DIO", "V"), ("A-ZEN", "V"), ("A-CAP", "F"), ("A-IND", "H")),
        *(("A-MEA", ""), ("A-NFE", ""), ("A-NPN", ""), ("A-PFE", ""), ("A-PNP", "")),
    ],
)
def test_an_analog_test_is_a_number_with_its_limits(kind, unit):
    only = step(f"{{@BLOCK|2%x1|01\n{{@{kind}|1|+1.5E+00{{@LIM3|+1.0E+00|+1.1E+00|+9.0E-01}}}}\n}}")
    assert (only["name"], only["status"], only["reportText"]) == ("x1", "F", "nominal +1.0E+00")
    assert measured(only) == {
        "compOp": "GELE",
        "status": "F",
        "unit": unit,
        "value": 1.5,
        "lowLimit": 0.9,
        "highLimit": 1.1,
    }


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("{@LIM2|+2.0|+1.0}", {"compOp": "GELE", "lowLimit": 1.0, "highLimit": 2.0}),
        ("{@LIM2|+9.99999999999E+99|+1.0}", {"compOp": "GE", "lowLimit": 1.0}),
        ("{@LIM2|+2.0|-9.999999E+99}", {"compOp": "LE", "lowLimit": 2.0}),
        ("", {"compOp": "LOG"}),
    ],
)
def test_a_limit_that_is_none_is_left_out(limits, expected):
    found = measured(step(f"{{@BLOCK|2%x1|00\n{{@A-MEA|0|1.5{limits}}}\n}}"))
    assert {name: found[name] for name in ("compOp", "lowLimit", "highLimit") if name in found} == expected


def test_a_block_with_several_tests_is_a_sequence():
    found = step(
        "{@BLOCK|2%q1|01\n{@A-DIO|0|0.7|B-E{@LIM2|0.8|0.6}}\n{@A-DIO|1|0.9|B-C{@LIM2|0.8|0.6}}\n{@RPT|line}\n}"
    )
    assert (found["name"], found["status"], found["reportText"]) == ("q1", "F", "line")
    assert [(each["name"], each["status"]) for each in found["steps"]] == [("B-E", "P"), ("B-C", "F")]


def test_a_block_that_failed_although_its_test_passed_is_a_failed_sequence():
    found = step("{@BLOCK|2%r1|07\n{@A-RES|0|1.0}\n}")
    assert (found["status"], found["reportText"]) == ("F", "status 7")
    assert [(each["name"], each["status"]) for each in found["steps"]] == [("A-RES", "P")]


def test_a_test_that_was_repeated_in_its_block_keeps_each_result():
    found = step("{@BLOCK|2%c1|01\n{@A-CAP|1|5.9E-06}\n{@A-CAP|0|5.8E-06}\n}", board=BOARD.replace("|06|", "|00|"))
    assert [(each["status"], measured(each)["value"]) for each in found["steps"]] == [("F", 5.9e-6), ("P", 5.8e-6)]


def test_a_test_without_a_value_has_none():
    found = step("{@BLOCK|2%r1|01\n{@A-RES|7|{@LIM2|2.0|1.0}}\n}")
    assert (found["stepType"], found["status"]) == ("Action", "F")
    assert found["reportText"] == "status 7\nlow limit 1.0, high limit 2.0"


def test_records_in_a_test_stand_in_its_text():
    record = "{@BLOCK|2%r1|01\n{@A-RES|1|3.0{@LIM2|2.0|1.0}{@LIM2|4.0|0.0}{@DPIN|r1|\\2|N1|1}}\n{@RPT|beside}\n}"
    found = step(record)
    assert measured(found)["highLimit"] == 2.0
    assert found["reportText"] == "LIM2 high limit 4.0, low limit 0.0\nDPIN device r1, pins N1, 1\nbeside"


@pytest.mark.parametrize("end", ["", "250325185539"])
def test_a_board_without_a_duration_that_can_be_told_has_none(end):
    assert "execTime" not in report(board="{@BTEST|SN1|00|250325185540|||||||" + end)["uut"]


@pytest.mark.parametrize(
    ("record", "name", "text"),
    [
        ("{@D-T|10|0|0|0|2%u5\n}", "u5", "status 10, substatus 0, failing vector 0, pin count 0"),
        ("{@PF|2%pins|1|3\n{@PIN|\\2|10203|10204}\n}", "pins", "total pins 3\nPIN pins 10203, 10204"),
        (SHORTS, "shorts", None),
        ("{@TJET|01|0002|2%u6\n{@DPIN|u6|\\2|N1|7}\n}", "u6", "pin count 0002\nDPIN device u6, pins N1, 7"),
        ("{@D-T|1|2|117|3|2%u5\n}", "u5", "substatus 2, failing vector 117, pin count 3"),
        ("{@D-T|4|2|117|3|2%u5\n}", "u5", "status 4, substatus 2, failing vector 117, pin count 3"),
        (
            "{@BS-CON|2%chain|1|01|00\n{@BS-S|K|\\2|N1|N2}\n{@BS-O|u1|3|u2|4}\n}",
            "chain",
            """shorts count 01, opens count 00
BS-S cause K, nodes N1, N2
BS-O first device u1, first pin 3, second device u2, second pin 4""",
        ),
        ("{@CCHK|1|2|2%j1\n}", "j1", "pin count 2"),
        ("{@PCHK|1|2%c7\n}", "c7", None),
        ("{@PRB|1|2|2%p1\n}", "p1", "pin count 2"),
        ("{@ARRAY|2%wave|1|4|500\n}", "wave", "failure count 4, samples 500"),
    ],
)
def test_a_check_that_failed_tells_what_it_found(record, name, text):
    found = step(record)
    assert (found["name"], found["status"], measured(found)) == (name, "F", {"status": "F"})
    if text is not None:
        assert found["reportText"] == text


def test_shorts_and_opens_are_listed_with_their_nodes():
    assert step(SHORTS)["reportText"].split("\n") == [
        "shorts count 001, opens count 001, phantoms count 000",
        "TS-S shorts count 01, phantoms count 00, source GND",
        "  TS-D destinations VCC, +1.2E+00",
        "TS-O source N1, destination N2, deviation +8.1E+03",
        "Short from GND to VCC",
    ]


def test_a_list_that_has_another_number_of_items_stands_as_it_is():
    assert step("{@PF|2%pins|1|3\n{@PIN|\\2|10203}\n}")["reportText"].endswith("PIN pins \\2, 10203")


def test_a_check_that_passed_tells_what_is_not_zero():
    passed = report("{@TS|0|000|000|002|2%shorts\n}", "{@D-T|0|0|0|0|2%u5}", "{@BLOCK|2%u7|00\n{@TJET|00|0000|2%u7}\n}")
    shorts, digital, jet = passed["root"]["steps"]
    assert (shorts["status"], shorts["reportText"]) == ("P", "phantoms count 002")
    assert (digital["name"], digital["status"], "reportText" in digital) == ("u5", "P", False)
    assert (jet["name"], measured(jet), "reportText" in jet) == ("u7", {"status": "P"}, False)


def test_records_of_other_kinds_stand_in_the_text_where_they_were():
    found = report(
        "{@BLOCK|2%u5|01\n{@D-PLD|1|u5|erase}\n{@INDICT|TJ|\\2|u5|u6}\n{@MySW_Version:Fail!|Fail!\n{@inner|x}\n}\n}",
        "{@RETEST|250325190000}",
        "{@NODE|\\1|GND}",
        "{@BP|1|here}",
    )
    (only,) = found["root"]["steps"]
    assert only["reportText"].split("\n") == [
        "D-PLD|1|u5|erase",
        "INDICT technique TJ, devices u5, u6",
        "MySW_Version:Fail!|Fail!",
        "  inner|x",
    ]
    assert found["root"]["reportText"] == "RETEST time 250325190000\nNODE nodes GND\nBP|1|here"


def test_a_message_goes_to_the_test_that_failed():
    head = ["{@RPT|-----}", "{@RPT|Board 7}", "{@RPT|}"]
    first = ["{@RPT|2%c2 HAS FAILED}", "{@RPT|Measured: 4u}", "{@RPT|-----}"]
    second = ["{@RPT|2%shorts HAS FAILED}", "{@RPT|-----}"]
    other = ["{@RPT|2%c9 HAS FAILED}"]
    found = report(
        "\n".join(["{@BLOCK|2%c1|00", "{@A-CAP|0|1.0}", *head, *first, *second, "}"]),
        "{@BLOCK|2%c2|01\n{@A-CAP|1|4.0}\n}",
        *other,
        "{@TS|1|1|0|0|2%shorts\n}",
    )
    before, failed, shorts = found["root"]["steps"]
    assert "reportText" not in before
    assert failed["reportText"] == "-----\nBoard 7\n\n2%c2 HAS FAILED\nMeasured: 4u\n-----"
    assert shorts["reportText"].endswith("2%shorts HAS FAILED\n-----")
    assert found["root"]["reportText"] == "2%c9 HAS FAILED"


def test_a_message_goes_to_the_run_of_the_test_that_follows():
    run = "{@BLOCK|2%c2|01\n{@A-CAP|1|4.0}\n}"
    first, second = report("{@RPT|2%c2 HAS FAILED}", run, "{@BLOCK|2%c2|01\n{@RPT|2%c2 HAS FAILED}\n}")["root"]["steps"]
    assert first["reportText"] == second["reportText"] == "2%c2 HAS FAILED"


@pytest.mark.parametrize(
    ("number", "names"),
    [
        ("2", ["r1", "3%r1", "low%r1"]),
        ("002", ["r1", "3%r1", "low%r1"]),
        ("", ["2%r1", "3%r1", "low%r1"]),
        ("A", ["2%r1", "3%r1", "low%r1"]),
    ],
)
def test_the_number_of_the_board_is_no_part_of_a_name(number, names):
    board = BOARD.replace("|2|PANEL-9", f"|{number}|")
    found = report("{@BLOCK|2%r1|00}", "{@BLOCK|3%r1|00}", "{@BLOCK|low%r1|00}", board=board)
    assert [each["name"] for each in found["root"]["steps"]] == names


def test_the_only_number_that_names_begin_with_is_that_of_the_board():
    found = report("{@PF|4%pins|0|0}", "{@BLOCK|4%r1|00}", "{@BLOCK|r1%a|00}", board=BOARD.replace("|2|PANEL-9", ""))
    assert [each["name"] for each in found["root"]["steps"]] == ["pins", "r1", "r1%a"]


def test_records_beside_the_boards_belong_to_the_board_before_them():
    boards = [BOARD.replace("SN1", f"SN{number}") + "\n}" for number in (1, 2)]
    content = "\n".join([BATCH, "{@RPT|early}", boards[0], "{@RPT|behind 1}", boards[1], "{@RPT|behind 2}", "}"])
    first, second = converted(i3070, content)
    assert first["root"]["reportText"] == "early\nbehind 1"
    assert second["root"]["reportText"] == "behind 2"


def test_many_messages_take_no_square_of_the_time():
    def taken(count):
        printed = [f"{{@RPT|2%r{number} HAS FAILED}}" for number in range(count)]
        blocks = [f"{{@BLOCK|2%r{number}|01}}" for number in range(count)]
        steps = report(*printed, *blocks)["root"]["steps"]
        assert [each["reportText"] for each in steps] == [f"2%r{number} HAS FAILED" for number in range(count)]
        return seconds_of(lambda: report(*printed, *blocks))

    assert taken(8000) < 25 * max(taken(1000), 0.01)


def test_boards_outside_of_a_batch_and_several_batches_are_all_read():
    content = f"{BOARD}\n}}\n" + log() + "{@NETV|250325185540|sys|rep|src}\n{@ALM|1|y{@AID|250325185540|SN9}}\n" + log()
    told = []
    context = Context(explain=lambda *given: told.append(given))
    found = converted(i3070, content, context=context)
    assert [each.get("pn") for each in found] == [None, "PCB-7", "PCB-7"]
    assert ("not read, as it is not about a unit", "ALM|1|y\n  AID|250325185540|SN9", "line 8, ALM") in told


def test_a_batch_without_boards_gives_no_report():
    told = []
    context = Context(explain=lambda *given: told.append(given))
    assert converted(i3070, f"{BATCH}\n{{@RPT|nothing}}\n}}", context=context) == []
    assert told == [("not read, as its batch has no board", "nothing", "line 2, RPT")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("~7|a|b}{@c", "a|b}{@c"),
        ("~0|", ""),
        ("~3|a\nb", "a\nb"),
        ("~4|a~1|", "a~1|"),
        ("a{b", "a{b"),
        ("~abc", "~abc"),
        ("a~2|b", None),
    ],
)
def test_a_literal_text_may_have_any_characters(field, value):
    (only,) = converted(i3070, log("{@X|first|" + field + "|last{@Y|inner}}", "{@NOPE}"))
    assert only["root"]["reportText"].startswith(f"X|first|{field if value is None else value}|last\n  Y|inner")


def test_a_literal_text_may_stand_in_a_field_that_means_something():
    assert report("{@BLOCK|~5|2%a|b|00}")["root"]["steps"][0]["name"] == "a|b"
    assert report(board=BOARD.replace("SN1", "~5|S}|N1"))["sn"] == "S}|N1"


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("a } b {c} | d", "a } b {c} | d"),
        ("3%", "3%"),
        ("~5|a}\n|b", "a}\n|b"),
        ("~5|a", "~5|a"),
        ("", ""),
        ("{@X|1", "{@X|1"),
        ("  indented ", "  indented "),
    ],
)
def test_a_printed_line_may_have_any_characters(printed, text):
    assert report("{@RPT|" + printed + "}", "{@Z|end}")["root"]["reportText"] == f"{text}\nZ|end"


def test_a_printed_line_may_be_closed_on_the_next():
    assert report("{@RPT|text", "}", "{@RPT|more}  ")["root"]["reportText"] == "text\nmore"


@pytest.mark.parametrize(
    ("encoding", "told", "text"),
    [
        ("latin-1", None, "~5|Å|}Ø|"),
        ("utf-8-sig", None, "~5|Å|}Ø|"),
        ("utf-16", None, "~5|Å|}Ø|"),
        ("utf-8", "utf-8", "~5|Å|}Ø|"),
        ("utf-8", "utf-8", "~7|Å|}Ø|"),
        ("cp1252", "cp1252", "~5|€|}Ø|"),
        ("shift_jis", "shift_jis", "~7|漢|}字|"),
        ("gbk", "gbk", "~7|汉|}字|"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_texts_in_several_encodings(encoding, told, text, ends):
    content = log("{@X|" + text + "|end}", "{@RPT|} e}")
    data = content.replace("\n", ends).encode(encoding)
    (found,) = converted(i3070, data, context=Context(encoding=told))
    assert found["root"]["reportText"].split("\n")[0] == f"X|{text[3:]}|end"
    assert found["sn"] == "SN1"


def test_bytes_that_are_no_text_have_their_place():
    data = log("{@RPT|" + "x" * 200_000 + "é}").encode()
    place = f"byte {data.index('é'.encode())}: it is no text in ascii"
    assert place in refusal(i3070, data, context=Context(encoding="ascii"))
    assert "byte 3: it is no text in utf-8" in refusal(i3070, b"{@B\xff", context=Context(encoding="utf-8"))
    assert "byte 4: it is no text in utf-8" in refusal(i3070, b"{@BA\xe2\x82", context=Context(encoding="utf-8"))


DEEP = "{@X|" * 60


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (log()[:-2], "line 1, BATCH: the record is not closed: the file is not complete"),
        (log("{@BLOCK|r1|00"), "line 1, BATCH: the record is not closed"),
        (log() + "}", "line 5: a } stands here that closes nothing"),
        (log("junk"), "line 3: a record or its end, {@NAME|... or }, should stand here in line 2, BTEST, not 'junk"),
        (log("{@A|b}c}"), "line 3: a record or its end"),
        ("\n\nLot 7\n", "line 3: a record, {@BATCH|... or the like, should stand here, not 'Lot 7\\n'"),
        ("{", "line 1: a record"),
        (log() + log(BOARD), "line 7, BTEST: it begins in a record that is not closed: line 6, BTEST"),
        (log(BATCH), "line 3, BATCH: it begins in a record that is not closed: line 2, BTEST"),
        (log("{@RPT|a", "{@RPT|b}"), "line 4, RPT: it begins in a record that is not closed: line 3, RPT"),
        (log("\n" + DEEP), "line 4, X: records are nested too deeply"),
        (log("{@X|~9|abc}"), "line 3, X: the text behind ~9| does not end behind 9 characters"),
        (log("{@X|~2|abc}"), "line 3, X: the text behind ~2| does not end behind 2 characters"),
        ("{@RPT|x}\n" + log(), "line 1, RPT: the record stands outside of a batch"),
        (log("{@BLOCK|r1|00", "{@A-RES|0|x}", "}"), "line 4, A-RES: value is 'x', not a number"),
        (log("{@BLOCK|r1|00", "{@A-RES|0|1{@LIM2|2}}", "}"), "line 4, LIM2: it has 1 fields, not 2"),
        (log("{@BLOCK|r1|00", "{@A-RES|0|1{@LIM3|2|?|1}}", "}"), "line 4, LIM3: limit is '?', not a number"),
        (log("{@BLOCK|r1|P}"), "line 3, BLOCK: its status is 'P', not a number of four digits at the most"),
        (log("{@BLOCK|r1|}"), "line 3, BLOCK: it has no status"),
        (log("{@BLOCK||00}"), "line 3, BLOCK: it has no name"),
        (log("{@TS|" + "9" * 5000 + "}"), "line 3, TS: its status is '9999"),
        (log(board="{@BTEST|SN1||250325185540"), "line 2, BTEST: it has no status"),
        (
            log(board="{@BTEST|SN1|00|2503251855"),
            "line 2, BTEST: start is '2503251855', not a time such as 260131235959",
        ),
        (log(board="{@BTEST|SN1|00|251325185540"), "line 2, BTEST: start is '251325185540', not a time"),
        (log(board="{@BTEST|SN1|00|250325185540|||||||1855"), "line 2, BTEST: end is '1855', not a time"),
        (log(board="{@BTEST|SN1|00"), "line 2, BTEST: it has no start"),
        (log(board="{@BTEST|SN1|00|250325185540|-5"), "line 2, BTEST: duration is '-5', not a number of seconds"),
        (log(board="{@BTEST|SN1|00|250325185540|nan"), "line 2, BTEST: duration is 'nan', not a number of seconds"),
        (log(board="{@BTEST|SN1|00|250325185540|x"), "line 2, BTEST: duration is 'x', not a number"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content, words):
    assert words in refusal(i3070, content)


@pytest.mark.parametrize("content", ["{@X|" * 200_000, BATCH + BOARD + "{@X" * 200_000, BATCH + "{" * 500_000])
def test_braces_that_nest_without_end_are_refused(content):
    assert "nested too deeply" in (said := refusal(i3070, content)) or "the record is not closed" in said


WORDS = st.text("aZ09~|{}@\\%.é ", max_size=8)
PLAIN = st.text("aZ09@\\%.é", max_size=8)


@st.composite
def trees(draw, depth=3):
    """Draw a record as it is read, and as it is written."""
    name = draw(st.sampled_from(["X", "Y-1", "BLOCK", "TS", "PIN"]))
    fields, written = [], []
    for _ in range(draw(st.integers(0, 3))):
        literal = draw(st.booleans())
        text = draw(WORDS if literal else PLAIN)
        fields.append(text)
        written.append(f"~{len(text)}|{text}" if literal else text)
    inner = draw(st.lists(trees(depth=depth - 1), max_size=3)) if depth else []
    blank = draw(st.sampled_from(["", "\n", "\r\n", "\n \n"]))
    between = "".join(blank + text for _, text in inner)
    return (name, fields, [each for each, _ in inner]), "{@" + "|".join([name, *written]) + between + blank + "}"


def plain(record):
    return (record.name, record.fields, [plain(each) for each in record.inner])


@given(trees(), st.integers(1, 9), st.sampled_from(["", "\n"]))
def test_records_are_read_as_they_were_written_in_whatever_pieces(tree, size, end):
    record, text = tree
    text += end
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    ((batch, found),) = Reader(iter(pieces), "latin-1").records()
    assert batch is None
    assert plain(found) == record


@given(trees(), st.data())
def test_a_record_that_was_cut_is_refused(tree, data):
    _, text = tree
    at = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(ConversionError):
        list(Reader(iter([text[:at]]), "latin-1").records())


KINDS = (*VERDICTS, *FIELDS, "RPT", "XYZ", "D-PLD", "BP")


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(5, 8), st.integers(0, 2), st.booleans()), max_size=8))
def test_all_that_records_say_is_in_the_report_in_whatever_order_they_come(records):
    """Each field is a number of its own, which has to stand somewhere."""
    numbers, texts, said = iter(range(1000, 2000)), [], []
    for kind, count, depth, failed in records:
        fields = [str(next(numbers)) for _ in range(1 if kind == "RPT" else count)]
        if kind in VERDICTS:
            fields[VERDICTS[kind][0]] = "1" if failed else "0"
        said += [field for field in fields if len(field) > 1]
        texts.append("{@BLOCK|b|00\n" * depth + "{@" + "|".join([kind, *fields]) + "}" + "\n}" * depth)
    found = json.dumps(report(*texts))
    assert [field for field in said if field not in found] == []


@given(st.binary(max_size=40), st.integers(0, 200))
def test_any_bytes_give_reports_or_a_reason(data, at):
    content = log("{@BLOCK|2%r1|00\n{@A-RES|0|1.0{@LIM2|2.0|1.0}}\n}").encode()
    with suppress(ConversionError):
        converted(i3070, content[:at] + data + content[at:])


def test_of_a_large_batch_one_board_is_held():
    board = "\n".join([BOARD, *["{@BLOCK|2%r1|00\n{@A-RES|0|+1.0E+00{@LIM2|2.0|1.0}}\n}"] * 60, "}\n"])
    file = io.BytesIO((f"{BATCH}\n" + board * 100 + "}\n").encode())
    read = [file.tell() for _ in i3070.convert(Source(file, Path("a.ict")), i3070.Options(), Context())]
    assert len(read) == 100
    assert read[0] < 3 * 65536
    assert all(at <= (number + 2) * len(board) + 2 * 65536 for number, at in enumerate(read))


def test_a_log_may_be_one_line():
    content = log(*["{@BLOCK|2%r1|00{@A-RES|0|1.0{@LIM2|2.0|1.0}}}{@RPT|a}{@X|~3|a|b}"] * 2000).replace("\n", "")
    assert len(report_of(content)["root"]["steps"]) == 2000


def report_of(content):
    (found,) = converted(i3070, content)
    return found


@pytest.mark.parametrize("begin", ["{@X|", "{@RPT|", "{@X|~3000000|", "{@X|a{b"])
def test_a_very_long_record_is_looked_at_in_few_steps(begin):
    content = log(begin + "x" * 3_000_000 + "}")
    matches = 0

    class Counting(Reader):
        def _read_on(self):
            nonlocal matches
            matches += 1
            super()._read_on()

    reader = Counting((content[at : at + 65536] for at in range(0, len(content), 65536)), "latin-1")
    ((_, board), _) = reader.records()
    assert board.inner[0].fields[-1].endswith("x" * 3_000_000)
    assert matches < 12


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("record", ["BATCH", "BTEST", "ALM", "NETV"])
def test_a_log_is_recognised_by_its_first_record(record, encoding):
    assert i3070.sniff(f"\n {{@{record}|a".encode(encoding), "a") == 1.0
    assert i3070.sniff(b"{@BATCHES|a", "a") == 0.0


@pytest.mark.parametrize("name", ["i3070-diagnostics/DGN.log", "i3070-probe-report/probe_report.txt"])
def test_files_about_the_tester_are_not_recognised(name, shared):
    path = shared / "corpus" / name
    with pytest.raises(ConversionError) as caught:
        list(convert(Order(path=path, stamp=Stamp.of(path.stat())), Found(converter="auto")))
    assert caught.value.reason is Reason.UNRECOGNISED


def test_a_text_that_is_too_long_is_cut_and_that_is_told(tmp_path):
    path = tmp_path / "a.ict"
    path.write_text(log(*["{@RPT|" + "x" * 99 + "}"] * 1200))
    found = Found(converter="keysight-i3070")
    (body,) = convert(Order(path=path, stamp=Stamp.of(path.stat()), converter="keysight-i3070"), found)
    assert len(json.loads(body)["root"]["reportText"]) == 100_000
    assert found.said == "root: report_text had 119999 characters, and has 100000"


async def test_the_server_takes_every_kind_of_step(wats_async_api):
    records = [
        *(SHORTS, "{@PF|2%pins|1|3\n{@PIN|\\2|10203|10204}\n}", "{@D-T|1|2|117|3|2%u5\n}", "{@ARRAY|2%wave|0|0|5}"),
        *("{@BLOCK|2%r1|01\n{@A-RES|1|2.5}\n}", "{@BLOCK|2%r2|01\n{@A-RES|0|2.5{@LIM2|2.0|1.0}}\n}", "{@BLOCK|r3|00}"),
        *("{@BLOCK|2%r4|01\n{@A-RES|7|}\n{@A-RES|0|+9.999999E+99}\n}", "{@RPT|2%r1 HAS FAILED}", "{@ODD|1}"),
    ]
    for status in ("00", "06", "13", "80", "95"):
        found = report(*records, board=BOARD.replace("|06|", f"|{status}|"))
        made = draft(orjson.dumps(found), source=b"a.ict", position=0, filling=FILLING)
        assert await wats_async_api.report.submit_report_json(made.body)


def test_what_a_record_becomes_is_told_with_its_place():
    told = []
    context = Context(explain=lambda *given: told.append(given))
    converted(i3070, log("{@BLOCK|2%r1|00\n{@A-RES|0|2.5}\n}", "{@TS|1|1|0|0|2%shorts}", "{@ODD|1}"), context=context)
    assert told[:3] == [
        ("r1", 2.5, "line 4, A-RES"),
        ("shorts", "F", "line 6, TS"),
        ("text", "ODD|1", "line 7, ODD"),
    ]
