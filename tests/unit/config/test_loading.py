"""Loading files into models: values, overlays, messages, secrets."""

import textwrap
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from pywats.config import Block, Duration, LimitsBlock, ServerBlock, Size, StationBlock, load, peek_kind
from pywats.errors import ConfigurationError
from workers.limiter import RateLimit


class Source(Block):
    name: str
    watch: Path
    settle: Duration = 2.0
    on: Literal["hold", "send", "shift"] = "hold"
    options: dict[str, str | int] = Field(default_factory=dict)


class Example(Block):
    kind: Literal["ingest"]
    server: ServerBlock
    station: StationBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    sources: list[Source] = Field(default_factory=list)
    max_size: Size = 2 * 1024**3


SECRET = "t0p-s3cret-token"
ENVIRON = {"URL": "https://wats.example.com/", "TOKEN": SECRET}
HEAD = 'kind: ingest\nserver: {base_url: "${URL}", token: "${TOKEN}"}\n'


def problems(write, text):
    path = write(textwrap.dedent(text))
    with pytest.raises(ConfigurationError) as caught:
        load(path, Example, environ=ENVIRON)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    return str(caught.value)


def test_a_right_file_becomes_its_model(write):
    text = f"""{HEAD}station: {{name: "${{STATION:-S1}}", location: Oslo}}
limits: {{rate: 100/10s, pace: 20/s, concurrency: "5"}}
sources:
  - {{name: ict, watch: /data/ict, settle: 500ms, on: send, options: {{delimiter: ";", skip: 3}}}}
max_size: 100MB
"""
    value = load(write(text), Example, environ=ENVIRON).value
    assert value.server.base_url == "https://wats.example.com"
    assert value.server.token.get_secret_value() == SECRET
    assert value.station == StationBlock(name="S1", location="Oslo")
    assert value.limits.rate_limit == RateLimit(100, 10.0, 20.0)
    assert value.limits.concurrency == 5
    assert value.sources == [
        Source(name="ict", watch=Path("/data/ict"), settle=0.5, on="send", options={"delimiter": ";", "skip": 3})
    ]
    assert value.max_size == 100_000_000


def test_no_limit_is_said_by_a_word(write):
    assert (
        load(write(HEAD + "limits: {rate: none, pace: 5/s}\n"), Example, environ=ENVIRON).value.limits.rate_limit
        is None
    )


