"""Runs the command line for `python -m referee`."""

from __future__ import annotations

import sys

from referee.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
