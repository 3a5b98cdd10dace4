"""Replays the statements of a migration on the model of a database, as the database would.

Each rule here was found by a difference from a real database. What a database would refuse is
noted as a problem, and the replay goes on as well as it can. Statements in DO blocks are taken as
run: the conditions around them guard against running twice, and what they find missing is no
problem. It deliberately knows no schema, no file and no severity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from referee.ddl.defaults import canonical_default, value_text
from referee.ddl.model import (
    Check,
    Column,
    ColumnDefault,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    SqlType,
    Table,
)
from referee.ddl.of_schema import DEFAULT_NAMESPACES
from referee.ddl.operator_classes import is_default_operator_class
from referee.ddl.types import canonical_type, is_serial
from referee.migrations.default_names import (
    column_part,
    first_free,
    index_part_names,
    postgres_name,
)
from referee.migrations.effects import Effect, ObjectKind, Obstacle, Problem, Replayed
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterAction,
    AlterTable,
    ChangeColumn,
    CheckSpec,
    ColumnSpec,
    ConstraintSpec,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateTrigger,
    CreateView,
    DataChange,
    DoBlock,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExtension,
    DropIndex,
    DropNamespace,
    DropNotNull,
    DropPrimaryKey,
    DropTable,
    DropType,
    DropView,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PlacedStatement,
    PrimaryKeySpec,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    SetDefault,
    SetIdentity,
    SetNamespace,
    SetNotNull,
    SetType,
    SetTypeNamespace,
    SetVariable,
    Span,
    UniqueSpec,
    ValidateConstraint,
)
from referee.schema.providers import Provider

# Namespaces that a database has without being told.
_OWN_NAMESPACES = frozenset(["pg_catalog", "information_schema", "pg_temp", "pg_toast", "sys"])


def empty_database(provider: Provider, namespace: str | None = None) -> DatabaseModel:
    """Return a database before the first migration; `namespace` is where unqualified names go."""
    own = namespace or DEFAULT_NAMESPACES.get(provider)
    return DatabaseModel(provider, {}, {}, namespaces=frozenset([own] if own else ()))


def replay(
    model: DatabaseModel,
    statements: Iterable[PlacedStatement],
    default_namespace: str | None = None,
) -> Replayed:
    """Return what a script makes of a database.

    `default_namespace` is where unqualified names are looked up and made, if it is not the usual
    one of the database.
    """
    run = _Replay(model, default_namespace or DEFAULT_NAMESPACES.get(model.provider))
    for placed in statements:
        run.statement(placed)
    return Replayed(run.model(), tuple(run.effects), tuple(run.problems))


class _Replay:
    """The database while a script runs: its tables and enums are values, exchanged whole."""

    def __init__(self, model: DatabaseModel, namespace: str | None) -> None:
        self.provider = model.provider
        self.namespace = namespace
        self.tables = dict(model.tables)
        self.enums = dict(model.enums)
        self.views = set(model.views)
        self.other_types: set[str] = set()
        self.extensions = set(model.extensions)
        self.namespaces = set(model.namespaces)
        self.temporary: set[str] = set()
        self.checks_keys = True
        self.effects: list[Effect] = []
        self.problems: list[Problem] = []
        self.span = Span(0, 0)
        self.is_assumed = False

    @property
    def is_postgres(self) -> bool:
        return self.provider in ("postgresql", "cockroachdb")

    def model(self) -> DatabaseModel:
        return DatabaseModel(
            self.provider,
            self.tables,
            self.enums,
            frozenset(self.views),
            frozenset(self.extensions),
            frozenset(self.namespaces),
        )

    # ---- running ----

    def statement(self, placed: PlacedStatement) -> None:
        self.span = placed.span
        statement = placed.statement
        if isinstance(statement, DoBlock):
            was_assumed, self.is_assumed = self.is_assumed, True
            for inner in statement.statements:
                self.statement(inner)
            self.is_assumed = was_assumed
            self.span = placed.span
            self.note(Effect(statement, placed.span))
        elif isinstance(statement, AlterTable):
            self.alter_table(statement, placed)
        else:
            run = _STATEMENTS.get(type(statement))
            if run is None:
                self.note(Effect(statement, placed.span))
            else:
                run(self, statement)

    def note(self, effect: Effect) -> None:
        self.effects.append(replace(effect, is_assumed=True) if self.is_assumed else effect)

    def problem(
        self,
        obstacle: Obstacle,
        kind: ObjectKind,
        name: str,
        table: Name | None = None,
        user: str = "",
    ) -> None:
        if not self.is_assumed:
            self.problems.append(Problem(obstacle, kind, name, self.span, table, user))

    # ---- names ----

    def resolve(self, name: Name) -> Name:
        """Return the full name of a table, whether it is there or not."""
        if self.provider == "sqlserver":
            return Name(name.namespace or self.namespace, name.name)
        if not self.is_postgres:
            found = Name(None, name.name)
            if found in self.tables:
                return found
            # SQLite does not tell capitals in names; MySQL's rule depends on its machine.
            lowered = name.name.lower()
            if self.provider == "sqlite":
                for each in self.tables:
                    if each.name.lower() == lowered:
                        return each
            return found
        return Name(name.namespace or self.namespace, name.name)

    def find(self, name: Name) -> Table | None:
        """Return the table a statement is about; a missing one is a problem, named once."""
        full = self.resolve(name)
        table = self.tables.get(full)
        if table is not None:
            return table
        if name.name in self.temporary or full in self.views:
            return None
        if full.namespace in _OWN_NAMESPACES or name.name.startswith(("pg_", "sqlite_")):
            return None
        if not name.name or self.provider == "sqlserver":
            return None
        self.missing_table(full)
        return None

    def missing_table(self, full: Name) -> None:
        if self.missing_namespace(full):
            return
        self.problem("missing", "table", str(self.shown(full)))
        if not self.is_assumed:
            self.tables[full] = Table(full, (), has_unknown_shape=True)

    def missing_namespace(self, full: Name) -> bool:
        namespace = full.namespace
        if namespace is None or namespace in self.namespaces or namespace in _OWN_NAMESPACES:
            return False
        if not self.is_postgres:
            return False
        self.problem("missing", "schema", namespace)
        self.namespaces.add(namespace)
        return True

    def shown(self, full: Name) -> Name:
        """Return a name as people write it, without the usual namespace."""
        return Name(None, full.name) if full.namespace == self.namespace else full

    def column_of(self, table: Table, name: str) -> Column | None:
        """Return a column of a table; a missing one is a problem."""
        column = self.known_column(table, name)
        if column is None and not table.has_unknown_shape and self.provider != "sqlserver":
            self.problem("missing", "column", name, table.name)
        return column

    def known_column(self, table: Table, name: str) -> Column | None:
        column = table.column(name)
        if column is None and not self.is_postgres:
            lowered = name.lower()
            return next((each for each in table.columns if each.name.lower() == lowered), None)
        return column

    def put(self, table: Table) -> None:
        self.tables[table.name] = table

    # ---- types and defaults ----

    def find_enum(self, namespace: str | None, name: str) -> Name | None:
        found = Name(namespace or self.namespace, name)
        return found if found in self.enums else None

    def type_of(self, text: str) -> SqlType:
        found = canonical_type(self.provider, text, self.find_enum)
        if (
            self.is_postgres
            and found.enum is None
            and '"' in text
            and found.name not in self.other_types
            and any(letter.isupper() for letter in found.name)
        ):
            self.problem("missing", "type", found.name)
            self.other_types.add(found.name)
        return replace(found, written=text)

    def default_of(self, text: str | None, type: SqlType) -> ColumnDefault | None:
        found = canonical_default(self.provider, text, type)
        return None if found is None or text is None else replace(found, written=text)

    def column(self, spec: ColumnSpec) -> Column:
        type = self.type_of(spec.type)
        default = self.default_of(spec.default, type)
        is_nullable = not spec.is_not_null
        if spec.counts_up:
            default = ColumnDefault("sequence")
            is_nullable = is_nullable and not self.is_postgres
        elif is_serial(self.provider, spec.type):
            default = ColumnDefault("sequence")
            is_nullable = False
        updates_itself = spec.updates_itself
        return Column(spec.name, type, is_nullable, default, spec.is_generated, updates_itself)

    # ---- tables ----

    def create_table(self, statement: CreateTable) -> None:
        full = self.resolve(statement.name)
        if statement.is_temporary:
            self.temporary.add(statement.name.name)
            self.note(Effect(statement, self.span))
            return
        if full in self.tables or full in self.views:
            if not statement.if_not_exists:
                self.problem("exists", "table", str(self.shown(full)))
            if full in self.tables:
                self.note(Effect(statement, self.span, None, full, self.tables[full], None))
                return
        self.missing_namespace(full)
        columns = tuple(self.column(spec) for spec in statement.columns)
        table = Table(full, columns, has_unknown_shape=statement.has_unknown_shape)
        self.put(table)
        for constraint in _keys_first(statement.constraints):
            self.add_constraint(full, constraint)
        self.note(Effect(statement, self.span, None, full, None, self.tables[full]))

    def drop_table(self, statement: DropTable) -> None:
        dropped: list[Table] = []
        going = {self.resolve(name) for name in statement.names}
        for name in statement.names:
            full = self.resolve(name)
            if name.name in self.temporary:
                self.temporary.discard(name.name)
                continue
            if full not in self.tables:
                if not statement.if_exists and full not in self.views:
                    self.find(name)
                    self.tables.pop(full, None)
                continue
            before = self.tables[full]
            self.release_table(full, going, statement.is_cascading)
            del self.tables[full]
            dropped.append(before)
        self.note(Effect(statement, self.span, dropped_with=tuple(dropped)))

    def release_table(self, full: Name, going: set[Name], is_cascading: bool) -> None:
        """Take away the foreign keys that refer to a table which goes."""
        if self.provider == "sqlite":
            return  # SQLite keeps what refers to a table by its name
        for other in list(self.tables.values()):
            if other.name == full:
                continue
            kept = tuple(key for key in other.foreign_keys if key.referenced_table != full)
            if len(kept) == len(other.foreign_keys):
                continue
            if not is_cascading and other.name not in going and self.checks_keys:
                self.problem("in use", "table", str(self.shown(full)), full, str(other.name.name))
            if is_cascading or self.is_postgres:
                self.put(replace(other, foreign_keys=kept))

    def alter_table(self, statement: AlterTable, placed: PlacedStatement) -> None:
        full = self.resolve(statement.name)
        if full not in self.tables and (statement.if_exists or not statement.name.name):
            self.note(Effect(statement, placed.span))
            return
        if full not in self.tables and (full in self.views or self.is_index(full)):
            for action in statement.actions:
                if isinstance(action, RenameTable) and full in self.views:
                    self.views.discard(full)
                    self.views.add(Name(full.namespace, action.name.name))
            self.note(Effect(statement, placed.span))
            return
        if self.find(statement.name) is None:
            self.note(Effect(statement, placed.span))
            return
        spans = placed.parts or tuple(placed.span for _ in statement.actions)
        order = sorted(range(len(statement.actions)), key=lambda i: self.turn(statement, i))
        for number in order:
            action = statement.actions[number]
            self.span = spans[number]
            before = self.tables[full]
            after_name = self.action(full, action)
            after = self.tables.get(after_name)
            self.note(Effect(statement, spans[number], action, after_name, before, after))
            full = after_name
        self.span = placed.span

    def turn(self, statement: AlterTable, number: int) -> int:
        """Return when a part runs: PostgreSQL drops first, then changes types, adds columns, keys.

        See the passes of `ATPrepCmd` in its sources (src/backend/commands/tablecmds.c).
        """
        action = statement.actions[number]
        if not self.is_postgres:
            return 0
        if isinstance(action, DropColumn | DropConstraint | DropNotNull):
            return 0
        if isinstance(action, SetType):
            return 1
        if isinstance(action, AddColumn):
            return 2
        if isinstance(action, SetDefault | DropDefault):
            # Written before a change of type of the same column, DROP DEFAULT runs before it.
            return 0 if isinstance(action, DropDefault) else 3
        if isinstance(action, SetNotNull | SetIdentity):
            return 3
        if isinstance(action, AddConstraint):
            return 5 if isinstance(action.constraint, ForeignKeySpec) else 4
        return 6

    def action(self, full: Name, action: AlterAction) -> Name:
        """Run a part of ALTER TABLE and return the table's name after it."""
        if isinstance(action, RenameTable):
            return self.rename_table(full, Name(full.namespace, action.name.name))
        if isinstance(action, SetNamespace):
            self.missing_namespace(Name(action.namespace, full.name))
            return self.rename_table(full, Name(action.namespace, full.name))
        run = _ACTIONS.get(type(action))
        if run is not None:
            run(self, full, action)
        return full

    # ---- parts of ALTER TABLE ----

    def add_column(self, full: Name, action: AddColumn) -> None:
        table = self.tables[full]
        existing = self.known_column(table, action.column.name)
        if existing is not None:
            if not action.if_not_exists:
                self.problem("exists", "column", action.column.name, full)
            return
        self.put(replace(table, columns=(*table.columns, self.column(action.column))))
        for constraint in action.constraints:
            self.add_constraint(full, constraint)

    def drop_column(self, full: Name, action: DropColumn) -> None:
        table = self.tables[full]
        column = (
            self.known_column(table, action.column)
            if action.if_exists
            else self.column_of(table, action.column)
        )
        if column is None:
            return
        name = column.name
        columns = tuple(each for each in table.columns if each is not column)
        key = table.primary_key
        if key is not None and name in key.columns:
            key = None
        indexes: list[Index] = []
        for index in table.indexes:
            if not _index_uses(index, name):
                indexes.append(index)
            elif self.provider == "mysql" and len(index.parts) > 1:
                # MySQL takes the column out of the index and keeps the rest of it.
                rest = tuple(part for part in index.parts if part.column != name)
                indexes.append(replace(index, parts=rest))
        table = replace(
            table,
            columns=columns,
            primary_key=key,
            indexes=tuple(indexes),
            foreign_keys=tuple(k for k in table.foreign_keys if name not in k.columns),
            checks=tuple(c for c in table.checks if not _mentions(c.text, name)),
        )
        self.put(table)
        self.release_columns(full, frozenset([name]), action.is_cascading, name)

    def release_columns(
        self, full: Name, columns: frozenset[str], is_cascading: bool, shown: str
    ) -> None:
        """Take away the foreign keys that refer to columns which go or lose their key."""
        for other in list(self.tables.values()):
            kept = tuple(
                key
                for key in other.foreign_keys
                if key.referenced_table != full or not columns & set(key.referenced_columns)
            )
            if len(kept) == len(other.foreign_keys):
                continue
            if not is_cascading and self.checks_keys:
                self.problem("in use", "column", shown, full, other.name.name)
            if self.is_postgres:
                self.put(replace(other, foreign_keys=kept))

    def set_type(self, full: Name, action: SetType) -> None:
        table = self.tables[full]
        column = self.column_of(table, action.column)
        if column is None:
            return
        self.exchange(full, column, self.retyped(column, action.type))

    def retyped(self, column: Column, text: str) -> Column:
        type = self.type_of(text)
        default = column.default
        if default is not None and default.kind == "value" and type != column.type:
            value = value_text(self.provider, default.text, type)
            default = replace(default, text=value, written="")
        return replace(column, type=type, default=default)

    def exchange(self, full: Name, old: Column, new: Column) -> None:
        table = self.tables[full]
        columns = tuple(new if each is old else each for each in table.columns)
        self.put(replace(table, columns=columns))

    def set_default(self, full: Name, action: SetDefault) -> None:
        column = self.column_of(self.tables[full], action.column)
        if column is not None:
            default = self.default_of(action.default, column.type)
            self.exchange(full, column, replace(column, default=default))

    def drop_default(self, full: Name, action: DropDefault) -> None:
        column = self.column_of(self.tables[full], action.column)
        if column is not None:
            self.exchange(full, column, replace(column, default=None))

    def set_not_null(self, full: Name, action: SetNotNull) -> None:
        column = self.column_of(self.tables[full], action.column)
        if column is not None:
            self.exchange(full, column, replace(column, is_nullable=False))

    def drop_not_null(self, full: Name, action: DropNotNull) -> None:
        column = self.column_of(self.tables[full], action.column)
        if column is not None:
            self.exchange(full, column, replace(column, is_nullable=True))

    def set_identity(self, full: Name, action: SetIdentity) -> None:
        column = self.column_of(self.tables[full], action.column)
        if column is not None:
            default = ColumnDefault("sequence") if action.counts_up else None
            self.exchange(full, column, replace(column, default=default))

    def change_column(self, full: Name, action: ChangeColumn) -> None:
        column = self.column_of(self.tables[full], action.old_name)
        if column is None:
            return
        changed = self.column(action.column)
        if self.provider == "sqlserver":
            changed = replace(changed, default=column.default)
        key = self.tables[full].primary_key
        if key is not None and column.name in key.columns:
            changed = replace(changed, is_nullable=False)
        self.exchange(full, column, replace(changed, name=column.name))
        if changed.name != column.name:
            self.rename_column(full, RenameColumn(column.name, changed.name))
        for constraint in action.constraints:
            self.add_constraint(full, constraint)

    def add_constraint_action(self, full: Name, action: AddConstraint) -> None:
        self.add_constraint(full, action.constraint)

    def drop_constraint(self, full: Name, action: DropConstraint) -> None:
        table = self.tables[full]
        name, kind = action.name, action.kind
        if kind in ("any", "foreign key"):
            keys = tuple(key for key in table.foreign_keys if not self.equal(key.name, name))
            if len(keys) < len(table.foreign_keys):
                self.put(replace(table, foreign_keys=keys))
                return
        if kind in ("any", "check"):
            checks = tuple(each for each in table.checks if not self.equal(each.name, name))
            if len(checks) < len(table.checks):
                self.put(replace(table, checks=checks))
                return
        if kind == "any" and table.primary_key is not None and table.primary_key.name == name:
            self.drop_primary_key(full, action.is_cascading)
            return
        if kind in ("any", "index"):
            found = next((each for each in table.indexes if self.equal(each.name, name)), None)
            if found is not None:
                self.drop_index_of(table, found, action.is_cascading)
                return
        if not action.if_exists and not table.has_unknown_shape and self.provider != "sqlserver":
            self.problem("missing", "index" if kind == "index" else "constraint", name, full)

    def equal(self, name: str | None, other: str) -> bool:
        """Tell whether two names are one; MySQL does not tell capitals in those of indexes."""
        if name is None:
            return False
        return name == other or (not self.is_postgres and name.lower() == other.lower())

    def drop_index_of(self, table: Table, index: Index, is_cascading: bool) -> None:
        rest = tuple(each for each in table.indexes if each is not index)
        self.put(replace(table, indexes=rest))
        if index.is_constraint and index.columns is not None and self.is_postgres:
            self.release_key(table.name, index.columns, is_cascading, index.name)

    def drop_primary_key(self, full: Name, is_cascading: bool = False) -> None:
        table = self.tables[full]
        key = table.primary_key
        if key is None:
            if not table.has_unknown_shape:
                self.problem("missing", "primary key", "primary key", full)
            return
        self.put(replace(table, primary_key=None))
        if self.is_postgres:
            self.release_key(full, key.columns, is_cascading, key.name or "primary key")

    def release_key(
        self, full: Name, columns: Sequence[str], is_cascading: bool, shown: str
    ) -> None:
        """Take away the foreign keys that rest on a key, unless another one serves them."""
        table = self.tables[full]
        wanted = frozenset(columns)
        others = [frozenset(index.columns or ()) for index in table.indexes if index.is_unique]
        if table.primary_key is not None:
            others.append(frozenset(table.primary_key.columns))
        if wanted in others:
            return
        for other in list(self.tables.values()):
            kept = tuple(
                key
                for key in other.foreign_keys
                if key.referenced_table != full or frozenset(key.referenced_columns) != wanted
            )
            if len(kept) == len(other.foreign_keys):
                continue
            if is_cascading:
                self.put(replace(other, foreign_keys=kept))
            else:
                self.problem("in use", "constraint", shown, full, other.name.name)

    def drop_primary_key_action(self, full: Name, action: DropPrimaryKey) -> None:
        self.drop_primary_key(full)

    def validate_constraint(self, full: Name, action: ValidateConstraint) -> None:
        table = self.tables[full]
        keys = tuple(
            replace(key, is_validated=True) if key.name == action.name else key
            for key in table.foreign_keys
        )
        known = {key.name for key in table.foreign_keys} | {each.name for each in table.checks}
        if action.name not in known and not table.has_unknown_shape:
            self.problem("missing", "constraint", action.name, full)
        self.put(replace(table, foreign_keys=keys))

    def rename_column(self, full: Name, action: RenameColumn) -> None:
        table = self.tables[full]
        column = self.column_of(table, action.old_name)
        if column is None:
            return
        old, new = column.name, action.name
        if new != old and table.column(new) is not None:
            self.problem("exists", "column", new, full)
        key = table.primary_key
        if key is not None:
            key = replace(key, columns=_renamed(key.columns, old, new))
        self.put(
            replace(
                table,
                columns=tuple(
                    replace(each, name=new) if each is column else each for each in table.columns
                ),
                primary_key=key,
                indexes=tuple(_index_with(index, old, new) for index in table.indexes),
                foreign_keys=tuple(
                    replace(each, columns=_renamed(each.columns, old, new))
                    for each in table.foreign_keys
                ),
                checks=tuple(
                    replace(each, text=_text_with(each.text, old, new)) for each in table.checks
                ),
            )
        )
        for other in list(self.tables.values()):
            keys = tuple(
                replace(each, referenced_columns=_renamed(each.referenced_columns, old, new))
                if each.referenced_table == full
                else each
                for each in other.foreign_keys
            )
            if keys != other.foreign_keys:
                self.put(replace(other, foreign_keys=keys))

    def rename_constraint(self, full: Name, action: RenameConstraint) -> None:
        table = self.tables[full]
        old, new = action.old_name, action.name
        key = table.primary_key
        if key is not None and key.name == old:
            key = replace(key, name=new)
        renamed = replace(
            table,
            primary_key=key,
            indexes=tuple(
                replace(each, name=new) if self.equal(each.name, old) else each
                for each in table.indexes
            ),
            foreign_keys=tuple(
                replace(each, name=new) if self.equal(each.name, old) else each
                for each in table.foreign_keys
            ),
            checks=tuple(
                replace(each, name=new) if self.equal(each.name, old) else each
                for each in table.checks
            ),
        )
        if renamed == table and not table.has_unknown_shape and self.provider != "sqlserver":
            self.problem("missing", "constraint", old, full)
        self.put(renamed)

    def rename_table(self, full: Name, new: Name) -> Name:
        if new == full:
            return full
        if new in self.tables or new in self.views:
            self.problem("exists", "table", str(self.shown(new)))
        table = self.tables.pop(full)
        self.tables[new] = replace(table, name=new)
        for other in list(self.tables.values()):
            keys = tuple(
                replace(key, referenced_table=new) if key.referenced_table == full else key
                for key in other.foreign_keys
            )
            if keys != other.foreign_keys:
                self.put(replace(other, foreign_keys=keys))
        return new

    # ---- constraints and indexes ----

    def add_constraint(self, full: Name, spec: ConstraintSpec) -> None:
        if isinstance(spec, PrimaryKeySpec):
            self.add_primary_key(full, spec)
        elif isinstance(spec, UniqueSpec):
            self.add_unique(full, spec)
        elif isinstance(spec, ForeignKeySpec):
            self.add_foreign_key(full, spec)
        elif isinstance(spec, CheckSpec):
            self.add_check(full, spec)
        elif isinstance(spec, IndexSpec):
            self.add_index(full, spec)
        elif isinstance(spec, ExclusionSpec):
            name = spec.name or postgres_name(full.name, "", "excl", self.taken(full))
            table = self.tables[full]
            self.put(replace(table, checks=(*table.checks, Check("EXCLUDE", name))))

    def add_primary_key(self, full: Name, spec: PrimaryKeySpec) -> None:
        table = self.tables[full]
        if table.primary_key is not None:
            self.problem("exists", "primary key", table.primary_key.name or "primary key", full)
        columns, name = spec.columns, spec.name
        if spec.using_index is not None:
            index = self.take_index(table, spec.using_index)
            columns = () if index is None else index.columns or ()
            name = name or spec.using_index
            table = self.tables[full]
        known = [self.column_of(table, column) for column in columns]
        if not self.is_postgres and self.provider != "sqlserver":
            name = None
        elif name is None:
            name = postgres_name(full.name, "", "pkey", self.taken(full))
        names = {column.name for column in known if column is not None}
        self.put(
            replace(
                table,
                columns=tuple(
                    self.as_key(column) if column.name in names else column
                    for column in table.columns
                ),
                primary_key=PrimaryKey(
                    tuple(
                        column if found is None else found.name
                        for column, found in zip(columns, known, strict=True)
                    ),
                    name,
                ),
            )
        )

    def as_key(self, column: Column) -> Column:
        """Return a column that is part of the primary key: not nullable, but on SQLite."""
        if self.provider == "sqlite":
            return column
        return replace(column, is_nullable=False)

    def take_index(self, table: Table, name: str) -> Index | None:
        index = next((each for each in table.indexes if each.name == name), None)
        if index is None:
            self.problem("missing", "index", name, table.name)
            return None
        rest = tuple(each for each in table.indexes if each is not index)
        self.put(replace(table, indexes=rest))
        return index

    def add_unique(self, full: Name, spec: UniqueSpec) -> None:
        table = self.tables[full]
        if spec.using_index is not None:
            index = self.take_index(table, spec.using_index)
            if index is not None:
                made = replace(index, name=spec.name or index.name, is_constraint=True)
                table = self.tables[full]
                self.put(replace(table, indexes=(*table.indexes, made)))
            return
        columns = self.columns_of(table, spec.columns)
        name = spec.name
        if self.provider == "sqlite":
            number = 1 + sum(index.is_constraint for index in table.indexes)
            name = f"sqlite_autoindex_{full.name}_{number}"
        elif self.provider == "mysql":
            name = name or self.mysql_index_name(table, columns)
        elif name is None:
            name = postgres_name(full.name, column_part(columns), "key", self.taken(full))
        elif self.is_relation(full, name):
            self.problem("exists", "index", name, full)
        parts = tuple(IndexPart(column) for column in columns)
        is_constraint = self.provider != "mysql"
        made = Index(name, parts, is_unique=True, is_constraint=is_constraint)
        self.put(replace(table, indexes=(*table.indexes, made)))

    def columns_of(self, table: Table, columns: Sequence[str]) -> tuple[str, ...]:
        found = [(name, self.column_of(table, name)) for name in columns]
        return tuple(name if column is None else column.name for name, column in found)

    def add_foreign_key(self, full: Name, spec: ForeignKeySpec) -> None:
        table = self.tables[full]
        columns = self.columns_of(table, spec.columns)
        parent_name = self.resolve(spec.table)
        references = spec.references
        parent: Table | None = None
        if self.provider == "sqlite":
            # A table referred to may be made later; only a row needs it.
            parent = self.tables.get(parent_name)
        else:
            parent = self.find(spec.table) if self.checks_keys else self.tables.get(parent_name)
        if parent is not None:
            if not references and parent.primary_key is not None:
                references = parent.primary_key.columns
            elif self.provider != "sqlite":
                references = self.columns_of(parent, references)
        name = spec.name
        if self.provider == "sqlite":
            name = None
        elif name is None and self.provider == "mysql":
            name = f"{full.name}_ibfk_{1 + len(table.foreign_keys)}"
        elif name is None:
            name = postgres_name(full.name, column_part(columns), "fkey", self.constrained(full))
        elif any(key.name == name for key in table.foreign_keys):
            self.problem("exists", "constraint", name, full)
            return
        key = ForeignKeyConstraint(
            columns,
            parent_name,
            references,
            spec.on_delete,
            spec.on_update,
            name,
            spec.is_validated,
        )
        table = self.tables[full]
        self.put(replace(table, foreign_keys=(*table.foreign_keys, key)))
        if self.provider == "mysql":
            self.index_for_key(full, key)

    def index_for_key(self, full: Name, key: ForeignKeyConstraint) -> None:
        """Add the index that InnoDB makes for a foreign key which has none."""
        table = self.tables[full]
        if not any(_serves(index, key.columns) for index in table.indexes) and not (
            table.primary_key is not None
            and table.primary_key.columns[: len(key.columns)] == key.columns
        ):
            parts = tuple(IndexPart(column) for column in key.columns)
            name = first_free(key.name or key.columns[0], self.taken(full))
            self.put(replace(table, indexes=(*table.indexes, Index(name, parts))))

    def add_check(self, full: Name, spec: CheckSpec) -> None:
        table = self.tables[full]
        name = spec.name
        if name is None and self.is_postgres:
            columns = [each.name for each in table.columns if _mentions(spec.text, each.name)]
            middle = columns[0] if len(columns) == 1 else (spec.column or "")
            name = postgres_name(full.name, middle, "check", self.constrained(full))
        if name is not None and any(each.name == name for each in table.checks):
            self.problem("exists", "constraint", name, full)
            return
        self.put(replace(table, checks=(*table.checks, Check(spec.text, name))))

    def add_index(self, full: Name, spec: IndexSpec, if_not_exists: bool = False) -> None:
        table = self.tables[full]
        for part in spec.parts:
            if part.column is not None:
                self.column_of(table, part.column)
        name = spec.name
        if name is None and self.provider == "mysql":
            columns = [part.column or "functional_index" for part in spec.parts]
            name = self.mysql_index_name(table, columns)
        elif name is None:
            middle = column_part(index_part_names(spec.parts))
            name = postgres_name(full.name, middle, "idx", self.taken(full))
        elif self.is_relation(full, name):
            if not if_not_exists:
                self.problem("exists", "index", name, full)
            return
        made = Index(
            name,
            tuple(self.index_part(table, part, spec) for part in spec.parts),
            spec.is_unique,
            spec.method,
            spec.predicate,
            spec.included,
        )
        kept = table.indexes
        if self.provider == "mysql":
            # InnoDB gives up the index it made for a foreign key once another one serves the key.
            implied = {key.name: key.columns for key in table.foreign_keys}
            kept = tuple(
                each
                for each in kept
                if not (
                    implied.get(each.name) == each.columns and _serves(made, each.columns or ())
                )
            )
        self.put(replace(table, indexes=(*kept, made)))

    def index_part(self, table: Table, part: IndexPart, spec: IndexSpec) -> IndexPart:
        found = None if part.column is None else self.known_column(table, part.column)
        if found is not None:
            part = replace(part, column=found.name)
        if part.operator_class is not None and (
            is_default_operator_class(part.operator_class, spec.method)
            or (
                found is not None
                and _is_default_class(part.operator_class, found.type, spec.method)
            )
        ):
            part = replace(part, operator_class=None)
        return part

    def mysql_index_name(self, table: Table, columns: Sequence[str]) -> str:
        return first_free(columns[0], self.taken(table.name))

    def is_relation(self, full: Name, name: str) -> bool:
        """Tell whether an index may not have this name: one per table, or per namespace."""
        return self.taken(full)(name)

    def taken(self, full: Name) -> Callable[[str], bool]:
        """Return what tells whether the name of an index is taken."""

        def is_taken(name: str) -> bool:
            if self.provider in ("mysql", "sqlserver"):
                table = self.tables.get(full)
                return table is not None and any(
                    self.equal(index.name, name) for index in table.indexes
                )
            if Name(full.namespace, name) in self.tables:
                return True
            return self.index_owner(Name(full.namespace, name)) is not None

        return is_taken

    def constrained(self, full: Name) -> Callable[[str], bool]:
        """Return what tells whether a table has a constraint of a name."""
        table = self.tables[full]
        names = {key.name for key in table.foreign_keys} | {each.name for each in table.checks}
        return names.__contains__

    def index_owner(self, name: Name) -> tuple[Table, Index | PrimaryKey] | None:
        """Return the table and the index or primary key of a name."""
        for table in self.tables.values():
            if self.is_postgres and table.name.namespace != name.namespace:
                continue
            if table.primary_key is not None and table.primary_key.name == name.name:
                return table, table.primary_key
            for index in table.indexes:
                if self.equal(index.name, name.name):
                    return table, index
        return None

    def is_index(self, full: Name) -> bool:
        return self.index_owner(full) is not None

    def create_index(self, statement: CreateIndex) -> None:
        table = self.find(statement.table)
        if table is None:
            self.note(Effect(statement, self.span))
            return
        self.add_index(table.name, statement.index, statement.if_not_exists)
        after = self.tables[table.name]
        self.note(Effect(statement, self.span, None, table.name, table, after))

    def drop_index(self, statement: DropIndex) -> None:
        before: Table | None = None
        for name in statement.names:
            owner: tuple[Table, Index | PrimaryKey] | None = None
            if statement.table is not None:
                table = self.find(statement.table)
                if table is not None:
                    found = next((i for i in table.indexes if self.equal(i.name, name.name)), None)
                    owner = None if found is None else (table, found)
            else:
                owner = self.index_owner(self.resolve_index(name))
            if owner is None:
                if not statement.if_exists and self.provider != "sqlserver":
                    in_table = None if statement.table is None else self.resolve(statement.table)
                    if in_table is None or not self.tables[in_table].has_unknown_shape:
                        self.problem("missing", "index", name.name, in_table)
                continue
            table, index = owner
            before = table
            if isinstance(index, PrimaryKey) or (index.is_constraint and self.is_postgres):
                self.problem("not allowed", "index", name.name, table.name)
            else:
                self.drop_index_of(table, index, False)
        self.note(
            Effect(
                statement,
                self.span,
                None,
                None if before is None else before.name,
                before,
                None if before is None else self.tables[before.name],
            )
        )

    def resolve_index(self, name: Name) -> Name:
        if not self.is_postgres:
            return Name(None, name.name)
        return Name(name.namespace or self.namespace, name.name)

    def rename_index(self, statement: RenameIndex) -> None:
        full = self.resolve_index(statement.old_name)
        owner = self.index_owner(full)
        if owner is None:
            if full in self.tables:  # PostgreSQL takes ALTER INDEX for tables too
                self.rename_table(full, Name(full.namespace, statement.name))
            elif not statement.if_exists:
                self.problem("missing", "index", statement.old_name.name)
            self.note(Effect(statement, self.span))
            return
        table, _ = owner
        if self.index_owner(Name(full.namespace, statement.name)) is not None:
            self.problem("exists", "index", statement.name, table.name)
        self.rename_constraint(table.name, RenameConstraint(full.name, statement.name))
        self.note(Effect(statement, self.span, None, table.name, table, self.tables[table.name]))

    # ---- types ----

    def resolve_type(self, name: Name) -> Name:
        return Name(name.namespace or self.namespace, name.name)

    def create_enum(self, statement: CreateEnum) -> None:
        full = self.resolve_type(statement.name)
        self.missing_namespace(full)
        if full in self.enums:
            self.problem("exists", "type", full.name)
        self.enums[full] = Enum(full, statement.values)
        self.note(Effect(statement, self.span, enum_after=self.enums[full]))

    def create_other_type(self, statement: CreateOtherType) -> None:
        self.other_types.add(statement.name.name)
        self.note(Effect(statement, self.span))

    def enum_named(self, name: Name) -> Enum | None:
        full = self.resolve_type(name)
        found = self.enums.get(full)
        if (
            found is None
            and full.name not in self.other_types
            and full.namespace not in (_OWN_NAMESPACES)
        ):
            self.problem("missing", "type", str(self.shown(full)))
            self.other_types.add(full.name)
        return found

    def add_enum_value(self, statement: AddEnumValue) -> None:
        before = self.enum_named(statement.name)
        if before is None:
            self.note(Effect(statement, self.span))
            return
        values = list(before.values)
        if statement.value in values:
            if not statement.if_not_exists:
                self.problem("exists", "enum value", statement.value, before.name)
        else:
            at = len(values)
            if statement.before in values:
                at = values.index(statement.before)
            elif statement.after in values:
                at = values.index(statement.after) + 1
            elif statement.before is not None or statement.after is not None:
                neighbour = statement.before or statement.after or ""
                self.problem("missing", "enum value", neighbour, before.name)
            values.insert(at, statement.value)
        self.enums[before.name] = Enum(before.name, tuple(values))
        after = self.enums[before.name]
        self.note(Effect(statement, self.span, enum_before=before, enum_after=after))

    def rename_enum_value(self, statement: RenameEnumValue) -> None:
        before = self.enum_named(statement.name)
        if before is None:
            self.note(Effect(statement, self.span))
            return
        old, new = statement.old_value, statement.value
        if old not in before.values:
            self.problem("missing", "enum value", old, before.name)
        after = Enum(before.name, _renamed(before.values, old, new))
        self.enums[before.name] = after
        for table, column in self.columns_of_enum(before.name):
            default = column.default
            if default is not None and default.kind == "value" and default.text == old:
                renamed = replace(column, default=replace(default, text=new, written=""))
                self.exchange(table, column, renamed)
        self.note(Effect(statement, self.span, enum_before=before, enum_after=after))

    def columns_of_enum(self, enum: Name) -> Iterator[tuple[Name, Column]]:
        for table in list(self.tables.values()):
            for column in table.columns:
                if column.type.enum == enum:
                    yield table.name, column

    def rename_type(self, statement: RenameType) -> None:
        old = self.resolve_type(statement.old_name)
        self.move_type(statement.old_name, Name(old.namespace, statement.name))
        self.note(Effect(statement, self.span))

    def set_type_namespace(self, statement: SetTypeNamespace) -> None:
        full = Name(statement.namespace, statement.name.name)
        self.missing_namespace(full)
        self.move_type(statement.name, full)
        self.note(Effect(statement, self.span))

    def move_type(self, old_name: Name, new: Name) -> None:
        old = self.resolve_type(old_name)
        if old.name in self.other_types:
            self.other_types.add(new.name)
            return
        before = self.enum_named(old_name)
        if before is None:
            self.other_types.add(new.name)
            return
        if new in self.enums and new != old:
            self.problem("exists", "type", str(self.shown(new)))
        columns = list(self.columns_of_enum(before.name))
        del self.enums[before.name]
        self.enums[new] = Enum(new, before.values)
        for table, column in columns:
            present = self.tables[table].column(column.name)
            if present is not None:
                type = SqlType(new.name, (), column.type.is_array, new)
                self.exchange(table, present, replace(present, type=type))

    def drop_type(self, statement: DropType) -> None:
        for name in statement.names:
            full = self.resolve_type(name)
            before = self.enums.get(full)
            if before is None:
                if not statement.if_exists and full.name not in self.other_types:
                    self.enum_named(name)
                continue
            users = list(self.columns_of_enum(full))
            if users and not statement.is_cascading:
                table, column = users[0]
                self.problem(
                    "in use", "type", str(self.shown(full)), None, f"{table.name}.{column.name}"
                )
            del self.enums[full]
            for table, column in users:
                if statement.is_cascading:
                    self.drop_column(table, DropColumn(column.name, is_cascading=True))
            self.note(Effect(statement, self.span, enum_before=before))

    # ---- the rest ----

    def create_namespace(self, statement: CreateNamespace) -> None:
        if statement.name in self.namespaces and not statement.if_not_exists:
            # Every PostgreSQL has `public`, and migrations that say CREATE SCHEMA "public" fail.
            self.problem("exists", "schema", statement.name)
        self.namespaces.add(statement.name)
        self.note(Effect(statement, self.span))

    def drop_namespace(self, statement: DropNamespace) -> None:
        dropped: list[Table] = []
        for name in statement.names:
            if name not in self.namespaces and not statement.if_exists:
                self.problem("missing", "schema", name)
            self.namespaces.discard(name)
            inside = {full for full in self.tables if full.namespace == name}
            for full in inside:
                self.release_table(full, inside, True)
                dropped.append(self.tables.pop(full))
            for enum in [full for full in self.enums if full.namespace == name]:
                del self.enums[enum]
        self.note(Effect(statement, self.span, dropped_with=tuple(dropped)))

    def create_extension(self, statement: CreateExtension) -> None:
        self.extensions.add(statement.name)
        self.note(Effect(statement, self.span))

    def drop_extension(self, statement: DropExtension) -> None:
        self.extensions -= set(statement.names)
        self.note(Effect(statement, self.span))

    def create_view(self, statement: CreateView) -> None:
        full = self.resolve(statement.name)
        if (full in self.views and not statement.is_replacing) or full in self.tables:
            self.problem("exists", "view", str(self.shown(full)))
        self.views.add(full)
        self.note(Effect(statement, self.span))

    def drop_view(self, statement: DropView) -> None:
        for name in statement.names:
            full = self.resolve(name)
            if full not in self.views and not statement.if_exists:
                self.problem("missing", "view", str(self.shown(full)))
            self.views.discard(full)
        self.note(Effect(statement, self.span))

    def data_change(self, statement: DataChange) -> None:
        table: Table | None = None
        for name in statement.tables:
            table = self.find(name)
        if table is not None:
            for column in statement.columns:
                if not (self.provider == "sqlite" and column.lower() == "rowid"):
                    self.column_of(table, column)
        full = None if table is None else table.name
        self.note(Effect(statement, self.span, None, full, table, table))

    def create_trigger(self, statement: CreateTrigger) -> None:
        table = self.find(statement.table)
        if table is not None:
            for column in statement.columns:
                self.column_of(table, column)
        self.note(Effect(statement, self.span))

    def set_variable(self, statement: SetVariable) -> None:
        value = statement.value.strip("'\"").lower()
        if statement.name == "foreign_key_checks":
            self.checks_keys = value not in ("0", "off", "false")
        elif statement.name == "search_path" and value and self.is_postgres:
            first = statement.value.split(",")[0].strip().strip("'\"")
            if first and first != "$user":
                self.namespace = first
        self.note(Effect(statement, self.span))


