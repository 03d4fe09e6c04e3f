"""The steps of a test, as a tree that folds."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from pywats.reports.member import Json
from pywats.reports.page.curves import chart_picture
from pywats.reports.page.limits import compared, limit_picture, number_text
from pywats.reports.page.parts import part, parts
from pywats.reports.page.tables import additional, attachment, table

__all__ = ["STATUSES", "badge", "failures", "tree"]

STATUSES: Final = {"P": "Passed", "F": "Failed", "D": "Done", "S": "Skipped", "E": "Error", "T": "Terminated"}
GRAVE: Final = frozenset("FET")
_GROUPS: Final = {"S": "Setup", "C": "Cleanup"}
_MEASURED: Final = ("numericMeas", "stringMeas", "booleanMeas")


def badge(status: Any) -> str:
    """How something ended, in its colour."""
    word = STATUSES.get(str(status), str(status or ""))
    colour = status if status in STATUSES else "D"
    return f'<b class="badge {colour}">{escape(word)}</b>'


def tree(root: Json) -> str:
    """The steps below and with a root; what failed is unfolded, what passed is folded."""
    said: list[str] = []
    waiting: list[Json | str] = [root]
    number = 0
    while waiting:
        step = waiting.pop()
        if isinstance(step, str):
            said.append(step)
            continue
        number += 1
        children = _children(step)
        head = f"{badge(step.get('status'))} <span>{escape(str(step.get('name') or ''))}</span>{_small(step)}"
        body = _content(step)
        if not children and not body:
            said.append(f'<div class="step" id="s{number}">{head}</div>')
            continue
        unfolded = " open" if number == 1 or step.get("status") in GRAVE else ""
        said.append(f'<details class="step" id="s{number}"{unfolded}><summary>{head}{_brief(step)}</summary>{body}')
        waiting.append("</details>")
        waiting += reversed(children)
    return "".join(said)


def failures(root: Json) -> Iterator[tuple[int, list[str], Json]]:
    """The steps that went wrong themselves: their number in the tree, the names down to them, and the steps."""
    waiting: list[tuple[Json, list[str]]] = [(root, [])]
    number = 0
    while waiting:
        step, above = waiting.pop()
        number += 1
        names = [*above[-20:], str(step.get("name") or "")]
        children = _children(step)
        if step.get("status") in GRAVE and not any(child.get("status") in GRAVE for child in children):
            yield number, names, step
        waiting += ((child, names) for child in reversed(children))


def measurements(step: Json) -> str:
    """The measurements of a step with their limits, as a table; empty if it has none."""
    rows: list[str] = []
    for key in _MEASURED:
        for measure in parts(step, key):
            if key == "booleanMeas" and not measure.get("name"):
                continue
            value = number_text(measure.get("value")) if key != "booleanMeas" else ""
            cells = (
                badge(measure.get("status")),
                escape(str(measure.get("name") or "")),
                f"{escape(value)} {escape(str(measure.get('unit') or ''))}".strip(),
                limit_picture(measure) if key == "numericMeas" else "",
                escape(compared(measure)) if key != "booleanMeas" else "",
            )
            rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f'<table class="measured">{"".join(rows)}</table>' if rows else ""


def _children(step: Json) -> list[Json]:
    return parts(step, "steps")


def _small(step: Json) -> str:
    """What stands behind the name of a step."""
    loop, called = part(step, "loop"), part(step, "seqCall")
    said = [
        str(step.get("stepType") or ""),
        " ".join(str(called[key]) for key in ("path", "version") if called.get(key)),
        _GROUPS.get(str(step.get("group")), ""),
        f"iteration {loop['idx']}" if loop.get("idx") is not None else "",
        f"{loop['num']} iterations, {loop.get('failed') or 0} failed" if loop.get("num") is not None else "",
        f"{number_text(step['totTime'])} s" if step.get("totTime") else "",
    ]
    return f" <small>{escape(' · '.join(filter(None, said)))}</small>"


def _brief(step: Json) -> str:
    """The measurement of a step that has just one, beside its name."""
    measured = [*parts(step, "numericMeas"), *parts(step, "stringMeas")]
    if len(measured) != 1:
        return ""
    said = f"{number_text(measured[0].get('value'))} {measured[0].get('unit') or ''}".strip()
    return f' <span class="brief">{escape(said)}</span>'


def _content(step: Json) -> str:
    """What a step holds besides other steps."""
    said = [measurements(step)]
    if message := _message(step):
        said.append(f'<p class="message">{escape(message)}</p>')
    if text := step.get("reportText"):
        said.append(f"<pre>{escape(str(text))}</pre>")
    if chart := part(step, "chart"):
        said.append(chart_picture(chart))
    if file := part(step, "attachment"):
        said.append(attachment(file))
    facts = {
        "exit code": part(step, "callExe").get("exitCode"),
        "button": part(step, "messagePopup").get("button"),
        "response": part(step, "messagePopup").get("response"),
    }
    said.append(table({name: number_text(value) for name, value in facts.items()}))
    said += map(additional, parts(step, "additionalResults"))
    return "".join(said)


def _message(step: Json) -> str:
    code = step.get("errorCode")
    said = step.get("errorMessage") or ""
    return f"error {code}: {said}" if code else str(said)
