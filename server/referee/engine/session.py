"""A schema under edit: takes texts and edits, and gives snapshots with the least work.

Every step keeps what it made for as long as what it was made from is the same object: lines by
their text, blocks by their place in the file, facts by their equality, relations by theirs, and
judgements by what they asked. Paranoid sessions compare every snapshot with one from scratch.
It deliberately reads no files and runs no threads.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from referee.engine.judgements import Judgements
from referee.engine.judging import ALL_KEYS, ALL_NAMES, ALL_RINGS, RuleSet, rule_set
from referee.engine.relating import Relating
from referee.engine.snapshot import Declared, Question, Snapshot
from referee.engine.versions import VersionedMap
from referee.engine.work import Work
from referee.rules.settings import DEFAULT_SETTINGS, RuleSettings
from referee.schema.facts import (
    BlockFacts,
    DatasourceFacts,
    Declaration,
    GeneratorFacts,
    IndexFacts,
    ModelFacts,
    are_like_targets,
)
from referee.schema.lowering import lower_block
from referee.schema.providers import UNKNOWN_DATABASE, Database, database_of
from referee.schema.view import SchemaView, keys_in_order
from referee.syntax.blocks import LineMemo
from referee.syntax.source import Edited, Source, edit_source, read_source, replaced
from referee.syntax.tree import Block, Item
from referee.text.edits import TextEdit

DECLARING_KINDS = frozenset(["model", "view", "type", "enum"])


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
        self._declarations: VersionedMap[str, Declaration] = VersionedMap()
        self._positions: dict[str, int] = {}
        self._declared: VersionedMap[str, Declared] = VersionedMap()
        self._relating = Relating()
        self._judgements = Judgements()
        self._snapshot: Snapshot | None = None
        # The files and the version of the last snapshot, and since then: which files changed, and
        # the questions with new answers (None for all of them).
        self._shown: VersionedMap[str, Source] = VersionedMap()
        self._version: object = None
        self._changed_paths: set[str] = set()
        self._changed: set[Question] | None = None

    # ---- changes ----

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the files, sorted."""
        return tuple(self._paths)

    @property
    def known_indexes(self) -> Mapping[str, tuple[IndexFacts, ...]]:
        """The indexes that are known from elsewhere, by model."""
        return self._known_indexes

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
        self._changed_paths.add(path)
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
        self._changed_paths.add(path)
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
        if self._changed is not None:
            self._changed |= questions
        judgements = self._judgements
        judgements.update(questions, self._present_view(), self._rules, self._settings, self.work)
        self._show_files()
        self._snapshot = Snapshot(
            self._shown,
            self._declared,
            self._view,
            self._settings,
            judgements.found,
            follows=self._version,
            judged=frozenset(judgements.judged),
            changed_paths=frozenset(self._changed_paths),
            changed=None if self._changed is None else frozenset(self._changed),
        )
        self._version = self._snapshot.version
        judgements.judged.clear()
        self._changed_paths.clear()
        self._changed = set()
        if self.paranoid:
            # Loaded only where it is wanted.
            from referee.engine.paranoia import compare_with_scratch  # noqa: PLC0415

            compare_with_scratch(self._snapshot, self._known_indexes)
        return self._snapshot

    def _present_view(self) -> SchemaView:
        """Return the view, quicker to read, for as long as nothing changes."""
        view, relating = self._view, self._relating
        return SchemaView(
            view.database,
            view.preview_features,
            self._declarations.present,
            relating.relations.present,
            relating.incoming_keys.present,
            relating.joined.present,
            view.known_indexes,
            view.ring_keys,
            view.reaches,
        )

    def _show_files(self) -> None:
        """Bring the files of the snapshot up to date; they are in order of their paths."""
        if all(path in self._sources and path in self._shown for path in self._changed_paths):
            changed = {path: self._sources[path] for path in self._changed_paths}
            self._shown = self._shown.changed(changed)
        else:
            self._shown = VersionedMap((path, self._sources[path]) for path in self._paths)

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
        self._changed = None
        self._rules = rules
        self._changed = None
        self._declarations = VersionedMap()
        self._declared = VersionedMap()
        self._relating = Relating()
        self._view = SchemaView(database, features, known_indexes=dict(self._known_indexes))
        self._touched.update(self._blocks)
        self._order_changed = True
        self._judged_with = self._settings
        self._judgements.forget()

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

    def _lowered(
        self, block: Block, older: Declared | None = None, older_facts: BlockFacts | None = None
    ) -> BlockFacts | None:
        facts = self._facts.get(block)
        if facts is None:
            before = None if older is None else older.block
            facts = self._facts[block] = lower_block(block, before, older_facts)
            self.work.blocks_lowered += 1
        return facts

    def _update_declarations(self) -> set[Question]:
        """Bring declarations and relations up to date; return the questions with new answers."""
        if not self._touched and not self._order_changed:
            return set()
        before = self._declarations
        self._take_touched()
        changed = [
            name for name in self._touched if self._declarations.get(name) is not before.get(name)
        ]
        self._touched.clear()
        self.work.facts_changed += len(changed)
        questions = {Question("declaration", name) for name in changed}
        questions.update(
            Question("target", name)
            for name in changed
            if not _is_same_target(before.get(name), self._declarations.get(name))
        )
        if self._order_changed:
            self._order_changed = False
            self._declarations = self._in_declaration_order(self._declarations)
            names = tuple(self._declarations)
            if names != tuple(before):
                questions.add(ALL_NAMES)
                self._positions = {name: number for number, name in enumerate(names)}
        if questions:
            questions |= self._update_relations(changed, before, ALL_NAMES in questions)
        return questions

    def _take_touched(self) -> None:
        """Find out anew which block declares each touched name, and what it says."""
        facts_by_name: dict[str, Declaration] = {}
        declared_by_name: dict[str, Declared] = {}
        gone: list[str] = []
        for name in self._touched:
            blocks = self._blocks.get(name)
            if not blocks:
                self._blocks.pop(name, None)
                gone.append(name)
                continue
            declared = declared_by_name[name] = self._in_order(blocks)[0]
            old = self._declarations.get(name)
            facts = self._lowered(declared.block, self._declared.get(name), old)
            if facts == old and old is not None:
                # Keep the old object, so that everything made from it stays what it is.
                self._facts[declared.block] = old
            elif facts is not None:
                facts_by_name[name] = facts  # type: ignore[assignment]
        self._declared = self._declared.changed(declared_by_name, gone)
        self._declarations = self._declarations.changed(facts_by_name, gone)

    def _in_declaration_order(
        self, declarations: Mapping[str, Declaration]
    ) -> VersionedMap[str, Declaration]:
        names = dict.fromkeys(
            item.name.text
            for path in self._paths
            for item in self._sources[path].items
            if isinstance(item, Block) and item.kind in DECLARING_KINDS
        )
        # A name that is declared again keeps its first place.
        return VersionedMap(
            (name, facts) for name in names if (facts := declarations.get(name)) is not None
        )

    def _update_relations(
        self, changed: Iterable[str], before: Mapping[str, Declaration], is_order_new: bool
    ) -> set[Question]:
        view, relating, declarations = self._view, self._relating, self._declarations
        old_relations = relating.relations
        questions = relating.update(changed, before, declarations.present, view.database, self.work)
        rekeyed = {each.name for each in questions if each.kind == "keys-of"}
        if (is_order_new or rekeyed) and relating.update_rings(
            rekeyed, self._positions, is_order_new=is_order_new
        ):
            questions.add(ALL_RINGS)
        # Only a few rules on a few databases look at all keys.
        if self._judgements.is_asked(ALL_KEYS) and (
            rekeyed
            or (
                is_order_new
                and keys_in_order(declarations, relating.relations)
                != keys_in_order(before, old_relations)
            )
        ):
            questions.add(ALL_KEYS)
        self._view = SchemaView(
            view.database,
            view.preview_features,
            declarations,
            relating.relations,
            relating.incoming_keys,
            relating.joined,
            view.known_indexes,
            relating.ring_keys,
            view.reaches if relating.relations is old_relations else OrderedDict(),
        )
        return questions


def _is_same_target(old: Declaration | None, new: Declaration | None) -> bool:
    return (
        isinstance(old, ModelFacts) and isinstance(new, ModelFacts) and are_like_targets(old, new)
    )


def _declared_names(items: Iterable[Item]) -> list[tuple[str, str]]:
    return [(item.kind, item.name.text) for item in items if isinstance(item, Block)]
