"""Runs Referee with the libraries that came with the extension, or with those of the environment.

    python run.py useBundled|fromEnvironment ARGUMENT...

The extension starts everything through this file: it never runs a module by name, since Python
would look for that in the folder it is started in. It deliberately knows no argument of Referee.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

BUNDLED = Path(__file__).resolve().parent.parent
DISTRIBUTION = "prisma-referee"
# Compiled libraries are built for the stable interface of this Python and later ones.
OLDEST_FOR_COMPILED = (3, 11)


def main(words: list[str]) -> int:
    """Make Referee importable as the first word says, run it, and return its exit code."""
    strategy, *arguments = words
    # Python put the folder of this file first; nothing is to be imported from it.
    sys.path[:] = [entry for entry in sys.path if not is_here(entry)]
    if strategy != "fromEnvironment" or not is_installed():
        if strategy == "fromEnvironment":
            sys.stderr.write(
                f"There is no {DISTRIBUTION} in the environment of {sys.executable}, "
                "so the one that came with the extension runs.\n"
            )
        sys.path[:0] = libraries()
    from referee.cli.main import main as referee  # noqa: PLC0415

    return referee(arguments)


def is_here(entry: str) -> bool:
    return Path(entry or ".").resolve() == BUNDLED / "tool"


def is_installed() -> bool:
    try:
        importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def libraries() -> list[str]:
    folders = [BUNDLED / "libs"]
    if sys.version_info >= OLDEST_FOR_COMPILED:
        folders.append(BUNDLED / "compiled")
    return [str(folder) for folder in folders if folder.is_dir()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
