"""What rules and features see of a schema: facts by name and relations by model.

A view is a value. Every question goes through a method, so that an engine can hand out a view
that notes what was asked; what a computation did not ask, it cannot depend on.
It deliberately knows no file, no offset and no setting of a rule.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from referee.schema.facts import (
    CompositeFacts,
    Declaration,
    EnumFacts,
    GeneratorFacts,
    IndexFacts,
    KeyTarget,
    ModelFacts,
)
from referee.schema.graph import levels_above, strong_components
from referee.schema.providers import UNKNOWN_DATABASE, Database
from referee.schema.relations import (
    NO_RELATIONS,
    ForeignKey,
    ManyToMany,
    ModelRelations,
    relations_of,
)

# Cascades into a model are followed upwards for so many levels.
MOST_LEVELS = 100
# What lies above a model is remembered for so many models.
_MOST_REMEMBERED = 512


class Reach(NamedTuple):
    """The roots of cascades into a model, itself included, nearest first.

    `levels` tells how far above it each lies, and `leads_down` the key that leads down from there.
    """

    levels: dict[str, int]
    leads_down: dict[str, ForeignKey]

    @property
    def is_cut(self) -> bool:
        """Whether there may be further roots above those."""
        return next(reversed(self.levels.values())) == MOST_LEVELS


@dataclass(frozen=True, slots=True, eq=False)
class SchemaView:
    """A schema as rules see it.

    `declarations` holds models, views, composite types and enums by name, in declaration order
    (files by path, then offset); `known_indexes` are indexes that the database has although the
    schema does not say so, by model name. `ring_keys` are the foreign keys that lie on a ring, in
    the order of the declarations. `reaches` remembers what was computed of `relations`, and is
    shared by the views of the same ones.
    """

    database: Database = UNKNOWN_DATABASE
    preview_features: frozenset[str] = frozenset()
    declarations: Mapping[str, Declaration] = field(default_factory=dict)
    relations: Mapping[str, ModelRelations] = field(default_factory=dict)
    incoming_keys: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)
    joined: Mapping[str, tuple[ManyToMany, ...]] = field(default_factory=dict)
    known_indexes: Mapping[str, tuple[IndexFacts, ...]] = field(default_factory=dict)
    ring_keys: tuple[ForeignKey, ...] = ()
    reaches: OrderedDict[str, Reach] = field(default_factory=OrderedDict)

    def declaration(self, name: str) -> Declaration | None:
        """Return what a name stands for; None if nothing declares it."""
        return self.declarations.get(name)

    def model(self, name: str) -> ModelFacts | None:
        """Return the model or view of that name."""
        found = self.declaration(name)
        return found if isinstance(found, ModelFacts) else None

    def target(self, name: str) -> KeyTarget | None:
        """Return the model or view of that name as far as keys that refer to it see it.

        A computation that asks this does not depend on the plain indexes of that model.
        """
        found = self.declarations.get(name)
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
        return keys_in_order(self.declarations, self.relations)

    def keys_on_rings(self) -> tuple[ForeignKey, ...]:
        """Return the foreign keys between models that can reach each other, in the same order.

        A computation that asks this instead of `all_keys` runs again only where a ring changes.
        """
        return self.ring_keys

    def cascades_above(self, model: str) -> Reach:
        """Return the roots of cascades into a model, up to `MOST_LEVELS` above it.

        A computation that asks this depends on the cascading keys of these models alone.
        """
        known = self.reaches
        found = known.get(model)
        if found is not None:
            known.move_to_end(model)
            return found
        keys = cascading_keys(self.relations.get(model, NO_RELATIONS))
        over = known.get(keys[0].parent) if len(keys) == 1 else None
        if over is None or model in over.levels:
            found = Reach(
                *levels_above(
                    model,
                    lambda name: cascading_keys(self.relations.get(name, NO_RELATIONS)),
                    MOST_LEVELS,
                )
            )
        else:
            # One step below what is known already, as in a long chain.
            over_levels, over_keys = over
            levels, leads_down = {model: 0}, {keys[0].parent: keys[0]}
            for root, level in over_levels.items():
                if level < MOST_LEVELS:
                    levels[root] = level + 1
                    if level:
                        leads_down[root] = over_keys[root]
            found = Reach(levels, leads_down)
        known[model] = found
        if len(known) > _MOST_REMEMBERED:
            known.popitem(last=False)
        return found

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
        _keys_on_rings(keys_in_order(by_name, relations)),
    )


def keys_in_order(
    names: Iterable[str], relations: Mapping[str, ModelRelations]
) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of models by those names, in that order."""
    found = (relations.get(name) for name in names)
    return tuple([key for each in found if each is not None for key in each.foreign_keys])


def cascading_keys(relations: ModelRelations) -> list[ForeignKey]:
    """Return the keys of a model by which deletes of other models reach it."""
    return [
        key
        for key in relations.foreign_keys
        if key.on_delete.action == "Cascade" and not key.is_self_relation
    ]


def _keys_on_rings(keys: tuple[ForeignKey, ...]) -> tuple[ForeignKey, ...]:
    """Return those keys that connect models which can reach each other."""
    graph: dict[str, list[str]] = {}
    for key in keys:
        graph.setdefault(key.child, []).append(key.parent)
    ring_of = {name: members[0] for members in strong_components(graph) for name in members}
    return tuple([key for key in keys if is_on_ring(key, ring_of)])


def is_on_ring(key: ForeignKey, ring_of: Mapping[str, object]) -> bool:
    """Tell whether a key connects two models of one ring, by what the rings of models are."""
    ring = ring_of.get(key.child)
    return ring is not None and ring == ring_of.get(key.parent) and not key.is_self_relation


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
