"""Calling a method of the client by its name."""

import json

import pytest

from pywats.sandbox import Sandbox

TOKEN = "t0ken-of-the-factory"


def report(number, **fields):
    return {
        "type": "T",
        "id": f"00000000-0000-4000-8000-{number:012}",
        "pn": "WIDGET-001",
        "sn": f"SN{number}",
        "rev": "A",
        "machineName": "FCT-1",
        "location": "Oslo",
        "purpose": "Production",
        "result": "P",
        "start": f"2025-03-03T08:00:{number % 60:02}+01:00",
        "startUTC": f"2025-03-03T07:00:{number % 60:02}Z",
        "processCode": 60,
        "processName": "Functional Test",
        "uut": {"user": "anna", "execTime": 1.5},
        "root": {
            "id": 0,
            "group": "M",
            "name": "Main",
            "status": "P",
            "stepType": "SequenceCall",
            "seqCall": {"path": "a.seq", "name": "a.seq", "version": "1"},
            "steps": [{"id": 1, "group": "M", "name": "Wait", "status": "D", "stepType": "Action"}],
        },
        **fields,
    }


@pytest.fixture
def server(monkeypatch):
    with Sandbox(token=TOKEN) as wats:
        monkeypatch.setenv("WATS_BASE_URL", wats.url)
        monkeypatch.setenv("WATS_AUTH_TOKEN", TOKEN)
        yield wats


def test_one_thing_is_printed_by_field(cli, server):
    server.seed(products=[{"partNumber": "A/B #1?%20 æ", "name": "Odd widget"}])
    outcome = cli("call", "product.get_product", "A/B #1?%20 æ")
    assert outcome.code == 0
    assert "part_number  A/B #1?%20 æ" in outcome.lines
    assert "name         Odd widget" in outcome.lines


def test_json_is_one_document(cli, server):
    server.seed(products=["X"])
    outcome = cli("call", "product.get_product", "--part-number", "X", "--json")
    assert json.loads(outcome.out)["part_number"] == "X"


def test_what_is_not_there_is_said_and_coded(cli, server):
    outcome = cli("call", "product.get_product", "X")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "nothing found\n")
    assert cli("call", "product.get_product", "X", "--json").out == "null\n"
    assert server.requests


def test_a_scalar_is_printed_as_it_is(cli, server):
    outcome = cli("call", "analytics.get_version")
    assert outcome.code == 0
    assert outcome.out.count(".") == 3
    assert server.requests[-1].path == "/api/App/Version"


def test_a_list_is_a_table_or_a_json_list(cli, server):
    server.seed(products=["X", "Y"])
    table = cli("call", "product.get_products")
    assert table.lines[0].startswith("part_number")
    assert [line.split()[0] for line in table.lines[1:]] == ["X", "Y"]
    assert [each["part_number"] for each in json.loads(cli("call", "product.get_products", "--json").out)] == ["X", "Y"]


def test_an_empty_list_is_no_failure(cli, server):
    outcome = cli("call", "product.get_products")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "nothing found\n")
    assert server.requests


def test_a_stream_is_printed_row_by_row(cli, server):
    server.seed(reports=[report(number) for number in range(1, 6)])
    words = ("call", "report.iter_uut_headers", '{"part_number": "WIDGET-001"}', "--max-items", "3")
    table = cli(*words)
    assert table.code == 0
    assert len(table.lines) == 4
    lines = cli(*words, "--page-size=2", "--json").lines
    assert [json.loads(line)["part_number"] for line in lines] == ["WIDGET-001"] * 3


def test_a_stream_of_nothing(cli, server):
    outcome = cli("call", "report.iter_uut_headers")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "nothing found\n")
    assert server.requests


