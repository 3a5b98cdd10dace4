"""What has been seen of the disk during one search: folders, their schema files, what was left out.

It knows which entries of a folder count (no dependencies, no dot-folders, nothing that git
ignores or the configuration excludes, no generated copies) and deliberately not which files
belong to one schema. A survey remembers everything it saw, so it serves one search only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from referee.project.borders import PACKAGE_FILES, REPOSITORY_MARK, repository_root, upward
from referee.project.ignored import (
    GIT_IGNORE_NAME,
    Patterns,
    is_matched,
    patterns,
    patterns_of_folder,
    patterns_of_repository,
)
from referee.project.outline import Outline, mentioned_in, outline
from referee.project.reading import SourceText, read_source, real_path
from referee.project.settings_file import SETTINGS_NAMES, SettingsFile, settings_in

SCHEMA_ENDING = ".prisma"
MIGRATION_LOCK = "migration_lock.toml"

# `migrate dev` names a migration by the time it was made, in UTC to the second.
_MIGRATION = re.compile(r"\d{14}_")

# How many folders are looked into below one that belongs to no repository and no package.
MOST_FOLDERS_OUTSIDE_PROJECTS = 2_000


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one path that `--verbose` tells, as a sentence; a mistake is always told."""

    path: Path
    sentence: str
    is_mistake: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """What counts in one folder: its schema files and the folders to look into, sorted.

    A folder with `is_package` holds a package file or is a repository of its own.
    """

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    is_package: bool = False


