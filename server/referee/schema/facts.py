"""Facts: what one block declares, as plain values without any place in the text.

Two blocks that mean the same have equal facts, however they are written; that equality is the
wall behind which nothing is computed again.
It deliberately does not know whether a name it mentions exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Literal, NamedTuple, Protocol, TypeAlias

from referee.syntax.tree import Arity

Action = Literal["Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"]
ACTIONS: tuple[Action, ...] = ("Cascade", "Restrict", "NoAction", "SetNull", "SetDefault")

SCALARS = frozenset(
    ["String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"]
)
# What Prisma Client makes itself when a row is created: no database default exists for these.
CLIENT_SIDE_FUNCTIONS = frozenset(["uuid", "cuid", "ulid", "nanoid"])
# Functions whose value is different for every row.
GENERATING_FUNCTIONS = CLIENT_SIDE_FUNCTIONS | {
    "autoincrement",
    "sequence",
    "dbgenerated",
    "auto",
}


class Default(NamedTuple):
    """`@default(...)`: the value as normalised text, and the function's name if it is a call."""

    text: str
    function: str | None = None
    arguments: tuple[str, ...] = ()
    constraint_name: str | None = None

    @property
    def is_generated(self) -> bool:
        """Whether every row gets a value of its own."""
        return self.function in GENERATING_FUNCTIONS

    @property
    def is_database_side(self) -> bool:
        """Whether the column has a DEFAULT in the database: `uuid()` and the like have none."""
        return self.function not in CLIENT_SIDE_FUNCTIONS and self.function != "auto"


class NativeType(NamedTuple):
    """`@db.VarChar(10)`: the name without the datasource's, and the arguments as written."""

    name: str
    arguments: tuple[str, ...] = ()


class RelationAttribute(NamedTuple):
    """`@relation(...)` as written; None where an argument is absent."""

    name: str | None = None
    fields: tuple[str, ...] | None = None
    references: tuple[str, ...] | None = None
    on_delete: Action | None = None
    on_update: Action | None = None
    constraint_name: str | None = None


class FieldFacts(NamedTuple):
    """A field of a model, view or composite type."""

    name: str
    type: str
    arity: Arity
    unsupported: str | None = None
    mapped_name: str | None = None
    default: Default | None = None
    native_type: NativeType | None = None
    relation: RelationAttribute | None = None
    is_id: bool = False
    is_unique: bool = False
    is_updated_at: bool = False
    is_ignored: bool = False

    @property
    def column(self) -> str:
        """The name of the column in the database."""
        return self.mapped_name or self.name

    @property
    def is_required(self) -> bool:
        """Whether the column is NOT NULL."""
        return self.arity == "required"

    @property
    def relation_name(self) -> str | None:
        """The name that `@relation` gives; None without one."""
        return None if self.relation is None else self.relation.name


class Condition(NamedTuple):
    """One entry of an object predicate: `field = value`, or its negation.

    `value` is normalised text: `null`, `true`, `1` or a string in quotes.
    """

    field: str
    is_negated: bool
    value: str


class Predicate(NamedTuple):
    """`where:` of a partial index: either raw SQL or conditions that all hold."""

    raw: str | None = None
    conditions: tuple[Condition, ...] = ()


class IndexColumn(NamedTuple):
    """A column of an index; `name` is a field, or a path into a composite type on MongoDB."""

    name: str
    sort: str | None = None
    length: int | None = None
    operator_class: str | None = None


IndexKind = Literal["id", "unique", "index", "fulltext"]


