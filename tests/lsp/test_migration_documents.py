"""A migration that an editor tells of is no schema, and does not disturb the schemas beside it."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.editor import Editor
from tests.lsp.schemas import CODE, ONE_FINDING
from tests.project.folders import write

MIGRATION = "migrations/20260101000000_init/migration.sql"
CREATE = 'CREATE TABLE "User" ("id" INTEGER NOT NULL);\n'


def test_nothing_is_said_of_a_migration_as_if_it_were_a_schema(tmp_path: Path) -> None:
    write(tmp_path, {"schema.prisma": ONE_FINDING, MIGRATION: CREATE})
    editor = Editor(tmp_path)
    uri = editor.open(tmp_path / MIGRATION)
    editor.change(uri, {"text": f"{CREATE}{CREATE}"})
    assert editor.published(uri) == []
    assert editor.ask("textDocument/hover", editor.at(uri, 0, 5)) is None
    schema = editor.open(tmp_path / "schema.prisma")
    assert CODE in editor.codes(schema)
    assert editor.complaints() == []
