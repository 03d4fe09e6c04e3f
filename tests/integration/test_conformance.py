"""The client, the sandbox and the vendor's documents have the same operations, and exchanges are judged by them."""

import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from vendor_documents import DEVIATIONS, Document, Exchange, bare, fits

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def coverage() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "api_coverage.py")))


@pytest.fixture(scope="module")
def methods(coverage) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = coverage.client_methods()
    return found


@pytest.fixture(scope="module")
def routes(coverage) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = coverage.sandbox_routes()
    return found


def lowered(operations: Any) -> set[tuple[str, str]]:
    """Operations as the server tells them apart."""
    return {bare(verb, path) for verb, path in operations}


def test_every_operation_of_the_public_document_has_a_method(documents, methods):
    operations = lowered((each.method, each.template) for each in documents.public.operations())
    assert len(operations) > 120
    assert sorted(operations - lowered(methods)) == []


SUPERSEDED = {
    ("GET", "/api/product"): "0.5.0b6 only; the document has part number and revision in the path",
    ("PUT", "/api/product/products"): "the document has /api/Products",
    ("PUT", "/api/product/revisions"): "the document has /api/Products/Revisions",
    ("PUT", "/api/production/batch"): "the document has /api/Production/Batches",
    ("GET", "/api/internal/auth/disconnect"): "the document has the id in the path",
    ("DELETE", "/api/internal/manualinspection/deletesequence/{}"): "the document has the id in the query",
}
"""Operations of the vendor's client that are asked for in another way, each with its reason."""


def test_every_operation_of_the_catalogue_has_a_method_or_a_successor(documents, methods):
    missing = lowered(documents.catalogue) - lowered(methods)
    assert missing == set(SUPERSEDED)


def served(coverage: SimpleNamespace, operations: Any) -> set[tuple[str, str]]:
    """Operations as the sandbox's routes tell them apart."""
    return {(verb, coverage.as_one_segment(path)) for verb, path in operations}


def test_the_sandbox_serves_whatever_the_client_calls(coverage, methods, routes):
    assert sorted(served(coverage, methods) - served(coverage, routes)) == []


def test_the_sandbox_serves_nothing_else_but_what_the_vendors_client_calls(documents, coverage, methods, routes):
    others = served(coverage, routes) - served(coverage, methods)
    assert sorted(lowered(others) - lowered(documents.catalogue)) == []


def test_every_method_is_called_by_the_integration_tests(coverage, methods):
    assert sorted({name for names in methods.values() for name in names if not coverage.is_tested(name)}) == []


def test_the_page_lists_every_operation(coverage):
    page = coverage.PAGE.read_text("utf-8")
    listed = page.partition(coverage.BEGIN)[2].partition(coverage.END)[0]
    assert listed == coverage.table(), "run python scripts/api_coverage.py"


def test_the_page_names_every_operation_about_which_the_sources_disagree(coverage, documents):
    page = coverage.PAGE.read_text("utf-8").partition(coverage.END)[2]
    named = lowered(re.findall(r"`([A-Z]+) (/api/[^` ]+)`", page))
    assert sorted(documents.disputed() - named) == []


def exchange(line: str, body: Any = None, answer: Any = None, status: int = 200) -> Exchange:
    method, path = line.split(" ", 1)
    sent = b"" if body is None else json.dumps(body).encode()
    return Exchange(method, path, sent, "application/json", status, json.dumps(answer).encode(), "application/json")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (exchange("GET /api/Product/P", answer=[]), "is not of type 'object'"),
        (exchange("GET /api/Product/P", answer={"state": "x"}), "answer: state: 'x' is not of type 'integer'"),
        (exchange("GET /api/Product/P?revision=A"), "no parameter revision"),
        (exchange("PUT /api/Product"), "the body is missing"),
        (exchange("PUT /api/Product", body=[]), "body: it: [] is not of type 'object'"),
        (exchange("PUT /api/Product", body={"revisions": [{"productId": "x"}]}), "'x' is not a 'uuid'"),
        (exchange("POST /api/App/DynamicYield", body={"dateFrom": "yesterday"}), "is not a 'date-time'"),
        (exchange("POST /api/App/DynamicYield", body={"periodCount": 2**31}), "is not a 'int32'"),
        (exchange("GET /api/BarcodeIdentifiers/IdentifyBarcode"), "the parameter code is missing"),
        (exchange("GET /api/SystemManager/Level?hierarchy=a&hierarchy=b&other=c"), "no parameter other"),
        (exchange("GET /api/Auth/GetToken?reset=maybe"), "'maybe' is not of type 'boolean'"),
        (exchange("DELETE /api/BarcodeIdentifiers/BarcodeIdentifier/x"), "'x' is not of type 'integer'"),
        (exchange("GET /api/Report/Wsjf/1"), "'1' is not a 'uuid'"),
        (exchange("POST /api/Export/List"), "neither document nor catalogue has it"),
        (exchange("GET /api/Export/List", status=202), "status 202 is not in the document"),
        (exchange("GET /api/internal/Client/Ping", answer={"ServerName": 7}), "7 is not of type 'string'"),
        (exchange("POST /api/Auth/GetToken"), "neither document nor catalogue has it"),
    ],
)
def test_what_breaks_a_document_is_told(documents, given, words):
    (problem,) = documents.problems(given)
    assert words in problem


@pytest.mark.parametrize(
    "given",
    [
        exchange("GET /api/product/A%2FB", answer={"partNumber": "A/B", "description": None, "state": 1}),
        exchange("GET /api/Product/P", answer=None),
        exchange("GET /api/Product/P", answer={"Message": "gone", "state": "x"}, status=404),
        exchange("GET /api/Product/Query?$filter=state eq 1&$top=3", answer=[{"partNumber": "P"}]),
        exchange("GET /api/Product/Groups", answer=[{"anything": 1}]),
        exchange("GET /api/Export/List", answer=["a.zip"]),
        exchange("POST /api/Client/Register?id=a&type=python&name=b&location=&purpose="),
    ],
)
def test_what_keeps_to_the_documents_passes(documents, given):
    assert documents.problems(given) == []


def test_every_listed_deviation_is_of_an_operation_that_there_is(documents):
    for name, _ in DEVIATIONS:
        verb, path = name.split(" ")
        document: Document = documents.internal if "/internal/" in path else documents.public
        assert document.find(verb, path), name


def test_templates_of_the_catalogue_fit_paths():
    assert fits("/api/Product/{}/{}", "/api/Product/A%2FB/1")
    assert fits("/api/Product/{part_number}", "/api/product/X")
    assert not fits("/api/Product/{}", "/api/Product/A/B")
