"""The routes of manual inspections, all of which serve the server's own web pages."""

import re
from typing import Any

from pywats.sandbox.answers import Answer, ok, refusal
from pywats.sandbox.fields import Fields, guid, is_array
from pywats.sandbox.manual_inspection.definitions import RELEASED
from pywats.sandbox.routing import Request, Routes
from pywats.sandbox.world import World

routes = Routes()

_PATH = "/api/internal/ManualInspection"
_NAMES = ("serialNumber", "partNumber", "revision", "batchNumber")
_STATUSES = range(4)


@routes.serve("GET", f"{_PATH}/GetTestSequenceDefinitions")
def get_definitions(world: World, request: Request) -> Answer:
    """The definitions that are for all products, or the others."""
    is_global = request.flag("isGlobalDefinitions")
    if is_global is None:
        raise refusal(400, "The query parameter isGlobalDefinitions is required.")
    return ok(world.inspections.all(is_global=is_global))


@routes.serve("GET", f"{_PATH}/GetTestSequenceDefinition")
def get_definition(world: World, request: Request) -> Answer:
    """One definition."""
    return ok(world.inspections.get(_queried(request, "definitionId")))


@routes.serve("POST", f"{_PATH}/PostDefinition")
def post_definition(world: World, request: Request) -> Answer:
    """Add a definition."""
    return ok(world.inspections.add(request.object()))


@routes.serve("PUT", f"{_PATH}/PutDefinitionNew")
def put_definition(world: World, request: Request) -> Answer:
    """Change a definition, or its status."""
    return ok(world.inspections.change(request.object()))


@routes.serve("GET", f"{_PATH}/GetDefinitionCopy/{{id}}", writes=True)
def get_definition_copy(world: World, request: Request) -> Answer:
    """A new version of a definition, with its steps and relations."""
    definition_id = _id(request)
    with world.database.transaction():
        copy = world.inspections.copy(definition_id)
        world.inspection_relations.copy(definition_id, copy["TestSequenceDefinitionId"])
    return ok(copy)


@routes.serve("GET", f"{_PATH}/GetInstancesCount/{{id}}")
def get_instances_count(world: World, request: Request) -> Answer:
    """How often a definition was begun, as a bare number."""
    return ok(world.inspections.get(_id(request))["InstancesCount"])


@routes.serve("GET", f"{_PATH}/GetRelations/{{id}}")
def get_relations(world: World, request: Request) -> Answer:
    """The relations of a definition."""
    return ok(world.inspection_relations.of(_id(request)))


@routes.serve("GET", f"{_PATH}/GetRelationConflictsNew/{{id}}")
def get_conflicting_definitions(world: World, request: Request) -> Answer:
    """The released definitions that share relations with a definition, each once."""
    found = {
        other["TestSequenceDefinitionId"]: {
            "id": other["TestSequenceDefinitionId"],
            "name": other["Name"],
            "version": other["Version"],
        }
        for _, other in world.inspection_relations.conflicts(_id(request))
    }
    return ok(list(found.values()))


@routes.serve("GET", f"{_PATH}/GetRelationConflicts/{{id}}")
def get_conflicting_relations(world: World, request: Request) -> Answer:
    """The relations that released definitions share with a definition."""
    return ok(
        [
            {
                "TestSequenceDefinitionId": other["TestSequenceDefinitionId"],
                "TestSequenceRelationId": relation["TestSequenceRelationId"],
                "Name": other["Name"],
                "EntityName": relation["EntityName"],
                "EntityValue": relation["EntityValue"],
                "Status": other["Status"],
            }
            for relation, other in world.inspection_relations.conflicts(_id(request))
        ]
    )


@routes.serve("POST", f"{_PATH}/PostRelation")
def post_relation(world: World, request: Request) -> Answer:
    """Add a relation."""
    return ok(world.inspection_relations.add(request.object()))


@routes.serve("PUT", f"{_PATH}/PutRelation")
def put_relation(world: World, request: Request) -> Answer:
    """Change a relation."""
    return ok(world.inspection_relations.change(request.object()))


@routes.serve("PUT", f"{_PATH}/DeleteRelationNew")
def delete_relations(world: World, request: Request) -> Answer:
    """Delete the relations whose ids are listed."""
    listed = request.json()
    relation_ids = [guid(each) for each in listed] if is_array(listed) else []
    found = [each for each in relation_ids if each is not None]
    if not found or len(found) < len(relation_ids):
        raise refusal(400, "The request body is required to be a JSON array of GUIDs.")
    world.inspection_relations.delete(found)
    return ok(None)


