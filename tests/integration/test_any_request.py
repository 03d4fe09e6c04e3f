"""Whatever the vendor's document allows to be asked, the sandbox answers as the document says, and never fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from vendor_documents import Documents, Exchange, answer, deviates

from pywats.sandbox import Sandbox

DOCUMENT = Path(__file__).resolve().parents[3] / "shared" / "wats" / "openapi_public_v3.json"
EXAMPLES = 6

FAILING_BY_DOCUMENT = {
    "PUT /api/Product/BOM": "the document itself has 500, for a bill of material that cannot be read",
}
"""Operations that may answer with 500, each with its reason."""


def operations() -> list[str]:
    """The operations of the document, none where it is not there."""
    paths = json.loads(DOCUMENT.read_bytes())["paths"] if DOCUMENT.exists() else {}
    return [f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs]


@pytest.fixture(scope="module")
def generators() -> dict[str, Any]:
    """Makers of requests by operation."""
    import schemathesis

    schema = schemathesis.openapi.from_path(DOCUMENT)
    return {each.ok().label: each.ok() for each in schema.get_all_operations()}


@pytest.fixture(scope="module")
def server(make_report) -> Iterator[Sandbox]:
    with Sandbox() as wats:
        wats.seed(products=["WIDGET-001"], reports=[make_report()])
        yield wats


@pytest.mark.skipif(not DOCUMENT.exists(), reason=f"needs {DOCUMENT}, which is not part of the repository")
@pytest.mark.parametrize("name", operations())
def test_any_request_is_answered_as_the_document_says(documents: Documents, generators, server, name):
    method, template = name.split(" ")
    (operation,) = (each for each in documents.public.operations() if each.name == name)
    own = {"Authorization": f"Basic {server.token}", "Referer": server.url}

    @given(generators[name].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        reply = case.call(base_url=server.url, headers=own)
        shown = f"{reply.request.method} {reply.request.url} {reply.request.body!r}"
        assert reply.status_code < 500 or name in FAILING_BY_DOCUMENT, f"{shown}: {reply.text}"
        kind = " ".join(reply.headers.get("content-type", ()))
        assert "html" not in kind, f"{shown}: no such path"
        if reply.status_code < 400:
            exchange = Exchange(method, template, b"", "", reply.status_code, reply.content, kind)
            problems = [each for each in answer(operation, exchange) if not deviates(name, each)]
            assert problems == [], shown

    ask()
