"""Required foreign keys form a ring, which no single INSERT can enter.

Each row of a table in the ring must name a row of the next table, which must be there before it.
Prisma Client cannot enter an empty ring: it sends one INSERT after the other, nested writes too, and
the database checks the key when that statement ends at the latest.
Models that need a row of the ring are stuck as well, but are not named: the ring is the cause.

SQL can put the first rows in where the check may wait until all of them are there:

- PostgreSQL checks at the end of a statement, and one statement may insert into several tables:
  `WITH a AS (INSERT INTO "Account" ...) INSERT INTO "Address" ...`, with ids that are chosen before.
  A key made `DEFERRABLE` by hand in a migration waits for the end of the transaction instead.
- SQLite lets all keys wait in a transaction that begins with `PRAGMA defer_foreign_keys = ON`.
- MySQL and SQL Server have nothing of the kind: there the checks have to be switched off.

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
transaction) and "WITH Queries" (data-modifying statements); SQLite manual, "PRAGMA
defer_foreign_keys"; SQL Server has no keys that wait, and CockroachDB none that are deferrable
(manuals).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import loosen, ring_text
from referee.rules.rings import breaking_fixes, related_places, rings, silencing_places
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "required-cycle"


def is_required(key: ForeignKey) -> bool:
    """Tell whether a row of the child cannot be without a row of the parent."""
    return key.is_required


def first_row_words(database: Database, size: int) -> str:
    """Return what keeps the first rows out of so many tables, and what gets them in."""
    none_of = "neither table" if size == 2 else f"none of the {size} tables"
    client = f"Prisma Client can insert the first row of {none_of}"
    if database.provider == "postgresql":
        return f"{client}; one SQL statement that inserts {'both' if size == 2 else 'all'} can"
    if database.provider == "sqlite":
        return f"{client}; a transaction with `PRAGMA defer_foreign_keys` can"
    if database.provider == "cockroachdb":
        return client
    return f"{none_of} can get its first row while foreign keys are checked"


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
            consequence = first_row_words(view.database, size)
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
    summary="A ring of required foreign keys that no single INSERT can enter",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("rings",),
    documented=("SQL Server", "CockroachDB", "MongoDB"),
)
