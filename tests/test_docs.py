"""What users can call is described in the documentation, and its examples run."""

import importlib
import inspect
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import get_args

import orjson
import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

import pywats
import workers
from pywats.cli.app import app
from pywats.cli.configuration import check
from pywats.errors import translated
from pywats.ingest.reasons import WHAT_TO_DO, Reason
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile
from workers import errors as workers_errors
from workers.face import method, stream

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(pywats.__file__).parent
DOMAINS = sorted(path.parent.name for path in PACKAGE.glob("domains/*/service.py"))
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md")}
PAGES["CONTRIBUTING.md"] = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PAGES["README.md"] = (ROOT / "README.md").read_text("utf-8")


@dataclass(frozen=True)
class Block:
    """A piece of code on a page."""

    page: str
    line: int
    language: str
    title: str | None
    code: str
    reason: str | None
    """Why it is not run."""


FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


def blocks_of(page: str) -> Iterator[Block]:
    """The code of a page; a line ``<!-- no-run: REASON -->`` above a block takes it out of the tests."""
    text = PAGES[page]
    for found in FENCE.finditer(text):
        title = re.search(r'title="([^"]+)"', found["rest"])
        marked = re.search(r"<!-- no-run: (.+) -->\n\s*\Z", text[: found.start()])
        code = re.sub(f"^{found['indent']}", "", found["code"], flags=re.MULTILINE)
        yield Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["language"],
            title[1] if title else None,
            code,
            marked[1] if marked else None,
        )


BLOCKS = [block for page in sorted(PAGES) for block in blocks_of(page)]


def running(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages and block.reason is None]


def by_place(block: Block) -> str:
    return f"{block.page}:{block.line}"


WALKED = {
    "docs/GETTING_STARTED.md",  # tests/acceptance/test_getting_started.py
    "docs/how-to/write-a-converter.md",  # tests/unit/ingest/converters/test_guide.py
}
"""Pages whose titled blocks are files of a walk-through, which a test of its own follows."""
EXAMPLES = sorted({block.page for block in running("python") if block.title is None} - {"README.md"})


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


