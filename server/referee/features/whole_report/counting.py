"""Counts what a schema declares, and finds what of Prisma's language it uses.

It deliberately judges nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from referee.features.whole_report.reading import Reader
from referee.features.whole_report.values import Count, Feature
from referee.rules.words import counted
from referee.schema.facts import (
    SCALARS,
    CompositeFacts,
    EnumFacts,
    FieldFacts,
    IndexFacts,
    ModelFacts,
)
from referee.schema.relations import ForeignKey
from referee.syntax.tree import Block, Setting, StringLiteral

_MOST_EXAMPLES = 3
# What readers look for: that there is none of it is an answer, too.
_ALWAYS_TOLD = frozenset({"models", "fields", "relations", "indexes", "enums", "views"})


def counts_of(reader: Reader) -> tuple[Count, ...]:
    """Return how many there are of each kind of thing; of rare kinds there is no line for none."""
    view = reader.view
    declarations = view.declarations_in_order()
    models = reader.models
    views = sum(isinstance(each, ModelFacts) and each.kind == "view" for each in declarations)
    composites = sum(isinstance(each, CompositeFacts) for each in declarations)
    enums = [each for each in declarations if isinstance(each, EnumFacts)]
    columns = [field for model in models for field in model.fields if _is_column(field, reader)]
    required = sum(field.is_required for field in columns)
    found = [
        Count("models", "Models", len(models)),
        Count("views", "Views", views),
        Count("composite-types", "Composite types", composites),
        Count(
            "fields", "Fields with a value", len(columns),
            f"{required} required, {sum(each.arity == 'optional' for each in columns)} optional, "
            f"{counted(sum(each.arity == 'list' for each in columns), 'list')}",
        ),
        Count(
            "enums", "Enums", len(enums),
            counted(sum(len(e.values) for e in enums), "value") if enums else "",
        ),
        *_relation_counts(reader),
        *_index_counts(reader),
    ]  # fmt: skip
    return tuple(each for each in found if each.number or each.id in _ALWAYS_TOLD)


def _is_column(field: FieldFacts, reader: Reader) -> bool:
    if field.unsupported is not None or field.type in SCALARS:
        return True
    # A type that nobody declares may be a model as well; it is counted as neither.
    declaration = reader.view.declaration(field.type)
    return declaration is not None and not isinstance(declaration, ModelFacts)


def _relation_counts(reader: Reader) -> Iterator[Count]:
    keys = reader.keys
    joins = _joins(reader)
    lists = len(list_joins_of(reader))
    held = [key for key in keys if not key.is_self_relation]
    parts = [
        (sum(not key.is_one_to_one for key in held), "one-to-many"),
        (sum(key.is_one_to_one for key in held), "one-to-one"),
        (joins, "many-to-many with a join table of Prisma's"),
        (lists, "many-to-many by lists of ids"),
        (sum(key.is_self_relation for key in keys), "of a model with itself"),
    ]
    said = ", ".join(f"{number} {what}" for number, what in parts if number)
    yield Count("relations", "Relations", len(keys) + joins + lists, said)
    is_emulated = reader.view.database.is_emulated
    optional = sum(key.is_optional_relation for key in keys)
    yield Count(
        "foreign-keys",
        "Relations that hold a key" if is_emulated else "Foreign keys",
        len(keys),
        f"{len(keys) - optional} required, {optional} optional"
        + (", none of them a constraint in the database" if is_emulated else ""),
    )
    tables = [model.name for model in reader.models if is_join_model(model, reader)]
    yield Count(
        "join-models", "Models that join two others", len(tables), "written out, for many-to-many"
    )


def _joins(reader: Reader) -> int:
    view = reader.view
    return len({join for model in reader.models for join in view.many_to_many(model.name)})


def list_joins_of(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Return the many-to-many relations of MongoDB, whose rows keep ids in lists, by first end."""
    found: dict[frozenset[tuple[str, str]], tuple[str, str]] = {}
    for model in reader.models:
        for field in model.fields:
            other = reader.view.model(field.type)
            if other is None or field.arity != "list" or not _holds_key(field):
                continue
            backs = [
                back
                for back in other.ends(model.name, field.relation_name)
                if back.arity == "list" and (other.name, back.name) != (model.name, field.name)
            ]
            if len(backs) == 1:
                end = (model.name, field.name)
                found.setdefault(frozenset({end, (other.name, backs[0].name)}), end)
    return tuple(found.values())


def _holds_key(field: FieldFacts) -> bool:
    return field.relation is not None and field.relation.fields is not None


def is_join_model(model: ModelFacts, reader: Reader) -> bool:
    """Tell whether a unique constraint or key of a model holds exactly the columns of two keys."""
    keys = [key for key in reader.view.keys_of(model.name) if key.is_required]
    pairs = {
        frozenset((*one.columns, *other.columns))
        for number, one in enumerate(keys)
        for other in keys[number + 1 :]
        if not set(one.columns) & set(other.columns)
    }
    return any(
        index.is_unique and frozenset(index.column_names) in pairs for index in model.indexes
    )


def _index_counts(reader: Reader) -> Iterator[Count]:
    indexes = [index for model in reader.models for index in model.indexes]
    keys = [index for index in indexes if index.kind == "id"]
    uniques = [index for index in indexes if index.kind == "unique"]
    others = [index for index in indexes if index.kind in ("index", "fulltext")]
    yield Count("primary-keys", "Primary keys", len(keys), _width_words(keys))
    yield Count("unique-constraints", "Unique constraints", len(uniques), _width_words(uniques))
    yield Count("indexes", "Other indexes", len(others), _width_words(others))
    elsewhere = sum(len(reader.view.indexes_known_elsewhere(model.name)) for model in reader.models)
    yield Count(
        "indexes-of-migrations",
        "Indexes that only migrations make",
        elsewhere,
        "partial ones and ones over expressions, say; they count as indexes here",
    )


