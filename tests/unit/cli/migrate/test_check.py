"""What a program for the vendor's client has to change is named line by line."""

import json
import os
import re
import sys

import pytest
import yaml

import pywats
from pywats import PyWATSError
from pywats.cli.migrate import replacements
from pywats.cli.migrate.program import findings_in
from pywats.cli.migrate.surface import Surface, client_parameters
from pywats.client import pyWATS


@pytest.fixture(scope="module")
def surface():
    return Surface.read()


@pytest.fixture
def found(surface):
    def found(code):
        return [(each.line, each.found) for each in findings_in(code.encode(), surface)]

    return found


def test_what_is_written_for_this_client_has_nothing_to_change(found):
    assert not found("""
from pywats import AsyncPyWATS, NotFoundError, Product, WATSFilter, pyWATS

def look(api: pyWATS) -> Product | None:
    try:
        api.product.delete_product("X")
    except NotFoundError as error:
        print(error.status, error.path)
    return api.product.get_product(part_number="X")

async def main():
    async with AsyncPyWATS("https://wats.example.com", "t", timeout=5) as api:
        await api.report.query_uut_headers(WATSFilter(part_number="X"), top=5)
""")


def test_a_program_that_never_names_the_package_is_left_alone(found):
    assert not found("from requests import get\napi.product.get_products(nonsense=1)\napi.timeout = 5\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import pywats.core.retry", "import pywats.core.retry"),
        ("from pywats.core.retry import RetryConfig", "from pywats.core.retry import RetryConfig"),
        ("from pywats.domains.product import Product", "from pywats.domains.product import Product"),
        ("from pywats import SyncWATS", "from pywats import SyncWATS"),
        ("from pywats import *", "from pywats import *"),
        ("pywats.configure_throttling(max_requests=10)", "pywats.configure_throttling"),
        ("pywats.pyWATS(enable_cache=False)", "pyWATS(enable_cache=...)"),
        ("pywats.AsyncWATS('u', 't', None, 5, True, 'strict')", "AsyncWATS with 6 arguments by position"),
        ("api.timeout = 5", "timeout of a client is set"),
        ("api.retry_config = None", "retry_config of a client is set"),
        ("api.stations.add('x', None)", "stations of a client"),
        ("api.with_options(timeout=1).http_client", "http_client of a client"),
        ("api.product.get_products(top=3)", "product.get_products(top=...)"),
        ("pywats.RetryConfig(True, 3)", "RetryConfig with arguments by position"),
    ],
)
def test_a_line_that_differs_is_found(line, words, found):
    assert found(f"import pywats\napi = pywats.pyWATS()\n{line}\n") == [(3, words)]


@pytest.mark.parametrize(
    "client",
    [
        "from pywats import pyWATS as Client\nself.api = Client()\n",
        "from pywats import pyWATS\nwith pyWATS() as made:\n    self.api = made\n",
        "from pywats import pyWATS\nself.api: pyWATS = make()\n",
        "from pywats import pyWATS\ndef keep(self, api: 'pyWATS'):\n    self.api = api\n",
    ],
)
def test_a_client_is_known_however_it_was_come_by(client, found):
    (only,) = found(f"{client}\nself.api.timeout = 5\n")
    assert only[1] == "timeout of a client is set"


def test_waiting_for_not_found_around_a_look_up_is_found_with_the_line_of_the_call(found):
    program = """import pywats
from pywats import NotFoundError as Missing, ServerError
def known(api, number):
    try:
        unit = 1
        api.product.get_product(number)
        api.product.get_products()
    except (Missing, ServerError):
        return False
"""
    assert found(program) == [(8, "except NotFoundError around product.get_product in line 6")]


def test_attributes_of_errors_are_found_by_their_old_names_on_the_error_alone(found):
    program = """from pywats import ServerError
def send(api, body, other):
    try:
        api.report.submit_report(body)
    except ServerError as error:
        print(error.status_code, other.status_code)
    except ValueError:
        pass
"""
    assert found(program) == [(6, "error.status_code"), (7, "except ValueError around a report that is sent")]


