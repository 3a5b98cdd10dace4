"""The words of the command line, read into one value; what they ask for is done elsewhere.

It deliberately looks at no file and imports no rule, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from referee import __version__
from referee.cli.errors import CLEAN, FAILED, UsageError, did_you_mean
from referee.cli.parsing import (
    Choice,
    HelpGiven,
    Parser,
    about_unknown,
    add_choosing,
    add_command,
    add_reporting,
    examples,
    values_of,
)
from referee.cli.terminal import COLOUR_CHOICES, ColourChoice, say

COMMANDS = ("check", "explain", "rules", "graph", "migrations", "report", "ci", "serve")
# These read what follows them themselves.
_WITH_OWN_WORDS = frozenset({"migrations", "report", "ci"})
CHECK_FORMATS = ("text", "json", "concise", "github", "sarif", "junit")
GRAPH_FORMATS = ("text", "mermaid", "dot", "json", "html")
_GRAPH_ENDINGS = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
}
FailLevel = Literal["error", "warning", "information", "hint", "never"]
FAIL_LEVELS: tuple[FailLevel, ...] = ("error", "warning", "information", "hint", "never")
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What somebody asked for; a field that the command does not take has its default."""

    command: str
    paths: tuple[str, ...] = ()
    code: str = ""
    delete: str | None = None
    format: str = "text"
    output: str | None = None
    fix: bool = False
    diff: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailLevel | None = None
    stdin_filename: str | None = None
    config: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    schema: str | None = None
    show_config: bool = False
    verbose: bool = False
    stdio: bool = False
    color: ColourChoice = "auto"
    # Of `referee migrations check`, which is `referee check` of one family and more.
    is_about_migrations: bool = False
    judges_all: bool = False
    base: str | None = None
    # What follows a command that reads its words itself.
    words: tuple[str, ...] = ()


def read_arguments(words: Sequence[str]) -> Arguments | int:
    """Return what the words ask for, or an exit code where they asked for help and got it.

    Raises UsageError with a sentence where they make no sense.
    """
    if not words:
        say(_parser().format_help().rstrip())
        return FAILED
    _refuse_unknown_command(words)
    if words[0] in _WITH_OWN_WORDS:
        return Arguments(words[0], words=tuple(words[1:]))
    try:
        found, unknown = _parser().parse_known_args(words)
    except HelpGiven:
        return CLEAN
    if unknown:
        raise UsageError(about_unknown(unknown[0], found.parser))
    arguments = Arguments(**values_of(found))
    if not arguments.format:
        arguments = replace(arguments, format=_format_by_ending(arguments.output))
    refuse_contradictions(arguments)
    return arguments


def _format_by_ending(output: str | None) -> str:
    """Return the format that the name of a file asks for; text where it asks for none."""
    ending = "" if output is None else os.path.splitext(output)[1].lower()
    return _GRAPH_ENDINGS.get(ending, "text")


def _refuse_unknown_command(words: Sequence[str]) -> None:
    first = words[0]
    if first.startswith("-") or first in COMMANDS:
        return
    if re.search(r"[./\\]", first):
        raise UsageError(
            f"there is no command `{first}`; to judge a path, say: referee check {first}"
        )
    commands = ", ".join(COMMANDS)
    meant = did_you_mean(first, COMMANDS, f"; the commands are {commands}.")
    raise UsageError(f"there is no command `{first}`{meant}")


def refuse_contradictions(arguments: Arguments) -> None:
    """Raise UsageError where options of a check contradict each other."""
    if arguments.command != "check":
        return
    if arguments.diff and arguments.fix:
        raise UsageError("--fix writes what --diff only shows; choose one of them.")
    if arguments.baseline is not None and arguments.write_baseline is not None:
        raise UsageError("--write-baseline starts from nothing; leave out --baseline.")
    if arguments.write_baseline is not None and (arguments.fix or arguments.diff):
        raise UsageError("--write-baseline mends nothing; leave out --fix and --diff.")
    if arguments.diff and arguments.format != "text":
        raise UsageError(
            f"--diff shows a diff and no report; leave out --format {arguments.format}."
        )
    reads_input = STANDARD_INPUT in arguments.paths
    if reads_input and len(arguments.paths) > 1:
        raise UsageError("`-` is standard input, and no other path can be judged beside it.")
    if arguments.stdin_filename is not None and arguments.paths and not reads_input:
        raise UsageError("--stdin-filename names what `-` reads; leave out the paths or say `-`.")


