"""What operators are given names what there is: every reason and metric is explained, none is made up."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import Alert
from pywats.ingest.status.metrics import METRICS

OPS = Path(__file__).resolve().parents[4] / "docs" / "ops"
PAGE = OPS.parent / "reference" / "ingest.md"
LABELS = {"job", "state", "event", "instance", "reason", "source", "folder"}


def expressions():
    rules = yaml.safe_load((OPS / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    panels = json.loads((OPS / "dashboard.json").read_text("utf-8"))["panels"]
    return [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_rules_and_panels_ask_for_metrics_that_there_are(expression):
    named = set(re.findall(r"\bpywats_\w+", expression))
    assert named <= set(METRICS)
    assert named or "up{" in expression
    assert set(re.findall(r"(\w+)=", expression.replace("==", ""))) <= LABELS


def test_every_alert_has_its_place_in_the_runbook():
    rules = yaml.safe_load((OPS / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    runbook = (OPS / "runbook.md").read_text("utf-8")
    told = [f"`{rule['alert']}`" for rule in rules] + [f"`{name}`" for name in get_args(Alert)]
    assert [name for name in told if name not in runbook] == []


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_explained(metric):
    assert f"| `{metric}` | {METRICS[metric][0]} | {METRICS[metric][1]} |" in (OPS / "watch.md").read_text("utf-8")


@pytest.mark.parametrize("code", [*Reason, *State])
def test_every_reason_and_state_is_explained(code):
    assert re.search(rf"^\| `{code}` \| \S", PAGE.read_text("utf-8"), re.MULTILINE)
