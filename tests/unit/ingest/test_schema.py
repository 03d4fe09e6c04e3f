"""The configuration of the daemon: what it may say, what it means, and where a mistake stands."""

from pathlib import Path

import pytest

from pywats.config import load
from pywats.errors import ConfigurationError
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.schema import IngestConfig

ROOT = Path(__file__).resolve().parents[3]

SMALLEST = """
kind: ingest
server: {base_url: "https://wats.example.com", token: "secret-token"}
sources:
  - {name: ict, watch: /data/ict}
"""


def loaded(tmp_path, text, **environ):
    path = tmp_path / "ingest.yaml"
    path.write_text(text)
    return load(path, IngestConfig, environ=environ).value


def refusal(tmp_path, text):
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, text)
    return str(caught.value)


def test_the_smallest_file_and_what_holds_unless_it_is_said(tmp_path):
    config = loaded(tmp_path, SMALLEST)
    (source,) = config.sources
    assert (source.pattern, source.converter, source.settle, source.on_collision) == ("*", "auto", 2.0, "hold")
    assert (source.archive_folder, source.quarantine_folder) == (Path("/data/ict/done"), Path("/data/ict/bad"))
    assert (config.spool.path, config.spool.max_size) == (Path("var/spool.db"), 2 * 1024**3)
    assert (config.limits.concurrency, config.limits.rate_limit.rate) == (20, 500)
    assert config.filling_of(source) == Filling()


def test_what_a_source_says_about_its_reports_goes_before_the_station_of_all(tmp_path):
    config = loaded(
        tmp_path,
        "kind: ingest\nserver: {base_url: https://wats.example.com, token: abc}\n"
        "station: {name: ICT-1, location: Oslo}\n"
        "sources:\n"
        "  - {name: a, watch: a, timezone: Europe/Oslo, defaults: {operator: anna, location: Moss}}\n"
        "  - {name: b, watch: b, station: {name: AOI}, override: {process: 20},"
        " fields: {operator: {hash: a-long-secret}}}\n",
    )
    first, second = map(config.filling_of, config.sources)
    assert first.defaults == {"station": "ICT-1", "location": "Moss", "operator": "anna"}
    assert first.zone == "Europe/Oslo"
    assert (second.defaults, second.override) == ({"station": "AOI"}, {"process": 20})
    assert second.keys == {"operator": b"a-long-secret"}
    assert "a-long-secret" not in f"{config!r} {second!r}"


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ("folders: []\n", ":6:1: folders:", "unknown key"),
        ("stat: {port: 8321}\n", ":6:1: stat:", "unknown key"),
        ("spool: {path: a.db, max_size: 3}\n", ":6:", "spool.max_size"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, more, place, words):
    text = refusal(tmp_path, SMALLEST + more)
    assert place in text
    assert words in text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{name: ict}", "sources[0].watch: is missing"),
        ("{name: ict, watch: /d, converter: xml}", 'there is no converter "xml"; it is auto, one of: wsjf, wsxf'),
        ("{name: ict, watch: /d, settle: soon}", "sources[0].settle"),
        ("{name: ict, watch: /d, on_collision: drop}", "sources[0].on_collision"),
        ("{name: ict, watch: /d, timezone: Europe/Olso}", 'there is no time zone "Europe/Olso"'),
        ("{name: ict, watch: /d, timezone: ../passwd}", 'there is no time zone "../passwd"'),
        ("{name: ict, watch: /d, override: {processs: 10}}", "sources[0].override.processs: unknown key"),
        ("{name: ict, watch: /d, fields: {operator: {hash: short}}}", "sources[0].fields.operator.hash"),
        ("{name: ict, watch: /d, converter: no.such}", 'converter "no.such" cannot be imported: ModuleNotFoundError'),
        ("{name: ict, watch: /d, converter: json.decoder}", '"json.decoder" is no converter: it has no SUFFIXES'),
        ("{name: ict, watch: /d, encoding: utf-88}", 'sources[0].encoding: there is no encoding "utf-88"'),
        ("{name: ict, watch: /d, options: {a: 1}}", "sources[0].options: they belong to a converter"),
        (
            "{name: ict, watch: /d, converter: wsjf, options: {\n a: 1}}",
            ":6:2: sources[0].options.a: unknown key, none is",
        ),
        (
            "{name: ict, watch: /d, converter: spea, options: {\n part_nmber: program}}",
            (
                ":6:2: sources[0].options.part_nmber: unknown key, allowed here: part_number, serial_number, dates "
                '(did you mean "part_number"?)'
            ),
        ),
        (
            "{name: ict, watch: /d, converter: csv, options: {step: {name: a,\n  vlaue: b}}}",
            ":6:3: sources[0].options.step.vlaue: unknown key, allowed here: name, value, low, high",
        ),
        (
            "{name: ict, watch: /d, converter: stdf, options: {\n times: gmt}}",
            ':6:9: sources[0].options.times: must be "local" or "utc", not "gmt"',
        ),
        ("{name: 'a/b', watch: /d}", "sources[0].name"),
        ("{name: ict, watch: /d, archive: /d}", "three different folders"),
        ("{name: ict, watch: /d, archive: /x, quarantine: /d/../x}", "three different folders"),
        ("{name: a, watch: /d, archive: /e}\n  - {name: b, watch: /e}", '"a" moves files into /e, which "b" watches'),
        ("{name: ict, watch: /d}\n  - {name: ict, watch: /e}", 'two sources are called "ict"'),
    ],
)
def test_a_mistake_in_a_source_is_named(tmp_path, source, words):
    head = SMALLEST.partition("  - ")[0]
    assert words in refusal(tmp_path, f"{head}  - {source}\n")


