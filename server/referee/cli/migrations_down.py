"""`referee migrations down`: writes the script that takes a migration back, once it was tried."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from referee.cli.errors import CLEAN, FOUND, UsageError
from referee.cli.parsing import add_command, examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from referee.cli.migrations_project import MigrationsProject
    from referee.migrations.verification import Down


def add_words(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "down",
        "write the script that takes a migration back, and try it",
        "Writes down.sql beside migration.sql. Before that, the migration is applied to a "
        "throwaway database, taken back and applied again: the database has to be exactly what it "
        "was, and what it is now. The script is never run on a database of yours. Warnings in it "
        "say which rows it cannot bring back.",
        examples(
            ("referee migrations down", "of the newest migration"),
            ("referee migrations down add_tags", "of another one"),
            ("referee migrations down add_tags packages/db", "of the schema in a folder"),
            ("referee migrations down --dry-run", "show the script, write nothing"),
        )
        + "\n\nexit codes:\n"
        "  0  it is written\n"
        "  1  it was tried and does not lead back, so it is not written\n"
        "  2  it cannot be written\n",
    )
    parser.add_argument(
        "name", nargs="?", default=None, metavar="NAME",
        help="the folder of the migration, or what is behind the time (default: the newest)",
    )  # fmt: skip
    parser.add_argument(
        "path", nargs="?", default=None, metavar="PATH",
        help="the schema, or a folder to find it in (default: this folder)",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", default=False, help="show the script, write nothing"
    )


def run(words: argparse.Namespace) -> int:
    """Write the script that the words ask for, and return the exit code."""
    from referee.cli.migrations_project import read_project, refuse_other_layouts
    from referee.cli.migrations_verify import named_migration
    from referee.cli.terminal import say, write_out
    from referee.migrations.reverse import FILE
    from referee.migrations.writing import WRITABLE
    from referee.schema.providers import PROVIDER_TITLES

    name, path = words.name, words.path
    if path is None and name is not None and _is_place_of_schema(name):
        name, path = None, name
    project = read_project("down", path)
    refuse_other_layouts(project)
    names = [migration.name for migration in project.loaded.history.migrations]
    if not names:
        place = project.shown(project.loaded.place.path)
        raise UsageError(f"there are no migrations in {place}, so there is no way back to write.")
    if project.provider not in WRITABLE:
        title = PROVIDER_TITLES[project.provider]
        raise UsageError(f"no way back can be written for {title}.")
    name = names[-1] if name is None else named_migration(name, names)
    path = project.loaded.place.path / name / FILE
    if path.exists() and not words.dry_run:
        raise UsageError(f"{project.shown(path)} is there already, and is not overwritten.")
    down, why_not_tried = _tried(project, name)
    if down.result == "failed":
        if words.dry_run:
            write_out(down.script)
        _tell_failure(name, down)
        return FOUND
    if words.dry_run:
        write_out(down.script)
    else:
        _write(path, down.script)
        write_out(f"{project.shown(path)}\n")
    for sentence in (*down.losses, *down.warnings, *down.gaps):
        say(f"warning: {sentence}")
    if why_not_tried is not None:
        say(f"referee: it was not tried: {why_not_tried}")
    if not words.dry_run:
        for line in _next_steps(project, name, path):
            say(line)
    return CLEAN


def _next_steps(project: MigrationsProject, name: str, path: Path) -> Iterator[str]:
    """Yield how the script is used, which is for a person to decide.

    Prisma takes no row of an applied migration back: `migrate resolve --rolled-back` is for failed
    ones (P3012).
    """
    from shlex import quote

    from referee.ddl.quoting import quote_name
    from referee.migrations.difference import HISTORY_TABLE
    from referee.project.migrations_version import has_address_in_config, prisma_major

    major = prisma_major(project.schema.root, working_folder=project.folder)
    schema = ""
    if major is not None and not has_address_in_config(major):
        schema = f" --schema {quote(project.shown(project.schema.place))}"
    table, text = quote_name(project.provider, HISTORY_TABLE), name.replace("'", "''")
    yield f"next: npx prisma db execute{schema} --file {quote(project.shown(path))}"
    yield "then, where the migration was applied, take its row out of the database:"
    yield f"      DELETE FROM {table} WHERE migration_name = '{text}';"
    yield "  or, where it failed half-way, say that it is rolled back:"
    yield f"      npx prisma migrate resolve --rolled-back {quote(name)}"


def _tried(project: MigrationsProject, name: str) -> tuple[Down, str | None]:
    """Return the way back, tried where a throwaway database is to be had."""
    from referee.cli.database_failures import told_failures
    from referee.cli.migrations_verify import throwaway_dialect
    from referee.cli.progress import Bar
    from referee.features.report.verification_report import words_of
    from referee.migrations.database.binaries import NoServer
    from referee.migrations.database.processes import ServerDidNotStart
    from referee.migrations.database.throwaway import throwaway_server
    from referee.migrations.database.verify import verify
    from referee.migrations.database.verify_run import Plan

    evidence = project.evidence
    count = next(n for n, e in enumerate(evidence.migrations) if e.migration.name == name) + 1
    if project.provider == "cockroachdb":
        return _untried(project, name), "CockroachDB has no throwaway server."
    plan = Plan(
        _first(project, count),
        None,
        frozenset([name]),
        namespace=project.loaded.options.namespace,
        goes_down_only=True,
    )
    bar = Bar()
    try:
        with told_failures(), throwaway_server(throwaway_dialect(project)) as server:
            found = verify(plan, server, bar.show).verification
    except (NoServer, ServerDidNotStart) as failure:
        return _untried(project, name), str(failure)
    finally:
        bar.clear()
    failure_before = found.empty.failure
    down = found.migrations[-1].down
    if down is not None:
        return down, None
    if failure_before is not None and failure_before.is_of_server:
        return _untried(project, name), failure_before.advice
    where = "to an empty database"
    if failure_before is None:
        apart = (each.apart.failure for each in found.migrations)
        failure_before = next(each for each in apart if each is not None)
        where = "where an earlier deploy applied the migrations before it"
    at = f" at line {failure_before.line}" if failure_before.line is not None else ""
    raise UsageError(
        f"`{failure_before.migration}` does not apply {where} ({words_of(failure_before)}{at}), so "
        "no way back can be tried; see: referee migrations verify"
    )


def _is_place_of_schema(word: str) -> bool:
    """Tell whether somebody left the name out and means a schema, or a folder of one."""
    from pathlib import Path

    path = Path(word)
    is_path = path.suffix == ".prisma" or "/" in word or "\\" in word or word in (".", "..")
    return is_path and path.exists() and not (path / "migration.sql").is_file()


def _first(project: MigrationsProject, count: int) -> Any:
    """Return what is known of the first migrations alone."""
    from dataclasses import replace

    evidence = project.evidence
    history = replace(evidence.history, migrations=evidence.history.migrations[:count])
    return replace(evidence, history=history, migrations=evidence.migrations[:count])


def _untried(project: MigrationsProject, name: str) -> Down:
    from referee.migrations.reverse import reverse_of
    from referee.migrations.routines import routines_before
    from referee.migrations.verification import Down

    evidence = project.evidence
    each = next(each for each in evidence.migrations if each.migration.name == name)
    reverse = reverse_of(
        each,
        search_path=project.loaded.options.namespace,
        routines=routines_before(evidence, name),
    )
    result = reverse.text(name)
    return Down("exact", result, reverse.losses, reverse.warnings, reverse.gaps)


def _tell_failure(name: str, down: Down) -> None:
    from referee.cli.terminal import say
    from referee.features.report.verification_report import words_of

    say(f"referee: the way back from `{name}` was tried and does not arrive; nothing is written.")
    if down.failure is not None:
        say(f"  {words_of(down.failure)}")
        if down.failure.statement:
            say(f"  > {down.failure.statement}")
    for sentence in (*down.differences, *down.gaps):
        say(f"  {sentence}")


def _write(path: Path, text: str) -> None:
    from referee.cli.writing import NotWritten, write_new

    try:
        write_new(path, text)
    except NotWritten as failure:
        raise UsageError(str(failure)) from failure
