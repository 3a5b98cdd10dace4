"""A `DateTime` is kept without time zone.

Prisma's default on PostgreSQL and CockroachDB is `TIMESTAMP(3)`, which keeps the numbers of a clock and
not a point in time.
Prisma Client always writes UTC, so all is well as long as nobody else reads: SQL that compares with
`now()`, a report in another session's time zone or another client shifts by some hours.

The rule is off unless you turn it on: a schema should do it everywhere or nowhere.

```prisma bad
model Meeting {
  id     Int      @id @default(autoincrement())
  starts DateTime
}
```

```prisma good
model Meeting {
  id     Int      @id @default(autoincrement())
  starts DateTime @db.Timestamptz(3)
}
```

There is no automatic fix, since the columns of a schema should change together, and the conversion
(`USING ... AT TIME ZONE 'UTC'`) has to be written into the migration by hand.

Fields with `@db.Date` and `@db.Time` are no points in time and are left alone.

Sources: PostgreSQL wiki, "Don't Do This"; CockroachDB manual, "TIMESTAMP".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_type_mismatch import type_place
from referee.rules.rule import Finding, Rule
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.native_types import column_type
from referee.schema.view import SchemaView

CODE = "timestamp-without-timezone"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each point in time that is kept without time zone."""
    provider = view.database.provider
    if model.kind == "view" or provider not in ("postgresql", "cockroachdb"):
        return
    for field in model.fields:
        if field.type != "DateTime":
            continue
        found = column_type(field, provider)
        if found is None or found.type.name != "Timestamp":
            continue
        yield Finding(
            CODE,
            "hint",
            f"`{model.name}.{field.name}` is {found.sql}, without time zone; SQL that compares it with "
            "`now()` depends on the time zone of the session.",
            type_place(model.name, field),
            model.name,
            (field.name,),
        )


RULE = Rule(
    code=CODE,
    family="type",
    severity="hint",
    scope="model",
    summary="A DateTime without time zone",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    is_on=False,
    claims=("time-zones",),
    documented=("CockroachDB",),
)
