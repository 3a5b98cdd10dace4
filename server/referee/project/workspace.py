"""What is open in an editor: documents, the schemas they are part of, and how each is judged.

An open document counts as it is in the editor, whatever the disk says; the other files of its
schema are those on disk. A document that is not a file is judged alone and touches no disk.
It deliberately knows no protocol: a document has a name, and an editor's settings are values.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.project.borders import repository_root, upward
from referee.project.config_names import CONFIG_FOLDER, CONFIG_NAMES, CONFIG_NAMES_INSIDE
from referee.project.configuration import (
    Configuration,
    ConfigurationMistake,
    ConfigurationReading,
    configuration_of,
    merge,
    read_configuration,
)
from referee.project.ignored import GIT_IGNORE_NAME
from referee.project.reading import SourceText, read_source
from referee.project.roots import SchemaFiles, find_schemas, reason_left_out
from referee.project.settings_file import SETTINGS_NAMES, settings_at
from referee.project.survey import SCHEMA_ENDING
from referee.project.vocabulary import rule_settings, vocabulary
from referee.project.watching import DiskWatch
from referee.syntax.source import Source
from referee.syntax.tree import Block
from referee.text.edits import TextEdit, apply_edits

# Schemas of which nothing is open any more are kept for the case that it is opened again.
_KEPT = 2
# Looking at the disk may always take so many seconds, and more as this part of all time.
_QUICK = 0.001
_SHARE = 0.02
# An editor that tells of changes may still miss some, such as those of a folder that is deleted.
_PAUSE_IF_TOLD = 1.0
# Folders below a schema's own in which new files are looked for.
_MOST_FOLDERS = 200
_TELLING_NAMES = frozenset({*SETTINGS_NAMES, *CONFIG_NAMES, GIT_IGNORE_NAME, CONFIG_FOLDER})


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """What an editor says for one of its folders.

    `file` is the configuration that counts instead of the nearest `referee.toml`.
    """

    configuration: Configuration = field(default_factory=Configuration)
    file: Path | None = None


@dataclass(slots=True, eq=False)
class OpenSchema:
    """A schema under edit: its session, how it is configured, and which of its files are open.

    `root` is its folder, and None where a document is judged alone. One that is not `is_judged`
    holds a document that the settings or git leave out. `files` are the names of its files with
    their paths. `lost` are texts that could not be taken in, because the engine failed.
    """

    session: Session
    root: Path | None = None
    is_judged: bool = True
    files: dict[str, Path] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    configuration: Configuration = field(default_factory=Configuration)
    mistakes: tuple[ConfigurationMistake, ...] = ()
    lost: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return the text of a file as it is now; None if the schema has no such file."""
        if name in self.lost:
            return self.lost[name]
        source = self.session.source(name)
        return None if source is None else source.text


