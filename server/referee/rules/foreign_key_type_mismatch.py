"""The column of a foreign key has another type than the column it refers to.

Prisma's validator compares the Prisma types (`String` with `String`), not the column types behind
them.
The database does compare those, and refuses to create the foreign key.

What goes together differs:

- PostgreSQL compares within text, varchar and char, within the whole numbers, within the
  floating numbers, within the decimals, and within timestamp, timestamptz and date; it refuses
  uuid with text, inet with text, money with decimal, and text that refers to citext.
- MySQL wants numbers of the same size and sign; lengths of text may differ, but TEXT and BLOB
  columns stand in no foreign key.
- SQL Server wants the same type, the same length and the same scale, so that `NVarChar(450)` does
  not go with the default NVARCHAR(1000).
- CockroachDB wants types of one family.
- SQLite takes anything, so the rule compares the Prisma types only, as everywhere.

```prisma bad
model User {
  id     String  @id @default(uuid()) @db.Uuid
  logins Login[]
}

model Login {
  id     Int    @id @default(autoincrement())
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId String

  @@index([userId])
}
```

```prisma good
model User {
  id     String  @id @default(uuid()) @db.Uuid
  logins Login[]
}

model Login {
  id     Int    @id @default(autoincrement())
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId String @db.Uuid

  @@index([userId])
}
```

The first fix gives the column of the key the type of the column it refers to, the second does it
the other way round; each is offered only where every other relation over that field still fits.
Both are unsafe, since changing a column's type rewrites what is stored.

Where relations are emulated, only different Prisma types are reported.

Sources: SQL Server, errors 1753 and 1778; CockroachDB manual, "Foreign Key Constraint".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.key_types import (
    Verdict,
    column_pairs,
    compare_types,
    give_type_of,
    sql_name,
)
from referee.rules.rule import Finding, Fix, Place, Related, Rule
from referee.rules.settings import RuleSettings
from referee.schema.facts import FieldFacts
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "foreign-key-type-mismatch"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each column of a key that does not go with what it refers to."""
    child, parent = view.model(key.child), view.target(key.parent)
    if child is None or parent is None:
        return
    for column, reference in column_pairs(key):
        ours, theirs = child.field(column), parent.field(reference)
        if ours is None or theirs is None:
            continue
        if (
            ours.type == theirs.type
            and ours.native_type == theirs.native_type
            and view.database.provider != "mysql"
        ):
            # Only MySQL takes some types in no key at all.
            continue
        verdict = compare_types(ours, theirs, view.database)
        if verdict == "scalars" or (
            verdict in ("differs", "long") and view.database.has_foreign_keys
        ):
            yield _finding(key, ours, theirs, verdict, view)


def _finding(
    key: ForeignKey, ours: FieldFacts, theirs: FieldFacts, verdict: Verdict, view: SchemaView
) -> Finding:
    database = view.database
    one, other = f"{key.child}.{ours.name}", f"{key.parent}.{theirs.name}"
    fixes: tuple[Fix | None, ...] = (
        give_type_of(key.child, ours.name, theirs, other, view),
        give_type_of(key.parent, theirs.name, ours, one, view),
    )
    if verdict == "scalars":
        message = (
            f"`{one}` is `{ours.type}` but `{other}` is `{theirs.type}`; Prisma refuses a relation "
            "between fields of different types."
        )
    elif verdict == "long":
        message = (
            f"`{one}` is {sql_name(ours, database)} and `{other}` is {sql_name(theirs, database)}; "
            f"{database.title} takes no TEXT or BLOB column in a foreign key."
        )
        fixes = ()
    else:
        message = (
            f"`{one}` is {sql_name(ours, database)} but `{other}` is {sql_name(theirs, database)}; "
            f"{database.title} will not create this foreign key."
        )
    return Finding(
        CODE,
        "error",
        message,
        type_place(key.child, ours),
        key.child,
        (ours.name,),
        (key.parent,),
        related=(Related(type_place(key.parent, theirs), f"`{other}` is what the key refers to"),),
        fixes=tuple(fix for fix in fixes if fix is not None),
        is_official=verdict == "scalars",
    )


def type_place(model: str, field: FieldFacts) -> Place:
    """Return the place of what gives a field its column type."""
    if field.native_type is not None:
        return Place(model, field.name, attribute="db")
    return Place(model, field.name, part="type")


RULE = Rule(
    code=CODE,
    family="foreign-key",
    severity="error",
    scope="relation",
    summary="A foreign key whose column type differs from what it refers to",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("types",),
    documented=("SQL Server", "CockroachDB"),
)
