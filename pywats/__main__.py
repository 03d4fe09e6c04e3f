"""``python -m pywats``: the command line, for where the ``pywats`` script is not on the path."""

import sys

from pywats.cli import main

if __name__ == "__main__":
    sys.exit(main())
