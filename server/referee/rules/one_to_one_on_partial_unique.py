"""A one-to-one relation rests on a unique index that is partial.

The other end of the relation is one row, not a list.
Prisma's validator asks for a unique constraint on the foreign key and is content with a partial one;
but rows that the `where` leaves out may refer to the same parent as often as they like, and Prisma
Client then returns one of them without saying which.

```prisma bad
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model User {
  id      Int      @id @default(autoincrement())
  profile Profile?
}

model Profile {
  id        Int       @id @default(autoincrement())
  user      User      @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId    Int
  deletedAt DateTime?

  @@unique([userId], where: { deletedAt: null }, map: "live_profile")
  @@index([userId])
}
```

```prisma good
generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model User {
  id       Int       @id @default(autoincrement())
  profiles Profile[]
}

model Profile {
  id        Int       @id @default(autoincrement())
  user      User      @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId    Int
  deletedAt DateTime?

  @@unique([userId], where: { deletedAt: null }, map: "live_profile")
  @@index([userId])
}
```

The first fix makes the other end a list, which is what the index says; the second makes the index
hold for all rows.
Both are unsafe: the one changes Prisma Client's types, the other fails where rows already repeat.

A predicate that leaves out only NULLs (`where: { userId: { not: null } }`) is no foul: a row without a
value refers to nobody.

Sources: Prisma's validator, which accepts a partial unique index for a one-to-one relation.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.coverage import implies_presence
from referee.rules.index_forms import full_uniques, index_text
from referee.rules.rule import (
    Finding,
    Fix,
    Place,
    Related,
    RemoveArgument,
    Rule,
    SetArgument,
    SetArity,
    index_place,
)
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "one-to-one-on-partial-unique"

_PROVIDERS = ("postgresql", "sqlite", "sqlserver", "cockroachdb")


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a one-to-one relation that is one-to-one for some rows only."""
    if not key.is_one_to_one or view.database.provider not in _PROVIDERS:
        return
    child = view.model(key.child)
    if child is None:
        return
    columns = frozenset(key.columns)
    if columns & child.broken_words:
        return
    known = (*full_uniques(child), *view.indexes_known_elsewhere(key.child))
    if any(
        index.is_unique and index.predicate is None and frozenset(index.column_names) <= columns
        for index in known
    ):
        return
    partial = [
        index
        for index in child.indexes
        if index.is_unique
        and index.predicate is not None
        and index.columns
        and frozenset(index.column_names) <= columns
    ]
    if not partial or any(implies_presence(index, child, columns) for index in partial):
        return
    index = partial[0]
    back = f"{key.parent}.{key.back_field}"
    yield Finding(
        CODE,
        "information",
        f"`{back}` is one `{key.child}`, but {index_text(child, index)} holds only for the rows its "
        f"`where` admits; of several others that refer to one `{key.parent}`, Prisma Client returns "
        "any.",
        index_place(key.child, index, "where"),
        key.child,
        key.columns,
        (key.parent,),
        related=(Related(Place(key.parent, key.back_field), f"`{back}` is no list"),),
        fixes=(
            Fix(
                f"Make `{back}` a list",
                (SetArity(key.parent, key.back_field, "list"),),
                is_safe=False,
            ),
            _widen(child, index, view),
        ),
    )


def _widen(child: ModelFacts, index: IndexFacts, view: SchemaView) -> Fix:
    """Return the fix that makes an index hold for all rows that refer to a parent."""
    place = index_place(child.name, index)
    optional = [
        name
        for name in index.column_names
        if (field := child.field(name)) is not None and not field.is_required
    ]
    if view.database.provider == "sqlserver" and optional:
        # SQL Server takes NULL for a value, so a full index would admit one row without parent.
        conditions = ", ".join(f"{name}: {{ not: null }}" for name in optional)
        return Fix(
            f"Make {index_text(child, index)} hold for all rows that have a value",
            (SetArgument(place, "where", f"{{ {conditions} }}"),),
            is_safe=False,
        )
    return Fix(
        f"Make {index_text(child, index)} hold for all rows",
        (RemoveArgument(place, "where"),),
        is_safe=False,
    )


RULE = Rule(
    code=CODE,
    family="foreign-key",
    severity="information",
    scope="relation",
    summary="A one-to-one relation that some rows may break",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("partial-relations",),
    documented=("SQL Server", "CockroachDB", "Prisma Client"),
)
