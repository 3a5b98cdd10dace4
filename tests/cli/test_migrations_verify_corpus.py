"""`referee migrations verify` on real projects, as a person calls it, beside what `check` says."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from referee.migrations.database.binaries import (
    HOW_TO_GET_POSTGRESQL,
    MYSQL_VARIABLE,
    POSTGRESQL_VARIABLE,
)
from tests.cli.conftest import Project, Referee
from tests.support.corpus import CORPUS, require_corpus
from tests.support.databases import postgresql_installation
from tests.support.needs import need

pytestmark = pytest.mark.slow
ORCHARD = Path(__file__).parents[2] / "examples" / "orchard"
SQLITE = (
    "stumpapp+stump/core",
    "coollabsio+coolify/apps/api",
    "Mintplex-Labs+anything-llm/server",
    "openlit+openlit/src/client",
    "epicweb-dev+epic-stack",
    "remix-run+indie-stack",
)


@pytest.fixture
def _postgresql() -> None:
    need("PostgreSQL", HOW_TO_GET_POSTGRESQL, postgresql_installation() is not None)


def verified(referee: Referee, *words: str) -> tuple[int, dict[str, Any]]:
    ended = referee("migrations", "verify", *words, "--format", "json")
    assert ended.out, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return ended.code, found


def in_corpus(folder: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of the corpus, which is not written to."""
    require_corpus()
    monkeypatch.chdir(CORPUS / folder)
    return CORPUS / folder


# ---- what differs ----


@pytest.mark.usefixtures("_postgresql")
def test_a_missing_index_is_the_one_difference_and_extensions_are_said_to_be_emulated(
    referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = in_corpus("umami-software+umami/prisma", monkeypatch)
    code, found = verified(referee)
    (difference,) = found["differences"]
    lines = (folder / "schema.prisma").read_text("utf-8").splitlines()
    assert lines[difference["line"] - 1].strip() == "@@index([visitId])"
    assert (difference["table"], difference["columns"]) == ("session_replay", ["visit_id"])
    assert (code, found["equalsSchema"], found["downUp"]) == (1, False, "data-loss")
    checked = referee("migrations", "check", "--select", "unmigrated-change", "--format", "json")
    (static,) = json.loads(checked.out)["findings"]
    assert static["message"] == difference["message"]
    assert static["range"]["start"]["line"] == difference["line"]
    told = referee("migrations", "verify").out
    assert "emulated" in told
    assert "pgcrypto" in told


@pytest.mark.usefixtures("_postgresql")
def test_thirty_foreign_keys_are_missing_both_as_read_and_on_the_database(
    referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = in_corpus("triggerdotdev+trigger.dev/internal-packages/database", monkeypatch)
    code, found = verified(referee)
    assert (code, found["empty"]["ok"], len(found["migrations"])) == (1, True, 820)
    told = {
        (each["path"], each["line"]): each["message"]
        for each in found["differences"]
        if each["code"] == "unmigrated-change" and "foreign key" in each["message"]
    }
    assert len(told) == 30
    lines = (folder / "prisma" / "schema.prisma").read_text("utf-8").splitlines()
    assert all("@relation(" in lines[line - 1] for _, line in told)
    checked = referee("migrations", "check", "--select", "unmigrated-change", "--format", "json")
    (summed_up,) = json.loads(checked.out)["findings"]
    places = {(each["path"], each["range"]["start"]["line"]) for each in summed_up["related"]}
    assert places >= set(told)


@pytest.mark.usefixtures("_postgresql")
def test_a_project_in_step_is_clean(referee: Referee, monkeypatch: pytest.MonkeyPatch) -> None:
    in_corpus("boxyhq+saas-starter-kit", monkeypatch)
    code, found = verified(referee)
    assert (code, found["differences"], found["notRun"]) == (0, [], [])
    assert referee("migrations", "check").code == 0


@pytest.mark.parametrize("folder", SQLITE)
def test_a_project_of_sqlite_needs_nothing_but_python(
    referee: Referee, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    in_corpus(folder, monkeypatch)
    monkeypatch.setenv("PATH", "")
    _, found = verified(referee, "--all")
    assert found["engine"].startswith(f"SQLite {sqlite3.sqlite_version}")
    assert found["empty"]["ok"] is True
    assert found["downUp"] in ("exact", "data-loss")


# ---- from nothing ----


@pytest.mark.usefixtures("_postgresql")
def test_the_first_migration_of_the_example_verifies(
    referee: Referee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ORCHARD, tmp_path / "orchard")
    monkeypatch.chdir(tmp_path / "orchard")
    assert referee("migrations", "new", "init").code == 0
    code, found = verified(referee)
    assert (code, found["equalsSchema"], found["downUp"]) == (0, True, "exact")
    assert len(found["migrations"]) == 1


# ---- without a server ----


@pytest.mark.parametrize(
    ("provider", "variable", "said"),
    [
        ("postgresql", POSTGRESQL_VARIABLE, "where there is no `initdb` and `postgres`"),
        ("mysql", MYSQL_VARIABLE, "where there is no `mariadbd` or `mysqld`"),
    ],
)
def test_without_a_server_the_scripts_are_read_and_that_is_said(
    referee: Referee,
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    variable: str,
    said: str,
) -> None:
    quote = "`" if provider == "mysql" else '"'
    script = "CREATE TABLE 'A' ('id' INTEGER NOT NULL, PRIMARY KEY ('id'));".replace("'", quote)
    project(
        {
            "schema.prisma": f'datasource db {{\n  provider = "{provider}"\n}}\n'
            "model A {\n  id Int @id\n  b  Int?\n}\n",
            "migrations/migration_lock.toml": f'provider = "{provider}"\n',
            "migrations/1_init/migration.sql": script,
        }
    )
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv(variable, str(tmp_path / "nothing"))
    code, found = verified(referee)
    assert (code, found["engine"], found["empty"]["ok"], found["rows"]["ok"]) == (
        2,
        None,
        None,
        None,
    )
    assert [each["evidence"] for each in found["differences"]] == ["replay"]
    assert len(found["notRun"]) == 4
    assert all(said in each["why"] for each in found["notRun"])
    told = referee("report").out.replace("\\_", "_")
    assert f"The migrations were not tried on a database: {variable} names " in told
    assert "Replayed from their files, 1 migration makes a database that differs" in told
