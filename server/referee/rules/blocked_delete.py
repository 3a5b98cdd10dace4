"""A delete that cascades on one way is refused on another.

A row of the root is deleted, and its rows below go with it; but one of them, or the root itself, is
pointed at through a key that refuses (`onDelete: Restrict` or `NoAction`, often by default).
Two forms are reported, once for each refusing key:

- The child's row would be deleted by the same cascade, but the database checks first.
  PostgreSQL checks level by level: a refusing key fails if its child lies two or more levels deeper
  than its parent, and with one level it depends on the order in which the constraints were made.
  MySQL (InnoDB) and, for `Restrict`, SQLite work row by row and depth first, by constraint name and
  by age of the table.
  SQL Server, CockroachDB and SQLite with `NoAction` check last and are fine.
  Prisma Client, where it plays the actions itself, looks before it deletes.
- The cascade never reaches the child, and nobody said that it should refuse: the action is Prisma's
  default.
  A written `Restrict` outside of the cascade is how data is protected, and is not reported.

A certain failure is a warning, the rest information.

```prisma bad
model Org {
  id          Int          @id @default(autoincrement())
  teams       Team[]
  memberships Membership[]
}

model Team {
  id          Int          @id @default(autoincrement())
  org         Org          @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId       Int
  memberships Membership[]

  @@index([orgId])
}

model Membership {
  id     Int  @id @default(autoincrement())
  team   Team @relation(fields: [teamId], references: [id], onDelete: Cascade)
  teamId Int
  org    Org  @relation(fields: [orgId], references: [id])
  orgId  Int
  role   String

  @@index([teamId])
  @@index([orgId])
}
```

```prisma good
model Org {
  id          Int          @id @default(autoincrement())
  teams       Team[]
  memberships Membership[]
}

model Team {
  id          Int          @id @default(autoincrement())
  org         Org          @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId       Int
  memberships Membership[]

  @@index([orgId])
}

model Membership {
  id     Int  @id @default(autoincrement())
  team   Team @relation(fields: [teamId], references: [id], onDelete: Cascade)
  teamId Int
  org    Org  @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId  Int
  role   String

  @@index([teamId])
  @@index([orgId])
}
```

Inside a cascade the fix lets the refusing key cascade as well (on SQLite, `NoAction` keeps the check
and puts it last), or clears it where it may be NULL; both are unsafe.
Outside, the first fix writes the refusing action out, which changes nothing and says that it is
meant; that is safe.

Sources: measured on PostgreSQL, SQLite and MariaDB with thousands of random schemas, whose deletes
went as predicted; Microsoft's and Cockroach Labs' documentation on when checks run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from referee.rules.referential_actions import delete_fixes, path_text, write_action
from referee.rules.rule import Finding, Fix, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.delete import BlockingEdge, cascades, judge_edge, played_verdicts, refuses
from referee.schema.facts import Action
from referee.schema.graph import levels_above, path_down
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "blocked-delete"


@dataclass(frozen=True, slots=True)
class _Blocked:
    """A root whose delete is refused, with the ways down to both ends of the refusing key."""

    root: str
    edge: BlockingEdge
    to_parent: tuple[ForeignKey, ...]
    to_child: tuple[ForeignKey, ...]

    @property
    def rank(self) -> tuple[int, int, int]:
        """How this root compares with others of the same key: the one to speak of comes first."""
        if self.edge.reason == "outside":
            certainty = 2
        else:
            certainty = 0 if self.edge.verdict == "blocked" else 1
        return certainty, len(self.to_parent), len(self.to_child)


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key that refuses what a cascade begins."""
    if not refuses(key, view.database):
        return
    found = sorted(_blocked_roots(key, view), key=lambda each: each.rank)
    if not found:
        return
    first = found[0]
    others = [each.root for each in found[1:]]
    message = _message(first, view)
    if others:
        message += f"; the same goes for {listed(others)}"
    yield Finding(
        CODE,
        "warning" if first.rank[0] == 0 else "information",
        message + ".",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        models=tuple(each.root for each in found),
        related=_related(first),
        fixes=_fixes(first, view),
    )


