"""Which database `referee migrations status` looks at: what its address means for a project.

A relative file of SQLite is taken from where Prisma takes it: up to version 6 from the folder of
the file with the datasource, since version 7 from that of `prisma.config.*`, or the working folder
where there is none. It deliberately opens no connection, and takes no address from a project's own
files: those are for programs that may change the database.

Source: the pull request "resolve datasource paths relative to the config" of Prisma 7
(prisma/orm#28514), which tells how it was before as well.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from referee.cli.judging import shown_path
from referee.cli.migrations_status import URL_VARIABLE
from referee.migrations.database.urls import Address, parse_url
from referee.project.migrations import MigrationsPlace
from referee.project.migrations_version import has_address_in_config, prisma_major
from referee.project.reading import SourceText, read_source
from referee.project.roots import SchemaFiles
from referee.rules.words import listed


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address, and sentences about what was chosen.

    `missing` says, as the end of a sentence, that there is no such file, and where it was looked
    for.
    """

    address: Address
    remarks: tuple[str, ...] = ()
    missing: str | None = None


def find_address(
    url: str, schema: SchemaFiles, place: MigrationsPlace, folder: Path
) -> FoundAddress:
    """Return what an address means for a project; `folder` is the working folder. Raises BadUrl."""
    address = parse_url(url, folder)
    if address.file is None:
        return FoundAddress(address)
    if parse_url(url).file == address.file:  # not a relative one
        missing = f"there is no file `{shown_path(address.file, folder)}`"
        return FoundAddress(address, missing=None if address.file.is_file() else missing)
    major = prisma_major(schema.root, working_folder=folder)
    places = dict.fromkeys(
        file
        for base in _bases(schema, place, folder, major)
        if (file := parse_url(url, base).file) is not None
    )
    files = list(dict.fromkeys(file.resolve() for file in places))
    there = [file for file in files if file.is_file()]
    if not there:
        looked = listed([shown_path(file, folder) for file in files], joint="or")
        return FoundAddress(Address("sqlite", file=files[0]), missing=f"there is no file {looked}")
    remark = _remark_on_choice(files, there, major, folder)
    return FoundAddress(Address("sqlite", file=there[0]), () if remark is None else (remark,))


def _remark_on_choice(
    files: Sequence[Path], there: Sequence[Path], major: int | None, folder: Path
) -> str | None:
    """Say which of the files that may be meant was taken, where that may surprise."""
    taken, *others = (shown_path(file, folder) for file in there)
    is_as_prisma = major is not None and there[0] == files[0]
    if others:
        why = f", which Prisma {major} takes" if is_as_prisma else ""
        return (
            f"The address names more than one file; this is `{taken}`{why}, and not "
            f"{listed(others)}."
        )
    if major is None or is_as_prisma:
        return None
    wanted = shown_path(files[0], folder)
    return f"This is `{taken}`; Prisma {major} would take `{wanted}`, which is not there."


def address_elsewhere(schema: SchemaFiles, place: MigrationsPlace, folder: Path) -> str | None:
    """Say how to hand over the address that a project's own files name; None where none is seen.

    What they hold is not shown, but for a file of SQLite, which is no secret.
    """
    for path, pattern in (
        *((file, _IN_DATASOURCE) for file in schema.files),
        *([(place.config, _IN_CONFIG)] if place.config is not None else []),
    ):
        source = read_source(path)
        if not isinstance(source, SourceText):
            continue
        for found in pattern.finditer(source.text):
            said = shown_path(path, folder)
            file = found["file"]
            if file is not None:
                return (
                    f"{said} names {file}, as in: referee migrations status --url "
                    f"{shlex.quote(file)}"
                )
            variable = found["variable"] or found["other"]
            if variable is not None:
                return (
                    f"{said} takes it from {variable}, as in: "
                    f'{URL_VARIABLE}="${variable}" referee migrations status '
                    "(a .env file is not read)"
                )
            return f"the one in {said} is not taken unasked"
    return None


_ADDRESS = (
    r"""(?:env\(\s*["'](?P<variable>\w+)["']\s*\)|process\.env\.(?P<other>\w+)"""
    r"""|["'](?P<file>file:[^"'\s]*)["']|["'])"""
)
_IN_DATASOURCE = re.compile(rf"(?m)^[ \t]*url[ \t]*=[ \t]*{_ADDRESS}")
_IN_CONFIG = re.compile(rf"(?m)^[^/\n]*\burl\s*:\s*{_ADDRESS}")
_DATASOURCE = re.compile(r"(?m)^[ \t]*datasource\s")


def _bases(
    schema: SchemaFiles, place: MigrationsPlace, folder: Path, major: int | None
) -> Iterator[Path]:
    """Yield the folders that a relative file may be meant from, that of Prisma first."""
    beside_config = folder if place.config is None else place.config.parent
    if major is None:
        yield from (folder, beside_config, _folder_of_datasource(schema))
    elif has_address_in_config(major):
        yield from (beside_config, folder, _folder_of_datasource(schema))
    else:
        yield from (_folder_of_datasource(schema), folder, beside_config)


def _folder_of_datasource(schema: SchemaFiles) -> Path:
    if len(schema.files) > 1:
        for path in schema.files:
            source = read_source(path)
            if isinstance(source, SourceText) and _DATASOURCE.search(source.text):
                return path.parent
    return schema.files[0].parent if len(schema.files) == 1 else schema.root
