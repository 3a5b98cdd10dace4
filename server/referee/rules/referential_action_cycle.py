"""Referential actions that change rows form a ring, which Prisma refuses here.

SQL Server takes no foreign key whose actions could come back to the table they started from, and
where Prisma Client plays the actions itself (MongoDB, `relationMode = "prisma"`) it would not know
when to stop.
Prisma's validator therefore refuses every ring of relations each of which has an `onDelete` or
`onUpdate` that changes rows, and `onUpdate` is `Cascade` unless the schema says otherwise.
A relation of a model to itself is such a ring already.

A ring is reported once, with every way of breaking it.

```prisma bad
datasource db {
  provider = "sqlserver"
}

model Employee {
  id        Int        @id @default(autoincrement())
  manager   Employee?  @relation("Reports", fields: [managerId], references: [id])
  managerId Int?
  reports   Employee[] @relation("Reports")

  @@index([managerId])
}
```

```prisma good
datasource db {
  provider = "sqlserver"
}

model Employee {
  id        Int        @id @default(autoincrement())
  manager   Employee?  @relation("Reports", fields: [managerId], references: [id], onDelete: NoAction, onUpdate: NoAction)
  managerId Int?
  reports   Employee[] @relation("Reports")

  @@index([managerId])
}
```

The fix gives both actions of one relation the value that changes nothing: `NoAction`, or `Restrict`
where `NoAction` is not to be had (PostgreSQL and SQLite with `relationMode = "prisma"`).
It is unsafe, since deletes that went through may then be refused.

Sources: Prisma's validator, with which this rule is compared on random schemas; Microsoft, error
1785 ("may cause cycles or multiple cascade paths").
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import calm, changes_rows, has_ring_check, ring_text
from referee.rules.rings import breaking_fixes, related_places, rings, silencing_places
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "referential-action-cycle"


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each ring of several models that Prisma's validator refuses."""
    if not has_ring_check(view.database):
        return
    for ring in rings(view, changes_rows):
        anchor = ring.anchor
        yield Finding(
            CODE,
            "error",
            f"Prisma refuses the ring {ring_text(ring.keys)}{ring.others_note} {_here(view)}: "
            "each of its relations changes rows when a row it points at changes.",
            relation_place(anchor),
            anchor.child,
            anchor.columns,
            models=tuple(sorted(ring.members)),
            related=related_places(ring, lambda key: f"`{key}` has {actions_text(key)}"),
            fixes=breaking_fixes(ring, view, lambda key: calm([key], view.database)),
            silenced_at=silencing_places(ring),
            is_official=True,
        )


def check_part(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each relation of a model to itself that the validator refuses."""
    if has_ring_check(view.database):
        for key in view.keys_of(model.name):
            if key.is_self_relation and changes_rows(key):
                yield _self_finding(key, view)


def _self_finding(key: ForeignKey, view: SchemaView) -> Finding:
    return Finding(
        CODE,
        "error",
        f"Prisma refuses `{key}` {_here(view)}: a relation of `{key.parent}` to itself must not "
        f"change rows, and this one has {actions_text(key)}.",
        relation_place(key),
        key.child,
        key.columns,
        models=(key.child,),
        fixes=(calm([key], view.database),),
        is_official=True,
    )


def actions_text(key: ForeignKey) -> str:
    """Return what a relation does, and whether anybody wrote it, for a message."""
    found = []
    for argument, action in (("onDelete", key.on_delete), ("onUpdate", key.on_update)):
        note = "" if action.is_written else " by default"
        found.append(f"`{argument}: {action}`{note}")
    return " and ".join(found)


def _here(view: SchemaView) -> str:
    if view.database.provider in ("sqlserver", "mongodb"):
        return f"on {view.database.title}"
    return 'with `relationMode = "prisma"`'


RULE = Rule(
    code=CODE,
    family="cyclic-relation",
    severity="error",
    scope="graph",
    summary="A ring of referential actions that Prisma refuses",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    documented=("SQL Server",),
    judges_parts=has_ring_check,
    check_part=check_part,
)
