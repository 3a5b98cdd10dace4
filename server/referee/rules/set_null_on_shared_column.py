"""`SetNull` clears a column that another relation uses too.

SET NULL writes NULL into every column of a composite key.
If one of them belongs to another relation as well, as a tenant's column does, deleting the row at
the end of one relation cuts the other off: the ticket loses its tenant because its assignee left.
This is also what an optional relation does by default.

Nothing is reported where all columns of the key belong to the other one too, nor for a shared column
that is required, which is `set-null-on-required` or keeps the default from being `SetNull`.

```prisma bad
model Tenant {
  id      Int      @id @default(autoincrement())
  users   User[]
  tickets Ticket[]
}

model User {
  tenantId Int
  number   Int
  tenant   Tenant   @relation(fields: [tenantId], references: [id], onDelete: Cascade)
  tickets  Ticket[]

  @@id([tenantId, number])
}

model Ticket {
  id             Int     @id @default(autoincrement())
  tenantId       Int?
  assigneeNumber Int?
  tenant         Tenant? @relation(fields: [tenantId], references: [id])
  assignee       User?   @relation(fields: [tenantId, assigneeNumber], references: [tenantId, number])

  @@index([tenantId, assigneeNumber])
}
```

```prisma good
model Tenant {
  id      Int      @id @default(autoincrement())
  users   User[]
  tickets Ticket[]
}

model User {
  id       Int      @id @default(autoincrement())
  tenantId Int
  tenant   Tenant   @relation(fields: [tenantId], references: [id], onDelete: Cascade)
  tickets  Ticket[]

  @@index([tenantId])
}

model Ticket {
  id         Int     @id @default(autoincrement())
  tenantId   Int?
  assigneeId Int?
  tenant     Tenant? @relation(fields: [tenantId], references: [id])
  assignee   User?   @relation(fields: [assigneeId], references: [id])

  @@index([tenantId])
  @@index([assigneeId])
}
```

The fix refuses the delete instead, and is unsafe.
A key of one column avoids the question; on PostgreSQL 15 and later the migration can be edited to
`SET NULL ("assigneeNumber")`, which Prisma cannot say.

Sources: PostgreSQL manual, "CREATE TABLE"; issues prisma/orm #14218, #8403 and #25061.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import delete_fixes, keeping_action
from referee.rules.rule import Finding, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "set-null-on-shared-column"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key whose clearing cuts off another relation."""
    if key.on_delete.action != "SetNull" or len(key.columns) < 2:
        return
    child = view.model(key.child)
    if child is None:
        return
    own = frozenset(key.columns)
    optional = {
        name for name in own if (column := child.field(name)) is not None and not column.is_required
    }
    hurt = [
        other
        for other in view.keys_of(key.child)
        if other.field != key.field
        and not own <= frozenset(other.columns)
        and not optional.isdisjoint(other.columns)
    ]
    if not hurt:
        return
    shared = [
        name
        for name in key.columns
        if name in optional and any(name in other.columns for other in hurt)
    ]
    by_default = "" if key.on_delete.is_written else " by default"
    yield Finding(
        CODE,
        "information",
        f"Deleting a row of `{key.parent}` also clears "
        f"{listed([f'{key.child}.{name}' for name in shared])}, which "
        f"{listed([str(other) for other in hurt])} {'uses' if len(hurt) == 1 else 'use'}: "
        f"`{key}` has `onDelete: SetNull`{by_default}.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        related=tuple(
            Related(relation_place(other, "fields"), f"`{other}` loses its row as well")
            for other in hurt
        ),
        fixes=delete_fixes(key, (keeping_action(view.database), "Cascade"), view),
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    scope="relation",
    summary="SetNull clears a column that another relation uses",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("shared-columns",),
    documented=("SQL Server", "CockroachDB", "Prisma Client"),
)
