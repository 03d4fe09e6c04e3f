"""Units as the server keeps them: made by calls and by reports, changed, listed, deleted."""

from typing import Any

import pytest

PUBLIC, INTERNAL = "/api/Production", "/api/internal/Production"
AT = {"serialNumber": "S", "partNumber": "P"}


@pytest.fixture(autouse=True)
def products(wats):
    wats.seed(
        products=[
            {"partNumber": "P", "revisions": [{"revision": "A"}, {"revision": "B"}]},
            {"partNumber": "Q", "revisions": [{"revision": "A"}]},
            {"partNumber": "SCREW", "nonSerial": True, "revisions": [{"revision": "A"}]},
        ]
    )


@pytest.fixture
def save(http):
    """Stores units and returns the counts of the answer."""

    def saved(*units: dict[str, Any]) -> dict[str, Any]:
        reply = http.put(f"{PUBLIC}/Units", [{**AT, "revision": "A", **unit} for unit in units])
        assert reply.status == 200
        counts = reply.json()
        assert sum(counts[name] for name in ("insertCount", "updateCount", "errorCount")) == len(units)
        return counts

    return saved


@pytest.fixture
def unit(http):
    """Reads a unit."""

    def read(serial_number: str = "S", part_number: str = "P") -> dict[str, Any]:
        reply = http.get(f"{PUBLIC}/Unit/{serial_number}/{part_number}")
        assert reply.status == 200, reply.message
        return reply.json()

    return read


def test_a_unit_is_shown_as_the_document_says(save, unit):
    assert (
        save({"serialDate": "2026-01-05T08:00:00+01:00", "batchNumber": "B1", "processCode": "ICT"})["insertCount"] == 1
    )
    found = unit()
    assert found["product"]["partNumber"] == "P"
    assert found["productRevision"]["revision"] == "A"
    assert {name: value for name, value in found.items() if name not in {"product", "productRevision"}} == {
        **AT,
        "revision": "A",
        "parentSerialNumber": None,
        "batchNumber": "B1",
        "serialDate": "2026-01-05T07:00:00Z",
        "currentLocation": None,
        "xmlData": None,
        "unitPhaseId": 2,
        "unitPhase": "Under Production",
        "processCode": "20",
        "tags": [],
        "subUnits": [],
    }


def test_a_save_changes_what_it_mentions(save, unit):
    save({"batchNumber": "B1", "unitPhaseId": 16})
    assert (
        save({"revision": "B", "currentLocation": "Oslo", "xmlData": '<Root><Site Value="1"/></Root>'})["updateCount"]
        == 1
    )
    found = unit()
    assert (found["revision"], found["currentLocation"]) == ("B", "Oslo")
    assert (found["batchNumber"], found["unitPhaseId"]) == ("B1", 16)
    assert found["tags"] == [{"key": "Site", "value": "1", "change": 0}]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"serialNumber": ""}, "serialNumber is required"),
        ({"serialNumber": "x" * 101}, "longer than 100"),
        ({"partNumber": "NONE"}, "no product NONE"),
        ({"partNumber": "SCREW"}, "non-serial"),
        ({"revision": "Z"}, "no revision Z"),
        ({"revision": None}, "revision is required"),
        ({"unitPhaseId": 0}, "no unit phase 0"),
        ({"unitPhaseId": 8192}, "no unit phase 8192"),
        ({"unitPhaseId": 4096}, "no unit phase 4096"),
        ({"processCode": "61"}, "no process 61"),
        ({"serialDate": "yesterday"}, "date and time"),
        ({"xmlData": "<Root"}, "XML"),
        ({"parentSerialNumber": "T"}, "no unit T"),
        ({"parentSerialNumber": "S"}, "cannot be a part of itself"),
    ],
)
def test_a_unit_that_breaks_a_rule_is_counted_with_its_reason_and_the_others_are_stored(save, http, wrong, words):
    counts = save(wrong, {"serialNumber": "OTHER"})
    assert (counts["insertCount"], counts["errorCount"]) == (1, 1)
    assert words in counts["errors"][0]["message"]
    found = http.get(f"{PUBLIC}/Unit/Query", {"$filter": "serialNumber ne 'OTHER'"}).json()
    assert found == []


def test_a_parent_is_named_by_its_serial_number(save, unit):
    save({}, {"serialNumber": "C", "partNumber": "Q", "parentSerialNumber": "S"})
    assert [sub["serialNumber"] for sub in unit()["subUnits"]] == ["C"]
    assert unit("C", "Q")["parentSerialNumber"] == "S"


