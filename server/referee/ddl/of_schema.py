"""What a schema means as a database: the model of it, and where in the schema each part is said.

Names, types, defaults and actions are those that Prisma's schema engine writes.
It deliberately knows no SQL statements; `ddl/sql.py` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from referee.ddl.column_defaults import default_of
from referee.ddl.model import (
    Column,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    IndexMethod,
    IndexPart,
    Name,
    PrimaryKey,
    ReferentialAction,
    SqlType,
    Table,
)
from referee.ddl.operator_classes import is_default_operator_class, operator_class_name
from referee.ddl.predicates import predicate_of
from referee.ddl.types import canonical_type
from referee.schema.facts import (
    Action,
    EnumFacts,
    Extension,
    FieldFacts,
    IndexColumn,
    IndexFacts,
    ModelFacts,
)
from referee.schema.names import foreign_key_name, index_name
from referee.schema.native_types import column_type
from referee.schema.providers import Database, Provider
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.view import SchemaView

JoinTableForm = Literal["primary-key", "unique-index"]
Part = Literal["table", "column", "primary key", "index", "foreign key", "enum", "enum value"]

# The namespace of tables whose model names none.
DEFAULT_NAMESPACES: Mapping[Provider, str] = MappingProxyType(
    {"postgresql": "public", "cockroachdb": "public", "sqlserver": "dbo"}
)


class Element(NamedTuple):
    """A part of a database: the table or enum itself, or what it holds of that name.

    A foreign key without a name goes by its columns, joined by commas.
    """

    part: Part
    owner: Name
    name: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a schema says that a part of the database is to be.

    `field` is a field or enum value; `ordinal` a block attribute, counted from 0; `attribute` the
    one of the field that makes it (`id`, `unique`, `relation`).
    """

    block: str
    field: str | None = None
    ordinal: int | None = None
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class SchemaDatabase:
    """The database that a schema means.

    `extensions` tells more of those in the model. `search_path` is the namespace whose tables a
    script names without it. `has_foreign_keys` is false where Prisma stands in for them.
    """

    model: DatabaseModel
    origins: Mapping[Element, Origin]
    extensions: tuple[Extension, ...] = ()
    search_path: str | None = None
    has_foreign_keys: bool = True


def database_of(
    view: SchemaView,
    *,
    join_table_form: JoinTableForm = "primary-key",
    default_namespace: str | None = None,
) -> SchemaDatabase | None:
    """Return the database that a schema means; None if it has no tables or says no provider.

    `join_table_form` is that of implicit many-to-many relations on PostgreSQL: a primary key since
    Prisma 6, before that a unique index, which the other databases have still.
    `default_namespace` is where models without `@@schema` live, if it is not the usual one.
    """
    provider = view.database.provider
    if provider is None or provider == "mongodb":
        return None
    namespace = default_namespace or DEFAULT_NAMESPACES.get(provider)
    return _Builder(view, provider, namespace, join_table_form).build()


def foreign_key_element(table: Name, key: ForeignKeyConstraint) -> Element:
    """Return the element that a foreign key of a table is."""
    return Element("foreign key", table, key.name or ",".join(key.columns))


def effective_join_table_form(
    provider: Provider, form: JoinTableForm = "primary-key"
) -> JoinTableForm:
    """Return the form that join tables have on a database: only PostgreSQL's changed."""
    return form if provider == "postgresql" else "unique-index"


# ---- building ----

_ACTIONS: Mapping[Action, ReferentialAction] = MappingProxyType(
    {
        "Cascade": "CASCADE",
        "Restrict": "RESTRICT",
        "NoAction": "NO ACTION",
        "SetNull": "SET NULL",
        "SetDefault": "SET DEFAULT",
    }
)
_METHODS: Mapping[str, IndexMethod] = MappingProxyType(
    {
        "BTree": "btree",
        "Hash": "hash",
        "Gist": "gist",
        "Gin": "gin",
        "SpGist": "spgist",
        "Brin": "brin",
    }
)


