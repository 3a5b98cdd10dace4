"""A model cascades to itself, so deleting one row deletes everything below it in the tree.

How much that is, only the rows know: a category near the root can take most of the table.

Off by default, since it is what a tree is usually meant to do.
On MySQL, where trees deeper than 14 levels cannot be deleted, `cascade-too-deep` speaks of it.
Where Prisma refuses the relation altogether, `referential-action-cycle` does.

```prisma bad
model Folder {
  id       Int      @id @default(autoincrement())
  parent   Folder?  @relation("Tree", fields: [parentId], references: [id], onDelete: Cascade)
  parentId Int?
  children Folder[] @relation("Tree")

  @@index([parentId])
}
```

```prisma good
model Folder {
  id       Int      @id @default(autoincrement())
  parent   Folder?  @relation("Tree", fields: [parentId], references: [id], onDelete: Restrict)
  parentId Int?
  children Folder[] @relation("Tree")

  @@index([parentId])
}
```

There is no fix to apply.

Sources: weighed on public schemas (6 such relations in 838 models).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import has_ring_check
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "self-cascade"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a tree that is deleted from any of its rows downwards."""
    if not key.is_self_relation or not cascades(key):
        return
    if view.database.provider == "mysql" or has_ring_check(view.database):
        return
    yield Finding(
        CODE,
        "hint",
        f"Deleting a row of `{key.child}` deletes all rows below it, as deep as the tree of "
        f"`{key}` goes.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="hint",
    scope="relation",
    summary="A model that cascades to itself",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    is_on=False,
    needs_database=False,
    claims=("deletes", "depth"),
)
