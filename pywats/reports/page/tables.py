"""What a report has besides its steps, as tables and pictures."""

from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from pywats.reports.member import Json
from pywats.reports.page.parts import part, parts

__all__ = ["additional", "attachment", "rows", "table"]

_PICTURES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
"""What a browser shows and cannot run; others are only named."""


def table(facts: Mapping[str, str]) -> str:
    """Names and values, but for those that are empty."""
    lines = [f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items() if value]
    return f'<table class="facts">{"".join(lines)}</table>' if lines else ""


def rows(title: str, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A section with a table; empty without lines."""
    cells = (("" if cell is None else escape(str(cell)) for cell in line) for line in lines)
    body = "".join(f"<tr><td>{'</td><td>'.join(line)}</td></tr>" for line in cells)
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    return f"<section><h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table></section>" if body else ""


def additional(data: Json) -> str:
    """A named tree of values, folded."""
    made: list[str] = [f"<details class='data'><summary>{escape(str(data.get('name') or ''))}</summary><ul>"]
    waiting: list[Json | str] = ["</ul></details>", *reversed(_inside(data))]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            made.append(value)
            continue
        said = value.get("value")
        unit = f" {value['comment']}" if value.get("comment") else ""
        shown = "" if said is None else f": {said}{unit}"
        name = value.get("name") or ""
        made.append(f"<li>{escape(f'{name}{shown}')}")
        inside = _inside(value)
        if inside:
            made.append("<ul>")
            waiting.append("</ul></li>")
            waiting += reversed(inside)
        else:
            made.append("</li>")
    return "".join(made)


def _inside(value: Json) -> list[Json]:
    items = [part(item, "value") for item in parts(part(value, "array"), "indexes")]
    return [*parts(value, "props"), *filter(None, items)]


def attachment(file: Json) -> str:
    """A file: a picture as such, others by name and size."""
    name, kind, content = (str(file.get(key) or "") for key in ("name", "contentType", "data"))
    try:
        size = len(b64decode(content, validate=True))
    except (Error, ValueError):
        return f"<p>{escape(name)}: {escape(kind)}, whose content cannot be read</p>"
    label = escape(f"{name}: {kind}, {size} bytes")
    if kind.lower() in _PICTURES:
        source = f"data:{kind.lower()};base64,{content}"
        return f'<figure><img alt="{escape(name)}" src="{source}"><figcaption>{label}</figcaption></figure>'
    return f"<p>{label}</p>"
