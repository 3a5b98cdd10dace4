"""What a database refuses or cannot do reaches people as one sentence, whatever the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.cli.database_failures import told_failures
from referee.cli.errors import UsageError
from referee.migrations.database.sqlite import sqlite_database


def test_a_refusal_is_told_as_a_sentence() -> None:
    said = "SQLITE_ERROR: no such table: nope"
    with (
        pytest.raises(UsageError, match=said),
        told_failures(),
        sqlite_database() as connection,
    ):
        connection.run_script("SELECT * FROM nope")


def test_a_file_that_cannot_be_written_is_told_as_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a throwaway database failed"), told_failures():
        (tmp_path / "nope" / "1.db").write_bytes(b"")