CASES = {
    "no key at all is right": (
        "a: 1",
        (
            "c.yaml:1:1: a: unknown key, allowed here: kind, server, station, limits, sources, max_size\n"
            "c.yaml:1:1: kind: is missing; it is required here\n"
            "c.yaml:1:1: server: is missing; it is required here"
        ),
    ),
    "unknown key": (
        HEAD + "sorces: []",
        (
            "c.yaml:3:1: sorces: unknown key, allowed here: kind, server, station, limits, sources, max_size "
            '(did you mean "sources"?)'
        ),
    ),
    "unknown key in another case": (
        HEAD + "Sources: []",
        (
            "c.yaml:3:1: Sources: unknown key, allowed here: kind, server, station, limits, sources, max_size "
            '(did you mean "sources"?)'
        ),
    ),
    "unknown key in a block": (
        HEAD + "limits:\n  rate: 1/1s\n  concurency: 5",
        (
            "c.yaml:5:3: limits.concurency: unknown key, allowed here: rate, pace, concurrency "
            '(did you mean "concurrency"?)'
        ),
    ),
    "unknown key in a block that may be absent": (
        HEAD + "station: {name: x, locaton: y}",
        'c.yaml:3:20: station.locaton: unknown key, allowed here: name, location, purpose (did you mean "location"?)',
    ),
    "unknown key in a list": (
        HEAD + "sources:\n  - name: x\n    watch: y\n    setle: 2s",
        (
            "c.yaml:6:5: sources[0].setle: unknown key, allowed here: name, watch, settle, on, options "
            '(did you mean "settle"?)'
        ),
    ),
    "missing key points at its mapping": (
        HEAD + "sources:\n  - name: x",
        "c.yaml:4:5: sources[0].watch: is missing; it is required here",
    ),
    "missing server": ("kind: ingest", "c.yaml:1:1: server: is missing; it is required here"),
    "missing token": (
        "kind: ingest\nserver:\n  base_url: https://x",
        "c.yaml:3:3: server.token: is missing; it is required here",
    ),
    "wrong kind": (
        HEAD.replace("ingest", "ingst"),
        'c.yaml:1:7: kind: must be "ingest", not "ingst" (did you mean "ingest"?)',
    ),
    "number for text": (
        HEAD + "sources: [{name: 12, watch: x}]",
        "c.yaml:3:18: sources[0].name: must be text, not 12; put it in quotes",
    ),
    "decimal for text": (
        HEAD + "station: {name: 1.10}",
        "c.yaml:3:17: station.name: must be text, not 1.1; put it in quotes",
    ),
    "nothing for text": (HEAD + "station: {name: }", "c.yaml:3:17: station.name: must be text, not empty"),
    "empty text": (
        HEAD + "station: {name: ''}",
        "c.yaml:3:17: station.name: must have 1 or more characters, not 0",
    ),
    "text for a list": (HEAD + "sources: x", 'c.yaml:3:10: sources: must be a list, not "x"'),
    "mapping for a list": (HEAD + "sources: {name: x}", "c.yaml:3:10: sources: must be a list, not a mapping"),
    "text for a mapping": (
        HEAD + "limits: 500/60s",
        'c.yaml:3:9: limits: must be a mapping with the keys rate, pace, concurrency, not "500/60s"',
    ),
    "list for a mapping": (
        HEAD + "limits: []",
        "c.yaml:3:9: limits: must be a mapping with the keys rate, pace, concurrency, not a list",
    ),
    "mapping for text": (
        HEAD + "station: {name: {a: b}}",
        "c.yaml:3:17: station.name: must be text, not a mapping",
    ),
    "text for a number": (
        HEAD + "limits: {concurrency: many}",
        'c.yaml:3:23: limits.concurrency: must be a whole number, not "many"',
    ),
    "fraction for a whole number": (
        HEAD + "limits: {concurrency: 1.5}",
        "c.yaml:3:23: limits.concurrency: must be a whole number, not 1.5",
    ),
    "number out of range": (
        HEAD + "limits: {concurrency: 0}",
        "c.yaml:3:23: limits.concurrency: must be greater than or equal to 1, not 0",
    ),
    "wrong choice": (
        HEAD + "sources: [{name: x, watch: y, on: sent}]",
        'c.yaml:3:35: sources[0].on: must be "hold", "send" or "shift", not "sent" (did you mean "send"?)',
    ),
    "wrong in every branch of a union": (
        HEAD + "sources: [{name: x, watch: y, options: {a: [1]}}]",
        "c.yaml:3:44: sources[0].options.a: must be text or a whole number, not a list",
    ),
    "number that fits no branch": (
        HEAD + "sources: [{name: x, watch: y, options: {a: 1.5}}]",
        "c.yaml:3:44: sources[0].options.a: must be text or a whole number, not 1.5; put it in quotes",
    ),
    "wrong time": (
        HEAD + "sources: [{name: x, watch: y, settle: 2 secs}]",
        "c.yaml:3:39: sources[0].settle: must be a time such as 500ms, 2s, 5m, 1h or 7d",
    ),
    "wrong size": (HEAD + "max_size: lots", "c.yaml:3:11: max_size: must be a size such as 512KiB, 100MB or 2GiB"),
    "wrong rate": (
        HEAD + "limits: {rate: 500}",
        'c.yaml:3:16: limits.rate: must be requests per time such as "500/60s", or the word none for no limit',
    ),
    "empty rate": (
        HEAD + "limits: {rate: }",
        'c.yaml:3:16: limits.rate: must be requests per time such as "500/60s", or the word none for no limit',
    ),
    "wrong pace": (
        HEAD + "limits: {pace: fast}",
        'c.yaml:3:16: limits.pace: must be starts per second, above zero, such as "50/s"',
    ),
    "wrong address": (
        "kind: ingest\nserver: {base_url: wats, token: '${TOKEN}'}",
        "c.yaml:2:20: server.base_url: 'wats' is not an address such as https://tenant.wats.com",
    ),
    "credentials in the address": (
        "kind: ingest\nserver: {base_url: 'https://u:p4ssw0rd@h', token: '${TOKEN}'}",
        "c.yaml:2:20: server.base_url: holds a user name or a password; give the token as token= instead",
    ),
    "wrong proxy": (
        "kind: ingest\nserver: {base_url: '${URL}', token: '${TOKEN}', proxy: 'proxy:8080'}",
        "c.yaml:2:56: server.proxy: must be an address such as http://proxy.example.com:8080",
    ),
    "absent certificate file": (
        "kind: ingest\nserver: {base_url: '${URL}', token: '${TOKEN}', ca_file: absent.pem}",
        "c.yaml:2:58: server.ca_file: there is no file absent.pem",
    ),
    "time must not be zero": (
        "kind: ingest\nserver: {base_url: '${URL}', token: '${TOKEN}', timeout: 0s}",
        'c.yaml:2:58: server.timeout: must be greater than 0, not "0s"',
    ),
    "word for a flag": (
        "kind: ingest\nserver: {base_url: '${URL}', token: '${TOKEN}', verify_ssl: maybe}",
        'c.yaml:2:61: server.verify_ssl: must be true or false, not "maybe"',
    ),
    "number as a token": (
        "kind: ingest\nserver: {base_url: '${URL}', token: 31415926}",
        "c.yaml:2:37: server.token: must be text; put it in quotes",
    ),
    "empty token": (
        "kind: ingest\nserver: {base_url: '${URL}', token: ''}",
        "c.yaml:2:37: server.token: the token is empty",
    ),
    "token with a line break": (
        'kind: ingest\nserver: {base_url: "${URL}", token: "abc\\ndef"}',
        "c.yaml:2:37: server.token: the token holds a space, a line break or another character that no token can hold",
    ),
    "unset variable, and a mistake elsewhere": (
        "kind: ingest\nserver: {base_url: '${URI}', token: '${TOKEN}'}\nsources: 1",
        (
            "c.yaml:2:20: server.base_url: ${URI}: the environment variable URI is not set; set it, or write "
            '${URI:-default} (did you mean "URL"?)\n'
            "c.yaml:3:10: sources: must be a list, not 1"
        ),
    ),
    "a value with control characters and of great length": (
        HEAD + f'sources: "\\e[31m{"x" * 100}"',
        f'c.yaml:3:10: sources: must be a list, not "\\x1b[31m{"x" * 55}…"',
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_one_line_with_its_place(write, text, message):
    assert problems(write, text) == message


def test_many_mistakes_are_cut_off(write):
    lines = problems(write, HEAD + "".join(f"k{n}: 1\n" for n in range(70))).splitlines()
    assert len(lines) == 51
    assert lines[-1] == "… and 20 more problems"


def test_an_overlay_merges_mappings_and_replaces_the_rest(write):
    base = HEAD + "limits: {rate: 100/10s, concurrency: 5}\nsources: [{name: a, watch: a}, {name: b, watch: b}]\n"
    first = write("limits: {concurrency: 6}\nsources: [{name: c, watch: c}]\n", "one.yaml")
    second = write("limits: {pace: 7/s}\n", "two.yaml")
    loaded = load(write(base), Example, overlays=[first, second], environ=ENVIRON)
    assert loaded.value.limits == LimitsBlock(rate=RateLimit(100, 10.0), pace=7.0, concurrency=6)
    assert [source.name for source in loaded.value.sources] == ["c"]
    assert loaded.origin("limits", "concurrency") == "one.yaml:1:23"
    assert loaded.origin("limits", "pace") == "two.yaml:1:16"
    assert loaded.origin("limits", "rate") == "c.yaml:3:16"


def test_a_mistake_of_an_overlay_is_placed_in_the_overlay(write):
    overlay = write("limits:\n  concurency: 6\n", "one.yaml")
    with pytest.raises(ConfigurationError) as caught:
        load(write(HEAD + "limits: {concurrency: 5}"), Example, overlays=[overlay], environ=ENVIRON)
    assert str(caught.value).startswith("one.yaml:2:3: limits.concurency: unknown key, ")


def test_what_an_overlay_replaces_need_not_resolve(write):
    overlay = write('server: {base_url: "${URL}"}', "one.yaml")
    path = write(HEAD.replace("${URL}", "${ABSENT}"))
    assert load(path, Example, overlays=[overlay], environ=ENVIRON).value.server.base_url == "https://wats.example.com"


def test_a_secret_file_of_an_overlay_is_looked_up_beside_the_overlay(write, tmp_path):
    (tmp_path / "station").mkdir()
    write("from-the-file", "station/token")
    overlay = write('server: {token: "${file:token}"}', "station/one.yaml")
    loaded = load(write(HEAD), Example, overlays=[overlay], environ=ENVIRON)
    assert loaded.value.server.token.get_secret_value() == "from-the-file"
    assert loaded.origin("server", "token") == f"the file {Path('station/token')} ({Path('station/one.yaml')}:1:17)"


def test_the_origin_of_a_token_can_be_named(write):
    loaded = load(write(HEAD), Example, environ=ENVIRON)
    assert loaded.origin("server", "token") == "the environment variable TOKEN (c.yaml:2:37)"
    assert loaded.origin("server", "proxy") == "default"


def test_a_later_error_names_the_place_of_its_value(write):
    loaded = load(write(HEAD + "sources:\n  - {name: a, watch: b}\n"), Example, environ=ENVIRON)
    error = loaded.error(("sources", 0, "watch"), f"is not a folder; {SECRET}")
    assert str(error) == "c.yaml:4:22: sources[0].watch: is not a folder; ***"


def test_show_gives_every_effective_value_and_its_origin(write):
    text = f"""{HEAD}station: {{name: "${{STATION:-S1}}"}}
sources: [{{name: ict, watch: /data, options: {{password: hunter22}}}}]
"""
    shown = load(write(text), Example, environ=ENVIRON).show()
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "kind: ingest # c.yaml:1:7",
        "server.base_url: https://wats.example.com/ # the environment variable URL (c.yaml:2:20)",
        "server.token: *** # the environment variable TOKEN (c.yaml:2:37)",
        "server.proxy: none # default",
        "server.ca_file: none # default",
        "server.verify_ssl: true # default",
        "server.timeout: 30.0 # default",
        "server.trust_env: true # default",
        "station.name: S1 # the default of ${STATION} (c.yaml:3:17)",
        "station.location: # default",
        "station.purpose: # default",
        "limits.rate: 500/60s # default",
        "limits.pace: none # default",
        "limits.concurrency: 20 # default",
        "sources[0].name: ict # c.yaml:4:18",
        "sources[0].watch: /data # c.yaml:4:30",
        "sources[0].settle: 2.0 # default",
        "sources[0].on: hold # default",
        "sources[0].options.password: *** # c.yaml:4:57",
        "max_size: 2147483648 # default",
    ]


def test_show_keeps_a_value_of_many_lines_on_one(write):
    text = HEAD + "sources:\n  - name: |\n      two\n      lines\n    watch: x\n"
    shown = load(write(text), Example, environ=ENVIRON).show()
    assert 'sources[0].name: "two\\nlines\\n"' in shown


def test_secrets_are_in_no_text_of_a_loaded_file(write):
    write("file-s3cret", "note")
    text = f"""kind: ingest
server: {{base_url: "${{URL}}", token: "${{TOKEN}}", proxy: "http://user:pr0xypass@proxy:8080"}}
station: {{name: "${{file:note}}"}}
sources: [{{name: x, watch: y, options: {{copy: "{SECRET}"}}}}]
"""
    loaded = load(write(text), Example, environ=ENVIRON)
    texts = [loaded.show(), repr(loaded), str(loaded), repr(loaded.value.server), repr(loaded.tree), *loaded.warnings]
    for secret in (SECRET, "pr0xypass", "file-s3cret"):
        assert not [text for text in texts if secret in text]
    assert "server.proxy: http://***@proxy:8080" in loaded.show()
    assert loaded.scrub(f"a {SECRET} b http://user:pw@host/") == "a *** b http://***@host/"


def test_a_wrong_value_that_is_secret_is_not_printed(write):
    text = "kind: ingest\nserver: {base_url: '${TOKEN}', token: '${TOKEN}'}\nlimits: {concurrency: '${TOKEN}'}"
    assert problems(write, text) == (
        "c.yaml:2:20: server.base_url: '***' is not an address such as https://tenant.wats.com\n"
        "c.yaml:3:23: limits.concurrency: must be a whole number"
    )


@pytest.mark.parametrize("kind", ["ingest", "job"])
def test_the_kind_is_read_without_the_rest(write, kind):
    assert peek_kind(write(f"a: '${{ABSENT}}'\nkind: {kind}\n")) == kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "c.yaml:1:1: kind: is missing; it is ingest or job"),
        ("a: 1\nkind: jobs", 'c.yaml:2:7: kind: must be ingest or job (did you mean "job"?)'),
        ("kind: [job]", "c.yaml:1:7: kind: must be ingest or job"),
        ("kind: 5", "c.yaml:1:7: kind: must be ingest or job"),
        ("kind:", "c.yaml:1:6: kind: must be ingest or job"),
    ],
)
def test_a_missing_or_unknown_kind_is_named(write, text, message):
    with pytest.raises(ConfigurationError) as caught:
        peek_kind(write(text))
    assert str(caught.value) == message