class Workspace:
    """The open documents and their schemas; the only object of the project layer that changes."""

    def __init__(
        self,
        *,
        is_told_of_changes: bool = False,
        paranoid: bool = False,
        tell: Callable[[str], None] = lambda sentence: None,
        tell_failure: Callable[[Exception], None] = lambda failure: None,
    ) -> None:
        self._paranoid = paranoid
        self._tell = tell
        self._tell_failure = tell_failure
        self._is_told = is_told_of_changes
        self._roots: dict[Path, EditorSettings] = {}
        self._elsewhere = EditorSettings()
        self._paths: dict[str, Path | None] = {}
        self._waiting: dict[str, str] = {}
        self._schemas: list[OpenSchema] = []
        self._schema_of: dict[str, OpenSchema] = {}
        self._kept: list[OpenSchema] = []
        self._must_group = False
        self._changed_files: set[Path] = set()
        self._watch = DiskWatch()
        self._listings: dict[Path, frozenset[str]] = {}
        self._inner: set[Path] = set()
        self._looked_at = self._looks_again_at = float("-inf")

    # --- Documents -------------------------------------------------------------------------------

    @property
    def schemas(self) -> tuple[OpenSchema, ...]:
        """The schemas of which a document is open."""
        return tuple(self._schemas)

    def schema_of(self, name: str) -> OpenSchema | None:
        """Return the schema of an open document, once it is brought up to date."""
        return self._schema_of.get(name)

    def open(self, name: str, path: Path | None, text: str) -> None:
        """Take over a document; `path` is where it is on disk, resolved, and None if nowhere."""
        self._paths[name] = path
        if path is None:
            schema = OpenSchema(self._session(), opened={name})
            self._configure(schema)
            self._schemas.append(schema)
            self._schema_of[name] = schema
            self._put(schema, name, text)
            return
        known = next((each for each in self._schemas if name in each.files), None)
        if known is None:
            self._waiting[name] = text
            return
        self._schema_of[name] = known
        known.opened.add(name)
        old = known.session.source(name)
        self._put(known, name, text)
        new = known.session.source(name)
        if old is None or new is None or _anchors(old) != _anchors(new):
            self._must_group = True

    def edit(self, name: str, edit: TextEdit) -> None:
        """Make one edit in an open document."""
        schema = self._holder(name)
        source = schema.session.source(name)
        if source is None or name in schema.lost:
            self._put(schema, name, apply_edits(schema.text(name) or "", [edit]))
            return
        try:
            schema.session.edit(name, edit)
        except Exception as failure:
            self._lose(schema, name, apply_edits(source.text, [edit]), failure)
            return
        new = schema.session.source(name)
        if new is not None and _anchors_near(source, edit.start, edit.end) != _anchors_near(
            new, edit.start, edit.start + len(edit.new_text)
        ):
            self._must_group = True

    def replace(self, name: str, text: str) -> None:
        """Give an open document another text; only what differs is looked at again."""
        schema = self._holder(name)
        old = schema.text(name)
        if old is None or name in schema.lost:
            self._put(schema, name, text)
        elif old != text:
            self.edit(name, _difference(old, text))

    def close(self, name: str) -> None:
        """Let a document go; from now on its file on disk counts, if there is one."""
        path = self._paths.pop(name)
        if self._waiting.pop(name, None) is not None:
            return
        schema = self._schema_of.pop(name)
        schema.opened.discard(name)
        if path is None:
            self._schemas.remove(schema)
            return
        if not self._read(schema, name, path):
            self._must_group = True
        if not schema.opened:
            self._schemas.remove(schema)
            self._keep(schema)

    def text(self, name: str) -> str | None:
        """Return the text of an open document; None if there is none."""
        if name in self._waiting:
            return self._waiting[name]
        schema = self._schema_of.get(name)
        return None if schema is None else schema.text(name)

    def snapshot(self, schema: OpenSchema) -> Snapshot:
        """Return a schema as it is now, judged; after a failure, judged from scratch."""
        try:
            return schema.session.snapshot()
        except Exception as failure:
            self._tell_failure(failure)
            self._start_anew(schema)
            return schema.session.snapshot()

    # --- What the editor says --------------------------------------------------------------------

    def set_roots(self, roots: Mapping[Path, EditorSettings], elsewhere: EditorSettings) -> None:
        """Say which folders are open in the editor, and what it says for each and for the rest."""
        if roots == self._roots and elsewhere == self._elsewhere:
            return
        self._roots = dict(roots)
        self._elsewhere = elsewhere
        self._must_group = True
        for schema in self._schemas:
            self._configure(schema)

    def tell_changes(self, changed: Iterable[Path], came_or_went: Iterable[Path]) -> None:
        """Say which files on disk changed, and which appeared or vanished."""
        for path in changed:
            if path.name.endswith(SCHEMA_ENDING):
                self._changed_files.add(path)
            else:
                self._must_group = True
        for path in came_or_went:
            self._changed_files.add(path)
            if path.as_posix() not in self._paths:
                self._must_group = True

    def look_at_disk(self, *, pause: float = 0.0) -> None:
        """Notice what changed on disk; nothing is done within `pause` seconds of the last look.

        Looking that takes long is done less often, and so is any where the editor tells.
        """
        start = time.monotonic()
        if start < max(self._looked_at + pause, self._looks_again_at):
            return
        for path in self._watch.changed():
            if path in self._listings:
                if _listing(path, path in self._inner) != self._listings[path]:
                    self._must_group = True
            elif path.name.endswith(SCHEMA_ENDING):
                self._changed_files.add(path)
            else:
                self._must_group = True
        self._looked_at = end = time.monotonic()
        rest = max(0.0, end - start - _QUICK) / _SHARE
        self._looks_again_at = end + max(rest, _PAUSE_IF_TOLD if self._is_told else 0.0)

    def bring_up_to_date(self) -> None:
        """Do what changed documents, files and settings ask for; cheap where nothing did."""
        if not (self._must_group or self._waiting or self._changed_files):
            return
        changed, self._changed_files = self._changed_files, set()
        for schema in (*self._schemas, *self._kept):
            for name in [name for name, path in schema.files.items() if path in changed]:
                if name not in schema.opened and not self._read(schema, name, schema.files[name]):
                    self._must_group = True
        if self._must_group:
            self._must_group = False
            self._group({name: path for name, path in self._paths.items() if path is not None})
        elif self._waiting:
            self._group({name: path for name in self._waiting if (path := self._paths[name])})
            orphans = [
                name
                for name, schema in self._schema_of.items()
                if self._paths[name] is not None and name not in schema.files
            ]
            if orphans:
                self._group({name: path for name, path in self._paths.items() if path is not None})

    # --- Which schema a document is part of ------------------------------------------------------

    def _group(self, documents: Mapping[str, Path]) -> None:
        """Find the schemas of documents anew, and give each document to its own."""
        texts = {name: self.text(name) or "" for name in documents}
        for name in documents:
            self._waiting.pop(name, None)
        buffers = {
            path: text
            for name, path in self._paths.items()
            if path is not None and (text := texts.get(name, self.text(name))) is not None
        }
        adopted: list[OpenSchema] = []
        by_folder: dict[Path, dict[str, Path]] = {}
        for name, path in documents.items():
            by_folder.setdefault(self._working_folder(path), {})[name] = path
        for folder, here in by_folder.items():
            try:
                self._group_below(folder, here, buffers, texts, adopted)
            except Exception as failure:
                self._tell_failure(failure)
                self._judge_apart(here, texts)
        for schema in list(self._schemas):
            if schema.root is None and schema.is_judged:
                continue
            schema.opened = {name for name in schema.opened if self._schema_of.get(name) is schema}
            if not schema.opened:
                self._schemas.remove(schema)
                if schema.is_judged and schema not in adopted:
                    self._keep(schema)
        self._watch_disk()

    def _group_below(
        self,
        folder: Path,
        documents: Mapping[str, Path],
        buffers: Mapping[Path, str],
        texts: Mapping[str, str],
        adopted: list[OpenSchema],
    ) -> None:
        editor = self._settings_of(folder)
        judged: dict[str, Path] = {}
        for name, path in documents.items():
            reason = reason_left_out(path, working_folder=folder) if path.is_file() else None
            if reason is None:
                judged[name] = path
            else:
                self._tell(f"{path} is not judged. {reason}")
        found = find_schemas(
            list(judged.values()),
            working_folder=folder,
            schema_setting=editor.configuration.schema,
            exclude=editor.configuration.exclude,
            buffers=buffers,
        )
        members: dict[Path, OpenSchema] = {}
        for each in found.schemas:
            if any(path in judged.values() for path in each.files):
                schema = self._adopt(each, adopted)
                members.update(dict.fromkeys(each.files, schema))
                adopted.append(schema)
                self._fill(schema, each, buffers)
        for name, path in documents.items():
            schema = members.get(path) or self._left_out(name)
            self._schema_of[name] = schema
            schema.opened.add(name)
            if schema not in self._schemas:
                self._schemas.append(schema)
            self._put(schema, name, texts[name])
        for schema in adopted:
            # Documents that were not asked about, but are open in a schema that came back.
            for name in schema.files.keys() & self._schema_of.keys():
                self._schema_of[name] = schema
                schema.opened.add(name)

    def _judge_apart(self, documents: Mapping[str, Path], texts: Mapping[str, str]) -> None:
        """Let documents be schemas by themselves that have none, because finding it failed."""
        for name, path in documents.items():
            if name not in self._schema_of:
                schema = OpenSchema(self._session(), path.parent, files={name: path}, opened={name})
                self._schemas.append(schema)
                self._schema_of[name] = schema
                self._put(schema, name, texts[name])

    def _adopt(self, found: SchemaFiles, adopted: list[OpenSchema]) -> OpenSchema:
        """Return the schema that is already known and has most of the files, or a new one."""
        names = {path.as_posix() for path in found.files}
        known = [
            (len(names & schema.files.keys()), schema)
            for schema in (*self._schemas, *self._kept)
            if schema.root is not None and schema not in adopted
        ]
        most, schema = max(known, key=lambda each: each[0], default=(0, None))
        if schema is None or most == 0:
            return OpenSchema(self._session())
        if schema in self._kept:
            self._kept.remove(schema)
            schema.files.clear()
        return schema

    def _fill(self, schema: OpenSchema, found: SchemaFiles, buffers: Mapping[Path, str]) -> None:
        """Let a schema consist of the files that were found."""
        schema.root = found.root
        files = {path.as_posix(): path for path in found.files}
        self._configure(schema)
        for name in [name for name in schema.session.paths if name not in files]:
            schema.session.remove(name)
            schema.lost.pop(name, None)
        known = schema.files
        schema.files = files
        for name, path in files.items():
            if path in buffers:
                if name not in schema.opened:
                    self._put(schema, name, buffers[path])
            elif name not in known:
                self._read(schema, name, path)

    def _left_out(self, name: str) -> OpenSchema:
        known = self._schema_of.get(name)
        if known is not None and not known.is_judged:
            return known
        return OpenSchema(self._session(), is_judged=False)

    def _keep(self, schema: OpenSchema) -> None:
        if schema.root is not None and schema.is_judged:
            self._kept.append(schema)
            del self._kept[:-_KEPT]

    # --- Reading and configuring -----------------------------------------------------------------

    def _session(self) -> Session:
        return Session(paranoid=self._paranoid)

    def _holder(self, name: str) -> OpenSchema:
        if name in self._waiting:
            self.bring_up_to_date()
        return self._schema_of[name]

    def _put(self, schema: OpenSchema, name: str, text: str) -> None:
        try:
            schema.session.put(name, text)
        except Exception as failure:
            self._lose(schema, name, text, failure)
        else:
            schema.lost.pop(name, None)

    def _lose(self, schema: OpenSchema, name: str, text: str, failure: Exception) -> None:
        """Go on with a session from scratch, without a text that the engine failed on."""
        schema.lost[name] = text
        self._tell_failure(failure)
        self._start_anew(schema)

    def _start_anew(self, schema: OpenSchema) -> None:
        before, schema.session = schema.session, self._session()
        schema.session.configure(rule_settings(schema.configuration), before.known_indexes)
        for name in before.paths:
            source = before.source(name)
            if source is not None and name not in schema.lost:
                schema.session.put(name, source.text)

    def _read(self, schema: OpenSchema, name: str, path: Path) -> bool:
        """Take a file as the disk has it; tell whether it is there and can be read."""
        source = read_source(path)
        if isinstance(source, SourceText):
            self._put(schema, name, source.text)
            return True
        schema.session.remove(name)
        if path.exists():
            self._tell(f"{path} is left out. {source.reason}")
            return True
        return False

    def _configure(self, schema: OpenSchema) -> None:
        """Let the settings that count for a schema count in it."""
        editor = self._settings_of(schema.root)
        reading = ConfigurationReading(Configuration())
        if schema.root is not None:
            reading = self._reading(schema.root, editor)
        schema.configuration = merge(None, editor.configuration, reading.configuration)
        schema.mistakes = reading.mistakes
        schema.session.configure(rule_settings(schema.configuration))

    def _reading(self, root: Path, editor: EditorSettings) -> ConfigurationReading:
        if editor.file is not None:
            settings = settings_at(editor.file)
            if settings is None:
                return ConfigurationReading(Configuration())
            return configuration_of(settings, vocabulary())
        last = repository_root(root, working_folder=self._working_folder(root))
        return read_configuration(root, last=last, vocabulary=vocabulary())

    def _root_of(self, path: Path) -> Path | None:
        """Return the innermost folder of the editor around a path."""
        around = [root for root in self._roots if path == root or root in path.parents]
        return max(around, key=lambda root: len(root.parts), default=None)

    def _working_folder(self, path: Path) -> Path:
        root = self._root_of(path)
        return path.parent if root is None else root

    def _settings_of(self, path: Path | None) -> EditorSettings:
        root = None if path is None else self._root_of(path)
        return self._elsewhere if root is None else self._roots[root]

    # --- Noticing changes on disk ----------------------------------------------------------------

    def _watch_disk(self) -> None:
        """Watch the files and folders that decide which schemas there are and what is in them."""
        self._listings = {}
        self._inner = set()
        files: set[Path] = set()
        for schema in self._schemas:
            root = schema.root
            if root is None:
                continue
            files.update(path for name, path in schema.files.items() if name not in schema.opened)
            last = repository_root(root, working_folder=self._working_folder(root))
            inner = [root, *_folders_below(root)]
            self._inner.update(inner)
            for folder in (*upward(root, last), *inner):
                self._listings[folder] = _listing(folder, folder in self._inner)
                files.update(folder / name for name in self._listings[folder] & _TELLING_NAMES)
            files.update(_configuration_files(last / CONFIG_FOLDER))
            editor = self._settings_of(root)
            if editor.file is not None:
                files.add(editor.file)
        self._watch.watch([*files, *self._listings])


