"""What Referee does with migrations: from the command line, in an editor, on databases.

Prisma's own engine is asked the question that both answer, whether a history makes its schema, on
a database server that runs already. It deliberately draws no conclusion from the samples.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from referee.migrations.database.binaries import HOW_TO_GET_POSTGRESQL
from tests.bench.client import Client, Published, ServerFailed, resident_memory
from tests.bench.figures import Table
from tests.bench.histories import (
    MODELS,
    Project,
    corpus_is_missing,
    generated_schema,
    write_corpus,
    write_generated,
)
from tests.bench.places import quiet_folder
from tests.bench.processes import Run, peak_memory, run_with_memory
from tests.bench.tools import (
    REFEREE,
    environment,
    migrations_check_command,
    new_command,
    report_command,
    verify_command,
)
from tests.support.databases import postgresql_installation, shared_postgresql
from tests.support.official_ddl import require_engine
from tests.support.official_migrations import OfficialComparison, OfficialRefusal

FIRST, AGAIN, ENGINE = "first check", "check again", "Prisma's engine"
OPEN, OPEN_AGAIN = "first open", "open again"
EDIT, UNDO = "edit", "edit undone"
SCRIPT, HOVER = "open a script", "hover in it"
SERVER = "language server"
TIME = "time"

_CODE = "unmigrated-change"
# No migration makes this model, so that in every project there is something to be told.
_LACKING = "\nmodel RefereeBench {\n  id Int @id\n}\n"
_FIELD = "  refereeBench Int?\n"
_MODEL = re.compile(r"^model \w+ *\{.*\n", re.M)
_CREATE = re.compile(r"^CREATE TABLE", re.M)
_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class MigrationRounds:
    """How often each thing is measured."""

    processes: int
    edits: int
    commands: int


def measure_migrations(
    rounds: MigrationRounds, *, with_corpus: bool, tell: Callable[[str], None]
) -> Iterator[Table]:
    """Measure everything about migrations, and yield each table when it is full."""
    checks = Table("Migrations: does the history make the schema", (FIRST, AGAIN, ENGINE))
    memory = Table("Migrations: memory", (FIRST, AGAIN, ENGINE, SERVER), is_comparison=False)
    editor = Table(
        "Migrations: in the editor",
        (OPEN, OPEN_AGAIN, EDIT, UNDO, SCRIPT, HOVER),
        is_comparison=False,
    )
    commands = Table("Migrations: other commands", (TIME,), is_comparison=False)
    reason = _engine_is_missing()
    if reason is not None:
        checks.notes.append(f"Without Prisma's engine: {reason}")
    with quiet_folder() as name:
        folder = Path(name)
        projects = []
        for provider in ("postgresql", "sqlite"):
            tell(f"writes the history of {provider}")
            projects.append(write_generated(folder / f"generated-{provider}", provider))
        generated = tuple(projects)
        if with_corpus:
            checks.notes.extend(filter(None, [corpus_is_missing()]))
            projects.extend(write_corpus(folder))
        for project in projects:
            _measure_checks(checks, memory, project, rounds.processes, reason is None, tell)
        yield checks
        for project in projects:
            _measure_editor(editor, memory, project, rounds, tell)
        yield memory
        yield editor
        _measure_commands(commands, generated, folder, rounds.commands, tell)
        yield commands


# ---- does the history make the schema ----


def _measure_checks(
    checks: Table,
    memory: Table,
    project: Project,
    rounds: int,
    has_engine: bool,
    tell: Callable[[str], None],
) -> None:
    command = migrations_check_command(project.folder)
    runs: list[tuple[str, Callable[[], Run]]] = [
        (FIRST, lambda: _with_cache(command, None)),
        (AGAIN, lambda: _with_cache(command, kept)),
    ]
    with _empty_folder() as kept:
        _with_cache(command, kept)
        if has_engine:
            try:
                _ask_engine(project)
            except OfficialRefusal as refusal:
                why = _reason(refusal.message)
                checks.notes.append(f"Prisma's engine refuses {project.title}: {why}")
            else:
                runs.append((ENGINE, lambda: _ask_engine(project)))
        for number in range(rounds):
            tell(f"{project.title}, check {number + 1} of {rounds}")
            first = number % len(runs)
            for tool, run in (*runs[first:], *runs[:first]):
                taken = run()
                checks.row(project.title).add(tool, taken.seconds)
                if taken.peak:
                    memory.row(project.title, "MB").add(tool, taken.peak)


def _with_cache(command: Sequence[str], kept: Path | None) -> Run:
    """Run a command with what an earlier run kept, or with nothing kept."""
    if kept is not None:
        return run_with_memory(command, _variables(kept))
    with _empty_folder() as empty:
        return run_with_memory(command, _variables(empty))


def _ask_engine(project: Project) -> Run:
    """Let a new process of Prisma's engine apply the history and compare what it leaves."""
    if project.provider == "postgresql":
        shared_postgresql()
    files = {"schema.prisma": project.schema.read_text("utf-8")}
    started = time.perf_counter()
    with OfficialComparison() as engine:
        engine.lacking(project.provider, files, project.scripts)
        peak = peak_memory(engine.process_id)
    return Run(time.perf_counter() - started, peak)