def test_without_a_source_there_is_nothing_to_do(tmp_path):
    assert "sources" in refusal(tmp_path, SMALLEST.partition("sources:")[0] + "sources: []\n")


def test_the_token_is_in_no_text_of_the_configuration(tmp_path):
    assert "secret-token" not in repr(loaded(tmp_path, SMALLEST))


@pytest.mark.parametrize("name", ["ingest.yaml", "demo/ingest.yaml"])
def test_the_examples_are_right(tmp_path, name):
    (tmp_path / "token").write_text("t0ken\n")
    environ = {
        "WATS_BASE_URL": "https://wats.example.com",
        "WATS_AUTH_TOKEN": "t0ken",
        "WATS_TOKEN_FILE": str(tmp_path / "token"),
    }
    assert load(ROOT / "configs" / name, IngestConfig, environ=environ).value.sources


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "station-7"])
def test_a_page_that_others_can_reach_needs_a_password(tmp_path, host):
    text = refusal(tmp_path, f'{SMALLEST}status: {{host: "{host}", port: 80}}\n')
    assert "ingest.yaml:6:9: status: " in text
    assert f"others can reach {host}: give a password" in text
    assert loaded(tmp_path, f'{SMALLEST}status: {{host: "{host}", password: long enough}}\n').status.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_a_page_on_this_machine_needs_none(tmp_path, host):
    status = loaded(tmp_path, f'{SMALLEST}status: {{host: "{host}"}}\n').status
    assert (status.host, status.port, status.password) == (host, 8321, None)


def test_there_is_no_page_unless_it_is_given(tmp_path):
    assert loaded(tmp_path, SMALLEST).status is None
    assert loaded(tmp_path, f"{SMALLEST}status: {{}}\n").status.port == 8321


@pytest.mark.parametrize("url", ["hooks.example.com", "ftp://x/s3cret", "http://", "https://x:0/s3cret"])
def test_a_webhook_is_an_address_and_is_not_shown(tmp_path, url):
    text = refusal(tmp_path, f'{SMALLEST}alerts: {{webhook: "{url}"}}\n')
    assert "ingest.yaml:6:19: alerts.webhook: must be an address such as" in text
    assert "s3cret" not in text


def test_the_log_and_the_alerts_are_off_or_plain_unless_something_is_said(tmp_path):
    config = loaded(tmp_path, SMALLEST)
    assert (config.alerts, config.log.level, config.log.format, config.log.file) == (None, None, "console", None)
    config = loaded(
        tmp_path, f"{SMALLEST}alerts: {{webhook: https://x/y}}\nlog: {{file: a.log, rotate: {{size: 1MiB}}}}\n"
    )
    assert len(config.alerts.on) == 4
    assert (config.log.rotate.size, config.log.rotate.keep) == (1024**2, 5)
