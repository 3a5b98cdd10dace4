"""Writes folder trees for the tests of this layer, and asks the product about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from referee.project.roots import Discovery, SchemaFiles, find_schemas

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
USER = "model User {\n  id Int @id\n}\n"
POST = "model Post {\n  id Int @id\n}\n"
# User and Post mention each other, so that neither file is complete without the other.
USER_OF_POSTS = "model User {\n  id Int @id\n  posts Post[]\n}\n"
POST_OF_USER = (
    "model Post {\n  id Int @id\n  author User @relation(fields: [a], references: [id])\n}\n"
)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts by relative path; a path that ends in `/` makes an empty folder."""
    for name, text in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def discover(folder: Path, *names: str, **settings: object) -> Discovery:
    """Find the schemas of some paths with `folder` as the working folder."""
    paths = [Path(name) for name in names or (".",)]
    return find_schemas(paths, working_folder=folder, **settings)  # type: ignore[arg-type]


def found(folder: Path, *names: str, **settings: object) -> list[list[str]]:
    """Return the files of every schema, relative to `folder`."""
    return [files_of(schema, folder) for schema in discover(folder, *names, **settings).schemas]


def files_of(schema: SchemaFiles, folder: Path) -> list[str]:
    return [relative(path, folder) for path in schema.files]


def focus_of(schema: SchemaFiles, folder: Path) -> list[str] | None:
    return None if schema.focus is None else sorted(relative(p, folder) for p in schema.focus)


def relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder.resolve()).as_posix()


def reasons(folder: Path, discovery: Discovery) -> dict[str, str]:
    """Return the sentences of the notes by path relative to `folder`."""
    return {relative(note.path, folder): note.sentence for note in discovery.notes}
