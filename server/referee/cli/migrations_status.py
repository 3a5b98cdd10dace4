"""`referee migrations status`: what is applied to a database, and what is not as it should be.

It looks once, or with `--watch` again and again; it never changes anything.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from typing import TYPE_CHECKING, Any

from referee.cli.errors import CLEAN, FAILED, FOUND, UsageError
from referee.cli.parsing import add_command, add_reporting, examples

if TYPE_CHECKING:
    from pathlib import Path

    from referee.cli.migrations_looking import Looker
    from referee.features.report.paint import Look
    from referee.features.report.status_changes import Looked
    from referee.features.report.status_report import StatusReport

FORMATS = ("text", "json", "prometheus", "github", "junit")
URL_VARIABLE = "REFEREE_DATABASE_URL"
_USUAL_SECONDS = 30.0


def add_words(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "status",
        "say what a database has applied, and what it has not as it should",
        "Reads what Prisma Migrate wrote into a database and what the database holds, and says "
        "what is pending, applied, failed, rolled back, edited after it was applied, only in the "
        "database, drifted, or in the schema alone, and what to do next. It reads only.",
        examples(
            ("referee migrations status", f"the database in {URL_VARIABLE}"),
            ("referee migrations status --url file:./dev.db", "a file of SQLite"),
            ("referee migrations status --watch 60", "look every minute, tell what changes"),
            ("referee migrations status --format prometheus", "metrics"),
        )
        + "\n\nexit codes:\n"
        "  0  nothing was found\n"
        "  1  something was found, such as a pending migration\n"
        "  2  the database cannot be read, or the call was wrong\n",
    )
    parser.add_argument(
        "path", nargs="?", default=None, metavar="PATH",
        help="the schema, or a folder to find it in (default: this folder)",
    )  # fmt: skip
    parser.add_argument(
        "--url", metavar="URL",
        help=f"the database, in Prisma's form (default: {URL_VARIABLE}, which other users of the "
        "machine do not see)",
    )  # fmt: skip
    parser.add_argument(
        "--watch", nargs="?", type=_seconds, const=_USUAL_SECONDS, default=None, metavar="SECONDS",
        help=f"keep looking, and tell what changes (default: every {_USUAL_SECONDS:.0f} seconds)",
    )  # fmt: skip
    add_reporting(parser, FORMATS)


def run(words: argparse.Namespace) -> int:
    """Tell the status that the words ask for, and return the exit code."""
    from pathlib import Path

    from referee.cli.migrations_looking import Asked, Looker, no_address

    url = words.url or os.environ.get(URL_VARIABLE, "").strip()
    folder = Path.cwd().resolve()
    asked = Asked(() if words.path is None else (words.path,), url, folder)
    if not url:
        raise UsageError(no_address(asked))
    looker = Looker(asked)
    output = None if words.output in (None, "-") else folder / words.output
    if words.watch is None:
        return _once(looker, words, output)
    return _watch(looker, words, output)


def _once(looker: Looker, words: argparse.Namespace, output: Path | None) -> int:
    from referee.cli.terminal import write_out
    from referee.features.report.status_changes import Unreachable

    looked = looker.look()
    if isinstance(looked, Unreachable) and words.format != "prometheus":
        raise UsageError(looked.reason)
    text = _written(looker, looked, words, _look(words, output))
    if output is None:
        write_out(text)
    else:
        _write(output, text)
    if isinstance(looked, Unreachable):
        raise UsageError(looked.reason)
    return _code(looked)


def _watch(looker: Looker, words: argparse.Namespace, output: Path | None) -> int:
    """Look again and again until somebody ends it; the last look decides the exit code."""
    from threading import Event

    from referee.cli.terminal import write_out
    from referee.features.report.status_changes import (
        Changes,
        event_as_json,
        event_as_text,
    )

    is_for_prometheus = words.format == "prometheus"
    if is_for_prometheus != (output is not None) or words.format in ("github", "junit"):
        raise UsageError(
            "--watch tells changes as text or JSON on standard output, or with --format prometheus "
            "writes the metrics to the file of --output at every look."
        )
    look = _look(words, output)
    changes = Changes()
    never = Event()
    looked: Looked | None = None
    try:
        while True:
            looked = _look_again(looker, is_first=looked is None)
            event = changes.after(looked)
            if output is not None:
                _write(output, _written(looker, looked, words, look))
            elif event is not None:
                write_out(
                    event_as_json(event) if words.format == "json" else event_as_text(event, look)
                )
            never.wait(words.watch)
    except KeyboardInterrupt:
        return FAILED if looked is None else _code(looked)


def _look_again(looker: Looker, *, is_first: bool) -> Looked:
    """Look; a project that makes no sense for a while, as amid an edit, ends no watch."""
    from datetime import datetime, timezone

    from referee.features.report.status_changes import Unreachable

    try:
        return looker.look()
    except UsageError as failure:
        if is_first:
            raise
        return Unreachable(datetime.now(timezone.utc), str(failure))


def _code(looked: Looked) -> int:
    from referee.features.report.status_changes import Unreachable

    if isinstance(looked, Unreachable):
        return FAILED
    return FOUND if looked.findings else CLEAN


def _written(looker: Looker, looked: Looked, words: argparse.Namespace, look: Look) -> str:
    """Return one look in the format that is asked for."""
    from referee.features.report.status_as_prometheus import (
        status_as_prometheus,
        unreachable_as_prometheus,
    )
    from referee.features.report.status_changes import Unreachable

    if isinstance(looked, Unreachable):
        return unreachable_as_prometheus(looker.schema(), looked.at)
    if words.format == "prometheus":
        return status_as_prometheus(looked)
    if words.format == "json":
        from referee.features.report.status_as_json import status_as_json

        return status_as_json(looked)
    if words.format in ("github", "junit"):
        return _as_report(looker, looked, words.format)
    from referee.features.report.status_as_text import status_as_text

    return status_as_text(looked, look)


def _as_report(looker: Looker, looked: StatusReport, format: str) -> str:
    from referee.features.report.as_github import report_as_github
    from referee.features.report.as_junit import report_as_junit
    from referee.features.report.status_report import as_report

    report = as_report(looked, looker.files)
    return report_as_github(report) if format == "github" else report_as_junit(report)


def _look(words: argparse.Namespace, output: Path | None) -> Look:
    from referee.cli.terminal import allow_colours, wants_colours, width_to_wrap
    from referee.features.report.paint import Look

    if words.format != "text" or output is not None:
        has_colours = words.format == "text" and words.color == "always"
        return Look(has_colours, is_verbose=words.verbose)
    has_colours = wants_colours(sys.stdout, words.color)
    if has_colours:
        allow_colours(sys.stdout)
    return Look(has_colours, width_to_wrap(sys.stdout), words.verbose)


def _write(path: Path, text: str) -> None:
    from referee.cli.writing import reason_of, write_whole

    try:
        write_whole(path, text)
    except OSError as failure:
        raise UsageError(f"`{path}` cannot be written: {reason_of(failure)}.") from failure


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of seconds, up to a day")
    return seconds
