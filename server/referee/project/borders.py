"""Where a search upward ends: the repository and the package that a folder is in."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from pathlib import Path

PACKAGE_FILES = frozenset(
    {
        "package.json",
        "deno.json",
        "deno.jsonc",
        "pyproject.toml",
        "go.mod",
        "Cargo.toml",
    }
)
REPOSITORY_MARK = ".git"


def repository_root(folder: Path, *, working_folder: Path) -> Path:
    """Return the folder at which a search upward from `folder` ends, that folder included.

    It is the root of the git repository around `folder`. Outside a repository it is the working
    folder where that is above `folder`, or the nearest folder upward with a package file if that
    is further out; failing both, the nearest folder called `prisma`, and in the end `folder`.
    Both paths are absolute.
    """
    upward = [folder, *folder.parents]
    for place in upward:
        if os.path.exists(place / REPOSITORY_MARK):
            return place
    # The root of the disk holds too much to be a project, whoever works there.
    inhabited = upward[:-1]
    outermost = folder
    package = next((place for place in inhabited if _has_package_file(place)), None)
    if package is not None:
        outermost = package
    if working_folder in inhabited and len(working_folder.parts) < len(outermost.parts):
        outermost = working_folder
    if package is None and working_folder not in inhabited:
        outermost = next((place for place in inhabited if place.name == "prisma"), folder)
    return outermost


def upward(folder: Path, last: Path) -> Iterator[Path]:
    """Yield `folder` and the folders above it up to `last`, which must be one of them."""
    yield folder
    while folder not in (last, folder.parent):
        folder = folder.parent
        yield folder


def _has_package_file(folder: Path) -> bool:
    return any(os.path.isfile(folder / name) for name in PACKAGE_FILES)
