"""Drafts and files for the tests of the spool, without any real file behind them."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pywats.ingest.spool.entry import Draft, Identity, SourceFile, made_id

MakeDraft = Callable[..., Draft]
MakeFile = Callable[..., SourceFile]


@pytest.fixture(scope="session")
def make_draft() -> MakeDraft:
    def make(
        number: int,
        *,
        sn: str | None = None,
        report_id: str | None = None,
        body: bytes | None = None,
        start: int | None = None,
        **fields: Any,
    ) -> Draft:
        body = body or b'{"report": %d}' % number
        return Draft(
            report_id=report_id or made_id(b"draft", number),
            body=body,
            digest=fields.pop("digest", None) or hashlib.sha256(body).digest(),
            position=fields.pop("position", 0),
            identity=Identity(
                fields.pop("type", "T"), sn or f"SN{number}", "PN", 10, number * 10_000_000 if start is None else start
            ),
            **fields,
        )

    return make


@pytest.fixture(scope="session")
def make_file() -> MakeFile:
    def make(
        number: int, *, name: str | None = None, content: bytes | None = None, backlog: bool = False
    ) -> SourceFile:
        name = name or f"{number}.json"
        return SourceFile(
            source="ict",
            path=Path("/in") / name,
            digest=hashlib.sha256(content or os.fsencode(name)).digest(),
            size=100,
            converter="wsjf",
            target=Path("/in/done") / name,
            backlog=backlog,
        )

    return make
