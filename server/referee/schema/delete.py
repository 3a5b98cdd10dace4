"""What deleting one row takes with it, and where the database refuses, for each database.

The model is the one that the databases were measured with: every table has rows, and a row of the
child exists for every key that is followed.
It deliberately knows no rule, no severity and no text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from referee.schema.facts import Action
from referee.schema.graph import levels_below, path_from_root
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.view import SchemaView

Verdict = Literal["blocked", "depends-on-order", "may-fail", "ok"]
# Why a verdict is what it is:
# direct: the key points at the deleted row itself, and nothing else deletes the child's row;
# outside: the cascade deletes the row that the key points at, but never reaches the child;
# tree: a self relation below the root, where a row may be deleted before those that point at it;
# checked-first: the check comes before the cascade has deleted the child's row;
# same-round: check and cascade fall into one round, in the order in which constraints were made;
# table-order: what comes first depends on the order in which the tables were made;
# gone-before: the child's row is deleted before the check, or together with the parent's;
# checked-last: the database runs every cascade before it checks;
# emulated: Prisma Client looks before it deletes, in an order that is not promised;
# not-null: the key would have to be cleared, and its columns cannot be NULL.
Reason = Literal[
    "direct",
    "outside",
    "tree",
    "checked-first",
    "same-round",
    "table-order",
    "gone-before",
    "checked-last",
    "emulated",
    "not-null",
]


@dataclass(frozen=True, slots=True)
class BlockingEdge:
    """A key that refuses the delete of a row it points at, and what comes of it."""

    key: ForeignKey
    verdict: Verdict
    reason: Reason


@dataclass(frozen=True, slots=True)
class DeleteOutcome:
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


def action_on_delete(key: ForeignKey, database: Database) -> Action:
    """Return what really happens to a child's row when the row it points at is deleted.

    InnoDB drops SET DEFAULT without a word, which leaves the check alone (MySQL manual, "FOREIGN
    KEY Constraints").
    """
    action = key.on_delete.action
    if action == "SetDefault" and database.provider == "mysql":
        return "NoAction"
    return action


def cascades(key: ForeignKey) -> bool:
    """Tell whether deleting a row of the parent deletes rows of the child."""
    return key.on_delete.action == "Cascade"


def refuses(key: ForeignKey, database: Database) -> bool:
    """Tell whether a row of the child can keep a row of the parent from being deleted.

    Prisma Client does nothing at all for NoAction where it plays the actions itself.
    """
    action = action_on_delete(key, database)
    return action == "Restrict" or (action == "NoAction" and not database.is_emulated)


def delete_outcome(view: SchemaView, root: str) -> DeleteOutcome:
    """Return what deleting a row of a model does."""
    levels, reached_by = levels_below(root, lambda model: filter(cascades, view.keys_to(model)))
    nulled: list[ForeignKey] = []
    defaulted: list[ForeignKey] = []
    refusing: list[ForeignKey] = []
    refused_nulls: list[ForeignKey] = []
    self_relations: list[ForeignKey] = []
    join_tables: dict[ManyToMany, None] = {}
    for model in levels:
        for key in view.keys_to(model):
            action = action_on_delete(key, view.database)
            if key.is_self_relation:
                self_relations.append(key)
            if action == "SetNull" and key.is_required and key.child not in levels:
                refused_nulls.append(key)
            elif action == "SetNull":
                nulled.append(key)
            elif action == "SetDefault":
                defaulted.append(key)
            elif refuses(key, view.database):
                refusing.append(key)
        if view.database.has_foreign_keys:
            join_tables.update(dict.fromkeys(view.many_to_many(model)))
    played = played_verdicts(view)
    blocking = tuple(
        judge_edge(key, root, levels.get(key.child), levels[key.parent], view.database, played)
        for key in refusing
    ) + tuple(BlockingEdge(key, "blocked", "not-null") for key in refused_nulls)
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


def judge_edge(
    key: ForeignKey,
    root: str,
    child_level: int | None,
    parent_level: int,
    database: Database,
    played: Callable[[str, ForeignKey], Verdict],
) -> BlockingEdge:
    """Return what becomes of a refusing key when the cascade deletes the row it points at.

    The levels are those of child and parent below the root, the child's None where the cascade
    does not reach it. `played` plays the delete through, where that decides (see
    `played_verdicts`).
    """
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


def edge_judge(
    key: ForeignKey, database: Database, played: Callable[[str, ForeignKey], Verdict]
) -> Callable[[str, int | None, int], BlockingEdge]:
    """Return `judge_edge` for one key and many roots.

    Of the levels only counts which one is 0 and how far one lies below the other, so few different
    judgements are made however many roots there are.
    """
    is_played = is_checked_at_once(key, database) and not key.is_self_relation
    known: dict[tuple[int | Verdict | None, bool], BlockingEdge] = {}

    def judge(root: str, child_level: int | None, parent_level: int) -> BlockingEdge:
        decides: int | Verdict | None = None
        if child_level is not None:
            decides = played(root, key) if is_played else child_level - parent_level
        shape = decides, parent_level == 0
        found = known.get(shape)
        if found is None:
            found = judge_edge(key, root, child_level, parent_level, database, played)
            known[shape] = found
        return found

    return judge


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


def is_checked_at_once(key: ForeignKey, database: Database) -> bool:
    """Tell whether the check runs row by row in the midst of the cascade.

    InnoDB does so for RESTRICT and NO ACTION alike, SQLite for RESTRICT only. SQL Server and
    CockroachDB run every cascade first.
    """
    if not database.has_foreign_keys:
        return False
    if database.provider == "mysql":
        return True
    return database.provider == "sqlite" and key.on_delete.action == "Restrict"


def played_verdicts(view: SchemaView) -> Callable[[str, ForeignKey], Verdict]:
    """Return what SQLite or InnoDB says to a key when it deletes a row of a root row by row.

    A root's delete is played through when it is first asked about, and not again. On SQLite the
    order of tables changes when a migration makes one anew, so it is played in both directions: a
    check that passes in the order of the schema may fail in another.
    """
    is_sqlite = view.database.provider == "sqlite"
    # The keys whose check may fail, by child and field; both they and the roots can be thousands.
    numbers: dict[tuple[str, str], int] = {}
    order = _remembered(_row_by_row_order(view), view.database, numbers)
    found: dict[str, tuple[bytearray, bytearray]] = {}

    def reverse_order(model: str) -> Sequence[_Step]:
        return order(model)[::-1]

    def played(root: str, order: Callable[[str], Sequence[_Step]]) -> bytearray:
        failing = _play_delete(root, order)
        marks = bytearray(len(numbers))
        for number in failing:
            marks[number] = 1
        return marks

    def verdict(root: str, key: ForeignKey) -> Verdict:
        if root not in found:
            now = played(root, order)
            found[root] = now, played(root, reverse_order) if is_sqlite else now
        number = numbers.get((key.child, key.field))
        now, later = found[root]
        if number is None or number >= len(now):
            return "ok"
        if now[number]:
            return "blocked"
        return "depends-on-order" if later[number] else "ok"

    return verdict


class _Step(NamedTuple):
    """A key that points at a deleted row, as the row by row delete sees it.

    `check` is the number of a key that refuses, and None of one that cascades.
    """

    child: str
    check: int | None


def _play_delete(root: str, order: Callable[[str], Sequence[_Step]]) -> list[int]:
    """Play a delete depth first, one row a table, and return the numbers of the checks that fail.

    A check that fails is passed over, so that every key is judged by itself.
    """
    failing: list[int] = []
    deleted = {root}
    work = [iter(order(root))]
    while work:
        for child, check in work[-1]:
            if child in deleted:
                continue
            if check is None:
                deleted.add(child)
                work.append(iter(order(child)))
                break
            failing.append(check)
        else:
            work.pop()
    return failing


def _row_by_row_order(view: SchemaView) -> Callable[[str], Sequence[ForeignKey]]:
    """Return the order in which a database looks at the keys that point at a row.

    InnoDB goes by the bytes of the constraints' names, SQLite from the newest key to the oldest;
    a fresh database has them in the order of the schema.
    """
    if view.database.provider == "mysql":
        return lambda model: sorted(
            view.keys_to(model), key=lambda key: key.constraint_name.encode()
        )
    position: dict[str, int] = {}

    def newest_first(model: str) -> Sequence[ForeignKey]:
        if not position:
            position.update({name: index for index, name in enumerate(view.model_names())})
        keys = list(view.keys_to(model))
        keys.reverse()
        return sorted(keys, key=lambda key: position[key.child], reverse=True)

    return newest_first


def _remembered(
    order: Callable[[str], Sequence[ForeignKey]],
    database: Database,
    numbers: dict[tuple[str, str], int],
) -> Callable[[str], Sequence[_Step]]:
    """Return the keys of an order that delete rows or are checked at once, looked up once.

    The latter are numbered.
    """
    known: dict[str, Sequence[_Step]] = {}

    def step(key: ForeignKey) -> _Step:
        if cascades(key):
            return _Step(key.child, None)
        return _Step(key.child, numbers.setdefault((key.child, key.field), len(numbers)))

    def remembered(model: str) -> Sequence[_Step]:
        if model not in known:
            known[model] = [
                step(key)
                for key in order(model)
                if cascades(key) or (refuses(key, database) and is_checked_at_once(key, database))
            ]
        return known[model]

    return remembered