def _engine_is_missing() -> str | None:
    """Return why Prisma's engine cannot be asked here."""
    try:
        require_engine()
        shared_postgresql()
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        return f"{missing.msg}."
    return None


def _reason(message: str) -> str:
    """Return which migration the engine could not apply, and why, without its own trace."""
    lines = [line.strip() for line in message.partition("\n   0: ")[0].splitlines()]
    said = [line for line in lines if line]
    return " ".join(dict.fromkeys([*said[:1], *said[-1:]])) or "it does not say why."


# ---- in the editor ----


def _measure_editor(
    editor: Table,
    memory: Table,
    project: Project,
    rounds: MigrationRounds,
    tell: Callable[[str], None],
) -> None:
    row = editor.row(project.title)
    text = project.schema.read_text("utf-8") + _LACKING
    path, position = _place_in_script(project)
    with _empty_folder() as kept:
        with _opened(project, text, kept):
            pass  # This session only keeps what later ones find.
        for number in range(rounds.commands):
            tell(f"{project.title}, open {number + 1} of {rounds.commands}")
            with _empty_folder() as empty, _opened(project, text, empty) as (_, taken):
                row.add(OPEN, taken)
            with _opened(project, text, kept) as (client, taken):
                row.add(OPEN_AGAIN, taken)
                row.add(SCRIPT, _open_script(client, path))
                for _ in range(rounds.edits):
                    row.add(HOVER, _hover(client, path, position))
        with _opened(project, text, kept) as (client, _):
            tell(f"{project.title}, edits")
            typed = _Typist(client, project.schema.as_uri(), text)
            for _ in range(rounds.edits):
                row.add(EDIT, typed.insert())
                row.add(UNDO, typed.undo())
            held = resident_memory(client.process_id)
            if held:
                memory.row(project.title, "MB").add(SERVER, held)


@contextlib.contextmanager
def _opened(project: Project, text: str, kept: Path) -> Iterator[tuple[Client, float]]:
    """Start the server and open the schema; yield how long until it told what is not migrated."""
    uri = project.schema.as_uri()
    with Client(REFEREE.command, project.folder, _variables(kept)) as client:
        launched = client.initialize().at - client.started
        sent = client.open(uri, text)
        at = _wait_until(client, uri, lambda told: bool(_unmigrated(told)))
        yield client, launched + at - sent


class _Typist:
    """Types a field that no migration makes into the first model, and takes it out again."""

    def __init__(self, client: Client, uri: str, text: str) -> None:
        self._client = client
        self._uri = uri
        found = _MODEL.search(text)
        if found is None:
            raise ServerFailed(f"{uri} has no model to type in")
        self._line = text.count("\n", 0, found.end())
        self._version = 1
        self._before = _unmigrated(client.published[uri])

    def insert(self) -> float:
        """Insert the field; return how long until it was told that no migration makes it."""
        return self._change(0, _FIELD, lambda told: _unmigrated(told) != self._before)

    def undo(self) -> float:
        """Take the field out; return how long until what is told is as it was."""
        return self._change(1, "", lambda told: _unmigrated(told) == self._before)

    def _change(self, lines: int, new: str, is_told: Callable[[Published], bool]) -> float:
        self._version += 1
        version = self._version
        start = {"line": self._line, "character": 0}
        end = {"line": self._line + lines, "character": 0}
        sent = self._client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self._uri, "version": version},
                "contentChanges": [{"range": {"start": start, "end": end}, "text": new}],
            },
        )
        at = _wait_until(
            self._client, self._uri, lambda told: told.version == version and is_told(told)
        )
        return at - sent


