"""The vendor's OpenAPI documents as a judge of exchanges: what a request may be, and what an answer must be."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import yaml
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

CHECKED_ITEMS = 20
"""So many of the first items of a long list are looked at."""

DEVIATIONS: Mapping[tuple[str, str], str] = {
    **{
        (operation, r"the document has no parameter \$(filter|top|skip|orderby|expand|select)"): (
            "its description names the OData options, which the document does not list as parameters"
        )
        for operation in (
            "GET /api/Asset",
            "GET /api/Asset/Log",
            "GET /api/Asset/Types",
            "GET /api/Product/Query",
            "GET /api/Report/Query/Header",
        )
    },
    ("GET /api/Report/Query/Header", "the document has no parameter reportType"): (
        "the vendor's own client sends it; where a server ignores it, the client sorts out the other kind"
    ),
    (
        "GET /api/Report/Query/HeaderByMiscInfo",
        r"the document has no parameter \$top",
    ): "the vendor's own client sends it",
    ("POST /api/Report/WSJF", "the document has no body"): "the report itself is left out of the document",
    ("POST /api/Report/WSXF", "the document has no body"): "the report itself is left out of the document",
    ("POST /api/Report/WSJF", "answer: .* is not of type 'object'"): "servers answer a list with the one result",
    ("POST /api/Report/WSXF", "answer: .* is not of type 'object'"): "servers answer a list with the one result",
    ("PUT /api/Product/BOM", "the document has no body"): "the bill of material is left out of the document",
    ("PUT /api/internal/Product/BOM", "the document has no body"): "the bill of material is left out of the document",
    ("PUT /api/Product/Vendors", "body: .* is not of type 'array'"): (
        "newer servers also take a single vendor, to change one that is there"
    ),
    ("POST /api/RootCause/Attachment", "the document has no body"): "the file is left out of the document",
    ("POST /api/internal/Blob/Asset", "the document has no body"): "the file is left out of the document",
    ("PUT /api/Production/SerialNumbers", "the document has no body"): "the file is left out of the document",
    **{
        (operation, f"the document has no parameter {name}$"): "the vendor's own client sends it"
        for operation, name in {
            "PUT /api/Production/SetUnitPhase": "comment",
            "PUT /api/Production/SetUnitProcess": "comment",
            "GET /api/Production/UnitVerification": "revision",
            "GET /api/Production/SerialNumbers": "state",
        }.items()
    },
    ("GET /api/Production/Units/Changes", r"the document has no parameter (serialNumber|partNumber|\$top|\$skip)$"): (
        "the vendor's own client sends it, besides maxCount; the client does without where a server ignores it"
    ),
    (
        "PUT /api/Asset/State",
        "parameter state: it: 7 is not one of",
    ): "a number that the client does not know travels as it is",
    ("POST /api/Software/Package/UploadZip/{id}", "the document has no body"): "the file is left out of the document",
    **{
        (f"GET /api/Software/{operation}", "the parameter status is missing"): (
            "the vendor's own client leaves it out, to be given packages of any status"
        )
        for operation in ("PackageByName", "PackagesByTag")
    },
    **{
        (f"GET /api/Software/{operation}", r"answer: it: \["): (
            "its description says that it is a list, of which the document shows an item"
        )
        for operation in ("Packages", "PackagesByTag")
    },
    (
        "GET /api/RootCause/Tickets",
        r"parameter status: it: \d+ is not one of",
    ): "statuses are flags and can be added up",
}
"""What is sent or answered although a document says otherwise: operation, what the judge says, and why it is right."""


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    except ValueError:
        return False
    return True


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _in_bits(bits: int) -> Any:
    return lambda value: not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


FORMATS = FormatChecker(formats=())
for _name, _check in {
    "date-time": _is_date_time,
    "uuid": _is_uuid,
    "int32": _in_bits(32),
    "int64": _in_bits(64),
}.items():
    FORMATS.checks(_name)(_check)


def _properties(validator: Any, properties: Any, instance: Any, _: Any) -> Iterator[Any]:
    """As in JSON Schema, but null is as good as absent (.NET writes it so), and names have any case."""
    if not isinstance(instance, dict):
        return
    names = {name.lower(): name for name in properties}
    for name, value in instance.items():
        known = names.get(name.lower())
        if known is not None and value is not None:
            yield from validator.descend(value, properties[known], path=name, schema_path=known)


def _type(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """As in JSON Schema, but an object of which nothing is said may be anything: so the document writes "untyped"."""
    if wanted == "object" and not {"properties", "additionalProperties", "required"} & set(schema):
        return
    if wanted == "number" and instance in ("NaN", "Infinity", "-Infinity"):
        return
    yield from Draft4Validator.VALIDATORS["type"](validator, wanted, instance, schema)


Judge = extend(Draft4Validator, {"properties": _properties, "type": _type})


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    raw_path: str
    body: bytes
    content_type: str
    status: int
    answer: bytes
    answer_type: str


@dataclass(frozen=True)
class Operation:
    """An operation of a document."""

    document: "Document"
    method: str
    template: str
    described: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


class Document:
    """One OpenAPI document."""

    def __init__(self, path: Path) -> None:
        self.uri = f"urn:{path.stem}"
        self.content: dict[str, Any] = json.loads(path.read_bytes())
        resource: Resource[Any] = Resource(contents=self.content, specification=DRAFT4)
        self.registry: Registry[Any] = Registry().with_resource(self.uri, resource)
        self._by_shape: dict[tuple[str, int], list[Operation]] = {}
        for operation in self.operations():
            shape = (operation.method, operation.template.count("/"))
            self._by_shape.setdefault(shape, []).append(operation)

    def operations(self) -> Iterator[Operation]:
        """Yield all operations."""
        for template, verbs in self.content["paths"].items():
            for verb, described in verbs.items():
                yield Operation(self, verb.upper(), template, described)

    def find(self, method: str, path: str) -> list[tuple[Operation, dict[str, str]]]:
        """Return the operations that a path may be meant for, with its values; those with fixed names first."""
        found: list[tuple[Operation, dict[str, str]]] = []
        for operation in self._by_shape.get((method, path.count("/")), []):
            values = match(operation.template, path)
            if values is not None:
                found.append((operation, values))
        fewest = min((len(values) for _, values in found), default=0)
        return [(operation, values) for operation, values in found if len(values) == fewest]

    def problems(self, pointer: str, value: Any) -> list[str]:
        """Return what breaks the schema at a place in the document."""
        judge = Judge({"$ref": f"{self.uri}#{pointer}"}, registry=self.registry, format_checker=FORMATS)
        return [
            f"{'.'.join(map(str, each.absolute_path)) or 'it'}: {each.message[:200]}"
            for each in judge.iter_errors(value)
        ]


def match(template: str, path: str) -> dict[str, str] | None:
    """Return the values in a path that fits a template, names compared without case, or ``None``."""
    values: dict[str, str] = {}
    if template.count("/") != path.count("/"):
        return None
    for wanted, given in zip(template.split("/"), path.split("/"), strict=True):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(wanted))
        found = re.fullmatch(pattern, given, re.IGNORECASE)
        if found is None:
            return None
        values |= {name: unquote(value) for name, value in found.groupdict().items()}
    return values


class Documents:
    """The vendor's two documents, and the catalogue of what its own client calls beyond them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.public = Document(folder / "openapi_public_v3.json")

    @cached_property
    def internal(self) -> Document:
        """The document of the server's own web pages."""
        return Document(self._folder / "openapi_internal_v3.json")

    @cached_property
    def catalogue(self) -> list[tuple[str, str]]:
        """Verb and path of everything that the vendor's own client calls."""
        return [(each["method"], each["path"]) for each in self._calls]

    @cached_property
    def _calls(self) -> list[dict[str, Any]]:
        listed: dict[str, Any] = yaml.load((self._folder / "endpoints.yaml").read_text("utf-8"), yaml.CSafeLoader)
        return list(listed["endpoints"])

    def disputed(self) -> set[tuple[str, str]]:
        """Return the operations of the vendor's client that no document has, or with other parameters."""
        described: dict[tuple[str, str], list[Operation]] = {}
        for operation in (*self.public.operations(), *self.internal.operations()):
            described.setdefault(bare(operation.method, operation.template), []).append(operation)
        found: set[tuple[str, str]] = set()
        for each in self._calls:
            known = described.get(bare(each["method"], each["path"]), [])
            sent = {query["name"].lower() for query in each.get("query") or () if "name" in query}
            listed = [entry for operation in known for entry in operation.described.get("parameters", ())]
            names = {entry["name"].lower() for entry in listed if entry["in"] == "query"}
            needed = {entry["name"].lower() for entry in listed if entry["in"] == "query" and entry.get("required")}
            if not known or needed - sent or {name for name in sent if not name.startswith("$")} - names:
                found.add(bare(each["method"], each["path"]))
        return found

    def problems(self, exchange: Exchange) -> list[str]:
        """Return what is wrong with an exchange."""
        path, _, query = exchange.raw_path.partition("?")
        document = self.internal if "/internal/" in path.lower() else self.public
        found = document.find(exchange.method, path)
        listed = [template for verb, template in self.catalogue if verb == exchange.method and fits(template, path)]
        values = min((template.count("{") for template in listed), default=None)
        if found and (values is None or len(found[0][1]) <= values):
            return min((self._judged(*each, exchange, query) for each in found), key=len)
        return [] if listed else [f"{exchange.method} {path}: neither document nor catalogue has it"]

    def _judged(self, operation: Operation, values: dict[str, str], exchange: Exchange, query: str) -> list[str]:
        said = [*parameters(operation, values, query)]
        if exchange.status < 400:
            said += [*body(operation, exchange), *answer(operation, exchange)]
        return [f"{operation.name}: {each}" for each in said if not deviates(operation.name, each)]


