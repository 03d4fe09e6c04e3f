"""The page about the sandbox says what there is, and its examples run."""

import re
from pathlib import Path

import pytest

from pywats.sandbox import Fault, Sandbox
from pywats.sandbox.faults import read_faults
from pywats.sandbox.odata_sql import _FUNCTIONS
from pywats.sandbox.report.export import ORIGIN

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "sandbox.md").read_text("utf-8")


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_in_python_runs(capsys):
    exec(examples("python")[0], {})
    assert capsys.readouterr().out == "Widget [200, 503, 200]\n"


def test_the_example_for_pytest_runs(pytester):
    pytester.makepyfile(examples("python")[1])
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_file_of_faults_is_one(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(examples("yaml")[0], "utf-8")
    assert [(fault.times, fault.skip) for fault in read_faults(path)] == [(3, 0), (1, 10)]


@pytest.mark.parametrize(
    "name", [*Fault.model_fields, *(name for name, _ in _FUNCTIONS), ORIGIN, "page_limit", "read_only_token="]
)
def test_it_is_on_the_page(name):
    assert re.search(rf"`{re.escape(name)}", PAGE)


def test_every_public_name_of_the_sandbox_has_its_words():
    for name, member in vars(Sandbox).items():
        assert name.startswith("_") or member.__doc__, name
