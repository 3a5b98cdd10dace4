"""A schema under edit: takes texts and edits, and gives snapshots with the least work.

Every step keeps what it made for as long as what it was made from is the same object: lines by
their text, blocks by their place in the file, facts by their equality, relations by theirs, and
judgements by what they asked. Paranoid sessions compare every snapshot with one from scratch.
It deliberately reads no files and runs no threads.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from referee.engine.judgements import Judgements
from referee.engine.judging import ALL_DEEP, ALL_KEYS, ALL_NAMES, ALL_RINGS, RuleSet, rule_set
from referee.engine.order import BlockOrder
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
from referee.schema.lowering import KnownFields, lower_block
from referee.schema.providers import UNKNOWN_DATABASE, Database, database_of
from referee.schema.view import Position, SchemaView, has_deep_cascades
from referee.syntax.blocks import LineMemo
from referee.syntax.source import Edited, Source, edit_source, read_source, replaced
from referee.syntax.tree import Block, Item
from referee.text.edits import TextEdit


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
        self._order = BlockOrder()
        # Files whose blocks were all numbered anew since the last snapshot.
        self._renumbered: set[str] = set()
        # Waiting to be looked at by the next snapshot.
        self._touched: set[str] = set()
        self._everything_changed = True
        # What the last snapshot was made of.
        self._view = SchemaView()
        self._judged_with: RuleSettings | None = None
        self._rules: RuleSet = rule_set(settings, has_provider=False)
        self._declarations: VersionedMap[str, Declaration] = VersionedMap()
        self._positions: VersionedMap[str, Position] = VersionedMap()
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
        self._order.replace(old.items, (), 0, 0)
        self._forget(path, old.items)

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
        if self._order.replace(gone, new.items, edited.first, edited.new_end):
            self._renumbered.add(path)
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
            view.deep_keys,
            self._positions.present,
            view.mentioned_by,
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
        self._positions = VersionedMap()
        self._relating = Relating()
        self._view = SchemaView(database, features, known_indexes=dict(self._known_indexes))
        self._touched.update(self._blocks)
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
        return sorted(declared, key=self._position) if len(declared) > 1 else declared

    def _position(self, declared: Declared) -> Position:
        return declared.path, self._order.number(declared.block)

    def _lowered(self, block: Block, known: KnownFields | None = None) -> BlockFacts | None:
        facts = self._facts.get(block)
        if facts is None:
            facts = self._facts[block] = lower_block(block, known)
            self.work.blocks_lowered += 1
        return facts

    def _update_declarations(self) -> set[Question]:
        """Bring declarations and relations up to date; return the questions with new answers."""
        if not self._touched:
            return set()
        before, positions_before = self._declarations, self._positions
        self._take_touched()
        changed = [
            name for name in self._touched if self._declarations.get(name) is not before.get(name)
        ]
        displaced = [
            name
            for name in self._touched
            if self._positions.get(name) != positions_before.get(name)
        ]
        self._touched.clear()
        self.work.facts_changed += len(changed)
        questions = {Question("declaration", name) for name in changed}
        questions.update(
            Question("target", name)
            for name in changed
            if not _is_same_target(before.get(name), self._declarations.get(name))
        )
        if displaced:
            questions.add(ALL_NAMES)
        if questions:
            questions |= self._update_relations(changed, before, displaced)
        return questions

    def _take_touched(self) -> None:
        """Find out anew which block declares each touched name, and what it says."""
        facts_by_name: dict[str, Declaration] = {}
        declared_by_name: dict[str, Declared] = {}
        positions: dict[str, Position] = {}
        gone: list[str] = []
        known = KnownFields()
        for name in self._touched:
            blocks = self._blocks.get(name)
            if not blocks:
                self._blocks.pop(name, None)
                gone.append(name)
                continue
            declared = declared_by_name[name] = self._in_order(blocks)[0]
            positions[name] = self._position(declared)
            old, older = self._declarations.get(name), self._declared.get(name)
            if isinstance(old, ModelFacts) and older is not None:
                known.take_from(older.block, old)
            facts = self._lowered(declared.block, known)
            if facts == old and old is not None:
                # Keep the old object, so that everything made from it stays what it is.
                self._facts[declared.block] = old
            elif facts is not None:
                facts_by_name[name] = facts  # type: ignore[assignment]
        self._declared = self._declared.changed(declared_by_name, gone)
        self._declarations = self._declarations.changed(facts_by_name, gone)
        if self._renumbered:
            positions.update(
                (name, self._position(declared))
                for name, declared in self._declared.items()
                if declared.path in self._renumbered
            )
            self._renumbered.clear()
        self._positions = self._positions.changed(positions, gone)

    def _update_relations(
        self,
        changed: Iterable[str],
        before: Mapping[str, Declaration],
        displaced: Collection[str],
    ) -> set[Question]:
        """Bring relations up to date; `displaced` are declarations that came, went or moved."""
        view, relating, declarations = self._view, self._relating, self._declarations
        positions, is_order_new = self._positions, bool(displaced)
        old_relations = relating.relations
        questions = relating.update(changed, before, declarations.present, view.database, self.work)
        rekeyed = {each.name for each in questions if each.kind == "keys-of"}
        if (is_order_new or rekeyed) and relating.update_rings(
            rekeyed, positions, is_order_new=is_order_new
        ):
            questions.add(ALL_RINGS)
        if has_deep_cascades(view.database):
            recascaded = [each.name for each in questions if each.kind == "above"]
            if relating.update_deep(recascaded, positions, is_order_new=is_order_new):
                questions.add(ALL_DEEP)
        questions |= relating.update_order(displaced, view.database)
        if rekeyed or is_order_new:
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
            relating.deep_keys,
            positions,
            relating.mentioned_by,
        )
        return questions


def _is_same_target(old: Declaration | None, new: Declaration | None) -> bool:
    return (
        isinstance(old, ModelFacts) and isinstance(new, ModelFacts) and are_like_targets(old, new)
    )
