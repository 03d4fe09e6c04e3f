"""Starting and stopping: in a thread, in a process, with a database file."""

import asyncio
import json
import signal
import socket
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from waiting import PATIENCE, running, until

from pywats.errors import ConfigurationError
from pywats.sandbox import Sandbox, serve

SERVE = "import sys; from pywats.sandbox import serve; serve(**eval(sys.argv[1]))"


def test_stopping_keeps_the_state_and_the_port(client, make_report):
    wats = Sandbox().start()
    http = client(wats.url, wats.token)
    http.submit(make_report(1))
    url = wats.url
    wats.down()
    with pytest.raises(ConnectionRefusedError):
        http.get("/api/App/Version")
    if sys.platform == "linux":  # nobody is given the port meanwhile
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", wats.port))
    assert len(wats.reports()) == 1
    wats.up()
    assert wats.url == url
    assert len(http.headers_of()) == 1
    wats.close()
    assert not any(thread.name == "wats-sandbox" for thread in threading.enumerate())


def test_starting_and_stopping_twice_is_no_mistake():
    wats = Sandbox()
    assert "stopped" in repr(wats)
    wats.stop()
    assert wats.start() is wats.start()
    assert wats.url in repr(wats)
    assert wats.token not in repr(wats)
    wats.close()
    wats.stop()


def test_a_taken_port_is_an_error_with_words(wats):
    with pytest.raises(ConfigurationError, match=f"port {wats.port}"), Sandbox(port=wats.port):
        pass


def test_an_impossible_address_is_an_error_with_words():
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.7"), Sandbox(host="203.0.113.7"):
        pass


def test_ipv6_addresses_stand_in_brackets(client):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Sandbox(host="::1") as wats:
        assert wats.url.startswith("http://[::1]:")
        assert client(wats.url, wats.token).get("/api/App/Version").status == 200


def test_each_has_a_token_of_its_own(wats):
    other = Sandbox()
    assert other.token != wats.token
    other.close()


@pytest.mark.parametrize("token", ["", "two words", "line\n", "æ"])
def test_a_token_that_no_header_carries_is_refused(token):
    with pytest.raises(ConfigurationError, match="token"):
        Sandbox(token=token)


def test_many_threads_may_ask_and_control_at_once(client, make_report):
    with Sandbox() as wats, ThreadPoolExecutor(16) as pool:
        http = client(wats.url, wats.token)

        def work(number):
            assert http.submit(make_report(number)).status == 200
            wats.seed(products=[f"P{number}"])
            return wats.received(make_report(number)["id"])

        assert sum(pool.map(work, range(100))) == 100
        assert len(wats.reports()) == 100


async def test_control_from_a_running_loop(wats):
    await asyncio.sleep(0)
    wats.seed(products=["X"])
    assert wats.reports() == []


def test_seeding(http, wats, make_report):
    reports = [make_report(1), json.dumps(make_report(2)).encode()]
    wats.seed(products=["X", {"partNumber": "Y", "name": "y"}], reports=reports)
    assert http.get("/api/Product/Y").json()["name"] == "y"
    assert len(http.headers_of()) == 2
    assert wats.received(make_report(1)["id"]) == 0


def test_a_wrong_seed_says_what_is_wrong_and_stores_nothing(http, wats, make_report):
    with pytest.raises(ValueError, match="sn is required"):
        wats.seed(products=["X"], reports=[make_report(1), make_report(2, sn=None)])
    with pytest.raises(ValueError, match="partNumber"):
        wats.seed(products=["X", {}])
    assert (http.get("/api/Product/X").status, wats.reports()) == (404, [])


def test_clearing_forgets_everything(http, wats, make_report):
    http.submit(make_report(1))
    stamp = http.headers_of()[0]["timeStamp"]
    http.put("/api/Product/Vendors", {"name": "Acme"})
    wats.fail("*", status=500)
    wats.remove_process(60)
    wats.clear()
    assert (wats.requests, wats.reports(), wats.received(make_report(1)["id"])) == ([], [], 0)
    assert http.get("/api/Product/Query").json() == http.get("/api/Product/Vendors").json() == []
    assert http.submit(make_report(1)).status == 200
    assert http.headers_of()[0]["timeStamp"] > stamp


def test_the_processes_can_be_read(wats):
    codes = {process.code: process.kind for process in wats.processes}
    assert {10, 20, 30, 50, 90} <= {code for code, kind in codes.items() if kind == "test"}
    assert codes[500] == "repair"


def test_a_file_keeps_the_state(tmp_path, client, make_report):
    path = tmp_path / "wats.db"
    with Sandbox(db=path, processing_delay=3600) as wats:
        http = client(wats.url, wats.token)
        http.submit(make_report(1))
        wats.process_now()
        http.submit(make_report(2))
    with Sandbox(db=path, processing_delay=3600) as wats:
        assert [report["sn"] for report in wats.reports()] == ["SN00001"]
        assert wats.queued() == 1
        wats.process_now()
        assert len(wats.reports()) == 2


def test_what_waits_in_a_file_is_processed_when_it_is_due(tmp_path, client, make_report):
    path = tmp_path / "wats.db"
    with Sandbox(db=path, processing_delay=3600) as wats:
        client(wats.url, wats.token).submit(make_report(1))
        assert wats.queued() == 1
        wats.world.database.run("UPDATE report_queue SET due = 0")
    with Sandbox(db=path) as wats:
        until(lambda: len(wats.reports()) == 1)


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE precious (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="another program"):
        Sandbox(db=path)
    assert path.read_bytes() == before


def test_files_that_are_no_database(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("precious text, not a database at all", "utf-8")
    for path, words in ((text, "cannot use"), (tmp_path / "gone" / "x.db", "cannot open")):
        with pytest.raises(ConfigurationError, match=words):
            Sandbox(db=path)
    assert text.read_text("utf-8") == "precious text, not a database at all"


def test_a_database_of_another_version(tmp_path):
    path = tmp_path / "wats.db"
    Sandbox(db=path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigurationError, match="another version"):
        Sandbox(db=path)


def serving(**options):
    return running([sys.executable, "-W", "error", "-c", SERVE, repr(options)])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_says_when_it_listens_and_ends_when_told(client, number):
    with serving(seed_demo=True) as process:
        words, _, url = process.stdout.readline().strip().rpartition(" ")
        assert words == "sandbox ready"
        assert url.startswith("http://127.0.0.1:")
        assert client(url, "sandbox").get("/api/Product/WIDGET-001").json()["name"] == "Widget"
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_process_with_options(tmp_path, client):
    with serving(token="mine", db=str(tmp_path / "x.db"), rate_limit="1/3600s", latency_ms=1) as process:
        http = client(process.stdout.readline().split()[-1], "mine")
        assert [http.get("/api/App/Version").status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_others_can_only_reach_it_with_a_token_of_ones_own(host):
    with pytest.raises(ConfigurationError, match=r"give it a token \(--token\)"):
        serve(host=host)


def test_a_process_that_cannot_listen(wats):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ConfigurationError, match=f"port {wats.port}"):
        serve(port=wats.port)
    assert signal.getsignal(signal.SIGINT) is before
