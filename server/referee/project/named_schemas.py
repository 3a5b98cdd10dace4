"""The schemas that settings name: Referee's own, `prisma.config.*`, and package.json.

It knows what a setting means by a path, and deliberately not which setting goes before another.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from referee.project.config_names import CONFIG_FOLDER, CONFIG_NAMES, CONFIG_NAMES_INSIDE
from referee.project.reading import SourceText, read_source, real_path
from referee.project.settings_file import PACKAGE_NAME, package_table
from referee.project.survey import Survey

FoundBy = Literal["setting", "prisma-config", "package-json", "folder", "file"]


@dataclass(frozen=True, slots=True, eq=False)
class FoundSchema:
    """A schema, and how it was found: `root` is its folder, of a single file the folder around.

    `files` are resolved paths, sorted. It is told from others by identity.
    """

    root: Path
    files: tuple[Path, ...]
    found_by: FoundBy
    members: frozenset[Path]


def found_schema(root: Path, files: Iterable[Path], found_by: FoundBy) -> FoundSchema:
    """Return the schema of some files, whose paths must be resolved."""
    members = frozenset(files)
    return FoundSchema(root, tuple(sorted(members)), found_by, members)


@dataclass(slots=True)
class NamedSchemas:
    """The schemas that the settings seen in one survey name; each is the same object every time."""

    survey: Survey
    _known: dict[tuple[Path, FoundBy], FoundSchema | None] = field(default_factory=dict)

    def at(self, path: Path, found_by: FoundBy) -> FoundSchema | None:
        """Return the schema that a setting means by a path: a file, or a folder with all below it.

        None if nothing is there. A file named this way counts even where git ignores it.
        """
        if os.path.isdir(path):
            files = [self.survey.real(file) for file in self.survey.tree(path)]
            return found_schema(path.resolve(), files, found_by) if files else None
        path = real_path(path)
        is_there = os.path.isfile(path) or path in self.survey.buffers
        if not is_there or self.survey.is_excluded(path):
            return None
        return found_schema(path.parent, (path,), found_by)

    def named_in(self, folder: Path) -> Iterator[FoundSchema]:
        """Yield the schemas that settings in this very folder name, by the order of settings."""
        for found_by in _WAYS:
            named = self._named_by(folder, found_by)
            if named is not None:
                yield named

    def named_around(self, folder: Path) -> Iterator[FoundSchema]:
        """Yield the schemas named in a folder and above it, by the order of settings."""
        own = self.own(folder)
        if own is not None:
            yield own
        for found_by in _WAYS[1:]:
            for place in self.survey.upward(folder):
                named = self._named_by(place, found_by)
                if named is not None:
                    yield named

    def own(self, folder: Path) -> FoundSchema | None:
        """Return what Referee's settings nearest upward name; those further up do not count."""
        settings = self.survey.settings(folder)
        return None if settings is None else self._named_by(settings.path.parent, "setting")

    def _named_by(self, folder: Path, found_by: FoundBy) -> FoundSchema | None:
        key = (folder, found_by)
        if key not in self._known:
            self._known[key] = self._first_there(folder, found_by)
        return self._known[key]

    def _first_there(self, folder: Path, found_by: FoundBy) -> FoundSchema | None:
        setting = _SETTINGS[found_by](self.survey, folder)
        if setting is None:
            return None
        found = (self.at(place / setting.written, found_by) for place in setting.places)
        named = next((each for each in found if each is not None), None)
        if named is None:
            is_there = any(os.path.lexists(place / setting.written) for place in setting.places)
            reason = "is left out or holds no schema" if is_there else "is not there"
            sentence = f"Passed over: the schema it names, {setting.written!r}, {reason}."
            self.survey.note(setting.path, sentence, is_mistake=not is_there)
        return named


@dataclass(frozen=True, slots=True)
class _Setting:
    """A path as a file writes it, and the folders that it may be relative to."""

    path: Path
    written: str
    places: tuple[Path, ...]


def _own_setting(survey: Survey, folder: Path) -> _Setting | None:
    settings = survey.settings(folder)
    if settings is None or settings.path.parent != folder:
        return None
    written = settings.table.get("schema")
    if not isinstance(written, str):
        return None
    return _Setting(settings.path, written, (folder,))


def _setting_of_prisma(survey: Survey, folder: Path) -> _Setting | None:
    config = _config_of_prisma(survey, folder)
    source = read_source(config) if config is not None else None
    if config is None or source is None:
        return None
    if not isinstance(source, SourceText):
        survey.note(config, source.reason)
        return None
    from referee.project.prisma_config import UnknownPath, schema_in_config  # noqa: PLC0415

    written = schema_in_config(source.text, config)
    if isinstance(written, UnknownPath):
        survey.note(config, f"Passed over: it {written.reason}.")
    if not isinstance(written, str):
        return None
    # Prisma starts from `.config`; people often write what would be right one folder above.
    return _Setting(config, written, tuple(dict.fromkeys((config.parent, folder))))


def _config_of_prisma(survey: Survey, folder: Path) -> Path | None:
    names = survey.names(folder)
    for name in CONFIG_NAMES:
        if name in names:
            return folder / name
    if CONFIG_FOLDER in names:
        inside = survey.names(folder / CONFIG_FOLDER)
        for name in CONFIG_NAMES_INSIDE:
            if name in inside:
                return folder / CONFIG_FOLDER / name
    return None


def _setting_of_package(survey: Survey, folder: Path) -> _Setting | None:
    if PACKAGE_NAME not in survey.names(folder):
        return None
    path = folder / PACKAGE_NAME
    try:
        found = package_table(path, "prisma")
    except ValueError as mistake:
        survey.note(path, f"Passed over: it is not JSON ({mistake}).")
        return None
    written = found[1].get("schema") if found and isinstance(found[1], dict) else None
    return _Setting(path, written, (folder,)) if isinstance(written, str) else None


_WAYS: tuple[FoundBy, ...] = ("setting", "prisma-config", "package-json")
_SETTINGS: Mapping[FoundBy, Callable[[Survey, Path], _Setting | None]] = {
    "setting": _own_setting,
    "prisma-config": _setting_of_prisma,
    "package-json": _setting_of_package,
}
