"""What the statements of a migration say, as plain values of our own.

Names stand as the database folds them, and a name without namespace is not resolved here. Types and
expressions are SQL with white space made single: what they mean is the replay's affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from referee.ddl.model import IndexMethod, IndexPart, Name, ReferentialAction

# ---- columns and constraints ----


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column as CREATE TABLE and ADD COLUMN write it; its constraints stand beside it.

    `type` and `default` are SQL; that of a generated column is what makes its values.
    `counts_up` is AUTO_INCREMENT or an identity column.
    """

    name: str
    type: str
    is_not_null: bool = False
    default: str | None = None
    counts_up: bool = False
    is_generated: bool = False
    updates_itself: bool = False


@dataclass(frozen=True, slots=True)
class PrimaryKeySpec:
    """A primary key; `using_index` names the index it is made of."""

    columns: tuple[str, ...]
    name: str | None = None
    using_index: str | None = None


@dataclass(frozen=True, slots=True)
class UniqueSpec:
    """A unique constraint; `using_index` names the index it is made of."""

    columns: tuple[str, ...]
    name: str | None = None
    using_index: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKeySpec:
    """A foreign key; without `references` it refers to the primary key.

    `is_at_column` tells that it is written at its column.
    """

    columns: tuple[str, ...]
    table: Name
    references: tuple[str, ...] = ()
    on_delete: ReferentialAction = "NO ACTION"
    on_update: ReferentialAction = "NO ACTION"
    name: str | None = None
    is_validated: bool = True
    is_at_column: bool = False


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A CHECK constraint."""

    text: str
    name: str | None = None
    column: str | None = None
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class ExclusionSpec:
    """An EXCLUDE constraint, of which only the name is known."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index as CREATE INDEX writes it, or as MySQL writes it inside CREATE TABLE.

    `quoted` are the names in its parts that stand in quotes, where that matters: on SQLite.
    """

    name: str | None
    parts: tuple[IndexPart, ...]
    is_unique: bool = False
    method: IndexMethod = "btree"
    predicate: str | None = None
    included: tuple[str, ...] = ()
    quoted: frozenset[str] = field(default=frozenset(), compare=False)


ConstraintSpec: TypeAlias = (
    PrimaryKeySpec | UniqueSpec | ForeignKeySpec | CheckSpec | ExclusionSpec | IndexSpec
)

# ---- the parts of ALTER TABLE ----


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ADD COLUMN with the constraints written at the column."""

    column: ColumnSpec
    constraints: tuple[ConstraintSpec, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn:
    """DROP COLUMN."""

    column: str
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class SetType:
    """ALTER COLUMN ... TYPE; `using` is the SQL that makes the new values."""

    column: str
    type: str
    using: str | None = None


@dataclass(frozen=True, slots=True)
class SetDefault:
    """ALTER COLUMN ... SET DEFAULT."""

    column: str
    default: str


@dataclass(frozen=True, slots=True)
class DropDefault:
    """ALTER COLUMN ... DROP DEFAULT."""

    column: str


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER COLUMN ... SET NOT NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class DropNotNull:
    """ALTER COLUMN ... DROP NOT NULL."""

    column: str


@dataclass(frozen=True, slots=True)
class SetIdentity:
    """ALTER COLUMN ... ADD or DROP IDENTITY."""

    column: str
    counts_up: bool


@dataclass(frozen=True, slots=True)
class ChangeColumn:
    """MODIFY and CHANGE of MySQL, and ALTER COLUMN of SQL Server: the column written anew."""

    old_name: str
    column: ColumnSpec
    constraints: tuple[ConstraintSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """ADD CONSTRAINT, and ADD INDEX of MySQL."""

    constraint: ConstraintSpec


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """DROP CONSTRAINT; `kind` narrows the name down where the statement says it (MySQL)."""

    name: str
    if_exists: bool = False
    is_cascading: bool = False
    kind: Literal["any", "foreign key", "check", "index"] = "any"


@dataclass(frozen=True, slots=True)
class DropPrimaryKey:
    """DROP PRIMARY KEY (MySQL)."""


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """VALIDATE CONSTRAINT."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """RENAME COLUMN."""

    old_name: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    """RENAME CONSTRAINT, and RENAME INDEX of MySQL."""

    old_name: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """RENAME TO."""

    name: Name


@dataclass(frozen=True, slots=True)
class SetNamespace:
    """SET SCHEMA of a table."""

    namespace: str


@dataclass(frozen=True, slots=True)
class AttachPartition:
    """ATTACH PARTITION and DETACH PARTITION of a table; `is_attached` tells which."""

    name: Name
    is_attached: bool


@dataclass(frozen=True, slots=True)
class OtherAction:
    """A part of ALTER TABLE that changes nothing the model knows."""

    text: str


AlterAction: TypeAlias = (
    AddColumn
    | DropColumn
    | SetType
    | SetDefault
    | DropDefault
    | SetNotNull
    | DropNotNull
    | SetIdentity
    | ChangeColumn
    | AddConstraint
    | DropConstraint
    | DropPrimaryKey
    | ValidateConstraint
    | RenameColumn
    | RenameConstraint
    | RenameTable
    | SetNamespace
    | AttachPartition
    | OtherAction
)

# ---- statements ----


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE. A table made AS, LIKE or PARTITION OF something has an unknown shape.

    `is_without_rowid` is SQLite's WITHOUT ROWID, `partition_of` the table a partition belongs to.
    """

    name: Name
    columns: tuple[ColumnSpec, ...] = ()
    constraints: tuple[ConstraintSpec, ...] = ()
    if_not_exists: bool = False
    is_temporary: bool = False
    has_unknown_shape: bool = False
    is_without_rowid: bool = False
    partition_of: Name | None = None


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE, its parts in the order they are written."""

    name: Name
    actions: tuple[AlterAction, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropTable:
    """DROP TABLE."""

    names: tuple[Name, ...]
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX."""

    table: Name
    index: IndexSpec
    is_concurrent: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX; `table` where the dialect names it."""

    names: tuple[Name, ...]
    table: Name | None = None
    if_exists: bool = False
    is_concurrent: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex:
    """ALTER INDEX ... RENAME TO."""

    old_name: Name
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateEnum:
    """CREATE TYPE ... AS ENUM."""

    name: Name
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreateOtherType:
    """CREATE TYPE or DOMAIN of a kind that the model does not hold; a domain is of a `base`."""

    name: Name
    base: str | None = None


@dataclass(frozen=True, slots=True)
class AddEnumValue:
    """ALTER TYPE ... ADD VALUE."""

    name: Name
    value: str
    before: str | None = None
    after: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameEnumValue:
    """ALTER TYPE ... RENAME VALUE."""

    name: Name
    old_value: str
    value: str


@dataclass(frozen=True, slots=True)
class RenameType:
    """ALTER TYPE ... RENAME TO."""

    old_name: Name
    name: str


@dataclass(frozen=True, slots=True)
class SetTypeNamespace:
    """ALTER TYPE ... SET SCHEMA."""

    name: Name
    namespace: str


@dataclass(frozen=True, slots=True)
class DropType:
    """DROP TYPE or DOMAIN."""

    names: tuple[Name, ...]
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class CreateNamespace:
    """CREATE SCHEMA."""

    name: str
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropNamespace:
    """DROP SCHEMA."""

    names: tuple[str, ...]
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class CreateExtension:
    """CREATE EXTENSION; one that cascades makes the extensions that it needs, too."""

    name: str
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class DropExtension:
    """DROP EXTENSION."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column that a query reads, `*` all of them, with its table as the query names that.

    `is_qualified` tells that a table stands in front of it, `is_quoted` that it is in quotes alone.
    """

    table: Name
    column: str
    is_qualified: bool = False
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE VIEW, also materialized, and a foreign table, which Prisma knows as little.

    `tables` and `columns` are those that its query surely reads; it may read others.
    """

    name: Name
    is_replacing: bool = False
    is_materialized: bool = False
    tables: tuple[Name, ...] = ()
    columns: tuple[ReadColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class DropView:
    """DROP VIEW, also materialized, and DROP FOREIGN TABLE."""

    names: tuple[Name, ...]
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class DataChange:
    """INSERT, UPDATE, DELETE, TRUNCATE: rows change. `tables` are those whose rows change.

    `columns` are those that INSERT and UPDATE say they write.
    """

    kind: Literal["insert", "update", "delete", "truncate", "merge", "copy"]
    tables: tuple[Name, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTrigger:
    """CREATE TRIGGER; `columns` are those of UPDATE OF.

    `function` is what it runs on PostgreSQL, `writes` are the tables that its body changes on
    SQLite.
    """

    table: Name
    columns: tuple[str, ...] = ()
    name: str = ""
    function: Name | None = None
    writes: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class DropTrigger:
    """DROP TRIGGER of PostgreSQL, and of SQLite, which names no table."""

    name: str
    table: Name | None = None
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateFunction:
    """CREATE FUNCTION or PROCEDURE (PostgreSQL); `arguments` are SQL."""

    name: Name
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class DropFunction:
    """DROP FUNCTION, PROCEDURE or ROUTINE (PostgreSQL), each with the arguments that are said."""

    functions: tuple[tuple[Name, str | None], ...]
    if_exists: bool = False
    is_cascading: bool = False


@dataclass(frozen=True, slots=True)
class TransactionControl:
    """BEGIN, COMMIT, ROLLBACK and SAVEPOINT."""

    kind: Literal["begin", "commit", "rollback", "savepoint"]


@dataclass(frozen=True, slots=True)
class SetVariable:
    """SET, RESET and PRAGMA: a setting of the session, its value as written.

    Without a value it is what it was when the session began; the names of a search path stand in
    `path`, and `is_local` tells that the setting ends with the transaction (PostgreSQL).
    """

    name: str
    value: str
    path: tuple[str, ...] = ()
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class CommentOn:
    """COMMENT ON."""


@dataclass(frozen=True, slots=True)
class DoBlock:
    """DO: `statements` are those found inside, which are taken as run.

    `is_dynamic` tells that it also runs SQL which it puts together itself; `alternatives` are the
    numbers of the statements of which some run instead of others, as behind THEN and ELSE.
    """

    statements: tuple[PlacedStatement, ...] = ()
    is_dynamic: bool = False
    alternatives: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Opaque:
    """A statement that changes nothing the model knows; `words` are its first two."""

    words: str


Statement: TypeAlias = (
    CreateTable
    | AlterTable
    | DropTable
    | CreateIndex
    | DropIndex
    | RenameIndex
    | CreateEnum
    | CreateOtherType
    | AddEnumValue
    | RenameEnumValue
    | RenameType
    | SetTypeNamespace
    | DropType
    | CreateNamespace
    | DropNamespace
    | CreateExtension
    | DropExtension
    | CreateView
    | DropView
    | CreateFunction
    | DropFunction
    | CreateTrigger
    | DropTrigger
    | DataChange
    | TransactionControl
    | SetVariable
    | CommentOn
    | DoBlock
    | Opaque
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlacedStatement:
    """A statement and where it stands; `parts` are the places of ALTER TABLE's actions."""

    statement: Statement
    span: Span
    parts: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlMistake:
    """A mistake in the syntax."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of a text.

    `is_syntax_checked` tells whether a parser of the database's own grammar has read it;
    otherwise an empty `mistakes` says nothing.
    """

    statements: tuple[PlacedStatement, ...]
    mistakes: tuple[SqlMistake, ...] = ()
    comments: tuple[Span, ...] = ()
    is_syntax_checked: bool = False
