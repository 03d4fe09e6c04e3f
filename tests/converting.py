"""Running a converter on content made in a test."""

import io
from pathlib import Path
from typing import Any

import pytest

from pywats.ingest.converters import Context, ConversionError, Source

__all__ = ["children", "converted", "measured", "refusal"]


def converted(
    module: Any, content: str | bytes, *, path: str | Path = "file", context: Context | None = None, **options: Any
) -> list[dict[str, Any]]:
    """Return the reports that a converter makes of a content."""
    data = content.encode() if isinstance(content, str) else content
    source = Source(io.BytesIO(data), Path(path))
    return [report.wire for report in module.convert(source, module.Options(**options), context or Context())]


def refusal(module: Any, content: str | bytes, **given: Any) -> str:
    """Return why a converter makes no report of a content."""
    with pytest.raises(ConversionError) as caught:
        converted(module, content, **given)
    return str(caught.value)


def measured(step: dict[str, Any]) -> dict[str, Any]:
    """Return the only measurement of a step."""
    measurements: list[dict[str, Any]] = next(
        step[key] for key in ("numericMeas", "stringMeas", "booleanMeas") if key in step
    )
    (measurement,) = measurements
    return measurement


def children(step: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Return the steps in a step, or those at a path of names below it."""
    for name in names:
        step = next(each for each in step["steps"] if each["name"] == name)
    steps: list[dict[str, Any]] = step["steps"]
    return steps