@dataclass(slots=True)
class Survey:
    """The folders and files seen so far; paths are absolute, and lead through links as named.

    `buffers` are texts that stand in for what the disk holds, by resolved path. `excluding` are
    the patterns of the caller; those of `referee.toml` are found on the way.
    """

    working_folder: Path
    buffers: Mapping[Path, str]
    excluding: tuple[Patterns, ...]
    notes: dict[Path, Note] = field(default_factory=dict)
    _entries: dict[Path, tuple[os.DirEntry[str], ...]] = field(default_factory=dict)
    _names: dict[Path, frozenset[str]] = field(default_factory=dict)
    _folders: dict[Path, Folder] = field(default_factory=dict)
    _trees: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    _ignoring: dict[Path, tuple[Patterns, ...]] = field(default_factory=dict)
    _reals: dict[Path, Path] = field(default_factory=dict)
    _real_folders: dict[Path, Path] = field(default_factory=dict)
    _settings: dict[Path, SettingsFile | None] = field(default_factory=dict)
    _exclusions: dict[Path, tuple[Patterns, ...]] = field(default_factory=dict)
    _outlines: dict[Path, Outline] = field(default_factory=dict)
    _mentioned: dict[Path, frozenset[str]] = field(default_factory=dict)
    _tops: dict[Path, Path] = field(default_factory=dict)

    def top(self, folder: Path) -> Path:
        """Return the root of the repository around a folder, or what stands in for it."""
        if folder not in self._tops:
            above = self._tops.get(folder.parent)
            if above is None or os.path.exists(folder / REPOSITORY_MARK):
                above = repository_root(folder, working_folder=self.working_folder)
            self._tops[folder] = above
        return self._tops[folder]

    def upward(self, folder: Path) -> Iterator[Path]:
        """Yield a folder and those above it up to the root of its repository."""
        return upward(folder, self.top(folder))

    def names(self, folder: Path) -> frozenset[str]:
        """Return the names of all that lies in one folder."""
        if folder not in self._names:
            self._names[folder] = frozenset(entry.name for entry in self._scan(folder))
        return self._names[folder]

    def folder(self, folder: Path) -> Folder:
        """Return what counts in one folder; nothing if it cannot be read."""
        if folder not in self._folders:
            self._folders[folder] = self._look_into(folder)
        return self._folders[folder]

    def tree(self, folder: Path) -> tuple[Path, ...]:
        """Return the schema files in a folder and below, without generated copies of others."""
        if folder not in self._trees:
            found = tuple(self._below(folder))
            copies = self._copies(folder, found)
            self._trees[folder] = tuple(path for path in found if path not in copies)
        return self._trees[folder]

    def folders_below(self, folder: Path) -> Iterator[Path]:
        """Yield a folder and every folder below it that counts.

        Outside any repository or package a folder may be somebody's home or a whole disk, so there
        only the nearest ones are looked into.
        """
        near = None if self.is_in_project(folder) else self._nearest_below(folder)
        yield folder
        for inner in self.folder(folder).folders:
            yield from self._folders_among(inner, near)

    def is_in_project(self, folder: Path) -> bool:
        """Tell whether a folder belongs to a repository or package."""
        return any(self.folder(place).is_package for place in self.upward(folder))

    def _folders_among(self, folder: Path, near: frozenset[Path] | None) -> Iterator[Path]:
        if near is not None and folder not in near:
            return
        yield folder
        for inner in self.folder(folder).folders:
            yield from self._folders_among(inner, near)

    def _nearest_below(self, folder: Path) -> frozenset[Path]:
        """Return the folders nearest below a folder, level by level, up to a limit."""
        found: list[Path] = [folder]
        for place in found:
            inner = self.folder(place).folders
            if len(found) + len(inner) > MOST_FOLDERS_OUTSIDE_PROJECTS:
                self.note(folder, "Only the nearest folders are looked into outside a project.")
                break
            found += inner
        return frozenset(found)

    def real(self, path: Path) -> Path:
        """Return the path that a file of a tree has when no link leads to it."""
        if path not in self._reals:
            if path.parent not in self._real_folders:
                self._real_folders[path.parent] = real_path(path.parent)
            straight = self._real_folders[path.parent] / path.name
            self._reals[path] = real_path(path) if os.path.islink(straight) else straight
        return self._reals[path]

    def outline(self, path: Path) -> Outline:
        """Return the outline of a file; that of an unreadable one is empty."""
        if path not in self._outlines:
            self._outlines[path] = outline(self._text(path))
        return self._outlines[path]

    def mentioned(self, path: Path) -> frozenset[str]:
        """Return the names that fields of a file mention; an unreadable one mentions nothing."""
        if path not in self._mentioned:
            self._mentioned[path] = mentioned_in(self._text(path))
        return self._mentioned[path]

    def _text(self, path: Path) -> str:
        text = self.buffers.get(path)
        if text is not None:
            return text
        source = read_source(path)
        return source.text if isinstance(source, SourceText) else ""

    def settings(self, folder: Path) -> SettingsFile | None:
        """Return Referee's settings nearest upward from a folder."""
        if folder not in self._settings:
            has_any = not SETTINGS_NAMES.isdisjoint(self.names(folder))
            found = settings_in(folder) if has_any else None
            if found is None and folder != self.top(folder):
                found = self.settings(folder.parent)
            self._settings[folder] = found
        return self._settings[folder]

    def is_excluded(self, path: Path, *, is_folder: bool = False) -> bool:
        """Tell whether the caller or the nearest settings exclude a path or a folder around it."""
        top = self.top(path.parent)
        around = list(self.upward(path.parent))
        by = self._excluding(path.parent)
        return is_matched(path, is_folder=is_folder, by=by) or any(
            folder != top and is_matched(folder, is_folder=True, by=by) for folder in around
        )

    def is_left_out(self, folder: Path) -> bool:
        """Tell whether a walk from above would not get into a folder."""
        return folder != self.top(folder) and folder not in self.folder(folder.parent).folders

    def note(self, path: Path, sentence: str, *, is_mistake: bool = False) -> None:
        """Remember why a path was left out, or what else is to be told of it; the first counts."""
        self.notes.setdefault(path, Note(path, sentence, is_mistake))

    # --- Looking into one folder -----------------------------------------------------------------

    def _scan(self, folder: Path) -> tuple[os.DirEntry[str], ...]:
        if folder not in self._entries:
            found: list[os.DirEntry[str]] = []
            try:
                with os.scandir(folder) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as failure:
                if not any(folder in buffer.parents for buffer in self.buffers):
                    self.note(folder, f"The folder cannot be read: {failure.strerror}.")
            self._entries[folder] = tuple(found)
        return self._entries[folder]

    def _look_into(self, folder: Path) -> Folder:
        files = {path for path in self.buffers if path.parent == folder}
        folders: list[Path] = []
        names = self.names(folder)
        for entry in self._scan(folder):
            if _is_folder(entry):
                path = folder / entry.name
                if self._is_migration(path, names):
                    continue
                if self._counts_as_folder(path, entry):
                    folders.append(path)
            elif entry.name.endswith(SCHEMA_ENDING) and _is_file(entry):
                files.add(folder / entry.name)
        for buffer in self.buffers:
            if folder in buffer.parent.parents:
                inner = folder / buffer.relative_to(folder).parts[0]
                if inner.name not in names and inner not in folders:
                    folders.append(inner)
        kept = sorted(path for path in files if self._counts_as_file(path, names))
        is_package = not PACKAGE_FILES.isdisjoint(names) or REPOSITORY_MARK in names
        return Folder(tuple(kept), tuple(folders), is_package)

    def _is_migration(self, path: Path, names: frozenset[str]) -> bool:
        """Tell whether a folder holds one migration, of which there may be hundreds, and no schema.

        `names` are those of all that lies beside it.
        """
        if MIGRATION_LOCK not in names or not _MIGRATION.match(path.name):
            return False
        return not any(path in buffer.parents for buffer in self.buffers)

    def _counts_as_folder(self, path: Path, entry: os.DirEntry[str]) -> bool:
        if path.name.startswith("."):
            return False
        if path.name == "node_modules":
            self.note(path, "Left out: installed packages.")
        elif self._is_ignored(path, is_folder=True):
            self.note(path, "Left out: git ignores this folder.")
        elif is_matched(path, is_folder=True, by=self._excluding(path.parent)):
            self.note(path, "Left out: the configuration excludes this folder.")
        elif entry.is_symlink() and not self._is_worth_following(path):
            self.note(path, "Left out: a link that leads out of the repository or back upward.")
        else:
            return True
        return False

    def _counts_as_file(self, path: Path, names: frozenset[str]) -> bool:
        if self._is_ignored(path, is_folder=False):
            self.note(path, "Left out: git ignores this file.")
        elif is_matched(path, is_folder=False, by=self._excluding(path.parent)):
            self.note(path, "Left out: the configuration excludes this file.")
        elif is_beside_generated_client(path, names):
            self.note(path, "Left out: a copy that belongs to a generated client.")
        else:
            return True
        return False

    def _is_worth_following(self, link: Path) -> bool:
        """Tell whether a link to a folder stays in the repository and out of what it lies in."""
        target = real_path(link)
        if real_path(self.top(link.parent)) not in target.parents:
            return False
        around = [real_path(folder) for folder in self.upward(link.parent)]
        return not any(target == folder or target in folder.parents for folder in around)

    def _is_ignored(self, path: Path, *, is_folder: bool) -> bool:
        return is_matched(path, is_folder=is_folder, by=self._git_patterns(path.parent))

    def _git_patterns(self, folder: Path) -> tuple[Patterns, ...]:
        if folder not in self._ignoring:
            is_top = folder == self.top(folder)
            above = patterns_of_repository(folder) if is_top else self._git_patterns(folder.parent)
            has_own = GIT_IGNORE_NAME in self.names(folder)
            own = patterns_of_folder(folder) if has_own else ()
            self._ignoring[folder] = (*above, *own)
        return self._ignoring[folder]

    def _excluding(self, folder: Path) -> tuple[Patterns, ...]:
        settings = self.settings(folder)
        if settings is None:
            return self.excluding
        if settings.path not in self._exclusions:
            written = settings.table.get("exclude")
            lines = written if isinstance(written, list) else []
            texts = [line for line in lines if isinstance(line, str)]
            excluding = (*self.excluding, patterns(settings.path.parent, texts))
            self._exclusions[settings.path] = excluding
        return self._exclusions[settings.path]

    # --- Whole trees -----------------------------------------------------------------------------

    def _below(self, folder: Path) -> Iterator[Path]:
        """Yield every schema file in a folder and below, each file once however it is reached."""
        seen: set[Path] = set()
        for each in self.folders_below(folder):
            for path in self.folder(each).files:
                real = self.real(path)
                if real not in seen:
                    seen.add(real)
                    yield path

    def _copies(self, folder: Path, found: Sequence[Path]) -> frozenset[Path]:
        """Return the files that other files in the same tree show to be generated from them."""
        copies: set[Path] = set()
        outputs = {
            Path(os.path.normpath(path.parent / output)): path
            for path in found
            for output in self.outline(path).outputs
        }
        for path in found if outputs else ():
            source = next(
                (
                    outputs[place]
                    for place in (path, *path.parents)
                    if place in outputs and place not in (outputs[place], *outputs[place].parents)
                ),
                None,
            )
            if source is not None:
                copies.add(path)
                self.note(path, f"Left out: a generator in {source.name} writes into this folder.")
        for path in found:
            if path not in copies and self._looks_generated(path):
                original = self._original_of(
                    path, [other for other in found if other not in copies]
                )
                if original is not None:
                    copies.add(path)
                    self.note(path, f"Left out: a generated copy of {original.name}.")
        return frozenset(copies)

    def _looks_generated(self, path: Path) -> bool:
        """Tell whether a file may be a copy; alone, that is not enough to leave it out."""
        if self.outline(path).says_generated:
            return True
        names = self.names(path.parent)
        return names >= {"index.js", "index.d.ts"} or "client.ts" in names

    def _original_of(self, path: Path, others: Sequence[Path]) -> Path | None:
        declared = self.outline(path).declared
        for other in others:
            theirs = self.outline(other)
            if other != path and declared and declared <= theirs.declared:
                return other
        return None


