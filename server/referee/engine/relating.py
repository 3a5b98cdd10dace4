"""The relations of a schema under edit: paired again only where something they see has changed.

It deliberately knows no rule: it says which questions about relations have new answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from referee.engine.snapshot import Question
from referee.engine.versions import VersionedMap
from referee.engine.work import Work
from referee.schema.facts import SCALARS, Declaration, ModelFacts
from referee.schema.graph import components_from
from referee.schema.providers import Database
from referee.schema.relations import (
    NO_RELATIONS,
    ForeignKey,
    ManyToMany,
    ModelRelations,
    RelationSurface,
    relation_surface,
    relations_of,
)
from referee.schema.view import cascading_keys, is_on_ring, ordered_keys


class Relating:
    """The relations of each model, who mentions whom, and which models form rings."""

    def __init__(self) -> None:
        self.relations: VersionedMap[str, ModelRelations] = VersionedMap()
        self.incoming_keys: VersionedMap[str, tuple[ForeignKey, ...]] = VersionedMap()
        self.joined: VersionedMap[str, tuple[ManyToMany, ...]] = VersionedMap()
        self.ring_keys: tuple[ForeignKey, ...] = ()
        self._mentioned_by: dict[str, set[str]] = {}
        self._mentions: dict[str, frozenset[str]] = {}
        self._surfaces: dict[str, object] = {}
        # The models that can reach each other, by each of them.
        self._rings: dict[str, frozenset[str]] = {}

    def update(
        self,
        changed: Iterable[str],
        before: Mapping[str, Declaration],
        declarations: Mapping[str, Declaration],
        database: Database,
        work: Work,
    ) -> set[Question]:
        """Take in changed declarations, and return the questions that have new answers."""
        pair_again: set[str] = set()
        for name in changed:
            old, new = before.get(name), declarations.get(name)
            if _relate_alike(old, new):
                continue
            pair_again.add(name)
            old_surface, surface = self._surfaces.get(name), relation_surface(new)
            if surface != old_surface:
                if surface is None:
                    del self._surfaces[name]
                else:
                    self._surfaces[name] = surface
                pair_again |= self._mentioned_with_changes(name, old_surface, surface, declarations)
            self._note_mentions(name, new)
        work.relations_paired += len(pair_again)
        return self._pair(pair_again, declarations, database)

    def update_rings(
        self, rekeyed: set[str], positions: Mapping[str, int], *, is_order_new: bool
    ) -> bool:
        """Look at rings after the keys of some models changed; tell whether any did.

        A ring that comes lies above one of these models, and one that goes held one of them.
        `positions` give the order of the declarations.
        """
        relations = self.relations
        looked_at = rekeyed.union(*(self._rings.get(name, ()) for name in rekeyed))
        were_on_ring = [self._rings.pop(name) for name in looked_at if name in self._rings]

        def parents_of(name: str) -> list[str]:
            return [key.parent for key in relations.get(name, NO_RELATIONS).foreign_keys]

        components = [frozenset(each) for each in components_from(looked_at, parents_of)]
        for members in components:
            self._rings.update(dict.fromkeys(members, members))
        if not (components or were_on_ring or (self._rings and is_order_new)):
            return False
        before = self.ring_keys
        self.ring_keys = tuple(
            key
            for name in sorted(self._rings, key=positions.__getitem__)
            for key in relations[name].foreign_keys
            if is_on_ring(key, self._rings)
        )
        return self.ring_keys != before

    def _pair(
        self, names: Iterable[str], declarations: Mapping[str, Declaration], database: Database
    ) -> set[Question]:
        questions: set[Question] = set()
        paired: dict[str, ModelRelations] = {}
        parents: set[str] = set()
        joined: set[str] = set()
        recascaded: list[str] = []
        gone: list[str] = []
        for name in names:
            old = self.relations.get(name, NO_RELATIONS)
            model = declarations.get(name)
            new = NO_RELATIONS
            if isinstance(model, ModelFacts):
                new = relations_of(model, declarations.get, database)
                if new != old or name not in self.relations:
                    paired[name] = new
            else:
                gone.append(name)
            if new == old:
                continue
            if old.foreign_keys != new.foreign_keys:
                questions.add(Question("keys-of", name))
                if cascading_keys(old) != cascading_keys(new):
                    recascaded.append(name)
                parents.update(key.parent for key in {*old.foreign_keys} ^ {*new.foreign_keys})
            joined.update(
                each
                for join in {*old.many_to_many} ^ {*new.many_to_many}
                for each in (join.first, join.second)
            )
        below = _below(recascaded, self.incoming_keys)
        self.relations = self.relations.changed(paired, gone)
        self.incoming_keys = _patched(self.incoming_keys, {p: self._keys_to(p) for p in parents})
        self.joined = _patched(self.joined, {name: self._joins_of(name) for name in joined})
        below |= _below(recascaded, self.incoming_keys)
        questions.update(Question("keys-to", parent) for parent in parents)
        questions.update(Question("joins", name) for name in joined)
        questions.update(Question("above", name) for name in below)
        return questions

    def _mentioned_with_changes(
        self, name: str, old: object, new: object, declarations: Mapping[str, Declaration]
    ) -> set[str]:
        """Return the models whose relations to a declaration can change with its surface.

        Nearly everything may refer to a model in which one field changes.
        """
        mentioning = self._mentioned_by.get(name, set())
        if not isinstance(old, RelationSurface) or not isinstance(new, RelationSurface):
            return mentioning
        if (old.kind, old.is_ignored) != (new.kind, new.is_ignored):
            return mentioning
        before, now = Counter(old.fields), Counter(new.fields)
        changed = [*(before - now), *(now - before)]
        names = {field.name for field in changed}
        found = mentioning & {field.type for field in changed}
        return found | {
            each for each in mentioning if _refers_to(declarations.get(each), name, names)
        }

    def _note_mentions(self, name: str, declaration: Declaration | None) -> None:
        fields = declaration.fields if isinstance(declaration, ModelFacts) else ()
        new = frozenset(field.type for field in fields) - SCALARS
        old = self._mentions.get(name, frozenset())
        for mentioned in old - new:
            self._mentioned_by[mentioned].discard(name)
            if not self._mentioned_by[mentioned]:
                del self._mentioned_by[mentioned]
        for mentioned in new - old:
            self._mentioned_by.setdefault(mentioned, set()).add(name)
        if new:
            self._mentions[name] = new
        else:
            self._mentions.pop(name, None)

    def _keys_to(self, parent: str) -> tuple[ForeignKey, ...]:
        return ordered_keys(
            key
            for child in self._mentioned_by.get(parent, set())
            for key in self.relations.get(child, NO_RELATIONS).foreign_keys
            if key.parent == parent
        )

    def _joins_of(self, name: str) -> tuple[ManyToMany, ...]:
        joins = {
            join
            for holder in {name, *self._mentioned_by.get(name, set())}
            for join in self.relations.get(holder, NO_RELATIONS).many_to_many
            if name in (join.first, join.second)
        }
        return tuple(sorted(joins, key=lambda join: (join.first, join.first_field)))


def _relate_alike(old: Declaration | None, new: Declaration | None) -> bool:
    """Tell whether two versions of a model give its own relations and others' the same."""
    return (
        isinstance(old, ModelFacts)
        and isinstance(new, ModelFacts)
        and old.fields == new.fields
        and (old.kind, old.table, old.is_ignored) == (new.kind, new.table, new.is_ignored)
    )


def _refers_to(declaration: Declaration | None, parent: str, names: set[str]) -> bool:
    """Tell whether a model has a key to one of these fields of a parent."""
    return isinstance(declaration, ModelFacts) and any(
        not names.isdisjoint(field.relation.references or ())
        for field in declaration.fields
        if field.relation is not None and field.type == parent
    )


def _below(roots: Iterable[str], incoming_keys: Mapping[str, tuple[ForeignKey, ...]]) -> set[str]:
    """Return the models that cascades reach from any of some models, these included."""
    found = set(roots)
    work = list(found)
    while work:
        for key in incoming_keys.get(work.pop(), ()):
            if key.on_delete.action == "Cascade" and key.child not in found:
                found.add(key.child)
                work.append(key.child)
    return found


_T = TypeVar("_T")


def _patched(
    table: VersionedMap[str, tuple[_T, ...]], new: Mapping[str, tuple[_T, ...]]
) -> VersionedMap[str, tuple[_T, ...]]:
    """Return a table with other values; of empty ones there is no entry."""
    return table.changed(
        {name: value for name, value in new.items() if value},
        [name for name, value in new.items() if not value],
    )
