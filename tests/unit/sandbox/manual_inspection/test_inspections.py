"""The routes of manual inspections."""

import uuid

import pytest

from pywats.sandbox import Sandbox

AT = "/api/internal/ManualInspection"
PRODUCT = {"EntitySchema": "Product", "EntityName": "Product", "EntityKey": "PartNumber", "EntityValue": "P1"}


def definition(http, name="Look", **more):
    reply = http.post(f"{AT}/PostDefinition", {"Name": name, **more})
    assert reply.status == 200, reply.body
    return reply.json()


def entity(stored, **more):
    """A definition in the names of the body that changes it."""
    names = {"Name": "name", "Description": "description", "IsGlobal": "isGlobal", "LogOperator": "logOperator"}
    return {
        "id": stored["TestSequenceDefinitionId"],
        **{own: stored[name] for name, own in names.items()},
        "status": stored["Status"],
        **more,
    }


def moved(http, stored, *statuses):
    for status in statuses:
        reply = http.put(f"{AT}/PutDefinitionNew", entity(stored, status=status))
        assert reply.status == 200, reply.body
        stored = reply.json()
    return stored


def relation(http, stored, **more):
    body = {**PRODUCT, "TestSequenceDefinitionId": stored["TestSequenceDefinitionId"], **more}
    reply = http.post(f"{AT}/PostRelation", body)
    assert reply.status == 200, reply.body
    return reply.json()


def get(http, path, **query):
    reply = http.get(f"{AT}/{path}", query)
    assert reply.status == 200, reply.body
    return reply.json()


def begin(wats: Sandbox, stored):
    unit_id = str(uuid.uuid4())
    wats.begin_inspection(stored["TestSequenceDefinitionId"], unit_id, "SN1", "P1", "A")
    return unit_id


def test_a_new_definition_is_a_draft_with_the_servers_defaults(http):
    stored = definition(http, Description="d", OnFailRequireRepair=1)
    assert (stored["Version"], stored["Status"], stored["Description"]) == (1, 0, "d")
    assert (stored["LogOperator"], stored["LogDescription"], stored["OnFailRequireRepair"]) == (True, False, 1)
    assert stored["CreatedBy"] == "sandbox"
    assert get(http, "GetTestSequenceDefinition", definitionId=stored["TestSequenceDefinitionId"]) == stored
    assert definition(http)["Version"] == 2


def test_lists_are_of_all_products_or_not(http):
    definition(http, "B", IsGlobal=True)
    definition(http, "A")
    assert [each["Name"] for each in get(http, "GetTestSequenceDefinitions", isGlobalDefinitions="true")] == ["B"]
    assert [each["Name"] for each in get(http, "GetTestSequenceDefinitions", isGlobalDefinitions="false")] == ["A"]
    assert http.get(f"{AT}/GetTestSequenceDefinitions").status == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Name": 7},
        {"Name": "x" * 101},
        {"Name": "x", "OnFailRequireRepair": 3},
        {"Name": "x", "IsGlobal": "yes"},
        {"Name": "x", "RepairProcessId": str(uuid.uuid4())},
    ],
)
def test_a_definition_that_is_none_is_refused(http, body):
    assert http.post(f"{AT}/PostDefinition", body).status == 400


def test_only_a_repair_operation_repairs(http):
    ids = {each["Code"]: each["ProcessID"] for each in http.get("/api/internal/Process/GetProcesses").json()}
    assert definition(http, RepairProcessId=ids[500])["RepairProcessId"] == ids[500]
    assert http.post(f"{AT}/PostDefinition", {"Name": "x", "RepairProcessId": ids[60]}).status == 400


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ([], {0, 1}),
        ([1], {0, 1, 2}),
        ([1, 2], {2, 3}),
        ([1, 2, 3], {3}),
    ],
)
def test_a_status_moves_only_so(http, path, after):
    for status in range(4):
        stored = moved(http, definition(http, f"to {status}"), *path)
        reply = http.put(f"{AT}/PutDefinitionNew", entity(stored, status=status))
        assert reply.status == (200 if status in after else 409), (path, status)
    assert http.put(f"{AT}/PutDefinitionNew", entity(stored, status=4)).status == 400


