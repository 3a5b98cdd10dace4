"""Foreign keys form a ring, be it one that can be entered.

Each of these tables refers to the next, so there is no order in which all of their rows can simply
be inserted, restored or deleted: somebody has to leave a key NULL first and fill it in afterwards.
Seeds, imports, restores of single tables and test clean-up meet this first.

Most of these rings are a pointer to one child among many (`currentVersion`, `activePlan`), which
works.
A ring that has worse to it is left to `required-cycle`, `cascade-cycle` or
`referential-action-cycle`.

```prisma bad
model Document {
  id         Int        @id @default(autoincrement())
  current    Revision?  @relation("Current", fields: [currentId], references: [id])
  currentId  Int?       @unique
  revisions  Revision[] @relation("Revisions")
}

model Revision {
  id         Int       @id @default(autoincrement())
  document   Document  @relation("Revisions", fields: [documentId], references: [id], onDelete: Cascade)
  documentId Int
  currentOf  Document? @relation("Current")

  @@index([documentId])
}
```

```prisma good
model Document {
  id        Int        @id @default(autoincrement())
  revisions Revision[]
}

model Revision {
  id         Int      @id @default(autoincrement())
  document   Document @relation(fields: [documentId], references: [id], onDelete: Cascade)
  documentId Int
  isCurrent  Boolean  @default(false)

  @@index([documentId])
}
```

A ring that is meant is better kept, and the finding silenced at any of its relations.
Where one relation alone is optional, a fix gives it up and keeps its column, which the database then
checks no longer; it is unsafe.
A mark on the child (`isCurrent`) says the same without a ring.

Sources: pg_dump, which warns of circular foreign keys when it dumps data alone; the rings that 11
public schemas hold, all of them pointers to one child among many.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import changes_rows, has_ring_check, is_nullable, ring_text
from referee.rules.required_cycle import is_required
from referee.rules.rings import Ring, breaking_fixes, related_places, rings, silencing_places
from referee.rules.rule import Finding, Fix, Place, RemoveMember, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "relation-cycle"


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each ring of keys in which no worse ring lies."""
    found = rings(view, lambda key: True)
    if not found:
        return
    worse = {
        name
        for counts in (is_required, changes_rows if has_ring_check(view.database) else cascades)
        for ring in rings(view, counts)
        for name in ring.members
    }
    for ring in found:
        if not worse.isdisjoint(ring.members):
            continue
        anchor = ring.anchor
        yield Finding(
            CODE,
            "hint",
            f"The foreign keys {ring_text(ring.keys)}{ring.others_note} form a ring, so these "
            "tables can be filled, restored or emptied only by leaving one key NULL for a while.",
            relation_place(anchor),
            anchor.child,
            anchor.columns,
            models=tuple(sorted(ring.members)),
            related=related_places(ring, _described),
            fixes=_fixes(ring, view),
            silenced_at=silencing_places(ring),
        )


def _described(key: ForeignKey) -> str:
    need = "is required" if key.is_required else "may be NULL"
    return f"`{key}` {need} and has `onDelete: {key.on_delete}`"


def _fixes(ring: Ring, view: SchemaView) -> tuple[Fix, ...]:
    """Return the fix that ends the ring, where there is one relation that it can only be.

    Where several could go, which of them carries is not for us to say, and most such rings are
    meant.
    """
    if sum(is_nullable(key) for key in ring.keys) != 1 or ring.has_others:
        return ()
    return breaking_fixes(ring, view, _drop)


def _drop(key: ForeignKey) -> Fix | None:
    """Return the fix that removes both ends of a relation, where the column can be NULL."""
    if not is_nullable(key):
        return None
    ends = (Place(key.child, key.field), Place(key.parent, key.back_field))
    edits = tuple(RemoveMember(place) for place in ends)
    columns = listed([f"{key.child}.{name}" for name in key.columns])
    title = f"Give up the relation `{key}`: the database then checks {columns} no longer"
    return Fix(title, edits, is_safe=False)


RULE = Rule(
    code=CODE,
    family="cyclic-relation",
    severity="hint",
    scope="graph",
    summary="A ring of foreign keys",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    needs_database=False,
)
