"""Makes a recorded failure happen again: `python -m tests.fuzz REPORT.json`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.edits import first_failure, read_failure


def main(words: list[str]) -> int:
    """Replay a report; return 1 if it still fails."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m tests.fuzz REPORT.json\n")
        return 2
    failure = read_failure(Path(words[0]))
    found = first_failure(failure.files, failure.steps)
    sys.stdout.write(f"{found.error if found is not None else 'It does not fail any more.'}\n")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