_STATEMENTS: dict[type, Callable[..., None]] = {
    CreateTable: _Replay.create_table,
    DropTable: _Replay.drop_table,
    CreateIndex: _Replay.create_index,
    DropIndex: _Replay.drop_index,
    RenameIndex: _Replay.rename_index,
    CreateEnum: _Replay.create_enum,
    CreateOtherType: _Replay.create_other_type,
    AddEnumValue: _Replay.add_enum_value,
    RenameEnumValue: _Replay.rename_enum_value,
    RenameType: _Replay.rename_type,
    SetTypeNamespace: _Replay.set_type_namespace,
    DropType: _Replay.drop_type,
    CreateNamespace: _Replay.create_namespace,
    DropNamespace: _Replay.drop_namespace,
    CreateExtension: _Replay.create_extension,
    DropExtension: _Replay.drop_extension,
    CreateView: _Replay.create_view,
    DropView: _Replay.drop_view,
    CreateTrigger: _Replay.create_trigger,
    DataChange: _Replay.data_change,
    SetVariable: _Replay.set_variable,
}

_ACTIONS: dict[type, Callable[..., None]] = {
    AddColumn: _Replay.add_column,
    DropColumn: _Replay.drop_column,
    SetType: _Replay.set_type,
    SetDefault: _Replay.set_default,
    DropDefault: _Replay.drop_default,
    SetNotNull: _Replay.set_not_null,
    DropNotNull: _Replay.drop_not_null,
    SetIdentity: _Replay.set_identity,
    ChangeColumn: _Replay.change_column,
    AddConstraint: _Replay.add_constraint_action,
    DropConstraint: _Replay.drop_constraint,
    DropPrimaryKey: _Replay.drop_primary_key_action,
    ValidateConstraint: _Replay.validate_constraint,
    RenameColumn: _Replay.rename_column,
    RenameConstraint: _Replay.rename_constraint,
}


