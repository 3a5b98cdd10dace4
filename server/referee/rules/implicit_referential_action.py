"""A relation does not say what becomes of it on delete.

Prisma chooses: `SetNull` for an optional relation, `Restrict` for a required one, `NoAction` where
the database knows no `Restrict`.
The choice depends on the question mark, so making a field optional changes what a delete does.

Off by default: it is a matter of style, and the defaults are careful ones.

```prisma bad
model Author {
  id    Int    @id @default(autoincrement())
  books Book[]
}

model Book {
  id       Int    @id @default(autoincrement())
  author   Author @relation(fields: [authorId], references: [id])
  authorId Int

  @@index([authorId])
}
```

```prisma good
model Author {
  id    Int    @id @default(autoincrement())
  books Book[]
}

model Book {
  id       Int    @id @default(autoincrement())
  author   Author @relation(fields: [authorId], references: [id], onDelete: Restrict)
  authorId Int

  @@index([authorId])
}
```

The fix writes out the action that holds already, and is safe.

Sources: Prisma's documentation, "Referential actions"; Prisma's validator.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import write_action
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "implicit-referential-action"

_WHY = {
    "required": "it is required",
    "required-without-restrict": "it is required and the database knows no `Restrict`",
    "optional": "it is optional",
}


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a relation without onDelete."""
    if key.on_delete.is_written:
        return
    why = _WHY.get(key.on_delete.reason, "Prisma chooses so")
    if key.is_partly_required:
        why = "one of its columns is required"
    yield Finding(
        CODE,
        "hint",
        f"`{key}` does not say what a delete does: it is `{key.on_delete}`, since {why}.",
        relation_place(key),
        key.child,
        key.columns,
        fixes=(write_action(key),),
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="hint",
    scope="relation",
    summary="A relation without onDelete",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
    is_on=False,
)
