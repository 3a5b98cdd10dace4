"""The relations of a schema under edit: paired again only where something they see has changed.

It deliberately knows no rule: it says which questions about relations have new answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from typing import TypeVar

from referee.engine.snapshot import Question
from referee.engine.versions import VersionedMap
from referee.engine.work import Work
from referee.schema.facts import Declaration, ModelFacts
from referee.schema.graph import components_from
from referee.schema.providers import Database
from referee.schema.relations import (
    NO_RELATIONS,
    ForeignKey,
    ManyToMany,
    ModelRelations,
    relation_surface,
    relations_of,
)
from referee.schema.row_by_row import entries_differ, plays_row_by_row
from referee.schema.view import (
    Position,
    cascading_keys,
    changing_keys,
    deep_keys,
    is_deep,
    is_on_ring,
    mentioned_types,
    ordered_keys,
)


class Relating:
    """The relations of each model, who mentions whom, and which models form rings."""

    def __init__(self) -> None:
        self.relations: VersionedMap[str, ModelRelations] = VersionedMap()
        self.incoming_keys: VersionedMap[str, tuple[ForeignKey, ...]] = VersionedMap()
        self.joined: VersionedMap[str, tuple[ManyToMany, ...]] = VersionedMap()
        self.ring_keys: tuple[ForeignKey, ...] = ()
        self.deep_keys: tuple[ForeignKey, ...] = ()
        # By type: the models, views and composite types with fields of it.
        self.mentioned_by: VersionedMap[str, frozenset[str]] = VersionedMap()
        self._mentions: dict[str, frozenset[str]] = {}
        # The models that can reach each other, by each of them.
        self._rings: dict[str, frozenset[str]] = {}
        # The models that lie deep below others, where that matters.
        self._deep: set[str] = set()

    def update(
        self,
        changed: Iterable[str],
        before: Mapping[str, Declaration],
        declarations: Mapping[str, Declaration],
        database: Database,
        work: Work,
    ) -> set[Question]:
        """Take in changed declarations, and return the questions that have new answers."""
        self._note_mentions(changed, declarations)
        pair_again: set[str] = set()
        for name in changed:
            old, new = before.get(name), declarations.get(name)
            if _relate_alike(old, new):
                continue
            pair_again.add(name)
            pair_again |= self._mentioned_with_changes(name, old, new, declarations)
        work.relations_paired += len(pair_again)
        questions, rekeyed_parents = self._pair(pair_again, declarations, database)
        if plays_row_by_row(database):
            seen = rekeyed_parents | self._seen_otherwise(changed, before, declarations, database)
            questions.update(Question("plays-above", name) for name in self._taken_with(seen))
        return questions

    def update_deep(
        self, recascaded: Iterable[str], positions: Mapping[str, Position], *, is_order_new: bool
    ) -> bool:
        """Look at deep cascades after what lies above some models changed; tell whether any did."""
        relations, changed = self.relations, False
        for name in recascaded:
            if is_deep(name, relations):
                self._deep.add(name)
                changed = True
            elif name in self._deep:
                self._deep.discard(name)
                changed = True
        if not changed and not (self._deep and is_order_new):
            return False
        before = self.deep_keys
        self.deep_keys = deep_keys(self._deep, relations, positions.__getitem__)
        return self.deep_keys != before

    def update_order(self, displaced: Iterable[str], database: Database) -> set[Question]:
        """Return the questions with new answers since some declarations came, went or moved.

        SQLite looks at keys in the order in which their tables are made.
        """
        if database.provider != "sqlite" or not plays_row_by_row(database):
            return set()
        parents = {
            key.parent
            for name in displaced
            for key in self.relations.get(name, NO_RELATIONS).foreign_keys
        }
        return {Question("plays-above", name) for name in self._taken_with(parents)}

    def update_rings(
        self, rekeyed: set[str], positions: Mapping[str, Position], *, is_order_new: bool
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

    def _seen_otherwise(
        self,
        changed: Iterable[str],
        before: Mapping[str, Declaration],
        declarations: Mapping[str, Declaration],
        database: Database,
    ) -> set[str]:
        """Return the models at whose keys a delete row by row looks in another way or order.

        The keys are those that point at them. What changed is not the keys, but facts of models.
        """
        found: set[str] = set()
        for name in changed:
            old, new = before.get(name), declarations.get(name)
            if not isinstance(old, ModelFacts) or not isinstance(new, ModelFacts):
                continue
            own = self.relations.get(name, NO_RELATIONS).foreign_keys
            if database.provider == "mysql":
                of, to = entries_differ(old, new, own, self.incoming_keys.get(name, ()))
                found.update(key.parent for key in own if of)
                found.update([name] if to else ())
            if old.fields != new.fields:
                found.update(key.parent for key in own if key.on_delete.action == "SetDefault")
        return found

    def _taken_with(self, models: Iterable[str]) -> set[str]:
        """Return the models that a delete may take which takes rows of some models."""
        roots = set(models)
        work = list(roots)
        while work:
            for key in cascading_keys(self.relations.get(work.pop(), NO_RELATIONS)):
                if key.parent not in roots:
                    roots.add(key.parent)
                    work.append(key.parent)
        return _below(roots, self.incoming_keys, _cascades)

    def _pair(
        self, names: Iterable[str], declarations: Mapping[str, Declaration], database: Database
    ) -> tuple[set[Question], set[str]]:
        """Pair relations again; return the questions, and the models to which keys changed."""
        questions: set[Question] = set()
        paired: dict[str, ModelRelations] = {}
        parents: set[str] = set()
        joined: set[str] = set()
        recascaded: list[str] = []
        rechanging: list[str] = []
        counts_changes = database.provider == "sqlserver"
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
                if counts_changes and changing_keys(old) != changing_keys(new):
                    rechanging.append(name)
                parents.update(key.parent for key in {*old.foreign_keys} ^ {*new.foreign_keys})
            joined.update(
                each
                for join in {*old.many_to_many} ^ {*new.many_to_many}
                for each in (join.first, join.second)
            )
        below = _below(recascaded, self.incoming_keys, _cascades)
        changing_below = _below(rechanging, self.incoming_keys, _changes_rows)
        self.relations = self.relations.changed(paired, gone)
        self.incoming_keys = _patched(self.incoming_keys, {p: self._keys_to(p) for p in parents})
        self.joined = _patched(self.joined, {name: self._joins_of(name) for name in joined})
        below |= _below(recascaded, self.incoming_keys, _cascades)
        changing_below |= _below(rechanging, self.incoming_keys, _changes_rows)
        questions.update(Question("keys-to", parent) for parent in parents)
        questions.update(Question("joins", name) for name in joined)
        questions.update(Question("above", name) for name in below)
        questions.update(Question("changes-above", name) for name in changing_below)
        return questions, parents

    def _mentioned_with_changes(
        self,
        name: str,
        old: Declaration | None,
        new: Declaration | None,
        declarations: Mapping[str, Declaration],
    ) -> Set[str]:
        """Return the models whose relations to a declaration can change with its surface.

        Nearly everything may refer to a model in which one field changes.
        """
        mentioning: Set[str] = self.mentioned_by.get(name, frozenset())
        if not mentioning:
            return mentioning
        if not isinstance(old, ModelFacts) or not isinstance(new, ModelFacts):
            is_alike = old is not None and new is not None and old.kind == new.kind
            return set() if is_alike else mentioning
        if (old.kind, old.is_ignored) != (new.kind, new.is_ignored):
            return mentioning
        before, now = Counter(relation_surface(old)), Counter(relation_surface(new))
        changed = [*(before - now), *(now - before)]
        names = {field.name for field in changed}
        found = mentioning & {field.type for field in changed}
        return found | {
            each for each in mentioning if _refers_to(declarations.get(each), name, names)
        }

    def _note_mentions(
        self, changed: Iterable[str], declarations: Mapping[str, Declaration]
    ) -> None:
        """Take in which types the fields of changed declarations have."""
        mentioned_by: dict[str, set[str]] = {}
        for name in changed:
            declaration = declarations.get(name)
            new = frozenset() if declaration is None else mentioned_types(declaration)
            old = self._mentions.get(name, frozenset())
            for mentioned in old ^ new:
                names = mentioned_by.get(mentioned)
                if names is None:
                    names = mentioned_by[mentioned] = set(self.mentioned_by.get(mentioned, ()))
                if mentioned in new:
                    names.add(name)
                else:
                    names.discard(name)
            if new:
                self._mentions[name] = new
            else:
                self._mentions.pop(name, None)
        self.mentioned_by = self.mentioned_by.changed(
            {name: frozenset(names) for name, names in mentioned_by.items() if names},
            [name for name, names in mentioned_by.items() if not names],
        )

    def _keys_to(self, parent: str) -> tuple[ForeignKey, ...]:
        return ordered_keys(
            key
            for child in self.mentioned_by.get(parent, ())
            for key in self.relations.get(child, NO_RELATIONS).foreign_keys
            if key.parent == parent
        )

    def _joins_of(self, name: str) -> tuple[ManyToMany, ...]:
        joins = {
            join
            for holder in {name, *self.mentioned_by.get(name, ())}
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


def _cascades(key: ForeignKey) -> bool:
    return key.on_delete.action == "Cascade"


def _changes_rows(key: ForeignKey) -> bool:
    return key.changes_rows


def _below(
    roots: Iterable[str],
    incoming_keys: Mapping[str, tuple[ForeignKey, ...]],
    follows: Callable[[ForeignKey], bool],
) -> set[str]:
    """Return the models that certain keys lead down to from any of some models, these included."""
    found = set(roots)
    work = list(found)
    while work:
        for key in incoming_keys.get(work.pop(), ()):
            if key.child not in found and follows(key):
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
