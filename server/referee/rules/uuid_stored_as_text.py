"""UUIDs are kept as text although the database has a type for them.

PostgreSQL and CockroachDB keep a `uuid` in 16 bytes; as text it takes 37, in the table, in its index,
in every foreign key and in their indexes.
The type also refuses what is no UUID.

```prisma bad
model Customer {
  id     String  @id @default(uuid())
  orders Order[]
}

model Order {
  id         Int      @id @default(autoincrement())
  customer   Customer @relation(fields: [customerId], references: [id], onDelete: Cascade)
  customerId String

  @@index([customerId])
}
```

```prisma good
model Customer {
  id     String  @id @default(uuid()) @db.Uuid
  orders Order[]
}

model Order {
  id         Int      @id @default(autoincrement())
  customer   Customer @relation(fields: [customerId], references: [id], onDelete: Cascade)
  customerId String   @db.Uuid

  @@index([customerId])
}
```

The fix adds `@db.Uuid` to the field and to every foreign key that refers to it, in all files, since
they must keep one type.
It is unsafe: the tables are rewritten under a lock, and a stored value that is no UUID makes the
migration fail.
It is not offered where one of those columns also refers to a field that holds other text.

`cuid()` and `nanoid()` are no UUIDs and stay text.

Sources: PostgreSQL manual, "UUID Type"; CockroachDB manual, "UUID".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_type_mismatch import type_place
from referee.rules.key_types import column_pairs
from referee.rules.rule import Finding, Fix, ReplaceFieldAttribute, Rule
from referee.rules.settings import RuleSettings
from referee.rules.words import counted
from referee.schema.facts import FieldFacts, ModelFacts
from referee.schema.native_types import column_type
from referee.schema.view import SchemaView

CODE = "uuid-stored-as-text"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each field that Prisma fills with UUIDs and the database keeps as text."""
    if model.kind == "view" or view.database.provider not in ("postgresql", "cockroachdb"):
        return
    for field in model.fields:
        default = field.default
        if default is None or default.function != "uuid" or not _is_text(field, view):
            continue
        columns = _columns_of_one_type(model.name, field.name, view)
        keys = len(columns) - 1
        verb = "does" if keys == 1 else "do"
        beside = f", and so {verb} {counted(keys, 'column')} tied to it" if keys > 0 else ""
        yield Finding(
            CODE,
            "hint",
            f"`{model.name}.{field.name}` keeps UUIDs as text, 37 bytes instead of 16{beside}.",
            type_place(model.name, field),
            model.name,
            (field.name,),
            fixes=_fixes(columns, view),
        )


def _is_text(field: FieldFacts, view: SchemaView) -> bool:
    if field.type != "String" or field.arity == "list":
        return False
    found = column_type(field, view.database.provider)
    return found is not None and found.type.family == "text"


def _columns_of_one_type(model: str, field: str, view: SchemaView) -> list[tuple[str, str]]:
    """Return a field and all that foreign keys tie to it, nearest first."""
    found = [(model, field)]
    seen = set(found)
    for model, field in found:
        for key in view.keys_to(model):
            for column, reference in column_pairs(key):
                if reference == field and (key.child, column) not in seen:
                    seen.add((key.child, column))
                    found.append((key.child, column))
        for key in view.keys_of(model):
            for column, reference in column_pairs(key):
                if column == field and (key.parent, reference) not in seen:
                    seen.add((key.parent, reference))
                    found.append((key.parent, reference))
    return found


def _fixes(columns: list[tuple[str, str]], view: SchemaView) -> tuple[Fix, ...]:
    """Return the fix that converts all columns, unless one of them may hold other text."""
    uuid = f"@{view.database.name}.Uuid"
    edits: list[ReplaceFieldAttribute] = []
    for model, name in columns:
        facts = view.model(model)
        field = None if facts is None else facts.field(name)
        if field is None or not _is_text(field, view):
            return ()
        referred = not any(name in key.columns for key in view.keys_of(model))
        if field.default is None and referred:
            return ()
        if field.default is not None and field.default.function != "uuid":
            return ()
        edits.append(ReplaceFieldAttribute(model, name, "db", uuid))
    first = ".".join(columns[0])
    beside = f" and to {counted(len(columns) - 1, 'column')} tied to it" if len(columns) > 1 else ""
    return (Fix(f"Add `{uuid}` to `{first}`{beside}", tuple(edits), is_safe=False),)


RULE = Rule(
    code=CODE,
    family="type",
    severity="hint",
    scope="model",
    summary="A UUID kept as text",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("uuid-size",),
    documented=("CockroachDB",),
)
