"""The command `referee`: finds the command that is asked for, runs it, and ends with its code.

It deliberately imports a command only when it runs, so that help is quick and a check does not
pay for the language server.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from referee.cli.arguments import Arguments, read_arguments
from referee.cli.errors import FAILED, INTERRUPTED, UsageError
from referee.cli.terminal import prepare_streams, say


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the words ask for, and return its exit code; raises nothing."""
    if argv is None:
        # The process ends with its command: looking for garbage costs it more than keeping it.
        gc.disable()
    words = list(sys.argv[1:] if argv is None else argv)
    prepare_streams()
    try:
        arguments = read_arguments(words)
        if isinstance(arguments, int):
            return arguments
        return _run(arguments)
    except UsageError as mistake:
        say(f"referee: {mistake}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as failure:
        _tell_failure(failure, wants_trace="--verbose" in words)
        return FAILED


def _run(arguments: Arguments) -> int:
    if arguments.command == "check":
        from referee.cli.check import run_check

        return run_check(arguments)
    if arguments.command == "explain":
        from referee.cli.explain import run_explain

        return run_explain(arguments)
    if arguments.command == "graph":
        from referee.cli.graph import run_graph

        return run_graph(arguments)
    if arguments.command == "migrations":
        from referee.cli.migrations import run_migrations

        return run_migrations(arguments.words)
    if arguments.command == "report":
        from referee.cli.report import run_report

        return run_report(arguments.words)
    if arguments.command == "ci":
        from referee.cli.ci import run_ci

        return run_ci(arguments.words)
    if arguments.command == "serve":
        from referee.cli.serve import run_serve

        return run_serve(arguments)
    from referee.cli.rules import run_rules

    return run_rules(arguments)


def _tell_failure(failure: Exception, wants_trace: bool) -> None:
    if wants_trace or os.environ.get("REFEREE_TRACE"):
        import traceback

        say(traceback.format_exc().rstrip())
        say("referee: this is a mistake in Referee; the trace above says where.")
        return
    words = f"{type(failure).__name__}: {failure}".splitlines()[0].rstrip(".")
    say(f"referee: this is a mistake in Referee ({words}); REFEREE_TRACE=1 shows where.")
