"""The reference names every key, and the examples are right."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from pywats.config import LimitsBlock, ServerBlock, StationBlock
from pywats.config import load as load_file
from pywats.jobs import Database, Into, JobFile, Parquet, Plot, Resume, Step, Table
from pywats.jobs.cron import ScheduleBlock
from pywats.jobs.names import RESULTS, of_run

ROOT = Path(__file__).resolve().parents[3]
JOBS = (ROOT / "docs/reference/jobs.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
ENVIRON = {"WATS_BASE_URL": "https://wats.example.com", "WATS_AUTH_TOKEN": "t0ken"}


def keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("model", [JobFile, ScheduleBlock, Step, Plot, Resume, Into, Parquet, Database, Table])
def test_every_key_of_a_job_file_is_in_the_reference(model):
    assert [key for key in keys(model) if f"`{key}`" not in JOBS] == []


@pytest.mark.parametrize("model", [ServerBlock, StationBlock, LimitsBlock])
def test_every_key_of_the_common_blocks_is_in_the_reference(model):
    assert [key for key in keys(model) if f"`{key}`" not in CONFIGURATION] == []


def test_every_name_of_templates_is_in_the_reference():
    names = [f"steps.ID.{name}" for name in RESULTS]
    names += [f"run.{name}" for name in of_run("test", datetime(2026, 3, 4, tzinfo=UTC))]
    assert [name for name in names if f"`{name}`" not in JOBS] == []


def test_the_example_of_the_reference_is_a_job_file(tmp_path):
    (tmp_path / "token.txt").write_text("t0ken")
    (example,) = re.findall(r"```yaml\n(kind: job\n.*?)```", JOBS, re.DOTALL)
    (tmp_path / "example.yaml").write_text(example)
    assert load_file(tmp_path / "example.yaml", JobFile, environ=ENVIRON).value.name == "yield-by-product"


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/*.yaml")), ids=lambda path: path.name)
def test_every_job_file_that_is_shipped_is_right(path):
    if yaml.safe_load(path.read_text("utf-8"))["kind"] == "job":
        loaded = load_file(path, JobFile, environ=ENVIRON)
        assert loaded.warnings == ()
