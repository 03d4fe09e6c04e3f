"""``show``: a report on the terminal, or as a page."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from pywats.cli import colours
from pywats.cli.connection import Connection
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.report_files import chosen
from pywats.reports.evaluation import TWO_LIMITS
from pywats.reports.member import Json
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.page.limits import compared, finite, number_text
from pywats.reports.page.parts import parts
from pywats.reports.page.steps import STATUSES
from pywats.reports.shown import repairs_in_words, title
from pywats.text import line, printable

__all__ = ["is_id", "show"]

BAR: Final = 21
"""Characters of the line on which a value stands between its limits."""
_COLOURS: Final = {"P": "green", "F": "bold red", "E": "bold red", "T": "yellow", "S": "yellow", "D": "dim"}
Report = UUTReport | UURReport


class _Line(NamedTuple):
    """A line of the tree."""

    depth: int
    status: str
    name: str
    value: str = ""
    bar: str = ""


def show(name: str, connection: Connection | None, number: int | None, html: Path | None, *, json: bool) -> ExitCode:
    """Print the reports of a file, or the one on the server with this id; or write one of them as a page.

    Raises:
        CommandError: it is neither a file nor an id, or which report to write is not clear.
    """
    path = Path(name)
    if path.exists():
        reports = chosen(path, number)
    elif connection is not None:
        reports = [asyncio.run(_from_server(connection, name))]
    else:
        raise CommandError(f"{name} is neither a file nor the id of a report")
    if html is not None:
        if len(reports) != 1:
            raise CommandError(f"{name} holds {len(reports)} reports; --number says which one is written to {html}")
        html.write_text(reports[0].to_html(), encoding="utf-8")
        write_line(f"{html}: {title(reports[0].wire)}")
        return ExitCode.OK
    for index, report in enumerate(reports):
        if json:
            write_json(report.wire)
            continue
        if index:
            write_line("")
        _print(report)
    return ExitCode.OK


async def _from_server(connection: Connection, name: str) -> Report:
    """The report with this id.

    Raises:
        CommandError: there is none.
    """
    async with connection.client() as api:
        report = await api.report.get_report(name)
    if report is None:
        raise CommandError(f"the server has no report {name}", ExitCode.FAILED)
    return report


def is_id(name: str) -> bool:
    """Whether a word is the id of a report."""
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _print(report: Report) -> None:
    write = _in_colours() if colours.wanted(sys.stdout) else _plainly
    write_line(line(title(report.wire)))
    if isinstance(report, UUTReport):
        for each in _lines(report.wire.get("root") or {}):
            write(each)
    for words in repairs_in_words(report.wire):
        write_line(f"  {line(words)}")


def _lines(root: Json) -> Iterator[_Line]:
    """The steps with their measurements, each a little farther in than what it is in."""
    waiting: list[tuple[int, Json]] = [(0, root)]
    while waiting:
        depth, step = waiting.pop()
        measured = [each for key in ("numericMeas", "stringMeas", "booleanMeas") for each in parts(step, key)]
        status, name = str(step.get("status") or ""), str(step.get("name") or "")
        if len(measured) == 1:
            yield _Line(depth, status, name, _value(measured[0]), _bar(measured[0]))
        else:
            yield _Line(depth, status, name, str(step.get("errorMessage") or ""))
            for each in measured:
                label = str(each.get("name") or "")
                yield _Line(depth + 1, str(each.get("status") or ""), label, _value(each), _bar(each))
        waiting += ((depth + 1, child) for child in reversed(parts(step, "steps")))


def _value(measure: Json) -> str:
    said = f"{number_text(measure.get('value'))} {measure.get('unit') or ''}".strip()
    limits = compared(measure)
    return f"{said} ({limits})" if limits else said


def _bar(measure: Json) -> str:
    """Where a value stands between two limits, or on which side it is beyond them."""
    value, low, high = (finite(measure.get(key)) for key in ("value", "lowLimit", "highLimit"))
    limits = TWO_LIMITS.get(str(measure.get("compOp")))
    if limits is None or not limits[2] or value is None or low is None or high is None:
        return ""
    if value < low:
        return f"● ├{'─' * BAR}┤"
    if value > high:
        return f"  ├{'─' * BAR}┤ ●"
    share = (value - low) / (high - low) if high > low else 0.5
    at = round(share * (BAR - 1))
    return f"  ├{'─' * at}●{'─' * (BAR - 1 - at)}┤"


def _plainly(each: _Line) -> None:
    said = f"{'  ' * each.depth}{STATUSES.get(each.status, each.status):<10}  {each.name}"
    write_line(f"{said}  {each.value}" if each.value else said)


def _in_colours() -> Callable[[_Line], None]:
    """What writes lines in colours, with the value on a bar between its limits."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True, force_terminal=True)

    def write(each: _Line) -> None:
        colour = _COLOURS.get(each.status, "")
        said = Text.assemble(
            ("│ " * each.depth, "dim"),
            (f"{printable(STATUSES.get(each.status, each.status)):<10}", colour),
            f"  {printable(each.name)}  ",
            (printable(each.value), "bold" if each.status in {"F", "E"} else "cyan"),
            (f"  {each.bar}" if each.bar else "", colour),
        )
        console.print(said)

    return write
