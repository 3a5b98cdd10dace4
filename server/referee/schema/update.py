"""What changing a referenced value does to the rows that refer to it, for each database.

The model is that of `schema/delete.py`: a row of the child exists for every key that is followed.
It deliberately knows no rule, no severity and no text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from referee.schema.facts import Action
from referee.schema.referential_actions import (
    Verdict,
    action_on_update,
    writes_null_into_required,
)
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# Why a key refuses:
# refers: rows refer to the old value, and the action is to refuse;
# not-null: the key would have to be cleared, and its columns cannot be NULL;
# same-table: InnoDB does not write to a table again that the same cascade has written to;
# emulated: Prisma Client looks before it updates.
UpdateReason = Literal["refers", "not-null", "same-table", "emulated"]


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


def _overwritten(key: ForeignKey, action: Action, values: frozenset[str]) -> frozenset[str]:
    """Return the columns of the child that an action writes to."""
    if action != "Cascade":
        return frozenset(key.columns)
    return frozenset(
        column
        for column, reference in zip(key.columns, key.references, strict=True)
        if reference in values
    )