def test_a_release_revokes_the_earlier_version_alone(http):
    first, other = moved(http, definition(http), 1, 2), moved(http, definition(http, "Other"), 1, 2)
    second = moved(http, definition(http), 1, 2)
    now = [
        get(http, "GetTestSequenceDefinition", definitionId=each["TestSequenceDefinitionId"]) for each in (first, other)
    ]
    assert [each["Status"] for each in now] == [3, 2]
    assert (now[0]["RevokedBy"], now[0]["Released"]) == ("sandbox", first["Released"])
    assert (second["Status"], second["ReleasedBy"]) == (2, "sandbox")


def test_a_change_replaces_what_a_definition_says(http):
    stored = definition(http, Description="old", LogDescription=True)
    reply = http.put(f"{AT}/PutDefinitionNew", entity(stored, name="New", description=None, logOperator=False))
    changed = reply.json()
    assert (changed["Name"], changed["Description"], changed["LogOperator"]) == ("New", None, False)
    assert (changed["LogDescription"], changed["Created"]) == (False, stored["Created"])
    definition(http, "Other")
    assert http.put(f"{AT}/PutDefinitionNew", entity(changed, name="Other")).status == 409
    assert http.put(f"{AT}/PutDefinitionNew", entity(changed, id=str(uuid.uuid4()))).status == 404
    assert http.put(f"{AT}/PutDefinitionNew", {"name": "x"}).status == 400


def test_a_change_that_is_refused_changes_nothing(http):
    first, second = moved(http, definition(http), 1, 2), moved(http, definition(http), 1)
    definition(http, "Other")
    assert http.put(f"{AT}/PutDefinitionNew", entity(second, name="Other", status=2)).status == 409
    for stored in (first, second):
        assert get(http, "GetTestSequenceDefinition", definitionId=stored["TestSequenceDefinitionId"]) == stored


def test_a_copy_is_the_next_version_with_ids_of_its_own(http):
    stored = moved(http, definition(http, Description="d", IsGlobal=True), 1, 2)
    identity = stored["TestSequenceDefinitionId"]
    own = relation(http, stored, TestSequenceProcessRelations=[{"ProcessId": str(uuid.uuid4())}])
    copy = get(http, f"GetDefinitionCopy/{identity}")
    assert (copy["Version"], copy["Status"], copy["Description"], copy["IsGlobal"]) == (2, 0, "d", True)
    (copied,) = get(http, f"GetRelations/{copy['TestSequenceDefinitionId']}")
    same = {"EntityValue", "EntityKey", "EntityName", "EntitySchema"}
    assert {name: copied[name] for name in same} == {name: own[name] for name in same}
    limits = [each["TestSequenceProcessRelations"][0] for each in (own, copied)]
    assert limits[0]["ProcessId"] == limits[1]["ProcessId"]
    assert limits[0]["TestSequenceProcessRelationId"] != limits[1]["TestSequenceProcessRelationId"]
    assert limits[1]["TestSequenceRelationId"] == copied["TestSequenceRelationId"]


def test_relations_are_given_once_changed_and_deleted(http, wats):
    wats.seed(products=[{"partNumber": "P1", "name": "Widget"}])
    stored = definition(http)
    first = relation(http, stored)
    assert first["ProductName"] == "Widget"
    assert http.post(f"{AT}/PostRelation", {**first, "TestSequenceRelationId": None}).status == 409
    second = relation(http, stored, EntityValue="P2")
    assert http.put(f"{AT}/PutRelation", {**second, "EntityValue": "P1"}).status == 409
    changed = http.put(f"{AT}/PutRelation", {**second, "EntityValue": "P3", "Status": 2}).json()
    assert (changed["EntityValue"], changed["Status"], changed["ProductName"]) == ("P3", 2, None)
    ids = [first["TestSequenceRelationId"], str(uuid.uuid4())]
    assert http.put(f"{AT}/DeleteRelationNew", ids).status == 404
    assert len(get(http, f"GetRelations/{stored['TestSequenceDefinitionId']}")) == 2
    assert http.put(f"{AT}/DeleteRelationNew", ids[:1]).status == 200
    assert get(http, f"GetRelations/{stored['TestSequenceDefinitionId']}") == [changed]