# --- Below the workspace -------------------------------------------------------------------------


def _anchors(source: Source) -> list[str]:
    """Return the blocks by which files are put together to schemas."""
    return [
        item.kind
        for item in source.items
        if isinstance(item, Block) and item.kind in ("datasource", "generator")
    ]


def _anchors_near(source: Source, start: int, end: int) -> list[str]:
    """Return those blocks that an edit between two offsets can have made or broken."""
    first = max(0, source.item_at(start) - 1)
    last = source.item_at(end) + 2
    return [
        item.kind
        for item in source.items[first:last]
        if isinstance(item, Block) and item.kind in ("datasource", "generator")
    ]


def _difference(old: str, new: str) -> TextEdit:
    """Return one edit that makes the new text of the old one: all but a common start and end."""
    start = _longest(min(len(old), len(new)), lambda n: old.startswith(new[:n]))
    most = min(len(old), len(new)) - start
    end = _longest(most, lambda n: old.endswith(new[len(new) - n :]))
    return TextEdit(start, len(old) - end, new[start : len(new) - end])


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number up to `most` that a condition holds for; it holds for all below."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _listing(folder: Path, has_schema: bool) -> frozenset[str]:
    """Return the names in a folder that decide which schemas there are.

    New folders matter only in a folder that `has_schema`, or is below one.
    """
    try:
        with os.scandir(folder) as entries:
            return frozenset(
                entry.name
                for entry in entries
                if entry.name.endswith(SCHEMA_ENDING)
                or entry.name in _TELLING_NAMES
                or (has_schema and not entry.name.startswith(".") and entry.is_dir())
            )
    except OSError:
        return frozenset()


def _folders_below(root: Path) -> Iterator[Path]:
    """Yield folders below a schema's own, the upper ones first, as many as are worth watching."""
    waiting = [root]
    seen = 0
    while waiting and seen < _MOST_FOLDERS:
        folder = waiting.pop(0)
        for name in sorted(_listing(folder, True)):
            inner = folder / name
            if name != "node_modules" and not name.startswith(".") and inner.is_dir():
                waiting.append(inner)
                seen += 1
                yield inner


def _configuration_files(folder: Path) -> Iterator[Path]:
    for name in CONFIG_NAMES_INSIDE:
        path = folder / name
        if path.is_file():
            yield path
