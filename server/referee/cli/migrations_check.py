"""`referee migrations check`: judges migrations from their files, without any database.

It is `referee check` of one family, asked for: what is quiet there is told here.
"""

from __future__ import annotations

import argparse
from typing import Any

from referee.cli.arguments import CHECK_FORMATS, FAIL_LEVELS, Arguments, refuse_contradictions
from referee.cli.parsing import add_choosing, add_command, add_reporting, examples, values_of


def add_words(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "check",
        "judge migrations from their files, without a database",
        "Reads the migrations beside a schema, replays them, and compares what they make with "
        "what the schema says. Reports what no migration makes, what cannot run, and, in "
        "migrations that are not released, what is dangerous on a database that holds rows. "
        "Which are not released is asked of git: those added or changed since the work left the "
        "default branch; on that branch itself, and without git, the newest one.",
        examples(
            ("referee migrations check", "every schema below this folder"),
            ("referee migrations check packages/db", "the schemas in one folder"),
            ("referee migrations check --base origin/main", "hazards of what a branch adds"),
            ("referee migrations check --all", "hazards of every migration there is"),
            ("referee migrations check --format junit", "for a CI server"),
            ("referee migrations check --select unmigrated-change", "one question alone"),
        )
        + "\n\nexit codes:\n"
        "  0  nothing was found at or above the level of --fail-on\n"
        "  1  something was found\n"
        "  2  a path is missing, nothing was there to judge, the call was wrong, or it failed\n",
    )
    parser.add_argument(
        "paths", nargs="*", default=[], metavar="PATH",
        help="schemas, and folders to find them in (default: this folder)",
    )  # fmt: skip
    released = parser.add_argument_group("which migrations are not released")
    released.add_argument(
        "--base", metavar="REF",
        help="the branch, tag or commit to compare with (default: the default branch)",
    )  # fmt: skip
    released.add_argument(
        "--all", dest="judges_all", action="store_true", default=False,
        help="judge the hazards of all migrations, as if none was released",
    )  # fmt: skip
    add_reporting(parser, CHECK_FORMATS)
    add_choosing(parser, FAIL_LEVELS)
    finding = parser.add_argument_group("where things are")
    finding.add_argument(
        "--schema", metavar="PATH", help="the schema: a file, or a folder with all files below it"
    )
    finding.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration to use instead of the nearest referee.toml",
    )


def run(words: argparse.Namespace) -> int:
    """Judge what the words ask for, report it, and return the exit code."""
    from referee.cli.check import run_check

    values = {**values_of(words), "command": "check", "is_about_migrations": True}
    arguments = Arguments(**values)
    refuse_contradictions(arguments)
    return run_check(arguments)
