"""The reference page names everything that a user can write or meet."""

from pathlib import Path

import pytest

from pywats.ingest.converters.registry import BUILT_IN, find
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import (
    AlertsBlock,
    ClientBlock,
    ConvertBlock,
    IngestConfig,
    LogBlock,
    SourceBlock,
    SpoolBlock,
    StatusBlock,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "ingest.md"
CONVERTERS = PAGE.with_name("converters.md")


@pytest.mark.parametrize(
    "word",
    [
        *IngestConfig.model_fields,
        *SpoolBlock.model_fields,
        *StatusBlock.model_fields,
        *LogBlock.model_fields,
        *AlertsBlock.model_fields,
        *ClientBlock.model_fields,
        *SourceBlock.model_fields,
        *ConvertBlock.model_fields,
        *State,
        *Reason,
        *Kind,
    ],
)
def test_the_page_names_it(word):
    assert f"`{word}`" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_page_of_converters_names_each_one_and_its_options(name):
    page = CONVERTERS.read_text(encoding="utf-8")
    for word in (name, *find(name).Options.model_fields):
        assert f"`{word}" in page
