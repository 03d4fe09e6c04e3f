"""Steps that draw the rows of earlier ones."""

import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import etree

from pywats.jobs import prepare
from pywats.jobs import run as run_job

STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MEASURED = """
    vars: {high: 5.25, part: WIDGET-001}
    steps:
      - id: measured
        transform: |
          SELECT * FROM (VALUES (4.9, 'V', 4.75), (5.0, 'V', 4.75), (5.1, 'V', 4.75), (NULL, 'V', NULL))
          AS t (value, unit, low)
"""


@pytest.fixture
def run(load, api):
    async def run_text(text, out=None):
        return await run_job(load(text), api, out=out or io.StringIO(), started=STARTED)

    return run_text


def rows(name):
    with Path(name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def content(*names):
    return [Path(name).read_bytes() for name in names]


CAPABILITY = f"""{MEASURED}
      - id: chart
        plot:
          kind: capability
          from: measured
          low: low
          high: "{{{{ vars.high }}}}"
          unit: unit
          title: "Supply of {{{{ vars.part }}}}, {{{{ steps.measured.count }}}} rows"
        into:
          svg: "out/{{{{ vars.part }}}}.svg"
          png: out/supply.png
          csv: out/supply.csv
          parquet: out/supply.parquet
"""


async def test_a_chart_is_a_picture_and_its_rows(run):
    summary = await run(CAPABILITY)
    assert summary.ok, summary.error
    (step,) = summary.steps[1:]
    assert (step.call, step.rows) == ("plot", 1)
    assert set(step.files) == {"out/WIDGET-001.svg", "out/supply.png", "out/supply.csv", "out/supply.parquet"}
    picture = etree.parse("out/WIDGET-001.svg").getroot()
    assert picture.findtext("{http://www.w3.org/2000/svg}title") == "Supply of WIDGET-001, 4 rows"
    assert content("out/supply.png")[0].startswith(b"\x89PNG")
    (row,) = rows("out/supply.csv")
    assert (row["count"], row["missing"], float(row["cpk"])) == ("3", "1", pytest.approx(0.25 / 0.3))
    types = {field.name: str(field.type) for field in pq.read_schema("out/supply.parquet")}
    assert {types["count"], types["cpk"], types["note"]} == {"int64", "double", "string"}


async def test_the_same_rows_are_the_same_files(run):
    names = ("out/WIDGET-001.svg", "out/supply.png", "out/supply.csv")
    await run(CAPABILITY)
    first = content(*names)
    await run(CAPABILITY)
    assert content(*names) == first


async def test_each_kind_draws(run):
    out = io.StringIO()
    summary = await run(
        """
        vars: {top: 5}
        steps:
          - {id: headers, call: report.iter_headers}
          - id: states
            plot: {kind: pareto, from: headers, x: state, top: "{{ vars.top }}"}
            into: {svg: a.svg, table: true}
          - {id: none, transform: SELECT 1 AS value WHERE false}
          - {id: spread, plot: {kind: histogram, from: none, value: value}, into: {svg: b.svg, csv: b.csv}}
          - {id: days, transform: "SELECT DATE '2026-01-05' AS day, 98.5 AS fpy"}
          - id: trend
            plot: {kind: yield_trend, from: days, x: day, y: fpy, target: 96}
            into: {svg: c.svg, csv: c.csv}
        """,
        out,
    )
    assert summary.ok, summary.error
    assert {each[:4] for each in content("a.svg", "b.svg", "c.svg")} == {b"<svg"}
    assert "(none)" in out.getvalue()
    assert rows("b.csv") == []
    (point,) = rows("c.csv")
    assert (point["x"], point["y"]) == ("2026-01-05", "98.5")


async def test_later_steps_see_what_a_chart_shows(run):
    summary = await run(f"""{MEASURED}
      - {{id: chart, plot: {{kind: capability, from: measured, low: low, high: 5.5}}}}
      - id: bad
        when: "{{{{ steps.chart.rows[0].cpk < 1.33 }}}}"
        transform: SELECT cpk FROM chart
        into: {{csv: bad.csv}}
    """)
    assert summary.ok, summary.error
    assert len(rows("bad.csv")) == 1


@pytest.mark.parametrize(
    ("plot", "message"),
    [
        ("{kind: histogram, from: measured, value: valeu}", 'no column valeu (did you mean "value"?)'),
        ("{kind: pareto, from: measured, x: unit, top: '{{ steps.measured.count * 20 }}'}", "or equal to 30, not 80"),
        ("{kind: histogram, from: measured, value: unit}", "unit holds 'V', which is no number"),
        ("{kind: histogram, from: measured, low: 6, high: 5}", "the low limit, 6, lies above the high one, 5"),
        ("{kind: histogram, from: measured, low: value}", "low as a number"),
    ],
)
async def test_what_cannot_be_drawn_ends_the_run_and_leaves_the_former_picture(run, tmp_path, plot, message):
    (tmp_path / "a.svg").write_text("former")
    summary = await run(f"{MEASURED}      - {{id: chart, plot: {plot}, into: {{svg: a.svg}}}}\n")
    assert message in str(summary.error)
    assert content("a.svg") == [b"former"]
    assert list(tmp_path.glob(".*.part")) == []


async def test_a_plan_shows_the_chart(load, api):
    plan = prepare(load(CAPABILITY), api, started=STARTED)
    assert 'plot: {"kind":"capability","from":"measured"' in str(plan)
    assert "into svg: " in str(plan)


def test_without_matplotlib_there_is_one_line_with_the_remedy(mistakes, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = "steps:\n  - {id: a, call: product.get_names}\n  - {id: b, plot: {kind: pareto, from: a, x: value}}"
    assert mistakes(text) == (
        "j.yaml:6:19: steps[1].plot: needs matplotlib, which is not installed: pip install 'pywats-workers[plots]'"
    )
