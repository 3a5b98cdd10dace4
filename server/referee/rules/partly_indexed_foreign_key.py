"""An index starts with a column of the foreign key, but does not answer its look-up.

Either only an unselective column of a composite key leads the index (the tenant, say), so that
every look-up still reads all rows of that tenant; or the only index is one that the look-up
cannot use: a partial index leaves out rows that may refer to the parent, a BRIN index only
narrows down to stretches of the table, a full-text index answers other questions.
The second kind is a warning, since the look-up reads the whole table as if there were no index.

```prisma bad
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model Folder {
  id    Int    @id @default(autoincrement())
  files File[]
}

model File {
  id        Int       @id @default(autoincrement())
  folder    Folder    @relation(fields: [folderId], references: [id], onDelete: Cascade)
  folderId  Int
  deletedAt DateTime?

  @@index([folderId], where: { deletedAt: null }, map: "live_files")
}
```

```prisma good
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model Folder {
  id    Int    @id @default(autoincrement())
  files File[]
}

model File {
  id        Int       @id @default(autoincrement())
  folder    Folder    @relation(fields: [folderId], references: [id], onDelete: Cascade)
  folderId  Int
  deletedAt DateTime?

  @@index([folderId], where: { deletedAt: null }, map: "live_files")
  @@index([folderId])
}
```

The fix adds a full index beside the existing one, which stays as it is, and is safe.

Sources: PostgreSQL manual, "Multicolumn Indexes", "Partial Indexes" and "BRIN Indexes"; SQL Server
manual, "Create Filtered Indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.coverage import coverage_of
from referee.rules.foreign_key_index import (
    columns_text,
    consequence,
    delete_text,
    index_fixes,
    is_lookup,
    is_reported_officially,
    needs_index,
    related_places,
    said_once,
)
from referee.rules.rule import Finding, Rule, Severity, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import with_article
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "partly-indexed-foreign-key"

_WHY = {
    "partial": "it holds only the rows its `where` admits",
    "brin": "a BRIN index only narrows the search down to stretches of the table",
    "fulltext": "a full-text index does not answer equality",
}


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a foreign key that an index answers only in part."""
    return said_once(key, view, settings, _finding)


def _finding(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Finding | None:
    child, parent = view.model(key.child), view.model(key.parent)
    if child is None or parent is None or not needs_index(key, view):
        return None
    coverage = coverage_of(key, child, parent, view.indexes_known_elsewhere(key.child))
    if coverage.state != "partly":
        return None
    index = coverage.index
    assert index is not None
    severity: Severity = "information"
    if coverage.why == "leads":
        message = (
            f"Of {columns_text(key)} only `{index.column_names[0]}` is indexed "
            f"(`{index}`): deleting {with_article(key.parent)} reads all rows of `{key.child}` "
            f"that share it ({delete_text(key)})."
        )
    else:
        message = (
            f"`{index}` does not answer the look-up of {columns_text(key)}, since "
            f"{_WHY[coverage.why or 'partial']}: {consequence(key, view)}."
        )
        if not is_lookup(key.parent, settings):
            severity = "warning"
    return Finding(
        CODE,
        severity,
        message,
        relation_place(key, "fields"),
        key.child,
        key.columns,
        related=related_places(key, coverage),
        fixes=index_fixes(key, child, parent, view),
        is_official=is_reported_officially(key, child, view),
    )


RULE = Rule(
    code=CODE,
    family="missing-index",
    severity="information",
    severity_note="warning where only a partial, BRIN or full-text index leads",
    scope="relation",
    summary="A foreign key that an index answers only in part",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
    claims=("look-ups",),
    documented=("SQL Server", "CockroachDB", "MongoDB"),
)
