"""`referee report`: how a whole schema and its migrations stand, written down with the evidence.

It judges as `referee check` and `referee migrations check` do, tries the migrations on a database
that is thrown away where one can be started, and looks at the one of `--url`, which it only reads.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from referee import __version__
from referee.cli.arguments import FAIL_LEVELS, STANDARD_INPUT, FailLevel
from referee.cli.errors import CLEAN, FAILED, FOUND, UsageError
from referee.cli.parsing import Choice, HelpGiven, Parser, about_unknown, examples
from referee.cli.progress import Bar
from referee.cli.terminal import say, write_out

if TYPE_CHECKING:
    from referee.cli.configuring import Configurations
    from referee.cli.judging import JudgedState
    from referee.features.diagnostics import Diagnostic
    from referee.features.whole_report.reading import Asked, MigrationsRead
    from referee.features.whole_report.values import (
        DatabaseState,
        NotRun,
        SchemaReport,
        Trial,
        WholeReport,
    )
    from referee.project.configuration import Configuration
    from referee.project.roots import SchemaFiles
    from referee.rules.rule import Severity
    from referee.schema.providers import Provider

FORMATS = ("markdown", "html", "json")
URL_VARIABLE = "REFEREE_DATABASE_URL"
_ENDINGS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}


def run_report(words: Sequence[str]) -> int:
    """Write the report that the words ask for, and return the exit code."""
    parser = _parser()
    try:
        found, unknown = parser.parse_known_args(words)
    except HelpGiven:
        return CLEAN
    if unknown:
        raise UsageError(about_unknown(unknown[0], parser))
    asked = _Words(
        found.path,
        cast("str | None", found.format) or _format_of(found.output),
        found.output,
        found.url or os.environ.get(URL_VARIABLE) or None,
        cast("FailLevel | None", found.fail_on),
        found.base,
        found.schema,
        found.config,
        found.baseline,
        not found.no_database,
        _command_words(words),
    )
    return _run(asked, Path.cwd().resolve())


@dataclass(frozen=True, slots=True)
class _Words:
    """What somebody asked for; `command` is how, without what is secret."""

    path: str | None
    format: str
    output: str | None
    url: str | None
    fail_on: FailLevel | None
    base: str | None
    schema: str | None
    config: str | None
    baseline: str | None
    tries_migrations: bool
    command: str


def _parser() -> Parser:
    parser = Parser(
        prog="referee report",
        description="Writes a report on a whole schema and its migrations: what was looked at,\n"
        "what holds, what does not and where, what deletes do, how the migrations stand,\n"
        "and what to do next. Every line is computed and stands with its evidence.",
        epilog=examples(
            ("referee report", "the schema below this folder, as Markdown"),
            ("referee report -o report.html", "one page with a picture, to send or to print"),
            ("referee report --format json", "for programs"),
            (
                "referee report --url postgresql://...",
                "and how that database stands; it is only read",
            ),
        )
        + "\n\nexit codes:\n"
        "  0  nothing was found at or above the level of --fail-on\n"
        "  1  something was found, or the migrations or the database are not as they should be\n"
        "  2  a path is missing, there is no schema, the call was wrong, or it failed\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add: Any = parser.add_argument
    add(
        "path",
        nargs="?",
        metavar="PATH",
        help="a schema, or a folder to find schemas in (default: this folder)",
    )
    add(
        "--format",
        action=Choice,
        valid=FORMATS,
        default=None,
        help="how it is written (default: by the ending of --output, which is .md, .html or .json, "
        "else markdown)",
    )
    add("-o", "--output", metavar="FILE", help="write it to a file")
    add(
        "--url",
        metavar="URL",
        help=f"a database to look at, in Prisma's form (default: {URL_VARIABLE}); it is only read",
    )
    add(
        "--no-database",
        action="store_true",
        default=False,
        help="do not try the migrations on a database that is thrown away",
    )
    add(
        "--fail-on",
        action=Choice,
        valid=FAIL_LEVELS,
        default=None,
        help="the lowest severity that makes the exit code 1 (default: warning)",
    )
    add(
        "--base",
        metavar="REF",
        help="the branch, tag or commit that tells which migrations are released",
    )
    add("--baseline", metavar="FILE", help="leave out the findings that this file lists as known")
    add("--schema", metavar="PATH", help="the schema: a file, or a folder with all files below it")
    add(
        "--config",
        metavar="FILE",
        help="the configuration to use instead of the nearest referee.toml",
    )
    return parser  # fmt: skip


def _format_of(output: str | None) -> str:
    """Return the format that the name of a file asks for; raises UsageError where it asks none."""
    if output is None or output == STANDARD_INPUT:
        return "markdown"
    ending = Path(output).suffix.lower()
    if not ending:
        return "markdown"
    if ending not in _ENDINGS:
        raise UsageError(
            f"`{output}` does not say how the report is written: end it with .md, .html or .json, "
            f"or name one with --format {'|'.join(FORMATS)}."
        )
    return _ENDINGS[ending]


def _command_words(words: Sequence[str]) -> str:
    """Return the call as it can be made again, the address left out: it may hold a password."""
    import shlex

    shown: list[str] = []
    is_address = False
    for word in words:
        if is_address or word.startswith("--url="):
            shown.append("--url=URL" if not is_address else "URL")
            is_address = False
            continue
        is_address = word == "--url"
        shown.append(shlex.quote(word))
    return " ".join(["referee report", *shown])


def _run(words: _Words, folder: Path) -> int:
    from referee.cli.configuring import Configurations, read_named

    only = None if words.config is None else read_named(folder / words.config)
    configurations = Configurations(folder, only)
    schemas = _find(words, folder, configurations)
    if words.url is not None and len(schemas) > 1:
        raise UsageError(
            f"there are {len(schemas)} schemas here, and a database belongs to one; name it, "
            f"as in: referee report {_shown(schemas[0].place, folder)} --url URL"
        )
    bar = Bar()
    try:
        made = [
            _SchemaRun(schema, words, folder, configurations, bar).report() for schema in schemas
        ]
    finally:
        bar.clear()
    for mistake in configurations.mistakes:
        say(f"referee: {mistake.message}")
    whole = _whole(words, [each.report for each in made])
    _write(_text(whole, words), words, folder)
    if any(each.has_failed for each in made):
        return FAILED
    has_found = any(each.has_findings for each in made) or bool(configurations.mistakes)
    return FOUND if has_found else CLEAN


def _find(words: _Words, folder: Path, configurations: Configurations) -> tuple[SchemaFiles, ...]:
    from dataclasses import replace

    from referee.project.configuration import Configuration
    from referee.project.roots import find_schemas

    only = configurations.only
    configuration = Configuration() if only is None else only.configuration
    setting = configuration.schema if words.schema is None else folder / words.schema
    discovery = find_schemas(
        [folder / (words.path or ".")],
        working_folder=folder,
        schema_setting=setting,
        exclude=configuration.exclude,
    )
    for path in discovery.missing:
        raise UsageError(f"there is no file or folder `{_shown(path, folder)}`.")
    if not discovery.schemas:
        named = "this folder and below it" if words.path is None else f"`{words.path}`"
        raise UsageError(
            f"there is no Prisma schema in {named}; name a schema or its folder, as in: "
            "referee report path/to/schema.prisma"
        )
    # One file of a schema stands for the whole of it.
    return tuple(replace(schema, focus=None) for schema in discovery.schemas)


@dataclass(frozen=True, slots=True)
class _Made:
    """The report on a schema, and what the exit code depends on."""

    report: SchemaReport
    has_findings: bool
    has_failed: bool


class _SchemaRun:
    """Brings together what the report on one schema is made from."""

    def __init__(
        self,
        schema: SchemaFiles,
        words: _Words,
        folder: Path,
        configurations: Configurations,
        bar: Bar,
    ) -> None:
        self._schema = schema
        self._words = words
        self._folder = folder
        self._configuration: Configuration = configurations.of(schema.root)
        self._bar = bar

    def report(self) -> _Made:
        """Judge, run what can be run, and put the report together."""
        from referee.features.whole_report.assembling import schema_report

        name = _shown(self._schema.place, self._folder)
        self._bar.show(f"judging {name}")
        state = self._judge()
        self._bar.show(f"reading the migrations of {name}")
        read = self._read_migrations(state)
        trial, not_run = self._try(state, read)
        database = self._look()
        self._bar.show(f"writing the report on {name}")
        asked = self._asked(state, read, trial, database, not_run)
        report = schema_report(asked)
        failed = bool(state.verdict.failures) or any(
            each.code == "unreadable-file" for each in asked.diagnostics
        )
        return _Made(report, self._has_findings(asked), failed)

    def _judge(self) -> JudgedState:
        from dataclasses import replace

        from referee.cli.baselines import read_known
        from referee.cli.judging import Assignment, MigrationsWanted, judge_state
        from referee.project.vocabulary import rule_settings

        configuration, words = self._configuration, self._words
        named = words.baseline
        path = configuration.baseline if named is None else self._folder / named
        return judge_state(
            Assignment(
                self._schema,
                # Readers of the report have no other server beside it.
                replace(rule_settings(configuration), beside_official_server=False),
                self._folder,
                baseline=None if path is None else read_known(path),
                migrations=MigrationsWanted(
                    configuration.migrations,
                    self._folder,
                    is_asked_for=True,
                    base=words.base,
                    sums_up=False,
                ),
            ),
            self._bar.show,
        )

    def _read_migrations(self, state: JudgedState) -> MigrationsRead:
        from referee.features.migration_judging import provider_of_scripts
        from referee.features.whole_report.reading import MigrationsRead
        from referee.migrations.evidence import read_history

        beside = state.beside
        assert beside is not None
        loaded = beside.loaded
        history, options = loaded.history, loaded.options
        provider = provider_of_scripts(history, state.snapshot.view.database.provider)
        evidence = None
        if provider not in (None, "mongodb") and history.layout == "prisma":
            # The replay that judging begins from may skip what the history is to tell about.
            evidence = read_history(
                history, provider, default_namespace=options.namespace, tell=self._bar.show
            )
        return MigrationsRead(
            _shown(loaded.place.path, self._folder),
            loaded.place.is_there,
            history,
            options,
            beside.verdict,
            evidence,
            loaded.unreleased.base,
            loaded.unreleased.doubt,
            loaded.unreleased.is_guess,
        )

    def _try(
        self, state: JudgedState, read: MigrationsRead
    ) -> tuple[Trial | None, tuple[NotRun, ...]]:
        """Try the migrations on a database that is thrown away, or say why not."""
        from referee.features.whole_report.values import NotRun

        if not read.history.migrations:
            return None, ()
        what = "The migrations were not tried on a database"
        if not self._words.tries_migrations:
            return None, (NotRun(what, "`--no-database` was given."),)
        found = self._verified(state, read)
        return (None, (NotRun(what, found),)) if isinstance(found, str) else (found, ())

    def _verified(self, state: JudgedState, read: MigrationsRead) -> Trial | str:
        """Return what trying gave; else a sentence that says why nothing was tried."""
        from referee.cli.migrations_project import own_downs
        from referee.features.migration_judging import meant_by
        from referee.features.verification_differences import (
            difference_diagnostics,
            with_differences,
        )
        from referee.features.whole_report.trials import trial_of
        from referee.migrations.database.binaries import NoServer
        from referee.migrations.database.connection import CannotConnect, DatabaseError
        from referee.migrations.database.processes import ServerDidNotStart
        from referee.migrations.database.throwaway import throwaway_server
        from referee.migrations.database.verify import verify
        from referee.migrations.database.verify_run import Plan
        from referee.migrations.judging import compared

        read_evidence = read.evidence
        if read_evidence is None or read_evidence.provider is None:
            return "It is not known what they are for, or how they are laid out."
        provider = read_evidence.provider
        if provider not in ("postgresql", "mysql", "sqlite"):
            return _why_not_tried(provider)
        options = read.options
        view = state.snapshot.view
        is_compared = view.database.provider == provider and not self._has_mistakes(state)
        meant = meant_by(view, options) if is_compared else None
        evidence = compared(
            read_evidence,
            meant,
            external=options.external,
            join_table_form=options.join_table_form,
        )
        assert state.beside is not None
        plan = Plan(
            evidence,
            meant,
            options.unreleased,
            options.external,
            options.join_table_form,
            options.namespace,
            own_downs=own_downs(state.beside.loaded),
        )
        self._bar.show("starting a database")
        try:
            with throwaway_server(provider) as server:
                found = verify(plan, server, self._bar.show)
        except (NoServer, ServerDidNotStart, CannotConnect, DatabaseError) as failure:
            return _sentence(str(failure))

        def shown(path: str) -> str:
            return _shown(Path(path), self._folder)

        differences = difference_diagnostics(
            evidence, found.changes, state.snapshot, options, shown
        )
        path = _shown(self._schema.place, self._folder)
        return trial_of(with_differences(found.verification, differences), path, shown)

    def _has_mistakes(self, state: JudgedState) -> bool:
        """Tell whether lines or files cannot be read: what they may say is not missing."""
        return any(
            each.code in ("syntax", "unreadable-file") for each in state.verdict.schema.findings
        )

    def _look(self) -> DatabaseState | None:
        """Look at the database of `--url`; raises UsageError where it cannot be read."""
        if self._words.url is None:
            return None
        self._bar.show("looking at the database")
        from referee.cli.migrations_looking import Asked, Looker
        from referee.features.report.status_changes import Unreachable
        from referee.features.whole_report.trials import database_state

        place = self._schema.place.as_posix()
        looked = Looker(Asked((place,), self._words.url, self._folder)).look()
        if isinstance(looked, Unreachable):
            raise UsageError(looked.reason)
        return database_state(looked)

    def _asked(
        self,
        state: JudgedState,
        read: MigrationsRead,
        trial: Trial | None,
        database: DatabaseState | None,
        not_run: tuple[NotRun, ...],
    ) -> Asked:
        from referee.cli.migrations import SUBCOMMANDS
        from referee.features.whole_report.reading import Asked

        verdict = state.verdict
        path = _shown(self._schema.place, self._folder)
        return Asked(
            title=verdict.schema.root,
            path=path,
            snapshot=state.snapshot,
            diagnostics=tuple(verdict.schema.findings),
            known=verdict.known,
            files=verdict.schema.files,
            shown=lambda path: _shown(Path(path), self._folder),
            configuration=tuple(self._configuration_rows()),
            migrations=read,
            commands=frozenset(f"migrations {each.name}" for each in SUBCOMMANDS),
            trial=trial,
            database=database,
            not_run=not_run,
        )

    def _configuration_rows(self) -> list[tuple[str, str]]:
        from referee.project.migrations_version import prisma_major

        major = prisma_major(self._schema.root, working_folder=self._folder)
        rows = [("Version of Prisma", "not known" if major is None else str(major))]
        source = self._configuration.source
        shown = (
            "none; the defaults count" if source is None else f"`{_shown(source, self._folder)}`"
        )
        rows.append(("Configuration of Referee", shown))
        baseline = self._configuration.baseline
        if baseline is not None:
            rows.append(("Baseline", f"`{_shown(baseline, self._folder)}`"))
        return rows

    def _has_findings(self, asked: Asked) -> bool:
        level = self._words.fail_on or self._configuration.fail_level
        if level == "never":
            return False
        has_failed = (asked.trial is not None and asked.trial.has_failed) or (
            asked.database is not None and asked.database.has_findings
        )
        return has_failed or _is_reached(level, asked.diagnostics)


def _why_not_tried(provider: Provider) -> str:
    from referee.schema.providers import PROVIDER_TITLES

    title = PROVIDER_TITLES[provider]
    if provider == "cockroachdb":
        return (
            f"No server of {title} can be started here; `referee migrations verify --scratch-url "
            "URL` tries them on an empty database of your own."
        )
    return f"Referee does not run scripts for {title}: they were only read."


def _sentence(text: str) -> str:
    """Return what a failure says as one sentence that begins and ends like one."""
    said = " ".join(text.split()).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def _is_reached(level: Severity, diagnostics: Sequence[Diagnostic]) -> bool:
    from referee.rules.rule import SEVERITIES

    failing = SEVERITIES[: SEVERITIES.index(level) + 1]
    return any(each.severity in failing for each in diagnostics)


def _shown(path: Path, folder: Path) -> str:
    from referee.cli.judging import shown_path

    return shown_path(path, folder)


# --- What is written -----------------------------------------------------------------------------


def _whole(words: _Words, schemas: Sequence[SchemaReport]) -> WholeReport:
    from referee.features.whole_report.values import WholeReport

    return WholeReport(_date(), f"Referee {__version__}", words.command, tuple(schemas))


def _date() -> str:
    """Return the date; SOURCE_DATE_EPOCH gives another one, for reports to be compared."""
    from datetime import datetime, timezone

    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = (
        datetime.fromtimestamp(int(fixed), timezone.utc)
        if fixed.isdigit()
        else datetime.now(timezone.utc)
    )
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _text(report: WholeReport, words: _Words) -> str:
    if words.format == "json":
        from referee.features.whole_report.as_json import report_as_json

        return report_as_json(report)
    if words.format == "html":
        from importlib.resources import files

        from referee.features.whole_report.as_html import STYLE, report_as_html
        from referee.text.decoding import ENCODING

        style = files("referee.features") / "assets" / STYLE
        return report_as_html(report, style.read_text(ENCODING))
    from referee.features.whole_report.as_markdown import report_as_markdown

    return report_as_markdown(report)


def _write(text: str, words: _Words, folder: Path) -> None:
    output = words.output
    if output is None or output == STANDARD_INPUT:
        write_out(text)
        return
    from referee.cli.writing import reason_of, write_whole

    try:
        write_whole(folder / output, text)
    except OSError as failure:
        raise UsageError(f"`{output}` cannot be written: {reason_of(failure)}.") from failure
