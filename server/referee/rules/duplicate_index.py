"""A model has the same index twice.

Both have the same columns in the same order, the same type and the same condition; at most their names
differ.
The database keeps both up to date on every write and uses one of them.

Prisma's validator refuses two indexes of one name, so the second one usually has a `map` of its own:
somebody named it, and the old one stayed.
A name in the database is no reason to keep an index, so the rule reports pairs whose names differ.
Two unique constraints over the same columns count as well.
A unique constraint over the columns of the primary key is `redundant-unique`.

```prisma bad
model Notification {
  id        Int      @id @default(autoincrement())
  userId    Int
  createdAt DateTime @default(now())

  @@index([userId, createdAt])
  @@index([userId, createdAt], map: "notification_inbox")
}
```

```prisma good
model Notification {
  id        Int      @id @default(autoincrement())
  userId    Int
  createdAt DateTime @default(now())

  @@index([userId, createdAt])
}
```

The fix removes the second one.
It is unsafe, since a raw query or a migration may name it.

Indexes that differ in order, length, operator class, type or condition are not the same.
Two unique constraints of which both have a `name` for Prisma Client are left alone: queries may use
either.

Sources: Supabase's database linter, rule 0009; PostgreSQL manual, "Examining Index Usage".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.index_forms import index_text, is_same_index, remove_index
from referee.rules.rule import Finding, Fix, Related, Rule, index_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.names import index_name
from referee.schema.view import SchemaView

CODE = "duplicate-index"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each index that the model has already."""
    if model.kind == "view" or view.database.provider is None:
        return
    starts = {(index.kind, index.columns[0].name) for index in model.indexes if index.columns}
    if len(starts) == len(model.indexes):
        return
    for index in model.indexes:
        twin = earlier_twin(model, index)
        if twin is None:
            continue
        names = index_name(model, twin, view.database), index_name(model, index, view.database)
        called = f" (`{names[0]}` and `{names[1]}` in the database)" if names[0] != names[1] else ""
        yield Finding(
            CODE,
            "warning",
            f"{index_text(model, index)} is the same index as {index_text(model, twin)}{called}; "
            "every write keeps both up to date, and one of them is never needed.",
            index_place(model.name, index),
            model.name,
            index.column_names,
            related=(Related(index_place(model.name, twin), "The same index"),),
            fixes=(
                Fix(
                    f"Remove the second {index_text(model, index)}",
                    (remove_index(model, index),),
                    is_safe=False,
                ),
            ),
            tags=("unnecessary",),
            is_official=view.database.provider == "mongodb",
        )


def earlier_twin(model: ModelFacts, index: IndexFacts) -> IndexFacts | None:
    """Return the first index before this one that is the same; None for the first of its kind."""
    first = next(other for other in model.indexes if other is index or is_same_index(other, index))
    if first is index or (first.name is not None and index.name is not None):
        return None
    return first


RULE = Rule(
    code=CODE,
    family="index",
    severity="warning",
    scope="model",
    summary="The same index twice",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
)
