"""Whatever a file holds: a value or a ConfigurationError, never anything else."""

import contextlib
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from pywats.config import Block, Duration, LimitsBlock, ServerBlock, load, peek_kind
from pywats.errors import ConfigurationError


class Item(Block):
    name: str
    wait: Duration = 1.0
    free: dict[str, str | int | list[str]] = Field(default_factory=dict)


class Model(Block):
    kind: Literal["job"]
    server: ServerBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    items: list[Item] = Field(default_factory=list)


yaml_like = st.text(st.sampled_from(list("abk:-?{}[],&*#!|>'\"%@` \n\t$~0123.\\")), max_size=60)
words = st.sampled_from(
    ["kind", "job", "server", "base_url", "token", "items", "name", "wait", "free", "limits", "rate"]
)
scalars = st.one_of(
    words, yaml_like, st.integers().map(str), st.floats().map(str), st.just("${file:.}"), st.just("${A:-")
)
lines = st.builds(lambda indent, key, value: f"{' ' * indent}{key}: {value}", st.integers(0, 6), words, scalars)
texts = st.one_of(st.text(), yaml_like, st.lists(lines).map("\n".join))
contents = st.one_of(st.binary(max_size=200), texts.map(lambda text: text.encode("utf-8", "surrogatepass")))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=contents)
def test_any_file_loads_or_is_a_configuration_error(tmp_path: Path, content: bytes):
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    for read in (lambda: load(path, Model, environ={}), lambda: peek_kind(path)):
        with contextlib.suppress(ConfigurationError):
            read()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=8, max_size=30),
    key=st.sampled_from(["kind", "items", "limits", "unknown"]),
)
def test_a_secret_never_shows_wherever_it_is_used(tmp_path: Path, secret: str, key: str):
    path = tmp_path / "c.yaml"
    path.write_text(f"{key}: '${{THE_TOKEN}}'\nserver: {{base_url: http://x, token: '${{THE_TOKEN}}'}}\n")
    with pytest.raises(ConfigurationError) as caught:
        load(path, Model, environ={"THE_TOKEN": secret})
    assert secret not in str(caught.value)

    path.write_text("kind: job\nserver: {base_url: http://x, token: '${THE_TOKEN}'}\nitems: [{name: '${THE_TOKEN}'}]\n")
    loaded = load(path, Model, environ={"THE_TOKEN": secret})
    assert secret not in loaded.show() + repr(loaded)
