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

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from referee.rules.referential_actions import delete_fixes, path_text, write_action
from referee.rules.rule import Finding, Fix, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.delete import BlockingEdge, edge_judge, judge_edge
from referee.schema.facts import Action
from referee.schema.graph import levels_above, path_down
from referee.schema.referential_actions import Verdict, cascades, refuses
from referee.schema.relations import ForeignKey
from referee.schema.row_by_row import played_verdicts
from referee.schema.view import SchemaView

CODE = "blocked-delete"

# A way of more keys than this is related by its two ends.
_MOST_RELATED = 40
# What lies above a model is remembered for so many models, since far down it is much.
_MOST_REMEMBERED = 128
# A level below a root is a number of fewer bits than this.
_LEVEL_BITS = 32


@dataclass(frozen=True, slots=True)
class _Blocked:
    """A root whose delete is refused, and how far above the child of the refusing key it lies."""

    root: str
    edge: BlockingEdge
    child_level: int | None


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways down from one root to both ends of a refusing key."""

    to_parent: tuple[ForeignKey, ...]
    to_child: tuple[ForeignKey, ...]


# How far above a model each root of a cascade into it lies, and the key that leads down from there.
Reach: TypeAlias = tuple[dict[str, int], dict[str, ForeignKey]]
Above: TypeAlias = Callable[[str], Reach]


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of each key that refuses what a cascade begins."""
    above = _cascading_above(view)
    played = played_verdicts(view)
    for name in view.model_names():
        for key in view.keys_of(name):
            if not refuses(key, view.database) or (key.is_ignored and not settings.reports_ignored):
                continue
            roots = _blocked_roots(key, view, above, played)
            if roots:
                yield _finding(key, roots, view, above, played)


def _cascading_above(view: SchemaView) -> Above:
    """Return how far above a model the roots of cascades into it lie."""
    cascading = {
        name: tuple(key for key in view.keys_of(name) if cascades(key) and not key.is_self_relation)
        for name in view.model_names()
    }

    known: OrderedDict[str, Reach] = OrderedDict()

    def above(model: str) -> Reach:
        found = known.get(model)
        if found is not None:
            known.move_to_end(model)
            return found
        keys = cascading.get(model, ())
        over = known.get(keys[0].parent) if len(keys) == 1 else None
        if over is None or model in over[0]:
            found = levels_above(model, lambda name: cascading.get(name, ()))
        else:
            # One step below what is known already, as in a long chain.
            found = (
                {model: 0, **{root: level + 1 for root, level in over[0].items()}},
                {keys[0].parent: keys[0], **over[1]},
            )
        known[model] = found
        if len(known) > _MOST_REMEMBERED:
            known.popitem(last=False)
        return found

    return above


def _blocked_roots(
    key: ForeignKey,
    view: SchemaView,
    above: Above,
    played: Callable[[str, ForeignKey], Verdict],
) -> list[str]:
    """Return the roots whose cascade the key refuses, the one to speak of first.

    Only those above the key's parent can be. There may be thousands for each of thousands of keys,
    so a root is given a number here and no object.
    """
    parent_levels, _ = above(key.parent)
    child_levels, _ = above(key.child)
    judge = edge_judge(key, view.database, played)
    ranks: dict[str, int] = {}
    for root, parent_level in parent_levels.items():
        child_level = child_levels.get(root)
        if child_level is None and (parent_level == 0 or key.on_delete.is_written):
            continue
        edge = judge(root, child_level, parent_level)
        if edge.verdict != "ok" and edge.reason != "direct":
            ranks[root] = _rank(edge, parent_level, child_level or 0)
    return sorted(ranks, key=ranks.__getitem__)


def _rank(edge: BlockingEdge, parent_level: int, child_level: int) -> int:
    """Return how this root compares with others of the same key: what is certain and near first."""
    return ((_certainty(edge) << _LEVEL_BITS) + parent_level << _LEVEL_BITS) + child_level


def _certainty(edge: BlockingEdge) -> int:
    if edge.reason == "outside":
        return 2
    return 0 if edge.verdict == "blocked" else 1


def _finding(
    key: ForeignKey,
    roots: Sequence[str],
    view: SchemaView,
    above: Above,
    played: Callable[[str, ForeignKey], Verdict],
) -> Finding:
    """Return the finding of one key with all the roots that it keeps from being deleted."""
    root = roots[0]
    child_level = above(key.child)[0].get(root)
    parent_level = above(key.parent)[0][root]
    edge = judge_edge(key, root, child_level, parent_level, view.database, played)
    first = _Blocked(root, edge, child_level)
    ways = _Ways(
        tuple(path_down(first.root, key.parent, above(key.parent)[1])),
        ()
        if first.child_level is None
        else tuple(path_down(first.root, key.child, above(key.child)[1])),
    )
    others = roots[1:]
    message = _message(first, ways, view)
    if others:
        message += f"; the same goes for {listed(others)}"
    return Finding(
        CODE,
        "warning" if _certainty(edge) == 0 else "information",
        message + ".",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        models=tuple(roots),
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
    """Return both ways down, edge by edge; of a very long one its two ends."""
    edges = dict.fromkeys(key for way in (ways.to_parent, ways.to_child) for key in _ends(way))
    return tuple(
        Related(
            relation_place(key, "onDelete"),
            f"deleting a row of `{key.parent}` deletes those of `{key.child}`",
        )
        for key in edges
    )


def _ends(way: tuple[ForeignKey, ...]) -> tuple[ForeignKey, ...]:
    if len(way) <= _MOST_RELATED:
        return way
    return (*way[: _MOST_RELATED // 2], *way[-_MOST_RELATED // 2 :])


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
