"""Each key of a job file wrong in turn: misspelled, of a wrong type, missing, with a wrong template."""

import copy
import re

import pytest
import yaml

from pywats.config import StationBlock
from pywats.config.problems import dotted
from pywats.jobs import Database, Into, JobFile, Parquet, Plot, Resume, Step, Table, prepare
from pywats.jobs.cron import ScheduleBlock

WHOLE = {
    "kind": "job",
    "name": "whole",
    "schedule": {"cron": "0 2 * * *", "timezone": "Europe/Oslo"},
    "state": "var/other.db",
    "server": {
        "base_url": "https://wats.example.com",
        "token": "${TOKEN}",
        "proxy": "http://proxy.example.com:8080",
        "verify_ssl": True,
        "timeout": "30s",
        "trust_env": False,
    },
    "station": {"name": "FCT-1", "location": "Oslo", "purpose": "Production"},
    "limits": {"rate": "500/60s", "concurrency": 10},
    "vars": {"part": "WIDGET-001"},
    "steps": [
        {
            "id": "headers",
            "call": "report.iter_headers",
            "with": {"filter": {"part_number": "{{ vars.part }}", "max_count": 3, "tags": ["a"]}, "page_size": 100},
            "when": True,
            "resume": {"by": "start", "key": "uuid"},
            "into": {
                "csv": "out/headers.csv",
                "jsonl": "out/headers.jsonl",
                "parquet": {"path": "out/headers", "partition_by": ["state"], "mode": "append", "on_drift": "union"},
                "sqlite": {"path": "out/h.db", "table": "h", "mode": "upsert", "key": ["uuid"], "on_drift": "error"},
                "duckdb": {"path": "out/h.duckdb", "table": "h", "mode": "replace", "on_drift": "error"},
                "table": {"columns": ["uuid"], "rows": 5},
            },
        },
        {
            "id": "each",
            "for_each": "{{ steps.headers.rows }}",
            "call": "report.get_header",
            "with": {"uuid": "{{ item.uuid }}"},
            "max_concurrent": 5,
            "on_error": "collect",
        },
        {"id": "sql", "reads": ["x.csv"], "transform": "SELECT * FROM headers"},
        {"id": "measured", "for_each": "{{ steps.each.rows }}", "rows": "measurements"},
        {"id": "sent", "submit": "in/*.json", "max_concurrent": 2, "on_error": "skip"},
        {
            "id": "trend",
            "plot": {
                "kind": "yield_trend",
                "from": "headers",
                "x": "start",
                "y": "uuid",
                "by": "state",
                "count": "uuid",
                "target": 95.5,
                "title": "Yield",
            },
            "into": {"svg": "out/trend.svg"},
        },
        {
            "id": "top",
            "plot": {"kind": "pareto", "from": "headers", "x": "state", "y": "uuid", "top": 5},
            "into": {"png": "out/top.png"},
        },
        {
            "id": "capable",
            "plot": {
                "kind": "capability",
                "from": "headers",
                "value": "start",
                "low": 1.5,
                "high": 2.5,
                "unit": "state",
                "label": "Voltage",
            },
            "into": {"svg": "out/capable.svg"},
        },
    ],
}
"""A job with every key of every block."""

FREE = {("vars", "part")}
"""Keys that the author of a file chooses."""


def paths(node, above=()):
    """Yield the path of every key."""
    for key, item in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(key, str):
            yield (*above, key)
        if isinstance(item, dict | list):
            yield from paths(item, (*above, key))


def changed(path, change):
    """Return the whole job, a line for each key, with the mapping around a key changed."""
    job = copy.deepcopy(WHOLE)
    around = job
    for key in path[:-1]:
        around = around[key]
    change(around)
    return yaml.safe_dump(job, sort_keys=False, width=1000)


def line_of(text, path):
    """Return the line and column in which a key stands."""
    node = yaml.compose(text)
    for key in path:
        if isinstance(key, int):
            node = node.value[key]
            continue
        name, node = next(pair for pair in node.value if pair[0].value == key)
        mark = name.start_mark
    return mark.line + 1, mark.column + 1


