"""What rules and features see of a schema: facts by name and relations by model.

A view is a value. Every question goes through a method, so that an engine can hand out a view
that notes what was asked; what a computation did not ask, it cannot depend on.
It deliberately knows no file, no offset and no setting of a rule.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from referee.schema.facts import (
    SCALARS,
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
# A model is deep below others where cascades of so many of them reach it.
DEEP = 15
# What lies above a model is remembered for so many models.
_MOST_REMEMBERED = 512


# By what declarations are ordered: their file, and a number in it.
Position: TypeAlias = tuple[str, int]


class Reach(NamedTuple):
    """The roots of cascades or other actions into a model, itself included, nearest first.

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

    `declarations` holds models, views, composite types and enums by name, in no order; `positions`
    tell the order (files by path, then offset). `known_indexes` are indexes that the database has
    although the schema does not say so, by model name. `ring_keys` are the foreign keys that lie
    on a ring, in the order of the declarations, and `deep_keys` the cascading ones of models that
    are deep below others and of all above these (on MySQL alone, where it matters). `mentioned_by`
    tells which declarations have fields of a type. `reaches` remembers what was computed of
    `relations`, and is shared by the views of the same ones; what functions outside of this class
    make of a view is in `remembered`, by function.
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
    deep_keys: tuple[ForeignKey, ...] = ()
    positions: Mapping[str, Position] = field(default_factory=dict)
    mentioned_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    changing_reaches: dict[str, Reach] = field(default_factory=dict)
    remembered: dict[object, Any] = field(default_factory=dict)

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
        names = sorted(self.relations, key=self.positions.__getitem__)
        return keys_in_order(names, self.relations)

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

    def changes_above(self, model: str) -> Reach:
        """Return the models from which actions that change rows reach one, up to `MOST_LEVELS`.

        A computation that asks this depends on the keys with such actions of these models alone.
        """
        found = self.changing_reaches.get(model)
        if found is None:
            found = self.changing_reaches[model] = Reach(
                *levels_above(
                    model,
                    lambda name: changing_keys(self.relations.get(name, NO_RELATIONS)),
                    MOST_LEVELS,
                )
            )
        return found

    def keys_of_deep_cascades(self) -> tuple[ForeignKey, ...]:
        """Return the cascading keys of models that lie `DEEP` below others, and of those above.

        They are in the order of declarations and fields. On other databases than MySQL there are
        none.
        """
        return self.deep_keys

    def played_above(self, model: str) -> SchemaView:
        """Return a view by which to play, row by row, deletes that take rows of a model along.

        A computation that asks this depends on everything that such a delete looks at, and on
        nothing that the view it is given is asked.
        """
        return self

    def many_to_many(self, model: str) -> tuple[ManyToMany, ...]:
        """Return the implicit many-to-many relations that a model takes part in."""
        return self.joined.get(model, ())

    def indexes_known_elsewhere(self, model: str) -> tuple[IndexFacts, ...]:
        """Return indexes of a model that only migrations make."""
        return self.known_indexes.get(model, ())

    def declarations_in_order(self) -> list[Declaration]:
        """Return everything that is declared, in declaration order."""
        position = self.positions.__getitem__
        return [self.declarations[name] for name in sorted(self.declarations, key=position)]

    def declarations_with(self, type_name: str) -> list[ModelFacts | CompositeFacts]:
        """Return what has fields of a declared type, in declaration order.

        A computation that asks this depends on every declaration coming, going or moving.
        """
        names = sorted(self.mentioned_by.get(type_name, ()), key=self.positions.__getitem__)
        found = [self.declarations[name] for name in names]
        return [each for each in found if not isinstance(each, EnumFacts)]

    def position(self, name: str) -> Position:
        """Return the place of a declaration among all.

        A computation that asks this depends on every declaration coming, going or moving.
        """
        return self.positions[name]

    def model_names(self) -> tuple[str, ...]:
        """Return the names of all models and views in declaration order.

        A computation that asks this depends on every declaration coming, going or moving.
        """
        names = [name for name, found in self.declarations.items() if isinstance(found, ModelFacts)]
        return tuple(sorted(names, key=self.positions.__getitem__))


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
    positions = {name: ("", number) for number, name in enumerate(by_name)}
    return SchemaView(
        database,
        frozenset(each for generator in generators for each in generator.preview_features),
        by_name,
        relations,
        incoming_by_parent(relations.values()),
        joined_by_model(relations.values()),
        known_indexes or {},
        _keys_on_rings(keys_in_order(by_name, relations)),
        deep_keys=_all_deep_keys(positions, relations) if has_deep_cascades(database) else (),
        positions=positions,
        mentioned_by=_mentioned_by(by_name),
    )


def _all_deep_keys(
    positions: Mapping[str, Position], relations: Mapping[str, ModelRelations]
) -> tuple[ForeignKey, ...]:
    deep = [name for name in relations if is_deep(name, relations)]
    return deep_keys(deep, relations, positions.__getitem__)


def mentioned_types(declaration: Declaration) -> frozenset[str]:
    """Return the types of a declaration's fields that are no scalars."""
    if isinstance(declaration, ModelFacts):
        return frozenset([mentioned for mentioned, _ in declaration.ends_by_relation])
    if isinstance(declaration, CompositeFacts):
        return frozenset([field.type for field in declaration.fields]) - SCALARS
    return frozenset()


def _mentioned_by(declarations: Mapping[str, Declaration]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, declaration in declarations.items():
        for mentioned in mentioned_types(declaration):
            found.setdefault(mentioned, set()).add(name)
    return {mentioned: frozenset(names) for mentioned, names in found.items()}


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


def changing_keys(relations: ModelRelations) -> list[ForeignKey]:
    """Return the keys of a model by which changes of other models' rows change its own."""
    return [key for key in relations.foreign_keys if key.changes_rows and not key.is_self_relation]


def has_deep_cascades(database: Database) -> bool:
    """Tell whether it matters on a database how deep cascades lead."""
    return database.provider == "mysql" and database.has_foreign_keys


def is_deep(model: str, relations: Mapping[str, ModelRelations]) -> bool:
    """Tell whether cascades of `DEEP` other models reach one."""
    return len(_above(model, relations, DEEP)) > DEEP


def deep_keys(
    deep: Iterable[str],
    relations: Mapping[str, ModelRelations],
    position: Callable[[str], Position],
) -> tuple[ForeignKey, ...]:
    """Return the cascading keys of models and of all above them, in order of their positions."""
    names = set().union(*(_above(name, relations) for name in deep))
    return tuple(
        [
            key
            for name in sorted(names, key=position)
            for key in cascading_keys(relations.get(name, NO_RELATIONS))
        ]
    )


def _above(
    model: str, relations: Mapping[str, ModelRelations], enough: int | None = None
) -> set[str]:
    """Return a model and those whose cascades reach it, until there are more than enough."""
    found = {model}
    work = [model]
    while work and (enough is None or len(found) <= enough):
        for key in cascading_keys(relations.get(work.pop(), NO_RELATIONS)):
            if key.parent not in found:
                found.add(key.parent)
                work.append(key.parent)
    return found


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
