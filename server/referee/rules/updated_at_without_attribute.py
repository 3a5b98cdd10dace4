"""A field is called `updatedAt`, but nothing keeps it up to date.

Without `@updatedAt`, Prisma Client writes the field only where the code names it.
With `@default(now())` it holds the time of creation for ever, and with neither it depends on every
caller.

```prisma bad
model Lesson {
  id        Int      @id @default(autoincrement())
  title     String
  updatedAt DateTime @default(now())
}
```

```prisma good
model Lesson {
  id        Int      @id @default(autoincrement())
  title     String
  updatedAt DateTime @default(now()) @updatedAt
}
```

The fix adds `@updatedAt` and is safe: the column stays as it is, and values that the code writes itself
still win.

Fields with `@default(dbgenerated(...))` are left alone, since the database may keep them, and so are
views.
Models that keep copies of other rows (`...Snapshot`, `...History`) are left alone, since the time is a copy
as well.
If a trigger does it, or the value comes from elsewhere, silence the rule at the field.

Sources: Prisma schema reference, `@updatedAt`.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import AddFieldAttribute, Finding, Fix, Place, Rule
from referee.rules.settings import RuleSettings
from referee.rules.words import name_words, word_set
from referee.schema.facts import FieldFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "updated-at-without-attribute"

_COPIES = word_set("snapshot archive archived history revision backup mirror")


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each field that is called updatedAt and is not kept up to date."""
    if model.kind == "view":
        return
    for field in model.fields:
        if field.type != "DateTime" or field.is_updated_at or not _is_time_of_update(field):
            continue
        if _COPIES & set(name_words(model.name)):
            return
        default = field.default
        if default is not None and default.function == "dbgenerated":
            continue
        outcome = (
            "stays at the time of creation unless the code sets it"
            if default is not None and default.function == "now"
            else "changes only where the code sets it"
        )
        edit = AddFieldAttribute(model.name, field.name, "@updatedAt")
        yield Finding(
            CODE,
            "information",
            f"`{model.name}.{field.name}` has no `@updatedAt`, so it {outcome}.",
            Place(model.name, field.name),
            model.name,
            (field.name,),
            fixes=(Fix(f"Add `@updatedAt` to `{model.name}.{field.name}`", (edit,), is_safe=True),),
        )


def _is_time_of_update(field: FieldFacts) -> bool:
    return field.arity != "list" and name_words(field.name) == ["updated", "at"]


RULE = Rule(
    code=CODE,
    family="type",
    severity="information",
    scope="model",
    summary="An updatedAt that is not updated",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
    needs_database=False,
)
