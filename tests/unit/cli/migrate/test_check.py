"""What a program for the vendor's client has to change is named line by line."""

import json
import re

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
