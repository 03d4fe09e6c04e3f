"""What the layout promises: layers, sizes, names, dependencies and the records of decisions."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pywats", "workers")
LONGEST = {"pywats": 400, "workers": 200}
LONGEST_SERVICE = 650  # all methods of a domain in one place; most of it is their documentation
THIRD_MODULES = {
    "analytics": {"requests.py"},  # forty methods share a few ways to say what is wanted
    "report": {"headers.py", "receipt.py"},  # pure functions: the service has many methods
    "product": {"box_build.py"},  # a result that talks to the server itself
    # sixty methods, a part for each subject, which the service inherits
    "production": {"arguments.py", "assembly.py", "serial_file.py", "serial_numbers.py", "unit_changes.py"},
    "software": {"contents.py", "installer.py"},  # another one, and the paths of what it installs
}
VAGUE = {"base", "common", "core", "helper", "helpers", "lib", "manager", "misc", "shared", "tools", "util", "utils"}
COME_WITH_OTHERS = {
    "click": "typer",
    "markupsafe": "jinja2",
    "multidict": "aiohttp",
    "pydantic-core": "pydantic",
    "yarl": "aiohttp",
}


def modules(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}


def imported_roots(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_the_layers_hold():
    checked = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_longer_than_its_package_allows(package):
    read = [path for path in modules(package) if path.name != "models.py"]  # payloads and names are looked up
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in read}
    services = {path for path in lengths if path.match("domains/*/service.py")}
    longest = {path: LONGEST_SERVICE if path in services else LONGEST[package] for path in lengths}
    assert {str(path): length for path, length in lengths.items() if length > longest[path]} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_a_name_that_says_something(package):
    vague = [path for path in modules(package) if VAGUE & {part.strip("_") for part in path.with_suffix("").parts[-2:]}]
    assert vague == []


def test_a_domain_is_its_models_and_its_service():
    domains = [path for path in (ROOT / "pywats" / "domains").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert domains
    assert {domain.name: {path.name for path in domain.glob("*.py")} for domain in domains} == {
        domain.name: {"__init__.py", "models.py", "service.py"} | THIRD_MODULES.get(domain.name, set())
        for domain in domains
    }


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    owners = packages_distributions()
    used: set[str] = set()
    for package in PACKAGES:
        for path in modules(package):
            for name in imported_roots(path) - set(sys.stdlib_module_names) - set(PACKAGES):
                used.update(canonicalize_name(owner) for owner in owners.get(name, [name]))
    tested_with = {"pytest", "pytest-asyncio"}  # pywats/testing.py is loaded by pytest alone
    typed_with = {"matplotlib"}  # of an extra: imported for the types alone
    quicker_with = {"uvloop"}  # of an extra: taken where it is installed
    needed = {COME_WITH_OTHERS.get(name, name) for name in used} - tested_with - typed_with - quicker_with
    assert needed == declared() - {"tzdata"}


def test_every_dependency_has_its_reason_on_record():
    record = (ROOT / "docs" / "decisions" / "0001-runtime-dependencies.md").read_text("utf-8")
    assert {canonicalize_name(name) for name in re.findall(r"^\| ([\w-]*\w) \|", record, re.MULTILINE)} == declared()


def test_every_dependency_is_locked():
    for name in ("runtime", "dev"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        assert declared() <= {canonicalize_name(pin) for pin in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}


def test_the_locks_name_no_package_index():
    for lock in (ROOT / "requirements").glob("*.txt"):
        lines = [line for line in lock.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
        assert [line for line in lines if "://" in line or line.startswith("-")] == []


def test_every_decision_is_in_the_index_and_the_navigation():
    decisions = ROOT / "docs" / "decisions"
    numbered = {path.name for path in decisions.glob("[0-9]*.md")}
    assert set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (decisions / "index.md").read_text("utf-8"))) == numbered
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert set(re.findall(r"decisions/(\d{4}-[\w-]+\.md)", navigation)) == numbered
    assert len({name[:4] for name in numbered}) == len(numbered)


def test_run_py_only_hands_over():
    tree = ast.parse((ROOT / "run.py").read_text("utf-8"))
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["run"]
    assert imported_roots(ROOT / "run.py") == {"sys", "pywats"}


def test_packages_are_typed():
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def test_only_the_logger_and_the_command_line_know_structlog():
    """Its default renderer prints local variables with an exception, and those may hold the token."""
    imports = re.compile(r"^\s*(?:import|from) structlog", re.MULTILINE)
    paths = [path for package in PACKAGES for path in modules(package)]
    users = {path.relative_to(ROOT).as_posix() for path in paths if imports.search(path.read_text("utf-8"))}
    assert users == {"workers/log.py", "pywats/cli/logs.py"}
