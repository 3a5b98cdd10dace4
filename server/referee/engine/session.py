"""A schema under edit: takes texts and edits, and gives snapshots with the least work.

Every step keeps what it made for as long as what it was made from is the same object: lines by
their text, blocks by their place in the file, facts by their equality, relations by theirs, and
judgements by what they asked. Paranoid sessions compare every snapshot with one from scratch.
It deliberately reads no files and runs no threads.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from referee.engine.judging import (
    ALL_KEYS,
    ALL_NAMES,
    ALL_RINGS,
    Judgement,
    Question,
    RuleSet,
    judge_unit,
    rule_set,
    units_of,
    units_of_model,
)
from referee.engine.snapshot import Declared, Snapshot, Unit
from referee.rules.rule import Finding
from referee.rules.settings import DEFAULT_SETTINGS, RuleSettings
from referee.schema.facts import (
    SCALARS,
    BlockFacts,
    DatasourceFacts,
    Declaration,
    GeneratorFacts,
    IndexFacts,
    ModelFacts,
)
from referee.schema.graph import components_from
from referee.schema.lowering import lower_block
from referee.schema.providers import UNKNOWN_DATABASE, Database, database_of
from referee.schema.relations import (
    NO_RELATIONS,
    ForeignKey,
    ManyToMany,
    ModelRelations,
    RelationSurface,
    relation_surface,
    relations_of,
)
from referee.schema.view import (
    SchemaView,
    build_view,
    cascading_keys,
    is_on_ring,
    keys_in_order,
    ordered_keys,
)
from referee.syntax.blocks import LineMemo
from referee.syntax.source import Edited, Source, check_source, edit_source, read_source, replaced
from referee.syntax.tree import Block, Item
from referee.text.edits import TextEdit

DECLARING_KINDS = frozenset(["model", "view", "type", "enum"])


@dataclass(slots=True)
class Work:
    """What was done since the counts were last reset; tests assert it instead of time."""

    lines_parsed: int = 0
    blocks_lowered: int = 0
    facts_changed: int = 0
    relations_paired: int = 0
    units_judged: int = 0
    rules_run: int = 0


class IncrementalDifference(AssertionError):
    """What a session says differs from what a run from scratch says."""


def judge(
    files: Mapping[str, str],
    settings: RuleSettings = DEFAULT_SETTINGS,
    known_indexes: Mapping[str, tuple[IndexFacts, ...]] | None = None,
) -> Snapshot:
    """Return the snapshot of the files of one schema, by path, judged once."""
    session = Session(settings, known_indexes=known_indexes)
    for path in sorted(files):
        session.put(path, files[path])
    return session.snapshot()


class Session:
    """One schema under edit; the only object of the engine that changes."""

    def __init__(
        self,
        settings: RuleSettings = DEFAULT_SETTINGS,
        *,
        known_indexes: Mapping[str, tuple[IndexFacts, ...]] | None = None,
        paranoid: bool = False,
    ) -> None:
        self.work = Work()
        self.paranoid = paranoid
        self._settings = settings
        self._known_indexes = dict(known_indexes or {})
        self._lines = LineMemo()
        self._sources: dict[str, Source] = {}
        self._paths: list[str] = []
        # Blocks by declared name, and what they say; only blocks of the present sources.
        self._facts: dict[Block, BlockFacts | None] = {}
        self._blocks: dict[str, list[Declared]] = {}
        self._settings_blocks: list[Declared] = []
        # Waiting to be looked at by the next snapshot.
        self._touched: set[str] = set()
        self._order_changed = True
        self._everything_changed = True
        # What the last snapshot was made of.
        self._view = SchemaView()
        self._judged_with: RuleSettings | None = None
        self._rules: RuleSet = rule_set(settings, has_provider=False)
        self._mentioned_by: dict[str, set[str]] = {}
        self._mentions: dict[str, frozenset[str]] = {}
        self._surfaces: dict[str, object] = {}
        # The models that can reach each other, by each of them.
        self._rings: dict[str, frozenset[str]] = {}
        self._declared: dict[str, Declared] = {}
        self._found: dict[Unit, tuple[Finding, ...]] = {}
        self._asked: dict[Unit, frozenset[Question]] = {}
        self._askers: dict[Question, set[Unit]] = {}
        self._snapshot: Snapshot | None = None
        # The version of the last snapshot, and what was judged or dropped since.
        self._version: object = None
        self._judged: set[Unit] = set()

    # ---- changes ----

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the files, sorted."""
        return tuple(self._paths)

    def source(self, path: str) -> Source | None:
        """Return the file of a path as it is now."""
        return self._sources.get(path)

    def put(self, path: str, text: str) -> None:
        """Add a file, or replace its text."""
        old = self._sources.get(path)
        if old is not None and old.text == text:
            return
        if old is None:
            insort(self._paths, path)
        self._replace(path, old, replaced(old, read_source(text, self._lines, old)))

    def edit(self, path: str, edit: TextEdit) -> None:
        """Make one edit in a file; raises KeyError if the session has no such file."""
        old = self._sources[path]
        self._replace(path, old, edit_source(old, edit, self._lines))

    def remove(self, path: str) -> None:
        """Take a file out of the schema; it is no error if it is not in it."""
        old = self._sources.pop(path, None)
        if old is None:
            return
        del self._paths[bisect_left(self._paths, path)]
        self._snapshot = None
        self._forget(path, old.items)
        self._order_changed = True

    def configure(
        self,
        settings: RuleSettings,
        known_indexes: Mapping[str, tuple[IndexFacts, ...]] | None = None,
    ) -> None:
        """Judge under other settings from now on; indexes known elsewhere stay unless given."""
        self._settings = settings
        if known_indexes is not None:
            self._known_indexes = dict(known_indexes)
        self._everything_changed = True
        self._snapshot = None

    def _replace(self, path: str, old: Source | None, edited: Edited) -> None:
        self._snapshot = None
        new = edited.source
        self._sources[path] = new
        gone = old.items[edited.first : edited.old_end] if old is not None else ()
        come = new.items[edited.first : edited.new_end]
        if _declared_names(gone) != _declared_names(come):
            self._order_changed = True
        self._forget(path, gone)
        for item in come:
            if isinstance(item, Block) and item.kind != "unknown":
                self._facts[item] = None
                self._remember(path, item)
        self.work.lines_parsed = self._lines.parsed
        if self._lines.is_crowded:
            self._lines.keep(
                item
                for source in self._sources.values()
                for item in source.items
                if isinstance(item, Block)
            )

    def _forget(self, path: str, items: Iterable[Item]) -> None:
        for item in items:
            if not isinstance(item, Block) or item.kind == "unknown":
                continue
            self._facts.pop(item, None)
            if item.kind in ("datasource", "generator"):
                self._settings_blocks.remove(Declared(path, item))
                self._everything_changed = True
            else:
                name = item.name.text
                self._blocks[name].remove(Declared(path, item))
                self._touched.add(name)

    def _remember(self, path: str, block: Block) -> None:
        if block.kind in ("datasource", "generator"):
            self._settings_blocks.append(Declared(path, block))
            self._everything_changed = True
        else:
            name = block.name.text
            self._blocks.setdefault(name, []).append(Declared(path, block))
            self._touched.add(name)

    # ---- snapshots ----

    def snapshot(self) -> Snapshot:
        """Return the schema as it is now, judged; only what changed is computed again."""
        if self._snapshot is not None:
            return self._snapshot
        if self._everything_changed:
            self._start_over()
        questions = self._update_declarations()
        self._judge(questions)
        self._snapshot = Snapshot(
            {path: self._sources[path] for path in self._paths},
            dict(self._declared),
            self._view,
            self._settings,
            dict(self._found),
            follows=self._version,
            judged=frozenset(self._judged),
        )
        self._version = self._snapshot.version
        self._judged.clear()
        if self.paranoid:
            self._compare_with_scratch(self._snapshot)
        return self._snapshot

    def _start_over(self) -> None:
        """Take database and settings anew; on a difference, nothing judged before holds."""
        database, features = self._read_settings_blocks()
        rules = rule_set(self._settings, has_provider=database.provider is not None)
        self._everything_changed = False
        same = (
            database == self._view.database
            and features == self._view.preview_features
            and rules == self._rules
            and self._settings == self._judged_with
            and self._view.known_indexes == self._known_indexes
        )
        if same:
            return
        self._rules = rules
        self._view = SchemaView(database, features, known_indexes=dict(self._known_indexes))
        self._touched.update(self._blocks)
        self._order_changed = True
        self._judged_with = self._settings
        self._mentioned_by.clear()
        self._mentions.clear()
        self._surfaces.clear()
        self._rings.clear()
        self._declared.clear()
        self._judged.update(self._found)
        self._found.clear()
        self._asked.clear()
        self._askers.clear()

    def _read_settings_blocks(self) -> tuple[Database, frozenset[str]]:
        datasource: DatasourceFacts | None = None
        features: set[str] = set()
        for declared in self._in_order(self._settings_blocks):
            facts = self._lowered(declared.block)
            if isinstance(facts, DatasourceFacts):
                datasource = datasource or facts
            elif isinstance(facts, GeneratorFacts):
                features.update(facts.preview_features)
        database = UNKNOWN_DATABASE if datasource is None else database_of(datasource)
        return database, frozenset(features)

    def _in_order(self, declared: list[Declared]) -> list[Declared]:
        """Return blocks in declaration order: by path, then by place in the file."""
        if len(declared) < 2:
            return declared
        wanted = {each.block for each in declared}
        starts = {
            item: start
            for path in {each.path for each in declared}
            for item, start in zip(
                self._sources[path].items, self._sources[path].starts, strict=True
            )
            if item in wanted
        }
        return sorted(declared, key=lambda each: (each.path, starts[each.block]))

    def _lowered(self, block: Block) -> BlockFacts | None:
        facts = self._facts.get(block)
        if facts is None:
            facts = self._facts[block] = lower_block(block)
            self.work.blocks_lowered += 1
        return facts

    def _update_declarations(self) -> set[Question]:
        """Bring declarations and relations up to date; return the questions with new answers."""
        if not self._touched and not self._order_changed:
            return set()
        view = self._view
        changed: set[str] = set()
        declarations: dict[str, Declaration] = dict(view.declarations)
        for name in self._touched:
            blocks = self._blocks.get(name)
            if not blocks:
                self._blocks.pop(name, None)
                self._declared.pop(name, None)
                if declarations.pop(name, None) is not None:
                    changed.add(name)
                continue
            declared = self._in_order(blocks)[0]
            self._declared[name] = declared
            facts = self._lowered(declared.block)
            old = declarations.get(name)
            if facts == old and old is not None:
                # Keep the old object, so that everything made from it stays what it is.
                self._facts[declared.block] = old
            elif facts is not None:
                declarations[name] = facts  # type: ignore[assignment]
                changed.add(name)
        self._touched.clear()
        self.work.facts_changed += len(changed)
        questions = {Question("declaration", name) for name in changed}
        if self._order_changed:
            declarations = self._in_declaration_order(declarations)
            if tuple(declarations) != tuple(view.declarations):
                questions.add(ALL_NAMES)
            self._order_changed = False
        if changed or ALL_NAMES in questions:
            self._view = _with(view, declarations=declarations)
        if changed:
            questions |= self._update_relations(changed)
        rekeyed = {each.name for each in questions if each.kind == "keys-of"}
        if ALL_NAMES in questions or rekeyed:
            ring_keys = self._keys_on_rings(rekeyed, ALL_NAMES in questions)
            if ring_keys != view.ring_keys:
                self._view = _with(self._view, ring_keys=ring_keys)
                questions.add(ALL_RINGS)
            # Only a few rules on a few databases look at all keys.
            if ALL_KEYS in self._askers and (
                keys_in_order(declarations, self._view.relations)
                != keys_in_order(view.declarations, view.relations)
            ):
                questions.add(ALL_KEYS)
        return questions

    def _in_declaration_order(self, declarations: dict[str, Declaration]) -> dict[str, Declaration]:
        names = [
            item.name.text
            for path in self._paths
            for item in self._sources[path].items
            if isinstance(item, Block) and item.kind in DECLARING_KINDS
        ]
        # A name that is declared again keeps its first place.
        return {name: declarations[name] for name in names if name in declarations}

    def _keys_on_rings(self, rekeyed: set[str], is_order_new: bool) -> tuple[ForeignKey, ...]:
        """Return the keys that lie on rings, after the keys of some models changed.

        A ring that comes lies above one of these models, and one that goes held one of them.
        """
        relations = self._view.relations
        looked_at = rekeyed.union(*(self._rings.get(name, ()) for name in rekeyed))
        were_on_ring = [self._rings.pop(name) for name in looked_at if name in self._rings]

        def parents_of(name: str) -> list[str]:
            return [key.parent for key in relations.get(name, NO_RELATIONS).foreign_keys]

        components = [frozenset(each) for each in components_from(looked_at, parents_of)]
        for members in components:
            self._rings.update(dict.fromkeys(members, members))
        if not self._rings or not (components or were_on_ring or is_order_new):
            return self._view.ring_keys if self._rings else ()
        position = {name: number for number, name in enumerate(self._view.declarations)}
        return tuple(
            key
            for name in sorted(self._rings, key=position.__getitem__)
            for key in relations[name].foreign_keys
            if is_on_ring(key, self._rings)
        )

    # ---- relations ----

    def _update_relations(self, changed: set[str]) -> set[Question]:
        view = self._view
        declarations = view.declarations
        pair_again = set(changed)
        for name in changed:
            old_surface = self._surfaces.get(name)
            surface = relation_surface(declarations.get(name))
            if surface != old_surface:
                if surface is None:
                    del self._surfaces[name]
                else:
                    self._surfaces[name] = surface
                pair_again |= self._mentioned_with_changes(name, old_surface, surface, declarations)
            self._note_mentions(name, declarations.get(name))
        relations: dict[str, ModelRelations] = dict(view.relations)
        parents: set[str] = set()
        joined: set[str] = set()
        recascaded: list[str] = []
        questions: set[Question] = set()
        for name in pair_again:
            old = relations.get(name, NO_RELATIONS)
            model = declarations.get(name)
            self.work.relations_paired += 1
            if isinstance(model, ModelFacts):
                new = relations_of(model, declarations.get, view.database)
            else:
                new = NO_RELATIONS
            if isinstance(model, ModelFacts):
                relations[name] = old if new == old else new
            else:
                relations.pop(name, None)
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
        incoming = dict(view.incoming_keys)
        for parent in parents:
            _patch(incoming, parent, self._keys_to(parent, relations))
            questions.add(Question("keys-to", parent))
        joins = dict(view.joined)
        for name in joined:
            _patch(joins, name, self._joins_of(name, relations))
            questions.add(Question("joins", name))
        self._view = _with(view, relations=relations, incoming_keys=incoming, joined=joins)
        for each in (view, self._view):
            questions.update(Question("above", name) for name in _below(recascaded, each))
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

    def _keys_to(
        self, parent: str, relations: Mapping[str, ModelRelations]
    ) -> tuple[ForeignKey, ...]:
        children = self._mentioned_by.get(parent, set())
        return ordered_keys(
            key
            for child in children
            for key in relations.get(child, NO_RELATIONS).foreign_keys
            if key.parent == parent
        )

    def _joins_of(
        self, name: str, relations: Mapping[str, ModelRelations]
    ) -> tuple[ManyToMany, ...]:
        holders = {name, *self._mentioned_by.get(name, set())}
        joins = {
            join
            for holder in holders
            for join in relations.get(holder, NO_RELATIONS).many_to_many
            if name in (join.first, join.second)
        }
        return tuple(sorted(joins, key=lambda join: (join.first, join.first_field)))

    # ---- judgements ----

    def _judge(self, questions: set[Question]) -> None:
        if not self._found:
            # In order, since what is known of one model helps with the next.
            affected = units_of(self._view, self._rules)
        else:
            affected = self._affected(questions)
        for unit in affected:
            judgement = judge_unit(unit, self._view, self._rules, self._settings)
            self._keep(unit, judgement)

    def _affected(self, questions: set[Question]) -> list[Unit]:
        """Return what is to be judged again, and drop what is not there any more."""
        affected = {unit for question in questions for unit in self._askers.get(question, ())}
        for kind, name in questions:
            if kind != "declaration":
                continue
            units = units_of_model(name, self._view, self._rules)
            affected.update(units)
            for gone in {Unit("model", name), Unit("part", name)}.difference(units):
                affected.discard(gone)
                if gone in self._found:
                    self._drop(gone)
        return sorted(affected)

    def _keep(self, unit: Unit, judgement: Judgement) -> None:
        self.work.units_judged += 1
        self.work.rules_run += judgement.rules_run
        old = self._asked.get(unit, frozenset())
        for question in old - judgement.asked:
            self._stop_asking(question, unit)
        for question in judgement.asked - old:
            self._askers.setdefault(question, set()).add(unit)
        self._asked[unit] = judgement.asked
        self._found[unit] = judgement.findings
        self._judged.add(unit)

    def _drop(self, unit: Unit) -> None:
        for question in self._asked.pop(unit, frozenset()):
            self._stop_asking(question, unit)
        del self._found[unit]
        self._judged.add(unit)

    def _stop_asking(self, question: Question, unit: Unit) -> None:
        askers = self._askers.get(question)
        if askers is not None:
            askers.discard(unit)
            if not askers:
                del self._askers[question]

    # ---- paranoia ----

    def _compare_with_scratch(self, snapshot: Snapshot) -> None:
        memo = LineMemo()
        sources = {
            path: read_source(source.text, memo) for path, source in snapshot.sources.items()
        }
        blocks = [
            (path, item)
            for path, source in sources.items()
            for item in source.items
            if isinstance(item, Block)
        ]
        for path, source in snapshot.sources.items():
            check_source(source)
            _demand(
                [_shape(item) for item in source.items]
                == [_shape(item) for item in sources[path].items],
                f"the items of {path}",
            )
        facts = [lower_block(block) for _, block in blocks]
        datasources = [each for each in facts if isinstance(each, DatasourceFacts)]
        generators = [each for each in facts if isinstance(each, GeneratorFacts)]
        declarations = [
            each
            for each in facts
            if each is not None and not isinstance(each, DatasourceFacts | GeneratorFacts)
        ]
        database = database_of(datasources[0]) if datasources else UNKNOWN_DATABASE
        view = build_view(database, declarations, generators, self._known_indexes)
        mine = snapshot.view
        _demand(view.database == mine.database, "the database")
        _demand(view.preview_features == mine.preview_features, "the preview features")
        _demand(list(view.declarations.items()) == list(mine.declarations.items()), "the facts")
        _demand(view.relations == mine.relations, "the relations")
        _demand(view.incoming_keys == mine.incoming_keys, "the keys by parent")
        _demand(view.ring_keys == mine.ring_keys, "the keys on rings")
        _demand(view.all_keys() == mine.all_keys(), "the keys in order")
        _demand(view.joined == mine.joined, "the many-to-many relations")
        rules = rule_set(self._settings, has_provider=database.provider is not None)
        found = {
            unit: judge_unit(unit, view, rules, self._settings).findings
            for unit in units_of(view, rules)
        }
        _demand(found.keys() == snapshot.found.keys(), "what is judged")
        for unit, findings in found.items():
            _demand(findings == snapshot.found[unit], f"the findings of {unit.kind} {unit.subject}")


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise IncrementalDifference(f"{what} differ from those computed from scratch")


