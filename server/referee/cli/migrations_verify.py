"""`referee migrations verify`: applies migrations to throwaway databases and says what happens."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from referee.cli.errors import CLEAN, FAILED, FOUND, UsageError
from referee.cli.parsing import add_command, add_reporting, examples

if TYPE_CHECKING:
    from pathlib import Path

    from referee.cli.migrations_project import MigrationsProject
    from referee.cli.progress import Bar
    from referee.features.diagnostics import Diagnostic
    from referee.features.report.verification_report import VerificationReport
    from referee.migrations.database.throwaway import ThrowawayServer
    from referee.migrations.database.verify_run import OwnRows, Plan
    from referee.migrations.difference import Change
    from referee.migrations.verification import Verification
    from referee.project.roots import SchemaFiles

FORMATS = ("text", "json", "junit", "github", "sarif")
URL_VARIABLE = "REFEREE_DATABASE_URL"


def add_words(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "verify",
        "apply migrations to a throwaway database, with and without rows, down and up",
        "Applies every migration to an empty database of its own, compares the result with the "
        "schema, rehearses migrations that are not released on a database that holds rows, takes "
        "them back and applies them again. SQLite comes with Python, PostgreSQL with the extra "
        "`postgres` or from PATH, MariaDB and MySQL from PATH; another server is named with "
        "--scratch-url. What was not run is listed with its reason.",
        examples(
            ("referee migrations verify", "the project in this folder"),
            ("referee migrations verify --all", "rehearse every migration, not the new ones alone"),
            ("referee migrations verify --rows seed.sql --before 20260101000000_x", "own rows"),
            ("referee migrations verify --format junit --output verify.xml", "for a CI server"),
        )
        + "\n\nexit codes:\n"
        "  0  nothing was found\n"
        "  1  something was found\n"
        "  2  nothing could be run, or the call was wrong\n",
    )
    parser.add_argument(
        "path", nargs="?", default=None, metavar="PATH",
        help="the schema, or a folder to find it in (default: this folder); of several in a "
        "folder each that has migrations, as text",
    )  # fmt: skip
    chosen = parser.add_argument_group("which migrations are rehearsed")
    chosen.add_argument(
        "--base", metavar="REF",
        help="those added or changed since this branch, tag or commit (default: the default "
        "branch; without git, the newest one)",
    )  # fmt: skip
    chosen.add_argument(
        "--all", dest="chooses_all", action="store_true", default=False, help="all of them"
    )
    chosen.add_argument(
        "--rows", metavar="FILE",
        help="a script of SQL with your own rows, instead of those that are made up",
    )  # fmt: skip
    chosen.add_argument(
        "--before", metavar="MIGRATION",
        help="the migration before which --rows runs (default: the first one not released)",
    )  # fmt: skip
    where = parser.add_argument_group("on which server")
    where.add_argument(
        "--scratch-url", metavar="URL", help="an empty database to use; everything in it is dropped"
    )
    where.add_argument(
        "--create-scratch", action="store_true", default=False,
        help="make databases beside the one of --url; a script that reaches beyond its own "
        "database is not run",
    )  # fmt: skip
    where.add_argument(
        "--url", metavar="URL", help=f"a database on the server to use (default: {URL_VARIABLE})"
    )
    add_reporting(parser, FORMATS)


def run(words: argparse.Namespace) -> int:
    """Verify what the words ask for, report it, and return the exit code."""
    from referee.cli.migrations_project import schemas_with_migrations

    _refuse_contradictions(words)
    schemas = schemas_with_migrations(words.path)
    if len(schemas) > 1 and _is_about_any(words):
        return _run_each(words, schemas)
    found = _run_one(words)
    _write(_written(found.report, found.project, words), words, found.project.folder)
    return exit_code(found.report.verification)


@dataclass(frozen=True, slots=True)
class _Told:
    report: VerificationReport
    project: MigrationsProject


def _is_about_any(words: argparse.Namespace) -> bool:
    """Tell whether a call makes sense for several projects; a report in JSON is about one."""
    names_one = (words.rows, words.scratch_url, words.url)
    return words.format == "text" and not words.create_scratch and not any(names_one)


def _run_each(words: argparse.Namespace, schemas: tuple[SchemaFiles, ...]) -> int:
    """Verify several projects one after the other; one that cannot be verified says why."""
    from pathlib import Path

    from referee.cli.judging import shown_path

    folder = Path.cwd().resolve()
    texts: list[str] = []
    codes: set[int] = set()
    for schema in schemas:
        try:
            found = _run_one(words, schema)
        except UsageError as failure:
            texts.append(f"Schema      {shown_path(schema.place, folder)}\n\nNot run: {failure}\n")
            codes.add(FAILED)
        else:
            texts.append(_written(found.report, found.project, words))
            codes.add(exit_code(found.report.verification))
    _write("\n\n".join(texts), words, folder)
    return next(code for code in (FOUND, FAILED, CLEAN) if code in codes)


def _run_one(words: argparse.Namespace, schema: SchemaFiles | None = None) -> _Told:
    from referee.cli.migrations_project import read_project, refuse_other_layouts
    from referee.cli.progress import Bar

    bar = Bar()
    bar.show("reading the schema and its migrations")
    try:
        project = read_project(
            "verify",
            words.path,
            base=words.base,
            chooses_all=words.chooses_all,
            schema=schema,
            tell=bar.show,
        )
    finally:
        bar.clear()
    refuse_other_layouts(project)
    if not project.loaded.history.migrations:
        place = project.shown(project.loaded.place.path)
        path = "" if words.path is None else f" {words.path}"
        raise UsageError(
            f"there are no migrations in {place}; the first one is written by: "
            f"referee migrations new init{path}"
        )
    plan = _plan(words, project)
    return _Told(_report(_verified(words, project, plan, bar), project), project)


def exit_code(verification: Verification) -> int:
    """Return the exit code: a run that could not be finished and found nothing is none."""
    if verification.was_run and verification.has_findings:
        return FOUND
    if not verification.was_run or verification.empty.is_ok is None:
        return FAILED
    return CLEAN


def _refuse_contradictions(words: argparse.Namespace) -> None:
    if words.url is not None and not words.create_scratch:
        raise UsageError(
            "verify applies nothing to the database of --url; name an empty one with "
            "--scratch-url, or let databases be made beside it with --create-scratch."
        )
    if words.scratch_url is not None and words.create_scratch:
        raise UsageError("--scratch-url names a database, and --create-scratch makes one: choose.")
    if words.before is not None and words.rows is None:
        raise UsageError("--before says where --rows runs, which is missing.")


# ---- the plan ----


def _plan(words: argparse.Namespace, project: MigrationsProject) -> Plan:
    from referee.cli.migrations_project import own_downs
    from referee.migrations.database.verify_run import Plan

    options = project.loaded.options
    return Plan(
        project.evidence,
        project.meant if project.unreadable is None else None,
        project.loaded.unreleased.names,
        options.external,
        options.join_table_form,
        options.namespace,
        _own_rows(words, project),
        own_downs(project.loaded),
    )


def _own_rows(words: argparse.Namespace, project: MigrationsProject) -> OwnRows | None:
    from referee.cli.writing import reason_of
    from referee.migrations.database.verify_run import OwnRows
    from referee.text.decoding import ENCODING

    if words.rows is None:
        return None
    try:
        script = (project.folder / words.rows).read_bytes().decode(ENCODING)
    except (OSError, UnicodeDecodeError) as failure:
        raise UsageError(f"`{words.rows}` cannot be read: {reason_of(failure)}.") from failure
    names = [migration.name for migration in project.loaded.history.migrations]
    if words.before is not None:
        return OwnRows(script, named_migration(words.before, names))
    unreleased = [name for name in names if name in project.loaded.unreleased.names]
    return OwnRows(script, unreleased[0] if unreleased else names[-1])


def named_migration(word: str, names: list[str]) -> str:
    """Return the migration that somebody means: by its folder, or by what is behind the time."""
    from pathlib import PurePath

    from referee.cli.errors import did_you_mean

    wanted = PurePath(word).name
    if wanted in names:
        return wanted
    behind = [name for name in names if name.partition("_")[2] == wanted]
    found = behind or [name for name in names if name.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"`{word}` may be {' or '.join(f'`{name}`' for name in found[:4])}.")
    otherwise = f"; the newest one is `{names[-1]}`." if names else "."
    known = {each: name for name in names for each in (name, name.partition("_")[2])}
    near = did_you_mean(wanted, known.keys(), otherwise)
    raise UsageError(f"there is no migration `{word}`{near}")


# ---- running ----


def _verified(
    words: argparse.Namespace, project: MigrationsProject, plan: Plan, bar: Bar
) -> tuple[Verification, tuple[Change, ...] | None]:
    from referee.cli.database_failures import told_failures
    from referee.migrations.database.binaries import NoServer
    from referee.migrations.database.confinement import LeavesDatabase
    from referee.migrations.database.processes import ServerDidNotStart
    from referee.migrations.database.verify import verify
    from referee.migrations.database.verify_run import OwnRowsRefused
    from referee.migrations.database.verify_scratch import NotEmpty

    why = _why_not(words, project)
    if why is not None:
        return _only_read(project, plan, why)
    bar.show("starting a database")
    try:
        with told_failures(), _server(words, project) as server:
            found = verify(plan, server, bar.show)
    except (NoServer, ServerDidNotStart, LeavesDatabase) as failure:
        return _only_read(project, plan, str(failure))
    except (OwnRowsRefused, NotEmpty) as failure:
        raise UsageError(str(failure)) from failure
    finally:
        bar.clear()
    return found.verification, found.changes


def _why_not(words: argparse.Namespace, project: MigrationsProject) -> str | None:
    """Return why no database can be asked, as a sentence."""
    from referee.schema.providers import PROVIDER_TITLES

    if project.provider == "sqlserver":
        return "Scripts for SQL Server are not run; referee migrations check reads them."
    if project.provider == "cockroachdb" and not _has_address(words):
        title = PROVIDER_TITLES[project.provider]
        return f"{title} has no throwaway server: it needs a URL (--scratch-url)."
    return None


def _has_address(words: argparse.Namespace) -> bool:
    return words.scratch_url is not None or words.create_scratch


def _server(
    words: argparse.Namespace, project: MigrationsProject
) -> AbstractContextManager[ThrowawayServer]:
    from referee.migrations.database.throwaway import throwaway_server
    from referee.migrations.database.urls import BadUrl, parse_url
    from referee.migrations.database.verify_scratch import scratch_server
    from referee.schema.providers import PROVIDER_TITLES

    dialect = throwaway_dialect(project)
    if not _has_address(words):
        return throwaway_server(dialect)
    if dialect == "sqlite":
        raise UsageError("SQLite needs no scratch database: its own are files in a folder.")
    url = words.scratch_url or words.url or os.environ.get(URL_VARIABLE, "").strip()
    if not url:
        raise UsageError(
            f"--create-scratch makes databases beside the one of --url or {URL_VARIABLE}, and "
            "neither is there."
        )
    try:
        address = parse_url(url)
    except BadUrl as failure:
        raise UsageError(f"the address of the database is of no use: {failure}.") from failure
    if address.dialect != dialect:
        title, other = PROVIDER_TITLES[project.provider], PROVIDER_TITLES[address.dialect]
        raise UsageError(f"the migrations are for {title}, and the address is one of {other}.")
    return scratch_server(address, beside=words.create_scratch)


def throwaway_dialect(project: MigrationsProject) -> Any:
    """Return whose SQL the migrations are written in."""
    return "postgresql" if project.provider == "cockroachdb" else project.provider


def _only_read(
    project: MigrationsProject, plan: Plan, why: str
) -> tuple[Verification, tuple[Change, ...] | None]:
    """Return what can be said without a database: the scripts are read and replayed."""
    from referee.migrations.verification import Omission, Verification, VerifiedMigration

    why = why[:1].upper() + why[1:].rstrip(".") + "."
    migrations = tuple(
        VerifiedMigration(each.name, each.path, each.name in plan.chosen)
        for each in project.loaded.history.migrations
    )
    found = Verification(
        migrations=migrations,
        not_run=(
            Omission("applying the migrations to an empty database", why),
            Omission("the rehearsal on rows", why),
            Omission("the comparison with the schema on a database", why),
            Omission("the way down and up again", why),
        ),
    )
    return found, project.evidence.changes


# ---- the report ----


def _report(
    found: tuple[Verification, tuple[Change, ...] | None], project: MigrationsProject
) -> VerificationReport:
    from referee.features.report.verification_report import VerificationReport
    from referee.features.verification_differences import (
        difference_diagnostics,
        with_differences,
    )

    verification, changes = found
    differences: tuple[Diagnostic, ...] = ()
    if project.unreadable is None:
        differences = difference_diagnostics(
            project.evidence,
            changes,
            project.snapshot,
            project.loaded.options,
            lambda path: _shown_path(path, project),
        )
    shown = tuple(
        replace(each, path=_shown_path(each.path, project)) for each in verification.migrations
    )
    verification = with_differences(replace(verification, migrations=shown), differences)
    remarks: list[str] = []
    if project.loaded.place.doubt is not None:
        remarks.append(project.loaded.place.doubt)
    unreleased = project.loaded.unreleased
    if unreleased.is_guess:
        doubt = f"{unreleased.doubt.rstrip('.')}. " if unreleased.doubt else ""
        remarks.append(
            f"{doubt}The newest migration counts as not released; --all or --base REF change that."
        )
    if project.unreadable is not None:
        remarks.append(f"The schema was not compared: {project.unreadable}.")
    return VerificationReport(
        verification,
        project.shown(project.schema.place),
        project.shown(project.loaded.place.path),
        project.provider,
        differences,
        tuple(remarks),
    )


def _shown_path(path: str, project: MigrationsProject) -> str:
    from pathlib import Path

    return project.shown(Path(path))


def _written(
    report: VerificationReport, project: MigrationsProject, words: argparse.Namespace
) -> str:
    """Return the report in the format that is asked for."""
    if words.format == "json":
        import json

        from referee.migrations.verification import verification_as_json

        value = verification_as_json(report.verification)
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if words.format == "junit":
        from referee.features.report.verification_as_junit import verification_as_junit

        return verification_as_junit(report)
    if words.format in ("github", "sarif"):
        from referee.features.report.verification_report import as_report

        files = tuple(project.shown(path) for path in project.schema.files)
        told = as_report(report, files)
        if words.format == "github":
            from referee.features.report.as_github import report_as_github

            return report_as_github(told)
        from referee.features.report.as_sarif import report_as_sarif

        return report_as_sarif(told, project.folder.as_posix())
    from referee.cli.terminal import allow_colours, wants_colours, width_to_wrap
    from referee.features.report.paint import Look
    from referee.features.report.verification_as_text import verification_as_text

    if words.output not in (None, "-"):
        return verification_as_text(report, Look(words.color == "always", None, words.verbose))
    has_colours = wants_colours(sys.stdout, words.color)
    if has_colours:
        allow_colours(sys.stdout)
    look = Look(has_colours, width_to_wrap(sys.stdout), words.verbose)
    return verification_as_text(report, look)


def _write(text: str, words: argparse.Namespace, folder: Path) -> None:
    from referee.cli.terminal import write_out
    from referee.cli.writing import reason_of, write_whole

    if words.output in (None, "-"):
        write_out(text)
        return
    try:
        write_whole(folder / words.output, text)
    except OSError as failure:
        raise UsageError(
            f"the report cannot be written to `{words.output}`: {reason_of(failure)}."
        ) from failure