def test_every_name_of_the_vendor_is_here_or_has_its_replacement(shared):
    facts = yaml.safe_load((shared / "wats" / "methods.yaml").read_text("utf-8"))
    names = {*facts["top_level_exports"], *facts["exceptions"]}
    names |= {name for exported in facts["domain_exports"].values() for name in exported}
    names |= {name for name in facts["core"] if name != "functions"} | set(facts["core"]["functions"])
    assert {name for name in names if name not in pywats.__all__ and not replacements.of_name(name)} == set()


def test_every_argument_and_attribute_of_the_vendors_clients_is_here_or_has_its_replacement(shared):
    clients = yaml.safe_load((shared / "wats" / "methods.yaml").read_text("utf-8"))["clients"]
    for client in (clients["pyWATS"], clients["AsyncWATS"]):
        arguments = {argument["name"] for argument in client["constructor"]}
        assert arguments - set(client_parameters()) - set(replacements.CONSTRUCTOR) == set()
        attributes = {*client["properties"], *client["methods"]}
        assert {name for name in attributes if not hasattr(pyWATS, name)} - set(replacements.ATTRIBUTES) == set()
        settable = {name for name, facts in client["properties"].items() if facts["settable"]}
        assert settable - set(replacements.ASSIGNED) == set()


def test_what_is_said_to_be_gone_is_gone():
    assert set(replacements.NAMES) & set(pywats.__all__) == set()
    assert set(replacements.CONSTRUCTOR) & set(client_parameters()) == set()
    assert [name for name in replacements.ATTRIBUTES if hasattr(pyWATS, name)] == []
    error = PyWATSError("x")
    assert [name for name in replacements.FACTS if hasattr(error, name)] == []


def test_the_methods_named_as_replacements_exist(surface):
    texts = [*replacements.NAMES.values(), *replacements.CONSTRUCTOR.values(), *replacements.ATTRIBUTES.values()]
    named = {name for text in texts for name in re.findall(r"api\.(\w+\.\w+)", text)}
    assert len(named) > 1
    assert named - set(surface.methods) == set()


def test_the_command_reads_folders_and_tells_places_for_editors(cli, tmp_path):
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "old.py").write_text("from pywats import ErrorMode\n")
    (tmp_path / "station" / "broken.py").write_text("def (\n")
    (tmp_path / "new.py").write_text("from pywats import pyWATS\n")
    for left_out in (".hidden", "__pycache__"):
        (tmp_path / left_out).mkdir()
        (tmp_path / left_out / "old.py").write_text("from pywats import ErrorMode\n")
    done = cli("migrate", "check", tmp_path)
    assert done.code == 1
    assert [line.partition(": ")[0] for line in done.lines] == [
        f"{tmp_path / 'station' / 'broken.py'}:1:1",
        f"{tmp_path / 'station' / 'old.py'}:1:20",
    ]
    assert done.err == "3 files, 2 places to change\n"


