"""A unique constraint covers an optional column, and the database counts NULL as a value.

SQL Server lets a unique index hold a single NULL: the second row without a value is refused.
PostgreSQL, MySQL, SQLite and CockroachDB take NULLs for different from one another, so nothing is
reported there.
On MongoDB a missing field counts as null as well; since Prisma leaves fields out that are not set,
people have seen both outcomes, so it is information only.

```prisma bad
datasource db {
  provider = "sqlserver"
}

generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model Case {
  id       Int  @id @default(autoincrement())
  intakeId Int? @unique
}
```

```prisma good
datasource db {
  provider = "sqlserver"
}

generator client {
  provider        = "prisma-client"
  output          = "../client"
  previewFeatures = ["partialIndexes"]
}

model Case {
  id       Int  @id @default(autoincrement())
  intakeId Int? @unique(where: { intakeId: { not: null } })
}
```

The fix leaves rows without a value out of the index.
It is offered where the preview feature `partialIndexes` is on, and not where a foreign key refers to
the columns, since that needs a full index.
It is unsafe, since the index is built anew and promises less.

Sources: SQL Server manual, "Create Unique Indexes" (multiple NULLs count as duplicates) and "Create
Filtered Indexes"; MongoDB manual, "Unique Indexes" (missing fields).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.index_forms import full_uniques, index_text
from referee.rules.rule import Finding, Fix, Rule, SetArgument, Severity, index_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "nullable-unique"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each unique constraint that admits one NULL only."""
    provider = view.database.provider
    if model.kind == "view" or provider not in ("sqlserver", "mongodb"):
        return
    for index in full_uniques(model):
        optional = [
            name
            for name in index.column_names
            if (field := model.field(name)) is not None and field.arity == "optional"
        ]
        if index.kind != "unique" or not optional:
            continue
        others = [name for name in index.column_names if name not in optional]
        rest = f" with the same {listed(others)} and" if others else ""
        severity: Severity = "warning"
        message = (
            f"SQL Server counts NULL as a value in {index_text(model, index)}: the second "
            f"`{model.name}`{rest} without {listed(optional)} is refused."
        )
        if provider == "mongodb":
            severity = "information"
            message = (
                f"MongoDB counts a missing field as null in {index_text(model, index)}: the second "
                f"`{model.name}`{rest} without {listed(optional)} may be refused."
            )
        yield Finding(
            CODE,
            severity,
            message,
            index_place(model.name, index),
            model.name,
            index.column_names,
            fixes=_fixes(model, index, optional, view),
        )


def _fixes(
    model: ModelFacts, index: IndexFacts, optional: list[str], view: SchemaView
) -> tuple[Fix, ...]:
    if view.database.provider != "sqlserver" or "partialIndexes" not in view.preview_features:
        return ()
    columns = frozenset(index.column_names)
    if any(frozenset(key.references) == columns for key in view.keys_to(model.name)):
        return ()
    conditions = ", ".join(f"{name}: {{ not: null }}" for name in optional)
    edit = SetArgument(index_place(model.name, index), "where", f"{{ {conditions} }}")
    return (Fix(f"Leave rows without {listed(optional)} out of the index", (edit,), is_safe=False),)


RULE = Rule(
    code=CODE,
    family="index",
    severity="warning",
    severity_note="on SQL Server; information on MongoDB",
    scope="model",
    summary="A unique constraint that admits a single NULL",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("nulls",),
    documented=("SQL Server", "CockroachDB", "MongoDB"),
)