def test_one_unit_is_added_only_once_and_without_a_parent(http, unit):
    assert http.post(f"{PUBLIC}/Unit", {**AT, "revision": "A"}).status == 200
    assert http.post(f"{PUBLIC}/Unit", {**AT, "revision": "A"}).status == 409
    assert (
        http.post(f"{PUBLIC}/Unit", {**AT, "serialNumber": "T", "revision": "A", "parentSerialNumber": "S"}).status
        == 400
    )
    assert http.post(f"{PUBLIC}/Unit", {"serialNumber": "T"}).status == 400
    assert http.post(f"{PUBLIC}/Unit", {"SerialNumber": "S", "PartNumber": "P", "Revision": "A"}).status == 409
    assert unit()["revision"] == "A"


def test_one_unit_is_changed_but_for_what_has_operations_of_its_own(http, save, unit):
    assert http.put(f"{PUBLIC}/Unit", AT).status == 404
    assert http.put(f"{PUBLIC}/Unit", {"partNumber": "P"}).message == "serialNumber is required."
    save({})
    more = {"currentLocation": "Oslo", "unitPhaseId": 16, "processCode": "60", "parentSerialNumber": "T"}
    assert http.put(f"{PUBLIC}/Unit", {**AT, **more}).status == 200
    found = unit()
    assert (found["currentLocation"], found["unitPhaseId"], found["processCode"]) == ("Oslo", 2, None)
    assert http.put(f"{PUBLIC}/Unit", {**AT, "batchNumber": "B"}).message == "There is no batch B."
    http.put(f"{PUBLIC}/Batch", {"batchNumber": "B"})
    assert http.put(f"{PUBLIC}/Unit", {**AT, "batchNumber": "B"}).status == 200


def test_the_part_number_may_be_left_out_where_the_serial_number_says_enough(http, save):
    save({})
    assert http.get(f"{INTERNAL}/GetUnit", {"serialNumber": "S"}).json()["PartNumber"] == "P"
    save({"partNumber": "Q"})
    assert http.get(f"{INTERNAL}/GetUnit", {"serialNumber": "S"}).status == 409
    assert http.get(f"{INTERNAL}/GetUnit", {"serialNumber": "T"}).status == 404


def test_a_unit_becomes_one_of_another_product(http, save, unit):
    save({}, {"serialNumber": "T"}, {"serialNumber": "T", "partNumber": "Q"})
    change = f"{PUBLIC}/ChangeUnit"
    assert http.put(change, query={**AT, "newPartNumber": "Q", "newRevision": "A"}).status == 200
    assert unit("S", "Q")["revision"] == "A"
    taken = {"serialNumber": "T", "partNumber": "P", "newPartNumber": "Q", "newRevision": "A"}
    assert http.put(change, query=taken).status == 409
    assert http.put(change, query={**taken, "newRevision": "Z"}).status == 400
    assert http.put(change, query={**taken, "serialNumber": "NONE"}).status == 404
    assert http.put(change, query={**taken, "newPartNumber": "P", "newRevision": "B"}).status == 200


def test_a_tag_needs_a_name(http, save):
    save({})
    assert http.put(f"{PUBLIC}/UnitTag", query={**AT, "key": "", "value": "1"}).status == 400
    assert http.put(f"{PUBLIC}/UnitTag", query={**AT, "key": "k"}).status == 400
    assert http.put(f"{PUBLIC}/UnitTag", query={**AT, "key": "k", "value": ""}).status == 200


@pytest.mark.parametrize("phase", ["16", "Finalized", "finalized", "FINALIZED ", "under production queue", "18"])
def test_a_phase_is_set_by_its_id_or_its_name(http, save, unit, phase):
    save({})
    assert http.put(f"{PUBLIC}/SetUnitPhase", query={**AT, "phase": phase}).status == 200
    assert unit()["unitPhaseId"] in {16, 4098, 18}


def test_several_bits_have_the_names_of_all(http, save, unit):
    save({"unitPhaseId": 18})
    assert unit()["unitPhase"] == "Under Production, Finalized"
    assert http.put(f"{PUBLIC}/SetUnitPhase", query={**AT, "phase": "nowhere"}).status == 400
    assert http.put(f"{PUBLIC}/SetUnitPhase", query=AT).status == 400
    assert http.get(f"{INTERNAL}/GetUnitPhase", AT).json()["UnitPhaseId"] == 18