def _blocked_roots(key: ForeignKey, view: SchemaView) -> Iterator[_Blocked]:
    """Yield the roots whose cascade the key refuses; only those above its parent can be."""

    def cascading(model: str) -> Iterator[ForeignKey]:
        return (each for each in view.keys_of(model) if cascades(each))

    parent_levels, down_to_parent = levels_above(key.parent, cascading)
    if len(parent_levels) == 1 and not any(cascades(each) for each in view.keys_to(key.parent)):
        return
    child_levels, down_to_child = levels_above(key.child, cascading)
    for root, parent_level in parent_levels.items():
        child_level = child_levels.get(root)
        played = played_verdicts(view, root)
        edge = judge_edge(key, child_level, parent_level, view.database, played)
        if edge.verdict == "ok" or edge.reason == "direct":
            continue
        if edge.reason == "outside" and key.on_delete.is_written:
            continue
        yield _Blocked(
            root,
            edge,
            tuple(path_down(root, key.parent, down_to_parent)),
            () if child_level is None else tuple(path_down(root, key.child, down_to_child)),
        )


def _message(blocked: _Blocked, view: SchemaView) -> str:
    """Return the sentence about one root, without its stop."""
    key, reason = blocked.edge.key, blocked.edge.reason
    root = blocked.root
    by_default = "" if key.on_delete.is_written else " by default"
    action = f"`{key}` has `onDelete: {key.on_delete}`{by_default}"
    to_parent, to_child = path_text(root, blocked.to_parent), path_text(root, blocked.to_child)
    title = view.database.title
    if reason == "outside":
        return (
            f"Deleting a row of `{root}` fails as soon as a row of `{key.child}` refers to a row "
            f"of `{key.parent}` that goes with it: {action}, and the cascade {to_parent} does not "
            f"reach `{key.child}`"
        )
    if reason == "tree":
        return (
            f"Deleting a row of `{root}` fails while rows of `{key.child}` point at each other: "
            f"{action}, and {title} checks it row by row in the midst of the cascade {to_child}"
        )
    fails = {"blocked": "fails", "depends-on-order": "can fail", "may-fail": "may fail"}
    head = (
        f"Deleting a row of `{root}` {fails[blocked.edge.verdict]} while a row of `{key.child}` "
        f"depends on it: {action}, and "
    )
    if reason == "checked-first" and view.database.provider == "postgresql":
        return (
            f"{head}{title} checks it when {to_parent} is gone (level {len(blocked.to_parent)}), "
            f"before the cascade {to_child} has removed the row (level {len(blocked.to_child)})"
        )
    if reason == "checked-first":
        return (
            f"{head}{title}, which goes through constraints by name, checks it before the cascade "
            f"{to_child} has removed the row"
        )
    if reason == "same-round":
        return (
            f"{head}{title} checks it in the round in which the cascade {to_child} removes the "
            "row, so that the constraint made first decides"
        )
    if reason == "table-order":
        if blocked.edge.verdict == "blocked":
            return (
                f"{head}{title} checks it before the cascade {to_child} has removed the row, "
                "where the tables were made in the order of the schema"
            )
        return (
            f"{head}whether {title} checks it before the cascade {to_child} has removed the row "
            "depends on the order in which the tables were made"
        )
    if not blocked.to_child:
        return f"{head}Prisma Client looks for such rows before it deletes that of `{root}` itself"
    return f"{head}Prisma Client looks for such rows before the cascade {to_child} removes them"


def _related(blocked: _Blocked) -> tuple[Related, ...]:
    """Return both ways down, edge by edge."""
    edges = dict.fromkeys((*blocked.to_parent, *blocked.to_child))
    return tuple(
        Related(
            relation_place(key, "onDelete"),
            f"deleting a row of `{key.parent}` deletes those of `{key.child}`",
        )
        for key in edges
    )


def _fixes(blocked: _Blocked, view: SchemaView) -> tuple[Fix, ...]:
    key = blocked.edge.key
    actions: list[Action] = []
    # Where the child lies above the parent, one more cascade would close a ring.
    closes_ring = not key.is_self_relation and any(
        each.parent == key.child for each in blocked.to_parent
    )
    if not closes_ring:
        actions.append("Cascade")
    actions.append("SetNull")
    if blocked.edge.reason == "outside":
        return (write_action(key), *delete_fixes(key, actions, view))
    if view.database.provider == "sqlite" and view.database.has_foreign_keys:
        actions.insert(0, "NoAction")
    return delete_fixes(key, actions, view)


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="warning",
    severity_note=(
        "information if it depends on order, or if the key is outside of the cascade and refuses "
        "by default"
    ),
    scope="relation",
    summary="A cascading delete that another key refuses",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
)