# --- The parser ----------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="referee",
        description="Judges the relations of Prisma schemas: foreign keys without an index,\n"
        "cascades that remove or block too much, relations that go in a circle.\n"
        "Judges migrations too, tries them on a database, and reports on both.",
        epilog=examples(
            ("referee check", "judge every schema below this folder"),
            ("referee check --fix", "and add what is missing where that is safe"),
            ("referee explain unindexed-foreign-key", "say why that matters"),
            ("referee rules", "list what is looked for"),
            ("referee graph --delete User", "show what deleting a row does"),
            ("referee migrations check", "judge the migrations beside the schema"),
            ("referee report -o report.md", "write down how all of it stands"),
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"referee {__version__}", help="print the version"
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    _add_check(commands)
    _add_explain(commands)
    _add_rules(commands)
    _add_graph(commands)
    commands.add_parser("migrations", help="judge, try, compare and write migrations")
    commands.add_parser("report", help="write a report on a whole schema and its migrations")
    commands.add_parser("ci", help="write what runs Referee by itself: scripts, workflow, hook")
    _add_serve(commands)
    return parser


def _add_check(commands: Any) -> None:
    parser = add_command(
        commands,
        "check",
        "judge schemas and report what is found",
        "Judges the schemas that files and folders are part of, and reports what is found in "
        "them. A path that is one file of a schema is judged with the whole schema around it, and "
        "that file is reported.",
        examples(
            ("referee check", "every schema below this folder"),
            ("referee check prisma/schema.prisma", "one file, in its schema"),
            ("referee check --select missing-index", "one family of rules"),
            ("referee check --diff", "show what --fix would change"),
            ("referee check --fix", "make the safe fixes, report the rest"),
            ("referee check --format github", "annotations in GitHub Actions"),
            ("referee check --stdin-filename a.prisma - < a.prisma", "an unsaved text"),
        )
        + "\n\nexit codes:\n"
        "  0  nothing was found at or above the level of --fail-on\n"
        "  1  something was found\n"
        "  2  a path is missing, nothing was there to judge, the call was wrong, or it failed\n",
    )
    parser.add_argument(
        "paths", nargs="*", default=[], metavar="PATH",
        help="files and folders to judge, `-` for standard input (default: this folder)",
    )  # fmt: skip
    add_reporting(parser, CHECK_FORMATS)
    fixing = parser.add_argument_group("fixing")
    fixing.add_argument(
        "--fix",
        action="store_true",
        default=False,
        help="make the fixes that are safe, then report what is left",
    )
    fixing.add_argument(
        "--diff",
        action="store_true",
        default=False,
        help="show what --fix would change, and change nothing",
    )
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
    finding.add_argument(
        "--stdin-filename", metavar="NAME", help="judge standard input as this file in its schema"
    )
    finding.add_argument(
        "--show-config",
        action="store_true",
        default=False,
        help="print the settings that count for each schema, and judge nothing",
    )


def _add_explain(commands: Any) -> None:
    parser = add_command(
        commands,
        "explain",
        "say what a code means and why it matters",
        "Prints the page of a code: what it finds, why that matters, an example and the fix.",
        examples(("referee explain unindexed-foreign-key", "the page of that rule")),
    )
    parser.add_argument(
        "code", metavar="CODE", help="a code as the report shows it, or the name of a family"
    )
    _add_color(parser)


def _add_rules(commands: Any) -> None:
    parser = add_command(
        commands,
        "rules",
        "list all codes",
        "Lists every code with its family, its default severity, and whether its fix is safe.",
        examples(
            ("referee rules", "a table"),
            ("referee rules --format json", "for programs"),
        ),
    )
    parser.add_argument(
        "--format", action=Choice, valid=("text", "json"), default="text",
        help="how the list is written (default: text)",
    )  # fmt: skip
    _add_color(parser)


def _add_color(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--color", action=Choice, valid=COLOUR_CHOICES, default="auto", help="when to use colours"
    )


def _add_graph(commands: Any) -> None:
    parser = add_command(
        commands,
        "graph",
        "show the relations, or what a delete does",
        "Shows the relations of a schema: which model refers to which, and what happens on a "
        "delete. With --delete, shows the tree of what deleting one row of a model removes and "
        "clears, and where it is refused.",
        examples(
            ("referee graph", "the relations of the schema below this folder"),
            ("referee graph --delete User", "what deleting a User does"),
            ("referee graph --format mermaid", "a diagram for Markdown"),
            ("referee graph --format dot | dot -Tsvg > graph.svg", "a picture, by Graphviz"),
            ("referee graph -o relations.html", "a map to look around in"),
        ),
    )
    parser.add_argument(
        "paths", nargs="?", type=lambda path: (path,), default=(), metavar="PATH",
        help="a schema, or a folder to find it in (default: this folder)",
    )  # fmt: skip
    parser.add_argument("--delete", metavar="MODEL", help="the model to delete a row of")
    parser.add_argument(
        "--format", action=Choice, valid=GRAPH_FORMATS, default="",
        help="how it is written (default: by the ending of --output, else text)",
    )  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to a file")
    _add_color(parser)


def _add_serve(commands: Any) -> None:
    parser = add_command(
        commands,
        "serve",
        "be the language server of an editor",
        "Talks to an editor in the Language Server Protocol, on standard input and output. "
        "Editors start this command themselves.",
        examples(("referee serve --stdio", "what an editor is told to run")),
    )
    # Editors say it by custom; there is nothing else to talk through.
    parser.add_argument(
        "--stdio",
        action="store_true",
        default=False,
        help="talk on standard input and output (default)",
    )
    parser.add_argument(
        "--verbose", action="store_true", default=False, help="log every message to standard error"
    )
