"""A delete that cascades on one way is refused on another.

A row of the root is deleted, and its rows below go with it; but one of them, or the root itself, is
pointed at through a key that refuses (`onDelete: Restrict` or `NoAction`, often by default).
Three forms are reported, once for each key:

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
  The same holds of a key within one table, where the cascade takes a single row of it, along
  one-to-one relations, and others that refer to that row stay.
- On PostgreSQL alone: the delete clears two keys of one row (`SetNull`, `SetDefault`), one after the
  other.
  A row that is written twice in one transaction has all of its keys checked once more, whatever their
  actions, and one of them may refer to a row that the cascade has just deleted; that depends on the
  order in which the constraints were made.

A certain failure is a warning, the rest information.
Roots more than 100 cascades above are not looked for.

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
For a key that is checked once more there is no fix to apply: which of the relations should give way,
the schema does not say.

Sources: PostgreSQL's `ri_triggers.c` (`RI_FKey_fk_upd_check_required`); SQLite manual, "Foreign Key
Support", section 4.2; MySQL manual, "FOREIGN KEY Constraints"; Microsoft, "Cascading referential
integrity", and CockroachDB's source (`PlanAndRunCascadesAndChecks`) on when checks run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from referee.rules.referential_actions import delete_fixes, path_text, write_action
from referee.rules.rule import Finding, Fix, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.delete import (
    BlockingEdge,
    clears_in_turn,
    judge_edge,
    rechecked_edges,
    roots_that_take_many,
)
from referee.schema.facts import Action, ModelFacts
from referee.schema.graph import path_down
from referee.schema.referential_actions import Verdict, is_checked_at_once, refuses
from referee.schema.relations import ForeignKey
from referee.schema.row_by_row import verdicts_of_plays
from referee.schema.view import SchemaView

CODE = "blocked-delete"

# A way of more keys than this is related by its two ends.
_MOST_RELATED = 40


class _Blocked(NamedTuple):
    """A root whose delete is refused, and how far above the child of the refusing key it lies."""

    root: str
    edge: BlockingEdge
    child_level: int | None


class _Ways(NamedTuple):
    """The ways down from one root to both ends of a refusing key."""

    to_parent: tuple[ForeignKey, ...]
    to_child: tuple[ForeignKey, ...]


def check(
    subject: ModelFacts | None, view: SchemaView, settings: RuleSettings
) -> Iterator[Finding]:
    """Yield the finding of each key that refuses what a cascade begins; of one model if given."""
    played = verdicts_of_plays(view)
    for keys in _keys_by_model(subject, view):
        spoken_of: set[str] = set()
        for key in keys:
            if not refuses(key, view.database) or (key.is_ignored and not settings.reports_ignored):
                continue
            roots = _blocked_roots(key, view, played)
            if roots:
                yield _finding(key, roots, view, played)
                spoken_of.add(key.field)
        cleared = clears_in_turn(keys, view)
        for key, roots in _rechecked(keys, cleared, view).items() if cleared else ():
            is_silent = key.is_ignored and not settings.reports_ignored
            if key.field not in spoken_of and not is_silent:
                yield _rechecked_finding(key, roots, cleared, view)


def _keys_by_model(subject: ModelFacts | None, view: SchemaView) -> Iterable[Sequence[ForeignKey]]:
    """Return the keys of the subject, or of each model that has any."""
    if subject is not None:
        return (view.keys_of(subject.name),)
    found: dict[str, list[ForeignKey]] = {}
    for key in view.all_keys():
        found.setdefault(key.child, []).append(key)
    return found.values()


def _blocked_roots(
    key: ForeignKey, view: SchemaView, played: Callable[[str, ForeignKey], Verdict]
) -> list[str]:
    """Return the roots whose cascade the key refuses, the one to speak of first.

    Only those above the key's parent can be. There may be many for each of thousands of keys, so
    they are judged by what decides: which of the levels is 0, how far one lies below the other,
    or what comes of playing the delete.
    """
    above_child = view.cascades_above(key.child)
    child_level_of = above_child.levels.get
    is_played = is_checked_at_once(key, view.database) and not key.is_self_relation
    take_many = roots_that_take_many(view, key.child) if key.is_self_relation else None
    # What is certain and near comes first.
    ranked: tuple[list[tuple[int, int, str]], ...] = ([], [], [])
    known: dict[tuple[bool, bool, int | Verdict | None], list[tuple[int, int, str]] | None] = {}
    for root, parent_level in view.cascades_above(key.parent).levels.items():
        child_level = child_level_of(root)
        decides: int | Verdict | None = None
        if child_level is not None:
            decides = played(root, key) if is_played else child_level - parent_level
        elif key.on_delete.is_written or above_child.is_cut:
            continue
        takes_one = take_many is not None and root not in take_many
        shape = parent_level == 0, takes_one, decides
        if shape not in known:
            edge = judge_edge(
                key,
                root,
                child_level,
                parent_level,
                view.database,
                played,
                takes_one=takes_one,
            )
            is_meant = edge.reason == "stays" and key.on_delete.is_written
            is_told = edge.verdict != "ok" and edge.reason != "direct" and not is_meant
            known[shape] = ranked[_certainty(edge)] if is_told else None
        rank = known[shape]
        if rank is not None:
            rank.append((parent_level, child_level or 0, root))
    for rank in ranked:
        rank.sort(key=itemgetter(0, 1))
    return [root for rank in ranked for _, _, root in rank]


def _certainty(edge: BlockingEdge) -> int:
    if edge.reason in ("outside", "stays"):
        return 2
    return 0 if edge.verdict == "blocked" else 1


def _finding(
    key: ForeignKey,
    roots: Sequence[str],
    view: SchemaView,
    played: Callable[[str, ForeignKey], Verdict],
) -> Finding:
    """Return the finding of one key with all the roots that it keeps from being deleted."""
    root = roots[0]
    child_level = view.cascades_above(key.child).levels.get(root)
    parent_level = view.cascades_above(key.parent).levels[root]
    takes_one = key.is_self_relation and root not in roots_that_take_many(view, key.child)
    edge = judge_edge(
        key, root, child_level, parent_level, view.database, played, takes_one=takes_one
    )
    first = _Blocked(root, edge, child_level)
    ways = _Ways(
        tuple(path_down(first.root, key.parent, view.cascades_above(key.parent).leads_down)),
        ()
        if first.child_level is None
        else tuple(path_down(first.root, key.child, view.cascades_above(key.child).leads_down)),
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
        related=_related((ways.to_parent, ways.to_child)),
        fixes=_fixes(first, view),
    )


def _rechecked(
    keys: Sequence[ForeignKey], cleared: Sequence[ForeignKey], view: SchemaView
) -> dict[ForeignKey, list[str]]:
    """Return by key the roots whose delete may have it checked again, what is near first."""
    models = {keys[0].child, *(key.parent for key in keys)}
    reaches = {model: view.cascades_above(model) for model in models}
    if any(reach.is_cut for reach in reaches.values()):
        return {}
    levels = {model: reach.levels for model, reach in reaches.items()}
    # A row is written twice only by a root that lies above two keys that are cleared.
    reached = Counter(root for key in cleared for root in levels[key.parent])
    found: dict[ForeignKey, list[str]] = {}
    for root, number in reached.items():
        if number > 1:
            level_of = {model: of[root] for model, of in levels.items() if root in of}.get
            for edge in rechecked_edges(keys, cleared, view, level_of):
                found.setdefault(edge.key, []).append(root)
    return {key: sorted(roots, key=levels[key.parent].__getitem__) for key, roots in found.items()}


def _rechecked_finding(
    key: ForeignKey,
    roots: Sequence[str],
    cleared: Sequence[ForeignKey],
    view: SchemaView,
) -> Finding:
    """Return the finding of one key that may be checked again."""
    root, *others = roots
    writing = [each for each in cleared if root in view.cascades_above(each.parent).levels]
    names = listed([each.field for each in writing])
    same = f"; the same goes for {listed(others)}" if others else ""
    return Finding(
        CODE,
        "information",
        f"Deleting a row of `{root}` can fail where it clears {names} of one row of `{key.child}`: "
        f"{view.database.title} checks all keys of a row that it writes twice, and what `{key}` "
        "refers to may be gone by then, which the order of the constraints decides"
        f"{same}.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        models=tuple(roots),
        related=_related(
            tuple(path_down(root, each.parent, view.cascades_above(each.parent).leads_down))
            for each in (key, *writing)
        ),
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
    if reason == "stays":
        return (
            f"Deleting a row of `{root}` fails as soon as another row of `{key.child}` refers to "
            f"the one that goes with it: {action}, and the cascade {to_parent} takes one row alone"
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


def _related(ways: Iterable[tuple[ForeignKey, ...]]) -> tuple[Related, ...]:
    """Return the ways down, edge by edge; of a very long one its two ends."""
    edges = dict.fromkeys(key for way in ways for key in _ends(way))
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


def _fixes(blocked: _Blocked, view: SchemaView) -> tuple[Fix, ...]:
    key = blocked.edge.key
    actions: list[Action] = []
    # Where the child lies above the parent, one more cascade would close a ring.
    above_parent = view.cascades_above(key.parent)
    may_close_ring = key.child in above_parent.levels or above_parent.is_cut
    if key.is_self_relation or not may_close_ring:
        actions.append("Cascade")
    actions.append("SetNull")
    if blocked.edge.reason in ("outside", "stays"):
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
    claims=("deletes",),
    judges_parts=lambda database: True,
    documented=("SQL Server", "CockroachDB", "Prisma Client"),
)
