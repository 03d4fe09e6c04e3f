"""Files that are there whole or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Write a file into a folder, over one of the same name; until all of it is on disk, its name is a hidden one."""
    path = folder / name
    with NamedTemporaryFile(dir=folder, prefix=f".{name}.", suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise
    return path