def _width_words(indexes: Iterable[IndexFacts]) -> str:
    widths = Counter(len(index.columns) > 1 for index in indexes)
    if not widths:
        return ""
    return f"{widths[False]} over one field, {widths[True]} over several"


# --- Features ------------------------------------------------------------------------------------


def features_of(reader: Reader) -> tuple[Feature, ...]:
    """Return what the schema uses of Prisma's language, with where it does first."""
    uses: dict[str, list[str]] = {}
    for name, place in _uses(reader):
        uses.setdefault(name, []).append(place)
    return tuple(
        Feature(name, len(places), tuple(dict.fromkeys(places))[:_MOST_EXAMPLES])
        for name, places in uses.items()
    )


def generators_of(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Return the generators by name, with the provider that each is written with."""
    found: list[tuple[str, str]] = []
    for source in reader.snapshot.sources.values():
        for item in source.items:
            if isinstance(item, Block) and item.kind == "generator":
                found.append((item.name.text, _setting(item, "provider") or "no provider"))
    return tuple(found)


def _setting(block: Block, name: str) -> str | None:
    for line in block.lines:
        member = line.member
        if (
            isinstance(member, Setting)
            and member.name.text == name
            and isinstance(member.value, StringLiteral)
        ):
            return member.value.value
    return None


def _uses(reader: Reader) -> Iterator[tuple[str, str]]:
    """Yield each use of a feature as its name and the field or model that uses it."""
    yield from _relation_uses(reader)
    for found in reader.view.declarations_in_order():
        name = found.name
        if isinstance(found, EnumFacts):
            yield "Enums", name
            if found.mapped_name or any(value.mapped_name for value in found.values):
                yield "Enums under other names in the database", name
            continue
        if isinstance(found, CompositeFacts):
            yield "Composite types", name
        elif found.kind == "view":
            yield "Views", name
        if isinstance(found, ModelFacts):
            yield from _model_uses(found)
        for field in found.fields:
            yield from _field_uses(name, field)


# What stands on one field.
_KINDS = {"unique": "Unique fields (`@unique`)", "index": "Indexes over one field (`@@index`)"}


def _model_uses(model: ModelFacts) -> Iterator[tuple[str, str]]:
    if model.mapped_name:
        yield "Tables under other names (`@@map`)", model.name
    if model.database_schema:
        yield "Several database schemas (`@@schema`)", model.name
    if model.is_ignored:
        yield "Models that Prisma Client leaves out (`@@ignore`)", model.name
    for index in model.indexes:
        place = f"{model.name} {index}"
        if index.kind in _KINDS and len(index.columns) == 1:
            yield (
                _KINDS[index.kind],
                place if index.field is None else f"{model.name}.{index.field}",
            )
        if index.kind == "id" and len(index.columns) > 1:
            yield "Composite primary keys", place
        if index.kind == "unique" and len(index.columns) > 1:
            yield "Composite unique constraints", place
        if index.kind == "index" and len(index.columns) > 1:
            yield "Composite indexes", place
        if index.kind == "fulltext":
            yield "Full-text indexes", place
        if index.predicate is not None:
            yield "Partial indexes", place
        if index.algorithm is not None and index.algorithm != "BTree":
            yield f"{index.algorithm} indexes", place
        if any(column.operator_class for column in index.columns):
            yield "Operator classes in indexes", place
        if any(column.sort == "Desc" for column in index.columns):
            yield "Descending indexes", place


def _field_uses(owner: str, field: FieldFacts) -> Iterator[tuple[str, str]]:
    place = f"{owner}.{field.name}"
    if field.unsupported is not None:
        yield "Types that Prisma does not know (`Unsupported`)", place
    if field.type in ("Json", "Decimal", "BigInt", "Bytes"):
        yield f"`{field.type}` fields", place
    if field.arity == "list" and field.type in SCALARS:
        yield "Lists of values", place
    if field.native_type is not None:
        yield "Native types (`@db`)", place
    if field.mapped_name:
        yield "Columns under other names (`@map`)", place
    if field.is_updated_at:
        yield "`@updatedAt`", place
    if field.default is not None and field.default.function is not None:
        yield f"`@default({field.default.function}())`", place
    if field.is_ignored:
        yield "Fields that Prisma Client leaves out (`@ignore`)", place


def _relation_uses(reader: Reader) -> Iterator[tuple[str, str]]:
    for key in reader.keys:
        if key.on_delete.is_written or key.on_update.is_written:
            yield "Written referential actions", str(key)
        if len(key.columns) > 1:
            yield "Composite foreign keys", str(key)
        if key.is_self_relation:
            yield "Relations of a model with itself", str(key)
        elif key.is_one_to_one:
            yield "One-to-one relations", str(key)
        else:
            yield "One-to-many relations", str(key)
        if _has_twin(key, reader):
            yield "Several relations between two models", str(key)
    for join in dict.fromkeys(
        join for model in reader.models for join in reader.view.many_to_many(model.name)
    ):
        yield "Implicit many-to-many relations", f"{join.first}.{join.first_field}"
    for model_name, field_name in list_joins_of(reader):
        yield "Many-to-many relations by lists of ids", f"{model_name}.{field_name}"


def _has_twin(key: ForeignKey, reader: Reader) -> bool:
    return any(
        other.parent == key.parent and other != key for other in reader.view.keys_of(key.child)
    )
