"""An index over nothing but a Boolean column.

There are two values to tell rows apart by, so looking one up still means half of the table on average,
and the database reads the table directly instead.
SQLite goes by the index all the same, and looks each of those rows up by itself.
Every write pays for the index all the same.

```prisma bad
model FeatureFlag {
  id      Int     @id @default(autoincrement())
  enabled Boolean @default(false)

  @@index([enabled])
}
```

```prisma good
model FeatureFlag {
  id        Int      @id @default(autoincrement())
  enabled   Boolean  @default(false)
  createdAt DateTime @default(now())

  @@index([enabled, createdAt])
}
```

There is no automatic fix, since it depends on the queries: add the column they sort by, or index only
the rare value with `where` (`partialIndexes`).

If one of the values is rare, and queries ask for that one, the index helps; then silence the rule at
this line.
Partial and hash indexes, unique ones and indexes over further columns are not reported, and nothing is on
MongoDB.

Sources: PostgreSQL manual, "Partial Indexes"; pg-index-health, "indexes with boolean".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.index_forms import is_plain
from referee.rules.rule import Finding, Rule, index_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.view import SchemaView

CODE = "index-on-boolean"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each index over one Boolean column."""
    if model.kind == "view" or view.database.provider in (None, "mongodb"):
        return
    for index in model.indexes:
        if index.kind != "index" or len(index.columns) != 1:
            continue
        field = model.field(index.columns[0].name)
        if field is None or field.type != "Boolean" or field.arity == "list":
            continue
        if not is_plain(index):
            continue
        values = "two values" if field.is_required else "two values and NULL"
        instead = (
            "SQLite looks up half of the table, row by row"
            if view.database.provider == "sqlite"
            else f"{view.database.title} reads the whole table instead"
        )
        yield Finding(
            CODE,
            "information",
            f"`{index}` has only {values} to tell rows apart by; unless one of them is rare, "
            f"{instead}.",
            index_place(model.name, index),
            model.name,
            index.column_names,
        )


RULE = Rule(
    code=CODE,
    family="index",
    severity="information",
    scope="model",
    summary="An index over one Boolean column",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    claims=("boolean-indexes",),
    documented=("SQL Server", "CockroachDB"),
)