def test_a_process_is_set_by_its_name_or_code(http, save, unit):
    save({})
    for named, code in (({"processName": "ICT"}, "20"), ({"processCode": "60"}, "60"), ({"processName": ""}, None)):
        assert http.put(f"{PUBLIC}/SetUnitProcess", query={**AT, **named}).status == 200
        assert unit()["processCode"] == code
    assert http.get(f"{INTERNAL}/GetUnitProcess", AT).json() is None
    assert http.put(f"{PUBLIC}/SetUnitProcess", query=AT).status == 400
    assert http.put(f"{PUBLIC}/SetUnitProcess", query={**AT, "processName": "ict"}).status == 400


def test_the_changes_say_what_units_became(http, save):
    save({}, {"serialNumber": "C", "partNumber": "Q"})
    save(
        {"revision": "B"},
        {"currentLocation": "Oslo"},
        {"serialNumber": "C", "partNumber": "Q", "parentSerialNumber": "S"},
    )
    found = http.get(f"{PUBLIC}/Units/Changes", {"maxCount": 100}).json()
    shown = [(each["unitSerialNumber"], each["newParentSerialNumber"], each["newRevision"]) for each in found]
    assert shown == [("S", None, "A"), ("C", None, "A"), ("S", None, "B"), ("S", None, "A"), ("C", "S", "A")]
    some = http.get(f"{PUBLIC}/Units/Changes", {"maxCount": 9, "$top": 2, "$skip": 1, "partNumber": "P"}).json()
    assert [each["id"] for each in some] == [found[2]["id"], found[3]["id"]]
    assert http.get(f"{PUBLIC}/Units/Changes").message == "The query parameter maxCount is required."
    assert http.delete(f"{PUBLIC}/Units/Changes/{found[0]['id']}").status == 204
    for gone in (found[0]["id"], "x", "9" * 30):
        assert http.delete(f"{PUBLIC}/Units/Changes/{gone}").status == 404


def test_a_unit_is_deleted_with_its_history_but_not_from_the_changes(http, save):
    save({}, {"serialNumber": "C", "partNumber": "Q", "parentSerialNumber": "S"})
    assert http.delete(f"{PUBLIC}/Unit?serialNumber=S&partNumber=P").status == 409
    assert http.delete(f"{PUBLIC}/Unit?serialNumber=C&partNumber=Q").status == 204
    assert http.delete(f"{PUBLIC}/Unit?serialNumber=S&partNumber=P").status == 204
    assert http.get(f"{INTERNAL}/GetUnitStateHistory", AT).json() == []
    assert len(http.get(f"{PUBLIC}/Units/Changes", {"maxCount": 9, "serialNumber": "S"}).json()) == 1


@pytest.mark.parametrize(
    ("condition", "serial_numbers"),
    [
        ("serialNumber eq 'S'", ["S"]),
        ("partNumber eq 'Q' and revision eq 'A'", ["C", "D"]),
        ("unitPhaseId eq 16", ["D"]),
        ("processCode eq '60'", ["C"]),
        ("batchNumber eq null", ["C", "D"]),
        ("serialDate ge 2026-01-05T00:00:00Z and serialDate lt 2026-01-06T00:00:00Z", ["S"]),
        ("startswith(currentLocation,'Os')", ["S"]),
        ("subUnits/any(s: s/partNumber eq 'Q')", ["S"]),
        ("subUnits/any()", ["S"]),
    ],
)
def test_units_are_selected(http, save, condition, serial_numbers):
    save(
        {"batchNumber": "B1", "serialDate": "2026-01-05T08:00:00", "currentLocation": "Oslo"},
        {"serialNumber": "C", "partNumber": "Q", "parentSerialNumber": "S", "processCode": 60},
        {"serialNumber": "D", "partNumber": "Q", "unitPhaseId": 16},
    )
    found = http.get(f"{PUBLIC}/Unit/Query", {"$filter": condition}).json()
    assert [each["serialNumber"] for each in found] == serial_numbers


def test_lists_of_units_have_a_hundred_rows_unless_told_and_a_thousand_at_the_most(http, save):
    save(*({"serialNumber": f"S{number:04}"} for number in range(1100)))
    for options, rows in (({}, 100), ({"$top": 500}, 500), ({"$top": 5000}, 1000)):
        assert len(http.get(f"{PUBLIC}/Unit/Query", options).json()) == rows
    assert http.get(f"{PUBLIC}/Unit/Query", {"$orderby": "nothing"}).status == 400


