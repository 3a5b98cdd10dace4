"""Cascades form a ring, so deleting one row deletes on until the ring runs dry.

`onDelete: Cascade` on one side of a relation says that the child belongs to the parent.
Around a ring every model belongs to every other: deleting any row removes the rows that depend on
it, those that depend on these, and may come back to the table it started from.
How much a delete takes then depends on the rows alone, and no reader of the schema can tell.

Where Prisma's validator refuses such a ring (SQL Server, MongoDB, `relationMode = "prisma"`),
`referential-action-cycle` reports it.

```prisma bad
model Post {
  id       Int       @id @default(autoincrement())
  pinned   Comment?  @relation("Pinned", fields: [pinnedId], references: [id], onDelete: Cascade)
  pinnedId Int?      @unique
  comments Comment[] @relation("PostComments")
}

model Comment {
  id       Int   @id @default(autoincrement())
  post     Post  @relation("PostComments", fields: [postId], references: [id], onDelete: Cascade)
  postId   Int
  pinnedAt Post? @relation("Pinned")

  @@index([postId])
}
```

```prisma good
model Post {
  id       Int       @id @default(autoincrement())
  comments Comment[]
}

model Comment {
  id     Int  @id @default(autoincrement())
  post   Post @relation(fields: [postId], references: [id], onDelete: Cascade)
  postId Int

  @@index([postId])
}
```

The fix takes the cascade from one key of the ring: `SetNull` where the key may be NULL, else the
action that refuses the delete.
It is unsafe, since rows that were deleted so far then stay, or keep others from being deleted.

Sources: PostgreSQL manual, "Foreign Keys"; SQLite manual, "Foreign Key Support".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import (
    delete_fixes,
    has_ring_check,
    keeping_action,
    ring_text,
)
from referee.rules.rings import breaking_fixes, related_places, rings, silencing_places
from referee.rules.rule import Finding, Fix, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "cascade-cycle"


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each ring of cascades."""
    if has_ring_check(view.database):
        return

    def stop_cascade(key: ForeignKey) -> Fix | None:
        fixes = delete_fixes(key, ("SetNull", keeping_action(view.database)), view)
        return fixes[0] if fixes else None

    for ring in rings(view, cascades):
        anchor = ring.anchor
        yield Finding(
            CODE,
            "warning",
            f"Cascades run around the ring {ring_text(ring.keys)}{ring.others_note}: deleting a "
            f"row of {listed(ring.members, joint='or')} goes on deleting in "
            f"{'both' if len(ring.members) == 2 else f'all {len(ring.members)}'} until nothing "
            "refers to a deleted row.",
            relation_place(anchor, "onDelete"),
            anchor.child,
            anchor.columns,
            models=tuple(sorted(ring.members)),
            related=related_places(
                ring, lambda key: f"deleting a row of `{key.parent}` deletes those of `{key.child}`"
            ),
            fixes=breaking_fixes(ring, view, stop_cascade),
            silenced_at=silencing_places(ring),
        )


RULE = Rule(
    code=CODE,
    family="cyclic-relation",
    severity="warning",
    scope="graph",
    summary="A ring of cascading deletes",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("deletes",),
)
