"""Results of STDF: what one leaves out, the first of its test says; flags are words; pins have names."""

import math

import pytest
from converting import converted
from datalog import Datalog, cn, cns
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.converters import stdf
from pywats.ingest.converters.stdf.results import Results


def steps(made):
    """Return the steps of the only part of a lot, which is ended here."""
    (report,) = converted(stdf, made.prr().mrr())
    return report["root"]["steps"]


def measures(made):
    return [step["numericMeas"][0] for step in steps(made)]


def limits(measure):
    return measure.get("lowLimit"), measure.get("highLimit")


def test_limits_units_and_names_that_are_left_out_are_those_of_the_first_result():
    made = Datalog().pir()
    made.ptr(7, 3.0, tail=made.told("U", 1.0, 9.0, "V"))
    made.ptr(7, 3.0)
    made.ptr(7, 3.0, tail=cns("", ""))
    made.ptr(7, 3.0, tail=made.told("other", 2.0, 8.0, "mV"))
    made.ptr(7, 3.0, tail=made.told("", 2.0, 8.0, flags=0x3E))
    made.ptr(7, 3.0, tail=made.told("", 2.0, 8.0, flags=0x1E))
    made.ptr(7, 3.0, tail=cns("", "") + bytes([0x0E]))
    found = steps(made)
    assert [step["name"] for step in found] == ["U", "U", "U", "other", "U", "U", "U"]
    told = [step["numericMeas"][0] for step in found]
    assert [limits(each) for each in told] == [(1, 9), (1, 9), (1, 9), (2, 8), (1, 9), (1, 8), (1, 9)]
    assert [each["unit"] for each in told] == ["V", "V", "V", "mV", "V", "V", "V"]


def test_a_first_result_that_says_nothing_of_its_test_leaves_it_to_the_next():
    made = Datalog().pir()
    made.ptr(7, 3.0).ptr(7, 3.0, tail=made.told("U", 1.0, 9.0, "V")).ptr(7, 3.0).ptr(7, 3.0, tail=made.told("W", 2.0))
    made.ptr(7, 3.0)
    found = steps(made)
    assert [step["name"] for step in found] == ["test 7", "U", "U", "W", "U"]
    assert [limits(step["numericMeas"][0])[0] for step in found] == [None, 1.0, 1.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("flags", "expected", "operator"),
    [(0x4E, (9.0, None), "LE"), (0x8E, (1.0, None), "GE"), (0xCE, (None, None), "LOG"), (0x3E, (None, None), "LOG")],
)
def test_a_flag_says_that_there_is_no_limit(flags, expected, operator):
    made = Datalog().pir()
    (measure,) = measures(made.ptr(7, 3.0, tail=made.told("U", 1.0, 9.0, flags=flags)))
    assert (limits(measure), measure["compOp"]) == (expected, operator)


@pytest.mark.parametrize(("parameters", "operator"), [(0x00, "GTLT"), (0x40, "GELT"), (0x80, "GTLE"), (0xC0, "GELE")])
def test_flags_say_whether_a_value_may_be_equal_to_its_limits(parameters, operator):
    made = Datalog().pir()
    (measure,) = measures(made.ptr(7, 1.0, parameters=parameters, tail=made.told("U", 1.0, 9.0)))
    assert measure["compOp"] == operator


def test_limits_that_change_from_one_part_to_the_next_are_those_of_each():
    made = Datalog()
    for number, low in enumerate((1.0, 1.0, 2.0, 1.0)):
        made.pir().ptr(7, 3.0, tail=made.told("U", low, 9.0, "V")).prr(f"P{number}")
    reports = converted(stdf, made.mrr())
    assert [each["root"]["steps"][0]["numericMeas"][0]["lowLimit"] for each in reports] == [1.0, 1.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("flags", "status", "kind"),
    [
        *((0x00, "P", "ET_NLT"), (0x80, "F", "ET_NLT"), (0x40, "P", "ET_NLT"), (0xC0, "P", "ET_NLT")),
        *((0x10, "S", "Action"), (0x20, "T", "Action"), (0x02, "P", "Action"), (0x82, "F", "Action")),
    ],
)
def test_the_status_of_a_value_follows_its_flags(flags, status, kind):
    made = Datalog().pir()
    for _ in range(2):
        made.ptr(7, 3.0, flags=flags, tail=made.told("U", 1.0, 9.0, "V"))
    for step in steps(made):
        assert (step["status"], step["stepType"]) == (status, kind)
        if flags & 0x40:  # without a verdict it was compared with nothing
            assert limits(step["numericMeas"][0]) == (None, None)
            assert "low limit 1.0\nhigh limit 9.0" in step["reportText"]


