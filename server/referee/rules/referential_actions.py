"""What the rules on cascades and rings share: which actions can stand where, and fixes that set them.

A fix must leave a schema that Prisma's validator takes as before, so each is asked here first.
It deliberately finds nothing and decides no severity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from referee.rules.rule import (
    Fix,
    SetArgument,
    StructureEdit,
    make_optional,
    relation_place,
    set_action,
)
from referee.schema.facts import Action
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

ActionArgument = Literal["onDelete", "onUpdate"]

_CHANGING: frozenset[Action] = frozenset(["Cascade", "SetNull", "SetDefault"])
# A path or ring in a message names no more models than this.
_SHOWN_STEPS = 8


def changes_rows(key: ForeignKey) -> bool:
    """Tell whether deleting or re-keying a row of the parent changes rows of the child."""
    return key.changes_rows


def has_ring_check(database: Database) -> bool:
    """Tell whether Prisma's validator refuses rings of actions that change rows."""
    return database.provider == "sqlserver" or database.is_emulated


def keeping_action(database: Database) -> Action:
    """Return the action that refuses to delete a row while others refer to it."""
    return "Restrict" if database.allows("Restrict") else "NoAction"


def idle_action(database: Database) -> Action:
    """Return the action that changes no row of the child and that the validator takes."""
    return "NoAction" if database.allows("NoAction") else "Restrict"


def is_nullable(key: ForeignKey) -> bool:
    """Tell whether every column of a key can be NULL and the relation says so."""
    return key.is_optional_relation and not key.is_required and not key.is_partly_required


def can_take(key: ForeignKey, action: Action, database: Database) -> bool:
    """Tell whether a relation can be given an action on delete without new trouble."""
    if not database.allows(action) or (action == "SetNull" and not is_nullable(key)):
        return False
    return action not in _CHANGING or changes_rows(key) or not has_ring_check(database)


def delete_fixes(key: ForeignKey, actions: Sequence[Action], view: SchemaView) -> tuple[Fix, ...]:
    """Return the fixes that set a relation's onDelete to those of the actions it can take."""
    return tuple(
        set_action(key, "onDelete", action)
        for action in actions
        if action != key.on_delete.action and can_take(key, action, view.database)
    )


def written_arguments(key: ForeignKey, action: Action) -> tuple[ActionArgument, ...]:
    """Return which of a relation's two arguments say an action."""
    found: list[ActionArgument] = []
    if key.on_delete.action == action and key.on_delete.is_written:
        found.append("onDelete")
    if key.on_update.action == action and key.on_update.is_written:
        found.append("onUpdate")
    return tuple(found)


def replace_actions(
    key: ForeignKey,
    arguments: Sequence[ActionArgument],
    actions: Sequence[Action],
    view: SchemaView,
) -> tuple[Fix, ...]:
    """Return a fix for each action the relation can take, which writes it into the arguments."""
    fixes: list[Fix] = []
    for action in actions:
        if not can_take(key, action, view.database):
            continue
        edits = tuple(SetArgument(relation_place(key), name, action) for name in arguments)
        written = ", ".join(f"{name}: {action}" for name in arguments)
        fixes.append(Fix(f"Set `{written}` on `{key}`", edits, is_safe=False))
    return tuple(fixes)


def write_action(key: ForeignKey) -> Fix:
    """Return the safe fix that writes out the action on delete which holds already."""
    fix = set_action(key, "onDelete", key.on_delete.action)
    return Fix(f"Write `onDelete: {key.on_delete}` on `{key}`", fix.edits, is_safe=True)


def calm(keys: Iterable[ForeignKey], database: Database) -> Fix:
    """Return the unsafe fix after which relations change no row of their child by themselves."""
    action = idle_action(database)
    found = tuple(keys)
    edits = tuple(
        SetArgument(relation_place(key), argument, action)
        for key in found
        for argument in ("onDelete", "onUpdate")
    )
    names = " and ".join(f"`{key}`" for key in found)
    return Fix(f"Set `onDelete: {action}, onUpdate: {action}` on {names}", edits, is_safe=False)


def loosen(key: ForeignKey, view: SchemaView) -> Fix | None:
    """Return the fix that makes a relation and its columns optional; None where they cannot be.

    A column of the primary key cannot be, nor one that a required relation uses too.
    """
    child = view.model(key.child)
    if child is None:
        return None
    primary = frozenset() if child.primary_key is None else child.primary_key.column_names
    for name in key.columns:
        column = child.field(name)
        if column is None or column.arity == "list" or name in primary:
            return None
        if column.is_required and any(
            name in other.columns and not other.is_optional_relation
            for other in view.keys_of(key.child)
            if other.field != key.field
        ):
            return None
    fix = make_optional(key, view)
    if not fix.edits:
        return None
    if key.on_delete.is_written or changes_rows(key) or not has_ring_check(view.database):
        return fix
    # Without an action of its own an optional relation sets NULL, which may close a ring.
    keep: StructureEdit = SetArgument(relation_place(key), "onDelete", key.on_delete.action)
    return Fix(fix.title, (*fix.edits, keep), is_safe=False)


def path_text(root: str, keys: Sequence[ForeignKey], *beyond: str) -> str:
    """Return a path of a cascade for a message: "`Org > Team > Membership`"."""
    return f"`{_shortened([root, *(key.child for key in keys), *beyond])}`"


def ring_text(keys: Sequence[ForeignKey]) -> str:
    """Return a ring for a message, as it is walked: "`User.org > Org.owner > User`"."""
    return f"`{_shortened([*map(str, keys), keys[0].child])}`"


def _shortened(steps: list[str]) -> str:
    if len(steps) > _SHOWN_STEPS:
        steps = [*steps[: _SHOWN_STEPS - 2], "...", steps[-1]]
    return " > ".join(steps)
