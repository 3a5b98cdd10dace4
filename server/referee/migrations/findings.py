"""What rules about migrations find, as values: in a file of the migrations or in the schema.

It deliberately knows no lines and columns, and no setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from referee.migrations.sql.statements import Span
from referee.rules.rule import Place, Severity


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A stretch of a file of the migrations folder, or the file or folder itself (no span).

    Offsets count in the text without a byte order mark.
    """

    path: str
    span: Span | None = None


AnyPlace: TypeAlias = FilePlace | Place


# ---- fixes ----


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Replace a stretch of a file; an empty stretch inserts."""

    path: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write a file that is not there."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class WriteMigration:
    """Write a new migration from all that differs between migrations and schema."""


MigrationEdit: TypeAlias = ReplaceText | WriteFile | WriteMigration


@dataclass(frozen=True, slots=True)
class MigrationFix:
    """A change that removes a finding; `title` is a verb phrase. A safe one loses nothing."""

    title: str
    edits: tuple[MigrationEdit, ...]
    is_safe: bool


# ---- findings ----


@dataclass(frozen=True, slots=True)
class RelatedPlace:
    """Another place that belongs to a finding, and a short sentence about it."""

    place: AnyPlace
    message: str


@dataclass(frozen=True, slots=True)
class MigrationFinding:
    """What a rule found.

    `migration` is a folder's name; `table`, `columns`, `object` (an index, constraint or enum
    value) and `type` (an enum) are names in the database. `message` is one sentence.
    """

    code: str
    severity: Severity
    message: str
    place: AnyPlace
    migration: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()
    object: str | None = None
    type: str | None = None
    related: tuple[RelatedPlace, ...] = field(default=())
    fixes: tuple[MigrationFix, ...] = field(default=())