def test_batches(http, save):
    assert http.put(f"{PUBLIC}/Batches", [{"batchNumber": "B1", "batchSize": 5}, {"batchNumber": ""}]).status == 400
    assert http.get(f"{PUBLIC}/Batches").json() == []
    assert http.put(f"{PUBLIC}/Batches", [{"batchNumber": "B1", "batchSize": 5}]).json() == [
        {"batchNumber": "B1", "batchSize": 5}
    ]
    assert http.put(f"{PUBLIC}/Batch", {"batchNumber": "B1"}).json()["batchSize"] == 5
    assert http.put(f"{PUBLIC}/Batch", {"batchNumber": "B1", "batchSize": -1}).status == 400
    save({"batchNumber": "B2"})
    assert [each["batchNumber"] for each in http.get(f"{PUBLIC}/Batches", {"partNumber": "P"}).json()] == ["B2"]
    assert http.get(f"{PUBLIC}/Batches", {"batchId": "B3"}).json() == []


def test_a_product_with_units_is_not_deleted(http, save):
    save({})
    assert http.delete("/api/Product/P").json() == {"serialNumbers": ["S"]}
    assert http.delete("/api/Product/P/A").json() == {"serialNumbers": ["S"]}
    assert http.delete("/api/Product/P/B").status == 204


# Units of reports


def test_a_test_makes_its_unit(http, unit, make_report):
    report = make_report(1, sn="S", pn="P", rev="A")
    report["uut"]["batchSN"] = "B1"
    http.submit(report)
    found = unit()
    assert (found["revision"], found["unitPhaseId"], found["processCode"]) == ("A", 2, "60")
    assert (found["currentLocation"], found["batchNumber"]) == ("Oslo", "B1")
    assert found["serialDate"] == "2026-01-05T07:01:00Z"
    info = http.get(f"{INTERNAL}/GetUnitInfo", AT).json()
    assert (info["LastResult"], info["Process"]["Name"]) == ("Passed", "Functional Test")


def test_a_later_test_moves_a_unit_and_an_earlier_one_does_not(http, unit, make_report):
    http.submit(make_report(5, sn="S", pn="P", rev="A"))
    http.submit(make_report(9, sn="S", pn="P", rev="B", processCode=20, location="Bergen"))
    http.submit(make_report(1, sn="S", pn="P", rev="A", location="Trondheim"))
    found = unit()
    assert (found["revision"], found["processCode"], found["currentLocation"]) == ("B", "20", "Bergen")
    history = http.get(f"{INTERNAL}/GetUnitStateHistory", AT).json()
    assert [(state["processName"], state["result"]) for state in history] == [
        (None, None),
        ("Functional Test", "Passed"),
        ("ICT", "Passed"),
    ]


def test_a_test_leaves_the_phase_that_somebody_has_set(http, save, unit, make_report):
    save({"unitPhaseId": 16})
    http.submit(make_report(1, sn="S", pn="P", rev="A"))
    assert unit()["unitPhaseId"] == 16


def test_a_repair_makes_its_unit_and_leaves_one_that_is_there_alone(http, unit, make_report, make_repair):
    http.submit(make_repair(1, sn="S", pn="P", rev="A"))
    assert unit()["processCode"] is None
    http.submit(make_report(2, sn="S", pn="P", rev="A"))
    http.submit(make_repair(3, sn="S", pn="P", rev="B"))
    assert (unit()["revision"], unit()["processCode"]) == ("A", "60")


def test_sub_units_of_a_report_are_units_without_a_parent(http, unit, make_report):
    parts = [
        {"partType": "Board", "sn": "C", "pn": "Q", "rev": "A"},
        {"partType": "Screw", "sn": "", "pn": "SCREW", "rev": "A"},
    ]
    reply = http.submit(make_report(1, sn="S", pn="P", rev="A", subUnits=parts[:1]))
    assert reply.status == 200, reply.body
    assert unit("C", "Q")["parentSerialNumber"] is None
    assert unit()["subUnits"] == []


def test_a_report_that_waits_makes_no_unit_yet(client, make_report):
    from pywats.sandbox import Sandbox

    with Sandbox(processing_delay=60) as wats:
        http = client(wats.url, wats.token)
        http.submit(make_report(1, sn="S", pn="P"))
        assert http.get(f"{PUBLIC}/Unit/S/P").status == 404
        wats.process_now()
        assert http.get(f"{PUBLIC}/Unit/S/P").status == 200


def test_a_sandbox_that_forgets_keeps_no_units(wats, http, save):
    save({})
    wats.clear()
    assert http.get(f"{PUBLIC}/Unit/Query").json() == []
    assert len(http.get(f"{PUBLIC}/SerialNumbers/Types").json()) == 3
