"""Files that are there whole or not at all."""

import os
import secrets
from pathlib import Path


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Write a file into a folder, over one of the same name; until all of it is on disk, its name is a hidden one."""
    path = folder / name
    part = folder / f".{name[:100]}.{secrets.token_hex(4)}.part"
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path
