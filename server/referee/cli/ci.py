"""`referee ci`: writes what runs Referee by itself, or says what of it is missing.

Nothing is written before it has been shown and agreed to; what is there keeps what else it holds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from referee.cli.errors import CLEAN, FOUND, UsageError
from referee.cli.parsing import Choice, HelpGiven, Parser, about_unknown, examples
from referee.cli.terminal import say, write_out
from referee.features.ci_files import (
    HUSKY_PATH,
    INSTALL_FROM,
    PACKAGE_PATH,
    PRE_COMMIT_PATH,
    WORKFLOW_PATH,
    NotUnderstood,
    Wanted,
    branch_in,
    husky_hook,
    install_from_in,
    is_address,
    package_with_scripts,
    pre_commit_config,
    taken_scripts,
    workflow,
)
from referee.rules.words import counted
from referee.text.decoding import ENCODING
from referee.text.edits import unified_difference

PARTS = ("scripts", "workflow", "hook")


def run_ci(words: Sequence[str]) -> int:
    """Write or compare what the words ask for, and return the exit code."""
    parser = _parser()
    try:
        found, unknown = parser.parse_known_args(words)
    except HelpGiven:
        return CLEAN
    if unknown:
        raise UsageError(about_unknown(unknown[0], parser))
    if found.check and found.yes:
        raise UsageError("--check writes nothing; leave out --yes.")
    if found.install_from is not None and not is_address(found.install_from):
        raise UsageError(
            "--install-from takes an address such as git+https://host/owner/name@tag, without a "
            "password: it is written into a file that others read."
        )
    folder = Path.cwd().resolve()
    target = (folder / found.path).resolve()
    if not target.exists():
        raise UsageError(f"there is no file or folder `{found.path}`.")
    place = _place(target, folder)
    wanted = _wanted(place, found.install_from, folder)
    parts = PARTS if found.only is None else (found.only,)
    files, refused, notes = _files(place, wanted, parts)
    for note in (*refused, *notes):
        say(f"referee: {note}")
    done = FOUND if refused else CLEAN
    differing = [file for file in files if file.before != file.after]
    if not differing:
        for file in files:
            say(f"{file.shown} is as it should be.")
        return done
    write_out("".join(_difference(file) for file in differing))
    if found.check:
        say(f"{counted(len(differing), 'file')} would be written; `referee ci` writes.")
        return FOUND
    if not found.yes and not _agrees(differing):
        say("Nothing is written; --yes writes without asking.")
        return FOUND
    for file in differing:
        _write(file)
        say(f"{file.shown} is written.")
    if wanted.install_from is None and any(
        file.shown.endswith(WORKFLOW_PATH) for file in differing
    ):
        say(
            f"Fill in REFEREE_FROM in {WORKFLOW_PATH}: what pip installs Referee from. "
            "--install-from does it for you."
        )
    return done


def _parser() -> Parser:
    parser = Parser(
        prog="referee ci",
        description="Writes what runs Referee by itself: scripts in package.json, a workflow of\n"
        "GitHub Actions, and a hook before commits. It shows what it would change, and\n"
        "asks. "
        "What is there keeps what else it holds, and how it is written.",
        epilog=examples(
            ("referee ci", "show what would be written, ask, and write it"),
            ("referee ci --yes", "write it without asking"),
            ("referee ci --check", "write nothing; exit code 1 if something would be written"),
            ("referee ci --only workflow", "one of scripts, workflow and hook"),
        )
        + "\n\nexit codes:\n"
        "  0  everything is as it should be, or has been written\n"
        "  1  something would be written, and was not, or a file there cannot be added to\n"
        "  2  the path is missing, the call was wrong, or a file cannot be read or written\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add: Any = parser.add_argument
    add(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="the project, or its schema (default: this folder)",
    )
    add("--check", action="store_true", default=False, help="compare only, and write nothing")
    add("--yes", action="store_true", default=False, help="write without asking")
    add("--only", action=Choice, valid=PARTS, default=None, help="one part alone")
    add(
        "--install-from",
        metavar="ADDRESS",
        help="what pip installs Referee from in the workflow, such as git+https://host/owner/name@tag",
    )
    return parser  # fmt: skip


# --- Where things are ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """The project: its folder, the root of the repository around it, and what was named."""

    project: Path
    repository: Path
    target: Path
    shown_from: Path


def _place(target: Path, folder: Path) -> _Place:
    from referee.project.borders import repository_root, upward

    start = target if target.is_dir() else target.parent
    repository = repository_root(start, working_folder=folder)
    project = next(
        (each for each in upward(start, repository) if (each / PACKAGE_PATH).is_file()), start
    )
    return _Place(project, repository, target, folder)


def _wanted(place: _Place, install_from: str | None, folder: Path) -> Wanted:
    """Return what the files are about: the schemas that are there, and how Referee is installed."""
    from referee.cli.configuring import Configurations
    from referee.engine.session import Session
    from referee.project.migrations import find_migrations
    from referee.project.reading import SourceText, read_source
    from referee.project.roots import find_schemas

    discovery = find_schemas([place.target], working_folder=folder)
    if not discovery.schemas:
        raise UsageError(
            f"there is no Prisma schema in `{_shown(place.target, folder)}`; name the project that "
            "has one, as in: referee ci path/to/project"
        )
    configurations = Configurations(folder)
    provider = None
    has_migrations = False
    for schema in discovery.schemas:
        session = Session()
        for path in schema.files:
            source = read_source(path)
            if isinstance(source, SourceText):
                session.put(path.as_posix(), source.text)
        provider = provider or session.snapshot().view.database.provider
        configured = configurations.of(schema.root).migrations.path
        found = find_migrations(schema, working_folder=folder, configured=configured)
        has_migrations = has_migrations or found.is_there
    # What somebody filled in stays, and a clone that knows less of its remote changes nothing.
    present = _read(place.repository / WORKFLOW_PATH) or ""
    return Wanted(
        provider=provider,
        has_migrations=has_migrations,
        default_branch=branch_in(present) or _default_branch(place.repository),
        install_from=install_from or install_from_in(present) or INSTALL_FROM or _own_address(),
    )


def _default_branch(repository: Path) -> str:
    """Return the default branch of a repository as its files say it; `main` where they do not."""
    for name, head in (
        ("refs/remotes/origin/HEAD", "refs/remotes/origin/"),
        ("HEAD", "refs/heads/"),
    ):
        try:
            text = (repository / ".git" / name).read_text(ENCODING).strip()
        except (OSError, UnicodeDecodeError):
            continue
        found = re.fullmatch(rf"ref: {head}(?P<branch>[\w./-]+)", text)
        if found is not None:
            return found["branch"]
    return "main"


def _own_address() -> str | None:
    """Return where pip installed this Referee from, if that is a repository; never a password.

    The form of `direct_url.json` is that of PEP 610.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        written = distribution("prisma-referee").read_text("direct_url.json")
        said = json.loads(written or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    source = said.get("vcs_info")
    address = said.get("url")
    if not isinstance(source, dict) or not isinstance(address, str):
        return None
    parts = urlsplit(address)
    if parts.username or not parts.hostname:
        return None
    revision = source.get("requested_revision") or source.get("commit_id")
    found = f"{source.get('vcs', 'git')}+{address}" + (f"@{revision}" if revision else "")
    return found if is_address(found) else None


# --- The files -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is and as it should be; `before` is None where there is none."""

    path: Path
    shown: str
    before: str | None
    after: str


def _files(
    place: _Place, wanted: Wanted, parts: Sequence[str]
) -> tuple[list[_File], list[str], list[str]]:
    """Return the files, and sentences: about what somebody has to put right, and what stays so."""
    files: list[_File] = []
    refused: list[str] = []
    for part in parts:
        try:
            files += _part(part, place, wanted)
        except NotUnderstood as reason:
            refused.append(str(reason))
    notes = list(_notes_on_scripts(place, wanted, files)) if "scripts" in parts else []
    return files, refused, notes


def _notes_on_scripts(place: _Place, wanted: Wanted, files: Sequence[_File]) -> Iterator[str]:
    """Yield why a script is not there, where that is the project's own choice."""
    from dataclasses import replace

    path = place.project / PACKAGE_PATH
    if not path.is_file():
        yield f"there is no {PACKAGE_PATH}, so there is no place for scripts."
    for file in files:
        if file.path == path and file.before is not None:
            in_project = replace(wanted, path=_path_from(place.project, place))
            yield from taken_scripts(file.before, in_project)


def _part(part: str, place: _Place, wanted: Wanted) -> Iterator[_File]:
    from dataclasses import replace

    in_project = replace(wanted, path=_path_from(place.project, place))
    in_repository = replace(wanted, path=_path_from(place.repository, place))
    if part == "scripts":
        path = place.project / PACKAGE_PATH
        before = _read(path)
        if before is not None:
            yield _file(path, before, package_with_scripts(before, in_project), place)
    elif part == "workflow":
        path = place.repository / WORKFLOW_PATH
        yield _file(path, _read(path), workflow(in_repository), place)
    elif (place.repository / HUSKY_PATH).parent.is_dir():
        path = place.repository / HUSKY_PATH
        before = _read(path)
        yield _file(path, before, husky_hook(before, in_repository), place)
    else:
        path = place.repository / PRE_COMMIT_PATH
        before = _read(path)
        yield _file(path, before, pre_commit_config(before, in_repository), place)


def _path_from(folder: Path, place: _Place) -> str:
    """Return what names the schemas for a command in a folder; `.` where it is that folder."""
    inside = place.target.is_relative_to(folder)
    return place.target.relative_to(folder).as_posix() if inside else "."


def _file(path: Path, before: str | None, after: str, place: _Place) -> _File:
    return _File(path, _shown(path, place.shown_from), before, after)


def _read(path: Path) -> str | None:
    """Return the text of a file with its line ends; None if there is none."""
    try:
        return path.read_bytes().decode(ENCODING)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as failure:
        from referee.cli.writing import reason_of

        raise UsageError(f"`{path}` cannot be read: {reason_of(failure)}.") from failure


def _difference(file: _File) -> str:
    return unified_difference(file.before or "", file.after, file.shown.lstrip("/"))


def _agrees(files: Sequence[_File]) -> bool:
    """Ask whether to write; who is not at a terminal cannot agree."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(f"Write {counted(len(files), 'file')}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _write(file: _File) -> None:
    from referee.cli.writing import NotWritten, reason_of, replace_text, write_whole

    try:
        if file.before is not None:
            replace_text(
                file.path, file.before.removeprefix("\ufeff"), file.after.removeprefix("\ufeff")
            )
            return
        file.path.parent.mkdir(parents=True, exist_ok=True)
        is_script = file.path.name == "pre-commit"
        write_whole(file.path, file.after, mode=0o755 if is_script else None)
    except NotWritten as reason:
        raise UsageError(str(reason)) from reason
    except OSError as failure:
        raise UsageError(f"`{file.shown}` cannot be written: {reason_of(failure)}.") from failure


def _shown(path: Path, folder: Path) -> str:
    from referee.cli.judging import shown_path

    return shown_path(path, folder)
