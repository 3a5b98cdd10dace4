"""A join table does not keep the same pair from standing in it twice.

The model has two required relations and nothing else but an id of its own and the time of creation.
Such a row says "these two belong together", which is either true or not; saying it twice breaks counts,
and removing one row leaves the other.
Two requests at the same moment are enough to make both.

```prisma bad
model User {
  id       Int           @id @default(autoincrement())
  watching TaskWatcher[]
}

model Task {
  id       Int           @id @default(autoincrement())
  watchers TaskWatcher[]
}

model TaskWatcher {
  id     Int  @id @default(autoincrement())
  task   Task @relation(fields: [taskId], references: [id], onDelete: Cascade)
  taskId Int
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@index([taskId])
  @@index([userId])
}
```

```prisma good
model User {
  id       Int           @id @default(autoincrement())
  watching TaskWatcher[]
}

model Task {
  id       Int           @id @default(autoincrement())
  watchers TaskWatcher[]
}

model TaskWatcher {
  id     Int  @id @default(autoincrement())
  task   Task @relation(fields: [taskId], references: [id], onDelete: Cascade)
  taskId Int
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@unique([taskId, userId])
  @@index([userId])
}
```

The fix adds the unique constraint, in place of an index over one of the two where there is one, since
the constraint answers the same look-ups.
It is unsafe: the migration fails if a pair stands there twice already.

The rule is silent where the model has any other column (a role, a quantity, a position), where other
models refer to it, where any unique constraint covers one or both of the relations, be it a partial
one, and where the name says that a row is an event (`View`, `Visit`, `Log`), since events repeat, or an
item of a list (`OrderItem`).

Sources: active_record_doctor looks for the same in Rails' join tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_index import columns_written
from referee.rules.index_forms import free_index_name, is_plain
from referee.rules.rule import (
    AddBlockAttribute,
    Finding,
    Fix,
    Place,
    Related,
    ReplaceBlockAttribute,
    Rule,
    index_place,
    relation_place,
)
from referee.rules.settings import RuleSettings
from referee.rules.words import head_noun, listed, name_words, word_set
from referee.schema.facts import FieldFacts, IndexFacts, ModelFacts
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "join-table-without-unique"

_TIMES = frozenset(["created", "updated", "added", "joined", "assigned", "inserted", "modified"])
_EVENTS = word_set("""
    view visit log event click impression history activity transaction order request message
    attempt session notification play download read access audit record entry action invocation
    execution run call hit search checkin sale purchase payment transfer usage job task ticket item line
    """)


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a join table in which a pair may stand twice."""
    keys = view.keys_of(model.name)
    if len(keys) != 2 or not (keys[0].is_required and keys[1].is_required):
        return
    if model.kind == "view" or model.broken_words or head_noun(model.name) in _EVENTS:
        return
    pair = (*keys[0].columns, *keys[1].columns)
    wanted = frozenset(pair)
    if len(wanted) != len(pair) or not _is_only_a_pair(model, keys, wanted):
        return
    if view.keys_to(model.name) or view.many_to_many(model.name):
        return
    for index in (*model.indexes, *view.indexes_known_elsewhere(model.name)):
        columns = frozenset(index.column_names)
        if index.is_unique and (columns <= wanted or wanted <= columns):
            return
    parents = tuple(dict.fromkeys(key.parent for key in keys))
    yield Finding(
        CODE,
        "information",
        f"Nothing keeps `{model.name}` from holding the same {listed(pair)} twice; the rows say "
        "only that the two belong together.",
        Place(model.name),
        model.name,
        pair,
        parents,
        related=tuple(Related(relation_place(key), f"`{key}` is one of the two") for key in keys),
        fixes=_fixes(model, keys, view),
    )


def _is_only_a_pair(
    model: ModelFacts, keys: tuple[ForeignKey, ...], columns: frozenset[str]
) -> bool:
    """Tell whether a model has no field but two relations, their columns, an id and times."""
    relations = {key.field for key in keys}
    return all(
        field.name in relations or field.name in columns or field.is_id or _is_time(field)
        for field in model.fields
    )


def _is_time(field: FieldFacts) -> bool:
    if field.type != "DateTime" or field.arity == "list":
        return False
    is_set_by_itself = field.default is not None or field.is_updated_at
    return is_set_by_itself or (
        field.is_required
        and name_words(field.name)[:1] != []
        and name_words(field.name)[0] in _TIMES
    )


def _fixes(model: ModelFacts, keys: tuple[ForeignKey, ...], view: SchemaView) -> tuple[Fix, ...]:
    for first, second in (keys, keys[::-1]):
        index = _index_over(model, first)
        if index is not None:
            fix = _fix((*first.columns, *second.columns), model, view, index)
            return () if fix is None else (fix,)
    fix = _fix((*keys[0].columns, *keys[1].columns), model, view, None)
    return () if fix is None else (fix,)


def _index_over(model: ModelFacts, key: ForeignKey) -> IndexFacts | None:
    """Return the plain index over exactly the columns of a key, which a constraint can replace."""
    for index in model.indexes:
        is_bare = index.kind == "index" and is_plain(index) and index.constraint_name is None
        is_bare = is_bare and not any(column.sort or column.length for column in index.columns)
        if is_bare and not index.is_clustered and index.column_names == key.columns:
            return index
    return None


def _fix(
    columns: tuple[str, ...], model: ModelFacts, view: SchemaView, index: IndexFacts | None
) -> Fix | None:
    written = columns_written(columns, model, view.database)
    if written is None:
        return None
    name = free_index_name(model, "unique", columns, view.database)
    mapped = "" if name is None else f', map: "{name}"'
    text = f"@@unique([{', '.join(written)}]{mapped})"
    if index is None:
        return Fix(f"Add `{text}`", (AddBlockAttribute(model.name, text),), is_safe=False)
    place = index_place(model.name, index)
    return Fix(
        f"Replace `{index}` by `{text}`", (ReplaceBlockAttribute(place, text),), is_safe=False
    )


RULE = Rule(
    code=CODE,
    family="index",
    severity="information",
    scope="model",
    summary="A join table that may hold a pair twice",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("join-tables",),
)
