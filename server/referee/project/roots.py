"""From the paths that somebody names to the schemas they are part of.

A schema is found, in this order, by the setting of the caller or of `referee.toml`, by
`prisma.config.*`, by `prisma.schema` of package.json, by the folder tree around the file with the
datasource, and as a single file. What the files mean is not known here, and nothing is executed.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from referee.project.configuration import Exclusion
from referee.project.grouping import Group, Grouping, common_folder
from referee.project.ignored import patterns
from referee.project.named_schemas import FoundBy, FoundSchema, NamedSchemas, found_schema
from referee.project.reading import real_path
from referee.project.survey import SCHEMA_ENDING, Note, Survey


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """The files of one schema, as resolved paths, sorted.

    `root` is the folder of the schema. `focus` holds the files whose findings are reported where
    only some of the files were named, and None where all are.
    """

    root: Path
    files: tuple[Path, ...]
    found_by: FoundBy
    focus: frozenset[Path] | None = None

    @property
    def place(self) -> Path:
        """The path that tells this schema from others: its only file, or its folder."""
        return self.files[0] if len(self.files) == 1 else self.root


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the named paths led to: schemas in the order of their places, and the rest.

    `missing` paths do not exist, `empty` ones hold nothing to judge, `excluded` files were named
    although the configuration excludes them. All are as they were named. `notes` say, for
    `--verbose`, what was left out or passed over, and why.
    """

    schemas: tuple[SchemaFiles, ...] = ()
    missing: tuple[Path, ...] = ()
    empty: tuple[Path, ...] = ()
    excluded: tuple[Path, ...] = ()
    notes: tuple[Note, ...] = ()


def find_schemas(
    paths: Sequence[Path],
    *,
    working_folder: Path,
    schema_setting: Path | None = None,
    exclude: Sequence[Exclusion] = (),
    buffers: Mapping[Path, str] | None = None,
) -> Discovery:
    """Return the schemas that `paths`, files and folders, are part of or contain.

    `schema_setting` and `exclude` are what the command line or the editor says; `schema` and
    `exclude` of `referee.toml` are read here. Relative paths are relative to `working_folder`,
    which must be absolute. `buffers` are texts that stand in for what the disk holds at their
    absolute paths, and may be of files that do not exist. Raises nothing: what is wrong with a
    path is in the answer.
    """
    search = _search(working_folder, exclude, buffers or {})
    if schema_setting is not None:
        search.use_setting(schema_setting)
    for path in paths:
        search.look_at(path)
    return search.discovery()


def reason_left_out(path: Path, *, working_folder: Path) -> str | None:
    """Return why a walk through the repository passes over the file at `path`, as a sentence.

    None if it does not: the file counts. An editor asks before it judges a file that was opened,
    which may be a copy inside a generated client. Both paths must be absolute.
    """
    survey = _search(working_folder, (), {}).survey
    path = real_path(path)
    packages = 0
    for folder in survey.upward(path.parent):
        # Who wrote a copy is told by a generator in the same package or the one around it.
        # A walk may reach the file through a link first.
        if packages < 2 and path not in {real_path(each) for each in survey.tree(folder)}:
            return _sentence(survey, path)
        if survey.is_left_out(folder):
            return _sentence(survey, folder)
        packages += survey.folder(folder).is_package
    return None


def _sentence(survey: Survey, path: Path) -> str:
    note = survey.notes.get(path)
    return note.sentence if note is not None else "Left out: the name starts with a dot."


def _search(
    working_folder: Path, exclude: Sequence[Exclusion], buffers: Mapping[Path, str]
) -> _Search:
    here = working_folder.resolve()
    by_path = {real_path(path): text for path, text in buffers.items()}
    excluding = tuple(patterns(each.base.resolve(), each.patterns) for each in exclude)
    survey = Survey(here, by_path, excluding)
    return _Search(survey, Grouping(survey), NamedSchemas(survey))


