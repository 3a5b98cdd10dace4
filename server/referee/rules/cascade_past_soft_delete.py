"""A model with soft deletion cascades to models without it.

A row with `deletedAt` is hidden and not deleted, so its rows below are not touched: they stay
visible.
When it is deleted for good at last, the cascade takes them without ever having been marked.

Off by default, since a tree whose root alone carries the mark is a common and sound design.
The children of one model are reported together.

```prisma bad
model Project {
  id        Int       @id @default(autoincrement())
  deletedAt DateTime?
  tasks     Task[]
}

model Task {
  id        Int     @id @default(autoincrement())
  project   Project @relation(fields: [projectId], references: [id], onDelete: Cascade)
  projectId Int

  @@index([projectId])
}
```

```prisma good
model Project {
  id        Int       @id @default(autoincrement())
  deletedAt DateTime?
  tasks     Task[]
}

model Task {
  id        Int       @id @default(autoincrement())
  deletedAt DateTime?
  project   Project   @relation(fields: [projectId], references: [id], onDelete: Cascade)
  projectId Int

  @@index([projectId])
}
```

There is no fix to apply.

Sources: weighed on public schemas (0 to 144 such relations in one schema).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import Finding, Place, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed, name_words
from referee.schema.facts import ModelFacts
from referee.schema.referential_actions import cascades
from referee.schema.view import SchemaView

CODE = "cascade-past-soft-delete"

_MARKS = frozenset(["deletedat", "isdeleted", "deletedon", "softdeletedat", "deleted"])


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for the children of a softly deleted model that have no mark."""
    mark = soft_delete_mark(model)
    if mark is None:
        return
    keys = [
        key
        for key in view.keys_to(model.name)
        if cascades(key)
        and not key.is_self_relation
        and (child := view.model(key.child)) is not None
        and soft_delete_mark(child) is None
    ]
    if not keys:
        return
    children = list(dict.fromkeys(key.child for key in keys))
    verb = "does" if len(children) == 1 else "do"
    yield Finding(
        CODE,
        "hint",
        f"`{model.name}` is deleted softly (`{mark}`), and {listed(children)}, which it cascades "
        f"to, {verb} not know the mark.",
        Place(model.name, mark),
        model.name,
        (mark,),
        models=tuple(children),
        related=tuple(
            Related(relation_place(key, "onDelete"), f"`{key.child}` has no such mark")
            for key in keys
        ),
    )


def soft_delete_mark(model: ModelFacts) -> str | None:
    """Return the field that marks a row as deleted, if the model has one."""
    for field in model.fields:
        if "".join(name_words(field.name)) in _MARKS and field.type in ("DateTime", "Boolean"):
            return field.name
    return None


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="hint",
    scope="model",
    summary="A cascade from a softly deleted model to models without the mark",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    is_on=False,
    needs_database=False,
)
