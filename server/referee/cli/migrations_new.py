"""`referee migrations new`: writes a migration from what differs between migrations and schema."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from referee.cli.errors import CLEAN, UsageError
from referee.cli.parsing import add_command, examples

if TYPE_CHECKING:
    from pathlib import Path

    from referee.migrations.writing import NewMigration


def add_words(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "new",
        "write the migration that brings the migrations up to the schema",
        "Writes <time>_<name>/migration.sql, as Prisma Migrate would, from what the schema says "
        "and no migration makes, and migration_lock.toml where there is none. It needs no "
        "database, and overwrites nothing. Warnings in the file say what may be lost.",
        examples(
            ("referee migrations new init", "the first migration of a project"),
            ("referee migrations new add_tags packages/db", "of the schema in a folder"),
            ("referee migrations new add_tags --dry-run", "show the script, write nothing"),
        )
        + "\n\nexit codes:\n"
        "  0  it is written, or there is nothing to write\n"
        "  2  it cannot be written\n",
    )
    parser.add_argument("name", metavar="NAME", help="what the migration does, as in add_tags")
    parser.add_argument(
        "path", nargs="?", default=None, metavar="PATH",
        help="the schema, or a folder to find it in (default: this folder)",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", default=False, help="show the script, write nothing"
    )


def run(words: argparse.Namespace) -> int:
    """Write the migration that the words ask for, and return the exit code."""
    from datetime import datetime, timezone

    from referee.cli.migrations_project import read_project, refuse_other_layouts
    from referee.cli.terminal import say, write_out
    from referee.migrations.writing import (
        WRITABLE,
        new_migration,
        sentences_left_out,
        slug_of,
    )
    from referee.rules.words import counted
    from referee.schema.providers import PROVIDER_TITLES

    if not slug_of(words.name):
        raise UsageError(f"`{words.name}` has no letter and no digit for a name.")
    project = read_project("new", words.path)
    refuse_other_layouts(project)
    if project.provider not in WRITABLE:
        title = PROVIDER_TITLES[project.provider]
        raise UsageError(f"migrations for {title} cannot be written.")
    if project.unreadable is not None:
        raise UsageError(f"nothing is written, because {project.unreadable}.")
    if project.meant is None:
        raise UsageError("the schema names no database, so there is nothing to write.")
    for each in project.evidence.migrations:
        if each.replayed.problems or each.script.mistakes:
            number = len(each.replayed.problems) + len(each.script.mistakes)
            say(
                f"referee: `{each.migration.name}` has {counted(number, 'statement')} that cannot "
                "run; what it makes is a guess. See: referee migrations check"
            )
    options = project.loaded.options
    found = new_migration(
        project.loaded.history,
        project.evidence.made,
        project.meant,
        name=words.name,
        now=datetime.now(timezone.utc),
        external=options.external,
        join_table_form=options.join_table_form,
    )
    if found is None:
        left_out = tuple(sentences_left_out(project.evidence.changes or (), project.evidence.made))
        for sentence in left_out:
            say(f"warning: {sentence}")
        rest = " otherwise" if left_out else ""
        say(f"There is nothing to write: the migrations{rest} make what the schema says.")
        return CLEAN
    if words.dry_run:
        write_out(found.script.text)
        return CLEAN
    place = project.loaded.place.path
    for path in _write(found, place):
        write_out(f"{project.shown(path)}\n")
    for warning in found.script.warnings:
        say(f"warning: {warning}")
    return CLEAN


def _write(found: NewMigration, place: Path) -> list[Path]:
    """Write the files, none of which may be there; raises UsageError where one cannot be.

    Then nothing is left: Prisma refuses a folder of migrations in which a script is missing.
    """
    from referee.cli.writing import NotWritten, remove_unfinished, write_new_together
    from referee.migrations.history import is_unfinished

    remove_unfinished(place, is_unfinished)
    try:
        return write_new_together(place, found.files)
    except NotWritten as failure:
        raise UsageError(str(failure)) from failure
