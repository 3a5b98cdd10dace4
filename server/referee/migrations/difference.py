"""What differs between two databases: the one that migrations make and the one that is meant.

The usual comparison has Prisma's idea of equality (each rule of it says so here), which the schema
cannot state more precisely. The strict one is for two databases that were read the same way.
It deliberately knows no schema, no place and no severity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from referee.ddl.expressions import canonical_expression
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
from referee.ddl.of_schema import JoinTableForm
from referee.ddl.types import has_scalar
from referee.migrations.extensions import ALWAYS_THERE, extension_of
from referee.schema.providers import Provider

ChangeKind = Literal["add", "drop", "alter"]
ChangedPart = Literal[
    "table",
    "column",
    "primary key",
    "index",
    "foreign key",
    "check",
    "enum",
    "enum value",
    "view",
    "extension",
]
Aspect = Literal[
    "name",
    "type",
    "nullability",
    "default",
    "columns",
    "uniqueness",
    "method",
    "predicate",
    "included columns",
    "delete action",
    "update action",
    "referenced table",
    "validation",
    "form",
    "order",
]
Part = Table | Column | PrimaryKey | Index | ForeignKeyConstraint | Check | Enum

# PostgreSQL prints a function of the namespace that is searched without its name.
_CALLED_IN_PUBLIC = re.compile(r"(?<![\w$.\"'])public\.(?=(?:\w+|\"[^\"]+\")\()")

# The table in which Prisma Migrate keeps what it applied.
HISTORY_TABLE = "_prisma_migrations"


@dataclass(frozen=True, slots=True)
class Change:
    """One object that differs. To get from what is made to what is meant, add, drop or alter it.

    `owner` is the table or enum, `name` the object's name in what is meant, or in what is made if
    it is only there; a foreign key without a name goes by its columns, joined by commas, and an
    extension is its own owner. `made` and `meant` are the object on each side, `aspects` what
    differs of an altered one. A table is altered only where the migrations make a view of its name.
    """

    kind: ChangeKind
    part: ChangedPart
    owner: Name
    name: str = ""
    made: Part | str | None = None
    meant: Part | str | None = None
    aspects: tuple[Aspect, ...] = ()


def difference(
    made: DatabaseModel,
    meant: DatabaseModel,
    *,
    external: Iterable[str] = (),
    join_table_form: JoinTableForm | None = None,
    is_strict: bool = False,
) -> tuple[Change, ...]:
    """Return what differs, in the order of the meant tables, then what only the made one has.

    `join_table_form` is the form that the project's Prisma wants for the join tables of implicit
    many-to-many relations; either is taken where it is not known. `external` names tables and
    enums that the project keeps out of its migrations; those of extensions are out anyway. Tables
    of namespaces that the meant database does not name are not compared.
    """
    comparison = _Comparison(made, meant, frozenset(external), join_table_form, is_strict)
    return tuple(comparison.changes())


def same_type(made: SqlType, meant: SqlType) -> bool:
    """Tell whether two columns are of one type."""
    return made == meant


def same_default(made: ColumnDefault | None, meant: ColumnDefault | None) -> bool:
    """Tell whether two defaults give the same value; an unknown one equals every other."""
    if any(each is not None and each.kind == "unknown" for each in (made, meant)):
        return True
    if made is None or meant is None:
        return made is meant
    if made.kind == meant.kind == "expression":
        first, second = canonical_expression(made.text), canonical_expression(meant.text)
        return first == second or _CALLED_IN_PUBLIC.sub("", first) == _CALLED_IN_PUBLIC.sub(
            "", second
        )
    return made == meant


def view_in_the_way(change: Change, made: DatabaseModel) -> Name | None:
    """Return the view of the migrations for which a change cannot be made."""
    if change.part == "table" and change.kind == "alter":
        return change.owner
    key = change.meant
    if isinstance(key, ForeignKeyConstraint) and key.referenced_table in made.views:
        return key.referenced_table
    return None


@dataclass(frozen=True, slots=True)
class _Comparison:
    made: DatabaseModel
    meant: DatabaseModel
    external: frozenset[str]
    join_table_form: JoinTableForm | None
    is_strict: bool

    @property
    def provider(self) -> Provider:
        return self.meant.provider

    def changes(self) -> Iterator[Change]:
        yield from self.extensions()
        yield from self.enums()
        for table in self.meant:
            if self.is_outside(table.name):
                continue
            found = self.made.tables.get(table.name) or self.by_other_capitals(table.name)
            if found is None and table.name in self.made.views and not self.is_strict:
                # Prisma makes a table here, which fails: the name is taken.
                yield Change(
                    "alter", "table", table.name, made="view", meant=table, aspects=("form",)
                )
            elif found is None:
                yield Change("add", "table", table.name, meant=table)
            elif not found.has_unknown_shape:
                yield from self.tables(found, table)
        for table in self.made:
            if self.is_outside(table.name) or not self.is_looked_at(table.name):
                continue
            # Prisma takes no notice of partitions: they belong to the table they are parts of.
            if (table.is_assumed or table.partition_of is not None) and not self.is_strict:
                continue
            if table.name not in self.meant.tables and self.of_other_capitals(table.name) is None:
                yield Change("drop", "table", table.name, made=table)
        if self.is_strict:
            for view in sorted(self.made.views ^ self.meant.views, key=str):
                kind: ChangeKind = "add" if view in self.meant.views else "drop"
                yield Change(kind, "view", view)

    # ---- extensions, tables and enums ----

    def extensions(self) -> Iterator[Change]:
        """Yield the extensions that are asked for; Prisma drops none that nobody asks for."""
        if self.is_strict:
            return
        for name in sorted(self.meant.extensions - self.made.extensions - ALWAYS_THERE):
            yield Change("add", "extension", Name(None, name), name)

    def is_outside(self, name: Name) -> bool:
        """Tell whether nobody's migrations are about a table or enum."""
        return (
            name.name == HISTORY_TABLE
            or name.name in self.external
            or f"{name.namespace}.{name.name}" in self.external
            or (not self.is_strict and extension_of(name, self.made, self.meant) is not None)
        )

    def is_looked_at(self, name: Name) -> bool:
        namespaces = self.meant.namespaces
        return name.namespace is None or not namespaces or name.namespace in namespaces

    def by_other_capitals(self, name: Name) -> Table | None:
        return _by_other_capitals(self.made, name)

    def of_other_capitals(self, name: Name) -> Table | None:
        return _by_other_capitals(self.meant, name)

    def enums(self) -> Iterator[Change]:
        for enum in self.meant.enums.values():
            if self.is_outside(enum.name):
                continue
            found = self.made.enums.get(enum.name)
            if found is None:
                yield Change("add", "enum", enum.name, meant=enum)
                continue
            for value in enum.values:
                if value not in found.values:
                    yield Change("add", "enum value", enum.name, value, meant=value)
            for value in found.values:
                if value not in enum.values:
                    yield Change("drop", "enum value", enum.name, value, made=value)
            if self.is_strict and found != enum and set(found.values) == set(enum.values):
                yield Change("alter", "enum", enum.name, "", found, enum, ("order",))
        for enum in self.made.enums.values():
            if enum.name in self.meant.enums or self.is_outside(enum.name):
                continue
            if self.is_looked_at(enum.name):
                yield Change("drop", "enum", enum.name, made=enum)

    def tables(self, made: Table, meant: Table) -> Iterator[Change]:
        if made == meant:
            return
        yield from self.columns(made, meant)
        yield from self.primary_keys(made, meant)
        yield from self.indexes(made, meant)
        yield from self.foreign_keys(made, meant)
        if self.is_strict:
            yield from self.checks(made, meant)

    # ---- columns ----

    def columns(self, made: Table, meant: Table) -> Iterator[Change]:
        for column in meant.columns:
            found = made.column(column.name) or (
                None if self.has_cased_columns else _column_of_other_capitals(made, column.name)
            )
            if found is None:
                yield Change("add", "column", meant.name, column.name, meant=column)
                continue
            aspects = tuple(self.column_aspects(found, column))
            if aspects:
                yield Change("alter", "column", meant.name, column.name, found, column, aspects)
        for column in made.columns:
            if meant.column(column.name) is None and (
                self.has_cased_columns or _column_of_other_capitals(meant, column.name) is None
            ):
                yield Change("drop", "column", meant.name, column.name, made=column)

    @property
    def has_cased_columns(self) -> bool:
        return self.provider in ("postgresql", "cockroachdb")

    def ignores_default(self, made: Column, meant: Column) -> bool:
        """Tell whether a column's default is looked past.

        MySQL keeps JSON's as expressions. What makes the values of a generated column is no
        default that could go, although Prisma would drop it, which PostgreSQL refuses.
        """
        if self.is_strict:
            return False
        if made.is_generated and meant.default is None:
            return True
        return self.provider == "mysql" and meant.type.name == "json"

    def has_other_type(self, made: SqlType, meant: SqlType) -> bool:
        """Tell whether the types of a column differ.

        Of types that it does not know, as `Unsupported("vector")`, Prisma compares nothing. Here
        their names are compared, and what the schema says in parentheses.
        """
        if same_type(made, meant):
            return False
        if self.is_strict or has_scalar(self.provider, meant):
            return True
        is_named_alike = (made.name, made.is_array) == (meant.name, meant.is_array)
        arguments = [each.lower() for each in made.arguments]
        has_arguments = [each.lower() for each in meant.arguments] in ([], arguments)
        return not (is_named_alike and has_arguments)

    def column_aspects(self, made: Column, meant: Column) -> Iterator[Aspect]:
        if self.has_other_type(made.type, meant.type):
            yield "type"
        # Prisma does not tell a list column that may be NULL from one that may not.
        if made.is_nullable != meant.is_nullable and (
            self.is_strict or not (made.type.is_array and meant.type.is_array)
        ):
            yield "nullability"
        if not same_default(made.default, meant.default) and not self.ignores_default(made, meant):
            yield "default"
        if self.is_strict and made.is_generated != meant.is_generated:
            yield "form"

    # ---- primary keys ----

    def primary_keys(self, made: Table, meant: Table) -> Iterator[Change]:
        first, second = made.primary_key, meant.primary_key
        if first == second:
            return
        owner = meant.name
        if first is None or second is None:
            if not self.is_strict and _are_join_tables(made, meant):
                yield from self.join_tables(made, meant)
                return
            if second is None and first is not None:
                name = first.name or ""
                yield Change("drop", "primary key", owner, name, made=first)
            elif second is not None:
                yield Change("add", "primary key", owner, second.name or "", meant=second)
            return
        aspects: list[Aspect] = []
        if first.columns != second.columns or first.lengths != second.lengths:
            aspects.append("columns")
        if first.name != second.name and None not in (first.name, second.name):
            aspects.append("name")
        if aspects:
            name = second.name or ""
            yield Change("alter", "primary key", owner, name, first, second, tuple(aspects))

    def join_tables(self, made: Table, meant: Table) -> Iterator[Change]:
        """Yield the one change of a join table that has the form of another Prisma."""
        wants_key = meant.primary_key is not None
        if self.join_table_form != ("primary-key" if wants_key else "unique-index"):
            return
        old = made.primary_key or next((i for i in made.indexes if _is_join_unique(i)), None)
        new = meant.primary_key or next((i for i in meant.indexes if _is_join_unique(i)), None)
        part: ChangedPart = "primary key" if wants_key else "index"
        name = "" if new is None else new.name or ""
        if old is None:
            yield Change("add", part, meant.name, name, meant=new)
        else:
            yield Change("alter", part, meant.name, name, old, new, ("form",))

    # ---- indexes ----

    def indexes(self, made: Table, meant: Table) -> Iterator[Change]:
        have, want = list(made.indexes), list(meant.indexes)
        if not self.is_strict and _are_join_tables(made, meant):
            have = [index for index in have if not _is_join_unique(index)]
            want = [index for index in want if not _is_join_unique(index)]
        pairs = list(self.index_pairs(have, want))
        for index, found in pairs:
            if found is None:
                yield Change("add", "index", meant.name, index.name, meant=index)
                continue
            aspects = tuple(self.index_aspects(found, index))
            if aspects:
                yield Change("alter", "index", meant.name, index.name, found, index, aspects)
        paired = {id(found) for _, found in pairs if found is not None}
        for index in have:
            if id(index) not in paired and not self.is_passed_over(index, made, meant):
                yield Change("drop", "index", meant.name, index.name, made=index)

    def index_pairs(
        self, have: Sequence[Index], want: Sequence[Index]
    ) -> Iterator[tuple[Index, Index | None]]:
        """Pair indexes: by name and content, then by content, then by name alone."""
        left = list(have)
        found: dict[int, Index] = {}

        def pair(is_pair: Mapping[str, bool]) -> None:
            for number, index in enumerate(want):
                if number in found:
                    continue
                for other in left:
                    if is_pair["name"] and other.name != index.name:
                        continue
                    if is_pair["content"] and not self.has_same_content(other, index):
                        continue
                    if is_pair["predicate"] and not _has_same_predicate(other, index):
                        continue
                    found[number] = other
                    left.remove(other)
                    break

        pair({"name": True, "content": True, "predicate": False})
        pair({"name": False, "content": True, "predicate": True})
        pair({"name": False, "content": True, "predicate": False})
        pair({"name": True, "content": False, "predicate": False})
        for number, index in enumerate(want):
            yield index, found.get(number)

    def has_same_content(self, made: Index, meant: Index) -> bool:
        return (
            self.has_same_parts(made, meant)
            and made.is_unique == meant.is_unique
            and made.method == meant.method
        )

    def has_same_parts(self, made: Index, meant: Index) -> bool:
        return len(made.parts) == len(meant.parts) and all(
            self.is_same_part(*parts, meant) for parts in zip(made.parts, meant.parts, strict=True)
        )

    def is_same_part(self, made: IndexPart, meant: IndexPart, index: Index) -> bool:
        if made.operator_class != meant.operator_class and (
            # Prisma does not look at the class in a B-tree of which the schema says none.
            self.is_strict or meant.operator_class is not None or index.method != "btree"
        ):
            return False
        return _part_key(made) == _part_key(meant)

    def index_aspects(self, made: Index, meant: Index) -> Iterator[Aspect]:
        # SQLite names the indexes of its UNIQUE constraints itself.
        if made.name != meant.name and not made.name.startswith("sqlite_autoindex_"):
            yield "name"
        if not self.has_same_parts(made, meant):
            yield "columns"
        if made.is_unique != meant.is_unique:
            yield "uniqueness"
        if made.method != meant.method:
            yield "method"
        # A schema that says no condition takes an index of any for its own; one that says one
        # wants it.
        if not _has_same_predicate(made, meant) and (self.is_strict or meant.predicate is not None):
            yield "predicate"
        if self.is_strict:
            if made.included != meant.included:
                yield "included columns"
            if made.is_constraint != meant.is_constraint:
                yield "form"
            if made.is_valid != meant.is_valid:
                yield "validation"

    def is_passed_over(self, index: Index, made: Table, meant: Table) -> bool:
        """Tell whether an index that only the made database has is none of Prisma's business."""
        if self.is_strict:
            return False
        # A schema could not say these: Prisma leaves partial and expression indexes alone.
        if index.predicate is not None or index.columns is None:
            return True
        # InnoDB makes an index for a foreign key, under the key's name or that of its column.
        if self.provider == "mysql":
            return any(
                index.columns[: len(key.columns)] == key.columns
                and len(index.parts) == len(key.columns)
                for key in (*made.foreign_keys, *meant.foreign_keys)
                if key.name is None or index.name in (key.name, key.columns[0])
            )
        return False

    # ---- foreign keys ----

    def foreign_keys(self, made: Table, meant: Table) -> Iterator[Change]:
        left = list(made.foreign_keys)
        pairs: list[tuple[ForeignKeyConstraint, ForeignKeyConstraint | None]] = []
        for key in meant.foreign_keys:
            alike = [each for each in left if _refers_alike(each, key)]
            found = next((each for each in alike if each.name == key.name), None) or next(
                iter(alike), None
            )
            if found is not None:
                left.remove(found)
            pairs.append((key, found))
        for key, found in pairs:
            if found is None:
                found = next((e for e in left if key.name is not None and e.name == key.name), None)
                if found is not None:
                    left.remove(found)
            if found is None:
                yield Change("add", "foreign key", meant.name, _key_name(key), meant=key)
                continue
            aspects = tuple(self.key_aspects(found, key))
            if aspects:
                name = _key_name(key)
                yield Change("alter", "foreign key", meant.name, name, found, key, aspects)
        for key in left:
            yield Change("drop", "foreign key", meant.name, _key_name(key), made=key)

    def key_aspects(
        self, made: ForeignKeyConstraint, meant: ForeignKeyConstraint
    ) -> Iterator[Aspect]:
        if made.name != meant.name and None not in (made.name, meant.name):
            yield "name"
        if made.columns != meant.columns or made.referenced_columns != meant.referenced_columns:
            yield "columns"
        if not _is_one_table(made.referenced_table, meant.referenced_table, self.provider):
            yield "referenced table"
        if self.action(made.on_delete) != self.action(meant.on_delete):
            yield "delete action"
        if self.action(made.on_update) != self.action(meant.on_update):
            yield "update action"
        if self.is_strict and made.is_validated != meant.is_validated:
            yield "validation"

    def action(self, action: str) -> str:
        """Return an action; InnoDB takes NO ACTION for RESTRICT (MySQL manual, "FOREIGN KEY")."""
        return "RESTRICT" if self.provider == "mysql" and action == "NO ACTION" else action

    # ---- checks ----

    def checks(self, made: Table, meant: Table) -> Iterator[Change]:
        have = {(each.name, canonical_expression(each.text)): each for each in made.checks}
        want = {(each.name, canonical_expression(each.text)): each for each in meant.checks}
        for found, check in want.items():
            if found not in have:
                yield Change("add", "check", meant.name, check.name or "", meant=check)
        for found, check in have.items():
            if found not in want:
                yield Change("drop", "check", meant.name, check.name or "", made=check)


