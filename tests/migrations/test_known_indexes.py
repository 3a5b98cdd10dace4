"""What the rules of missing indexes, and the hover, say of an index that only a migration makes."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.hover import hover_at
from referee.features.hover_parts import markdown_of
from referee.features.migration_judging import (
    MigrationOptions,
    judge_migrations,
    replay_history,
)
from referee.migrations.extensions import NAMESPACES
from referee.migrations.history import history_of
from referee.rules.settings import FOREIGN_SCHEMAS

SCHEMA = """datasource db {
  provider = "postgresql"
}

model Folder {
  id    Int    @id
  files File[]
}

model File {
  id        Int       @id
  folder    Folder    @relation(fields: [folderId], references: [id], onDelete: Cascade)
  folderId  Int
  name      String
  deletedAt DateTime? @map("deleted_at")
}
"""
TABLES = """
CREATE TABLE "Folder" ("id" INTEGER NOT NULL, CONSTRAINT "Folder_pkey" PRIMARY KEY ("id"));
CREATE TABLE "File" (
    "id" INTEGER NOT NULL,
    "folderId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "deleted_at" TIMESTAMP(3),
    CONSTRAINT "File_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "File" ADD CONSTRAINT "File_folderId_fkey" FOREIGN KEY ("folderId")
    REFERENCES "Folder"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"""


def judged(index: str) -> Snapshot:
    """Judge the schema beside migrations, the second of which makes an index."""
    session = Session()
    session.put("schema.prisma", SCHEMA)
    history = history_of(
        "migrations",
        {
            "1_init/migration.sql": TABLES.encode(),
            "2_index/migration.sql": index.encode(),
            "migration_lock.toml": b'provider = "postgresql"\n',
        },
    )
    options = MigrationOptions()
    replayed = replay_history(history, "postgresql", options)
    verdict = judge_migrations(history, replayed, session.snapshot().view, options)
    session.configure(session.snapshot().settings, verdict.known_indexes)
    return session.snapshot()


def told(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [
        (finding.code, finding.message)
        for finding in snapshot.findings()
        if finding.code.endswith("indexed-foreign-key")
    ]


def hover(snapshot: Snapshot, word: str) -> str:
    found = hover_at(snapshot, "schema.prisma", SCHEMA.index(word) + 1)
    assert found is not None
    return markdown_of(found.parts)


@pytest.mark.parametrize(
    "index",
    [
        'CREATE INDEX "by_folder" ON "File"("folderId", lower("name"));',
        'CREATE INDEX "by_folder" ON "File"("folderId") WHERE "folderId" IS NOT NULL;',
    ],
)
def test_a_key_that_an_index_of_a_migration_answers_draws_nothing_and_its_hover_names_it(
    index: str,
) -> None:
    snapshot = judged(index)
    assert told(snapshot) == []
    assert (
        "Indexed: the index `by_folder`, which only the migration `2_index` makes, answers which "
        "rows of `File` refer to a row." in hover(snapshot, "folder  ")
    )
    assert "In the index `by_folder` of the migration `2_index`" in hover(snapshot, "folderId  Int")


def test_a_partial_index_of_a_migration_is_told_with_the_rows_that_it_serves() -> None:
    snapshot = judged('CREATE INDEX "live" ON "File"("folderId") WHERE "deleted_at" IS NULL;')
    assert told(snapshot) == [
        (
            "partly-indexed-foreign-key",
            "The index `live` of the migration `2_index` does not answer the look-up of "
            '`File.folderId`, since it holds only rows with `"deleted_at" IS NULL`, for queries '
            "that ask for just those: each deleted `Folder` scans `File` and holds its locks "
            "meanwhile (`onDelete: Cascade`).",
        )
    ]
    text = hover(snapshot, "folder  ")
    assert (
        "the index `live`, which only the migration `2_index` makes, holds only rows with" in text
    )
    assert "so it is of no use here" in text
    assert 'for rows with `"deleted_at" IS NULL` only' in hover(snapshot, "folderId  Int")


def test_an_index_whose_first_part_is_another_expression_does_not_count() -> None:
    snapshot = judged('CREATE INDEX "odd" ON "File"(abs("folderId"));')
    assert [code for code, _ in told(snapshot)] == ["unindexed-foreign-key"]


@pytest.mark.parametrize(
    "index",
    [
        'CREATE INDEX "File_folderId_idx" ON "File"("folderId");',
        'CREATE INDEX "by_folder" ON "File" USING btree (("folderId")) INCLUDE ("name");',
    ],
)
def test_an_index_that_the_next_migration_drops_does_not_count(index: str) -> None:
    assert [code for code, _ in told(judged(index))] == ["unindexed-foreign-key"]


def test_the_schemas_of_extensions_are_foreign_by_default() -> None:
    for namespace in NAMESPACES:
        assert any(fnmatchcase(namespace, each) for each in FOREIGN_SCHEMAS), namespace


def test_a_model_of_an_extension_is_not_judged() -> None:
    session = Session()
    schema = SCHEMA.replace("  deletedAt", '  @@schema("cron")\n  deletedAt')
    session.put("schema.prisma", schema)
    assert told(session.snapshot()) == []
    session.put("schema.prisma", schema.replace("cron", "own"))
    assert [code for code, _ in told(session.snapshot())] == ["unindexed-foreign-key"]
