"""`make bench`: Referee beside the official server and other tools, on the same schemas.

`python -m tests.bench [--quick] [--only PART] [--models N ...] [--json FILE] [--write FILE]`.
Progress goes to standard error and the tables to standard output.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import sessions
from tests.bench.client import ServerFailed
from tests.bench.figures import Table, as_json, machine, markdown, misses, write_behind_marker
from tests.bench.migrations import MigrationRounds, measure_migrations
from tests.bench.places import places_in
from tests.bench.processes import CHECK, COMMANDS, measure_process
from tests.bench.schemas import schema
from tests.bench.sessions import Rounds, measure_sessions
from tests.bench.tools import REFEREE, Server, official_server, versions
from tests.support.corpus import corpus_units
from tests.support.official import blank_urls, without_unknown_previews

PARTS = ("servers", "processes", "migrations")
SIZES = (147, 1000, 5000)
MOST_CORPUS_SCHEMAS = 2
# What is published by itself, and the marker in front of its place in the page.
BENCH, MIGRATIONS = "<!-- measured: bench -->", "<!-- measured: migrations -->"


@dataclass(frozen=True, slots=True)
class Subject:
    """A schema to measure on; `models` is None for one that is not generated."""

    title: str
    text: str
    models: int | None
    rounds: Rounds


def main(words: Sequence[str]) -> int:
    """Measure and print; return 1 if a server failed."""
    options = _options(words)
    before = machine()
    started = datetime.datetime.now(datetime.timezone.utc)
    tables: list[Table] = []
    failures: list[str] = []
    judges_schemas = options.measures_servers or options.measures_processes
    subjects = list(_subjects(options)) if judges_schemas else []
    if options.measures_servers:
        servers = _servers(options.server)
        for subject in subjects:
            table = Table(subject.title, tuple(server.name for server in servers))
            _prepare_rows(table, subject.models)
            try:
                places = places_in(subject.text)
                measure_sessions(
                    table, servers, subject.text, places, subject.rounds, Teller(subject.title)
                )
            except (ServerFailed, OSError) as failure:
                failures.append(f"{subject.title}: {failure}")
            tables.append(table)
            print(markdown(table), flush=True)
    if options.measures_processes:
        table = Table("Whole processes", COMMANDS)
        for subject in subjects:
            expected = 1.0 if subject.models in (147, 1000) else None
            rounds = subject.rounds.launches
            try:
                measure_process(table, subject.title, subject.text, rounds, expected, Teller(CHECK))
            except (ServerFailed, OSError) as failure:
                failures.append(f"{subject.title}: {failure}")
        tables.append(table)
        print(markdown(table), flush=True)
    of_migrations: list[Table] = []
    if options.measures_migrations:
        rounds_of_migrations = MigrationRounds(*((2, 5, 1) if options.quick else (3, 10, 3)))
        try:
            for table in measure_migrations(
                rounds_of_migrations,
                with_corpus=not (options.quick or options.skip_corpus),
                tell=Teller("migrations"),
            ):
                of_migrations.append(table)
                print(markdown(table), flush=True)
        except (ServerFailed, OSError) as failure:
            failures.append(f"migrations: {failure}")
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    print(_head(before, started, words))
    for sentence in misses(tables):
        print(f"Missed: {sentence}", file=sys.stderr)
    for failure_text in failures:
        print(f"Failed: {failure_text}", file=sys.stderr)
    if options.json is not None:
        facts = {"line": before, "started": started.isoformat(), **versions()}
        everything = as_json([*tables, *of_migrations], facts)
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if options.write is not None and not failures:
        head = _head(before, started, words)
        for marker, measured in ((BENCH, tables), (MIGRATIONS, of_migrations)):
            if measured:
                body = "\n".join(markdown(table) for table in measured)
                write_behind_marker(options.write, marker, f"{head}\n\n{body}")
    return 1 if failures else 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure Referee beside other tools."
    )
    parser.add_argument("--quick", action="store_true", help="one small schema, few rounds")
    parser.add_argument("--models", type=int, nargs="+", help="sizes of the generated schemas")
    parser.add_argument("--rounds", type=int, help="rounds of edits for every schema")
    parser.add_argument(
        "--server", choices=("both", "referee", "official"), default="both", help="whom to measure"
    )
    parser.add_argument("--only", choices=PARTS, help="measure this part alone")
    for part in PARTS:
        parser.add_argument(f"--skip-{part}", action="store_true", help=f"leave out {part}")
    parser.add_argument("--skip-corpus", action="store_true", help="generated schemas only")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    parser.add_argument("--write", type=Path, help="write what is measured into this page")
    options = parser.parse_args(words)
    for part in PARTS:
        is_left_out = getattr(options, f"skip_{part}") or options.only not in (None, part)
        setattr(options, f"measures_{part}", not is_left_out)
    return options


def _servers(choice: str) -> tuple[Server, ...]:
    if choice == "referee":
        return (REFEREE,)
    if choice == "official":
        return (official_server(),)
    return (REFEREE, official_server())


def _subjects(options: argparse.Namespace) -> Iterator[Subject]:
    for models in options.models or ((147,) if options.quick else SIZES):
        few = options.quick or models > 2000
        rounds = Rounds(3 if few else 7, options.rounds or (10 if few else 30))
        yield Subject(f"{models:,} models, generated", schema(models), models, rounds)
    if options.quick or options.skip_corpus:
        return
    largest = sorted(
        (unit for unit in corpus_units() if unit.is_one_file), key=lambda unit: -len(unit.text)
    )
    for unit in largest[:MOST_CORPUS_SCHEMAS]:
        # The validator of Prisma 7 refuses the connection settings of Prisma 6.
        text = without_unknown_previews(blank_urls(unit.text))
        project = unit.name.partition("/")[0].replace("+", "/")
        rounds = Rounds(5, options.rounds or 20)
        yield Subject(f"{project}, {text.count(chr(10)):,} lines", text, None, rounds)


def _prepare_rows(table: Table, models: int | None) -> None:
    """Put the rows in order, with the ratios that are expected of a generated schema."""
    keystroke = {147: 10.0, 1000: 40.0}.get(models or 0)
    tenfold = 10.0 if models in (147, 1000) else None
    first = 1.0 if models in (147, 1000) else None
    memory = {147: 2.0, 5000: 1.0}.get(models or 0)
    table.row(sessions.LAUNCH)
    table.row(sessions.FIRST)
    table.row(sessions.LAUNCH_TO_FIRST, expected=first)
    table.row(sessions.KEYSTROKE, expected=keystroke)
    table.row(sessions.ACTIONS, expected=tenfold)
    table.row(sessions.BREAK)
    table.row(sessions.MEND)
    table.row(sessions.COMMENT)
    table.row(sessions.HOVER, expected=tenfold)
    table.row(sessions.MEMORY, "MB", expected=memory)


def _head(before: str, started: datetime.datetime, words: Sequence[str]) -> str:
    """Return when, how and on what it was measured, and beside which versions."""
    command = " ".join(["python -m tests.bench", *words])
    beside = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        f"Measured on {started:%Y-%m-%d} with `{command}` on {before}.\nBeside Referee: {beside}."
    )


class Teller:
    """Says on standard error what is being done, on one line where that is a terminal."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __call__(self, what: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{self._title}: {what}", end="", file=sys.stderr, flush=True)
        else:
            print(f"{self._title}: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
