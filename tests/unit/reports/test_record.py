"""Parts of a report are views of their JSON."""

import copy
import pickle
from datetime import UTC, datetime
from uuid import UUID

import pydantic
import pytest
from pydantic import TypeAdapter

from pywats.reports.additional_data import AdditionalData, AdditionalDataArray, AdditionalDataProperty
from pywats.reports.binary import Attachment
from pywats.reports.chart import Chart, ChartSeries, ChartType
from pywats.reports.measurements import NumericMeasurement
from pywats.reports.steps import GenericStep, LoopInfo, NumericStep, SequenceCall
from pywats.reports.units import MiscInfo, UURInfo, UUTSubUnit

ID = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")


def test_an_attribute_is_a_member_of_the_object():
    info = MiscInfo.from_wire({"description": "d", "text": None, "new": 1})
    assert (info.description, info.string_value, info.id) == ("d", None, None)
    info.string_value = "t"
    info.description = "e"
    assert info.wire == {"description": "e", "text": "t", "new": 1}
    info.string_value = None
    assert info.wire == {"description": "e", "new": 1}


def test_a_new_part_holds_what_was_given_and_the_defaults():
    assert Chart(label="Ripple").wire == {"chartType": "Line", "label": "Ripple"}
    assert UUTSubUnit(pn="C").wire == {"pn": "C"}


def test_a_part_that_lacks_or_does_not_know_a_member_says_so():
    with pytest.raises(TypeError, match="MiscInfo needs description; its members are id, description"):
        MiscInfo()
    with pytest.raises(TypeError, match="MiscInfo has no txt; its members"):
        MiscInfo(description="d", txt="t")


def test_words_times_and_ids_are_read_when_they_are_asked_for():
    chart = Chart.from_wire({"chartType": "linelogx"})
    assert chart.chart_type is ChartType.LINE_LOG_X
    assert chart.wire == {"chartType": "linelogx"}
    chart.chart_type = ChartType.LINE_LOG_Y
    assert chart.wire == {"chartType": "LineLogY"}
    info = UURInfo.from_wire({"refUUT": str(ID), "confirmDate": "2026-01-05T07:00:00.1234567Z"})
    assert info.ref_uut == ID
    assert info.confirm_date == datetime(2026, 1, 5, 7, 0, 0, 123456, tzinfo=UTC)
    info.finalize_date = info.confirm_date
    info.parent = ID
    assert info.wire["finalizeDate"] == "2026-01-05T07:00:00.1234567Z"
    assert info.wire["parent"] == str(ID)


def test_parts_of_parts_are_views_of_the_same_object():
    step = NumericStep(name="x", measurement=NumericMeasurement(value=1), loop_info=LoopInfo(index=0))
    assert step.loop is not None
    assert step.measurement is not None
    step.loop.index = 1
    step.measurement.value = 2
    assert step.wire["loop"] == {"idx": 1}
    assert step.wire["numericMeas"] == [{"compOp": "LOG", "status": "P", "value": 2}]
    step.measurement = None
    assert step.measurement is None
    assert "numericMeas" not in step.wire


def test_a_list_of_parts_writes_to_the_object():
    root = SequenceCall(name="Main")
    assert len(root.steps) == 0
    root.steps.append(GenericStep(name="a"))
    root.steps.insert(0, GenericStep(name="b"))
    root.steps.extend([GenericStep(name="c"), GenericStep(name="d")])
    del root.steps[-1]
    root.steps[0] = GenericStep(name="e")
    assert [step.name for step in root.steps] == ["e", "a", "c"]
    root.steps[1:] = [GenericStep(name="f")]
    assert [step.name for step in root.steps[:]] == ["e", "f"]
    assert root.steps == [GenericStep(name="e"), GenericStep(name="f")]
    assert root.steps == SequenceCall(name="x", steps=root.steps).steps
    assert "e" in repr(root.steps)


def test_null_is_an_empty_list_and_an_empty_part():
    root = SequenceCall.from_wire({"name": "x", "steps": None})
    assert list(root.steps) == []
    root.steps.append(GenericStep(name="a"))
    assert [step.name for step in root.steps] == ["a"]
    data = AdditionalData.from_wire({"name": "d", "props": [None, {"name": "n", "type": "String"}]})
    assert [each.wire for each in data.props] == [{}, {"name": "n", "type": "String"}]
    assert data.props[0].wire == {}
    assert data.wire["props"][0] is None


def test_data_is_a_tree():
    inner = AdditionalDataProperty(name="i", type="Number", value="1")
    outer = AdditionalDataProperty(name="o", type="Obj", props=[inner])
    outer.array = AdditionalDataArray(dimension=1)
    data = AdditionalData(name="d", props=[outer])
    assert AdditionalData.from_wire(data.wire).props[0].props[0] == inner


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (MiscInfo, {"description": 7}, r"description\s+Input should be a valid string"),
        (LoopInfo, {"idx": "1"}, r"idx\s+Input should be a valid integer"),
        (NumericMeasurement, {"value": "1"}, r"value\s+Input should be a finite number"),
        (SequenceCall, {"steps": [{"steps": [{"chart": {"series": [7]}}]}]}, r"steps\.0\.steps\.0\.chart\.series\.0"),
        (MiscInfo, b"[]", "valid dictionary|should be an object"),
    ],
)
def test_a_member_of_another_type_is_refused_with_its_place(kind, content, said):
    with pytest.raises(pydantic.ValidationError, match=said):
        kind.from_wire(content)


def test_numbers_stay_what_they_were():
    whole = NumericMeasurement.from_wire(b'{"value": 9007199254740993, "lowLimit": 1e-300}')
    assert repr(whole.wire["value"]) == "9007199254740993"
    assert repr(whole.wire["lowLimit"]) == "1e-300"


def test_parts_compare_and_copy_and_pickle_by_content():
    step = NumericStep(name="x", measurement=NumericMeasurement(value=1))
    assert step == NumericStep(name="x", measurement=NumericMeasurement(value=1))
    assert step != NumericStep(name="y")
    assert step != step.wire
    for twin in (copy.deepcopy(step), pickle.loads(pickle.dumps(step))):
        assert twin == step
        assert twin.wire is not step.wire


def test_a_part_shows_what_it_holds():
    info = MiscInfo.from_wire({"description": "d", "text": "t", "new": 1})
    assert repr(info) == "MiscInfo(description='d', string_value='t', new=1)"


def test_a_part_is_a_type_to_pydantic():
    adapter = TypeAdapter(list[MiscInfo])
    (info,) = adapter.validate_json(b'[{"description": "d", "text": null}]')
    assert adapter.validate_python([info])[0] is info
    assert adapter.dump_json([info]) == b'[{"description":"d","text":null}]'
    assert adapter.json_schema()["items"]["$ref"]


def test_a_file_has_its_bytes_and_a_type(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"\x00\xff")
    file = Attachment.from_file(path)
    assert (file.name, file.content_type, file.get_bytes()) == ("log.txt", "text/plain", b"\x00\xff")
    assert Attachment.from_bytes("x.unheard", b"").content_type == "application/octet-stream"


def test_a_series_has_numbers():
    series = ChartSeries(name="s", y_data="1;2.5e-3")
    assert (series.xs, series.ys) == ([0, 1], [1, 0.0025])
    series.x_data = "7;8"
    assert series.xs == [7, 8]
    assert ChartSeries(name="empty").ys == []
