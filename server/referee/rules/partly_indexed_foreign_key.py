"""An index starts with a column of the foreign key, but does not answer its look-up.

Either only an unselective column of a composite key leads the index (the tenant, say), so that
every look-up still reads all rows of that tenant; or the only index is one that the look-up
cannot use: a partial index leaves out rows that may refer to the parent, a BRIN index only
narrows down to stretches of the table, a full-text index answers other questions.
The second kind is a warning, since the look-up reads the whole table as if there were no index.

What "in part" means for the first kind was executed with 50,000 rows of 5 tenants: each look-up
went through at least 18 % of the table or of the index (a tenant has 20 %), up to all of it, where
one by an index that answers the key went through less than 10 %.
The databases had the statistics of `ANALYZE`; without them SQLite takes either of two indexes that
one column of the key leads, so that one by the tenant may win over one that would answer it.

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

An index that only a migration makes counts like one of the schema: one that answers the look-up
keeps this rule and `unindexed-foreign-key` silent, and one that does not is told with its migration
and its condition. `WHERE "deletedAt" IS NULL`, say, serves queries for living rows, but not the
delete of a parent, which has to find the dead ones as well.

The fix adds a full index beside the existing one, which stays as it is, and is safe.

Sources: PostgreSQL manual, "Multicolumn Indexes", "Partial Indexes" and "BRIN Indexes"; SQL Server
manual, "Create Filtered Indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.coverage import Coverage, coverage_of
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
from referee.rules.index_forms import index_text
from referee.rules.rule import Finding, Rule, Severity, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import with_article
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "partly-indexed-foreign-key"

_LONGEST_CONDITION = 80
_WHY = {
    "partial": "it holds only the rows its `where` admits",
    "brin": "a BRIN index only narrows the search down to stretches of the table",
    "fulltext": "a full-text index does not answer equality",
}


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a foreign key that an index answers only in part."""
    return said_once(key, view, settings, _finding)


def _finding(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Finding | None:
    if not needs_index(view.database):
        return None
    child, parent = view.model(key.child), view.target(key.parent)
    if child is None or parent is None:
        return None
    coverage = coverage_of(key, child, parent, view.indexes_known_elsewhere(key.child))
    if coverage.state != "partly":
        return None
    index = coverage.index
    assert index is not None
    # One that only a migration makes is told with its migration.
    told = f"`{index}`" if index.migration is None else index_text(child, index)
    severity: Severity = "information"
    if coverage.why == "leads":
        message = (
            f"Of {columns_text(key)} only `{index.column_names[0]}` is indexed "
            f"({told}): deleting {with_article(key.parent)} reads all rows of `{key.child}` "
            f"that share it ({delete_text(key)})."
        )
    else:
        message = (
            f"{told[0].upper()}{told[1:]} does not answer the look-up of {columns_text(key)}, since "
            f"{_shortcoming(coverage)}: {consequence(key, view)}."
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


def _shortcoming(coverage: Coverage) -> str:
    index = coverage.index
    assert index is not None
    if coverage.why != "partial" or index.migration is None or index.predicate is None:
        return _WHY[coverage.why or "partial"]
    # Nobody sees the condition of such an index in the schema.
    condition = index.predicate.raw or ""
    if len(condition) > _LONGEST_CONDITION:
        condition = condition[:_LONGEST_CONDITION].rstrip() + "..."
    return f"it holds only rows with `{condition}`, for queries that ask for just those"


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
