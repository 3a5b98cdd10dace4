"""What every parser of the command line is made with: sentences for mistakes, choices, examples.

It deliberately knows no command.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from referee.cli.errors import UsageError, did_you_mean
from referee.cli.terminal import COLOUR_CHOICES, say, write_out


class HelpGiven(Exception):
    """Somebody asked for help or the version, and it has been printed."""


class Parser(argparse.ArgumentParser):
    """Raises sentences where argparse would end the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message.rstrip('.')}; see: {self.prog} --help")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise HelpGiven

    def _print_message(self, message: str, file: Any = None) -> None:
        (say if file is sys.stderr else write_out)(message)


class Choice(argparse.Action):
    """Takes one of some words, and names the nearest where it is none of them."""

    def __init__(self, *, valid: Sequence[str], **rest: Any) -> None:
        super().__init__(metavar="|".join(valid), **rest)
        self.valid = valid

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if values not in self.valid:
            known = ", ".join(self.valid)
            meant = did_you_mean(values, self.valid, f"; it takes one of {known}.")
            raise UsageError(f"{option_string} does not take `{values}`{meant}")
        setattr(namespace, self.dest, values)


class Names(argparse.Action):
    """Collects names that are separated by commas, or given one after the other."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        names = [name.strip() for name in values.split(",") if name.strip()]
        if not names:
            raise UsageError(
                f"{option_string} needs the code or family of a rule; see: referee rules"
            )
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *names])


def values_of(words: argparse.Namespace) -> dict[str, Any]:
    """Return what a parser found, lists as tuples, without the parser."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(words).items()
        if name != "parser"
    }


def about_unknown(word: str, parser: argparse.ArgumentParser) -> str:
    """Return what is wrong with a word that a parser does not know, as a sentence."""
    if not word.startswith("-"):
        return f"`{word}` is one word too many; see: {parser.prog} --help"
    option = word.partition("=")[0]
    valid = [name for name in parser._option_string_actions if name.startswith("--")]
    return f"there is no option `{option}`" + did_you_mean(
        option, valid, f"; see: {parser.prog} --help"
    )


def add_reporting(parser: Parser, formats: Sequence[str]) -> None:
    """Add the options of a command that reports findings."""
    report = parser.add_argument_group("the report")
    report.add_argument(
        "--format", action=Choice, valid=formats, default="text",
        help="how findings are written (default: text)",
    )  # fmt: skip
    report.add_argument("--output", metavar="FILE", help="write the report to a file")
    report.add_argument(
        "--color", action=Choice, valid=COLOUR_CHOICES, default="auto",
        help="when to use colours (default: auto, on a terminal; NO_COLOR and FORCE_COLOR count)",
    )  # fmt: skip
    report.add_argument(
        "--verbose",
        action="store_true",
        default=False,
        help="show findings in full, and say on standard error what was passed over and why",
    )


def add_choosing(parser: Parser, fail_levels: Sequence[str]) -> None:
    """Add the options that choose which findings count."""
    choosing = parser.add_argument_group("what counts")
    choosing.add_argument(
        "--select", action=Names, default=[], metavar="CODE|FAMILY",
        help="report these rules and no others (repeatable, or separated by commas)",
    )  # fmt: skip
    choosing.add_argument(
        "--ignore", action=Names, default=[], metavar="CODE|FAMILY",
        help="leave these rules out (repeatable, or separated by commas)",
    )  # fmt: skip
    choosing.add_argument(
        "--fail-on", action=Choice, valid=fail_levels, default=None,
        help="the lowest severity that makes the exit code 1 (default: warning)",
    )  # fmt: skip
    choosing.add_argument(
        "--baseline",
        metavar="FILE",
        help="leave out the findings that this file lists as known",
    )
    choosing.add_argument(
        "--write-baseline",
        metavar="FILE",
        help="list everything that is found now as known, and report nothing",
    )


def add_command(commands: Any, name: str, short: str, long: str, epilog: str) -> Parser:
    """Add a command with its help, and return its parser."""
    parser: Parser = commands.add_parser(
        name,
        help=short,
        description=textwrap.fill(long, 79),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    return parser


def examples(*shown: tuple[str, str]) -> str:
    widest = max(len(command) for command, _ in shown)
    lines = [f"  {command:<{widest}}   {what}" for command, what in shown]
    return "examples:\n" + "\n".join(lines)