# ---- small parts ----


def _keys_first(constraints: Sequence[ConstraintSpec]) -> list[ConstraintSpec]:
    """Return constraints as a database makes them: the primary key first, references last."""
    return sorted(
        constraints,
        key=lambda each: (
            0 if isinstance(each, PrimaryKeySpec) else 2 if isinstance(each, ForeignKeySpec) else 1
        ),
    )


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def _index_uses(index: Index, column: str) -> bool:
    if any(part.column == column for part in index.parts) or column in index.included:
        return True
    if index.predicate is not None and _mentions(index.predicate, column):
        return True
    return any(
        part.expression is not None and _mentions(part.expression, column) for part in index.parts
    )


def _index_with(index: Index, old: str, new: str) -> Index:
    if not _index_uses(index, old):
        return index
    predicate = index.predicate
    return replace(
        index,
        parts=tuple(
            replace(
                part,
                column=new if part.column == old else part.column,
                expression=None
                if part.expression is None
                else _text_with(part.expression, old, new),
            )
            for part in index.parts
        ),
        included=_renamed(index.included, old, new),
        predicate=None if predicate is None else _text_with(predicate, old, new),
    )


def _name_pattern(name: str) -> re.Pattern[str]:
    bare = rf"|(?<![\w\"'.$]){re.escape(name)}(?![\w\"'$(])" if name == name.lower() else ""
    return re.compile(rf'"{re.escape(name)}"|`{re.escape(name)}`|\[{re.escape(name)}\]{bare}')


def _mentions(text: str, column: str) -> bool:
    return _name_pattern(column).search(text) is not None


def _text_with(text: str, old: str, new: str) -> str:
    return _name_pattern(old).sub(lambda match: f'"{new}"', text)


def _serves(index: Index, columns: Sequence[str]) -> bool:
    """Tell whether an index starts with columns, so that InnoDB takes it for a foreign key."""
    found = index.columns
    return index.method == "btree" and found is not None and found[: len(columns)] == tuple(columns)


def _is_default_class(name: str, type: SqlType, method: str) -> bool:
    """Tell whether an operator class is the default one of a type."""
    names = {type.name, type.written.lower()}
    return any(name in (f"{each}_ops", f"{method}_{each}_ops") for each in names)