def renamed(mapping, old, new):
    pairs = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(pairs)


PATHS = [path for path in paths(WHOLE) if path not in FREE]


def test_the_whole_job_has_every_key_and_is_right(load, api):
    prepare(load(yaml.safe_dump(WHOLE, sort_keys=False), head=""), api)
    there = {path[-1] for path in PATHS}
    for model in (JobFile, ScheduleBlock, Step, Resume, Into, Parquet, Database, Table, Plot, StationBlock):
        assert {info.alias or name for name, info in model.model_fields.items()} - there <= {"include"}


@pytest.mark.parametrize("path", PATHS, ids=dotted)
def test_each_key_misspelled_is_named_with_its_place_and_the_right_one(mistakes, path):
    wrong = f"{path[-1][:2]}x{path[-1][2:]}"
    text = changed(path, lambda around: renamed(around, path[-1], wrong))
    said = [line for line in mistakes(text, head="").splitlines() if f"{wrong}: unknown" in line]
    line, column = line_of(text, (*path[:-1], wrong))
    assert [each.partition(": ")[0] for each in said] == [f"j.yaml:{line}:{column}"]
    assert said[0].startswith(f"j.yaml:{line}:{column}: {dotted((*path[:-1], wrong))}: ")
    assert said[0].endswith(f'(did you mean "{path[-1]}"?)') or len(path[-1]) < 3


@pytest.mark.parametrize("path", PATHS, ids=dotted)
def test_each_value_of_a_wrong_type_is_named_with_its_place(mistakes, path):
    def spoil(around):
        lists = isinstance(around[path[-1]], list) or path[-1] == "for_each"
        around[path[-1]] = {"wrong": 1} if lists else [{"wrong": 1}]

    text = changed(path, spoil)
    line, _ = line_of(text, path)
    said = mistakes(text, head="").splitlines()
    lines = range(line, line + 3)
    assert [each for each in said if int(each.split(":")[1]) in lines and dotted(path) in each], said


REQUIRED = [
    ("kind",), ("name",), ("server",), ("steps",), ("server", "base_url"), ("server", "token"), ("station", "name"),
    ("schedule", "cron"), ("steps", 0, "id"), ("steps", 0, "resume", "by"), ("steps", 0, "resume", "key"),
    ("steps", 0, "into", "parquet", "path"), ("steps", 0, "into", "sqlite", "path"),
    ("steps", 0, "into", "sqlite", "table"), ("steps", 0, "into", "duckdb", "table"), ("steps", 1, "with", "uuid"),
]  # fmt: skip


@pytest.mark.parametrize("path", REQUIRED, ids=dotted)
def test_each_required_key_that_is_missing_is_named(mistakes, path):
    text = changed(path, lambda around: around.pop(path[-1]))
    assert re.search(rf"^j\.yaml:\d+:\d+: {re.escape(dotted(path))}: is missing", mistakes(text, head=""), re.MULTILINE)


@pytest.mark.parametrize("key", ["when", "for_each", "transform", "submit", "reads", "with", "into"])
def test_a_template_that_is_wrong_is_named_at_each_key_that_takes_one(mistakes, key):
    step = {
        "when": {"call": "report.count", "when": "{{ vars.prt }}"},
        "for_each": {"call": "report.count", "for_each": "{{ vars.prt }}"},
        "transform": {"transform": "SELECT '{{ vars.prt }}'"},
        "submit": {"submit": "{{ vars.prt }}/*.json"},
        "reads": {"transform": "SELECT 1", "reads": ["{{ vars.prt }}"]},
        "with": {"call": "report.get_header", "with": {"uuid": "{{ vars.prt }}"}},
        "into": {"call": "report.count", "into": {"csv": "{{ vars.prt }}.csv"}},
    }[key]
    text = yaml.safe_dump({**WHOLE, "steps": [{"id": "a", **step}]}, sort_keys=False)
    said = mistakes(text, head="")
    assert re.match(rf"j\.yaml:\d+:\d+: steps\[0\]\.{key}\S*: vars\.prt is undefined; there is vars\.part", said)
    assert said.endswith('(did you mean "vars.part"?)')
