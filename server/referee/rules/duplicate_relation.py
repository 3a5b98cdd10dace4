"""Two relations of a model are the same foreign key.

They have the same columns, and the columns refer to the same fields of the same model.
Both always hold the same value, so the second relation says nothing that the first does not.
The database keeps two constraints and checks both on every write, and where their actions differ,
the stricter one decides.

```prisma bad
model User {
  id      Int    @id @default(autoincrement())
  written Post[] @relation("Author")
  owned   Post[] @relation("Owner")
}

model Post {
  id       Int  @id @default(autoincrement())
  author   User @relation("Author", fields: [authorId], references: [id], onDelete: Cascade)
  owner    User @relation("Owner", fields: [authorId], references: [id], onDelete: Cascade, map: "Post_owner_fkey")
  authorId Int

  @@index([authorId])
}
```

```prisma good
model User {
  id      Int    @id @default(autoincrement())
  written Post[] @relation("Author")
}

model Post {
  id       Int  @id @default(autoincrement())
  author   User @relation("Author", fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int

  @@index([authorId])
}
```

The fix removes the second relation with its other end.
It is unsafe, since queries may use it by its name.

Sources: pg-index-health and tbls look for the same in databases.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.key_types import column_pairs
from referee.rules.rule import Finding, Fix, Place, Related, RemoveMember, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "duplicate-relation"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key that repeats an earlier one of its model."""
    first = _earlier_twin(key, view)
    if first is None:
        return
    columns = ", ".join(key.columns)
    outcome = (
        "the database keeps and checks the same constraint twice"
        if view.database.has_foreign_keys
        else "Prisma Client follows both on every delete"
    )
    differs = ""
    if key.on_delete.action != first.on_delete.action:
        differs = (
            f", once with `onDelete: {first.on_delete}` and once with `onDelete: {key.on_delete}`"
        )
    yield Finding(
        CODE,
        "information",
        f"`{first}` and `{key}` are the same foreign key over `{columns}`: {outcome}{differs}.",
        relation_place(key),
        key.child,
        key.columns,
        (key.parent,),
        related=(Related(relation_place(first), f"`{first}` is the first of the two"),),
        fixes=(
            Fix(
                f"Remove `{key}` and `{key.parent}.{key.back_field}`",
                (
                    RemoveMember(Place(key.child, key.field)),
                    RemoveMember(Place(key.parent, key.back_field)),
                ),
                is_safe=False,
            ),
        ),
    )


def _earlier_twin(key: ForeignKey, view: SchemaView) -> ForeignKey | None:
    for other in view.keys_of(key.child):
        if other is key or other == key:
            return None
        if other.parent == key.parent and _pairs(other) == _pairs(key):
            return other
    return None


def _pairs(key: ForeignKey) -> frozenset[tuple[str, str]]:
    return frozenset(column_pairs(key))


RULE = Rule(
    code=CODE,
    family="foreign-key",
    severity="information",
    scope="relation",
    summary="Two relations that are one foreign key",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    needs_database=True,
)