def _unmigrated(told: Published) -> frozenset[tuple[str, int]]:
    """Return the messages about what no migration makes, without places below the edit."""
    return frozenset(
        (each["message"], each["range"]["start"]["character"])
        for each in told.diagnostics
        if each.get("code") == _CODE
    )


def _wait_until(client: Client, uri: str, is_told: Callable[[Published], bool]) -> float:
    """Return when diagnostics came of which something is true; none came for long: it fails."""
    while True:
        told = client.published.get(uri)
        if told is not None and is_told(told):
            return told.at
        client.take_message(_LONGEST_WAIT)


def _place_in_script(project: Project) -> tuple[Path, dict[str, int]]:
    """Return the newest script that makes a table, and a place in that statement."""
    for name, text in reversed(project.scripts):
        found = _CREATE.search(text)
        if found is not None:
            path = project.folder / "prisma" / "migrations" / name / "migration.sql"
            return path, {"line": text.count("\n", 0, found.start()), "character": 9}
    raise ServerFailed(f"{project.title} makes no table")


def _open_script(client: Client, path: Path) -> float:
    """Open a script; return how long its diagnostics took, even if there are none."""
    uri = path.as_uri()
    sent = client.open(uri, path.read_bytes().decode("utf-8-sig"), language="sql")
    return _wait_until(client, uri, lambda told: told.version == 1) - sent


def _hover(client: Client, path: Path, position: Mapping[str, int]) -> float:
    """Hover in an open script; return how long the answer took."""
    answer = client.request(
        "textDocument/hover",
        {"textDocument": {"uri": path.as_uri()}, "position": dict(position)},
    )
    if not answer.result:
        raise ServerFailed(f"there is no hover on a CREATE TABLE in {path}")
    return answer.at - answer.sent


# ---- other commands ----


def _measure_commands(
    table: Table,
    generated: Sequence[Project],
    folder: Path,
    rounds: int,
    tell: Callable[[str], None],
) -> None:
    if postgresql_installation() is None:
        table.notes.append(f"Nothing was run on PostgreSQL: {HOW_TO_GET_POSTGRESQL}.")
    for number in range(rounds):
        for project in generated:
            tell(f"commands, {project.provider}, {number + 1} of {rounds}")
            new = f"`migrations new`, the first migration of {MODELS} models, {project.provider}"
            table.row(new).add(TIME, _write_first(folder / "new", project.provider))
            with _empty_folder() as kept:
                variables = _variables(kept)
                for what, command in _commands(project):
                    table.row(what).add(TIME, run_with_memory(command, variables).seconds)


def _commands(project: Project) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield command lines on a project, each with what it is called in the table."""
    of, count = project.provider, len(project.scripts)
    if of == "sqlite" or postgresql_installation() is not None:
        plain = f"`migrations verify`, {count} migrations, the newest rehearsed with rows, {of}"
        yield plain, verify_command(project.folder)
        every = f"`migrations verify --all`, {count} migrations, all rehearsed with rows, {of}"
        yield every, verify_command(project.folder, "--all")
        yield f"`report`, which tries the migrations, {of}", report_command(project.folder)
    alone = report_command(project.folder, "--no-database")
    yield f"`report --no-database`, {of}", alone


def _write_first(folder: Path, provider: str) -> float:
    """Let the first migration of the generated schema be written; return how long it took."""
    (folder / "prisma").mkdir(parents=True)
    try:
        path = folder / "prisma" / "schema.prisma"
        path.write_text(generated_schema(provider), encoding="utf-8")
        with _empty_folder() as kept:
            taken = run_with_memory(new_command("init", folder), _variables(kept)).seconds
        if len(list(folder.glob("prisma/migrations/*/migration.sql"))) != 1:
            raise ServerFailed("the first migration was not written")
        return taken
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="referee-bench-cache-") as name:
        yield Path(name)


def _variables(kept: Path) -> dict[str, str]:
    """Return the variables of a process that keeps its replays in a folder."""
    return {**environment(), "REFEREE_CACHE_DIR": str(kept)}
