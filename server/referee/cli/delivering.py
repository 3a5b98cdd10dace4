"""Hands a report to whoever wants it: a terminal, a pipe or a file, in the format asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from referee.cli.arguments import STANDARD_INPUT
from referee.cli.baselines import shown_known
from referee.cli.errors import UsageError
from referee.cli.judging import Verdict, shown_path
from referee.cli.run import Run
from referee.cli.terminal import allow_colours, say, wants_colours, width_to_wrap, write_out
from referee.features.report.paint import Look
from referee.features.report.report import (
    FixedFile,
    JudgedSchema,
    Report,
    reported_findings,
    severity_words,
)
from referee.project.reading import SourceText
from referee.rules.words import counted

# The others tell what was not looked at themselves.
_FORMATS_WITH_REMARKS = ("text", "json", "junit")


def deliver(report: Report, run: Run, *, has_failed: bool = False) -> None:
    """Write the report, or what stands in for it: a diff, or standard input with its fixes.

    `has_failed` tells that a file that was to be mended could not be written.
    """
    arguments = run.arguments
    if arguments.diff:
        _write(_differences(report.fixed), run)
        _tell_fixes(report, "would be fixed", run)
    elif arguments.fix and run.buffers:
        _write(_mended_input(report, run), run)
        say(_text(report, run, sys.stderr).rstrip("\n"))
    else:
        _write(_text(report, run, sys.stdout), run)
        if arguments.fix and (arguments.format != "text" or arguments.output is not None):
            _tell_fixes(report, "fixed", run, has_failed)


def tell_aside(verdicts: Sequence[Verdict], run: Run) -> None:
    """Say on standard error what is no finding: failures, what is gone, what was left out."""
    for verdict in verdicts:
        for failure in verdict.failures:
            say(f"referee: {failure}")
    if run.arguments.format not in _FORMATS_WITH_REMARKS:
        for verdict in verdicts:
            judged = verdict.schema.migrations
            if judged is not None and (run.arguments.is_about_migrations or run.arguments.verbose):
                for remark in judged.remarks:
                    say(f"{judged.root}: {remark}")
    gone = [finding for verdict in verdicts for finding in verdict.gone]
    if gone:
        does, them = ("is", "it") if len(gone) == 1 else ("are", "them")
        say(
            f"referee: {counted(len(gone), 'finding')} of the baseline {does} gone; "
            f"--write-baseline takes {them} out of the file."
        )
    _tell_not_judged([verdict.schema for verdict in verdicts], run)
    if run.arguments.verbose:
        for finding in gone:
            say(f"gone from {shown_known(finding)}")
        for verdict in verdicts:
            for line in verdict.left_out:
                say(line)


def _tell_not_judged(schemas: Sequence[JudgedSchema], run: Run) -> None:
    """Say what no finding could be made about, so that no finding does not look like no fault."""
    unknown = [schema for schema in schemas if schema.rules_not_run]
    if unknown:
        rules = counted(max(schema.rules_not_run for schema in unknown), "rule")
        where = f"`{unknown[0].root}`" if len(unknown) == 1 else f"{len(unknown)} of the schemas"
        say(
            f"referee: in {where} no datasource names a provider that Referee knows, so {rules} "
            "that depend on the database did not run."
        )
    fields = sum(schema.fields_not_judged for schema in schemas)
    if fields and not run.arguments.verbose and not run.arguments.is_about_migrations:
        say(
            f"referee: {counted(fields, 'relation field')} could not be judged; --verbose says why."
        )


def _text(report: Report, run: Run, stream: TextIO) -> str:
    """Return the report in the format asked for; only that format is imported."""
    wanted = run.arguments.format
    if wanted == "json":
        from referee.features.report.as_json import report_as_json

        return report_as_json(report)
    if wanted == "concise":
        from referee.features.report.as_concise import report_as_concise

        return report_as_concise(report)
    if wanted == "github":
        from referee.features.report.as_github import report_as_github

        return report_as_github(report)
    if wanted == "sarif":
        from referee.features.report.as_sarif import report_as_sarif

        return report_as_sarif(report, run.folder.as_posix())
    if wanted == "junit":
        from referee.features.report.as_junit import report_as_junit

        return report_as_junit(report)
    from referee.features.report.as_text import report_as_text

    return report_as_text(
        report, _look(run, stream), is_about_migrations=run.arguments.is_about_migrations
    )


def _look(run: Run, stream: TextIO) -> Look:
    arguments = run.arguments
    if arguments.output is not None and stream is sys.stdout:
        return Look(arguments.color == "always", None, arguments.verbose)
    has_colours = wants_colours(stream, arguments.color)
    if has_colours:
        allow_colours(stream)
    return Look(has_colours, width_to_wrap(stream), arguments.verbose)


def _write(text: str, run: Run) -> None:
    output = run.arguments.output
    if output is None or output == STANDARD_INPUT:
        write_out(text)
        return
    from referee.cli.writing import reason_of, write_whole

    try:
        write_whole(run.folder / output, text)
    except OSError as failure:
        raise UsageError(
            f"the report cannot be written to `{output}`: {reason_of(failure)}."
        ) from failure


def _differences(fixed: Iterable[FixedFile]) -> str:
    from referee.text.edits import unified_difference

    return "".join(
        unified_difference(file.before, file.after, file.path.lstrip("/"), is_new=file.is_new)
        for file in fixed
    )


def _mended_input(report: Report, run: Run) -> str:
    """Return what standard input is after the fixes; as it was, if nothing was to be mended."""
    from referee.cli.writing import BYTE_ORDER_MARK

    path, buffer = next(iter(run.buffers.items()))
    shown = shown_path(path, run.shown_from)
    before = buffer.text if isinstance(buffer, SourceText) else ""
    after = next((file.after for file in report.fixed if file.path == shown), before)
    return BYTE_ORDER_MARK + after if run.has_mark else after


def _tell_fixes(report: Report, done: str, run: Run, has_failed: bool = False) -> None:
    number = sum(len(file.fixes) for file in report.fixed)
    found = [reported.diagnostic for reported in reported_findings(report)]
    rest = f"{severity_words(found) or 'nothing'} {'found' if run.arguments.diff else 'left'}"
    if number:
        say(f"{counted(number, 'finding')} in {counted(len(report.fixed), 'file')} {done}; {rest}.")
    elif has_failed:
        say(f"Nothing was fixed; {rest}.")
    else:
        say(f"There is nothing that can be fixed safely; {rest}.")
