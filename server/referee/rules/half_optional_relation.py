"""A relation is optional, but some of its columns are required.

The relation can be absent, which takes one NULL column; but Prisma Client disconnects it by writing
NULL into all of its columns, and the required ones refuse.
For the same reason its default on delete is `Restrict` (`NoAction` on SQL Server) and not the
`SetNull` that an optional relation has otherwise.

This is what a tenant's column in a composite key looks like, and it may well be meant: the way to
disconnect is then to clear the optional column by itself.

```prisma bad
model Warehouse {
  tenantId Int
  number   Int
  parcels  Parcel[]

  @@id([tenantId, number])
}

model Parcel {
  id              Int        @id @default(autoincrement())
  tenantId        Int
  warehouseNumber Int?
  warehouse       Warehouse? @relation(fields: [tenantId, warehouseNumber], references: [tenantId, number])

  @@index([tenantId, warehouseNumber])
}
```

```prisma good
model Warehouse {
  id      Int      @id @default(autoincrement())
  parcels Parcel[]
}

model Parcel {
  id          Int        @id @default(autoincrement())
  tenantId    Int
  warehouseId Int?
  warehouse   Warehouse? @relation(fields: [warehouseId], references: [id])

  @@index([warehouseId])
}
```

There is no fix to apply: whether the key should be narrower or the column optional, the schema does
not say.

Sources: issues prisma/orm #8403 and #25061; Prisma's validator (the default action).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "half-optional-relation"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of an optional relation that cannot be disconnected."""
    if not key.is_optional_relation or not key.is_partly_required:
        return
    if key.on_delete.is_written and key.on_delete.action == "SetNull":
        # `set-null-on-required` says the worse half of it.
        return
    child = view.model(key.child)
    if child is None:
        return
    required = [
        name
        for name in key.columns
        if (column := child.field(name)) is not None and column.is_required
    ]
    verb = "is" if len(required) == 1 else "are"
    default = (
        "" if key.on_delete.is_written else f", and `onDelete` is `{key.on_delete}` by default"
    )
    yield Finding(
        CODE,
        "hint",
        f"`{key}` is optional, but {listed(required)} {verb} required, so disconnecting it fails"
        f"{default}.",
        relation_place(key, "fields"),
        key.child,
        key.columns,
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="hint",
    scope="relation",
    summary="An optional relation over required columns",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    needs_database=False,
    documented=("Prisma Client",),
)