class AtLeastTwo(Block):
    lines: tuple[Source, ...] = Field(min_length=2)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            "[{name: a, watch: a, on: of}, {name: b, watch: b, settle: soon}]",
            (
                'c.yaml:1:33: lines[0].on: must be "hold", "send" or "shift", not "of"\n'
                "c.yaml:1:66: lines[1].settle: must be a time such as 500ms, 2s, 5m, 1h or 7d"
            ),
        ),
        ("[{name: a, watch: a}]", "c.yaml:1:8: lines: must have 2 or more items, not 1"),
    ],
)
def test_a_list_is_too_short_only_if_it_is(write, lines, says):
    with pytest.raises(ConfigurationError) as caught:
        load(write(f"lines: {lines}\n"), AtLeastTwo)
    assert str(caught.value) == says


class WithShared(Example):
    include: str | None = None


def test_shared_blocks_come_from_an_included_file_and_give_way(write, tmp_path):
    (tmp_path / "token.txt").write_text(SECRET)
    (tmp_path / "token.txt").chmod(0o600)
    (tmp_path / "shared.yaml").write_text(
        'server: {base_url: "${URL}", token: "${file:token.txt}", timeout: 5s}\nlimits: {concurrency: 3}\n'
    )
    loaded = load(write("kind: ingest\ninclude: shared.yaml\nserver: {timeout: 9s}\n"), WithShared, environ=ENVIRON)
    assert loaded.value.server.token.get_secret_value() == SECRET
    assert (loaded.value.server.timeout, loaded.value.limits.concurrency) == (9.0, 3)
    assert str(loaded.place("limits", "concurrency")).endswith("shared.yaml:2:23")


def test_an_included_file_holds_shared_blocks_only(write, tmp_path):
    (tmp_path / "shared.yaml").write_text(HEAD.replace("kind: ingest\n", "") + "surver: {}\nsteps: []\n")
    with pytest.raises(ConfigurationError) as caught:
        load(write("kind: ingest\ninclude: shared.yaml\n"), WithShared, environ=ENVIRON)
    said = "is no shared block, an included file holds server, station, limits, vars"
    lines = [line.partition("shared.yaml:")[2] for line in str(caught.value).splitlines()]
    assert lines == [f'2:1: surver: {said} (did you mean "server"?)', f"3:1: steps: {said}"]
