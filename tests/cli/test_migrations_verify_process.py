"""`referee migrations verify` as processes: several at once, other users, terminals, and ends."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from referee.cli.errors import INTERRUPTED
from referee.migrations.database.binaries import HOW_TO_GET_MYSQL, HOW_TO_GET_POSTGRESQL
from tests.cli.conftest import Project
from tests.support.databases import mysql_installation, postgresql_installation
from tests.support.needs import need
from tests.support.processes import (
    NOBODY,
    SEARCH_PATH,
    await_end,
    base_for_folders,
    processes_of,
    python_for_everybody,
    state_of_the_system,
)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs users and signals of POSIX"),
    pytest.mark.slow,
]

# Another Python runs the command with the packages of ours, as they are installed there.
WITH_PACKAGES = """
import site, sys
site.addsitedir(sys.argv.pop(1))
from referee.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
PACKAGES = sysconfig.get_path("purelib")
KINDS = ("postgresql", "mysql", "sqlite")
COUNT = 6


@pytest.fixture
def base(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A base for temporary folders of this test alone, which every user may pass through."""
    tmp_path_factory.getbasetemp()  # pytest makes its own where the first test asks for it
    with base_for_folders(monkeypatch) as folder:
        yield folder


def files_of(kind: str) -> Mapping[str, str]:
    """Return a project in step, whose migrations make a table and add a column each."""
    if kind == "postgresql":
        how, is_here = HOW_TO_GET_POSTGRESQL, postgresql_installation() is not None
        need("PostgreSQL", how, is_here)
    elif kind == "mysql":
        need("MariaDB or MySQL", HOW_TO_GET_MYSQL, mysql_installation() is not None)
    quote = "`" if kind == "mysql" else '"'
    number = "INT" if kind == "mysql" else "INTEGER"
    fields = "".join(f"  c{n} Int?\n" for n in range(1, COUNT))
    scripts = [f"CREATE TABLE 'A' ('id' {number} NOT NULL, PRIMARY KEY ('id'));\n"]
    scripts += [f"ALTER TABLE 'A' ADD COLUMN 'c{n}' {number};\n" for n in range(1, COUNT)]
    return {
        "schema.prisma": f'datasource db {{\n  provider = "{kind}"\n}}\n'
        f"model A {{\n  id Int @id\n{fields}}}\n",
        "migrations/migration_lock.toml": f'provider = "{kind}"\n',
        **{
            f"migrations/{n}_m/migration.sql": script.replace("'", quote)
            for n, script in enumerate(scripts)
        },
    }


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "referee", "migrations", "verify", "--all", *words]


def verified(folder: Path) -> dict[str, Any]:
    """Run to the end, and return the report."""
    ended = subprocess.run(
        command("--format", "json"), cwd=folder, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


# ---- several at once, and other users ----


def test_eight_runs_at_once_say_the_same_and_leave_nothing(project: Project, base: Path) -> None:
    folder = project(files_of("postgresql"))
    files = sorted(folder.rglob("*"))
    before = state_of_the_system(folder, base)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(verified, [folder] * 8))
    for each in found:
        assert (each["empty"]["ok"], each["rows"]["ok"]) == (True, True)
        assert (each["equalsSchema"], each["downUp"], each["notRun"]) == (True, "exact", [])
        assert len(each["migrations"]) == COUNT
    assert list(base.iterdir()) == []
    assert processes_of(base) == []
    assert sorted(folder.rglob("*")) == files
    assert state_of_the_system(folder, base) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_normal_user_verifies(kind: str, base: Path) -> None:
    files = files_of(kind)
    if os.geteuid() != 0:
        pytest.skip("every other test of this file runs as a normal user here")
    python = python_for_everybody()
    need("a Python that every user may run", "install python3", python != "", ci_has_it=False)
    folder = base / "project"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folders = base / "folders"
    folders.mkdir()
    folders.chmod(0o1777)
    before = state_of_the_system(folder, folders)
    ended = subprocess.run(
        [python, "-c", WITH_PACKAGES, PACKAGES, *command("--format", "json")[3:]],
        cwd=folder, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(folders), "PYTHONPATH": SEARCH_PATH},
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, b"")
    found = json.loads(ended.stdout)
    assert (found["equalsSchema"], found["downUp"], found["notRun"]) == (True, "exact", [])
    assert list(folders.iterdir()) == []
    assert state_of_the_system(folder, folders) == before


# ---- progress ----


@dataclass(slots=True)
class Shown:
    """A run whose standard error is a terminal, and what that showed so far."""

    process: subprocess.Popen[bytes]
    terminal: int
    text: str = ""

    def wait_for(self, words: str) -> None:
        """Read until the words were shown."""
        while words not in self.text:
            assert self.read(), f"the run ended without a word of {words!r}: {self.text!r}"

    def wait_for_pieces(self, number: int) -> None:
        """Read until so many pieces of output came, or the end."""
        while number > 0 and self.read(64):
            number -= 1

    def read(self, most: int = 4096) -> bool:
        """Read what comes next; tell whether something came."""
        try:
            piece = os.read(self.terminal, most)
        except OSError:  # Linux tells so that nobody writes any more
            piece = b""
        self.text += piece.decode(errors="replace")
        return bool(piece)

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self.read():
            pass
        os.close(self.terminal)
        return self.process.wait()


def shown(folder: Path, *words: str, **environment: str) -> Shown:
    """Start a run that has a terminal, in a process group of its own as a shell does it."""
    import pty  # which Windows does not have

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*words),
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment}, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    return Shown(process, ours)


def test_a_terminal_sees_a_bar_that_is_gone_at_the_end(project: Project, base: Path) -> None:
    run = shown(project(files_of("sqlite")), COLUMNS="120")
    assert run.end() == 0
    pieces = run.text.split("\r")
    told = [each.strip() for each in pieces if each.strip()]
    assert told[0] == "reading the schema and its migrations ..."
    bars = [re.fullmatch(r"\[(#*)(\.*)\] (\d)/(\d) (.+)", each) for each in told]
    seen = [bar for bar in bars if bar is not None]
    assert {len(bar[1] + bar[2]) for bar in seen} == {24}
    assert [int(bar[3]) for bar in seen if bar[5].startswith("applying")][:COUNT] == [*range(COUNT)]
    kinds = {bar[5].split()[0] for bar in seen}
    assert kinds == {"reading", "applying", "rehearsing", "taking", "comparing"}
    assert not pieces[-1].strip()
    assert pieces[-2].isspace()
    assert "\n" not in run.text


def test_a_bar_is_never_wider_than_the_terminal(project: Project, base: Path) -> None:
    run = shown(project(files_of("sqlite")), COLUMNS="30")
    assert run.end() == 0
    assert max(len(each) for each in run.text.split("\r")) < 30


@pytest.mark.parametrize("words", [["--format", "text"], ["--format", "json"]])
def test_a_pipe_sees_no_bar(project: Project, words: list[str]) -> None:
    ended = subprocess.run(
        command(*words), cwd=project(files_of("sqlite")), capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\r" not in ended.stdout


def test_a_terminal_that_can_do_nothing_sees_no_bar(project: Project) -> None:
    run = shown(project(files_of("sqlite")), TERM="dumb")
    assert run.end() == 0
    assert run.text == ""


# ---- ends ----

MOMENTS = ("starting a database", "applying", "rehearsing", "taking back")


def leaves_nothing(folder: Path, base: Path, before: Mapping[str, object]) -> None:
    """Hold that no server runs, and that nothing is left once another run has ended."""
    for process_id in processes_of(base):
        await_end(process_id)
    following = subprocess.run(command(), cwd=folder, capture_output=True, check=False)
    assert (following.returncode, following.stderr) == (0, b"")
    assert list(base.iterdir()) == []
    assert state_of_the_system(folder, base) == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run ends the server")
@pytest.mark.parametrize(
    ("kind", "moment", "how"),
    [
        *(("postgresql", moment, signal.SIGKILL) for moment in MOMENTS),
        ("postgresql", "rehearsing", signal.SIGTERM),
        ("mysql", "starting a database", signal.SIGKILL),
        ("mysql", "rehearsing", signal.SIGKILL),
        ("sqlite", "applying", signal.SIGKILL),
    ],
)
def test_a_run_that_is_ended_from_outside_leaves_nothing(
    project: Project, base: Path, kind: str, moment: str, how: signal.Signals
) -> None:
    folder = project(files_of(kind))
    before = state_of_the_system(folder, base)
    run = shown(folder)
    run.wait_for(moment)
    run.process.send_signal(how)
    assert run.end() == -how
    project(files_of("sqlite"))
    leaves_nothing(folder, base, before)


@pytest.mark.parametrize(
    ("kind", "moment"),
    [
        ("postgresql", "starting a database"),
        ("postgresql", "rehearsing"),
        ("mysql", "rehearsing"),
        ("sqlite", "taking back"),
    ],
)
def test_ctrl_c_ends_a_run_quietly_and_leaves_nothing_at_once(
    project: Project, base: Path, kind: str, moment: str
) -> None:
    folder = project(files_of(kind))
    before = state_of_the_system(folder, base)
    run = shown(folder)
    run.wait_for(moment)
    # A terminal sends it to every program of the group.
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.end() == INTERRUPTED
    assert "Traceback" not in run.text
    assert "\n" not in run.text
    assert processes_of(base) == []
    assert list(base.iterdir()) == []
    assert state_of_the_system(folder, base) == before


@pytest.mark.fuzz
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run ends the server")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_at_a_random_moment_leaves_nothing(
    project: Project, base: Path, fuzz_rounds: int, how: signal.Signals
) -> None:
    chance = random.Random(f"end of a run {how}")
    folder = project(files_of("sqlite"))
    before = state_of_the_system(folder, base)
    for _ in range(max(2, fuzz_rounds // 20)):
        project(files_of("postgresql"))
        run = shown(folder)
        run.wait_for_pieces(chance.randrange(1, 60))
        os.killpg(run.process.pid, how)
        if chance.random() < 0.3:  # an impatient person presses twice
            os.killpg(run.process.pid, how)
        assert run.end() in (0, INTERRUPTED, -how)
        assert "Traceback" not in run.text
        project(files_of("sqlite"))
        leaves_nothing(folder, base, before)
