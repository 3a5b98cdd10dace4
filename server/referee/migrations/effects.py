"""What a statement did to the model of a database, and what it could not do: plain values.

Rules about migrations read these; they deliberately hold no severity and no sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from referee.ddl.model import DatabaseModel, Enum, ForeignKeyConstraint, Name, Table
from referee.migrations.sql.statements import AlterAction, Span, Statement

Obstacle = Literal["missing", "exists", "in use", "not allowed", "no cast", "no key", "refused"]
ObjectKind = Literal[
    "table",
    "column",
    "index",
    "constraint",
    "type",
    "enum value",
    "schema",
    "view",
    "primary key",
    "function",
    "operator class",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """A statement that cannot run: it uses what is not there, or makes what is there already.

    `name` is the object, `table` the table it is, or should be, part of; `user` is what still
    uses an object that is to go, the type that a column cannot be cast to, the key that a foreign
    key needs, why the database refuses, or the extension that a type or function is of.
    """

    obstacle: Obstacle
    kind: ObjectKind
    name: str
    span: Span
    table: Name | None = None
    user: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One statement, or one part of ALTER TABLE, with what it found and what it left.

    `table` is resolved and its present name; `before` and `after` are the table around it, None
    where it did not exist. `released` are foreign keys, each with its table, that went along with
    the tables they refer to. `is_assumed` tells that the statement stands in a DO block, whose
    conditions are not known.
    """

    statement: Statement
    span: Span
    action: AlterAction | None = None
    table: Name | None = None
    before: Table | None = None
    after: Table | None = None
    enum_before: Enum | None = None
    enum_after: Enum | None = None
    dropped_with: tuple[Table, ...] = ()
    released: tuple[tuple[Name, ForeignKeyConstraint], ...] = ()
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """A script after its replay: the database it leaves, and what happened on the way."""

    model: DatabaseModel
    effects: tuple[Effect, ...] = ()
    problems: tuple[Problem, ...] = ()
