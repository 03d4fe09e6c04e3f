"""What may go into a unit, what is in it, and whether it is complete."""

from typing import Any

import pytest

PUBLIC, INTERNAL = "/api/Production", "/api/internal/Production"
BOX = {"parentSerialNumber": "S", "parentPartNumber": "P"}
BOARD = {"childSerialNumber": "C", "childPartNumber": "BOARD"}
NO_CHECK = {"checkPartNumber": "", "checkRevision": ""}


@pytest.fixture(autouse=True)
def factory(wats, http):
    """A box of one to two boards and a fan, units of all of them."""
    parts = {"P": "A", "BOARD": "1.0", "FAN": "-", "CHIP": "-"}
    wats.seed(products=[{"partNumber": part, "revisions": [{"revision": each}]} for part, each in parts.items()])
    for name in ("1.4", "2.0"):
        http.put("/api/Product/Revision", {"partNumber": "BOARD", "revision": name})
    relate(http, "P A", "BOARD 1.0", Quantity=2, RevisionMask="1.%;x*")
    relate(http, "P A", "FAN -")
    relate(http, "BOARD 1.0", "CHIP -")
    unit(http, "S", "P", "A", 2)
    unit(http, "C", "BOARD", "1.4")


def relate(http, parent: str, child: str, **more: Any) -> None:
    ends = {}
    for name, revision in (("ParentProductRevisionId", parent), ("ProductRevisionId", child)):
        ends[name] = http.get("/api/Product/{}/{}".format(*revision.split())).json()["productRevisionId"]
    reply = http.post("/api/internal/Product/PostProductRevisionRelation", {**ends, "Quantity": 1, **more})
    assert reply.status == 200, reply.message


def unit(http, serial_number: str, part_number: str, revision: str, phase: int = 16) -> None:
    values = {"serialNumber": serial_number, "partNumber": part_number, "revision": revision, "unitPhaseId": phase}
    assert http.put(f"{PUBLIC}/Units", [values]).json()["errorCount"] == 0


def add(http, **query: str) -> Any:
    return http.post(f"{PUBLIC}/AddChildUnit", query={**BOX, **BOARD, **NO_CHECK, **query})


def check(http) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"{PUBLIC}/CheckChildUnits", BOX).json()
    return found


def test_a_child_that_fits_goes_in_once(http):
    assert add(http).status == 200
    again = add(http)
    assert (again.status, again.message) == (409, "The unit C of BOARD has a parent already.")


@pytest.mark.parametrize(("revision", "fits"), [("1.0", True), ("1.4", True), ("2.0", False)])
def test_the_mask_of_the_template_says_which_revisions_fit(http, revision, fits):
    unit(http, "D", "BOARD", revision)
    assert add(http, childSerialNumber="D").status == (200 if fits else 400)


def test_without_a_mask_the_revision_is_the_one_of_the_template(http):
    http.put("/api/Product/Revision", {"partNumber": "FAN", "revision": "B"})
    for name, status in (("-", 200), ("B", 400)):
        unit(http, f"F{name}", "FAN", name)
        assert add(http, childSerialNumber=f"F{name}", childPartNumber="FAN").status == status


@pytest.mark.parametrize(
    ("checked", "status"),
    [
        ({"checkPartNumber": "BOARD"}, 200),
        ({"checkPartNumber": "BOARD", "checkRevision": "2.0"}, 200),
        ({"checkPartNumber": "BOARD", "checkRevision": "2.*"}, 200),
        ({"checkPartNumber": "BOARD", "checkRevision": "1.4"}, 400),
        ({"checkPartNumber": "FAN"}, 400),
        ({}, 400),
    ],
)
def test_what_is_asked_for_goes_before_the_template(http, checked, status):
    unit(http, "D", "BOARD", "2.0")
    assert add(http, childSerialNumber="D", **checked).status == status


def test_a_part_of_a_part_does_not_fit_the_whole(http):
    unit(http, "K", "CHIP", "-")
    assert add(http, childSerialNumber="K", childPartNumber="CHIP").status == 400


def test_a_child_must_be_finished(http):
    unit(http, "D", "BOARD", "1.0", 2)
    reply = add(http, childSerialNumber="D")
    assert (reply.status, reply.message) == (400, "The unit D of BOARD is Under Production, not Finalized.")


@pytest.mark.parametrize("wanted", ["In Storage", "instorage", "1024"])
def test_a_revision_names_the_phase_in_which_its_units_are_finished(http, wanted):
    tags = [{"key": "PhaseFinalized", "value": wanted, "change": 1}]
    http.put("/api/Product/Revision", {"partNumber": "BOARD", "revision": "1.4", "tags": tags})
    assert "is Finalized, not In Storage" in add(http).message
    unit(http, "C", "BOARD", "1.4", 1024)
    assert add(http).status == 200
    assert not [text for text in check(http)["messages"] if text.startswith("The unit C")]


