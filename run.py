#!/usr/bin/env python3
"""The command line of a checkout: ``python run.py demo`` is ``pywats demo`` without an installation."""

import sys


def run() -> int:
    """Return the exit code of the command line; 1, after one line of advice, when it cannot be imported."""
    try:
        from pywats.cli import main

        return main()
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] in {"pywats", "workers"}:
            raise
        advice = (
            f"{sys.executable} has no package {missing.name!r}; use .venv/bin/python, which `make demo` makes, "
            "or install with `python -m pip install .`"
        )
    except ImportError as foreign:
        if foreign.name not in {"pywats", "workers"}:
            raise
        advice = str(foreign)
    sys.stderr.write(f"run.py: {advice}\n")
    return 1


if __name__ == "__main__":
    sys.exit(run())
