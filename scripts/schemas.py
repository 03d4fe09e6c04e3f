"""Write the JSON Schemas of the configuration files into docs/schemas, for editors that read them."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pywats.config.loading import INCLUDE, SHARED
from pywats.ingest.schema import IngestConfig
from pywats.jobs import JobFile

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
MODELS: dict[str, type[BaseModel]] = {"ingest": IngestConfig, "job": JobFile}


def schema(name: str) -> str:
    """Return the schema of a kind of file, as text."""
    described = MODELS[name].model_json_schema(by_alias=True, mode="validation")
    if INCLUDE in MODELS[name].model_fields:  # what is shared may come from another file
        described["required"] = [key for key in described["required"] if key not in SHARED]
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_with_references(described)}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _with_references(node: Any) -> Any:
    """Let text stand wherever something else is wanted: ``${NAME}``, a template, a time or a size with its unit."""
    if isinstance(node, list):
        return [_with_references(item) for item in node]
    if not isinstance(node, dict):
        return node
    inner = {key: _with_references(item) for key, item in node.items() if key != "default" or _is_plain(item)}
    if inner.get("type") in ("number", "integer", "boolean"):
        return {"anyOf": [inner, {"type": "string"}], **_kept(inner)}
    return inner


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _kept(inner: dict[str, Any]) -> dict[str, Any]:
    return {key: inner.pop(key) for key in ("title", "description", "default") if key in inner}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in MODELS:
        (FOLDER / f"{name}.json").write_text(schema(name), encoding="utf-8")
