"""What each referential action does, on each database and where Prisma Client plays it.

The facts about cascades were measured where that was possible; docs/rules/blocked-delete.md has
the sources.
It deliberately decides nothing about one schema: models and fields come in as words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from referee.schema.facts import Action
from referee.schema.providers import Database, Provider
from referee.schema.relations import ActionReason, EffectiveAction

Event = Literal["delete", "update"]
# "emulated" stands for Prisma Client, None for a database that nobody has named.
Player = Provider | Literal["emulated"] | None


@dataclass(frozen=True, slots=True)
class Parties:
    """The models and fields that a sentence about an action names, ready to be read.

    What is not known of a relation is None, and is told as a condition.
    """

    child: str = "this model"
    parent: str = "the other model"
    columns: str = "the key"
    references: str = "the referenced columns"
    is_self_relation: bool | None = None
    has_required_column: bool | None = None


ANYBODY = Parties()


def action_sentence(
    action: Action, event: Event, database: Database, parties: Parties = ANYBODY
) -> str:
    """Return one or two sentences about what an action does when a row of the parent changes."""
    player: Player = "emulated" if database.is_emulated else database.provider
    if database.provider is not None and not database.allows(action):
        text = _REFUSED.get((action, player), _REFUSED_HERE)
    else:
        texts = _TEXTS[event][action]
        text = texts.get(player, texts[None]) + _condition(action, event, player, parties)
    return text.format(
        child=parties.child,
        parent=parties.parent,
        columns=parties.columns,
        references=parties.references,
        database=database.title,
        action=action,
        others="Other" if database.provider == "mongodb" else "Raw SQL and other",
    )


def _condition(action: Action, event: Event, player: Player, parties: Parties) -> str:
    """Return what else holds of some relations, as a condition where this one is not known."""
    if player == "mysql" and (action, event) == ("Cascade", "update"):
        if parties.is_self_relation is None:
            return " In a self relation it refuses instead."
        return (
            " This being a self relation, it refuses instead." if parties.is_self_relation else ""
        )
    if action == "SetNull" and player not in ("postgresql", None):
        if parties.has_required_column is None:
            return " Prisma refuses it where a column of the key is required."
        if parties.has_required_column:
            return " Prisma refuses it here, since a column of the key is required."
    if action == "SetNull" and player == "postgresql":
        what = "delete" if event == "delete" else "change"
        if parties.has_required_column is None:
            return f" If one of the columns is required, the {what} fails."
        if parties.has_required_column:
            return f" A column of the key is required, so the {what} fails."
    return ""


def reason_words(effective: EffectiveAction, database: Database) -> str:
    """Return why an action is what it is: "written", or which default of Prisma's it is."""
    return _REASONS[effective.reason].format(database=database.title)


_REASONS: Mapping[ActionReason, str] = {
    "written": "written",
    "required": "Prisma's default where the relation or a column of its key is required",
    "required-without-restrict": (
        "Prisma's default where the relation is required and {database} has no Restrict"
    ),
    "optional": "Prisma's default where the relation and its key are optional",
    "update-default": "Prisma's default",
}

