"""``validate``: configuration files and files of reports, checked without a server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pywats.cli.aside import note
from pywats.cli.configuration import check
from pywats.cli.exits import ExitCode
from pywats.cli.output import write_json, write_line
from pywats.cli.report_files import format_of, reports_of
from pywats.errors import ConfigurationError, FormatError
from pywats.reports.posting import for_posting


@dataclass(frozen=True)
class Verdict:
    """What was found about one file.

    Attributes:
        file: the file.
        kind: what it configures, or its format and how many reports it holds; ``None`` if it is not right.
        errors: its mistakes, as ``FILE:LINE:COL: key: what is wrong`` or ``FILE: report N: place: what is wrong``.
        warnings: what is allowed but unwise.
        values: the effective values, secrets masked.
    """

    file: str
    kind: str | None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    values: str = ""


def validate(files: Sequence[Path], overlays: Sequence[Path], *, show: bool, json: bool) -> ExitCode:
    """Print for each file that it is right, or its mistakes; the code says whether all are right."""
    verdicts = [_verdict(file, overlays) for file in files]
    for verdict in verdicts:
        if json:
            write_json(asdict(verdict))
        else:
            _print(verdict, show=show)
    return ExitCode.OK if all(verdict.kind for verdict in verdicts) else ExitCode.USAGE


def _verdict(file: Path, overlays: Sequence[Path]) -> Verdict:
    if (name := _report_format(file)) is not None:
        return _verdict_on_reports(file, name)
    try:
        loaded = check(file, overlays)
    except ConfigurationError as error:
        return Verdict(str(file), None, tuple(str(error).splitlines()))
    return Verdict(str(file), loaded.value.kind, (), loaded.warnings, loaded.show())


def _report_format(file: Path) -> str | None:
    try:
        return format_of(file)
    except OSError:  # said by who reads configuration files
        return None


def _verdict_on_reports(file: Path, name: str) -> Verdict:
    """Whether the server would take the reports of a file, as far as that can be told here."""
    from pywats.reports.validation import validate as problems_of

    errors: list[str] = []
    warnings: list[str] = []
    number = 0
    try:
        for number, report in enumerate(reports_of(file, name), 1):
            for problem in problems_of(for_posting(report)):
                (warnings if problem.warning else errors).append(f"{file}: report {number}: {problem}")
    except FormatError as error:
        errors.append(str(error))
    kind = None if errors else f"{name}, {number} report{'' if number == 1 else 's'}"
    return Verdict(str(file), kind, tuple(errors), tuple(warnings))


def _print(verdict: Verdict, *, show: bool) -> None:
    for warning in verdict.warnings:
        note(f"warning: {warning}")
    for error in verdict.errors:
        note(error)
    if verdict.kind:
        write_line(f"{verdict.file}: ok ({verdict.kind})")
        for line in verdict.values.splitlines() if show else ():
            write_line(f"  {line}")
