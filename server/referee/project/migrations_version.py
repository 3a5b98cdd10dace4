"""Tells which version of Prisma a project uses: the one installed, else the one it asks for.

It reads files and runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from referee.project.borders import repository_root, upward
from referee.project.reading import SourceText, read_source
from referee.project.settings_file import PACKAGE_NAME

if TYPE_CHECKING:
    from referee.ddl.of_schema import JoinTableForm

# Since then the join table of an implicit many-to-many relation has a primary key.
_FIRST_WITH_KEY = 6
# Since then the address of a database stands in `prisma.config.*`, no longer in the datasource.
_FIRST_WITH_ADDRESS_IN_CONFIG = 7
_PACKAGES = ("prisma", "@prisma/client")
_DEPENDENCIES = ("devDependencies", "dependencies", "peerDependencies", "optionalDependencies")
_NUMBER = re.compile(r"\d+")
_RANGE = re.compile(r"(?:npm:[^@]*@)?[\^~=v<>\s]*(?P<major>\d+)(?:[.\s-]|\Z)")


def prisma_major(folder: Path, *, working_folder: Path) -> int | None:
    """Return the major version of Prisma that a folder's project uses; None if it is not known.

    A range that allows several, such as `>=5`, tells nothing.
    """
    last = repository_root(folder, working_folder=working_folder)
    places = list(upward(folder, last))
    for place in places:
        for package in _PACKAGES:
            content = _json(place / "node_modules" / package / PACKAGE_NAME)
            found = _NUMBER.match(str(content.get("version", "")))
            if found is not None:
                return int(found.group())
    for place in places:
        for written in _ranges(_json(place / PACKAGE_NAME)):
            major = _major_of(written)
            if major is not None:
                return major
    return None


def has_address_in_config(major: int) -> bool:
    """Tell whether a version of Prisma takes the address of a database from `prisma.config.*`."""
    return major >= _FIRST_WITH_ADDRESS_IN_CONFIG


def join_table_form(major: int | None) -> JoinTableForm | None:
    """Return the form that a version of Prisma gives to join tables; None if it is not known."""
    if major is None:
        return None
    return "primary-key" if major >= _FIRST_WITH_KEY else "unique-index"


def _ranges(package: Mapping[str, object]) -> Iterator[str]:
    for name in _PACKAGES:
        for key in _DEPENDENCIES:
            dependencies = package.get(key)
            written = dependencies.get(name) if isinstance(dependencies, dict) else None
            if isinstance(written, str):
                yield written


def _major_of(written: str) -> int | None:
    if "||" in written or ">" in written or "<" in written:
        return None
    found = _RANGE.match(written)
    return None if found is None else int(found.group("major"))


def _json(path: Path) -> Mapping[str, object]:
    source = read_source(path)
    if not isinstance(source, SourceText):
        return {}
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
