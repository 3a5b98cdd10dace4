"""Files are written whole or not at all, and nothing is left of what failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from referee.cli.writing import NotWritten, write_new, write_new_together
from tests.cli.conftest import room_for

FILES = (("20260101000000_a/migration.sql", "SELECT 1;\n" * 100), ("migration_lock.toml", "x\n"))


def test_files_that_are_new_are_written_in_the_order_asked_for(tmp_path: Path) -> None:
    place = tmp_path / "prisma" / "migrations"
    assert write_new_together(place, FILES) == [place / name for name, _ in FILES]
    assert [(place / name).read_text() for name, _ in FILES] == [text for _, text in FILES]
    assert sorted(each.name for each in place.iterdir()) == [
        "20260101000000_a",
        "migration_lock.toml",
    ]


@pytest.mark.skipif(os.name == "nt", reason="permissions are others on Windows")
def test_what_is_written_has_the_permissions_that_any_new_file_has(tmp_path: Path) -> None:
    place = tmp_path / "migrations"
    write_new_together(place, FILES)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for name, text in FILES:
        assert (place / name).stat().st_mode == (tmp_path / "file").stat().st_mode, text
    assert (place / FILES[0][0]).parent.stat().st_mode == (tmp_path / "folder").stat().st_mode


def test_a_full_disk_leaves_no_folder_behind(tmp_path: Path) -> None:
    with room_for(50), pytest.raises(NotWritten, match="cannot be written: "):
        write_new_together(tmp_path / "prisma" / "migrations", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_takes_nothing_that_was_there(tmp_path: Path) -> None:
    other = tmp_path / "20250101000000_other" / "migration.sql"
    other.parent.mkdir()
    other.write_text("SELECT 2;\n")
    with room_for(50), pytest.raises(NotWritten):
        write_new_together(tmp_path, FILES)
    assert list(tmp_path.rglob("*")) == [other.parent, other]


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "20260101000000_a").mkdir()
    with pytest.raises(NotWritten, match="file exists"):
        write_new_together(tmp_path, FILES)
    assert [each.name for each in tmp_path.rglob("*")] == ["20260101000000_a"]


def test_a_file_that_finds_no_room_is_not_left_in_part(tmp_path: Path) -> None:
    with room_for(50), pytest.raises(NotWritten):
        write_new(tmp_path / "down.sql", "SELECT 1;\n" * 100)
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_takes_the_place_of_none(tmp_path: Path) -> None:
    path = tmp_path / "down.sql"
    path.write_text("-- mine\n")
    with pytest.raises(NotWritten, match="file exists"):
        write_new(path, "SELECT 1;\n")
    assert path.read_text() == "-- mine\n"
    assert list(tmp_path.iterdir()) == [path]


def test_one_file_that_cannot_be_written_takes_the_others_back(tmp_path: Path) -> None:
    lock = tmp_path / "migration_lock.toml"
    lock.write_text("mine\n")
    with pytest.raises(NotWritten, match=r"migration_lock\.toml cannot be written: file exists"):
        write_new_together(tmp_path, FILES)
    with pytest.raises(NotWritten, match="file exists"):
        write_new_together(tmp_path, (("other.toml", ""), *FILES))
    assert list(tmp_path.iterdir()) == [lock]
    assert lock.read_text() == "mine\n"
