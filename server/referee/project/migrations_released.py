"""Tells which migrations are not released yet, by asking git what differs from a base.

Without git, and on the default branch itself, the newest one is taken for it: a guess, which the
answer says. It runs `git` and nothing else, and changes nothing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from referee.text.decoding import ENCODING

_SECONDS = 20.0
# Where the default branch is looked for; the first is what the remote itself says.
_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_PULL_REQUEST_BASES = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")


class NoSuchBase(Exception):
    """Git knows nothing by the name that was given; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Unreleased:
    """The names of the migrations that are not released.

    `is_guess` tells that only their age says so; `base` is what was compared with, and `doubt`
    says why there is no better answer, as a sentence without its stop.
    """

    names: frozenset[str] = frozenset()
    is_guess: bool = False
    base: str | None = None
    doubt: str | None = None


def unreleased_migrations(
    folder: Path, names: Sequence[str], *, base: str | None = None
) -> Unreleased:
    """Return which of some migrations of a folder, in order, were added or changed since a base.

    Raises NoSuchBase where a base is given that git cannot compare with.
    """
    newest = frozenset(names[-1:])
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        if base is not None:
            raise NoSuchBase(f"there is no `{base}` to compare with: git knows no commit here.")
        return Unreleased(newest, True, doubt="This repository has no commit")
    if base is None:
        return _since_default_branch(folder, names, newest)
    commit = _merge_base(folder, base)
    if commit is None:
        raise NoSuchBase(
            f"git finds nothing that `{base}` and this work have in common; "
            f"is it fetched, with its history?"
        )
    return Unreleased(_changed(folder, commit, names), base=base)


def _since_default_branch(folder: Path, names: Sequence[str], newest: frozenset[str]) -> Unreleased:
    head = _git(folder, "rev-parse", "HEAD")
    seen = False
    for branch in _branches(folder):
        if _git(folder, "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}") is None:
            continue
        seen = True
        commit = _merge_base(folder, branch)
        if commit is None:
            continue
        if commit == head:
            # This is the default branch, or nothing was committed on top of it yet.
            here = _changed(folder, commit, names)
            if not _is_default_branch(folder, branch):
                return Unreleased(here, base=branch)
            return Unreleased(here | newest, True, base=branch)
        return Unreleased(_changed(folder, commit, names), base=branch)
    doubt = (
        "Git has too little history here to tell where this work left the default branch"
        if seen
        else "Git knows no default branch here"
    )
    return Unreleased(newest, True, doubt=doubt)


def _branches(folder: Path) -> list[str]:
    asked = [os.environ.get(name, "") for name in _PULL_REQUEST_BASES]
    found = [f"origin/{name}" for name in asked if name]
    return [*found, *_DEFAULT_BRANCHES]


def _is_default_branch(folder: Path, branch: str) -> bool:
    """Tell whether the branch that is worked on is the default one."""
    here = _git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    if branch == "origin/HEAD":
        branch = (
            _git(folder, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD") or ""
        )
    return here is None or here == branch.removeprefix("origin/")


def _merge_base(folder: Path, ref: str) -> str | None:
    if ref.startswith("-"):
        return None
    return _git(folder, "merge-base", ref, "HEAD")


def _changed(folder: Path, commit: str, names: Sequence[str]) -> frozenset[str]:
    """Return the migrations whose script differs from what a commit has, or is not in it."""
    listing = ("-z", "--", ".")
    differing = _git(
        folder, "diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", commit,
        *listing,
    )  # fmt: skip
    new = _git(folder, "ls-files", "--others", "--exclude-standard", *listing)
    known = frozenset(names)
    return frozenset(
        name
        for path in f"{differing or ''}\0{new or ''}".split("\0")
        if (name := path.partition("/")[0]) in known
    )


def _git(folder: Path, *words: str) -> str | None:
    """Return what git answers, without the line end; None where it fails or is not there."""
    try:
        answer = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if answer.returncode != 0:
        return None
    return answer.stdout.decode(ENCODING, "surrogateescape").rstrip("\n")
