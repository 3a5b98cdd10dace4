"""What git ignores and what the configuration excludes, by patterns as in `.gitignore`.

It deliberately knows no folder tree: whoever walks one asks about each entry in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from referee.project.borders import REPOSITORY_MARK
from referee.project.reading import SourceText, read_source

GIT_IGNORE_NAME = ".gitignore"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one file or setting, relative to the folder `base`."""

    base: Path
    spec: GitIgnoreSpec


def patterns(base: Path, lines: Iterable[str]) -> Patterns:
    """Return the patterns in `lines`; a line that is no pattern counts for nothing."""
    usable: list[str] = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        usable.append(line)
    return Patterns(base, GitIgnoreSpec.from_lines(usable))


def patterns_of_repository(root: Path) -> tuple[Patterns, ...]:
    """Return the patterns of `.git/info/exclude`, if `root` is a repository that has them."""
    git_folder = _git_folder(root / REPOSITORY_MARK)
    return () if git_folder is None else _read(git_folder / "info" / "exclude", root)


def patterns_of_folder(folder: Path) -> tuple[Patterns, ...]:
    """Return the patterns of the `.gitignore` of one folder, if it has any."""
    return _read(folder / GIT_IGNORE_NAME, folder)


def is_matched(path: Path, *, is_folder: bool, by: Sequence[Patterns]) -> bool:
    """Tell whether the last pattern that speaks of `path` ignores it.

    `by` goes from the outermost folder to the innermost, as git reads its files. A pattern that
    matches the folder around `path` says nothing about `path` itself: whoever got as far as into
    an ignored folder was sent there by name.
    """
    for each in reversed(by):
        verdict = _verdict(path, is_folder, each)
        if verdict is not None:
            return verdict
    return False


def _verdict(path: Path, is_folder: bool, by: Patterns) -> bool | None:
    try:
        relative = path.relative_to(by.base).as_posix()
    except ValueError:
        return None
    found = by.spec.check_file(f"{relative}/" if is_folder else relative)
    if found.include and "/" in relative:
        around = by.spec.check_file(relative.rpartition("/")[0] + "/")
        if around.include and around.index == found.index:
            return None
    return found.include


def _read(path: Path, base: Path) -> tuple[Patterns, ...]:
    source = read_source(path) if path.is_file() else None
    if not isinstance(source, SourceText):
        return ()
    return (patterns(base, source.text.splitlines()),)


def _git_folder(mark: Path) -> Path | None:
    """Return the folder with git's own files; in a worktree the mark is a file that leads there."""
    if mark.is_dir():
        return mark
    source = read_source(mark) if mark.is_file() else None
    if not isinstance(source, SourceText) or not source.text.startswith("gitdir:"):
        return None
    folder = mark.parent / source.text.removeprefix("gitdir:").strip()
    shared = read_source(folder / "commondir")
    return folder / shared.text.strip() if isinstance(shared, SourceText) else folder
