"""Changes on disk are noticed when somebody asks."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from referee.project.watching import DiskWatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "schema.prisma"
    path.write_text("a")
    age(path)
    return path


def age(path: Path) -> None:
    """Make a file look as if it had not been touched lately."""
    past = time.time() - 100
    os.utime(path, (past, past))


def watching_of(*paths: Path) -> DiskWatch:
    watch = DiskWatch()
    watch.watch(paths)
    return watch


def test_what_stays_as_it_is_is_not_told(file: Path) -> None:
    watch = watching_of(file, file.parent / "nothing")
    assert watch.changed() == set()


def test_a_change_is_told_once(file: Path) -> None:
    watch = watching_of(file)
    file.write_text("ab")
    age(file)
    assert watch.changed() == {file}
    assert watch.changed() == set()


def test_what_appears_and_vanishes_is_told(file: Path) -> None:
    other = file.parent / "other.prisma"
    watch = watching_of(file, other)
    file.rename(other)
    assert watch.changed() == {file, other}
    assert watch.changed() == set()


def test_a_file_touched_just_now_is_told_until_its_look_can_be_trusted(file: Path) -> None:
    file.write_text("ab")
    watch = watching_of(file)
    file.write_text("ba")
    assert watch.changed() == {file}
    age(file)
    assert watch.changed() == {file}
    assert watch.changed() == set()


def test_what_is_known_is_kept_when_other_paths_join(file: Path) -> None:
    watch = watching_of(file)
    file.write_text("ab")
    age(file)
    watch.watch([file, file.parent])
    assert file in watch.changed()
    watch.watch([])
    assert watch.changed() == set()
