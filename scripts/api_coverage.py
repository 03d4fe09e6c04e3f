"""Write the table of all operations of the API into ``docs/reference/api-coverage.md``.

The operations are read from the client's own code: each ``Call(verb=..., path=...)`` and each method of a service that
ends in one. With ``--check`` nothing is written, and the exit code says whether the page is up to date.
"""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "api-coverage.md"
BEGIN, END = "<!-- operations -->\n", "<!-- end of operations -->\n"
SHARED = ("service.py",)
"""Modules of the package whose functions the domains call."""

Operation = tuple[str, str]
"""Verb and path, with ``{}`` for each value."""
Texts = dict[str, list[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """Write the page, or compare it."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    chosen = options.parse_args()
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + BEGIN + table() + END + after
    if wanted == page:
        return 0
    if chosen.check:
        sys.stderr.write(f"{PAGE.name} is out of date: python scripts/api_coverage.py\n")
        return 1
    PAGE.write_text(wanted, "utf-8")
    return 0


def table() -> str:
    """Return the rows of all operations, sorted by path."""
    methods, routes = client_methods(), sandbox_routes()
    served = {(verb, as_one_segment(path)) for verb, path in routes}
    lines = ["\n| Operation | Interface | Client method | Sandbox | Tested |\n|---|---|---|---|---|\n"]
    for operation in sorted({*methods, *routes}, key=lambda each: (each[1].lower(), each[0])):
        verb, path = operation
        names = sorted(methods.get(operation, ()))
        tested = "yes" if names and all(is_tested(name) for name in names) else "no"
        interface = "internal" if "/internal/" in path.lower() else "public"
        shown = ", ".join(f"`{name}`" for name in names) or "none"
        sandbox = "yes" if (verb, as_one_segment(path)) in served else "no"
        lines.append(f"| `{verb} {path}` | {interface} | {shown} | {sandbox} | {tested} |\n")
    return "".join([*lines, "\n"])


def sandbox_routes() -> dict[Operation, str]:
    """Return the operations that the sandbox serves, with their templates."""
    from pywats.sandbox.app import ROUTES

    return {(route.method, bare(route.template)): route.template for route in ROUTES}


def client_methods() -> dict[Operation, set[str]]:
    """Return the operations that the client calls, with the methods that do so."""
    found: dict[Operation, set[str]] = defaultdict(set)
    for folder in sorted((ROOT / "pywats" / "domains").iterdir()):
        if (folder / "service.py").exists():
            domain = Domain.read(folder)
            for name in domain.public:
                for operation in domain.operations(name):
                    found[operation].add(f"{folder.name}.{name}")
    return spelled_once(found)


def spelled_once(found: Mapping[Operation, set[str]]) -> dict[Operation, set[str]]:
    """Return the operations in the spelling of the sandbox, which has each path once; the server ignores case."""
    spelling = {(verb, path.lower()): path for verb, path in sandbox_routes()}
    merged: dict[Operation, set[str]] = defaultdict(set)
    for (verb, path), names in found.items():
        merged[verb, spelling.get((verb, path.lower()), path)] |= names
    return dict(merged)


def as_one_segment(path: str) -> str:
    """Return a path in which a segment that is a name and a value is a value: so the sandbox serves it."""
    return re.sub(r"[^/{}]+=\{\}", "{}", path)


def is_tested(name: str) -> bool:
    """Tell whether the integration tests of a domain name one of its methods."""
    domain, _, method = name.partition(".")
    texts = (path.read_text("utf-8") for path in (ROOT / "tests" / "integration").glob(f"test_{domain}*.py"))
    method = method.rpartition(".")[2]
    return any(re.search(rf"\b{method}\b", text) or covered_by_part(method, text) for text in texts)


def covered_by_part(method: str, text: str) -> bool:
    """Tell whether a test puts the name together, as in ``f"product.get_{owner}_tags"``."""
    parts = re.findall(r'f"(?:\w+\.)?((?:\w|\{\w+\})*\{\w+\}(?:\w|\{\w+\})*)"', text)
    patterns = (re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(part)) for part in parts)
    return any(re.fullmatch(pattern, method) for pattern in patterns if pattern != r"\w+")


def bare(path: str) -> str:
    """Return a path with ``{}`` for each value."""
    return re.sub(r"\{\w*\}", "{}", path)


@dataclass
class Domain:
    """The functions of a domain and of what it shares with the others.

    Attributes:
        functions: by name.
        constants: texts of the modules, by the names of constants; a table has several.
        public: names of the methods that users call; those of a result are ``Class.method``.
    """

    functions: dict[str, Function] = field(default_factory=dict[str, Function])
    constants: Texts = field(default_factory=dict[str, list[str]])
    public: list[str] = field(default_factory=list[str])

    @classmethod
    def read(cls, folder: Path) -> "Domain":
        """Read the modules of a domain."""
        domain = cls()
        parts = inherited(ast.parse((folder / "service.py").read_text("utf-8")))
        for path in [ROOT / "pywats" / name for name in SHARED] + sorted(folder.glob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    domain.constants |= domain.assigned(node, {})
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    domain.functions[node.name] = node
                elif isinstance(node, ast.ClassDef):
                    methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
                    is_result = not node.name.endswith("Service") and node.name not in parts
                    names = {each.name: f"{node.name}.{each.name}" for each in methods}
                    for each in methods:
                        private = each.name.startswith("_")
                        domain.functions[each.name if private or not is_result else names[each.name]] = each
                        if path.parent == folder and not private:
                            domain.public.append(names[each.name] if is_result else each.name)
        return domain

    def operations(self, name: str, given: Texts | None = None, above: frozenset[str] = frozenset()) -> set[Operation]:
        """Return what a function calls: itself, or by the private functions that it uses, with what it gives them."""
        function = self.functions[name]
        known = dict(given or {})
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                known |= self.assigned(node, known)
        found: set[Operation] = set()
        for node in ast.walk(function):
            called = name_of(node.func) if isinstance(node, ast.Call) else None
            if not isinstance(node, ast.Call) or called is None:
                continue
            arguments = self.arguments(node, called, known)
            if called in {"Call", "download"}:
                pairs = product(arguments.get("verb", []), arguments.get("path", []))
                found |= {(verb, bare(path)) for verb, path in pairs if path.startswith("/api/")}
            elif called in self.functions and called.startswith("_") and called not in above:
                found |= self.operations(called, arguments, above | {name})
        return found

    def arguments(self, node: ast.Call, called: str, known: Texts) -> Texts:
        """Return the texts that a call gives, by the names of parameters."""
        names = ["verb", "path"]
        if called in self.functions and called != "download":
            parameters = self.functions[called].args
            names = [each.arg for each in (*parameters.posonlyargs, *parameters.args) if each.arg != "self"]
        given = [*zip(names, node.args, strict=False), *((each.arg, each.value) for each in node.keywords if each.arg)]
        return {name: self.texts(value, known) for name, value in given}

    def assigned(self, node: ast.Assign | ast.AnnAssign, known: Texts) -> Texts:
        """Return the texts that an assignment gives to its names."""
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if node.value is None:
            return {}
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            return {each.id: self.texts(value, known) for each, value in pairs if isinstance(each, ast.Name)}
        texts = self.texts(node.value, known) if isinstance(target, ast.Name) else []
        return {target.id: texts} if isinstance(target, ast.Name) and texts else {}

    def texts(self, node: ast.expr | None, known: Texts) -> list[str]:  # noqa: PLR0911 - one for each kind of expression
        """Return the texts that an expression may be; ``{}`` stands for a part that only a call decides."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return joined(self.texts(part, known) or ["{}"] for part in parts)
            case ast.FormattedValue(value=value):
                return self.texts(value, known)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return joined([self.texts(left, known), self.texts(right, known)])
            case ast.Name(id=name):
                return known.get(name) or self.constants.get(name, [])
            case ast.IfExp(body=body, orelse=other):
                return [*self.texts(body, known), *self.texts(other, known)]
            case ast.Dict(values=values) | ast.BoolOp(values=values):
                return [text for value in values for text in self.texts(value, known)]
            case ast.Subscript(value=value):
                return self.texts(value, known)
            case ast.Call(func=ast.Name(id="url"), args=[template, *_]):
                return self.texts(template, known)
            case _:
                return []


def inherited(module: ast.Module) -> set[str]:
    """Return the classes that the services of a module inherit from: ``Part`` for ``class XService(Part[Face])``."""
    services = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name.endswith("Service"))
    bases = (base.value if isinstance(base, ast.Subscript) else base for node in services for base in node.bases)
    return {base.id for base in bases if isinstance(base, ast.Name)}


def joined(parts: Iterable[Sequence[str]]) -> list[str]:
    """Return every way to put texts together."""
    return ["".join(chosen) for chosen in product(*parts)]


def name_of(function: ast.expr) -> str | None:
    """Return the name of what is called: a function, or a method of the object itself."""
    match function:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
            return name
        case _:
            return None


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # this checkout's package, whichever one is installed
    sys.exit(main())
