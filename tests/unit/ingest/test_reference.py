"""The reference page names everything that a user can write or meet."""

from pathlib import Path

import pytest

from pywats.ingest.converters.registry import BUILT_IN
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import Reason, State
from pywats.ingest.schema import ClientBlock, ConvertBlock, IngestConfig, SourceBlock, SpoolBlock

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "ingest.md"


@pytest.mark.parametrize(
    "word",
    [
        *IngestConfig.model_fields,
        *SpoolBlock.model_fields,
        *ClientBlock.model_fields,
        *SourceBlock.model_fields,
        *BUILT_IN,
        *ConvertBlock.model_fields,
        *State,
        *Reason,
        *Kind,
    ],
)
def test_the_page_names_it(word):
    assert f"`{word}`" in PAGE.read_text(encoding="utf-8")
