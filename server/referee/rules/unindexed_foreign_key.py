"""No index answers the question "which rows refer to this one".

Whenever a row of the parent is deleted, or its key changes, the database has to find the rows
of the child that refer to it.
Without an index on the foreign key it reads the whole child table for every deleted row, and
with `onDelete: Cascade` or `SetNull` it holds its locks meanwhile.
Loading a parent with its children reads the whole table as well.

PostgreSQL, SQLite, SQL Server and CockroachDB make no index for a foreign key.
MySQL does (InnoDB), so with foreign keys in the database this rule is silent there.
With `relationMode = "prisma"` and on MongoDB no constraint exists and nothing makes the index.

An index counts when its first columns are those of the key, in any order; so do a hash index on
the only column, a unique set within the key, an index that starts with a selective column of the
key, and a partial index that leaves out only NULLs.
A BRIN, full-text or other partial index does not; see `partly-indexed-foreign-key`.
Where migrations are judged along with the schema, an index that only a migration makes, such as a
hand-written partial one, counts in the same way, and the hover over the relation names it.

Where the parent's name says that it is a small fixed list (`...Type`, `...Status`), this is
information only.

```prisma bad
model Author {
  id    Int    @id @default(autoincrement())
  books Book[]
}

model Book {
  id       Int    @id @default(autoincrement())
  author   Author @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
```

```prisma good
model Author {
  id    Int    @id @default(autoincrement())
  books Book[]
}

model Book {
  id       Int    @id @default(autoincrement())
  author   Author @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int

  @@index([authorId])
}
```

The fix adds the index and is safe: nothing stored or meant is lost.
For a join table whose primary key starts with the other column, a second fix adds an index that
answers the whole look-up by itself.

Sources: PostgreSQL manual, "Foreign Keys" (declaring one does not create an index on the
referencing columns); MySQL manual, "FOREIGN KEY Constraints"; SQL Server manual, "Primary and Foreign
Key Constraints"; CockroachDB manual, "Foreign Key Constraint"; MongoDB manual, "Indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.coverage import NOT_COVERED, coverage_of
from referee.rules.foreign_key_index import (
    columns_text,
    consequence,
    index_fixes,
    is_lookup,
    is_reported_officially,
    needs_index,
    related_places,
    said_once,
)
from referee.rules.rule import Finding, Rule, Severity, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "unindexed-foreign-key"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a foreign key that no index answers."""
    return said_once(key, view, settings, _finding)


def _finding(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Finding | None:
    if not needs_index(view.database):
        return None
    child, parent = view.model(key.child), view.target(key.parent)
    if child is None or parent is None:
        return None
    coverage = coverage_of(key, child, parent, view.indexes_known_elsewhere(key.child))
    if coverage.state != "none":
        return None
    lookup = is_lookup(key.parent, settings)
    message = f"{columns_text(key)} has no index: {consequence(key, view)}"
    if lookup:
        message += f"; low value if `{key.parent}` is a small fixed list"
    return Finding(
        CODE,
        _severity(key, view, lookup),
        message + ".",
        relation_place(key, "fields"),
        key.child,
        key.columns,
        related=related_places(key, NOT_COVERED),
        fixes=index_fixes(key, child, parent, view),
        is_official=is_reported_officially(key, child, view),
    )


def _severity(key: ForeignKey, view: SchemaView, lookup: bool) -> Severity:
    if lookup:
        return "information"
    actions = {key.on_delete.action, key.on_update.action}
    if view.database.provider == "mongodb" and actions == {"NoAction"}:
        return "information"
    return "warning"


RULE = Rule(
    code=CODE,
    family="missing-index",
    severity="warning",
    severity_note="information where the parent is a lookup",
    scope="relation",
    summary="A foreign key without an index",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
    claims=("look-ups", "automatic-indexes"),
    documented=("SQL Server", "CockroachDB", "MongoDB"),
)