@dataclass(slots=True)
class _Search:
    """One search: what is known of the disk, and what was asked for so far."""

    survey: Survey
    grouping: Grouping
    settings: NamedSchemas
    setting: FoundSchema | None = None
    found: dict[FoundSchema, set[Path]] = field(default_factory=dict)
    claims: dict[Path, FoundSchema | None] = field(default_factory=dict)
    groups: dict[Group, FoundSchema] = field(default_factory=dict)
    missing: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    excluded: list[Path] = field(default_factory=list)

    def use_setting(self, path: Path) -> None:
        """Let the caller's setting decide before all others."""
        place = self.absolute(path)
        self.setting = self.settings.at(place, "setting")
        if self.setting is None:
            is_there = os.path.exists(place) or place in self.survey.buffers
            (self.empty if is_there else self.missing).append(path)

    def look_at(self, path: Path) -> None:
        """Find what one named path is part of or contains."""
        place = self.absolute(path)
        if os.path.isdir(place):
            if not self.look_into(place):
                self.empty.append(path)
        elif not os.path.exists(place) and place not in self.survey.buffers:
            self.missing.append(path)
        elif os.path.exists(place) and not os.path.isfile(place):
            self.survey.note(place, "Passed over: this is no ordinary file.")
            self.empty.append(path)
        elif not place.name.endswith(SCHEMA_ENDING):
            self.survey.note(place, f"Passed over: the name does not end in {SCHEMA_ENDING}.")
            self.empty.append(path)
        elif self.survey.is_excluded(place):
            self.survey.note(place, "Left out: the configuration excludes this file.")
            self.excluded.append(path)
        else:
            self.take(self.schema_of(place) or found_schema(place.parent, (place,), "file"), place)

    def look_into(self, folder: Path) -> bool:
        """Find the schemas in a folder; tell whether there are any."""
        if self.setting is not None:
            self.take_in(self.setting, folder)
            return True
        named = self.claim(folder)
        for schema in named:
            self.take_in(schema, folder)
        files = self.survey.tree(folder)
        for path in files:
            around_file = self.schema_in_walk(path)
            if around_file is not None:
                self.take(around_file, self.survey.real(path))
        if named or files:
            return True
        around = next(self.settings.named_around(folder), None)
        if around is not None:
            self.take(around, *around.files)
        return around is not None

    def take(self, schema: FoundSchema, *named: Path) -> None:
        self.found.setdefault(schema, set()).update(named)

    def take_in(self, schema: FoundSchema, folder: Path) -> None:
        """Take what a schema has in a folder; all of it if that is nothing."""
        inside = [path for path in schema.files if folder in path.parents]
        self.take(schema, *(inside or schema.files))

    def claim(self, folder: Path) -> list[FoundSchema]:
        """Return the schemas named by settings in a folder and below, and give them their files.

        Where two name the same file, the one decides that decides for that file alone.
        """
        named: list[FoundSchema] = []
        for each in self.survey.folders_below(folder):
            own = self.settings.own(each)
            for schema in self.settings.named_in(each):
                if own is not None and own is not schema:
                    continue
                if all(self.claimed(path) in (None, schema) for path in schema.files):
                    named.append(schema)
                    self.claims.update(dict.fromkeys(schema.files, schema))
        return named

    # --- The schema of one file ------------------------------------------------------------------

    def schema_in_walk(self, path: Path) -> FoundSchema | None:
        """Return the schema of a file that nobody named; None if settings leave it out."""
        own = self.settings.own(path.parent)
        if own is not None and self.survey.real(path) not in own.members:
            self.survey.note(path, "Left out: Referee's settings name another schema here.")
            return None
        schema = self.schema_of(path)
        if schema is None:
            self.survey.note(path, "Left out: the settings name a schema without this file.")
        return schema

    def schema_of(self, path: Path) -> FoundSchema | None:
        """Return the schema that a file is part of; None if it would be one that leaves it out."""
        claimed = self.claimed(self.survey.real(path))
        if claimed is not None:
            return claimed
        group = self.grouping.group_of(path)
        if (
            group.datasource is not None
            and self.claimed(self.survey.real(group.datasource)) is not None
        ):
            return None
        if group not in self.groups:
            self.groups[group] = self.schema_of_group(group)
        return self.groups[group]

    def schema_of_group(self, group: Group) -> FoundSchema:
        """Return a group as a schema, without the files that settings give to another one."""
        files = [path for path in group.files if self.claimed(self.survey.real(path)) is None]
        is_alone = group.datasource is None and len(files) == 1
        real = [self.survey.real(path) for path in files]
        return found_schema(common_folder(files), real, "file" if is_alone else "folder")

    def claimed(self, path: Path) -> FoundSchema | None:
        """Return the schema with the file at `path` that settings name."""
        if self.setting is not None and path in self.setting.members:
            return self.setting
        if path not in self.claims:
            around = self.settings.named_around(path.parent)
            self.claims[path] = next((each for each in around if path in each.members), None)
        return self.claims[path]

    # --- The answer ------------------------------------------------------------------------------

    def absolute(self, path: Path) -> Path:
        return real_path(self.survey.working_folder / path)

    def discovery(self) -> Discovery:
        schemas = sorted(self.schemas(), key=lambda schema: (schema.place, schema.files))
        notes = sorted(self.survey.notes.values(), key=lambda note: (note.path, note.sentence))
        return Discovery(
            tuple(schemas),
            tuple(dict.fromkeys(self.missing)),
            tuple(dict.fromkeys(self.empty)),
            tuple(dict.fromkeys(self.excluded)),
            tuple(notes),
        )

    def schemas(self) -> Iterator[SchemaFiles]:
        """Yield each schema once, with what was named of it.

        Files that another schema reaches as well, through a link, are part of that one alone.
        """
        named: dict[FoundSchema, set[Path]] = {}
        for schema in sorted(self.found, key=lambda schema: -len(schema.files)):
            whole = next((each for each in named if schema.members <= each.members), schema)
            named.setdefault(whole, set()).update(self.found[schema])
        for schema, paths in named.items():
            focus = schema.members & paths
            is_whole = len(focus) == len(schema.members)
            yield SchemaFiles(
                schema.root, schema.files, schema.found_by, None if is_whole else focus
            )
