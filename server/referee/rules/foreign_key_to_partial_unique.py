"""A foreign key refers to columns whose only unique index is partial.

A partial index (`where:`) leaves rows out, so it does not promise that a value names one row.
Prisma's validator takes it for a unique criterion all the same, but the database does not:
PostgreSQL, CockroachDB and SQL Server refuse to create the foreign key, and SQLite refuses every
later write to the child table with "foreign key mismatch".

```prisma bad
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model User {
  id        Int       @id @default(autoincrement())
  email     String
  deletedAt DateTime?
  invites   Invite[]

  @@unique([email], where: { deletedAt: null })
}

model Invite {
  id    Int    @id @default(autoincrement())
  user  User   @relation(fields: [email], references: [email], onDelete: Cascade, onUpdate: Restrict)
  email String

  @@index([email])
}
```

```prisma good
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model User {
  id        Int       @id @default(autoincrement())
  email     String
  deletedAt DateTime?
  invites   Invite[]

  @@unique([email])
}

model Invite {
  id    Int    @id @default(autoincrement())
  user  User   @relation(fields: [email], references: [email], onDelete: Cascade, onUpdate: Restrict)
  email String

  @@index([email])
}
```

The fixes drop the `where` of the index, or add a full unique constraint beside it.
Both are unsafe: rows that the partial index left out may hold the same value twice.
A third way is to refer to the primary key instead.

The rule is silent where another unique constraint over the same columns holds for all rows, and
where relations are emulated, since there is no foreign key then.

Sources: PostgreSQL manual, "CREATE TABLE" (the referenced columns must be those of a unique
constraint or index that is not partial); SQLite manual, "Foreign Key Support", section 3; SQL Server
manual, "Create Filtered Indexes"; CockroachDB manual, "Foreign Key Constraint".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.index_forms import free_index_name, index_text
from referee.rules.rule import (
    AddBlockAttribute,
    Finding,
    Fix,
    Related,
    RemoveArgument,
    Rule,
    index_place,
    relation_place,
)
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "foreign-key-to-partial-unique"

_PROVIDERS = ("postgresql", "sqlite", "sqlserver", "cockroachdb")


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a foreign key whose target is unique only in part."""
    database, referenced = view.database, view.target(key.parent)
    if referenced is None or not database.has_foreign_keys or database.provider not in _PROVIDERS:
        return
    uniques = referenced.unique_indexes
    wanted = frozenset(key.references)
    partial = [
        index
        for index in uniques
        if index.predicate is not None and frozenset(index.column_names) == wanted
    ]
    if not partial or wanted & referenced.broken_words:
        return
    known = (*uniques, *view.indexes_known_elsewhere(key.parent))
    if any(
        index.is_unique and index.predicate is None and frozenset(index.column_names) == wanted
        for index in known
    ):
        return
    # Only what is told needs all of the model.
    parent = view.model(key.parent)
    if parent is None:
        return
    columns = ", ".join(key.references)
    target = f"`{key.parent}.{columns}`" if len(wanted) == 1 else f"`{key.parent}.[{columns}]`"
    outcome = (
        f"{database.title} refuses to create it"
        if database.provider != "sqlite"
        else f"SQLite then refuses every write to `{key.child}` (foreign key mismatch)"
    )
    yield Finding(
        CODE,
        "error",
        f"A foreign key cannot refer to {target}: its only unique index is partial, and {outcome}.",
        relation_place(key, "references"),
        key.child,
        key.columns,
        (key.parent,),
        related=(
            Related(
                index_place(key.parent, partial[0]),
                f"{index_text(parent, partial[0])} leaves out rows that its `where` does not admit",
            ),
        ),
        fixes=_fixes(parent, partial[0], database),
    )


def _fixes(parent: ModelFacts, partial: IndexFacts, database: Database) -> tuple[Fix, ...]:
    place = index_place(parent.name, partial)
    drop = Fix(
        f"Make {index_text(parent, partial)} hold for all rows",
        (RemoveArgument(place, "where"),),
        is_safe=False,
    )
    name = free_index_name(parent, "unique", partial.column_names, database)
    mapped = "" if name is None else f', map: "{name}"'
    text = f"@@unique([{', '.join(partial.column_names)}]{mapped})"
    add = Fix(f"Add `{text}`", (AddBlockAttribute(parent.name, text),), is_safe=False)
    return drop, add


RULE = Rule(
    code=CODE,
    family="foreign-key",
    severity="error",
    scope="relation",
    summary="A foreign key to columns that are unique only in part",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("partial-targets",),
    documented=("SQL Server", "CockroachDB"),
)
