"""A cascade that only Prisma Client knows of.

With `relationMode = "prisma"` and on MongoDB the database holds no foreign key: `onDelete: Cascade`
is carried out by Prisma Client, which reads the rows to be deleted first.
Raw SQL, other services and the database's own tools skip it and leave rows that refer to nothing.

Off by default: who chose this mode knows it.

```prisma bad
datasource db {
  provider     = "mysql"
  relationMode = "prisma"
}

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

```prisma good
datasource db {
  provider     = "mysql"
  relationMode = "foreignKeys"
}

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

There is no fix to apply.

Sources: Prisma's documentation, "Relation mode".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "emulated-referential-action"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a cascade that the database does not know."""
    if not view.database.is_emulated or not cascades(key):
        return
    yield Finding(
        CODE,
        "information",
        f"Only Prisma Client carries out the cascade of `{key}`: raw queries and other programs "
        f"that delete a row of `{key.parent}` leave its rows of `{key.child}` behind.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    scope="relation",
    summary="A cascade that only Prisma Client carries out",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    is_on=False,
    documented=("MongoDB", "Prisma Client"),
)