# ---- small parts ----


def _by_other_capitals(model: DatabaseModel, name: Name) -> Table | None:
    """Return the table that a database takes for the one of a name whose capitals differ."""
    if model.provider not in ("sqlite", "mysql", "sqlserver"):
        return None
    lowered = name.name.lower()
    for table in model:
        if table.name.name.lower() == lowered and table.name.namespace == name.namespace:
            return table
    return None


def _column_of_other_capitals(table: Table, name: str) -> Column | None:
    lowered = name.lower()
    return next((each for each in table.columns if each.name.lower() == lowered), None)


def _are_join_tables(made: Table, meant: Table) -> bool:
    """Tell whether both are the join table of an implicit many-to-many relation.

    Before Prisma 6 it has a unique index over A and B, since then a primary key; Prisma takes a
    table of either form for its own.
    """
    return all(
        table.name.name.startswith("_") and {each.name for each in table.columns} == {"A", "B"}
        for table in (made, meant)
    )


def _is_join_unique(index: Index) -> bool:
    return index.is_unique and sorted(index.columns or ()) == ["A", "B"]


def _part_key(part: IndexPart) -> tuple[object, ...]:
    expression = None if part.expression is None else canonical_expression(part.expression)
    return part.column, expression, part.is_descending, part.length


def _has_same_predicate(made: Index, meant: Index) -> bool:
    if made.predicate is None or meant.predicate is None:
        return made.predicate is meant.predicate
    return canonical_expression(made.predicate) == canonical_expression(meant.predicate)


def _refers_alike(made: ForeignKeyConstraint, meant: ForeignKeyConstraint) -> bool:
    return (
        made.columns == meant.columns
        and made.referenced_table.name.lower() == meant.referenced_table.name.lower()
        and made.referenced_columns == meant.referenced_columns
    )


def _is_one_table(made: Name, meant: Name, provider: Provider) -> bool:
    if provider in ("postgresql", "cockroachdb"):
        return made == meant
    return made.name.lower() == meant.name.lower()


def _key_name(key: ForeignKeyConstraint) -> str:
    return key.name or ",".join(key.columns)
