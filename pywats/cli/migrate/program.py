"""One program, read but not run: where it uses the vendor's client in a way that this one does not know."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pywats.cli.migrate import replacements
from pywats.cli.migrate.surface import (
    CLIENTS,
    Surface,
    client_parameters,
    has_module,
    has_name,
    positional_parameters,
    public_names,
)

_HANDLED = "NotFoundError"
_SENDS = frozenset({"report.submit_report", "report.submit", "report.submit_report_xml"})


@dataclass(frozen=True, order=True)
class Finding:
    """A place that has to change.

    Attributes:
        cell: which code cell of a notebook, counted from 1; 0 in a program.
        line: counted from 1.
        column: counted from 1.
        found: what stands there.
        instead: what to do about it.
    """

    cell: int
    line: int
    column: int
    found: str
    instead: str


def findings_in(source: bytes | str, surface: Surface) -> list[Finding]:
    """Return what has to change in a program, in the order of its lines.

    Raises:
        SyntaxError: it is no Python.
        ValueError: it holds what no program can hold.
    """
    return _findings({0: parsed(source)}, surface)


def findings_in_cells(sources: Sequence[str], surface: Surface) -> list[Finding]:
    """Return what has to change in the cells of a notebook, in their order; one that is no Python is a place, too."""
    trees: dict[int, ast.Module] = {}
    unread: list[Finding] = []
    for cell, source in enumerate(sources, 1):
        try:
            trees[cell] = parsed(source)
        except UNREADABLE as error:
            unread.append(unreadable(error, cell))
    return sorted([*unread, *_findings(trees, surface)])


def parsed(source: bytes | str) -> ast.Module:
    """Return the tree of a program, which may wait at its top as a notebook does."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, "<program>", "exec", flags, dont_inherit=True)
    assert isinstance(tree, ast.Module)  # noqa: S101 - what the flag promises
    return tree


UNREADABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What a program that is none makes of the parser."""


def unreadable(error: Exception, cell: int = 0) -> Finding:
    """Return that something is no program, as a place to look at."""
    words = error.msg if isinstance(error, SyntaxError) else str(error) or "too deeply nested"
    line = (isinstance(error, SyntaxError) and error.lineno) or 1
    return Finding(cell, line, 1, f"cannot be read as Python: {words}", "look here yourself")


def _findings(trees: Mapping[int, ast.Module], surface: Surface) -> list[Finding]:
    program = Program(surface)
    for tree in trees.values():
        program.learn(tree)
    if program.uses_pywats:
        for cell, tree in trees.items():
            program.look_through(cell, tree)
    return sorted(set(program.findings))


class Program(ast.NodeVisitor):
    """What is known of one program: its names for things of the package, its clients, and what was found."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.findings: list[Finding] = []
        self.uses_pywats = False
        self._names: dict[str, str] = {}  # local names and what they stand for, such as "pywats.NotFoundError"
        self._clients: set[str] = set()
        self._starred: set[str] = set()  # what only the vendor's package has, where all of it was taken in
        self._cell = 0

    def look_through(self, cell: int, tree: ast.Module) -> None:
        """Look for what has to change in a program, or in one cell of a notebook."""
        self._cell = cell
        self.visit(tree)

    def learn(self, tree: ast.AST) -> None:
        """Note imports and what holds a client; twice, since a client may be handed on above the line that makes it."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._note_import(alias.asname or alias.name.partition(".")[0], alias.name, whole=not alias.asname)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for name in self._taken_in(node):
                    self._note_import(name.asname or name.name, f"{node.module}.{name.name}", whole=False)
        for _ in range(2):
            for node in ast.walk(tree):
                self._clients.update(self._made_here(node))

    def _taken_in(self, node: ast.ImportFrom) -> Iterator[ast.alias]:
        """Yield what an import brings in; a star all that the vendor's package or this one has at its top."""
        if node.module == "pywats" and any(alias.name == "*" for alias in node.names):
            self._starred |= set(replacements.NAMES) - public_names()
            yield from (ast.alias(name) for name in {*public_names(), *self._starred})
        else:
            yield from node.names

    def _note_import(self, local: str, full: str, *, whole: bool) -> None:
        if full.partition(".")[0] == "pywats":
            self.uses_pywats = True
            self._names[local] = "pywats" if whole else full

    def _made_here(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Assign(targets=targets, value=value) if self._is_client(value):
                yield from filter(None, map(dotted, targets))
            case ast.AnnAssign(target=target, annotation=annotation) if self._is_client_type(annotation):
                yield from filter(None, [dotted(target)])
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target) if self._is_client(value):
                yield from filter(None, [dotted(target)])
            case ast.arg(arg=name, annotation=ast.expr() as annotation) if self._is_client_type(annotation):
                yield name
            case _:
                pass

    def _is_client(self, value: ast.expr) -> bool:
        match value:
            case ast.Call(func=ast.Attribute(value=owner, attr="with_options")):
                return self._is_client(owner)
            case ast.Call(func=function):
                return self._stands_for(function) in CLIENTS
            case _:
                return dotted(value) in self._clients

    def _is_client_type(self, annotation: ast.expr) -> bool:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return annotation.value in CLIENTS
        return self._stands_for(annotation) in CLIENTS

    def _stands_for(self, expression: ast.expr) -> str | None:
        """Return the name in the package that an expression stands for, or ``None``."""
        name = dotted(expression)
        if name is None:
            return None
        first, _, rest = name.partition(".")
        full = self._names.get(first)
        return None if full is None else f"{full}.{rest}".rstrip(".").rpartition(".")[2]

    def _found(self, node: ast.expr | ast.stmt | ast.alias | ast.excepthandler, found: str, instead: str) -> None:
        self.findings.append(Finding(self._cell, node.lineno, node.col_offset + 1, found, instead))

    # ── Imports ─────────────────────────────────────────────────────────────────────────────────────────

    def visit_Import(self, node: ast.Import) -> None:
        """Look for modules that are not here."""
        for alias in node.names:
            if alias.name.partition(".")[0] == "pywats" and not has_module(alias.name):
                self._found(alias, f"import {alias.name}", "there is no such module; import from pywats")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Look for names that are not here, or elsewhere."""
        module = node.module or ""
        if node.level or module.partition(".")[0] != "pywats":
            return
        here = has_module(module)
        for alias in node.names:
            if alias.name == "*":
                instead = "import the names one by one"
                self._found(node, f"from {module} import *", instead)
            elif not (here and has_name(module, alias.name)):
                self._found(alias, f"from {module} import {alias.name}", _place_of(alias.name))

    # ── Calls and attributes ────────────────────────────────────────────────────────────────────────────

    def visit_Call(self, node: ast.Call) -> None:
        """Look at constructors and methods, and their arguments."""
        name = self._stands_for(node.func)
        if name in CLIENTS:
            self._check_constructor(node, name)
        elif name == "RetryConfig" and node.args:
            self._found(node, "RetryConfig with arguments by position", "name them: RetryConfig(max_attempts=3)")
        elif method := self._method(node.func):
            self._check_method(node, method)
        self.generic_visit(node)

    def _check_constructor(self, node: ast.Call, name: str) -> None:
        if len(node.args) > positional_parameters():
            self._found(node, f"{name} with {len(node.args)} arguments by position", "name all but the first five")
        for word in node.keywords:
            if word.arg and word.arg not in client_parameters():
                instead = replacements.CONSTRUCTOR.get(word.arg, "there is no such argument")
                self._found(word.value, f"{name}({word.arg}=...)", instead)

    def _method(self, function: ast.expr) -> str | None:
        """Return ``DOMAIN.METHOD`` if that is what an expression names, on something that may be a client."""
        match function:
            case ast.Attribute(value=ast.Attribute(value=owner, attr=domain), attr=method):
                full = f"{domain}.{method}"
                if domain in self.surface.domains and (self._is_client(owner) or full in self.surface.methods):
                    return full
            case _:
                pass
        return None

    def _check_method(self, node: ast.Call, method: str) -> None:
        target = self.surface.methods.get(method)
        if target is None or target.open:
            return
        for word in node.keywords:
            if word.arg and word.arg not in target.parameters:
                known = ", ".join(target.parameters) or "none"
                self._found(word.value, f"{method}({word.arg}=...)", f"there is no such argument; it takes {known}")

    def visit_Name(self, node: ast.Name) -> None:
        """Look for names that a star brought in and that are not here."""
        full = self._names.get(node.id, "")
        if node.id in self._starred and isinstance(node.ctx, ast.Load) and full == f"pywats.{node.id}":
            self._found(node, node.id, _place_of(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Look for attributes of clients that are not here, and for those that cannot be set."""
        if self._stands_for(node.value) == "pywats" and not has_name("pywats", node.attr):
            self._found(node, f"pywats.{node.attr}", _place_of(node.attr))
        elif self._is_client(node.value):
            if node.attr in replacements.ATTRIBUTES:
                self._found(node, f"{node.attr} of a client", replacements.ATTRIBUTES[node.attr])
            elif isinstance(node.ctx, ast.Store) and node.attr in replacements.ASSIGNED:
                self._found(node, f"{node.attr} of a client is set", replacements.ASSIGNED[node.attr])
        self.generic_visit(node)

    # ── Errors ──────────────────────────────────────────────────────────────────────────────────────────

    def visit_Try(self, node: ast.Try) -> None:
        """Look for handlers of errors that are not raised here."""
        self._check_handlers(node)
        self.generic_visit(node)

    def visit_TryStar(self, node: ast.TryStar) -> None:
        """Look for them in `except*` as well."""
        self._check_handlers(node)
        self.generic_visit(node)

    def _check_handlers(self, node: ast.Try | ast.TryStar) -> None:
        called = list(self._calls(node.body))
        for handler in node.handlers:
            caught = list(self._caught(handler))
            if _HANDLED in caught:
                for line, method in called:
                    if method.partition(".")[2].startswith("get_") and self.surface.gives_none(method):
                        instead = "it returns None for what is not there: test for None"
                        self._found(handler, f"except {_HANDLED} around {method} in line {line}", instead)
            if "ValueError" in caught and any(method in _SENDS for _, method in called):
                self._found(handler, "except ValueError around a report that is sent", "catch ValidationError")
            if handler.name and any(name in public_names() for name in caught):
                self._check_facts(handler, handler.name)

    def _calls(self, body: list[ast.stmt]) -> Iterator[tuple[int, str]]:
        """Yield the line and the name of each method that is called."""
        for node in (each for part in body for each in ast.walk(part)):
            if isinstance(node, ast.Call) and (method := self._method(node.func)):
                yield node.lineno, method

    def _caught(self, handler: ast.ExceptHandler) -> Iterator[str]:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            if isinstance(kind, ast.Name) and kind.id == "ValueError":
                yield kind.id
            elif kind is not None and (name := self._stands_for(kind)):
                yield name

    def _check_facts(self, handler: ast.ExceptHandler, name: str) -> None:
        for part in handler.body:
            for node in ast.walk(part):
                match node:
                    case ast.Attribute(value=ast.Name(id=owner), attr=fact) if owner == name:
                        if fact in replacements.FACTS:
                            self._found(node, f"{name}.{fact}", f"use {replacements.FACTS[fact]}")
                    case _:
                        pass


def dotted(expression: ast.expr) -> str | None:
    """Return ``self.api`` for the expression ``self.api``, and ``None`` for anything but names and attributes."""
    match expression:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name):
            before = dotted(owner)
            return before and f"{before}.{name}"
        case _:
            return None


def _place_of(name: str) -> str:
    if name in public_names():
        return f"from pywats import {name}"
    return replacements.of_name(name) or "there is no such name"