@pytest.mark.parametrize(
    ("flags", "parameters", "words"),
    [
        *((0x01, 0, "alarm"), (0x04, 0, "unreliable"), (0x08, 0, "timeout"), (0x0C, 0, "unreliable\ntimeout")),
        *((0, 0x01, "scale error"), (0, 0x02, "drift error"), (0, 0x04, "oscillation"), (0, 0x18, "")),
        (0, 0x20, "passed by the alternate limits"),
    ],
)
def test_what_flags_say_besides_is_in_the_text(flags, parameters, words):
    made = Datalog().pir()
    (step,) = steps(made.ptr(7, 3.0, flags=flags, parameters=parameters, tail=made.told("U")))
    assert step["reportText"] == f"test 7\n{words}".strip()


def test_alarms_and_limits_of_the_specification_are_in_the_text():
    made = Datalog().pir()
    made.ptr(7, 3.0, tail=made.told("U", 1.0, 9.0, "V", alarm="hot", flags=0x02, spec=(0.5, 9.5)))
    made.ptr(7, 3.0)
    made.ptr(7, 3.0, tail=made.told("U", 1.0, 9.0, "V", flags=0x06, spec=(0.5, 9.5)))
    texts = [step["reportText"] for step in steps(made)]
    assert texts[0] == "test 7\nalarm hot\nspecified from 0.5 to 9.5 V"
    assert texts[1] == "test 7\nspecified from 0.5 to 9.5 V"
    assert texts[2] == "test 7\nspecified to 9.5 V"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_in_the_text(value):
    made = Datalog().pir().ptr(7, 3.0).ptr(7, value)
    first, second = steps(made)
    assert first["numericMeas"][0]["value"] == 3.0
    assert "numericMeas" not in second
    assert f"value {value}" in second["reportText"]


def test_a_limit_that_is_not_finite_is_none():
    made = Datalog().pir()
    (measure,) = measures(made.ptr(7, 3.0, tail=made.told("U", -math.inf, 9.0)))
    assert limits(measure)[0] != -math.inf
    assert measure["value"] == 3.0


@pytest.mark.parametrize("value", [0.1, 1e-30, 16777216.0, 1.1754944e-38, -3.4028235e38, 9.5, 0.114749424, 1.0000001])
def test_a_value_has_the_fewest_digits_that_are_the_same_in_four_bytes(value):
    (measure,) = measures(Datalog().pir().ptr(7, value))
    assert measure["value"] == value


def test_a_value_of_a_test_that_was_aborted_is_in_the_text():
    made = Datalog().pir()
    (step,) = steps(made.ptr(7, 3.0, flags=0x20, tail=made.told("U", 1.0, 9.0, "V")))
    assert step["reportText"] == "test 7\nvalue 3.0 V\nlow limit 1.0, high limit 9.0"


def test_a_value_that_is_missing_is_not_made_up():
    made = Datalog().pir().add((15, 10), "IBBB", 7, 1, 1, 0x80).add((15, 10), "IBBBB", 7, 1, 1, 0, 0)
    failed, passed = steps(made)
    assert (failed["status"], passed["status"]) == ("F", "P")
    assert "numericMeas" not in failed
    assert "numericMeas" not in passed


def test_names_that_no_result_tells_stand_at_the_end_of_the_file():
    made = Datalog().pir().ptr(7, 1.0).ptr(8, 1.0).ptr(9, 1.0, tail=made_name("own")).ptr(10, 1.0)
    made.add((15, 20), "IBBB", 11, 1, 1, 0)
    for number, name, label in ((7, "seven", "x"), (8, "", "eight"), (9, "nine", ""), (11, "eleven", "")):
        made.prr() if number == 7 else None
        made.add((10, 30), "BBcIIII", 255, 255, b"P", number, 1, 0, 0, tail=cns(name, "sequence", label))
    (report,) = converted(stdf, made.mrr())
    assert [step["name"] for step in report["root"]["steps"]] == ["seven", "eight", "own", "test 10", "eleven"]


