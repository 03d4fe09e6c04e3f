"""``convert``: reports from one format to another, a file for each."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pywats.cli.aside import note
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.report_files import reports_of
from pywats.errors import PyWATSError
from pywats.reports.formats import wsjf
from pywats.reports.models import UURReport, UUTReport
from pywats.reports.posting import for_posting
from pywats.reports.values import is_list, is_object
from pywats.text import reason_of

if TYPE_CHECKING:
    from pywats.cli.report_files import Setting

__all__ = ["convert"]

SUFFIXES: Final = {"wsjf": ".json", "wsxf": ".xml"}
"""The formats that are written, and how their files end."""
_MOST_TOLD: Final = 5


@dataclass
class Written:
    """One report that was written.

    Attributes:
        id: of the report.
        file: where it is now.
        corrected: what was changed so that the server takes it.
        left_out: what the format has no place for.
    """

    id: str
    file: str
    corrected: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])


@dataclass
class Outcome:
    """What came of one file."""

    file: str
    reports: list[Written] = field(default_factory=list[Written])
    error: str | None = None
    explained: list[str] | None = None


def convert(
    files: Sequence[Path],
    to: str,
    out: Path,
    converter: str | None,
    *,
    setting: "Setting | None" = None,
    explain: bool = False,
    json: bool,
) -> ExitCode:
    """Write each report of the files into a file of its own; the code says whether all could be read.

    Args:
        files: to read.
        to: the format to write.
        out: the folder to write into; it is made.
        converter: what reads the files; unless given the content tells.
        setting: a source of an ingest file, to read them as the daemon does.
        explain: whether to tell how a converter understood each value.
        json: whether what came of each file is told as JSON.

    Raises:
        CommandError: there is no such format, or the folder cannot be made.
    """
    if to not in SUFFIXES:
        raise CommandError(f"--to {to}: there is no such format to write; there are {', '.join(SUFFIXES)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"--out {out}: the folder cannot be made: {reason_of(error)}") from error
    outcomes = (_convert(file, to, out, converter, setting, explain) for file in files)
    whole = True
    for outcome in outcomes:
        whole = whole and outcome.error is None
        if json:
            write_json({name: value for name, value in asdict(outcome).items() if explain or name != "explained"})
        else:
            _print(outcome)
    return ExitCode.OK if whole else ExitCode.FAILED


def _convert(
    file: Path, to: str, out: Path, converter: str | None, setting: "Setting | None", explain: bool
) -> Outcome:
    outcome = Outcome(str(file), explained=[] if explain else None)

    def take(what: str, value: object, place: str) -> None:
        if outcome.explained is not None:
            outcome.explained.append(f"{what} = {value} ({place})")

    try:
        found = reports_of(file, converter, source=setting, explain=take if explain else None)
        for number, report in enumerate(found):
            name = file.stem if number == 0 else f"{file.stem}-{number + 1}"
            outcome.reports.append(_write(report, out / f"{name}{SUFFIXES[to]}", to))
    except (PyWATSError, OSError) as error:
        said = str(error) if isinstance(error, PyWATSError) else f"{file}: {reason_of(error)}"
        outcome.error = said if said.startswith(str(file)) else f"{file}: {said}"
    return outcome


def _write(report: UUTReport | UURReport, path: Path, to: str) -> Written:
    """Write a report as the server takes it; a file that is there is left alone."""
    if path.exists():
        raise FileExistsError(None, f"{path} is there already; choose another --out, or remove it")
    corrected = for_posting(report)
    made = Written(str(report.wire.get("id")), str(path), list(_changes(report.wire, corrected.wire, "")))
    if to == "wsjf":
        wsjf.write(corrected, path)
    else:
        from pywats.reports.formats import wsxf

        made.left_out = [place.partition(": ")[2] for place in wsxf.write(corrected, path)]
    return made


def _changes(before: Any, after: Any, place: str) -> Iterator[str]:
    """What differs between two JSON values, each with its place."""
    if is_object(before) and is_object(after):
        for key in before:
            if key not in after:
                yield f"{place}{key} is left out"
            elif before[key] != after[key]:
                yield from _changes(before[key], after[key], f"{place}{key}.")
    elif is_list(before) and is_list(after):
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            if one != other:
                yield from _changes(one, other, f"{place}{index}.")
    else:
        yield f"{place.removesuffix('.')} was {before}, and is {after}"


def _print(outcome: Outcome) -> None:
    for line in outcome.explained or ():
        write_line(f"{outcome.file}: {line}")
    for report in outcome.reports:
        write_line(f"{outcome.file} -> {report.file}")
        _tell("corrected", report.corrected)
        _tell("left out", report.left_out)
    if outcome.error is not None:
        note(outcome.error)


def _tell(what: str, lines: Sequence[str]) -> None:
    for line in lines[:_MOST_TOLD]:
        write_line(f"  {what}: {line}")
    if len(lines) > _MOST_TOLD:
        write_line(f"  {what}: and {len(lines) - _MOST_TOLD} more; --json has all")
