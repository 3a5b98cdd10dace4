"""A unique constraint holds already because fewer of its columns are unique.

If no two rows share a `token`, no two rows share a `userId` and a `token`.
The wider constraint can never fail; it only costs a second index.
The same goes for a `@unique` on the `@id`, which is unique already.

```prisma bad
model PushDevice {
  id     Int    @id @default(autoincrement())
  userId Int
  token  String @unique

  @@unique([userId, token])
}
```

```prisma good
model PushDevice {
  id     Int    @id @default(autoincrement())
  userId Int
  token  String @unique

  @@index([userId])
}
```

The fix removes the constraint.
Where it starts with other columns that nothing else indexes, as above, the fix leaves an index over
those behind, so that no look-up becomes slow.
It is unsafe: Prisma Client loses the compound argument (`userId_token`) of `findUnique` and `upsert`.

The rule is silent where a relation refers to the columns of the constraint, or is one-to-one because
of it, since Prisma wants exactly that constraint then; where it has a `name`, which is there to be
used in queries; and on MongoDB.
It also leaves `[identifier, token]` and `[provider, providerAccountId]` alone, which the Prisma adapter of
Auth.js looks rows up by.

Sources: active_record_doctor, "extraneous indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.duplicate_index import earlier_twin
from referee.rules.foreign_key_index import columns_written
from referee.rules.index_forms import (
    free_index_name,
    full_uniques,
    index_text,
    is_plain,
    remove_index,
)
from referee.rules.rule import (
    Finding,
    Fix,
    Related,
    ReplaceBlockAttribute,
    Rule,
    index_place,
)
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "redundant-unique"

# Compound keys that the Prisma adapter of Auth.js names in its queries.
_LOOKED_UP = frozenset([("identifier", "token"), ("provider", "providerAccountId")])


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each unique constraint that a smaller one implies."""
    if model.kind == "view" or view.database.provider in (None, "mongodb"):
        return
    uniques = list(full_uniques(model))
    for index in uniques if len(uniques) > 1 else ():
        if index.kind != "unique" or index.name is not None or index.is_clustered:
            continue
        smaller = _smaller(model, index)
        if smaller is None or earlier_twin(model, index) is not None:
            continue
        if smaller.column_names != index.column_names and _is_needed(model, index, view):
            continue
        columns = smaller.column_names
        what = columns[0] if len(columns) == 1 else f"[{', '.join(columns)}]"
        implied = f"`{what}` is unique by itself"
        if smaller.column_names == index.column_names:
            implied = f"`{what}` is the primary key"
        yield Finding(
            CODE,
            "hint",
            f"{index_text(model, index)} can never fail, because {implied}; it only costs a second index.",
            index_place(model.name, index),
            model.name,
            index.column_names,
            related=(
                Related(
                    index_place(model.name, smaller),
                    f"{index_text(model, smaller)} implies it",
                ),
            ),
            fixes=(_fix(model, index, smaller, view),),
        )


def _smaller(model: ModelFacts, index: IndexFacts) -> IndexFacts | None:
    """Return the smallest unique set within this one; the primary key may be all of it."""
    columns = frozenset(index.column_names)
    found = [
        each
        for each in full_uniques(model)
        if frozenset(each.column_names) < columns
        or (each.kind == "id" and each.column_names == index.column_names)
    ]
    return min(found, key=lambda each: len(each.columns), default=None)


def _is_needed(model: ModelFacts, index: IndexFacts, view: SchemaView) -> bool:
    """Tell whether a relation needs exactly these columns to be unique."""
    if index.column_names in _LOOKED_UP:
        return True
    columns = frozenset(index.column_names)
    if any(frozenset(key.references) == columns for key in view.keys_to(model.name)):
        return True
    return any(
        key.is_one_to_one and frozenset(key.columns) == columns for key in view.keys_of(model.name)
    )


def _fix(model: ModelFacts, index: IndexFacts, smaller: IndexFacts, view: SchemaView) -> Fix:
    leading: list[str] = []
    for name in index.column_names:
        if name in smaller.column_names:
            break
        leading.append(name)
    others = [each for each in model.indexes if each is not index and is_plain(each)]
    is_indexed = any(each.column_names[: len(leading)] == tuple(leading) for each in others)
    written = None if is_indexed else columns_written(leading, model, view.database)
    if not leading or written is None:
        return Fix(
            f"Remove {index_text(model, index)}", (remove_index(model, index),), is_safe=False
        )
    free_name = free_index_name(model, "index", leading, view.database)
    mapped = "" if free_name is None else f', map: "{free_name}"'
    text = f"@@index([{', '.join(written)}]{mapped})"
    place = index_place(model.name, index)
    return Fix(
        f"Replace `{index}` by `{text}`", (ReplaceBlockAttribute(place, text),), is_safe=False
    )


RULE = Rule(
    code=CODE,
    family="index",
    severity="hint",
    scope="model",
    summary="A unique constraint that a smaller one implies",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
)
