"""From the words of a command line to the arguments of a client method, by the method's own types."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pydantic

from pywats.cli.exits import CommandError
from pywats.config.problems import nearest
from pywats.jobs.calls import Target
from pywats.text import reason_of

_JSON = ("{", "[", '"')


def bind(target: Target, words: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a method by name, converted to the types that it wants.

    A word is a value in the method's order, ``name=value``, ``--name value`` or ``--name=value``; a switch may stand
    alone. A value that begins with ``{``, ``[`` or ``"`` is read as JSON where the method takes what it says, and
    ``@FILE`` stands for the content of a file (``@-``: standard input).

    Raises:
        CommandError: a word fits no argument, one is missing, or a value is not of its type.
    """
    given: dict[str, str] = {}
    for name, text in _named(target, words):
        if name in given:
            raise CommandError(f"{target.name}: {name} is given twice")
        given[name] = text
    missing = [name for name in target.required if name not in given]
    if missing:
        raise CommandError(f"{target.name}: {missing[0]} is missing; usage: {usage(target)}")
    return {name: _converted(target, name, text) for name, text in given.items()}


def usage(target: Target) -> str:
    """Return how a method is called: ``product.get_product PART_NUMBER``, in brackets what may be left out."""
    required = set(target.required)
    words = [name.upper() if name in required else f"[{name}=…]" for name in target.parameters]
    return " ".join([target.name, *words])


def _named(target: Target, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each value with the name of its parameter."""
    free = iter(target.parameters)
    taken: set[str] = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, text = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if word.startswith("--"):
            _check_name(target, name, word)
            if not equals:
                if _is_switch(target, name) and (not rest or rest[0].lower() not in {"true", "false"}):
                    text = "true"
                elif not rest:
                    raise CommandError(f"{target.name}: {word} needs a value")
                else:
                    text = rest.pop(0)
        elif equals and name.isidentifier():
            _check_name(target, name, f"{name}=")
        else:
            name, text = next((each for each in free if each not in taken), ""), word
            if not name:
                raise CommandError(f"{target.name}: one value too many: {word!r}; usage: {usage(target)}")
        taken.add(name)
        yield name, text


def _check_name(target: Target, name: str, word: str) -> None:
    if name in target.parameters:
        return
    takes = f"it takes {', '.join(target.parameters)}" if target.parameters else "it takes no arguments"
    hint = nearest(name, target.parameters)
    if not word.startswith("--") and not hint and target.parameters:
        hint = f"; a value that holds = is written {next(iter(target.parameters))}=VALUE"
    raise CommandError(f"{target.name}: no argument {word}, {takes}{hint}")


def _is_switch(target: Target, name: str) -> bool:
    try:
        return target.types[name] is not Any and _adapter(target, name).validate_python(True) is True
    except pydantic.ValidationError:
        return False


def _converted(target: Target, name: str, text: str) -> Any:
    adapter = _adapter(target, name)
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        content = _content(target, name, text[1:])
        try:
            return adapter.validate_python(content, strict=True)
        except pydantic.ValidationError:  # the method takes text or what text stands for
            text = content.decode("utf-8-sig", errors="surrogateescape").strip()
    try:
        return _read(adapter, text)
    except pydantic.ValidationError as error:
        raise CommandError(f"{target.name}: {name}: {_words(error)}") from None


def _read(adapter: pydantic.TypeAdapter[Any], text: str) -> Any:
    """Return the value that a text stands for: by its JSON where it looks like that, else by itself."""
    if not text.startswith(_JSON):
        return adapter.validate_python(text)
    try:
        return adapter.validate_json(text)
    except pydantic.ValidationError:
        with contextlib.suppress(pydantic.ValidationError):
            return adapter.validate_python(text)
        raise


def _content(target: Target, name: str, path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        hint = "; a value that itself begins with @ is written @@…"
        raise CommandError(f"{target.name}: {name}: {path}: {reason_of(error)}{hint}") from None


def _adapter(target: Target, name: str) -> pydantic.TypeAdapter[Any]:
    return pydantic.TypeAdapter[Any](target.types[name])


def _words(error: pydantic.ValidationError) -> str:
    """Return what is wrong; the value itself is not shown, it may be long or secret."""
    found = {
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}".removeprefix(": "): None
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    }
    return "; ".join(list(found)[:3])
