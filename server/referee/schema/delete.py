"""What deleting one row takes with it, and where the database refuses, for each database.

The model is the one that the databases were measured with: every table has rows, and a row of the
child exists for every key that is followed.
It deliberately knows no rule, no severity and no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from referee.schema.graph import levels_below, path_from_root
from referee.schema.providers import Database
from referee.schema.referential_actions import (
    Verdict,
    action_on_delete,
    can_refuse,
    cascades,
    is_checked_at_once,
    refuses,
)
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.row_by_row import played_verdicts
from referee.schema.view import SchemaView

# Why a verdict is what it is:
# direct: the key points at the deleted row itself, and nothing else deletes the child's row;
# outside: the cascade deletes the row that the key points at, but never reaches the child;
# stays: the delete takes one row of the model alone, and another one that points at it stays;
# tree: a self relation below the root, where a row may be deleted before those that point at it;
# checked-first: the check comes before the cascade has deleted the child's row;
# same-round: check and cascade fall into one round, in the order in which constraints were made;
# table-order: what comes first depends on the order in which the tables were made;
# gone-before: the child's row is deleted before the check, or together with the parent's;
# checked-last: the database runs every cascade before it checks;
# emulated: Prisma Client looks before it deletes, in an order that is not promised;
# not-null: the key would have to be cleared, and its columns cannot be NULL;
# rechecked: other keys of the row are cleared twice, and then this one is checked once more.
Reason = Literal[
    "direct",
    "outside",
    "stays",
    "tree",
    "checked-first",
    "same-round",
    "table-order",
    "gone-before",
    "checked-last",
    "emulated",
    "not-null",
    "rechecked",
]


class BlockingEdge(NamedTuple):
    """A key that refuses the delete of a row it points at, and what comes of it."""

    key: ForeignKey
    verdict: Verdict
    reason: Reason


class DeleteOutcome(NamedTuple):
    """What deleting a row of the root does.

    `levels` holds every model that loses rows, the root at level 0, in the order in which a
    cascade reaches them; `reached_by` the key by which each but the root is first reached.
    `nulled` and `defaulted` are keys whose columns are overwritten in rows that stay,
    `join_tables` implicit many-to-many relations whose join table loses rows, `self_relations`
    keys of models that lose rows which point at their own model.
    """

    root: str
    levels: Mapping[str, int]
    reached_by: Mapping[str, ForeignKey]
    nulled: tuple[ForeignKey, ...]
    defaulted: tuple[ForeignKey, ...]
    join_tables: tuple[ManyToMany, ...]
    self_relations: tuple[ForeignKey, ...]
    blocking: tuple[BlockingEdge, ...]

    @property
    def depth(self) -> int:
        """How many levels below the root lose rows."""
        return max(self.levels.values())

    @property
    def deleted_models(self) -> tuple[str, ...]:
        """The models below the root that lose rows, nearest first."""
        return tuple(name for name in self.levels if name != self.root)

    def path_to(self, model: str) -> list[ForeignKey]:
        """Return the keys by which the cascade first reaches a model, nearest to the root first."""
        return path_from_root(model, self.reached_by)


def delete_outcome(view: SchemaView, root: str) -> DeleteOutcome:
    """Return what deleting a row of a model does."""
    keys_to: dict[str, tuple[ForeignKey, ...]] = {}

    def cascading_to(model: str) -> list[ForeignKey]:
        found = keys_to[model] = view.keys_to(model)
        return [key for key in found if key.on_delete.action == "Cascade"]

    levels, reached_by = levels_below(root, cascading_to)
    nulled: list[ForeignKey] = []
    defaulted: list[ForeignKey] = []
    refusing: list[ForeignKey] = []
    self_relations: list[ForeignKey] = []
    join_tables: dict[ManyToMany, None] = {}
    for model in levels:
        for key in keys_to[model]:
            if key.child == model:
                self_relations.append(key)
            action = action_on_delete(key, view.database)
            if action == "Cascade":
                continue
            if can_refuse(key, view):
                refusing.append(key)
            elif action == "SetNull":
                nulled.append(key)
            elif action == "SetDefault":
                defaulted.append(key)
        if view.database.has_foreign_keys:
            join_tables.update(dict.fromkeys(view.many_to_many(model)))
    played = played_verdicts(view)
    blocking = tuple(
        judge_edge(
            key,
            root,
            levels.get(key.child),
            levels[key.parent],
            view.database,
            played,
            takes_one=key.is_self_relation and root not in roots_that_take_many(view, key.child),
        )
        for key in refusing
    )
    for child in dict.fromkeys(key.child for key in (*nulled, *defaulted)):
        keys = view.keys_of(child)
        cleared = clears_in_turn(keys, view)
        if cleared:
            blocking += tuple(rechecked_edges(keys, cleared, view, levels.get))
    return DeleteOutcome(
        root,
        levels,
        reached_by,
        tuple(nulled),
        tuple(defaulted),
        tuple(join_tables),
        tuple(self_relations),
        blocking,
    )


def roots_that_take_many(view: SchemaView, model: str) -> frozenset[str]:
    """Return the models of which one row, when it is deleted, may take several rows of a model.

    Those are above it by at least one cascade that is not one-to-one.
    """
    # A model, and whether the way up to it has led over a cascade that may take several rows.
    work = [(model, False)]
    seen = set(work)
    while work:
        below, takes_many = work.pop()
        for key in view.keys_of(below):
            if cascades(key):
                above = (key.parent, takes_many or not key.is_one_to_one)
                if above not in seen:
                    seen.add(above)
                    work.append(above)
    return frozenset(name for name, takes_many in seen if takes_many)


def clears_in_turn(keys: Sequence[ForeignKey], view: SchemaView) -> tuple[ForeignKey, ...]:
    """Return those of a model's keys that a delete may clear one after the other in one row.

    Only on PostgreSQL does that matter, and only where there are two (see `rechecked_edges`).
    """
    if view.database.provider != "postgresql" or not view.database.has_foreign_keys:
        return ()
    cleared = tuple(
        key
        for key in keys
        if key.on_delete.action in ("SetNull", "SetDefault")
        and key.child != key.parent
        and not can_refuse(key, view)
    )
    return cleared if len(cleared) > 1 else ()


def rechecked_edges(
    keys: Sequence[ForeignKey],
    cleared: Sequence[ForeignKey],
    view: SchemaView,
    level_of: Callable[[str], int | None],
) -> Iterator[BlockingEdge]:
    """Yield those of a model's keys that may fail because a delete writes to a row twice.

    When PostgreSQL updates a row that the same transaction has already written, it checks all
    keys of the row again, whether they changed or not (`RI_FKey_fk_upd_check_required` in
    `ri_triggers.c`). A key whose parent is gone by then fails, unless the key was cleared or its
    row deleted before, which falls into the same round. A key that is cleared in round n is
    checked in round n + 1. Keys that refuse the delete anyway are left out.

    `cleared` are the keys of `clears_in_turn`; `level_of` tells the level of a model that loses
    rows and None of one that does not.
    """
    written = {key: level + 1 for key in cleared if (level := level_of(key.parent)) is not None}
    gone = level_of(cleared[0].child)
    order = sorted(written.values())
    failing: dict[ForeignKey, None] = {}
    for number, current in enumerate(order):
        following = order[number + 1] if number + 1 < len(order) else None
        # The first write of a row is no second one, and of several only the last is checked.
        if number == 0 or following == current or (gone is not None and gone <= current):
            continue
        for key in keys:
            level = level_of(key.parent)
            if key.is_self_relation or level is None or level > current + 1:
                continue
            if key in written and written[key] <= current:
                continue
            if can_refuse(key, view) and (gone is None or gone > level):
                continue
            failing.setdefault(key)
    for key in failing:
        yield BlockingEdge(key, "depends-on-order", "rechecked")


def judge_edge(
    key: ForeignKey,
    root: str,
    child_level: int | None,
    parent_level: int,
    database: Database,
    played: Callable[[str, ForeignKey], Verdict],
    *,
    takes_one: bool = False,
) -> BlockingEdge:
    """Return what becomes of a refusing key when the cascade deletes the row it points at.

    The levels are those of child and parent below the root, the child's None where the cascade
    does not reach it. `played` plays the delete through, where that decides (see
    `played_verdicts`). `takes_one` tells of a self relation that the delete takes one row of its
    model alone (see `roots_that_take_many`).
    """
    if takes_one and child_level and not database.is_emulated and database.provider is not None:
        # Rows of the same model point at the row that goes, and no cascade takes them.
        return BlockingEdge(key, "blocked", "stays" if refuses(key, database) else "not-null")
    edge = _judge_check(key, root, child_level, parent_level, database, played)
    if edge.verdict == "ok" or refuses(key, database):
        return edge
    return BlockingEdge(key, edge.verdict, "not-null")


def _judge_check(
    key: ForeignKey,
    root: str,
    child_level: int | None,
    parent_level: int,
    database: Database,
    played: Callable[[str, ForeignKey], Verdict],
) -> BlockingEdge:
    if child_level is None:
        return BlockingEdge(key, "blocked", "direct" if parent_level == 0 else "outside")
    if key.is_self_relation and parent_level == 0:
        return BlockingEdge(key, "blocked", "direct")
    if database.provider is None or database.is_emulated:
        return BlockingEdge(key, "may-fail", "emulated")
    if database.provider == "postgresql":
        return _judge_by_level(key, child_level, parent_level)
    if not is_checked_at_once(key, database):
        return BlockingEdge(key, "ok", "checked-last")
    if key.is_self_relation:
        return BlockingEdge(key, "blocked", "tree")
    verdict = played(root, key)
    if verdict == "ok":
        return BlockingEdge(key, "ok", "gone-before")
    return BlockingEdge(
        key, verdict, "table-order" if database.provider == "sqlite" else "checked-first"
    )


def _judge_by_level(key: ForeignKey, child_level: int, parent_level: int) -> BlockingEdge:
    """Judge as PostgreSQL does, whose triggers stand in one queue, level by level.

    What is deleted in one round is checked and cascaded in the next; RESTRICT and NO ACTION are
    the same inside a cascade.
    """
    if child_level <= parent_level:
        return BlockingEdge(key, "ok", "gone-before")
    if child_level == parent_level + 1:
        return BlockingEdge(key, "depends-on-order", "same-round")
    return BlockingEdge(key, "blocked", "checked-first")
