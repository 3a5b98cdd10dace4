from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from referee.migrations.database.folders import (
    remove_stale_folders,
    server_pids,
    throwaway_folder,
)


@pytest.fixture(autouse=True)
def own_base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let nobody else sweep here: another worker that starts a server removes stale folders."""
    with tempfile.TemporaryDirectory(prefix="of-one-test-") as base:
        monkeypatch.setenv("TMPDIR", base)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(base)


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs processes of POSIX")

A_RUN_THAT_IS_KILLED = """
import os, signal
from referee.migrations.database.folders import throwaway_folder
with throwaway_folder("pg") as folder:
    (folder / "data").mkdir()
    (folder / "data" / "postmaster.pid").write_text({pid!r})
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def folder_of_a_killed_run(pid: str) -> Path:
    run = subprocess.run(
        [sys.executable, "-c", A_RUN_THAT_IS_KILLED.format(pid=pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -9, run.stderr
    return Path(run.stdout.strip())


def test_a_folder_is_removed_at_the_end_of_its_block() -> None:
    with throwaway_folder("pg") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not list(folder.parent.glob(f"*{folder.name[-8:]}*"))


def test_a_folder_is_removed_when_its_block_fails() -> None:
    with pytest.raises(KeyError), throwaway_folder("pg") as folder:
        raise KeyError
    assert not folder.exists()


def test_the_folder_of_a_living_run_stays() -> None:
    with throwaway_folder("pg") as folder:
        assert folder not in remove_stale_folders()
        assert folder.is_dir()


def test_the_folder_of_a_killed_run_is_removed_by_the_next() -> None:
    folder = folder_of_a_killed_run("none")
    with throwaway_folder("pg"):
        assert not folder.exists()


def test_a_process_that_only_has_the_number_of_a_server_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        folder = folder_of_a_killed_run(str(bystander.pid))
        assert server_pids(folder) == [bystander.pid]
        remove_stale_folders()
        assert not folder.exists()
        assert bystander.poll() is None
        bystander.communicate(b"\n")
        assert bystander.returncode == 0


def test_a_server_that_outlived_its_run_is_ended_by_the_next(own_base: Path) -> None:
    # Stands for a server on a system whose kernel sends no death signal: it names its folder.
    unlocked = own_base / "referee-pg-outlived"
    (unlocked / "data").mkdir(parents=True)
    waiting = [sys.executable, "-c", "print(flush=True); input()", str(unlocked)]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()  # a process has its command line only once it runs
        (unlocked / "data" / "postmaster.pid").write_text(f"{server.pid}\n")
        remove_stale_folders()
        assert server.wait() == -9
    assert not unlocked.exists()


def test_names_that_are_not_ours_are_left_alone(own_base: Path) -> None:
    strangers = [own_base / name for name in ("referee-pgx", "referee-cache-abc", "referee+x-abc")]
    for stranger in strangers:
        stranger.mkdir()
    assert remove_stale_folders() == []
    assert all(stranger.is_dir() for stranger in strangers)


def test_a_folder_that_was_never_finished_is_removed_once_its_maker_is_gone(
    own_base: Path,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    unfinished = own_base / f"referee+{gone.pid}-abcdefgh"
    young = own_base / f"referee+{os.getpid()}-abcdefgh"
    unfinished.mkdir()
    young.mkdir()
    assert remove_stale_folders() == [unfinished]
    assert not unfinished.exists()
    assert young.is_dir()


def test_a_base_whose_path_is_too_long_for_a_socket_is_not_taken(
    own_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = own_base / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with throwaway_folder("pg") as folder:
        assert len(os.fsencode(folder / "s" / ".s.PGSQL.5432")) <= 103
