"""Servers of our own: they start wherever we run, harm nothing, and end when we do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from referee.migrations.database.binaries import (
    HOW_TO_GET_MYSQL,
    HOW_TO_GET_POSTGRESQL,
    Installation,
)
from referee.migrations.database.mysql_server import mysql_server
from referee.migrations.database.postgresql_server import postgresql_server
from referee.migrations.database.processes import Identity, ServerDidNotStart
from tests.support.databases import (
    mysql_installation,
    postgresql_installation,
    shared_mysql,
    shared_postgresql,
)
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

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs users and signals of POSIX")

KINDS = ("postgresql", "mysql")

# Starts a server in a process of its own, says what it made, and waits.
PROGRAM = """
import json, sys
from referee.migrations.database.mysql_server import mysql_server
from referee.migrations.database.postgresql_server import postgresql_server
start = {"postgresql": postgresql_server, "mysql": mysql_server}[sys.argv[1]]
with start() as server, server.create_database().connect() as connection:
    answer = connection.query("SELECT 41 + 1")[0][0]
    print(json.dumps([server.process_id, server.address.socket, int(answer)]), flush=True)
    sys.stdin.readline()
"""


def installation_of(kind: str) -> Installation:
    """Return the programs of a kind; skip the test without them, fail it on CI."""
    found = postgresql_installation() if kind == "postgresql" else mysql_installation()
    how = HOW_TO_GET_POSTGRESQL if kind == "postgresql" else HOW_TO_GET_MYSQL
    need(kind, how, found is not None)
    assert found is not None
    return found


@pytest.fixture
def base(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A base for temporary folders of this test alone, which every user may pass through."""
    tmp_path_factory.getbasetemp()  # pytest makes its own where the first test asks for it
    with base_for_folders(monkeypatch) as folder:
        yield folder


def start(
    kind: str, *, python: str = sys.executable, user: int | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", PROGRAM, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": SEARCH_PATH},
        cwd="/",
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
    )


def said(run: subprocess.Popen[str]) -> tuple[int, Path]:
    """Wait until the server runs; return its process id and socket."""
    assert run.stdout is not None
    line = run.stdout.readline()
    if not line:
        pytest.fail(run.communicate()[1])
    process_id, socket, answer = json.loads(line)
    assert answer == 42
    return process_id, Path(socket)


# --- Starting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_starts_answers_and_leaves_nothing(kind: str, base: Path) -> None:
    installation = installation_of(kind)
    before = state_of_the_system(installation.programs, base, Path.cwd())
    run = start(kind)
    process_id, socket = said(run)
    assert socket.is_relative_to(base)
    assert run.communicate("\n")[1] == ""
    assert run.returncode == 0
    await_end(process_id)
    assert list(base.iterdir()) == []
    assert state_of_the_system(installation.programs, base, Path.cwd()) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("identity", ["namespace", "nobody"])
def test_root_starts_a_server_either_way(kind: str, identity: Identity, base: Path) -> None:
    installation = installation_of(kind)
    need("root", "run the tests as root", os.geteuid() == 0, ci_has_it=False)
    before = state_of_the_system(installation.programs, base, Path.cwd())
    launch = postgresql_server if kind == "postgresql" else mysql_server
    with launch(installation, identity=identity) as server, server.connect() as connection:
        assert connection.query("SELECT 1") == [(1,)]
        status = Path(f"/proc/{server.process_id}/status").read_text()
        user = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]
        # From outside its namespace a server is root that lacks every right of root.
        assert int(user) == (0 if identity == "namespace" else NOBODY)
        rights = next(line for line in status.splitlines() if line.startswith("CapEff:"))
        assert int(rights.split()[1], 16) == 0
    assert list(base.iterdir()) == []
    assert state_of_the_system(installation.programs, base, Path.cwd()) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_normal_user_starts_a_server(kind: str, base: Path) -> None:
    installation_of(kind)
    if os.geteuid() != 0:
        pytest.skip("every other test of this file runs as a normal user here")
    python = python_for_everybody()
    need("a Python that every user may run", "install python3", python != "", ci_has_it=False)
    run = start(kind, python=python, user=NOBODY)
    process_id, socket = said(run)
    assert socket.stat().st_uid == NOBODY
    run.communicate("\n")
    await_end(process_id)
    assert list(base.iterdir()) == []


