"""What changing a referenced value does to the rows that refer to it, for each database.

The model is that of `schema/delete.py`: a row of the child exists for every key that is followed.
It deliberately knows no rule, no severity and no text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from referee.schema.facts import Action
from referee.schema.names import foreign_key_name
from referee.schema.referential_actions import (
    Verdict,
    action_on_update,
    writes_null_into_required,
)
from referee.schema.relations import EffectiveAction, ForeignKey
from referee.schema.row_by_row import entry_order
from referee.schema.view import SchemaView

# Why a key refuses:
# refers: rows refer to the old value, and the action is to refuse;
# not-null: the key would have to be cleared, and its columns cannot be NULL;
# same-table: InnoDB does not write to a table again that the same cascade has written to;
# moved: the cascade changes the primary key of the row, which InnoDB then writes anew and checks,
#     while this key still has the old value;
# shared: the cascade writes into a column of this key as well, whose parent may lack the new value;
# emulated: Prisma Client looks before it updates.
UpdateReason = Literal["refers", "not-null", "same-table", "moved", "shared", "emulated"]


@dataclass(frozen=True, slots=True)
class UpdateRefusal:
    """A key that keeps a value from being changed."""

    key: ForeignKey
    verdict: Verdict
    reason: UpdateReason


@dataclass(frozen=True, slots=True)
class UpdateOutcome:
    """What changing fields of a row of the root does.

    `changed` holds the fields that get other values by model, in the order in which a cascade
    reaches them, the root first. `cascaded`, `nulled` and `defaulted` are the keys whose columns
    are overwritten, and by what.
    """

    root: str
    changed: Mapping[str, frozenset[str]]
    cascaded: tuple[ForeignKey, ...]
    nulled: tuple[ForeignKey, ...]
    defaulted: tuple[ForeignKey, ...]
    refusals: tuple[UpdateRefusal, ...]


def update_outcome(view: SchemaView, root: str, fields: frozenset[str]) -> UpdateOutcome:
    """Return what changing fields of a row of a model does."""
    changed: dict[str, frozenset[str]] = {root: fields}
    written: dict[Action, dict[ForeignKey, None]] = {
        "Cascade": {},
        "SetNull": {},
        "SetDefault": {},
    }
    refusals: dict[ForeignKey, UpdateRefusal] = {}
    # A model whose fields changed, with the models that lie above it on the way from the root.
    queue: deque[tuple[str, frozenset[str], tuple[str, ...]]] = deque([(root, fields, (root,))])
    while queue:
        parent, values, way = queue.popleft()
        for key in view.keys_to(parent):
            if key in refusals or values.isdisjoint(key.references):
                continue
            refusal = _refusal(key, view, way)
            if refusal is not None:
                refusals[key] = refusal
                continue
            action = action_on_update(key, view.database)
            if action not in written:
                continue  # NoAction that Prisma Client plays: nothing happens at all
            written[action].setdefault(key)
            new = _overwritten(key, action, values) - changed.get(key.child, frozenset())
            if new:
                changed[key.child] = changed.get(key.child, frozenset()) | new
                queue.append((key.child, new, (*way, key.child)))
    if view.database.provider == "mysql" and view.database.has_foreign_keys:
        for key in _checked_when_moved(view, root, fields, refusals):
            refusals.setdefault(key, UpdateRefusal(key, "blocked", "moved"))
    if view.database.has_foreign_keys:
        for key in _checked_with_another(view, changed, written["Cascade"]):
            refusals.setdefault(key, UpdateRefusal(key, "may-fail", "shared"))
    return UpdateOutcome(
        root,
        changed,
        tuple(written["Cascade"]),
        tuple(written["SetNull"]),
        tuple(written["SetDefault"]),
        tuple(refusals.values()),
    )


def _refusal(key: ForeignKey, view: SchemaView, way: tuple[str, ...]) -> UpdateRefusal | None:
    """Return why a key refuses that the value it refers to changes.

    InnoDB treats CASCADE and SET NULL like RESTRICT where an update would come back to a table
    that it has updated on its way (MySQL manual, "FOREIGN KEY Constraints", "Referential
    Actions").
    """
    database = view.database
    action = action_on_update(key, database)
    if action == "Restrict" and database.is_emulated:
        return UpdateRefusal(key, "may-fail", "emulated")
    if action == "Restrict" or (action == "NoAction" and not database.is_emulated):
        return UpdateRefusal(key, "blocked", "refers")
    if writes_null_into_required(key, action, view):
        return UpdateRefusal(key, "blocked", "not-null")
    if database.provider == "mysql" and database.has_foreign_keys and key.child in way:
        return UpdateRefusal(key, "blocked", "same-table")
    return None


def _checked_with_another(
    view: SchemaView, changed: Mapping[str, frozenset[str]], cascaded: Collection[ForeignKey]
) -> Iterator[ForeignKey]:
    """Yield the keys into whose columns a cascade along another key writes.

    Those whose parents change too follow the same value.
    """
    for cascading in cascaded:
        columns = changed.get(cascading.child, frozenset()).intersection(cascading.columns)
        for key in view.keys_of(cascading.child):
            follows = not changed.get(key.parent, frozenset()).isdisjoint(key.references)
            if key != cascading and not follows and not columns.isdisjoint(key.columns):
                yield key


def _checked_when_moved(
    view: SchemaView, root: str, fields: frozenset[str], refusing: Collection[ForeignKey]
) -> Iterator[ForeignKey]:
    """Yield the keys that InnoDB checks between the update of their parent and their own.

    A row lies in the index of its primary key. Where a cascade changes that, InnoDB puts the row
    into all of its indexes anew and checks its other keys on the way; one whose turn to follow the
    same change has not come yet refers to a value that is gone. The cascade goes depth first, from
    key to key as `entry_order` and the constraints' names have it.
    """
    updated: dict[str, frozenset[str]] = {root: fields}
    followed: set[ForeignKey] = set()

    def in_order(parent: str, values: frozenset[str]) -> Iterator[ForeignKey]:
        keys = [
            *view.keys_to(parent),
            *(k for k in _keys_of_links(view, parent) if k.parent == parent),
        ]
        return iter(
            sorted(
                (
                    key
                    for key in keys
                    if key not in refusing and not values.isdisjoint(key.references)
                ),
                key=lambda key: (
                    entry_order(parent, key.references, view),
                    key.constraint_name.encode(),
                ),
            )
        )

    work = [in_order(root, fields)]
    while work:
        for key in work[-1]:
            followed.add(key)
            new = _overwritten(key, action_on_update(key, view.database), updated[key.parent])
            siblings, clustered = _row_of(key, view)
            if not new.isdisjoint(clustered):
                for other in siblings:
                    if other not in followed and not updated.get(
                        other.parent, frozenset()
                    ).isdisjoint(other.references):
                        yield other
            new -= updated.get(key.child, frozenset())
            if new:
                updated[key.child] = updated.get(key.child, frozenset()) | new
                work.append(in_order(key.child, new))
                break
        else:
            work.pop()


def _row_of(key: ForeignKey, view: SchemaView) -> tuple[Sequence[ForeignKey], Collection[str]]:
    """Return all keys of the table that holds a key, and the columns by which its rows lie."""
    child = view.model(key.child)
    if child is None:
        links = [each for each in _keys_of_links(view, key.parent) if each.child == key.child]
        return links, ("A", "B")
    primary = child.primary_key
    return view.keys_of(key.child), () if primary is None else primary.column_names


def _keys_of_links(view: SchemaView, model: str) -> Iterator[ForeignKey]:
    """Yield the keys of the join tables that a model takes part in, both of each.

    Those of a model to itself are left out: no row is linked to itself, so the two keys of a link
    never refer to one row.
    """
    action = EffectiveAction("Cascade", "written")
    for join in view.many_to_many(model):
        if join.is_self_relation:
            continue
        for column, parent in (("A", join.first), ("B", join.second)):
            facts = view.model(parent)
            if facts is not None and facts.primary_key is not None:
                yield ForeignKey(
                    child=join.table,
                    field=column,
                    parent=parent,
                    back_field=join.first_field if column == "A" else join.second_field,
                    columns=(column,),
                    references=facts.primary_key.column_names,
                    on_delete=action,
                    on_update=action,
                    is_optional_relation=False,
                    is_required=True,
                    is_partly_required=False,
                    is_one_to_one=False,
                    is_ignored=False,
                    name=join.name,
                    constraint_name=foreign_key_name(join.table, [column], view.database),
                )


def _overwritten(key: ForeignKey, action: Action, values: frozenset[str]) -> frozenset[str]:
    """Return the columns of the child that an action writes to."""
    if action != "Cascade":
        return frozenset(key.columns)
    return frozenset(
        column
        for column, reference in zip(key.columns, key.references, strict=True)
        if reference in values
    )
