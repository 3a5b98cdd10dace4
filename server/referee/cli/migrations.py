"""`referee migrations ...`: the commands about migrations, each in a module of its own.

A module has `add_words`, which adds its command to a parser, and `run`, which runs it. It imports
what it needs only when it runs, so that help is quick.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from referee.cli.errors import CLEAN, FAILED, UsageError, did_you_mean
from referee.cli.parsing import HelpGiven, Parser, about_unknown, examples
from referee.cli.terminal import say


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A command by its name and the module it is in."""

    name: str
    module: str


# In the order of the help.
SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand("check", "referee.cli.migrations_check"),
    Subcommand("status", "referee.cli.migrations_status"),
    Subcommand("verify", "referee.cli.migrations_verify"),
    Subcommand("new", "referee.cli.migrations_new"),
    Subcommand("down", "referee.cli.migrations_down"),
)


class _Module(Protocol):
    def add_words(self, commands: Any) -> None: ...

    def run(self, words: argparse.Namespace) -> int: ...


def run_migrations(words: Sequence[str]) -> int:
    """Run the command that the words ask for, and return its exit code.

    Raises UsageError with a sentence where they make no sense.
    """
    parser = _parser()
    if not words:
        say(parser.format_help().rstrip())
        return FAILED
    _refuse_unknown(words[0])
    try:
        found, unknown = parser.parse_known_args(words)
    except HelpGiven:
        return CLEAN
    if unknown:
        raise UsageError(about_unknown(unknown[0], found.parser))
    module = next(each.module for each in SUBCOMMANDS if each.name == found.command)
    return _module(module).run(found)


def _module(name: str) -> _Module:
    return cast("_Module", importlib.import_module(name))


def _refuse_unknown(word: str) -> None:
    names = [each.name for each in SUBCOMMANDS]
    if not word.startswith("-") and word not in names:
        meant = did_you_mean(word, names, f"; there are {', '.join(names)}.")
        raise UsageError(f"there is no command `migrations {word}`{meant}")


def _parser() -> Parser:
    parser = Parser(
        prog="referee migrations",
        description="Judges the migrations of Prisma projects, tries them, compares them with a "
        "database,\nand writes them: what no migration makes, what cannot run, what is dangerous "
        "on a\ndatabase that holds rows, and how to go back.",
        epilog=examples(
            ("referee migrations check", "judge them from their files, without any database"),
            ("referee migrations verify", "try them on a database that is thrown away"),
            (
                "referee migrations status --url file:./dev.db",
                "compare a database; it is only read",
            ),
            ("referee migrations new add_tags", "write the one that the schema needs"),
            ("referee migrations down", "write the way back from the newest one"),
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands"
    )
    for each in SUBCOMMANDS:
        _module(each.module).add_words(commands)
    return parser
