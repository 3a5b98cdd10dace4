"""A required field without default is hidden from Prisma Client.

`@ignore` leaves the field out of the generated client, so nothing can give it a value.
The column is NOT NULL and has no default, so Prisma Client can create no row of the model: it offers
no `create` for it.

```prisma bad
model Customer {
  id       Int    @id @default(autoincrement())
  name     String
  legacyNo String @ignore
}
```

```prisma good
model Customer {
  id       Int     @id @default(autoincrement())
  name     String
  legacyNo String? @ignore
}
```

There is no automatic fix: make the column optional or give it a default, in the schema and in the
database.

A model that is only ever read is right as it is; then silence the rule at the field.
Any `@default` counts, and so do `@updatedAt` and lists.

Sources: Prisma schema reference, `@ignore`.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import Finding, Place, Rule
from referee.rules.settings import RuleSettings
from referee.schema.facts import FieldFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "ignored-required-field"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each hidden field that no row can do without."""
    if model.kind == "view" or model.is_ignored:
        return
    for field in model.fields:
        if not field.is_ignored or not _must_be_given(field):
            continue
        if view.model(field.type) is not None:
            continue
        yield Finding(
            CODE,
            "warning",
            f"`{model.name}.{field.name}` is required and has no default, but `@ignore` hides it: "
            f"Prisma Client can create no `{model.name}`.",
            Place(model.name, field.name, attribute="ignore"),
            model.name,
            (field.name,),
        )


def _must_be_given(field: FieldFacts) -> bool:
    return (
        field.unsupported is None
        and field.is_required
        and field.default is None
        and field.relation is None
        and not field.is_updated_at
    )


RULE = Rule(
    code=CODE,
    family="type",
    severity="warning",
    scope="model",
    summary="A required field that nobody can set",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    needs_database=False,
)
