"""``validate``: configuration files, checked without a server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pywats.cli.configuration import check
from pywats.cli.exits import ExitCode
from pywats.cli.output import note, write_json, write_line
from pywats.errors import ConfigurationError


@dataclass(frozen=True)
class Verdict:
    """What was found about one file.

    Attributes:
        file: the file.
        kind: what it configures, or ``None`` if it is not right.
        errors: its mistakes, as ``FILE:LINE:COL: key: what is wrong``.
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
    try:
        loaded = check(file, overlays)
    except ConfigurationError as error:
        return Verdict(str(file), None, tuple(str(error).splitlines()))
    return Verdict(str(file), loaded.value.kind, (), loaded.warnings, loaded.show())


def _print(verdict: Verdict, *, show: bool) -> None:
    for warning in verdict.warnings:
        note(f"warning: {warning}")
    for error in verdict.errors:
        note(error)
    if verdict.kind:
        write_line(f"{verdict.file}: ok ({verdict.kind})")
        for line in verdict.values.splitlines() if show else ():
            write_line(f"  {line}")
