"""Finds the folder of a schema's migrations, and reads what is in it.

It is where `referee.toml` says, or `migrations.path` of `prisma.config.*`, or beside the schema.
Which of its files are migrations, and what they say, is told by the layer `migrations`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from referee.project.borders import repository_root, upward
from referee.project.config_names import CONFIG_FOLDER, CONFIG_NAMES, CONFIG_NAMES_INSIDE
from referee.project.prisma_config import (
    UnknownPath,
    schema_in_config,
    text_in_config,
    texts_in_config,
)
from referee.project.reading import SourceText, read_source, real_path
from referee.project.roots import SchemaFiles
from referee.project.survey import MIGRATION_LOCK, SCHEMA_ENDING

if TYPE_CHECKING:
    from referee.migrations.history import History

FOLDER_NAME = "migrations"
# A name that some projects give the folder, which counts only where it has Prisma's layout.
_OTHER_FOLDER_NAME = "migration"
_SCRIPT = "migration.sql"
# Folders inside that are looked into for files that tell another layout.
_MOST_LOOKED_INTO = 40

PlacedBy = Literal["setting", "prisma-config", "folder"]


@dataclass(frozen=True, slots=True)
class MigrationsPlace:
    """Where the migrations of a schema are, or would be.

    `external` names the tables and enums that `prisma.config.*` says are made elsewhere. `doubt`
    says, as a sentence, why the place may be another one. `config` is the `prisma.config.*` that is
    for the schema.
    """

    path: Path
    placed_by: PlacedBy = "folder"
    is_there: bool = False
    external: tuple[str, ...] = ()
    doubt: str | None = None
    config: Path | None = None


def find_migrations(
    schema: SchemaFiles, *, working_folder: Path, configured: Path | None = None
) -> MigrationsPlace:
    """Return where the migrations of a schema are; `configured` is what the settings say.

    Raises nothing: what cannot be read is not there.
    """
    last = repository_root(schema.root, working_folder=working_folder)
    said = _said_by_prisma(schema, last)
    if configured is not None:
        return _place(real_path(configured), "setting", said)
    if said is not None and said.path is not None:
        return _place(said.path, "prisma-config", said)
    found = next((path for path in _candidates(schema, last) if os.path.isdir(path)), None)
    return _place(found or schema.root / FOLDER_NAME, "folder", said)


def read_migrations(folder: Path) -> History:
    """Return the history in a folder; an empty one if there is none."""
    from referee.migrations.history import history_of, is_of_interest  # noqa: PLC0415

    files: dict[str, bytes] = {}
    folders: list[str] = []
    looked_into = 0
    for entry in _entries(folder):
        if not entry.is_dir():
            files[entry.name] = _bytes(entry.path) if is_of_interest(entry.name) else b""
            continue
        folders.append(entry.name)
        script = os.path.join(entry.path, _SCRIPT)
        data = _bytes_if_there(script)
        if data is not None:
            files[f"{entry.name}/{_SCRIPT}"] = data
        elif looked_into < _MOST_LOOKED_INTO:
            looked_into += 1
            files.update(dict.fromkeys(_names_below(entry.path, entry.name), b""))
    return history_of(folder.as_posix(), files, folders)


def stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes whenever a file of the migrations does: names, times and sizes."""
    found: list[tuple[str, int, int]] = []
    for entry in _entries(folder):
        path = os.path.join(entry.path, _SCRIPT) if entry.is_dir() else entry.path
        try:
            status = os.stat(path)
        except OSError:
            found.append((entry.name, 0, 0))
        else:
            found.append((entry.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


# --- Where they may be ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What a `prisma.config.*` says."""

    config: Path
    path: Path | None
    external: tuple[str, ...]
    doubt: str | None


def _place(path: Path, placed_by: PlacedBy, said: _Said | None) -> MigrationsPlace:
    external = () if said is None else said.external
    doubt = said.doubt if said is not None and placed_by == "folder" else None
    config = None if said is None else said.config
    return MigrationsPlace(path, placed_by, os.path.isdir(path), external, doubt, config)


def _candidates(schema: SchemaFiles, last: Path) -> Iterator[Path]:
    yield schema.root / FOLDER_NAME
    is_file = len(schema.files) == 1
    above = schema.root.parent
    if schema.root != last and _belongs(above, schema):
        path = above / FOLDER_NAME
        if not is_file or _has_prisma_layout(path):
            yield path
    for folder in sorted({path.parent for path in schema.files} - {schema.root}):
        yield folder / FOLDER_NAME
    path = schema.root / _OTHER_FOLDER_NAME
    if _has_prisma_layout(path):
        yield path


def _belongs(folder: Path, schema: SchemaFiles) -> bool:
    """Tell whether a folder around a schema holds no file of another one."""
    return all(
        Path(entry.path) in schema.files or not entry.name.endswith(SCHEMA_ENDING)
        for entry in _entries(folder)
    )


def _has_prisma_layout(folder: Path) -> bool:
    if os.path.isfile(folder / MIGRATION_LOCK):
        return True
    return any(os.path.isfile(os.path.join(entry.path, _SCRIPT)) for entry in _entries(folder))


def _said_by_prisma(schema: SchemaFiles, last: Path) -> _Said | None:
    """Return what the nearest `prisma.config.*` upward says that is for this schema."""
    for folder in upward(schema.root, last):
        config = _config_in(folder)
        source = None if config is None else read_source(config)
        if config is None or not isinstance(source, SourceText):
            continue
        if _is_for(schema, config, folder, source.text):
            return _read_config(config, folder, source.text)
    return None


def _config_in(folder: Path) -> Path | None:
    names = {entry.name for entry in _entries(folder)}
    for name in CONFIG_NAMES:
        if name in names:
            return folder / name
    if CONFIG_FOLDER in names:
        for name in CONFIG_NAMES_INSIDE:
            if os.path.isfile(folder / CONFIG_FOLDER / name):
                return folder / CONFIG_FOLDER / name
    return None


def _is_for(schema: SchemaFiles, config: Path, folder: Path, text: str) -> bool:
    """Tell whether a config is for a schema: it names it, or does not say which it is for."""
    named = schema_in_config(text, config)
    if not isinstance(named, str):
        return True
    places = {real_path(place / named) for place in (config.parent, folder)}
    return any(place == schema.root or place in schema.files for place in places) or any(
        place in path.parents for place in places for path in schema.files
    )


def _read_config(config: Path, folder: Path, text: str) -> _Said:
    written = text_in_config(text, config, "migrations", "path")
    external = tuple(
        name
        for key in ("tables", "enums")
        for name in texts_in_config(text, config, key, "external")
    )
    if isinstance(written, UnknownPath):
        doubt = f"`{config.name}` {written.reason}, so its `migrations.path` is not known."
        return _Said(config, None, external, doubt)
    if written is None:
        return _Said(config, None, external, None)
    # Prisma starts from the config's folder; people often write what is right one folder above.
    places = [real_path(place / written) for place in dict.fromkeys((config.parent, folder))]
    path = next((place for place in places if os.path.isdir(place)), places[-1])
    return _Said(config, path, external, None)


# --- The disk ------------------------------------------------------------------------------------


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (OSError, ValueError):
        return []


def _bytes_if_there(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        # A script that cannot be read is there; it is judged as one that says nothing.
        return b""


def _bytes(path: str) -> bytes:
    return _bytes_if_there(path) or b""


def _names_below(folder: str, name: str) -> Iterator[str]:
    """Yield the files of a folder and of those directly in it, by their names from above."""
    for entry in _entries(folder):
        if entry.is_dir():
            for inner in _entries(entry.path):
                yield f"{name}/{entry.name}/{inner.name}"
        else:
            yield f"{name}/{entry.name}"
