"""A model does not say when its rows were made and last changed.

The rule is off unless you turn it on: many tables do well without, join tables and lists of fixed values
for example.
A field counts when it is a `DateTime` with `@default(now())` or a name such as `createdAt`, and with
`@updatedAt` or a name such as `updatedAt`.

```prisma bad
model Customer {
  id   Int    @id @default(autoincrement())
  name String
}
```

```prisma good
model Customer {
  id        Int      @id @default(autoincrement())
  name      String
  createdAt DateTime @default(now())
  updatedAt DateTime @default(now()) @updatedAt
}
```

The fix adds the missing fields, in snake_case where the model is written in it.
It is unsafe: rows that exist get the time of the migration, which is not when they were made.

Views are not judged, nor is a model with a line that did not parse.

Sources: active_record_doctor has the same check for Rails.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import AddField, Finding, Fix, Place, Rule
from referee.rules.settings import RuleSettings
from referee.rules.words import listed, name_words
from referee.schema.facts import FieldFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "missing-timestamps"

_MADE = frozenset(["created", "inserted", "added", "creation"])
_CHANGED = frozenset(["updated", "modified", "changed"])


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a model that does not keep the times of its rows."""
    if model.kind == "view" or model.broken_words:
        return
    times = [field for field in model.fields if field.type == "DateTime"]
    missing: list[str] = []
    snake = any("_" in field.name.strip("_") for field in model.fields)
    if not any(_is_creation(field) for field in times):
        missing.append("created_at" if snake else "createdAt")
    if not any(_is_update(field) for field in times):
        missing.append("updated_at" if snake else "updatedAt")
    taken = {name.lower() for field in model.fields for name in (field.name, field.column)}
    if not missing or any(name.lower() in taken for name in missing):
        return
    edits = tuple(
        AddField(
            model.name,
            f"{name} DateTime @default(now())"
            + (" @updatedAt" if name.startswith("updated") else ""),
        )
        for name in missing
    )
    yield Finding(
        CODE,
        "hint",
        f"`{model.name}` has no {listed(missing, joint='and no')}, so nothing tells when a row was "
        f"{' or '.join(_VERBS[name[:7]] for name in missing)}.",
        Place(model.name),
        model.name,
        fixes=(Fix(f"Add {listed(missing)} to `{model.name}`", edits, is_safe=False),),
    )


_VERBS = {"created": "made", "updated": "changed"}


def _is_creation(field: FieldFacts) -> bool:
    if field.is_updated_at:
        return False
    by_default = field.default is not None and field.default.function == "now"
    words = set(name_words(field.name))
    return bool(words & _MADE) or (by_default and not words & _CHANGED)


def _is_update(field: FieldFacts) -> bool:
    return field.is_updated_at or bool(set(name_words(field.name)) & _CHANGED)


RULE = Rule(
    code=CODE,
    family="type",
    severity="hint",
    scope="model",
    summary="A model without createdAt or updatedAt",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    is_on=False,
    needs_database=False,
)