def made_name(name):
    return cns(name, "")


def pins(made):
    for index, names in ((1, ("ch1", "A1", "ADDR")), (2, ("ch2", "A2", "")), (3, ("ch3", "", ""))):
        made.add((1, 60), "HH", index, 0, tail=cns(*names) + bytes([1, 1]))
    return made.add((1, 62), "H", 0x8000, tail=cn("BUS") + made.pack("HHH", 2, 1, 2))


def multiple(made, indexes, values, *, states=None, flags=0, tail=None, told="M", inputs=(0.0, 0.0, "")):
    packed = (
        bytes(
            low | high << 4 for low, high in zip(states[::2], [*states[1::2], 0][: (len(states) + 1) // 2], strict=True)
        )
        if states is not None
        else bytes((len(indexes) + 1) // 2)
    )
    body = packed + made.pack(f"{len(values)}f", *values)
    if tail is None:
        body += cns(told, "") + made.pack("B3b4f", 0x0E, 0, 0, 0, 0.5, 1.5, *inputs[:2])
        body += made.pack(f"{len(indexes)}H", *indexes) + cns("V", inputs[2])
    return made.add((15, 15), "IBBBBHH", 8, 1, 1, flags, 0xC0, len(indexes), len(values), tail=body)


def test_values_of_several_pins_have_the_names_and_states_of_their_pins():
    made = pins(Datalog()).pir()
    multiple(made, (1, 2, 3, 9, 0x8000), (1.0, 2.0, 1.0, 1.0, 1.0), states=(0, 1, 9, 10, 15))
    (step,) = steps(made)
    assert [each["name"] for each in step["steps"]] == ["ADDR", "A2", "ch3", "pin 9", "BUS"]
    assert [each["status"] for each in step["steps"]] == ["P", "F", "P", "P", "P"]
    assert [each["reportText"] for each in step["steps"]] == ["low", "high", "open", "short", "15"]
    assert limits(step["steps"][0]["numericMeas"][0]) == (0.5, 1.5)


def test_pins_that_are_left_out_are_those_of_the_first_result():
    made = pins(Datalog()).pir()
    multiple(made, (1, 2), (1.0, 1.0))
    multiple(made, (), (1.0, 1.0, 1.0), tail=b"")
    first, second = steps(made)
    assert [each["name"] for each in second["steps"]] == ["ADDR", "A2", "value 3"]
    assert second["name"] == first["name"] == "M"
    assert limits(second["steps"][0]["numericMeas"][0]) == (0.5, 1.5)


def test_states_without_values_and_what_the_values_were_measured_at_are_in_the_text():
    made = pins(Datalog()).pir()
    multiple(made, (1, 2, 3), (), states=(0, 5, 2))
    multiple(made, (1,), (1.0,), inputs=(0.25, 0.5, "A"))
    states, values = steps(made)
    assert states["reportText"] == "test 8\nADDR: low\nA2: failed low\nch3: midband"
    assert values["reportText"] == "test 8\ninput 0.25 A, grows by 0.5 A"


@pytest.mark.parametrize(
    ("flags", "status", "of_value"),
    [
        (0x00, "P", ["P", "F"]),
        (0x80, "F", ["P", "F"]),
        (0x40, "P", ["P", "P"]),
        (0x10, "S", []),
        (0x20, "T", ["P", "F"]),
    ],
)
def test_the_status_of_several_values_follows_their_flags(flags, status, of_value):
    made = pins(Datalog()).pir()
    (step,) = steps(multiple(made, (1, 2), (1.0, 2.0), flags=flags))
    assert step["status"] == status
    assert [each["status"] for each in step.get("steps", ())] == of_value


def functional(made, flags, options, *, pins=b"\0\0", texts=(), returned=()):
    numbers = made.pack("BIIIIiihHH", options, 9, 11, 12, 3, 4, 5, 6, len(returned), 0)
    numbers += made.pack(f"{len(returned)}H", *returned) + bytes((len(returned) + 1) // 2)
    return made.add((15, 20), "IBBB", 8, 1, 1, flags, tail=numbers + pins + cns(*texts))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            0x00,
            "failing pins 3\ncycle 9\nvector address 11\nrepeat count 12\nx address 4\ny address 5\nvector offset 6",
        ),
        (0x36, "failing pins 3\ncycle 9"),
        (0x37, "failing pins 3"),
        (0x3E, "cycle 9"),
        (0xFF, ""),
    ],
)
def test_a_functional_test_tells_of_its_failure_what_the_tester_knew(options, words):
    for order in "<>":
        (step,) = steps(functional(Datalog(order).pir(), 0x80, options))
        assert step["reportText"] == f"test 8\n{words}".strip()
    (step,) = steps(functional(Datalog().pir(), 0x00, options))
    assert step["reportText"] == "test 8"


def test_a_functional_test_has_its_vector_its_texts_and_the_pins_that_failed():
    made = pins(Datalog()).pir()
    texts = ("vec7", "fast", "nop", "walk", "hot", "program said", "result said")
    functional(made, 0x81, 0xFF, pins=made.pack("H", 10) + bytes([0b0110, 0b10]), texts=texts, returned=(1, 2, 3))
    made.add((15, 20), "IBBB", 8, 1, 1, 0x80)
    step, later = steps(made)
    assert (step["name"], later["name"]) == ("walk", "walk")
    assert step["status"] == "F"
    assert step["reportText"].splitlines() == [
        *("test 8", "alarm hot", "vector vec7", "time set fast", "operation nop", "program said", "result said"),
        *("failed ADDR", "failed A2", "failed pin 9"),
    ]


def test_a_functional_test_without_a_name_is_called_after_its_vector():
    (step,) = steps(functional(Datalog().pir(), 0x00, 0xFF, texts=("vec7",)))
    assert step["name"] == "vec7"
    assert step["stepType"] == "ET_PFT"


@pytest.mark.parametrize(("flags", "status"), [(0x10, "S"), (0x20, "T"), (0x40, "D")])
def test_a_functional_test_without_a_verdict_neither_passes_nor_fails(flags, status):
    (step,) = steps(functional(Datalog().pir(), flags, 0xFF))
    assert (step["status"], "booleanMeas" in step) == (status, False)


def test_records_of_the_2007_version_and_of_users_are_passed_over():
    made = Datalog().add((0, 30), "", tail=cn("V4-2007"))
    for kind in ((1, 90), (1, 91), (1, 92), (1, 93), (1, 94), (2, 30), (1, 30), (1, 63), (0, 20), (180, 0), (181, 9)):
        made.add(kind, "", tail=b"\xff" * 7)
    made.pir().add((15, 30), "", tail=b"\xff" * 40).ptr(7, 1.0)
    assert len(steps(made)) == 1


def test_a_section_that_fails_is_a_sequence_that_fails():
    made = Datalog().pir().add((20, 20), "").add((20, 10), "", tail=cn("outer")).add((20, 10), "", tail=cn(""))
    made.ptr(7, 1.0, flags=0x80).add((20, 20), "").ptr(8, 1.0).add((20, 20), "").ptr(9, 1.0)
    outer, last = steps(made)
    inner, other = outer["steps"]
    assert [each["name"] for each in (outer, inner, other, last)] == ["outer", "section", "test 8", "test 9"]
    assert [each["status"] for each in (outer, inner, other, last)] == ["F", "F", "P", "P"]


TAILS = (b"", *(Datalog().told("U", low, 2.0, "V", flags) for low in (0.5, 1.0) for flags in (0x0E, 0x1E, 0x4E)))
VALUES = st.floats(width=32) | st.sampled_from([0.0, 0.5, 1.0, 2.0])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([15, 20]),
            st.integers(1, 2),
            st.sampled_from([0, 0, 0x80, 0x40, 0x20, 0x10, 0x02, 0x01]),
            st.sampled_from([0, 0xC0]),
            VALUES,
            st.sampled_from(TAILS),
        ),
        max_size=12,
    )
)
def test_steps_that_are_copied_are_the_same_as_those_that_are_made(results):
    made = Datalog().pir()
    for kind, number, flags, more, value, tail in results:
        if kind == 15:
            made.ptr(number, value, flags=flags, parameters=more, tail=tail)
        else:
            made.add((15, 20), "IBBBBI", number, 1, 1, flags, more, 3)
    content = made.prr().mrr()
    copied = converted(stdf, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Results, "_keep", lambda *_: None)
        assert converted(stdf, content) == copied
    identities = [id(step) for step in copied[0]["root"].get("steps", ())]
    assert len(set(identities)) == len(results)
