"""What users can call is described in the documentation, and its examples run."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import pywats
from workers.face import method, stream

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(pywats.__file__).parent
DOMAINS = sorted(path.parent.name for path in PACKAGE.glob("domains/*/service.py"))
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")}
EXAMPLES = [
    *(f"docs/reference/{name}.md" for name in (*DOMAINS, "filters", "reports", "formats")),
    *(f"docs/how-to/{name}.md" for name in ("batches", "iterators", "outbox", "test-program")),
    *(f"docs/how-to/{name}.md" for name in ("streaming", "events", "report-files")),
]


def service_of(domain: str) -> type:
    module = importlib.import_module(f"pywats.domains.{domain}.service")
    (service,) = (
        member
        for name, member in vars(module).items()
        if name.endswith("Service") and name != "Service" and member.__module__ == module.__name__
    )
    assert isinstance(service, type)
    return service


def methods_of(service: type) -> dict[str, str | None]:
    """The methods of a service by name, with their docstrings."""
    members = {name: inspect.getattr_static(service, name) for name in dir(service) if not name.startswith("_")}
    return {
        name: member.__doc__
        for name, member in members.items()
        if isinstance(member, method | stream) or callable(member)
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_method_is_in_the_documentation(domain):
    named = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", "\n".join(PAGES.values())))
    named |= set(re.findall(rf"\bapi\.{domain}\.(\w+)\(", "\n".join(PAGES.values())))
    assert set(methods_of(service_of(domain))) - named == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_method_says_what_its_caller_gets(domain):
    for name, text in methods_of(service_of(domain)).items():
        assert text, name
        first = text.splitlines()[0]
        assert first.endswith((".", "None``.")), f"{name}: {first}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_has_its_signatures_in_the_reference(domain):
    assert any(f"::: pywats.domains.{domain}.service" in text for text in PAGES.values())


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_examples_of_a_page_run_from_top_to_bottom(
    page, wats_sandbox, wats_api, make_report, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 4)])
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL))
    assert code
    given = {"token": wats_sandbox.token, "report": make_report(8), "another_report": make_report(9)}
    exec(compile(code, page, "exec"), {"api": wats_api, **given})


def test_the_architecture_page_names_files_that_exist():
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:pywats|workers)/[\w/.]+)`", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