def test_programs_that_nobody_may_reach_are_copied(base: Path) -> None:
    installation = installation_of("postgresql")
    need("root", "run the tests as root", os.geteuid() == 0, ci_has_it=False)
    if installation.origin != "wheel":
        pytest.skip("a PostgreSQL of the system can be reached by everybody")
    package = installation.programs.parents[1]
    with tempfile.TemporaryDirectory() as barred:
        assert Path(barred).stat().st_mode & 0o077 == 0
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                copytree(folder, Path(barred) / folder.name)
        programs = Path(barred, package.name, *installation.programs.parts[-2:])
        moved = replace(installation, programs=programs)
        with postgresql_server(moved, identity="nobody") as server, server.connect() as connection:
            assert server.installation.programs.is_relative_to(base)
            assert connection.query("SELECT 1") == [(1,)]
    assert list(base.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_outlives_the_thread_that_started_it(kind: str, base: Path) -> None:
    installation = installation_of(kind)
    launch = postgresql_server if kind == "postgresql" else mysql_server
    context = launch(installation)
    servers = []
    thread = threading.Thread(target=lambda: servers.append(context.__enter__()))
    thread.start()
    thread.join()
    try:
        for _ in range(3):
            with servers[0].connect() as connection:
                assert connection.query("SELECT 1") == [(1,)]
    finally:
        context.__exit__(None, None, None)
    assert list(base.iterdir()) == []


@pytest.mark.slow
def test_eight_start_at_once(base: Path) -> None:
    installation_of("postgresql")
    runs = [start("postgresql") for _ in range(8)]
    started = [said(run) for run in runs]
    assert len({socket for _, socket in started}) == 8
    for run in runs:
        run.communicate("\n")
        assert run.returncode == 0
    assert list(base.iterdir()) == []


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(base: Path) -> None:
    installation = installation_of("postgresql")
    with (
        pytest.raises(ServerDidNotStart, match="no_such_setting"),
        postgresql_server(installation, {"no_such_setting": "1"}),
    ):
        pass
    assert list(base.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_says_why_and_leaves_nothing(
    base: Path, tmp_path: Path
) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho broken; exit 1\n")
        (tmp_path / name).chmod(0o755)
    broken = replace(installation_of("postgresql"), programs=tmp_path)
    with (
        pytest.raises(ServerDidNotStart, match=r"initdb.*broken"),
        postgresql_server(broken, identity="self"),
    ):
        pass
    assert list(base.iterdir()) == []


# --- Ending -------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run ends the server")
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_run_leaves_no_server_and_the_next_leaves_no_folder(kind: str, base: Path) -> None:
    installation_of(kind)
    run = start(kind)
    process_id, socket = said(run)
    folder = base / socket.relative_to(base).parts[0]
    run.send_signal(signal.SIGKILL)
    run.communicate()
    await_end(process_id)
    assert folder.is_dir()
    following = start(kind)
    said(following)
    assert not folder.exists()
    following.communicate("\n")
    assert list(base.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run ends the server")
def test_a_run_that_is_killed_while_it_starts_leaves_no_program(base: Path) -> None:
    installation_of("postgresql")
    run = start("postgresql")
    folder = await_folder(base)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    for process_id in processes_of(folder):
        await_end(process_id)
    assert processes_of(folder) == []


def await_folder(base: Path) -> Path:
    """Return the folder of a run as soon as a program works in it."""
    while True:
        for folder in base.glob("referee-pg-*"):
            if processes_of(folder):
                return folder


# --- Databases of a server ----------------------------------------------------------------------


def test_a_copy_of_a_database_holds_what_the_original_held() -> None:
    server = shared_postgresql()
    original = server.create_database()
    with original.connect() as connection:
        connection.run_script("CREATE TABLE t (id int); INSERT INTO t VALUES (7)")
    copy = server.create_database(template=original)
    try:
        with copy.connect() as connection:
            assert connection.query("SELECT * FROM t") == [(7,)]
            assert copy.name != original.name
    finally:
        server.drop_database(copy)
        server.drop_database(original)
    with server.connect() as connection:
        names = connection.query("SELECT datname FROM pg_database")
    assert (copy.name,) not in names


@pytest.mark.parametrize("name", ['with "quotes"', "with `ticks`", "Ünïcode"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_database_may_have_any_name(kind: str, name: str) -> None:
    server = shared_postgresql() if kind == "postgresql" else shared_mysql()
    database = server.create_database(name)
    try:
        with database.connect() as connection:
            asked = "SELECT current_database()" if kind == "postgresql" else "SELECT DATABASE()"
            assert connection.query(asked) == [(name,)]
    finally:
        server.drop_database(name)


def test_a_database_is_dropped_while_somebody_is_connected() -> None:
    server = shared_postgresql()
    database = server.create_database()
    with database.connect():
        server.drop_database(database)


def test_the_server_tells_its_product_and_version() -> None:
    with shared_postgresql().connect() as connection:
        assert connection.server == shared_postgresql().server
    with shared_mysql().connect() as connection:
        assert connection.server == shared_mysql().server
