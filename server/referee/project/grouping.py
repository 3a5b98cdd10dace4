"""Which files belong together where no setting says so: the tree around a datasource.

A file with a datasource takes the files without one in its folder and below, up to a nearer
datasource. While what it has is incomplete (it declares nothing, or mentions what it does not
declare), it takes what completes it from the folder above, as long as there is no other datasource
there and the package does not end. Files that nobody takes are schemas of their own.
Everything is said of paths as the survey shows them; settings are deliberately not known here.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from referee.project.survey import Survey


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Files that belong together; `datasource` is the one of them that says where the data is.

    A grouping gives the same object for each file of a group.
    """

    files: frozenset[Path]
    datasource: Path | None = None


@dataclass(slots=True)
class Grouping:
    """The groups found so far in one survey."""

    survey: Survey
    _bases: dict[Path, frozenset[Path]] = field(default_factory=dict)
    _groups: dict[Path, Group] = field(default_factory=dict)
    _shared: dict[Path, Path | None] = field(default_factory=dict)
    _owners: dict[Path, Path | None] = field(default_factory=dict)
    _packages: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    _here: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    _below: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    _steps: dict[tuple[Path, Path], tuple[Path, ...]] = field(default_factory=dict)
    _strays: dict[Path, tuple[Group, ...]] = field(default_factory=dict)

    def group_of(self, path: Path) -> Group:
        """Return the group of a file; a file that no walk would find is a group by itself."""
        if path not in self.survey.tree(path.parent):
            has_datasource = self.survey.outline(path).has_datasource
            return Group(frozenset({path}), path if has_datasource else None)
        owner = self._owner(path)
        if owner is not None:
            return self._group_around(owner)
        around = self._strays_in(self._border(path.parent))
        return next((group for group in around if path in group.files), Group(frozenset({path})))

    # --- A datasource and what it takes ----------------------------------------------------------

    def _owner(self, path: Path) -> Path | None:
        """Return the file with the datasource that a file belongs to."""
        if self._has_datasource(path):
            return path
        if path not in self._owners:
            within = self._within_package(path.parent)
            self._owners[path] = self._nearest_owner(path, within)
        return self._owners[path]

    def _nearest_owner(self, path: Path, folders: Iterable[Path]) -> Path | None:
        for folder in folders:
            here = self._datasources_in(folder)
            if here:
                return here[0] if len(here) == 1 else self._taker_of_shared(folder)
            below = self._datasources_below(folder)
            if len(below) == 1 and path in self._group_around(below[0]).files:
                return below[0]
        return None

    def _group_around(self, datasource: Path) -> Group:
        if datasource not in self._groups:
            files = set(self._base(datasource))
            self._take_from_above(datasource, files)
            self._groups[datasource] = Group(frozenset(files), datasource)
        return self._groups[datasource]

    def _base(self, datasource: Path) -> frozenset[Path]:
        """Return a datasource file with what it takes from its own folder and below."""
        if datasource not in self._bases:
            folder = datasource.parent
            is_alone = len(self._datasources_in(folder)) == 1
            takes = is_alone or self._taker_of_shared(folder) == datasource
            taken = self._without_nearer_owner(folder) if takes else ()
            self._bases[datasource] = frozenset({datasource, *taken})
        return self._bases[datasource]

    def _without_nearer_owner(self, folder: Path) -> Iterator[Path]:
        """Yield the files without datasource in a folder and below that nobody below takes."""
        for path in self._package_files(folder):
            if not self._has_datasource(path):
                nearer = self._between(path.parent, folder)
                if self._nearest_owner(path, nearer) is None:
                    yield path

    def _take_from_above(self, datasource: Path, files: set[Path]) -> None:
        if self._is_border(datasource.parent):
            return
        above = self._within_package(datasource.parent)
        next(above)
        for folder in above:
            around = self._package_files(folder)
            if self._datasources_below(folder) != (datasource,):
                return
            names = self._names(files)
            if names.declared and not names.missing:
                return
            others = [
                path
                for path in around
                if path not in files and names.declared.isdisjoint(self._declared(path))
            ]
            offered = self._declared_in(others)
            is_wanted = bool(offered) if not names.declared else bool(names.missing & offered)
            # Across a whole package, a schema is only put together around a bare datasource.
            if is_wanted and (not names.declared or not self._is_package(folder)):
                files.update(others)

    def _taker_of_shared(self, folder: Path) -> Path | None:
        """Return which of several datasource files in a folder takes the files without one.

        It is the one that needs them most, by what it mentions and does not declare, or because
        it declares nothing at all; where that says nothing, it is `schema.prisma`.
        """
        if folder not in self._shared:
            shared = self._declared_in(self._without_nearer_owner(folder))
            candidates = self._datasources_in(folder)
            needs = {path: self._need(path, shared) for path in candidates}
            best = min(
                candidates,
                key=lambda path: (-needs[path], path.name != "schema.prisma", path.name),
            )
            is_clear = needs[best] > 0 or best.name == "schema.prisma"
            self._shared[folder] = best if is_clear else None
        return self._shared[folder]

    def _need(self, datasource: Path, offered: frozenset[str]) -> int:
        names = self._names([datasource])
        return len(names.missing & offered) if names.declared else len(offered)

    # --- Files that no datasource takes ----------------------------------------------------------

    def _strays_in(self, border: Path) -> Sequence[Group]:
        """Return the groups of the files in a package that no datasource takes.

        One folder of the package with everything below it is one group, and so is a package with
        such files at its top. Where that would bring two declarations of one name together, only
        files in folders that touch are, and what they mention unites them.
        """
        if border not in self._strays:
            strays = [path for path in self._package_files(border) if self._owner(path) is None]
            groups = self._by_top_folder(border, strays)
            parts = [
                part
                for group in groups
                for part in ([group] if self._is_free_of_clashes(group) else self._touching(group))
            ]
            united = self._united_by_names(parts)
            self._strays[border] = tuple(Group(frozenset(group)) for group in united)
        return self._strays[border]

    def _by_top_folder(self, border: Path, strays: Sequence[Path]) -> list[list[Path]]:
        if not self._is_package(border) or any(path.parent == border for path in strays):
            return [list(strays)] if strays else []
        groups: dict[str, list[Path]] = {}
        for path in strays:
            groups.setdefault(path.relative_to(border).parts[0], []).append(path)
        return list(groups.values())

    def _touching(self, files: Sequence[Path]) -> list[list[Path]]:
        """Return the files by the outermost folder above them that holds one of them itself."""
        folders = {path.parent for path in files}
        groups: dict[Path, list[Path]] = {}
        for path in files:
            outermost = [folder for folder in path.parents if folder in folders][-1]
            groups.setdefault(outermost, []).append(path)
        return list(groups.values())

    def _united_by_names(self, groups: Sequence[Sequence[Path]]) -> list[list[Path]]:
        """Return the groups with those made one of which one declares what the other lacks."""
        united: list[list[Path]] = []
        for group in groups:
            joined = list(group)
            apart: list[list[Path]] = []
            for other in united:
                if self._complete_each_other(joined, other):
                    joined += other
                else:
                    apart.append(other)
            united = [*apart, joined]
        return united if len(united) == len(groups) else self._united_by_names(united)

    def _complete_each_other(self, some: Sequence[Path], others: Sequence[Path]) -> bool:
        left, right = self._names(some), self._names(others)
        if left.declared & right.declared:
            return False
        return bool(left.missing & right.declared or right.missing & left.declared)

    def _is_free_of_clashes(self, files: Sequence[Path]) -> bool:
        seen: set[str] = set()
        for path in files:
            declared = self._declared(path)
            if not seen.isdisjoint(declared):
                return False
            seen |= declared
        return True

    # --- Looking at files and folders ------------------------------------------------------------

    def _names(self, files: Iterable[Path]) -> _Names:
        files = tuple(files)
        declared = self._declared_in(files)
        mentioned = frozenset[str]().union(*map(self.survey.mentioned, files))
        return _Names(declared, mentioned - declared)

    def _declared_in(self, files: Iterable[Path]) -> frozenset[str]:
        return frozenset[str]().union(*map(self._declared, files))

    def _declared(self, path: Path) -> frozenset[str]:
        return self.survey.outline(path).declared

    def _has_datasource(self, path: Path) -> bool:
        return self.survey.outline(path).has_datasource

    def _datasources_in(self, folder: Path) -> Sequence[Path]:
        if folder not in self._here:
            below = self._datasources_below(folder)
            self._here[folder] = tuple(path for path in below if path.parent == folder)
        return self._here[folder]

    def _datasources_below(self, folder: Path) -> Sequence[Path]:
        """Return the files with a datasource in a folder and below it in its package."""
        if folder not in self._below:
            files = self._package_files(folder)
            self._below[folder] = tuple(path for path in files if self._has_datasource(path))
        return self._below[folder]

    def _package_files(self, folder: Path) -> Sequence[Path]:
        """Return the schema files in a folder and below, without those of packages below it."""
        if folder not in self._packages:
            self._packages[folder] = tuple(
                path
                for path in self.survey.tree(folder)
                if not any(map(self._is_package, self._between(path.parent, folder)))
            )
        return self._packages[folder]

    def _between(self, inner: Path, outer: Path) -> Sequence[Path]:
        """Return `inner` and the folders above it that are below `outer`, the innermost first."""
        key = (inner, outer)
        if key not in self._steps:
            beyond = len(outer.parts)
            self._steps[key] = tuple(
                place for place in (inner, *inner.parents) if len(place.parts) > beyond
            )
        return self._steps[key]

    def _within_package(self, folder: Path) -> Iterator[Path]:
        """Yield a folder and those above it up to the end of the package or repository."""
        for place in self.survey.upward(folder):
            yield place
            if self._is_border(place):
                return

    def _border(self, folder: Path) -> Path:
        *_, last = self._within_package(folder)
        return last

    def _is_border(self, folder: Path) -> bool:
        return self._is_package(folder) or self.survey.is_left_out(folder)

    def _is_package(self, folder: Path) -> bool:
        return self.survey.folder(folder).is_package


@dataclass(frozen=True, slots=True)
class _Names:
    """What some files declare together, and what they mention without declaring it."""

    declared: frozenset[str]
    missing: frozenset[str]


def common_folder(files: Sequence[Path]) -> Path:
    """Return the innermost folder around all of some files, which must be at least one."""
    return Path(os.path.commonpath([path.parent for path in files]))