def _shape(item: Item) -> object:
    if isinstance(item, Block):
        return item.kind, item.name, item.header, item.lines, item.offsets, item.closing
    return item.text, item.comments, item.mistakes


def _declared_names(items: Iterable[Item]) -> list[tuple[str, str]]:
    return [(item.kind, item.name.text) for item in items if isinstance(item, Block)]


def _refers_to(declaration: Declaration | None, parent: str, names: set[str]) -> bool:
    """Tell whether a model has a key to one of these fields of a parent."""
    return isinstance(declaration, ModelFacts) and any(
        not names.isdisjoint(field.relation.references or ())
        for field in declaration.fields
        if field.relation is not None and field.type == parent
    )


def _below(roots: Iterable[str], view: SchemaView) -> set[str]:
    """Return the models that cascades reach from any of some models, these included."""
    found = set(roots)
    work = list(found)
    while work:
        for key in view.keys_to(work.pop()):
            if key.on_delete.action == "Cascade" and key.child not in found:
                found.add(key.child)
                work.append(key.child)
    return found


_T = TypeVar("_T")


def _patch(table: dict[str, tuple[_T, ...]], name: str, value: tuple[_T, ...]) -> None:
    if value:
        table[name] = value
    else:
        table.pop(name, None)


def _with(
    view: SchemaView,
    declarations: Mapping[str, Declaration] | None = None,
    relations: Mapping[str, ModelRelations] | None = None,
    incoming_keys: Mapping[str, tuple[ForeignKey, ...]] | None = None,
    joined: Mapping[str, tuple[ManyToMany, ...]] | None = None,
    ring_keys: tuple[ForeignKey, ...] | None = None,
) -> SchemaView:
    return SchemaView(
        view.database,
        view.preview_features,
        view.declarations if declarations is None else declarations,
        view.relations if relations is None else relations,
        view.incoming_keys if incoming_keys is None else incoming_keys,
        view.joined if joined is None else joined,
        view.known_indexes,
        view.ring_keys if ring_keys is None else ring_keys,
        view.reaches if relations is None else OrderedDict(),
    )