def test_bytes_come_out_as_they_were_sent(cli, server, tmp_path):
    body = json.dumps(report(7), indent=3).encode()
    file = tmp_path / "report.json"
    file.write_bytes(body)
    sent = cli("call", "report.submit_report_json", f"@{file}")
    assert sent.code == 0, sent.err
    assert server.report_bytes() == [body]
    back = cli("call", "report.get_report_json", report(7)["id"])
    assert json.loads(back.out)["sn"] == "SN7"


def test_raw_calls_print_the_answer(cli, server):
    outcome = cli("call", "http.get", "/api/App/Version")
    assert outcome.code == 0
    assert outcome.out.strip().strip('"').count(".") == 3
    assert server.requests


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["product.get_prodct", "X"], ["get_prodct", "product.get_product"]),
        (["prodct.get_product", "X"], ["prodct", "product"]),
        (["get_product", "X"], ["DOMAIN.METHOD"]),
        (["product._send", "X"], ["_send"]),
        (["product.get_product"], ["part_number is missing", "PART_NUMBER"]),
        (["product.get_product", "X", "--revison", "A"], ["--revison"]),
        (["report.iter_uut_headers", "--page-sise", "3"], ["--page-sise", "page_size"]),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_right_one(cli, server, words, parts):
    outcome = cli("call", *words)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err
    assert not server.requests


def test_a_wrong_token_is_refused_by_whom_and_read_from_where(cli, server, tmp_path):
    file = tmp_path / "token"
    file.write_text("an0ther-token-entirely")
    outcome = cli("call", "analytics.get_version", "--token-file", file)
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert server.url in outcome.err
    assert str(file) in outcome.err
    assert "an0ther-token-entirely" not in outcome.err


def test_no_server_and_no_token_are_said_before_anything_is_sent(cli, monkeypatch):
    assert "WATS_BASE_URL" in cli("call", "analytics.get_version").err
    monkeypatch.setenv("WATS_BASE_URL", "http://127.0.0.1:9")
    outcome = cli("call", "analytics.get_version")
    assert outcome.code == 2
    assert "WATS_AUTH_TOKEN" in outcome.err


@pytest.mark.parametrize("content", [b"", b"  \n", b"two words\n", b"\xff\xfe\xff", "tøken".encode()])
def test_a_token_file_that_holds_no_token(cli, server, tmp_path, content):
    file = tmp_path / "token"
    file.write_bytes(content)
    outcome = cli("call", "analytics.get_version", "--token-file", file)
    assert outcome.code == 2
    assert str(file) in outcome.err
    assert outcome.err.count("\n") == 1
    assert not server.requests


def test_the_server_of_a_configuration_file(cli, server, tmp_path, monkeypatch):
    monkeypatch.delenv("WATS_BASE_URL")
    file = tmp_path / "job.yaml"
    file.write_text(
        f'kind: job\nname: x\nserver: {{base_url: "{server.url}", token: "${{WATS_AUTH_TOKEN}}"}}\n'
        "steps:\n  - {id: version, call: analytics.get_version}\n"
    )
    assert cli("call", "analytics.get_version", "--config", file).code == 0
    both = cli("call", "analytics.get_version", "--config", file, "--base-url", server.url)
    assert both.code == 2
    assert "either" in both.err


def test_a_server_that_is_down_is_a_failure_with_its_reason(cli, server):
    server.down()
    outcome = cli("call", "analytics.get_version")
    assert outcome.code == 1
    assert "refused" in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_list_of_methods(cli):
    outcome = cli("call", "--list")
    assert outcome.code == 0
    assert "product.get_product PART_NUMBER" in outcome.lines
    assert any(line.startswith("report.iter_uut_headers [filter=…]") for line in outcome.lines)
    one = cli("call", "--list", "report", "--json")
    names = [json.loads(line)["name"] for line in one.lines]
    assert names
    assert all(name.startswith("report.") for name in names)
    assert all(json.loads(line)["summary"] for line in one.lines)


def test_the_list_of_a_domain_that_is_not_there(cli):
    outcome = cli("call", "--list", "prodct")
    assert outcome.code == 2
    assert 'did you mean "product"' in outcome.err