def test_no_unit_is_a_part_of_itself(http):
    assert add(http).status == 200
    unit(http, "S", "P", "A", 16)
    turned = {
        "parentSerialNumber": "C",
        "parentPartNumber": "BOARD",
        "childSerialNumber": "S",
        "childPartNumber": "P",
        "checkPartNumber": "P",
    }
    assert add(http, **turned).status == 409
    assert add(http, **{**turned, "parentSerialNumber": "S", "parentPartNumber": "P"}).status == 409


def test_units_that_are_not_there(http):
    assert add(http, parentSerialNumber="X").status == 404
    assert add(http, childSerialNumber="X").status == 404
    assert http.post(f"{PUBLIC}/RemoveChildUnit", query={**BOX, **BOARD}).status == 400
    assert http.get(f"{PUBLIC}/CheckChildUnits", {**BOX, "parentSerialNumber": "X"}).status == 404


def test_part_numbers_may_be_left_out(http):
    query = {
        "parentSerialNumber": "S",
        "parentPartNumber": "",
        "childSerialNumber": "C",
        "childPartNumber": "",
        **NO_CHECK,
    }
    assert http.post(f"{PUBLIC}/AddChildUnit", query=query).status == 200


def test_the_check_names_what_is_missing_too_much_unfinished_and_wrong(http):
    assert check(http)["messages"] == [
        "2 of BOARD 1.%;x* are required, there are 0.",
        "1 of FAN - are required, there are 0.",
    ]
    add(http)
    unit(http, "F", "FAN", "-")
    add(http, childSerialNumber="F", childPartNumber="FAN")
    unit(http, "D", "BOARD", "2.0")
    add(http, childSerialNumber="D", checkPartNumber="BOARD")
    unit(http, "C", "BOARD", "1.4", 512)
    found = check(http)
    assert found["valid"] is False
    assert found["messages"] == [
        "The unit C of BOARD is Missing, not Finalized.",
        "2 of BOARD 1.%;x* are required, there are 1.",
        "The unit D of BOARD, revision 2.0, does not belong there.",
    ]
    assert [(part["partNumber"], part["found"], part["serialNumbers"]) for part in found["parts"]] == [
        ("BOARD", 1, ["C"]),
        ("FAN", 1, ["F"]),
    ]


def test_a_unit_without_a_template_is_complete_when_it_is_empty(http):
    unit(http, "K", "CHIP", "-")
    query = {"parentSerialNumber": "K", "parentPartNumber": "CHIP"}
    assert http.get(f"{PUBLIC}/CheckChildUnits", query).json()["valid"] is True


def test_the_contents_show_the_template_with_the_units_in_it(http):
    unit(http, "K", "CHIP", "-")
    add(http)
    into_board = {"parentSerialNumber": "C", "parentPartNumber": "BOARD", "childSerialNumber": "K"}
    assert add(http, **into_board, childPartNumber="CHIP", checkPartNumber="CHIP").status == 200
    query = {"serialNumber": "S", "partNumber": "P", "revision": "A"}
    top = http.get(f"{INTERNAL}/GetUnitContents", query).json()
    assert (top["PartNumber"], top["Level"], [each["SerialNumber"] for each in top["Units"]]) == ("P", 0, ["S"])
    board, fan = top["Children"]
    assert (board["RevisionMask"], board["Quantity"]) == ("1.%;x*", 2)
    assert [each["SerialNumber"] for each in board["Units"]] == ["C"]
    assert [each["SerialNumber"] for each in board["Children"][0]["Units"]] == ["K"]
    assert (fan["PartNumber"], fan["Units"], fan["Children"]) == ("FAN", [], [])
    assert http.get(f"{INTERNAL}/GetUnitContents", {**query, "revision": "Z"}).status == 404


def test_all_children_are_taken_out_and_the_hierarchy_shows_levels(http):
    add(http)
    at = {"serialNumber": "S", "partNumber": "P"}
    tree = http.get(f"{INTERNAL}/GetUnitHierarchy", at).json()
    assert (tree["Level"], [(child["SerialNumber"], child["Level"]) for child in tree["Children"]]) == (0, [("C", 1)])
    assert http.post(f"{INTERNAL}/RemoveAllChildUnits", query=at).json()["Children"] == []
    assert http.get(f"{PUBLIC}/Unit/C/BOARD").json()["parentSerialNumber"] is None


def test_the_web_pages_must_name_a_language(http):
    at = {"serialNumber": "S", "partNumber": "P", **BOARD}
    assert http.post(f"{INTERNAL}/AddChildUnit", query={**at, **NO_CHECK}).status == 400
    assert http.get(f"{INTERNAL}/CheckChildUnits", {"ParentSerialNumber": "S", "ParentPartNumber": "P"}).status == 400
