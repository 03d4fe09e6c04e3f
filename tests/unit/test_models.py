"""`pywats.models`: every payload, imported when it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pywats
from pywats import models

SOURCE = Path(models.__file__).read_text(encoding="utf-8")


def test_checkers_and_the_program_see_the_same_names():
    imported = {
        alias.name: node.module
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pywats.")
        for alias in node.names
    }
    assert imported == models._PLACES
    assert set(models.__all__) == set(models._PLACES)
    assert dir(models) == sorted(models.__all__)


@pytest.mark.parametrize("name", models.__all__)
def test_each_name_is_there_and_in_the_package_too(name):
    assert getattr(models, name) is getattr(pywats, name)


def test_every_payload_of_every_domain_is_collected():
    for path in sorted(Path(pywats.__file__).parent.glob("domains/*/models.py")):
        module = f"pywats.domains.{path.parent.name}.models"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        public = next(
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        )
        assert set(public) <= classes
        assert {name for name, place in models._PLACES.items() if place == module} == set(public)


def test_a_name_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="NoSuchThing"):
        _ = models.NoSuchThing


def test_nothing_is_loaded_before_it_is_used():
    script = "import sys, pywats.models; print(any(name.startswith('pywats.domains') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
