"""Every example of a job is killed at named points: started again, it leaves what a run leaves that was not killed."""

import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from pywats import pyWATS
from pywats.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and SIGKILL")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONFIGS = ROOT / "configs"
JOBS = {
    path.stem: path
    for path in (*sorted(CONFIGS.glob("*.yaml")), HERE / "outputs.yaml")
    if yaml.safe_load(path.read_text())["kind"] == "job"
}
"""The examples, and one job with every output."""
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
TOKEN = "t0ken-of-the-jobs"
REPORTS = 12

POINTS = (
    "request written", "answer read", "part noted", "row written", "step done", "intent written", "table taken",
    "placed", "marks moved",
)  # fmt: skip
CHOSEN = 12
"""So many cases run always; ``CHAOS=all``, which ``make chaos`` sets, runs every point of every example."""
SPREAD = 5
"""Of a point that is reached many times, so many are tried then."""

ALL = os.environ.get("CHAOS") == "all"


def cases():
    """Return examples with points; those that always run have every example and every point."""
    names = list(JOBS)
    if ALL:
        return [(name, point) for name in names for point in POINTS]
    points = [point for point in POINTS if point != "table taken"]  # which only jobs with tables reach
    numbers = range(max(CHOSEN, len(names)))
    picked = [(names[each % len(names)], points[(each + each // len(names)) % len(points)]) for each in numbers]
    return [*picked, ("outputs", "table taken")]


@pytest.fixture(scope="session")
def world(tmp_path_factory, make_report):
    """The database of a server that has something of everything that examples ask for."""
    path = tmp_path_factory.mktemp("world") / "wats.db"
    with Sandbox(db=path, token=TOKEN) as wats, pyWATS(wats.url, TOKEN, rate_limit=None, trust_env=False) as api:
        wats.seed(
            products=[{"partNumber": "A-1", "name": "There already"}, "WIDGET-001"],
            reports=[make_report(number) for number in range(REPORTS)],
        )
        api.asset.create_asset_type("Meter", calibration_interval=100)
        (meter,) = (each for each in api.asset.get_asset_types() if each.type_name == "Meter")
        for number in range(3):
            due = NOW + timedelta(days=20 * number + 1)
            api.asset.create_asset(f"M{number}", meter.type_id, next_calibration_date=due)
        package = api.software.create_package("tester", "The program of the tester")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("tester/main.txt", "measure")
        api.software.upload_zip(package.package_id, content.getvalue())
        api.software.submit_for_review(package.package_id)
        api.software.release_package(package.package_id)
    return path


@pytest.fixture(scope="session")
def start():
    """Runs jobs, and is told how they ended."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "job_victim.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
            "PYTHONPATH": str(ROOT),
        },
    ) as process:

        def started(**order):
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield started
        process.stdin.close()


class Site:
    """A folder in which an example runs, with a server of its own."""

    def __init__(self, path, example, wats, start):
        self.path, self.example, self._start = path, example, start
        self._environ = {"WATS_BASE_URL": wats.url, "WATS_AUTH_TOKEN": TOKEN}
        self._told, self._temporary = (path.with_name(f"{path.name}-{name}") for name in ("told", "temporary"))
        self._told.mkdir()
        self._temporary.mkdir()
        path.mkdir()
        shutil.copytree(CONFIGS / "demo" / "inbox", path / "inbox")
        (path / "products.csv").write_text("part_number,name,description\nA-1,New,x\n0012,Box,\n0013,Lid,\n")
        self._given = self._files()

    def run(self, point=None, nth=0):
        return self._start(
            folder=str(self.path),
            environ=self._environ,
            temporary=str(self._temporary),
            started=NOW.isoformat(),
            arguments=["run", str(JOBS[self.example]), "--json"],
            out=str(self._told / "out"),
            err=str(self._told / "err"),
            reached=str(self._told / "reached"),
            point=point,
            nth=nth,
        )

    @property
    def reached(self):
        return json.loads((self._told / "reached").read_text())

    @property
    def said(self):
        return "".join((self._told / name).read_text() for name in ("out", "err"))

    def _files(self):
        kept = (path for path in self.path.rglob("*") if path.is_file() and path.parts[len(self.path.parts)] != "var")
        return {str(path.relative_to(self.path)): _content(path) for path in kept}

    def left(self):
        """What the example has made, how far it has read, and what is left to do."""
        files = {name: content for name, content in self._files().items() if self._given.get(name) != content}
        with closing(sqlite3.connect(self.path / "var" / "jobs.db")) as state:
            marks = state.execute("SELECT job, step, mark FROM mark ORDER BY job, step").fetchall()
            left = state.execute("SELECT (SELECT count(*) FROM intent), (SELECT count(*) FROM part)").fetchall()
        return files, marks, left, list(self._temporary.iterdir())


def _content(path):
    """Return the bytes of a file; of DuckDB, whose files are never the same, the tables."""
    if path.suffix != ".duckdb":
        return path.read_bytes()
    with duckdb.connect(str(path), read_only=True) as database:
        names = sorted(name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall())
        return {name: database.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall() for name in names}


@pytest.fixture(scope="session")
def undisturbed(world, start, tmp_path_factory):
    """What an example leaves after so many runs, and how often the last of them reached each point."""
    known = {}

    def found(example, runs):
        if (example, runs) not in known:
            root = tmp_path_factory.mktemp("undisturbed")
            database = shutil.copy(world, root / "wats.db")
            with Sandbox(db=database, token=TOKEN) as wats:
                site = Site(root / "site", example, wats, start)
                for _ in range(runs):
                    assert site.run() == 0, site.said
                known[example, runs] = site.left(), site.reached
        return known[example, runs]

    return found


def spread(example, point, most):
    """Which of so many times that a point is reached are tried: one by lot, or some over the whole run."""
    if not ALL:
        return [random.Random(f"{example} {point}").randint(1, most)]
    return sorted({1 + number * (most - 1) // (SPREAD - 1) for number in range(SPREAD)})


def test_every_point_is_among_the_chosen():
    assert {point for _, point in cases()} == set(POINTS)
    assert {example for example, _ in cases()} == set(JOBS)


@pytest.mark.parametrize(("example", "point"), cases())
def test_an_example_that_is_killed_and_started_again_leaves_what_another_leaves(
    world, start, undisturbed, tmp_path, example, point
):
    most = undisturbed(example, 1)[1].get(point, 0)
    if not most:
        pytest.skip(f"{example} reaches no such point")
    expected, _ = undisturbed(example, 2 if point == "marks moved" else 1)  # a run has ended when its marks have moved
    for nth in spread(example, point, most):
        root = tmp_path / str(nth)
        root.mkdir()
        with Sandbox(db=shutil.copy(world, root / "wats.db"), token=TOKEN) as wats:
            site = Site(root / "site", example, wats, start)
            assert site.run(point, nth) == -signal.SIGKILL, site.said
            assert site.run() == 0, site.said
            assert site.left() == expected, f"killed at {point}, time {nth}"


@pytest.mark.parametrize("example", JOBS)
def test_an_example_gives_the_same_files_twice_from_the_same_state(world, start, undisturbed, tmp_path, example):
    with Sandbox(db=shutil.copy(world, tmp_path / "wats.db"), token=TOKEN) as wats:
        site = Site(tmp_path / "site", example, wats, start)
        assert site.run() == 0, site.said
        assert site.left() == undisturbed(example, 1)[0]
        assert site.left()[0]