class _Builder:
    """Walks a schema once; `origins` grows with every part that is made."""

    def __init__(
        self,
        view: SchemaView,
        provider: Provider,
        namespace: str | None,
        join_table_form: JoinTableForm,
    ) -> None:
        self.view = view
        self.database: Database = view.database
        self.provider = provider
        self.namespace = namespace
        self.join_table_form = effective_join_table_form(provider, join_table_form)
        self.origins: dict[Element, Origin] = {}

    def build(self) -> SchemaDatabase:
        models = [
            model
            for name in self.view.model_names()
            if (model := self.view.model(name)) is not None and model.kind == "model"
        ]
        tables = [self.table(model) for model in models]
        for model in models:
            order = {field.name: ordinal for ordinal, field in enumerate(model.fields)}
            joins = [
                each for each in self.view.many_to_many(model.name) if each.first == model.name
            ]
            for join in sorted(joins, key=lambda join: order[join.first_field]):
                table = self.join_table(join)
                if table is not None:
                    tables.append(table)
        enums = [
            self.enum(facts)
            for facts in self.view.declarations_in_order()
            if isinstance(facts, EnumFacts) and self.has_enum_types
        ]
        namespaces = set(self.database.schemas)
        if self.namespace is not None and not namespaces:
            namespaces = {self.namespace}
        found = DatabaseModel(
            self.provider,
            MappingProxyType({table.name: table for table in tables}),
            MappingProxyType({enum.name: enum for enum in enums}),
            frozenset(
                self.name_of(view)
                for name in self.view.model_names()
                if (view := self.view.model(name)) is not None and view.kind == "view"
            ),
            frozenset(each.name for each in self.database.extensions),
            frozenset(namespaces),
        )
        return SchemaDatabase(
            found,
            MappingProxyType(self.origins),
            self.database.extensions,
            None if self.provider == "sqlserver" else self.namespace,
            self.database.has_foreign_keys,
        )

    @property
    def has_enum_types(self) -> bool:
        return self.provider in ("postgresql", "cockroachdb")

    def name_of(self, facts: ModelFacts | EnumFacts) -> Name:
        name = facts.table if isinstance(facts, ModelFacts) else facts.mapped_name or facts.name
        return Name(facts.database_schema or self.namespace, name)

    # ---- tables ----

    def table(self, model: ModelFacts) -> Table:
        name = self.name_of(model)
        self.origins[Element("table", name)] = Origin(model.name)
        columns = tuple(
            column
            for field in model.fields
            if (column := self.column(model, name, field)) is not None
        )
        indexes = tuple(
            self.index(model, name, index)
            for index in sorted(model.indexes, key=_index_order)
            if index.kind != "id"
        )
        keys: list[ForeignKeyConstraint] = []
        if self.database.has_foreign_keys:
            for key in self.view.keys_of(model.name):
                found = self.foreign_key(model, name, key)
                if found is not None:
                    keys.append(found)
        return Table(name, columns, self.primary_key(model, name), indexes, tuple(keys))

    def column(self, model: ModelFacts, table: Name, field: FieldFacts) -> Column | None:
        type = self.type_of(field)
        if type is None:
            return None
        self.origins[Element("column", table, field.column)] = Origin(model.name, field.name)
        default = default_of(self.view, self.provider, model, field, type)
        updates_itself = default is not None and "on update" in default.written.lower()
        return Column(field.column, type, field.arity != "required", default, False, updates_itself)

    def type_of(self, field: FieldFacts) -> SqlType | None:
        """Return the type of a field's column; None for relations and what nobody knows."""
        is_array = field.arity == "list"
        if field.unsupported is not None:
            found = canonical_type(self.provider, field.unsupported)
            return _as_array(found, is_array, field.unsupported)
        enum = self.view.enum(field.type)
        if enum is not None:
            return self.enum_type(enum, is_array)
        native = column_type(field, self.provider)
        if native is None:
            return None
        # SQL Server's is the one word that the engine writes small.
        written = native.sql.replace("(MAX)", "(max)")
        return _as_array(canonical_type(self.provider, written), is_array, written)

    def enum_type(self, enum: EnumFacts, is_array: bool) -> SqlType:
        if self.has_enum_types:
            name = self.name_of(enum)
            return SqlType(name.name, (), is_array, name)
        if self.provider == "mysql":
            values = tuple(each.mapped_name or each.name for each in enum.values)
            return SqlType("enum", (), False, None, values)
        written = "TEXT" if self.provider == "sqlite" else "NVARCHAR(1000)"
        return _as_array(canonical_type(self.provider, written), False, written)

    def primary_key(self, model: ModelFacts, table: Name) -> PrimaryKey | None:
        facts = model.primary_key
        if facts is None:
            return None
        name: str | None = None
        if self.provider not in ("sqlite", "mysql"):
            name = index_name(model, facts, self.database)
        self.origins[Element("primary key", table, name or "")] = _index_origin(model, facts)
        lengths = tuple(column.length for column in facts.columns)
        return PrimaryKey(
            _columns(model, facts.column_names), name, lengths if any(lengths) else ()
        )

    def index(self, model: ModelFacts, table: Name, facts: IndexFacts) -> Index:
        name = index_name(model, facts, self.database)
        self.origins[Element("index", table, name)] = _index_origin(model, facts)
        method: IndexMethod = "btree"
        if facts.kind == "fulltext":
            method = "fulltext"
        elif facts.algorithm is not None:
            method = _METHODS.get(facts.algorithm, "other")
        parts = tuple(
            _part(each, column, method)
            for each, column in zip(facts.columns, _columns(model, facts.column_names), strict=True)
        )
        return Index(
            name,
            parts,
            facts.kind == "unique",
            method,
            predicate_of(self.provider, model, facts.predicate),
            (),
            # The engine makes constraints of SQL Server's alone.
            facts.kind == "unique" and self.provider == "sqlserver" and facts.predicate is None,
        )

    def foreign_key(
        self, model: ModelFacts, table: Name, key: ForeignKey
    ) -> ForeignKeyConstraint | None:
        parent = self.view.model(key.parent)
        if parent is None:
            return None
        found = ForeignKeyConstraint(
            _columns(model, key.columns),
            self.name_of(parent),
            _columns(parent, key.references),
            _ACTIONS[key.on_delete.action],
            _ACTIONS[key.on_update.action],
            None if self.provider == "sqlite" else key.constraint_name,
        )
        self.origins[foreign_key_element(table, found)] = Origin(
            model.name, key.field, attribute="relation"
        )
        return found

    # ---- join tables ----

    def join_table(self, join: ManyToMany) -> Table | None:
        ends = [self.view.model(name) for name in (join.first, join.second)]
        first, second = ends
        if first is None or second is None:
            return None
        name = Name(first.database_schema or self.namespace, join.table)
        columns: list[Column] = []
        keys: list[ForeignKeyConstraint] = []
        for letter, model in (("A", first), ("B", second)):
            field = _identifying_field(model)
            type = None if field is None else self.type_of(field)
            if field is None or type is None:
                return None
            columns.append(Column(letter, type, False))
            if self.database.has_foreign_keys:
                keys.append(
                    ForeignKeyConstraint(
                        (letter,),
                        self.name_of(model),
                        (field.column,),
                        "CASCADE",
                        "CASCADE",
                        None
                        if self.provider == "sqlite"
                        else foreign_key_name(join.table, [letter], self.database),
                    )
                )
        both = ("A", "B")
        second_index = Index(f"{join.table}_B_index", (IndexPart("B"),))
        primary_key: PrimaryKey | None = None
        indexes: tuple[Index, ...] = (second_index,)
        if self.join_table_form == "primary-key":
            primary_key = PrimaryKey(both, f"{join.table}_AB_pkey")
        else:
            unique = Index(f"{join.table}_AB_unique", tuple(map(IndexPart, both)), True)
            indexes = (unique, second_index)
        table = Table(name, tuple(columns), primary_key, indexes, tuple(keys))
        origin = Origin(join.first, join.first_field)
        for element in _elements(table):
            self.origins[element] = origin
        return table

    # ---- enums ----

    def enum(self, facts: EnumFacts) -> Enum:
        name = self.name_of(facts)
        self.origins[Element("enum", name)] = Origin(facts.name)
        for value in facts.values:
            stored = value.mapped_name or value.name
            self.origins[Element("enum value", name, stored)] = Origin(facts.name, value.name)
        return Enum(name, tuple(value.mapped_name or value.name for value in facts.values))