def bare(verb: str, path: str) -> tuple[str, str]:
    """Return an operation as the server tells it from others."""
    return verb, re.sub(r"\{[^}]*\}", "{}", path).lower()


def deviates(operation: str, said: str) -> bool:
    """Tell whether this is one of the listed deviations."""
    return any(name == operation and re.match(pattern, said, re.IGNORECASE) for name, pattern in DEVIATIONS)


def fits(template: str, path: str) -> bool:
    """Tell whether a path fits a template, whatever its values are called."""
    numbers = count()
    return match(re.sub(r"\{[^}]*\}", lambda _: f"{{value{next(numbers)}}}", template), path) is not None


def parameters(operation: Operation, values: dict[str, str], query: str) -> Iterator[str]:
    """Yield what is wrong with the values in the path and in the query."""
    given = parse_qsl(query, keep_blank_values=True)
    listed = {each["name"].lower(): each for each in operation.described.get("parameters", [])}
    pointer = f"/paths/{escaped(operation.template)}/{operation.method.lower()}/parameters"
    for name, value in [*values.items(), *given]:
        known = listed.get(name.lower())
        if known is None:
            yield f"the document has no parameter {name}"
            continue
        index = operation.described["parameters"].index(known)
        schema = known["schema"]
        listed_values = schema.get("type") == "array"
        typed = read(value, (schema["items"] if listed_values else schema).get("type"))
        for problem in operation.document.problems(f"{pointer}/{index}/schema", [typed] if listed_values else typed):
            yield f"parameter {name}: {problem}"
    names = {name.lower() for name in values} | {name.lower() for name, _ in given}
    for name, known in listed.items():
        if known.get("required") and name not in names:
            yield f"the parameter {name} is missing"