def test_the_command_writes_json_and_ends_with_0_when_nothing_is_to_change(cli, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import pywats\npywats.discover\n")
    (line,) = cli("migrate", "check", program, "--json").lines
    assert json.loads(line)["found"] == "pywats.discover"
    program.write_text("import pywats\n")
    assert cli("migrate", "check", program).code == 0


@pytest.mark.parametrize("content", [b"\x00", b"\xff\xfe", b"# -*- coding: nonsense -*-\n", b"(" * 5000])
def test_what_is_no_program_is_one_line(content, cli, tmp_path):
    (tmp_path / "odd.py").write_bytes(content)
    done = cli("migrate", "check", tmp_path)
    assert (done.code, len(done.lines)) == (1, 1)


@pytest.mark.parametrize("path", ["missing.py", "."])
def test_nothing_to_look_at_is_a_mistake_of_the_command_line(path, cli, tmp_path):
    assert cli("migrate", "check", tmp_path / path).code == 2


def test_what_a_star_brings_in_is_known(found):
    assert found("""
from pywats import *

api = SyncWATS(enable_cache=True)
try:
    api.product.get_product("X")
except NotFoundError:
    pass
""") == [
        (2, "from pywats import *"),
        (4, "SyncWATS"),
        (4, "SyncWATS(enable_cache=...)"),
        (7, "except NotFoundError around product.get_product in line 6"),
    ]


def test_aliases_and_handlers_around_others_are_seen_through(found):
    assert found("""
import pywats as pw
from pywats import NotFoundError as Gone, pyWATS as Client

api = Client()
try:
    try:
        api.asset.get_asset("1")
    finally:
        print("looked")
except (ValueError, Gone):
    pw.configure_throttling(max_requests=1)
""") == [
        (11, "except NotFoundError around asset.get_asset in line 8"),
        (12, "pywats.configure_throttling"),
    ]


def notebook(*cells):
    kinds = ({"cell_type": "code", "source": cell} for cell in cells)
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "from pywats import SyncWATS"}, *kinds]})


def test_a_notebook_is_read_cell_by_cell_without_its_magics(cli, tmp_path):
    (tmp_path / "analysis.ipynb").write_text(
        notebook(
            [
                "%matplotlib inline\n",
                "!pip install pywats-api\n",
                "from pywats import ErrorMode, pyWATS, NotFoundError\n",
            ],
            "%%bash\nfrom pywats import SyncWATS\n",
            "api = pyWATS()\ntry:\n    rows = await api.product.get_product('X')\nexcept NotFoundError:\n    %time 1\n",
            "files = !ls\napi.product?\nprint(\n",
        )
    )
    done = cli("migrate", "check", tmp_path)
    assert [line.removeprefix(f"{tmp_path}/analysis.ipynb:").split(": ")[:2] for line in done.lines] == [
        ["cell 1:3:20", "from pywats import ErrorMode"],
        ["cell 3:4:1", "except NotFoundError around product.get_product in line 3"],
        ["cell 4:3:1", "cannot be read as Python"],
    ]
    first, *_ = map(json.loads, cli("migrate", "check", tmp_path, "--json").lines)
    assert (first["cell"], first["line"], first["column"]) == (1, 3, 20)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": 1}', '{"cells": [1, {"cell_type": "code"}]}', "\x00"])
def test_a_notebook_that_is_none_is_at_most_one_line(content, cli, tmp_path):
    (tmp_path / "odd.ipynb").write_text(content)
    done = cli("migrate", "check", tmp_path)
    assert (done.code, len(done.lines)) in {(0, 0), (1, 1)}


def test_odd_files_are_read_and_foreign_folders_left_alone(cli, tmp_path):
    old = b"from pywats import SyncWATS\n"
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + old)
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n" + old)
    (tmp_path / "large.py").write_bytes(old + b"x = [1, 2, 3]\n" * 5_000)
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "venv" / "lib").mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    (tmp_path / "venv" / "lib" / "old.py").write_bytes(old)
    (tmp_path / "round").symlink_to(tmp_path)
    done = cli("migrate", "check", tmp_path)
    assert [line.split(":")[:2] for line in done.lines] == [
        [str(tmp_path / "bom.py"), "1"],
        [str(tmp_path / "large.py"), "1"],
        [str(tmp_path / "latin.py"), "3"],
    ]
    assert done.err == "4 files, 3 places to change\n"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_is_said_and_the_rest_looked_through(cli, tmp_path):
    for name in ("closed.py", "open.py"):
        (tmp_path / name).write_text("from pywats import SyncWATS\n")
    (tmp_path / "closed.py").chmod(0)
    (tmp_path / "shut").mkdir(mode=0)
    done = cli("migrate", "check", tmp_path)
    assert "Permission denied" in done.lines[0]
    assert "SyncWATS" in done.lines[1]
    assert "shut: cannot be looked into" in done.err
