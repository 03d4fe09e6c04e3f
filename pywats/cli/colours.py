"""Whether there are colours: on a terminal, unless the variables ``NO_COLOR`` or ``FORCE_COLOR`` say otherwise."""

import os
from typing import TextIO


def wanted(stream: TextIO) -> bool:
    """Whether what is written to a stream has colours."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
