"""What the pages take from elsewhere when they are built: messages, reasons, results of benchmarks, changes.

MkDocs calls `on_page_markdown` for each page; a line ``<!-- generated: NAME -->`` gives way to what is made here.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

from pywats.ingest.reasons import WHAT_TO_DO

ROOT: Final = Path(__file__).resolve().parents[1]
CHANGELOG: Final = ROOT / "CHANGELOG.md"
RESULTS: Final = ROOT / "benchmarks" / "RESULTS.md"
GAP: Final = "…"
"""Stands for what is only known when a message is written."""

BESIDE_THE_TREE: Final = (
    "CommandError",
    "ForeignPackageError",
    "NoConverterError",
    "RowError",
    "TemplateError",
    "UnknownCallError",
)
"""Errors whose messages users read, though they are no `PyWATSError`."""

_IN_FILES: Final = {"error", "problem", "say"}
"""Methods that name a mistake of a configuration file; the last argument is the message."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def errors() -> list[str]:
    """Return the names of the errors that users can meet, in alphabetical order."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in _modules()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef)
    }
    known = {"PyWATSError", *BESIDE_THE_TREE}
    while more := {name for name, above in bases.items() if above & known and name not in known}:
        known |= more
    return sorted(name for name in known if not name.startswith("_"))


def messages() -> dict[str, list[str]]:
    """Return the messages of each error, as far as they are written where it is raised."""
    known = set(errors())
    found: dict[str, set[str]] = defaultdict(set)
    for path in _modules():
        in_files = bool({"config", "jobs"} & set(path.parts)) or path.name in {"schema.py", "configuration.py"}
        for function in (node for node in ast.walk(_tree(path)) if isinstance(node, Function)):
            texts = _assigned(function)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args):
                name = _name(call.func)
                if name in known:
                    found[name].update(_texts(call.args[0], texts))
                elif name in _IN_FILES and isinstance(call.func, ast.Attribute) and in_files:
                    found["InvalidFileError"].update(_texts(call.args[-1], texts))
                elif name == "ConversionError" and isinstance(call.args[0], ast.Attribute):
                    found[call.args[0].attr.lower()].update(_texts(call.args[1], texts))
    return {
        name: sorted(text for text in found[name] if re.search(r"\w \w", text)) for name in sorted(found, key=str.lower)
    }


def _modules() -> Iterator[Path]:
    """Yield the modules whose errors reach users; those of the sandbox are answers of a server."""
    packages = ROOT / "pywats"
    return (path for path in sorted(packages.rglob("*.py")) if path.relative_to(packages).parts[0] != "sandbox")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _assigned(function: Function) -> dict[str, list[str]]:
    """Return the names that stand for texts within a function, each with all of its own."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] += [text for text in _texts(node.value, {}) if text != GAP]
    return found


def _texts(node: ast.expr, texts: Mapping[str, list[str]]) -> list[str]:
    """Return what an expression can say."""
    said = [GAP]
    match node:
        case ast.Constant(value=str(text)):
            said = [text]
        case ast.JoinedStr(values=parts):
            said = ["".join(each) for each in product(*(_texts(part, texts) for part in parts))]
        case ast.FormattedValue(value=value):
            said = _texts(value, texts)
        case ast.Name(id=name):
            said = texts.get(name) or [GAP]
        case ast.IfExp(body=body, orelse=other):
            said = [*_texts(body, texts), *_texts(other, texts)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            said = [one + more for one, more in product(_texts(left, texts), _texts(right, texts))]
    return said


def _messages_page() -> str:
    lines: list[str] = []
    for name, texts in messages().items():
        if texts:
            lines += [f"\n## {name}\n", *(f"- {_escaped(text)}" for text in texts)]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Return a message as Markdown that shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(text.split()))


def _reasons_table() -> str:
    rows = (f"| `{reason}` | {words} |" for reason, words in WHAT_TO_DO.items())
    return "\n".join(("| Reason | What to do |", "|---|---|", *rows))


def _results() -> str:
    """Return the measured tables, without their heading; where nothing was measured yet, how to do it."""
    if not RESULTS.is_file():
        return "There are no figures of a quiet machine yet; `make bench` measures this one."
    return RESULTS.read_text("utf-8").partition("\n")[2].strip()


def _changes() -> str:
    """Return the changelog: what is not released yet by kinds, then the releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = ["## Not released yet"]
    for kind in project["tool"]["towncrier"]["type"]:
        fragments = sorted(
            path.read_text("utf-8").strip() for path in ROOT.glob(f"changelog.d/*.{kind['directory']}.md")
        )
        if fragments:
            lines += [f"\n### {kind['name']}\n", *("- " + text.replace("\n", "\n  ") for text in fragments)]
    return "\n".join(lines) + CHANGELOG.read_text("utf-8").partition("release notes start -->")[2].rstrip()


def _modules_table() -> str:
    """Return what the modules and folders of the two packages are, in their own words."""
    lines = ["| Module | Is |", "|---|---|"]
    for package in ("pywats", "workers"):
        for path in sorted((ROOT / package).iterdir()):
            source = path / "__init__.py" if path.is_dir() else path
            if source.suffix == ".py" and source.is_file() and path.stem not in {"__init__", "__main__"}:
                words = (ast.get_docstring(_tree(source)) or "").partition("\n")[0].replace("``", "`")
                lines.append(f"| `{package}/{path.name}` | {words} |")
    return "\n".join(lines)


MADE: Final[Mapping[str, Callable[[], str]]] = {
    "changes": _changes,
    "messages": _messages_page,
    "modules": _modules_table,
    "reasons": _reasons_table,
    "results": _results,
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return a page with what is generated in its place."""
    return re.sub(r"^<!-- generated: (\w+) -->$", lambda found: MADE[found[1]](), markdown, flags=re.MULTILINE)