def test_each_file_of_a_walk_through_is_followed_by_a_test():
    assert {block.page for block in running("python") if block.title} == WALKED


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_examples_of_a_page_run_from_top_to_bottom(
    page, wats_sandbox, wats_api, make_report, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATS_BASE_URL", wats_sandbox.url)
    monkeypatch.setenv("WATS_AUTH_TOKEN", wats_sandbox.token)
    wats_sandbox.seed(reports=[make_report(number) for number in range(1, 4)])
    given = {
        "url": wats_sandbox.url,
        "token": wats_sandbox.token,
        "report": make_report(8),
        "another_report": make_report(9),
    }
    names = {"__name__": "__main__", "api": wats_api, **given}
    for block in blocks_of(page):
        if block.language == "python" and block.title is None and block.reason is None:
            code = "\n" * block.line + block.code  # so that a traceback shows the line of the page
            exec(compile(code, page, "exec"), names)


def test_the_tests_that_are_shown_pass(tmp_path):
    code = "\n\n".join(block.code for block in blocks_of("docs/how-to/testing.md") if block.language == "python")
    (tmp_path / "test_shown.py").write_text(code)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{code.count('def test_')} passed" in done.stdout


@pytest.mark.parametrize("block", [block for block in running("yaml") if block.page != "README.md"], ids=by_place)
def test_each_configuration_shown_is_right(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATS_BASE_URL", "https://wats.example.com")
    monkeypatch.setenv("WATS_AUTH_TOKEN", "t0ken")
    if not re.search(r"^kind:", block.code, re.MULTILINE):
        assert yaml.safe_load(block.code)
        return
    for name in ("token", "token.txt"):
        Path(name).write_text("t0ken")
    Path("example.yaml").write_text(block.code.replace("/etc/pywats/", ""))
    check(Path("example.yaml"))


READERS = {"json": orjson.loads, "toml": tomllib.loads}


@pytest.mark.parametrize("block", running(*READERS), ids=by_place)
def test_each_document_shown_can_be_read(block):
    assert READERS[block.language](block.code)


def commands_of(block: Block) -> Iterator[str]:
    """The lines that a reader would type; after a prompt, if the block shows output, too."""
    code = re.sub(r"[\\^]\n\s*", "", block.code)
    if block.language == "console":
        yield from re.findall(r"^\$ (.+)$", code, re.MULTILINE)
    else:
        yield from filter(None, (line.partition(" #")[0].strip() for line in code.splitlines()))


TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
PROGRAM = re.compile(r"^(?:\$ )?(?:pywats|python -m pywats|(?:\S*python3? )?run\.py)(?: |$)")


@pytest.mark.parametrize("block", running("sh", "console", "bat", "powershell"), ids=by_place)
def test_each_command_shown_exists(block):
    for line in commands_of(block):
        if PROGRAM.match(line):
            words = shlex.split(re.split(r" (?:[|>]|&&) ?", PROGRAM.sub("", line))[0])
            group = get_command(app)
            while hasattr(group, "commands") and words and not words[0].startswith("-"):
                group = group.commands[words.pop(0)]
            if not {"--help", "--version"} & set(words):
                group.make_context("pywats", words).close()
        elif block.page in WALKED and line.startswith("python "):
            assert line.split()[1] in {each.title for each in blocks_of(block.page)}, line
        elif line.startswith("make "):
            assert line.split()[1] in TARGETS, line
        else:
            plain = re.match(r"#|cd |mkdir |export |set |\$env:", line)
            assert plain, f"{line}: run it, or say above the block why it is not run"


INLINE = [
    pytest.param(page, words, id=f"{page}: {words}")
    for page, text in sorted(PAGES.items())
    for words in sorted(set(re.findall(r"`(?:pywats|(?:python )?run\.py) ([a-z][^`\n]*)`", text)))
]


@pytest.mark.parametrize(("page", "words"), INLINE)
def test_each_command_that_is_named_exists(page, words):
    del page
    command = get_command(app)
    named = words.split()
    while hasattr(command, "commands") and named and named[0].isalpha() and named[0].islower():
        command = command.commands[named.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    if command.name != "call":
        assert {word.partition("=")[0] for word in named if word.startswith("--")} <= options


def slugs_of(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md", "benchmarks/README.md"],
)
def test_each_link_of_a_page_outside_the_site_leads_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if not re.match(r"https?:", target):
            name, _, anchor = target.partition("#")
            there = path if not name else (path.parent / name).resolve()
            assert there.exists(), target
            assert not anchor or anchor in slugs_of(there.read_text("utf-8")), target


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    """The keys that a user can write into a block of a configuration file, and into the blocks within it."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for found in leaves(field.annotation):
            if isinstance(found, type) and issubclass(found, BaseModel):
                yield from keys_of(found)


def leaves(annotation: object) -> Iterator[object]:
    arguments = get_args(annotation)
    for argument in arguments:
        yield from leaves(argument)
    if not arguments:
        yield annotation


@pytest.mark.parametrize(("model", "page"), [(IngestConfig, "ingest"), (JobFile, "jobs")])
def test_each_key_of_a_configuration_is_in_the_reference(model, page):
    text = PAGES[f"docs/reference/{page}.md"] + PAGES["docs/reference/configuration.md"]
    keys = set(keys_of(model))
    assert len(keys) > 10
    assert {key for key in keys if not re.search(rf"`{key}`|\b{key}: ", text)} == set()


def test_each_public_name_has_its_signature_in_the_reference():
    rendered = set(re.findall(r"^::: (\S+)", "\n".join(PAGES.values()), re.MULTILINE))
    public = {name: getattr(pywats, name) for name in pywats.__all__}
    of_workers = set(workers.__all__) if "workers" in rendered else set()
    places = {
        name: value.__module__
        for name, value in public.items()
        if isinstance(value, type | FunctionType) and name not in of_workers
    }
    assert len(places) > 200
    shown = {name for name, module in places.items() if {module, f"{module}.{name}"} & rendered}
    assert sorted(f"{places[name]}.{name}" for name in set(places) - shown) == []


def test_the_architecture_page_names_files_that_exist():
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:pywats|workers)/[\w/.]+)`", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_each_page_is_once_in_the_navigation():
    navigation = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    listed = list(pages_in(navigation))
    assert sorted(listed) == sorted(page.removeprefix("docs/") for page in PAGES if page.startswith("docs/"))


def pages_in(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from pages_in(part)


def generated():
    return SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "generated.py")))


def test_each_error_has_its_cause_and_remedy_on_its_page():
    page = PAGES["docs/reference/errors.md"]
    rows = dict(re.findall(r"^\| `(\w+)` \|(.+)\|$", page, re.MULTILINE))
    named = set(rows) | {"PyWATSError"}
    assert set(generated().errors()) - named == set()
    assert {name for name, cells in rows.items() if not all(cell.strip() for cell in cells.split(" | ")[-2:])} == set()


def test_each_error_of_the_runtime_that_is_translated_is_named_with_what_it_becomes():
    page = PAGES["docs/reference/errors.md"]
    for source in workers_errors.WorkersError.__subclasses__():
        became = type(translated(source("x"))).__name__
        assert became == "RuntimeFailedError" or f"| `{source.__name__}` | `{became}` |" in page


def test_each_reason_is_explained_and_says_what_to_do_where_a_person_is_needed():
    table = generated().on_page_markdown("<!-- generated: reasons -->")
    for reason in Reason:
        assert f"| `{reason}` |" in PAGES["docs/reference/ingest.md"]
    assert {reason for reason in WHAT_TO_DO if f"| `{reason}` |" not in table} == set()


def test_the_messages_are_found_in_the_code():
    page = generated().on_page_markdown(PAGES["docs/reference/messages.md"])
    for words in (
        "no server is named: give --base-url URL, or set WATS\\_BASE\\_URL",
        "… works on the spool …; stop it, or name another spool.path",
        "the token holds a space, a line break",
        "the token is empty",
        "it must be more than 0 seconds, or None for no limit",
        "other columns: …; on\\_drift: union takes both",
        "a mapping of keys and values is needed here",
    ):
        assert words in page
    found = set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
    assert {"CommandError", "ConfigurationError", "InvalidFileError", "SpoolError", "StateError", "malformed"} <= found


def test_the_page_on_performance_shows_the_results_that_were_measured():
    page = generated().on_page_markdown(PAGES["docs/explanation/performance.md"])
    results = ROOT / "benchmarks" / "RESULTS.md"
    if not results.is_file():
        assert "`make bench` measures this one" in page
        return
    tables = [line for line in results.read_text("utf-8").splitlines() if line.startswith("|")]
    assert len(tables) > 10
    assert [line for line in tables if line not in page] == []


def test_each_module_says_what_it_is_on_the_page_of_the_architecture():
    page = generated().on_page_markdown(PAGES["docs/architecture.md"])
    rows = dict(re.findall(r"^\| `((?:pywats|workers)/[\w.]+)` \| (.+) \|$", page, re.MULTILINE))
    names = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert {f"pywats/{name}" for name in names - {"__init__.py", "__main__.py"}} <= set(rows)


def test_the_page_of_changes_has_every_fragment():
    page = generated().on_page_markdown(PAGES["docs/changes.md"])
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    assert page.count("\n- ") >= len(fragments)
