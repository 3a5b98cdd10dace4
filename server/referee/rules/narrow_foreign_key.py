"""The column of a foreign key is narrower than the column it refers to.

PostgreSQL and CockroachDB create such a key, since the types can be compared.
It works until the parent has the first key that does not fit, a SMALLINT's 32,768 for example;
from then on that row cannot be referred to, and the insert fails with "out of range".

Compared are whole numbers by their size, and text where both columns have a written length.
Text without length is left alone: the values of an id that Prisma makes are all equally short.

```prisma bad
model Competency {
  id    Int              @id @default(autoincrement())
  users UserCompetency[]
}

model UserCompetency {
  id           Int        @id @default(autoincrement())
  competency   Competency @relation(fields: [competencyId], references: [id], onDelete: Cascade)
  competencyId Int        @db.SmallInt

  @@index([competencyId])
}
```

```prisma good
model Competency {
  id    Int              @id @default(autoincrement())
  users UserCompetency[]
}

model UserCompetency {
  id           Int        @id @default(autoincrement())
  competency   Competency @relation(fields: [competencyId], references: [id], onDelete: Cascade)
  competencyId Int

  @@index([competencyId])
}
```

The fix gives the column the type of the one it refers to.
It is unsafe, since the database rewrites the table under an exclusive lock.

On MySQL and SQL Server different sizes are an error, see `foreign-key-type-mismatch`.

Sources: PostgreSQL manual, "Numeric Types" and "Foreign Keys"; CockroachDB manual, "INT".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_type_mismatch import type_place
from referee.rules.key_types import column_pairs, compare_types, give_type_of, sql_name
from referee.rules.rule import Finding, Related, Rule
from referee.rules.settings import RuleSettings
from referee.schema.native_types import column_type
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "narrow-foreign-key"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each column of a key into which not every value of the parent fits."""
    child, parent = view.model(key.child), view.target(key.parent)
    if child is None or parent is None:
        return
    for column, reference in column_pairs(key):
        ours, theirs = child.field(column), parent.field(reference)
        if ours is None or theirs is None or ours.type != theirs.type:
            continue
        if ours.native_type == theirs.native_type:
            continue
        if compare_types(ours, theirs, view.database) != "narrower":
            continue
        found = column_type(ours, view.database.provider)
        assert found is not None
        one, other = f"{key.child}.{column}", f"{key.parent}.{reference}"
        limit = (
            f"the first key over {2 ** (8 * found.type.size - 1) - 1:,}"
            if found.type.size
            else f"a value of more than {found.length} characters"
        )
        fix = give_type_of(key.child, column, theirs, other, view)
        yield Finding(
            CODE,
            "warning",
            f"`{one}` is {sql_name(ours, view.database)} but `{other}` is "
            f"{sql_name(theirs, view.database)}; {limit} cannot be referred to.",
            type_place(key.child, ours),
            key.child,
            (column,),
            (key.parent,),
            related=(
                Related(type_place(key.parent, theirs), f"`{other}` is what the key refers to"),
            ),
            fixes=() if fix is None else (fix,),
        )


RULE = Rule(
    code=CODE,
    family="foreign-key",
    severity="warning",
    scope="relation",
    summary="A foreign key narrower than what it refers to",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("narrow-keys",),
    documented=("CockroachDB",),
)