# --- Generated clients ---------------------------------------------------------------------------


def is_beside_generated_client(path: Path, names: frozenset[str]) -> bool:
    """Tell whether the schema file at `path`, in a folder with `names`, belongs to a client.

    A client brings its own run-time, a package with a telling name, or code that says so; files
    with ordinary names such as `index.js` alone are no proof.
    """
    if "schema.prisma" not in names or path.name != "schema.prisma":
        return False
    code = [name for name in _CLIENT_CODE if name in names]
    if not code:
        return False
    if "runtime" in names and os.path.isdir(path.parent / "runtime"):
        return True
    if "package.json" in names and _CLIENT_PACKAGE.search(_start_of(path.parent / "package.json")):
        return True
    return any(_CLIENT_NOTICE.search(_start_of(path.parent / name)) for name in code)


_CLIENT_CODE = (
    "index.js",
    "index.d.ts",
    "client.ts",
    "client.js",
    "client.d.ts",
    "client.py",
    "edge.js",
    "index-browser.js",
)
_CLIENT_PACKAGE = re.compile(r'"name"\s*:\s*"(?:\.prisma/client|prisma-client-[^"]*)"')
_CLIENT_NOTICE = re.compile(
    r"code generated by Prisma|\A\s*/\*\*\s*\*\s*Client\s*\*\*/"
    r"|\b(?:require\s*\(|from)\s*['\"]\./runtime/"
)
_START = 4096


def _start_of(path: Path) -> str:
    source = read_source(path)
    return source.text[:_START] if isinstance(source, SourceText) else ""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