@pytest.mark.parametrize("body", [{"TestSequenceRelationId": str(uuid.uuid4())}, [], ["P1"], [7]])
def test_relations_are_deleted_by_a_list_of_ids(http, body):
    assert http.put(f"{AT}/DeleteRelationNew", body).status == 400


def test_relations_that_are_none_are_refused(http):
    stored = definition(http)
    own = {"TestSequenceDefinitionId": stored["TestSequenceDefinitionId"]}
    assert http.post(f"{AT}/PostRelation", PRODUCT).status == 400
    assert http.post(f"{AT}/PostRelation", own).status == 400
    assert http.post(f"{AT}/PostRelation", {**PRODUCT, "TestSequenceDefinitionId": str(uuid.uuid4())}).status == 404
    assert http.put(f"{AT}/PutRelation", PRODUCT).status == 400
    assert http.put(f"{AT}/PutRelation", {**PRODUCT, "TestSequenceRelationId": str(uuid.uuid4())}).status == 404


def test_conflicts_are_with_released_definitions_of_other_names(http):
    own, version, draft = definition(http), definition(http), definition(http, "Draft")
    other = moved(http, definition(http, "Other"), 1, 2)
    moved(http, version, 1, 2)
    for each in (own, version, draft, other):
        relation(http, each)
        relation(http, each, EntityValue="P2")
    identity = other["TestSequenceDefinitionId"]
    found = get(http, f"GetRelationConflictsNew/{own['TestSequenceDefinitionId']}")
    assert found == [{"id": identity, "name": "Other", "version": 1}]
    legacy = get(http, f"GetRelationConflicts/{own['TestSequenceDefinitionId']}")
    assert [(each["Name"], each["EntityValue"]) for each in legacy] == [("Other", "P1"), ("Other", "P2")]
    assert {each["TestSequenceDefinitionId"] for each in legacy} == {identity}


def offered(http, **query):
    names = dict.fromkeys(("serialNumber", "partNumber", "revision", "batchNumber"), "")
    return [each["Name"] for each in get(http, "GetSequences", **(names | query))]


def test_sequences_are_offered_by_status_and_relations(http):
    for name, more in (("Everywhere", {"IsGlobal": True}), ("P1", {}), ("Station", {}), ("None", {})):
        stored = moved(http, definition(http, name, **more), 1, 2)
        if name == "P1":
            relation(http, stored)
        if name == "Station":
            relation(http, stored, EntityName="StationName", EntityKey=None, EntityValue="MI-1")
    definition(http, "Draft")
    assert offered(http) == ["Everywhere", "None", "P1", "Station"]
    assert offered(http, partNumber="P1") == ["Everywhere", "P1"]
    assert offered(http, partNumber="p1") == ["Everywhere"]
    assert offered(http, partNumber="P1", stationName="MI-1") == ["Everywhere", "P1", "Station"]
    assert offered(http, status=0) == ["Draft"]
    assert http.get(f"{AT}/GetSequences", {"partNumber": "P1"}).status == 400
    names = dict.fromkeys(("serialNumber", "partNumber", "revision", "batchNumber"), "")
    assert http.get(f"{AT}/GetSequences", {**names, "status": 4}).status == 400


def test_the_latest_inspection_of_a_unit(http, wats):
    stored = definition(http)
    unit_id = begin(wats, stored)
    details = get(http, f"GetMiDetailsNew/{unit_id}")
    assert (details["UnitId"], details["SerialNumber"], details["PartNumber"]) == (unit_id, "SN1", "P1")
    assert details["Created"] == details["LastEventTime"]
    assert get(http, f"GetMiDetails/{unit_id}") == details
    assert get(http, f"GetMiDetailsNew/{uuid.uuid4()}") is None
    with pytest.raises(ValueError, match="no manual inspection"):
        wats.begin_inspection(uuid.uuid4(), unit_id, "SN1", "P1")
    assert get(http, f"GetInstancesCount/{stored['TestSequenceDefinitionId']}") == 1
    assert http.delete(f"{AT}/DeleteSequence?uuid={stored['TestSequenceDefinitionId']}").status == 409