class IndexFacts(NamedTuple):
    """An index, unique constraint or primary key.

    `field` is the field that carries `@id` or `@unique`; otherwise `ordinal` counts the block
    attributes of its block from 0. `algorithm` is as written (`Hash`), None for the default.
    `migration` names the migration that makes an index of which the schema says nothing.
    """

    kind: IndexKind
    columns: tuple[IndexColumn, ...]
    algorithm: str | None = None
    predicate: Predicate | None = None
    constraint_name: str | None = None
    name: str | None = None
    field: str | None = None
    ordinal: int | None = None
    is_clustered: bool | None = None
    migration: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The fields of the index, in order."""
        columns = self.columns
        return (columns[0].name,) if len(columns) == 1 else tuple([each.name for each in columns])

    @property
    def is_unique(self) -> bool:
        """Whether no two rows may agree on the columns (of those the predicate admits)."""
        return self.kind in ("id", "unique")

    def __str__(self) -> str:
        columns = ", ".join(self.column_names)
        if self.field is not None:
            return f"@{self.kind}"
        return f"@@{self.kind}([{columns}])"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model or view.

    `broken_words` are the words of lines that did not parse: what they would have said is not
    known, and no rule may conclude from its absence.
    """

    name: str
    kind: Literal["model", "view"]
    fields: tuple[FieldFacts, ...]
    indexes: tuple[IndexFacts, ...]
    mapped_name: str | None = None
    database_schema: str | None = None
    is_ignored: bool = False
    broken_words: frozenset[str] = frozenset()
    fields_by_name: dict[str, FieldFacts] = dataclass_field(
        default_factory=dict, compare=False, repr=False, hash=False
    )
    ends_by_relation: dict[tuple[str, str | None], list[FieldFacts]] = dataclass_field(
        default_factory=dict, compare=False, repr=False, hash=False
    )

    def __post_init__(self) -> None:
        for each in self.fields:
            self.fields_by_name.setdefault(each.name, each)
            if each.type not in SCALARS:
                self.ends_by_relation.setdefault((each.type, each.relation_name), []).append(each)

    @property
    def table(self) -> str:
        """The name of the table or view in the database."""
        return self.mapped_name or self.name

    def field(self, name: str) -> FieldFacts | None:
        """Return the field of that name; the first one, if there are several."""
        return self.fields_by_name.get(name)

    def ends(self, type_name: str, relation_name: str | None) -> Sequence[FieldFacts]:
        """Return the fields of that type whose relation has that name, or none."""
        return self.ends_by_relation.get((type_name, relation_name), ())

    @property
    def primary_key(self) -> IndexFacts | None:
        """The `@id` or `@@id`."""
        for index in self.indexes:
            if index.kind == "id":
                return index
        return None

    @property
    def unique_indexes(self) -> tuple[IndexFacts, ...]:
        """The primary key and the unique constraints."""
        return tuple([index for index in self.indexes if index.kind in ("id", "unique")])


class KeyTarget(Protocol):
    """What the keys that refer to a model may depend on: all of it but its plain indexes."""

    @property
    def name(self) -> str:
        """The name of the model."""

    @property
    def broken_words(self) -> frozenset[str]:
        """The words of lines that did not parse."""

    @property
    def primary_key(self) -> IndexFacts | None:
        """The `@id` or `@@id`."""

    @property
    def unique_indexes(self) -> tuple[IndexFacts, ...]:
        """The primary key and the unique constraints."""

    def field(self, name: str) -> FieldFacts | None:
        """Return the field of that name."""


def are_like_targets(one: ModelFacts, other: ModelFacts) -> bool:
    """Tell whether two versions of a model are the same to the keys that refer to it."""
    return (
        one.fields == other.fields
        and one.unique_indexes == other.unique_indexes
        and one.broken_words == other.broken_words
        and (one.name, one.kind) == (other.name, other.kind)
    )


@dataclass(frozen=True, slots=True)
class CompositeFacts:
    """A composite type (MongoDB)."""

    name: str
    fields: tuple[FieldFacts, ...]
    kind: Literal["type"] = "type"


class EnumValueFacts(NamedTuple):
    """A value of an enum."""

    name: str
    mapped_name: str | None = None


@dataclass(frozen=True, slots=True)
class EnumFacts:
    """An enum."""

    name: str
    values: tuple[EnumValueFacts, ...]
    mapped_name: str | None = None
    database_schema: str | None = None
    kind: Literal["enum"] = "enum"


class Extension(NamedTuple):
    """An extension of PostgreSQL that the datasource asks for; `name` is the database's."""

    name: str
    schema: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DatasourceFacts:
    """The datasource; values are as written, None where absent or not a literal."""

    name: str
    provider: str | None
    relation_mode: str | None
    schemas: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    kind: Literal["datasource"] = "datasource"


@dataclass(frozen=True, slots=True)
class GeneratorFacts:
    """A generator; `output` is None where absent or not a literal."""

    name: str
    provider: str | None
    preview_features: tuple[str, ...] = ()
    output: str | None = None
    kind: Literal["generator"] = "generator"


Declaration: TypeAlias = ModelFacts | CompositeFacts | EnumFacts
BlockFacts: TypeAlias = Declaration | DatasourceFacts | GeneratorFacts
