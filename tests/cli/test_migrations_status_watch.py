"""`referee migrations status --watch`, in a process of its own, on a database that changes."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

import pytest

from referee.features.report.paint import Look
from referee.features.report.status_changes import Changes, Unreachable, event_as_text
from referee.features.report.status_report import DatabaseTitle, StatusReport, ToldStatus
from referee.migrations.applied import MigrationState, MigrationStatus, StatusFinding
from tests.cli.test_migrations_status import apply, files_of_project, validator
from tests.support.databases import shared_postgresql

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=timezone.utc)
TITLE = DatabaseTitle("sqlite", "SQLite 3", "dev.db")


def report(*findings: StatusFinding, states: tuple[MigrationState, ...] = ()) -> StatusReport:
    told = tuple(ToldStatus(each) for each in findings)
    status = MigrationStatus(states, findings)
    return StatusReport(NOON, TITLE, "schema.prisma", "migrations", status, told)


# ---- what counts as a change ----


def test_the_first_look_is_told_whole_and_the_same_again_is_silence() -> None:
    changes = Changes()
    first = changes.after(report())
    assert first is not None
    assert first.kind == "status"
    assert changes.after(replace(report(), at=datetime.now(timezone.utc))) is None


def test_findings_that_appear_and_go_are_told_once() -> None:
    drift = StatusFinding("drift", "It drifted.", table="User")
    changes = Changes()
    changes.after(report())
    came = changes.after(report(drift))
    assert came is not None
    assert [each.finding for each in came.appeared] == [drift]
    assert changes.after(report(drift)) is None
    went = changes.after(report())
    assert went is not None
    assert [each.finding for each in went.gone] == [drift]


def test_a_database_that_is_away_is_told_once_and_its_return_too() -> None:
    changes = Changes()
    changes.after(report())
    away = Unreachable(NOON, "it is away.")
    gone = changes.after(away)
    assert gone is not None
    assert (gone.kind, gone.reason) == ("unreachable", "it is away.")
    assert changes.after(away) is None
    back = changes.after(report(StatusFinding("drift", "It drifted.")))
    assert back is not None
    assert (back.kind, len(back.appeared)) == ("reachable", 1)
    assert changes.after(away) is not None
    again = changes.after(report(StatusFinding("drift", "It drifted.")))
    assert again is not None
    assert (again.kind, again.appeared) == ("reachable", ())


def test_a_change_is_told_in_lines_with_its_time() -> None:
    changes = Changes()
    changes.after(report(states=(MigrationState("1_init", "pending", True),)))
    drift = StatusFinding("drift", "It drifted.")
    event = changes.after(report(drift, states=(MigrationState("1_init", "applied", True),)))
    assert event is not None
    assert event_as_text(event, Look()) == (
        "2026-01-02 12:00:00 UTC  · `1_init` pending → applied\n"
        "2026-01-02 12:00:00 UTC  + warning drift: It drifted.\n"
        "2026-01-02 12:00:00 UTC  1 applied: 1 finding\n"
    )


# ---- for real ----


class Watching:
    """A process that watches, and its lines."""

    def __init__(self, process: subprocess.Popen[str], out: IO[str]) -> None:
        self.process = process
        self._out = out

    def next(self) -> dict[str, Any]:
        """Return the next event; it has the shape that the contract says."""
        line = self._out.readline()
        assert line, f"the watch ended by itself: {self.process.communicate()[1]}"
        event: dict[str, Any] = json.loads(line)
        assert [each.message for each in validator("event").iter_errors(event)] == []
        return event

    def interrupt(self) -> tuple[int, str, str]:
        """Press Ctrl-C; return the exit code and what came since."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def watching(folder: Path, url: str, *words: str) -> Iterator[Watching]:
    """Watch a database, looking as often as can be."""
    command = [sys.executable, "-m", "referee", "migrations", "status", "--watch", "0.05"]
    with subprocess.Popen(
        [*command, *(words or ("--format", "json"))],
        cwd=folder,
        env={**os.environ, "REFEREE_DATABASE_URL": url, "REFEREE_CACHE_DIR": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        try:
            yield Watching(process, process.stdout)
        finally:
            process.kill()


no_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")


@no_signals
def test_a_watch_tells_changes_survives_an_absence_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    for name, text in {"package.json": "{}", **files_of_project()}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file = tmp_path / "dev.db"
    apply(file, "1_init")
    with watching(tmp_path, "file:dev.db") as watch:
        first = watch.next()
        assert first["event"] == "status"
        assert [each["code"] for each in first["findings"]] == ["pending-migration"]
        apply(file, "2_index")
        # Between its two writes a look may see what is half done.
        seen: dict[str, Any] = {}
        while not any(each.get("to") == "applied" for each in seen.get("migrations", ())):
            seen = watch.next()
        assert seen["migrations"] == [{"name": "2_index", "from": "pending", "to": "applied"}]
        file.rename(tmp_path / "away.db")
        gone = watch.next()
        assert gone["event"] == "unreachable"
        assert "cannot be reached" in gone["reason"]
        (tmp_path / "away.db").rename(file)
        back = watch.next()
        assert (back["event"], back["appeared"]) == ("reachable", [])
        with sqlite3.connect(file) as connection:
            connection.execute('ALTER TABLE "User" ADD COLUMN "hacked" TEXT')
        connection.close()
        drifted = watch.next()
        assert [each["columns"] for each in drifted["appeared"]] == [["hacked"]]
        schema = tmp_path / "prisma/schema.prisma"
        text = schema.read_text(encoding="utf-8")
        edited = tmp_path / "edited"
        edited.write_text(text.replace("  email String\n", "  email String\n  nick String?\n"))
        # In one step: a look must not see half of it.
        edited.replace(schema)
        ahead = watch.next()
        assert [each["code"] for each in ahead["appeared"]] == ["schema-ahead"]
        assert watch.interrupt() == (1, "", "")


@no_signals
def test_a_watch_survives_that_its_database_is_dropped_and_made_again(tmp_path: Path) -> None:
    server = shared_postgresql()
    database = server.create_database("watched")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "schema.prisma").write_text(
        'datasource db {\n  provider = "postgresql"\n}\n\nmodel A {\n  id Int @id\n}\n'
    )
    with watching(tmp_path, database.address.url) as watch:
        first = watch.next()
        assert [each["code"] for each in first["findings"]] == ["not-managed"]
        server.drop_database(database)
        assert watch.next()["event"] == "unreachable"
        database = server.create_database("watched")
        assert watch.next()["event"] == "reachable"
        code, out, err = watch.interrupt()
        assert (code, out, err) == (1, "", "")
    server.drop_database(database)


@no_signals
def test_metrics_are_written_anew_at_every_look(tmp_path: Path) -> None:
    for name, text in {"package.json": "{}", **files_of_project()}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    apply(tmp_path / "dev.db", "1_init", "2_index")
    metrics = tmp_path / "referee.prom"
    words = ("--format", "prometheus", "--output", "referee.prom")
    with watching(tmp_path, "file:dev.db", *words) as watch:
        up = 'referee_migrations_up{schema="prisma/schema.prisma"} '
        await_text(metrics, f"{up}1\n", watch.process)
        (tmp_path / "dev.db").unlink()
        await_text(metrics, f"{up}0\n", watch.process)
        assert watch.interrupt() == (2, "", "")


def await_text(file: Path, text: str, process: subprocess.Popen[str]) -> None:
    """Read a file again and again until it holds a text; the process must live as long."""
    while not file.exists() or text not in file.read_text(encoding="utf-8"):
        assert process.poll() is None, f"the watch ended by itself: {process.communicate()[1]}"