def read(text: str, kind: str | None) -> Any:
    """Return a text of the query as what it stands for, or as it is."""
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind in {"integer", "number"}:
        try:
            return int(text) if kind == "integer" else float(text)
        except ValueError:
            return text
    return text


def body(operation: Operation, exchange: Exchange) -> Iterator[str]:
    """Yield what is wrong with the body of a request."""
    described = operation.described.get("requestBody")
    if described is None:
        if exchange.body:
            yield "the document has no body"
        return
    pointer = f"/paths/{escaped(operation.template)}/{operation.method.lower()}/requestBody"
    if "$ref" in described:
        pointer = described["$ref"].removeprefix("#")
        described = operation.document.content["components"]["requestBodies"][pointer.rpartition("/")[2]]
    if not exchange.body:
        if described.get("required"):
            yield "the body is missing"
        return
    if "json" not in exchange.content_type:
        yield f"the body is {exchange.content_type}"
        return
    for problem in operation.document.problems(
        f"{pointer}/content/application~1json/schema", json.loads(exchange.body)
    ):
        yield f"body: {problem}"


def answer(operation: Operation, exchange: Exchange) -> Iterator[str]:
    """Yield what is wrong with an answer that is no error."""
    responses = operation.described["responses"]
    status = str(exchange.status)
    if status not in responses:
        if not (exchange.status == 204 and not exchange.answer):  # 200 without a body, said more clearly
            yield f"status {status} is not in the document"
        return
    if "json" not in exchange.answer_type:
        return
    schema = responses[status].get("content", {}).get("application/json")
    value = json.loads(exchange.answer) if exchange.answer else None
    if schema is None or value is None:  # null is how .NET says that there is nothing
        return
    if isinstance(value, list):
        value = value[:CHECKED_ITEMS]
    pointer = f"/paths/{escaped(operation.template)}/{operation.method.lower()}/responses/{status}"
    for problem in operation.document.problems(f"{pointer}/content/application~1json/schema", value):
        yield f"answer: {problem}"


def escaped(text: str) -> str:
    """Return a name as a JSON pointer has it."""
    return text.replace("~", "~0").replace("/", "~1")
