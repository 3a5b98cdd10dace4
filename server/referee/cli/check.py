"""`referee check`: finds the schemas of paths, has them judged, and reports what was found."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from referee.cli.arguments import STANDARD_INPUT, Arguments
from referee.cli.baselines import Baseline, kept_entries, known_finding, read_known, schema_name
from referee.cli.configuring import Configurations, read_named, told
from referee.cli.delivering import deliver, tell_aside
from referee.cli.errors import CLEAN, FAILED, FOUND, UsageError
from referee.cli.judging import Assignment, Mending, MigrationsWanted, Verdict, shown_path
from referee.cli.run import Case, Run
from referee.cli.scheduling import judge_schemas
from referee.cli.selection import select_codes
from referee.cli.terminal import say, write_out
from referee.features.diagnostics import Diagnostic
from referee.features.report.report import Report
from referee.project.configuration import Configuration, ConfigurationMistake
from referee.project.reading import SourceText, Unreadable, read_source, real_path
from referee.project.roots import Discovery, find_schemas
from referee.project.vocabulary import rule_settings
from referee.rules.rule import SEVERITIES
from referee.rules.words import counted
from referee.text.decoding import ENCODING, decode

_UNNAMED = "stdin.prisma"


def run_check(arguments: Arguments) -> int:
    """Judge what the paths lead to, report it, and return the exit code."""
    folder = Path.cwd().resolve()
    select = arguments.select or (("migration", "tool") if arguments.is_about_migrations else ())
    selection = select_codes(select, arguments.ignore)
    only = None if arguments.config is None else read_named(folder / arguments.config)
    run = Run(arguments, folder, selection, Configurations(folder, only))
    discovery = _find(run)
    _tell_passed_over(discovery, run)
    if not discovery.schemas or _has_lost_schema(discovery, run):
        return FAILED
    cases = [Case(schema, run.configurations.of(schema.root)) for schema in discovery.schemas]
    _note_lost_schemas(cases, run)
    assignments = _assignments(cases, run)
    if arguments.show_config:
        from referee.cli.show_config import shown_settings

        write_out(shown_settings(cases, selection, folder))
        _tell_mistakes(run)
        return _exit_code((), (), run)
    verdicts = judge_schemas(assignments)
    tell_aside(verdicts, run)
    has_failed = bool(discovery.missing) or any(verdict.failures for verdict in verdicts)
    if arguments.write_baseline is not None:
        _write_baseline(Path(arguments.write_baseline), cases, verdicts, run)
        return FAILED if has_failed else CLEAN
    deliver(_report(verdicts, run), run, has_failed=any(each.failures for each in verdicts))
    return FAILED if has_failed else _exit_code(cases, verdicts, run)


# --- What to judge -------------------------------------------------------------------------------


def _find(run: Run) -> Discovery:
    """Find the schemas; standard input stands in for the file that it is said to be."""
    arguments = run.arguments
    paths = [run.folder / path for path in arguments.paths or ["."]]
    if arguments.stdin_filename is not None or STANDARD_INPUT in arguments.paths:
        path = real_path(run.folder / (arguments.stdin_filename or _UNNAMED))
        run.buffers[path] = _read_input(path, run)
        paths = [path]
    only = run.configurations.only
    configuration = Configuration() if only is None else only.configuration
    return find_schemas(
        paths,
        working_folder=run.folder,
        schema_setting=_schema_setting(run),
        exclude=configuration.exclude,
        buffers={
            path: buffer.text if isinstance(buffer, SourceText) else ""
            for path, buffer in run.buffers.items()
        },
    )


def _schema_setting(run: Run) -> Path | None:
    """Return what --schema names as the schema, or else the file of --config."""
    if run.arguments.schema is not None:
        return run.folder / run.arguments.schema
    only = run.configurations.only
    return None if only is None else only.configuration.schema


def _read_input(path: Path, run: Run) -> SourceText | Unreadable:
    data = sys.stdin.buffer.read()
    try:
        text = decode(data)
    except UnicodeDecodeError as failure:
        reason = f"Standard input is not {ENCODING}: byte 0x{data[failure.start]:02x} at offset"
        return Unreadable(path, f"{reason} {failure.start} does not belong to a character.")
    run.has_mark = len(data.decode(ENCODING)) > len(text)
    return SourceText(path, text)


def _tell_passed_over(discovery: Discovery, run: Run) -> None:
    """Say what is not judged: what is missing always, the rest as far as it is of interest."""
    for note in discovery.notes:
        if note.is_mistake or run.arguments.verbose:
            say(f"{shown_path(note.path, run.folder)}: {note.sentence}")
    for path in discovery.missing:
        say(f"referee: there is no file or folder `{shown_path(path, run.folder)}`.")
    for path in discovery.excluded:
        say(f"referee: `{shown_path(path, run.folder)}` is excluded by the configuration.")
    if discovery.schemas:
        for path in discovery.empty:
            say(f"referee: `{shown_path(path, run.folder)}` holds no Prisma schema.")
    elif discovery.empty:
        say(f"referee: {_nothing_to_judge(discovery, run)}")


def _has_lost_schema(discovery: Discovery, run: Run) -> bool:
    """Tell whether a schema was asked for that is none; another one is not what was meant."""
    setting = _schema_setting(run)
    return setting is not None and setting in (*discovery.missing, *discovery.empty)


def _note_lost_schemas(cases: Iterable[Case], run: Run) -> None:
    """Keep as mistakes the schemas that configurations name and that are not there."""
    for case in cases:
        schema = case.configuration.schema
        if schema is not None and run.arguments.schema is None and not schema.exists():
            shown = shown_path(schema, run.shown_from)
            run.configurations.note(
                case.configuration, "schema", f"The schema `{shown}` is not there."
            )


def _nothing_to_judge(discovery: Discovery, run: Run) -> str:
    looked = [shown_path(path, run.folder) for path in discovery.empty]
    names = ["this folder and below it" if path == "." else f"`{path}`" for path in looked]
    has_more = not run.arguments.verbose and not all(note.is_mistake for note in discovery.notes)
    more = "; --verbose says what was left out" if has_more else ""
    return (
        f"there is nothing to judge: no schema was found in {' or '.join(names)}{more}.\n"
        "Name a file that ends in .prisma, or its folder: referee check path/to/schema.prisma"
    )


def _assignments(cases: Sequence[Case], run: Run) -> list[Assignment]:
    mending: Mending = "write" if run.arguments.fix else "preview" if run.arguments.diff else "no"
    if run.buffers and run.arguments.fix:
        mending = "text"
    baselines: dict[Path, Baseline | None] = {}
    return [
        Assignment(
            case.schema,
            rule_settings(
                case.configuration, run.selection.switched_on, run.selection.switched_off
            ),
            run.shown_from,
            {path: run.buffers[path] for path in case.schema.files if path in run.buffers},
            mending,
            _baseline(case, baselines, run),
            _migrations(case, run),
        )
        for case in cases
    ]


def _migrations(case: Case, run: Run) -> MigrationsWanted | None:
    """Return how the migrations of a schema are to be judged; None where they are left out."""
    arguments, settings = run.arguments, case.configuration.migrations
    if not arguments.is_about_migrations and (settings.is_checked is False or run.buffers):
        return None
    if settings.path is not None and not settings.path.is_dir():
        shown = shown_path(settings.path, run.shown_from)
        run.configurations.note(
            case.configuration, "migrations", f"There is no folder `{shown}` of migrations."
        )
    return MigrationsWanted(
        settings,
        run.folder,
        arguments.is_about_migrations,
        arguments.judges_all,
        arguments.base,
        sums_up=arguments.write_baseline is None,
    )


def _baseline(case: Case, seen: dict[Path, Baseline | None], run: Run) -> Baseline | None:
    """Return the known findings that count for a schema; a new baseline is written without any."""
    named = run.arguments.baseline
    path = case.configuration.baseline if named is None else run.folder / named
    if path is None or run.arguments.write_baseline is not None:
        return None
    if path not in seen:
        try:
            seen[path] = read_known(path)
        except UsageError as mistake:
            if named is not None:
                raise
            said = str(mistake)
            sentence = said[:1].upper() + said[1:]
            run.configurations.note(case.configuration, "baseline", sentence)
            seen[path] = None
    return seen[path]


# --- What was found ------------------------------------------------------------------------------


def _report(verdicts: Sequence[Verdict], run: Run) -> Report:
    texts = {path: text for verdict in verdicts for path, text in verdict.texts.items()}
    elsewhere: list[Diagnostic] = []
    for mistake, configuration in run.configurations.mistakes.items():
        elsewhere += _mistake(mistake, configuration, run)
        source = read_source(mistake.path) if mistake.path is not None else None
        if isinstance(source, SourceText):
            texts[shown_path(source.path, run.shown_from)] = source.text
    return Report(
        tuple(verdict.schema for verdict in verdicts),
        tuple(elsewhere),
        texts,
        tuple(file for verdict in verdicts for file in verdict.fixed),
        sum(verdict.known for verdict in verdicts),
    )


def _mistake(
    mistake: ConfigurationMistake, configuration: Configuration, run: Run
) -> Iterator[Diagnostic]:
    yield from told(
        rule_settings(configuration, run.selection.switched_on, run.selection.switched_off),
        "bad-configuration", "tool", "error", mistake.message,
        shown_path(mistake.path or run.folder, run.shown_from),
        mistake.line or 1, mistake.column or 1,
    )  # fmt: skip


def _tell_mistakes(run: Run) -> None:
    """Say on standard error what is wrong with the configurations, one line each."""
    from referee.features.report.as_concise import report_as_concise

    found = [
        diagnostic
        for mistake, configuration in run.configurations.mistakes.items()
        for diagnostic in _mistake(mistake, configuration, run)
    ]
    if found:
        say(report_as_concise(Report(elsewhere=tuple(found))).rstrip("\n"))


def _exit_code(cases: Sequence[Case], verdicts: Sequence[Verdict], run: Run) -> int:
    in_schemas = (
        _is_failure(verdict.schema.findings, case.configuration, run)
        for case, verdict in zip(cases, verdicts, strict=True)
    )
    elsewhere = (
        _is_failure(_mistake(mistake, configuration, run), configuration, run)
        for mistake, configuration in run.configurations.mistakes.items()
    )
    return FOUND if any(chain(in_schemas, elsewhere)) else CLEAN


def _is_failure(findings: Iterable[Diagnostic], configuration: Configuration, run: Run) -> bool:
    """Tell whether a finding is at or above the level at which the check fails."""
    level = run.arguments.fail_on or configuration.fail_level
    if level == "never":
        return False
    failing = SEVERITIES[: SEVERITIES.index(level) + 1]
    return any(diagnostic.severity in failing for diagnostic in findings)


# --- What is known from now on -------------------------------------------------------------------


def _write_baseline(
    named: Path, cases: Sequence[Case], verdicts: Sequence[Verdict], run: Run
) -> None:
    """Write what was found as a baseline; of an older one, keep what this run did not look at."""
    from referee.cli.writing import reason_of, write_whole
    from referee.engine.baseline import write_baseline

    path = run.folder / named
    names = [schema_name(case.schema, path) for case in cases]
    known = [
        found
        for name, verdict in zip(names, verdicts, strict=True)
        for diagnostic in verdict.schema.findings
        if (found := known_finding(diagnostic, name)) is not None
    ]
    number = len(known)
    if path.is_file():
        passed_over = {
            name: verdict.passed_over for name, verdict in zip(names, verdicts, strict=True)
        }
        switched_off = {
            name: _codes_off(case.configuration, run)
            for name, case in zip(names, cases, strict=True)
        }
        known += kept_entries(read_known(path), passed_over, switched_off)
    try:
        write_whole(path, write_baseline(known))
    except OSError as failure:
        raise UsageError(
            f"the baseline cannot be written to `{named}`: {reason_of(failure)}."
        ) from failure
    say(f"{counted(number, 'finding')} known from now on; judge with --baseline {named}")


def _codes_off(configuration: Configuration, run: Run) -> frozenset[str]:
    """Return the codes that the command line or the configuration switches off."""
    settings = rule_settings(configuration, switched_off=run.selection.switched_off)
    return frozenset(code for code, setting in settings.severities.items() if setting == "off")
