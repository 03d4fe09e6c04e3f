"""Fixtures of the configuration tests: a folder to write files into, with the working directory in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file into the working directory and return its relative path, as a user would give it."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str | bytes, name: str = "c.yaml") -> Path:
        path = Path(name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)
        return path

    return write_file