# `{columns}` and the models come with their backticks.
_TEXTS: Mapping[Event, Mapping[Action, Mapping[Player, str]]] = {
    "delete": {
        "Cascade": {
            None: "Deleting a row of {parent} deletes the rows of {child} that refer to it.",
            "postgresql": (
                "PostgreSQL deletes the rows of {child} that refer to the deleted row, level by "
                "level, in the same statement."
            ),
            "mysql": (
                "InnoDB deletes the rows of {child} that refer to the deleted row, 14 levels deep "
                "at most. Triggers do not run for them."
            ),
            "sqlite": (
                "SQLite deletes the rows of {child} that refer to the deleted row, in the same "
                "statement, on connections that have foreign keys switched on."
            ),
            "sqlserver": (
                "SQL Server deletes the rows of {child} that refer to the deleted row. It refuses "
                "to make a key by which a second path of cascades would reach a table."
            ),
            "cockroachdb": (
                "CockroachDB deletes the rows of {child} that refer to the deleted row, up to "
                "10,000 cascades in one statement."
            ),
            "emulated": (
                "Prisma Client looks up the rows of {child} that refer to the deleted row and "
                "deletes them. {others} programs leave them behind."
            ),
        },
        "Restrict": {
            None: "A row of {parent} cannot be deleted while a row of {child} refers to it.",
            "postgresql": (
                "PostgreSQL refuses to delete a row of {parent} while a row of {child} refers to "
                "it. Inside a cascade it checks level by level, just as for NoAction."
            ),
            "mysql": (
                "InnoDB refuses to delete a row of {parent} while a row of {child} refers to it. "
                "It checks row by row, even in the midst of a cascade."
            ),
            "sqlite": (
                "SQLite refuses at once to delete a row of {parent} while a row of {child} refers "
                "to it, even if a cascade of the same statement would remove that row."
            ),
            "cockroachdb": (
                "CockroachDB refuses to delete a row of {parent} if a row of {child} still refers "
                "to it when all cascades of the statement have run."
            ),
            "emulated": (
                "Prisma Client looks for rows of {child} that refer to the row of {parent}, and "
                "throws if there are any. {others} programs are not held back."
            ),
        },
        "NoAction": {
            None: (
                "The database refuses to delete a row of {parent} while a row of {child} "
                "refers to it."
            ),
            "postgresql": (
                "PostgreSQL refuses to delete a row of {parent} while a row of {child} refers to "
                "it. As Prisma makes the constraint, that is the same as Restrict inside a cascade."
            ),
            "mysql": (
                "InnoDB takes it for Restrict: it refuses to delete a row of {parent} while a row "
                "of {child} refers to it, and checks row by row."
            ),
            "sqlite": (
                "SQLite refuses to delete a row of {parent} if a row of {child} still refers to it "
                "at the end of the statement, when all cascades have run."
            ),
            "sqlserver": (
                "SQL Server refuses to delete a row of {parent} if a row of {child} still refers "
                "to it when all cascades have run."
            ),
            "cockroachdb": (
                "CockroachDB refuses to delete a row of {parent} if a row of {child} still refers "
                "to it when all cascades of the statement have run, as with Restrict."
            ),
            "emulated": (
                "Prisma Client does nothing: rows of {child} keep referring to a row of {parent} "
                "that is gone."
            ),
        },
        "SetNull": {
            None: "Deleting a row of {parent} sets {columns} to NULL in the rows that refer to it.",
            "postgresql": (
                "PostgreSQL sets {columns} to NULL in the rows of {child} that refer to the "
                "deleted row."
            ),
            "mysql": (
                "InnoDB sets {columns} to NULL in the rows of {child} that refer to the deleted "
                "row."
            ),
            "sqlite": (
                "SQLite sets {columns} to NULL in the rows of {child} that refer to the deleted "
                "row."
            ),
            "sqlserver": (
                "SQL Server sets {columns} to NULL in the rows of {child} that refer to the "
                "deleted row."
            ),
            "cockroachdb": (
                "CockroachDB sets {columns} to NULL in the rows of {child} that refer to the "
                "deleted row."
            ),
            "emulated": (
                "Prisma Client sets {columns} to null in the rows of {child} that refer to the "
                "deleted row. {others} programs leave them as they are."
            ),
        },
        "SetDefault": {
            None: (
                "Deleting a row of {parent} writes the default of {columns} into the rows that "
                "refer to it."
            ),
            "postgresql": (
                "PostgreSQL writes the column defaults of {columns} into the rows of {child}, and "
                "fails unless {parent} has such a row. Defaults made by Prisma Client do not count."
            ),
            "mysql": (
                "InnoDB has no SET DEFAULT: it refuses to delete a row of {parent} while a row of "
                "{child} refers to it."
            ),
            "sqlite": (
                "SQLite writes the column defaults of {columns} into the rows of {child}, and "
                "fails unless {parent} has such a row. Defaults made by Prisma Client do not count."
            ),
            "sqlserver": (
                "SQL Server writes the column defaults of {columns} into the rows of {child}, and "
                "fails unless {parent} has such a row. Defaults made by Prisma Client do not count."
            ),
            "cockroachdb": (
                "CockroachDB writes the column defaults of {columns} into the rows of {child}, and "
                "fails unless {parent} has such a row. Defaults made by Prisma Client do not count."
            ),
        },
    },
    "update": {
        "Cascade": {
            None: (
                "Changing {references} of a row writes the new value into the rows that refer to "
                "it."
            ),
            "postgresql": (
                "PostgreSQL writes a changed value of {references} into the rows of {child} that "
                "refer to it."
            ),
            "mysql": (
                "InnoDB writes a changed value of {references} into the rows of {child} that refer "
                "to it."
            ),
            "sqlite": (
                "SQLite writes a changed value of {references} into the rows of {child} that "
                "refer to it."
            ),
            "sqlserver": (
                "SQL Server writes a changed value of {references} into the rows of {child} that "
                "refer to it. It counts as a path of cascades."
            ),
            "cockroachdb": (
                "CockroachDB writes a changed value of {references} into the rows of {child} that "
                "refer to it."
            ),
            "emulated": (
                "Prisma Client writes a changed value of {references} into the rows of {child} "
                "that refer to it. {others} programs do not."
            ),
        },
        "Restrict": {
            None: "{references} cannot change while a row of {child} refers to it.",
            "postgresql": (
                "PostgreSQL refuses to change {references} while a row of {child} refers to it."
            ),
            "mysql": "InnoDB refuses to change {references} while a row of {child} refers to it.",
            "sqlite": (
                "SQLite refuses at once to change {references} while a row of {child} refers to it."
            ),
            "cockroachdb": (
                "CockroachDB refuses to change {references} while a row of {child} refers to it."
            ),
            "emulated": (
                "Prisma Client throws if {references} is to change while a row of {child} refers "
                "to it. {others} programs are not held back."
            ),
        },
        "NoAction": {
            None: (
                "The database refuses to change {references} while a row of {child} refers to it."
            ),
            "postgresql": (
                "PostgreSQL refuses to change {references} if a row of {child} still refers to the "
                "old value at the end of the statement."
            ),
            "mysql": (
                "InnoDB takes it for Restrict: it refuses to change {references} while a row of "
                "{child} refers to it."
            ),
            "sqlite": (
                "SQLite refuses to change {references} if a row of {child} still refers to the old "
                "value at the end of the statement."
            ),
            "sqlserver": (
                "SQL Server refuses to change {references} while a row of {child} refers to it."
            ),
            "cockroachdb": (
                "CockroachDB refuses to change {references} while a row of {child} refers to it."
            ),
            "emulated": (
                "Prisma Client does nothing: rows of {child} keep the old value of {references}."
            ),
        },
        "SetNull": {
            None: (
                "Changing {references} of a row sets {columns} to NULL in the rows that refer to "
                "it."
            ),
            "postgresql": ("PostgreSQL sets {columns} to NULL when {references} changes."),
            "mysql": "InnoDB sets {columns} to NULL when {references} changes.",
            "sqlite": "SQLite sets {columns} to NULL when {references} changes.",
            "sqlserver": "SQL Server sets {columns} to NULL when {references} changes.",
            "cockroachdb": "CockroachDB sets {columns} to NULL when {references} changes.",
            "emulated": (
                "Prisma Client sets {columns} to null when {references} changes. {others} "
                "programs do not."
            ),
        },
        "SetDefault": {
            None: (
                "Changing {references} of a row writes the default of {columns} into the rows "
                "that refer to it."
            ),
            "postgresql": (
                "PostgreSQL writes the column defaults of {columns} when {references} changes, and "
                "fails unless {parent} has such a row."
            ),
            "mysql": (
                "InnoDB has no SET DEFAULT: it refuses to change {references} while a row of "
                "{child} refers to it."
            ),
            "sqlite": (
                "SQLite writes the column defaults of {columns} when {references} changes, and "
                "fails unless {parent} has such a row."
            ),
            "sqlserver": (
                "SQL Server writes the column defaults of {columns} when {references} changes, and "
                "fails unless {parent} has such a row."
            ),
            "cockroachdb": (
                "CockroachDB writes the column defaults of {columns} when {references} changes, "
                "and fails unless {parent} has such a row."
            ),
        },
    },
}

_REFUSED_HERE = "Prisma does not take {action} here."
_REFUSED: Mapping[tuple[Action, Player], str] = {
    ("Restrict", "sqlserver"): (
        "SQL Server has no RESTRICT, and Prisma refuses it here; NoAction does the same job."
    ),
    ("SetDefault", "emulated"): "Prisma Client cannot play SetDefault, and Prisma refuses it here.",
    ("NoAction", "emulated"): (
        "With emulated relations on {database} Prisma refuses NoAction; Restrict keeps rows that "
        "others refer to."
    ),
}