@routes.serve("GET", f"{_PATH}/GetSequences")
def get_sequences(world: World, request: Request) -> Answer:
    """The definitions that an operator may begin."""
    names = {name.lower(): request.needed(name) for name in _NAMES}
    status = request.number("status")
    if status is not None and status not in _STATUSES:
        raise refusal(400, "The query parameter status is required to be from 0 to 3.")
    names["stationname"] = request.text("stationName") or ""
    return ok(world.sequences.offered(names, RELEASED if status is None else status))


@routes.serve("PUT", f"{_PATH}/PutSequence")
def put_sequence(world: World, request: Request) -> Answer:
    """Store the results of steps; all steps come back, or the one that has no parent."""
    steps = world.sequences.save_steps(request.objects(), submit=request.flag("submit") or False)
    if request.flag("returnRootSequence"):
        return ok(next((step for step in steps if Fields(step).whole("parentId") is None), None))
    return ok(steps)


@routes.serve("PUT", f"{_PATH}/PutStringTest")
def put_string_test(world: World, request: Request) -> Answer:
    """Store the result of one step."""
    step = request.object()
    world.sequences.save_steps([step])
    return ok(step)


@routes.serve("DELETE", f"{_PATH}/DeleteSequence")
def delete_sequence(world: World, request: Request) -> Answer:
    """Delete the definition of the id in the query, with its steps and relations."""
    world.inspections.delete(_queried(request, "uuid"))
    return ok(None)


@routes.serve("DELETE", f"{_PATH}/DeleteSequence/{{id}}")
def delete_sequence_by_path(world: World, request: Request) -> Answer:
    """Delete the definition of the id in the path, with its steps and relations."""
    world.inspections.delete(_id(request))
    return ok(None)


@routes.serve("GET", f"{_PATH}/GetMiDetails/{{id}}")
@routes.serve("GET", f"{_PATH}/GetMiDetailsNew/{{id}}")
def get_details(world: World, request: Request) -> Answer:
    """The latest inspection of a unit, or null."""
    return ok(world.sequences.latest(_id(request)))


@routes.serve("PUT", f"{_PATH}/ValidateMiscInfo", writes=False)
def validate_misc_info(world: World, request: Request) -> Answer:
    """The misc info, and whether its value matches its pattern."""
    del world
    values = request.object()
    fields = Fields(values)
    pattern, value = fields.text("regex") or "", fields.text("value") or ""
    try:
        valid = not pattern or re.fullmatch(pattern, value) is not None
    except re.error as error:
        raise refusal(400, f"regex is not a pattern: {error}") from error
    return ok({**values, "isValid": valid})


@routes.serve("GET", f"{_PATH}/GetTestSequenceDefinitionXaml")
def get_xaml(world: World, request: Request) -> Answer:
    """The document with the steps of a definition, or null."""
    definition_id = _queried(request, "definitionId")
    xaml = world.inspections.xaml(definition_id)
    return ok(None if xaml is None else {"TestSequenceDefinitionId": definition_id, "Definition": xaml})


@routes.serve("PUT", f"{_PATH}/PutTestSequenceDefinitionXaml")
def put_xaml(world: World, request: Request) -> Answer:
    """Store the document with the steps of a definition; the body is one JSON text."""
    document: Any = request.json()
    if not isinstance(document, str):
        raise refusal(400, "The request body is required to be a JSON string.")
    world.inspections.set_xaml(_queried(request, "definitionId"), document)
    return ok(None)


@routes.serve("GET", f"{_PATH}/GetWatswwfContent/{{id}}")
def get_workflow(world: World, request: Request) -> Answer:
    """The document with the steps of a definition as a file."""
    xaml = world.inspections.xaml(_id(request))
    if xaml is None:
        raise refusal(404, "The manual inspection has no steps.")
    return Answer(200, xaml.encode(), "application/octet-stream")


def _id(request: Request) -> str:
    return _guid(request.params["id"], "id")


def _queried(request: Request, name: str) -> str:
    return _guid(request.needed(name), name)


def _guid(text: str, name: str) -> str:
    found = guid(text)
    if found is None:
        raise refusal(400, f"{name} is required to be a GUID.")
    return found
