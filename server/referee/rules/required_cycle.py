"""Required foreign keys form a ring, so none of its tables can get its first row.

Each row of a table in the ring must name a row of the next table, which must be there before it.
An empty ring can therefore not be entered: Prisma sends one INSERT a row, and every database
checks the key when that statement ends at the latest (Prisma cannot declare a key deferrable).
Models that need a row of the ring are stuck as well, but are not named: the ring is the cause.

A key counts as required if all of its columns are; one NULL switches a composite key off.
With `relationMode = "prisma"` and on MongoDB nothing checks the key, so a row with a made-up value
gets in; this is a warning there.

```prisma bad
model Account {
  id             Int        @id @default(autoincrement())
  primaryAddress Address    @relation("PrimaryAddress", fields: [addressId], references: [id])
  addressId      Int        @unique
  addresses      Address[]  @relation("AccountAddresses")
}

model Address {
  id        Int      @id @default(autoincrement())
  account   Account  @relation("AccountAddresses", fields: [accountId], references: [id])
  accountId Int
  primaryOf Account? @relation("PrimaryAddress")

  @@index([accountId])
}
```

```prisma good
model Company {
  id          Int          @id @default(autoincrement())
  departments Department[]
}

model Department {
  id        Int     @id @default(autoincrement())
  company   Company @relation(fields: [companyId], references: [id])
  companyId Int

  @@index([companyId])
}
```

The fix makes one key of the ring optional, best the one whose name speaks of a pointer (`primary`,
`current`, `owner`); it is unsafe, since code that reads the field has to expect null.

Sources: PostgreSQL manual, "SET CONSTRAINTS" (only a deferrable key can wait for the end of the
transaction); SQL Server has no keys that wait, and CockroachDB none that are deferrable (manuals).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import loosen, ring_text
from referee.rules.rings import breaking_fixes, related_places, rings, silencing_places
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "required-cycle"


def is_required(key: ForeignKey) -> bool:
    """Tell whether a row of the child cannot be without a row of the parent."""
    return key.is_required


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each ring of required keys."""
    for ring in rings(view, is_required):
        anchor = ring.anchor
        size = len(ring.keys)
        if view.database.is_emulated:
            consequence = (
                f"{'neither' if size == 2 else 'none'} of them can get its first row with a "
                "true reference, and nothing checks the others"
            )
        else:
            consequence = (
                f"{'neither table' if size == 2 else f'none of the {size} tables'} can get its "
                "first row"
            )
        yield Finding(
            CODE,
            "warning" if view.database.is_emulated else "error",
            f"Every key of the ring {ring_text(ring.keys)}{ring.others_note} is required, so "
            f"{consequence}.",
            relation_place(anchor),
            anchor.child,
            anchor.columns,
            models=tuple(sorted(ring.members)),
            related=related_places(ring, lambda key: f"`{key}` is required"),
            fixes=breaking_fixes(ring, view, lambda key: loosen(key, view)),
            silenced_at=silencing_places(ring),
        )


RULE = Rule(
    code=CODE,
    family="cyclic-relation",
    severity="error",
    severity_note="warning with emulated relations",
    scope="graph",
    summary="A ring of required foreign keys into which no row can be inserted",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("rings",),
    documented=("SQL Server", "CockroachDB", "MongoDB"),
)
