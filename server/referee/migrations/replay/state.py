"""The database while a script is replayed: looking things up in it, noting what happens to it.

It deliberately knows no statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from referee.ddl.model import Column, DatabaseModel, Index, Name, PrimaryKey, Table
from referee.migrations.effects import Effect, ObjectKind, Obstacle, Problem
from referee.migrations.sql.statements import Span

# Namespaces that a database has without being told.
OWN_NAMESPACES = frozenset(["pg_catalog", "information_schema", "pg_temp", "pg_toast", "sys"])


class RunningDatabase:
    """The database while a script runs: its tables and enums are values, exchanged whole."""

    def __init__(self, model: DatabaseModel, namespace: str | None) -> None:
        self.provider = model.provider
        self.usual_namespace = namespace
        self.path: tuple[str, ...] = () if namespace is None else (namespace,)
        self.path_of_session: tuple[str, ...] = self.path
        self.tables = dict(model.tables)
        self.enums = dict(model.enums)
        self.views = set(model.views)
        self.view_reads = dict(model.view_reads)
        self.functions = dict(model.functions)
        self.triggers = list(model.triggers)
        self.may_hold_more = model.may_hold_more
        self.other_types = dict(model.other_types)
        self.extensions = set(model.extensions)
        self.namespaces = set(model.namespaces)
        self.temporary: set[str] = set()
        self.checks_keys = True
        self.has_legacy_alter = False
        self.effects: list[Effect] = []
        self.problems: list[Problem] = []
        self.span = Span(0, 0)
        self.is_assumed = False

    @property
    def is_postgres(self) -> bool:
        return self.provider in ("postgresql", "cockroachdb")

    @property
    def namespace(self) -> str | None:
        """Where a name without a namespace is made: the first of the search path that is there."""
        for each in self.path:
            if each in self.namespaces:
                return each
        return self.path[0] if self.path else self.usual_namespace

    def set_path(self, path: tuple[str, ...], *, is_local: bool) -> None:
        """Set the search path; an empty one is that of the beginning."""
        named = tuple(each for each in path if each != "$user")
        usual = () if self.usual_namespace is None else (self.usual_namespace,)
        self.path = named or usual
        if not is_local:
            self.path_of_session = self.path

    def end_transaction(self) -> None:
        """Take back what was set for the transaction alone."""
        self.path = self.path_of_session

    def is_temporary(self, name: Name) -> bool:
        """Tell whether a name means a temporary table, which hides another one of its name."""
        return name.name in self.temporary and name.namespace in (None, "pg_temp")

    def model(self) -> DatabaseModel:
        return DatabaseModel(
            self.provider,
            self.tables,
            self.enums,
            frozenset(self.views),
            frozenset(self.extensions),
            frozenset(self.namespaces),
            self.other_types,
            self.view_reads,
            self.functions,
            tuple(self.triggers),
            self.may_hold_more,
        )

    def doubt_routines(self) -> None:
        """Take it for possible that views and triggers went, and that anything was made."""
        self.view_reads.clear()
        self.triggers.clear()
        self.may_hold_more = True

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
        if name.namespace is None:
            for namespace in self.path:
                full = Name(namespace, name.name)
                if full in self.tables or full in self.views:
                    return full
        return Name(name.namespace or self.namespace, name.name)

    def resolve_new(self, name: Name) -> Name:
        """Return the full name of a table or view that is to be made."""
        return (
            Name(name.namespace or self.namespace, name.name)
            if self.is_postgres
            else (self.resolve(name))
        )

    def find(self, name: Name) -> Table | None:
        """Return the table a statement is about; a missing one is a problem, named once."""
        if self.is_temporary(name):
            return None
        full = self.resolve(name)
        table = self.tables.get(full)
        if table is not None:
            return table
        if full in self.views:
            return None
        if full.namespace in OWN_NAMESPACES or name.name.startswith(("pg_", "sqlite_")):
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
            self.tables[full] = Table(full, (), has_unknown_shape=True, is_assumed=True)

    def missing_namespace(self, full: Name) -> bool:
        namespace = full.namespace
        if namespace is None or namespace in self.namespaces or namespace in OWN_NAMESPACES:
            return False
        if not self.is_postgres:
            return False
        self.problem("missing", "schema", namespace)
        self.namespaces.add(namespace)
        return True

    def shown(self, full: Name) -> Name:
        """Return a name as people write it, without the usual namespace."""
        return Name(None, full.name) if full.namespace == self.usual_namespace else full

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

    def doubt_changes(self, before: Mapping[Name, Table]) -> None:
        """Take what changed since for possible only: such tables are there, of unknown shape."""
        for name in before.keys() | self.tables.keys():
            old, new = before.get(name), self.tables.get(name)
            if old is new:
                continue
            table = new or old
            if table is not None:
                is_assumed = old is None or new is None or old.is_assumed
                self.put(replace(table, has_unknown_shape=True, is_assumed=is_assumed))

    def columns_of(self, table: Table, columns: Sequence[str]) -> tuple[str, ...]:
        found = [(name, self.column_of(table, name)) for name in columns]
        return tuple(name if column is None else column.name for name, column in found)

    def exchange(self, full: Name, old: Column, new: Column) -> None:
        table = self.tables[full]
        columns = tuple(new if each is old else each for each in table.columns)
        self.put(replace(table, columns=columns))

    def find_enum(self, namespace: str | None, name: str) -> Name | None:
        for each in (namespace,) if namespace is not None else self.path:
            if (found := Name(each, name)) in self.enums:
                return found
        return None

    def resolve_index(self, name: Name) -> Name:
        if not self.is_postgres:
            return Name(None, name.name)
        if name.namespace is None:
            for each in self.path:
                if self.index_owner(full := Name(each, name.name)) is not None:
                    return full
        return Name(name.namespace or self.namespace, name.name)

    def resolve_type(self, name: Name) -> Name:
        known = self.find_enum(name.namespace, name.name)
        return known or self.resolve_new_type(name)

    def resolve_new_type(self, name: Name) -> Name:
        return Name(name.namespace or self.namespace, name.name)

    def equal(self, name: str | None, other: str) -> bool:
        """Tell whether two names are one; MySQL does not tell capitals in those of indexes."""
        if name is None:
            return False
        return name == other or (not self.is_postgres and name.lower() == other.lower())

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