def _elements(table: Table) -> list[Element]:
    found = [Element("table", table.name)]
    found += [Element("column", table.name, column.name) for column in table.columns]
    if table.primary_key is not None:
        found.append(Element("primary key", table.name, table.primary_key.name or ""))
    found += [Element("index", table.name, index.name) for index in table.indexes]
    found += [foreign_key_element(table.name, key) for key in table.foreign_keys]
    return found


def _part(facts: IndexColumn, column: str, method: IndexMethod) -> IndexPart:
    name = None if facts.operator_class is None else operator_class_name(facts.operator_class)
    is_default = name is not None and is_default_operator_class(name, method)
    written = [each for each in (name, (facts.sort or "").upper()) if each]
    return IndexPart(
        column,
        None,
        facts.sort == "Desc",
        facts.length,
        None if is_default else name,
        " ".join(written),
    )


def _index_order(facts: IndexFacts) -> int:
    """Return where the engine writes an index: those of fields first, then by attribute."""
    return 0 if facts.field is not None else ("id", "index", "unique", "fulltext").index(facts.kind)


def _index_origin(model: ModelFacts, facts: IndexFacts) -> Origin:
    if facts.field is not None:
        return Origin(model.name, facts.field, attribute=facts.kind)
    return Origin(model.name, ordinal=facts.ordinal)


def _columns(model: ModelFacts, fields: tuple[str, ...]) -> tuple[str, ...]:
    found = [(model.field(name), name) for name in fields]
    return tuple(name if field is None else field.column for field, name in found)


def _identifying_field(model: ModelFacts) -> FieldFacts | None:
    primary = model.primary_key
    if primary is None or len(primary.columns) != 1:
        return None
    return model.field(primary.column_names[0])


def _as_array(type: SqlType, is_array: bool, written: str) -> SqlType:
    return SqlType(type.name, type.arguments, is_array, type.enum, type.values, written)
