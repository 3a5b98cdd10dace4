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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from referee.rules.referential_actions import delete_fixes, path_text, write_action
from referee.rules.rule import Finding, Fix, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.delete import (
    BlockingEdge,
    Verdict,
    cascades,
    judge_edge,
    played_verdicts,
    refuses,
)
from referee.schema.facts import Action
from referee.schema.graph import levels_above, path_down
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "blocked-delete"


@dataclass(frozen=True, slots=True)
class _Blocked:
    """A root whose delete is refused, and how far above both ends of the refusing key it lies."""

    root: str
    edge: BlockingEdge
    parent_level: int
    child_level: int | None

    @property
    def rank(self) -> tuple[int, int, int]:
        """How this root compares with others of the same key: the one to speak of comes first."""
        if self.edge.reason == "outside":
            certainty = 2
        else:
            certainty = 0 if self.edge.verdict == "blocked" else 1
        return certainty, self.parent_level, self.child_level or 0


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways down from one root to both ends of a refusing key."""

    to_parent: tuple[ForeignKey, ...]
    to_child: tuple[ForeignKey, ...]


Above: TypeAlias = Callable[[str], tuple[dict[str, int], dict[str, ForeignKey]]]


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of each key that refuses what a cascade begins."""
    above = _cascading_above(view)
    played = played_verdicts(view)
    for name in view.model_names():
        for key in view.keys_of(name):
            if not refuses(key, view.database) or (key.is_ignored and not settings.reports_ignored):
                continue
            found = sorted(_blocked_roots(key, view, above, played), key=lambda each: each.rank)
            if found:
                yield _finding(found, view, above)


def _cascading_above(view: SchemaView) -> Above:
    """Return how far above a model the roots of cascades into it lie, looked up once a model."""
    known: dict[str, tuple[dict[str, int], dict[str, ForeignKey]]] = {}

    def cascading(model: str) -> Iterator[ForeignKey]:
        return (key for key in view.keys_of(model) if cascades(key) and not key.is_self_relation)

    def above(model: str) -> tuple[dict[str, int], dict[str, ForeignKey]]:
        if model not in known:
            known[model] = levels_above(model, cascading)
        return known[model]

    return above


def _blocked_roots(
    key: ForeignKey,
    view: SchemaView,
    above: Above,
    played: Callable[[str, ForeignKey], Verdict],
) -> Iterator[_Blocked]:
    """Yield the roots whose cascade the key refuses; only those above its parent can be."""
    parent_levels, _ = above(key.parent)
    child_levels, _ = above(key.child)
    for root, parent_level in parent_levels.items():
        child_level = child_levels.get(root)
        if child_level is None and (parent_level == 0 or key.on_delete.is_written):
            continue
        edge = judge_edge(key, root, child_level, parent_level, view.database, played)
        if edge.verdict != "ok" and edge.reason != "direct":
            yield _Blocked(root, edge, parent_level, child_level)


def _finding(found: Sequence[_Blocked], view: SchemaView, above: Above) -> Finding:
    """Return the finding of one key with all the roots that it keeps from being deleted."""
    first = found[0]
    key = first.edge.key
    ways = _Ways(
        tuple(path_down(first.root, key.parent, above(key.parent)[1])),
        ()
        if first.child_level is None
        else tuple(path_down(first.root, key.child, above(key.child)[1])),
    )
    others = [each.root for each in found[1:]]
    message = _message(first, ways, view)
    if others:
        message += f"; the same goes for {listed(others)}"
    return Finding(
        CODE,
        "warning" if first.rank[0] == 0 else "information",
        message + ".",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        models=tuple(each.root for each in found),
        related=_related(ways),
        fixes=_fixes(first, above, view),
    )


def _message(blocked: _Blocked, ways: _Ways, view: SchemaView) -> str:
    """Return the sentence about one root, without its stop."""
    key, reason = blocked.edge.key, blocked.edge.reason
    root = blocked.root
    by_default = "" if key.on_delete.is_written else " by default"
    action = f"`{key}` has `onDelete: {key.on_delete}`{by_default}"
    to_parent, to_child = path_text(root, ways.to_parent), path_text(root, ways.to_child)
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
            f"{head}{title} checks it when {to_parent} is gone (level {len(ways.to_parent)}), "
            f"before the cascade {to_child} has removed the row (level {len(ways.to_child)})"
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
    if not ways.to_child:
        return f"{head}Prisma Client looks for such rows before it deletes that of `{root}` itself"
    return f"{head}Prisma Client looks for such rows before the cascade {to_child} removes them"


def _related(ways: _Ways) -> tuple[Related, ...]:
    """Return both ways down, edge by edge."""
    edges = dict.fromkeys((*ways.to_parent, *ways.to_child))
    return tuple(
        Related(
            relation_place(key, "onDelete"),
            f"deleting a row of `{key.parent}` deletes those of `{key.child}`",
        )
        for key in edges
    )


def _fixes(blocked: _Blocked, above: Above, view: SchemaView) -> tuple[Fix, ...]:
    key = blocked.edge.key
    actions: list[Action] = []
    # Where the child lies above the parent, one more cascade would close a ring.
    closes_ring = not key.is_self_relation and key.child in above(key.parent)[0]
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
    scope="graph",
    summary="A cascading delete that another key refuses",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
)
