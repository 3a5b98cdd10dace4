"""A model's foreign key to itself is required, so the first row has to point at itself.

A tree needs a root, and a required parent leaves no place for one.
The database takes a row that points at itself, but only if its id is known before it is there:
with an id that the database makes that takes a statement written by hand.
Where Prisma Client makes the id (`uuid()`, `cuid()` and the like) the application can choose it
beforehand, so this is information only.

```prisma bad
model Category {
  id       Int        @id @default(autoincrement())
  parent   Category   @relation("Tree", fields: [parentId], references: [id])
  parentId Int
  children Category[] @relation("Tree")

  @@index([parentId])
}
```

```prisma good
model Category {
  id       Int        @id @default(autoincrement())
  parent   Category?  @relation("Tree", fields: [parentId], references: [id])
  parentId Int?
  children Category[] @relation("Tree")

  @@index([parentId])
}
```

The fix makes the relation and its columns optional; it is unsafe, since code that reads the field
has to expect null.

Sources: SQL Server manual, "Primary and Foreign Key Constraints"; CockroachDB manual, "Foreign Key
Constraint" (both check when the statement ends).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import loosen
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import CLIENT_SIDE_FUNCTIONS
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "required-self-relation"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key that is required and points at its own model."""
    if not key.is_self_relation or not key.is_required:
        return
    model = view.model(key.child)
    if model is None:
        return
    fields = [model.field(name) for name in key.references]
    defaults = [field.default for field in fields if field is not None]
    is_made_by_client = any(
        default is not None and default.function in CLIENT_SIDE_FUNCTIONS for default in defaults
    )
    message = (
        f"`{key}` is required and points at `{key.parent}` itself, so the first row has to "
        "point at itself"
    )
    if is_made_by_client:
        message += ", with an id chosen beforehand"
    elif any(default is not None and default.is_generated for default in defaults):
        message += ", although its id is not known before the database has made it"
    fix = loosen(key, view)
    yield Finding(
        CODE,
        "information" if is_made_by_client else "warning",
        message + ".",
        relation_place(key),
        key.child,
        key.columns,
        fixes=() if fix is None else (fix,),
    )


RULE = Rule(
    code=CODE,
    family="cyclic-relation",
    severity="warning",
    severity_note="information where Prisma Client makes the id",
    scope="relation",
    summary="A required relation of a model to itself",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    needs_database=False,
    claims=("rings",),
    documented=("SQL Server", "CockroachDB"),
)
