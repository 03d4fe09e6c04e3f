#!/usr/bin/env python3
"""The command line of a checkout: ``python run.py demo`` is ``pywats demo`` without an installation."""

import sys


def run() -> int:
    """Return the exit code of the command line; 1 with one line of advice when a dependency is missing."""
    try:
        from pywats.cli import main
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] in {"pywats", "workers"}:
            raise
        sys.stderr.write(
            f"run.py: the package {missing.name!r} is missing for {sys.executable}.\n"
            "Run `make demo`, which makes .venv, or `pip install -e .` in an environment of your own.\n"
        )
        return 1
    return main()


if __name__ == "__main__":
    sys.exit(run())
