"""What rules and features see of a schema: facts by name and relations by model.

A view is a value. Every question goes through a method, so that an engine can hand out a view
that notes what was asked; what a computation did not ask, it cannot depend on.
It deliberately knows no file, no offset and no setting of a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from referee.schema.facts import (
    CompositeFacts,
    Declaration,
    EnumFacts,
    GeneratorFacts,
    IndexFacts,
    ModelFacts,
)
from referee.schema.providers import UNKNOWN_DATABASE, Database
from referee.schema.relations import (
    NO_RELATIONS,
    ForeignKey,
    ManyToMany,
    ModelRelations,
    relations_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class SchemaView:
    """A schema as rules see it.

    `declarations` holds models, views, composite types and enums by name, in declaration order
    (files by path, then offset); `known_indexes` are indexes that the database has although the
    schema does not say so, by model name. `foreign_keys` are those of all models, in the order of
    the declarations.
    """

    database: Database = UNKNOWN_DATABASE
    preview_features: frozenset[str] = frozenset()
    declarations: Mapping[str, Declaration] = field(default_factory=dict)
    relations: Mapping[str, ModelRelations] = field(default_factory=dict)
    incoming_keys: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)
    joined: Mapping[str, tuple[ManyToMany, ...]] = field(default_factory=dict)
    known_indexes: Mapping[str, tuple[IndexFacts, ...]] = field(default_factory=dict)
    foreign_keys: tuple[ForeignKey, ...] = ()

    def declaration(self, name: str) -> Declaration | None:
        """Return what a name stands for; None if nothing declares it."""
        return self.declarations.get(name)

    def model(self, name: str) -> ModelFacts | None:
        """Return the model or view of that name."""
        found = self.declaration(name)
        return found if isinstance(found, ModelFacts) else None

    def enum(self, name: str) -> EnumFacts | None:
        """Return the enum of that name."""
        found = self.declaration(name)
        return found if isinstance(found, EnumFacts) else None

    def composite(self, name: str) -> CompositeFacts | None:
        """Return the composite type of that name."""
        found = self.declaration(name)
        return found if isinstance(found, CompositeFacts) else None

    def keys_of(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the foreign keys that a model holds, in the order of its fields."""
        return self.relations.get(model, NO_RELATIONS).foreign_keys

    def keys_to(self, model: str) -> tuple[ForeignKey, ...]:
        """Return the foreign keys that point at a model, ordered by child and its fields."""
        return self.incoming_keys.get(model, ())

    def all_keys(self) -> tuple[ForeignKey, ...]:
        """Return the foreign keys of all models, in the order of declarations and fields.

        A computation that asks this depends on every key coming, going or moving.
        """
        return self.foreign_keys

    def many_to_many(self, model: str) -> tuple[ManyToMany, ...]:
        """Return the implicit many-to-many relations that a model takes part in."""
        return self.joined.get(model, ())

    def indexes_known_elsewhere(self, model: str) -> tuple[IndexFacts, ...]:
        """Return indexes of a model that only migrations make."""
        return self.known_indexes.get(model, ())

    def model_names(self) -> tuple[str, ...]:
        """Return the names of all models and views in declaration order.

        A computation that asks this depends on every declaration coming, going or moving.
        """
        return tuple(
            name for name, found in self.declarations.items() if isinstance(found, ModelFacts)
        )


def build_view(
    database: Database,
    declarations: Iterable[Declaration],
    generators: Iterable[GeneratorFacts] = (),
    known_indexes: Mapping[str, tuple[IndexFacts, ...]] | None = None,
) -> SchemaView:
    """Return the view of a schema computed from scratch; the first of equal names wins."""
    by_name: dict[str, Declaration] = {}
    for declaration in declarations:
        by_name.setdefault(declaration.name, declaration)
    relations = {
        name: relations_of(found, by_name.get, database)
        for name, found in by_name.items()
        if isinstance(found, ModelFacts)
    }
    return SchemaView(
        database,
        frozenset(each for generator in generators for each in generator.preview_features),
        by_name,
        relations,
        incoming_by_parent(relations.values()),
        joined_by_model(relations.values()),
        known_indexes or {},
        keys_in_order(by_name, relations),
    )


def keys_in_order(
    names: Iterable[str], relations: Mapping[str, ModelRelations]
) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of models by those names, in that order."""
    found = (relations.get(name) for name in names)
    return tuple([key for each in found if each is not None for key in each.foreign_keys])


def incoming_by_parent(
    relations: Iterable[ModelRelations],
) -> dict[str, tuple[ForeignKey, ...]]:
    """Return the foreign keys by the model they point at, ordered by child."""
    found: dict[str, list[ForeignKey]] = {}
    for each in relations:
        for key in each.foreign_keys:
            found.setdefault(key.parent, []).append(key)
    return {parent: ordered_keys(keys) for parent, keys in found.items()}


def ordered_keys(keys: Iterable[ForeignKey]) -> tuple[ForeignKey, ...]:
    """Return keys by child name; keys of one child keep the order of its fields."""
    return tuple(sorted(keys, key=lambda key: key.child))


def joined_by_model(relations: Iterable[ModelRelations]) -> dict[str, tuple[ManyToMany, ...]]:
    """Return the implicit many-to-many relations by each model that takes part."""
    found: dict[str, list[ManyToMany]] = {}
    for each in relations:
        for join in each.many_to_many:
            for name in {join.first, join.second}:
                found.setdefault(name, []).append(join)
    return {
        name: tuple(sorted(joins, key=lambda join: (join.first, join.first_field)))
        for name, joins in found.items()
    }