@pytest.mark.parametrize("template", ["DeleteSequence?uuid={}", "DeleteSequence/{}"])
def test_a_sequence_is_deleted_with_all_that_belongs_to_it(http, template):
    stored = definition(http)
    identity = stored["TestSequenceDefinitionId"]
    relation(http, stored)
    http.put(f"{AT}/PutSequence", [{"definitionId": identity, "id": 1}])
    assert http.delete(f"{AT}/{template.format(identity)}").status == 200
    assert http.get(f"{AT}/GetRelations/{identity}").status == 404
    assert http.delete(f"{AT}/{template.format(identity)}").status == 404


def test_steps_that_are_none_are_refused(http):
    identity = definition(http)["TestSequenceDefinitionId"]
    step = {"definitionId": identity, "id": 1}
    other = {"definitionId": definition(http, "Other")["TestSequenceDefinitionId"], "id": 1}
    for steps in ([], [{"id": 1}], [{"definitionId": identity}], [{**step, "result": 7}], [step, other]):
        assert http.put(f"{AT}/PutSequence", steps).status == 400
    assert http.put(f"{AT}/PutSequence", step).status == 400
    assert http.put(f"{AT}/PutStringTest", {"definitionId": str(uuid.uuid4()), "id": 1}).status == 404
    assert http.put(f"{AT}/PutSequence", [{**step, "id": 2}]).json() == [{**step, "id": 2}]


def test_the_steps_of_a_draft_are_one_text(http):
    stored = definition(http)
    identity = stored["TestSequenceDefinitionId"]
    path, query = f"{AT}/PutTestSequenceDefinitionXaml", {"definitionId": identity}
    assert get(http, "GetTestSequenceDefinitionXaml", definitionId=identity) is None
    assert http.get(f"{AT}/GetWatswwfContent/{identity}").status == 404
    assert http.put(path, {"Definition": "<a/>"}, query).status == 400
    assert http.put(path, "<a>æ</a>").status == 400
    assert http.put(path, "<a>æ</a>", query).status == 200
    wanted = {"TestSequenceDefinitionId": identity, "Definition": "<a>æ</a>"}
    assert get(http, "GetTestSequenceDefinitionXaml", definitionId=identity) == wanted
    content = http.get(f"{AT}/GetWatswwfContent/{identity}")
    assert (content.headers["Content-Type"], content.body) == ("application/octet-stream", "<a>æ</a>".encode())
    moved(http, stored, 1)
    assert http.put(path, "<b/>", query).status == 409


@pytest.mark.parametrize(
    ("sent", "valid"),
    [
        ({"regex": "a+", "value": "aa"}, True),
        ({"regex": "a+", "value": "aab"}, False),
        ({"regex": "", "value": "x"}, True),
        ({"regex": "a"}, False),
    ],
)
def test_misc_infos(http, sent, valid):
    assert http.put(f"{AT}/ValidateMiscInfo", {"name": "n", **sent}).json() == {"name": "n", **sent, "isValid": valid}


def test_a_pattern_that_is_none(http):
    assert http.put(f"{AT}/ValidateMiscInfo", {"regex": "(", "value": "x"}).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "GetTestSequenceDefinition?definitionId={}",
        "GetTestSequenceDefinitionXaml?definitionId={}",
        "GetDefinitionCopy/{}",
        "GetInstancesCount/{}",
        "GetRelations/{}",
        "GetRelationConflictsNew/{}",
        "GetRelationConflicts/{}",
        "GetWatswwfContent/{}",
    ],
)
def test_who_asks_for_what_is_not_there(http, path):
    assert http.get(f"{AT}/{path.format(uuid.uuid4())}").status == 404
    assert http.get(f"{AT}/{path.format('P1')}").status == 400
    assert http.get(f"{AT}/{path.format(uuid.uuid4())}", Referer="").status == 403
