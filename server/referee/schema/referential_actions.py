"""What a referential action comes down to on each database, one key at a time.

It deliberately knows no graph: what follows from several keys together is in `delete.py` and
`update.py`.
"""

from __future__ import annotations

from typing import Literal

from referee.schema.facts import Action
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# What comes of a key that can refuse.
Verdict = Literal["blocked", "depends-on-order", "may-fail", "ok"]


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


def writes_null_into_required(key: ForeignKey, action: Action, view: SchemaView) -> bool:
    """Tell whether an action would write NULL into a column of the key that cannot hold it.

    SetNull writes into every column of the key, SetDefault writes NULL where the database has no
    default.
    """
    if action == "SetNull":
        return key.is_required or key.is_partly_required
    child = view.model(key.child)
    if action != "SetDefault" or child is None:
        return False
    return any(
        field.is_required and (field.default is None or not field.default.is_database_side)
        for name in key.columns
        if (field := child.field(name)) is not None
    )


def can_refuse(key: ForeignKey, view: SchemaView) -> bool:
    """Tell whether the database can refuse the delete of a row that the key points at."""
    if key.on_delete.action == "Cascade":
        return False
    return refuses(key, view.database) or writes_null_into_required(
        key, action_on_delete(key, view.database), view
    )


def is_checked_at_once(key: ForeignKey, database: Database) -> bool:
    """Tell whether the check runs row by row in the midst of the cascade.

    InnoDB does so for RESTRICT and NO ACTION alike, SQLite for all but NO ACTION. SQL Server and
    CockroachDB run every cascade first.
    """
    if not database.has_foreign_keys:
        return False
    if database.provider == "mysql":
        return True
    return database.provider == "sqlite" and key.on_delete.action != "NoAction"


def action_on_update(key: ForeignKey, database: Database) -> Action:
    """Return what really happens to a child's row when the value it refers to changes.

    InnoDB drops SET DEFAULT without a word, which leaves the check alone (MySQL manual, "FOREIGN
    KEY Constraints").
    """
    action = key.on_update.action
    if action == "SetDefault" and database.provider == "mysql":
        return "NoAction"
    return action
