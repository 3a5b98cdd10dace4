"""What git ignores and what the configuration excludes, by patterns as in `.gitignore`.

It deliberately knows no folder tree: whoever walks one asks about each entry in turn.
"""

from __future__ import annotations

import os.path
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from referee.project.borders import REPOSITORY_MARK
from referee.project.reading import SourceText, read_source

if TYPE_CHECKING:
    from pathspec import Pattern as PathPattern

GIT_IGNORE_NAME = ".gitignore"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of such a file: whether it ignores or excepts, and what it can match."""

    ignores: bool
    only_folders: bool
    has_path: bool
    is_deep: bool
    is_inside: bool
    matches: Callable[[str], object]
    matches_name: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one file or setting, relative to the folder `base`, in their order."""

    base: Path
    lines: tuple[Pattern, ...]


def patterns(base: Path, lines: Iterable[str]) -> Patterns:
    """Return the patterns in `lines`; a line that is no pattern counts for nothing."""
    found = (_pattern(line) for line in lines)
    return Patterns(base, tuple(pattern for pattern in found if pattern is not None))


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
    ignores the folder around `path` says nothing about `path` itself: whoever got as far as into
    an ignored folder was sent there by name.
    """
    for each in reversed(by):
        try:
            relative = path.relative_to(each.base).as_posix()
        except ValueError:
            continue
        around = relative.rpartition("/")[0]
        for pattern in reversed(each.lines):
            if _speaks_of(pattern, relative, is_folder):
                is_around_too = bool(around) and pattern.matches(f"{around}/")
                if not is_around_too or not is_matched(path.parent, is_folder=True, by=by):
                    return pattern.ignores
    return False


def _pattern(line: str) -> Pattern | None:
    made = _compiled(line)
    if made is None or not line.strip("!/ "):
        return None
    # `**/a` says the same as `a`, which is about names.
    written = line.rstrip().removeprefix("!").removeprefix("**/")
    last = _compiled("/" + written.rstrip("/").rpartition("/")[2])
    if last is None:
        return None
    return Pattern(
        ignores=made.include is True,
        only_folders=written.endswith("/"),
        has_path="/" in written[:-1],
        is_deep="**" in written,
        is_inside=written.rstrip("/").endswith("/**"),
        matches=made.match_file,
        matches_name=last.match_file,
    )


def _compiled(line: str) -> PathPattern | None:
    # Loading it takes longer than to read a small schema, and not every folder has patterns.
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # Python warns of brackets in brackets, which git means as they are written.
            warnings.simplefilter("ignore", FutureWarning)
            made = GitIgnoreSpec.from_lines([line]).patterns
    except (ValueError, re.error):
        return None
    return made[0] if made and made[0].include is not None else None


def _speaks_of(pattern: Pattern, relative: str, is_folder: bool) -> bool:
    """Tell whether a pattern matches a path itself, and not just a folder around it.

    The library does not tell these apart, for whom a folder includes all that is in it.
    """
    if relative == "." or (pattern.only_folders and not is_folder):
        return False
    around, _, name = relative.rpartition("/")
    # Without a slash inside, a pattern is about names, wherever they are. Otherwise it is about
    # paths of one length, so that what matches the folder cannot match what is in the folder.
    subject = relative if pattern.has_path else name
    if pattern.has_path and not pattern.is_deep and around and pattern.matches(f"{around}/"):
        return False
    if not pattern.matches_name(name):
        return False
    # What `a/**` matches is inside `a`; the library takes `a/` for that as well.
    ends_in_slash = is_folder and not pattern.is_inside
    return bool(pattern.matches(f"{subject}/" if ends_in_slash else subject))


def _read(path: Path, base: Path) -> tuple[Patterns, ...]:
    source = read_source(path) if os.path.isfile(path) else None
    if not isinstance(source, SourceText):
        return ()
    return (patterns(base, source.text.splitlines()),)


def _git_folder(mark: Path) -> Path | None:
    """Return the folder with git's own files; in a worktree the mark is a file that leads there."""
    if os.path.isdir(mark):
        return mark
    source = read_source(mark) if os.path.isfile(mark) else None
    if not isinstance(source, SourceText) or not source.text.startswith("gitdir:"):
        return None
    folder = mark.parent / source.text.removeprefix("gitdir:").strip()
    shared = read_source(folder / "commondir")
    return folder / shared.text.strip() if isinstance(shared, SourceText) else folder
