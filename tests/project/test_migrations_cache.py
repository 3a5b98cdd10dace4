"""Replays that are kept: found again, and never trusted where something is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.features.migration_judging import MigrationOptions, ReplayedHistory, replay_history
from referee.migrations.history import History, history_of
from referee.project import migrations_cache
from referee.project.migrations_cache import keep_replay, kept_replay

COUNT = 15


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep replays in a folder of the test's own."""
    monkeypatch.setenv("REFEREE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def history(count: int = COUNT, first: str = "a") -> History:
    """Return a history in which each migration makes a table."""
    return history_of(
        "/project/migrations",
        {
            f"{number:02}/migration.sql": f"CREATE TABLE {first}{number} (id INT);".encode()
            for number in range(count)
        },
    )


def replayed(of: History) -> ReplayedHistory:
    return replay_history(of, "sqlite", MigrationOptions())


def keep(of: History) -> None:
    snapshot = replayed(of).snapshot
    assert snapshot is not None
    keep_replay(snapshot, of, "sqlite", None)


def test_a_replay_is_found_again_and_gives_the_same_database() -> None:
    keep(history())
    found = kept_replay(history(), "sqlite", None, COUNT)
    assert found is not None
    begun = replay_history(history(COUNT + 1), "sqlite", MigrationOptions(), found)
    whole = replayed(history(COUNT + 1))
    assert begun.evidence.skipped > 0
    assert begun.evidence.made == whole.evidence.made
    assert begun.findings == whole.findings


def test_a_replay_serves_the_histories_that_begin_like_it() -> None:
    keep(history())
    found = kept_replay(history(COUNT + 3), "sqlite", None, COUNT + 3)
    assert found is not None
    assert found.count == COUNT


@pytest.mark.parametrize("cut", [0, 10, 40, -1])
def test_a_file_that_was_cut_off_is_as_good_as_none(folder: Path, cut: int) -> None:
    keep(history())
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:cut])
    assert kept_replay(history(), "sqlite", None, COUNT) is None
    assert list(folder.iterdir()) == []


def test_a_file_that_was_changed_is_as_good_as_none(folder: Path) -> None:
    keep(history())
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert kept_replay(history(), "sqlite", None, COUNT) is None


def test_other_scripts_places_and_databases_have_their_own(folder: Path) -> None:
    keep(history())
    assert kept_replay(history(first="b"), "sqlite", None, COUNT) is None
    assert kept_replay(history(), "postgresql", None, COUNT) is None
    assert kept_replay(history(), "sqlite", "app", COUNT) is None


def test_another_version_of_the_program_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(history())
    monkeypatch.setattr(migrations_cache, "__version__", "0.0.0")
    migrations_cache._program.cache_clear()
    try:
        assert kept_replay(history(), "sqlite", None, COUNT) is None
    finally:
        migrations_cache._program.cache_clear()


@pytest.mark.parametrize("layer", ["ddl", "migrations", "migrations/replay", "migrations/sql"])
def test_a_changed_file_of_the_program_begins_anew(tmp_path: Path, layer: str) -> None:
    code = tmp_path / layer / "tables.py"
    code.parent.mkdir(parents=True)
    code.write_text("old")
    before = migrations_cache.stamps_of_code(tmp_path)
    code.write_text("newer")
    assert migrations_cache.stamps_of_code(tmp_path) != before


def test_every_layer_of_the_program_that_replays_is_looked_at() -> None:
    home = Path(migrations_cache.__file__).parent.parent
    expected = len(list((home / "ddl").rglob("*.py")))
    expected += len(list((home / "migrations").rglob("*.py")))
    expected -= len(list((home / "migrations/database").rglob("*.py")))
    assert len(migrations_cache.stamps_of_code(home)) == expected


def test_what_was_not_used_for_longest_makes_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations_cache, "_MOST_FILES", 2)
    for first in "abcd":
        keep(history(first=first))
    assert len(list(folder.iterdir())) == 2
    assert kept_replay(history(first="d"), "sqlite", None, COUNT) is not None


def test_nothing_is_kept_where_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFEREE_CACHE_DIR", "")
    keep(history())
    assert kept_replay(history(), "sqlite", None, COUNT) is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("REFEREE_CACHE_DIR", str(tmp_path / "file" / "inside"))
    keep(history())
    assert kept_replay(history(), "sqlite", None, COUNT) is None
