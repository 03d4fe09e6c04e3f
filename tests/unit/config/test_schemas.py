"""The schemas that editors read are those of the models, and the examples fit them."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = [
    path
    for path in sorted(ROOT.glob("configs/**/*.yaml"))
    if path.name != "sandbox.yaml"  # which is laid over others
]


def script():
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "scripts" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["ingest", "job"])
def test_the_published_schema_is_that_of_the_model(kind):
    published = (ROOT / "docs" / "schemas" / f"{kind}.json").read_text("utf-8")
    assert published == script().schema(kind), "run python scripts/schemas.py"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_its_schema_and_fits_it(path):
    text = path.read_text("utf-8")
    example = yaml.safe_load(text)
    up = "../" * (len(path.relative_to(ROOT).parts) - 1)
    assert text.startswith(f"# yaml-language-server: $schema={up}docs/schemas/{example['kind']}.json\n")
    schema = json.loads((ROOT / "docs" / "schemas" / f"{example['kind']}.json").read_text("utf-8"))
    jsonschema.validate(json.loads(json.dumps(example, default=str)), schema)


def test_a_wrong_key_does_not_fit():
    schema = json.loads((ROOT / "docs" / "schemas" / "job.json").read_text("utf-8"))
    step = {"id": "a", "call": "x.y"}
    jsonschema.validate({"kind": "job", "name": "n", "steps": [step]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "job", "name": "n", "steps": [{**step, "intoo": {}}]}, schema)
