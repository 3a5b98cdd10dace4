"""`referee migrations verify`: what it reports in each format, and its exit codes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from referee.features import report as report_module
from referee.migrations.database.opening import connect
from referee.migrations.database.urls import parse_url
from tests.cli.conftest import Project, Referee
from tests.support.databases import shared_mysql, shared_postgresql

JSON_SCHEMA = Path(report_module.__file__).with_name("verification.schema.json")
HEAD = 'datasource db {\n  provider = "sqlite"\n}\n'
SCHEMA = HEAD + "model A {\n  id Int @id\n  b  String?\n}\n"
LOCK = 'provider = "sqlite"\n'
FIRST = 'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);\n'
SECOND = 'ALTER TABLE "A" ADD COLUMN "b" TEXT;\n'


def files(*scripts: str, schema: str = SCHEMA, lock: str = LOCK) -> dict[str, str]:
    """Return a project with migrations `1_m`, `2_m`, ..."""
    return {
        "schema.prisma": schema,
        "migrations/migration_lock.toml": lock,
        **{f"migrations/{n}_m/migration.sql": text for n, text in enumerate(scripts, 1)},
    }


def report_of(referee: Referee, *words: str) -> dict[str, Any]:
    """Return the JSON report, held to its schema."""
    ended = referee("migrations", "verify", "--format", "json", *words)
    found: dict[str, Any] = json.loads(ended.out)
    jsonschema.validate(found, json.loads(JSON_SCHEMA.read_bytes()))
    assert set(found) == {
        "version", "engine", "empty", "rows", "equalsSchema", "differences", "downUp",
        "migrations", "notRun",
    }  # fmt: skip
    return found


def test_a_project_in_step_is_clean(referee: Referee, project: Project) -> None:
    project(files(FIRST, SECOND))
    ended = referee("migrations", "verify")
    assert (ended.code, ended.err) == (0, "")
    assert "An empty database: all 2 apply" in ended.out
    assert "A database with rows: 1 rehearsed migration applied" in ended.out
    assert "Against the schema: equal" in ended.out
    assert "Down and up again: 1 exact" in ended.out


def test_the_json_report_says_everything(referee: Referee, project: Project) -> None:
    project(files(FIRST, SECOND))
    found = report_of(referee)
    assert found["version"] == 1
    assert found["engine"].startswith("SQLite 3")
    clean = {"ok": True, "failedAt": None, "sqlstate": None, "line": None}
    assert (found["empty"], found["rows"]) == (clean, clean)
    assert (found["equalsSchema"], found["differences"]) == (True, [])
    assert (found["downUp"], found["notRun"]) == ("exact", [])
    assert [each["rehearsed"] for each in found["migrations"]] == [False, True]
    assert report_of(referee, "--all")["migrations"][0]["rehearsed"]


def test_a_script_that_fails_is_named_with_its_line(referee: Referee, project: Project) -> None:
    project(files(FIRST, "\n-- here\nDROP TABLE nope;\n"))
    found = report_of(referee)
    assert found["empty"] == {
        "ok": False, "failedAt": "2_m", "sqlstate": "SQLITE_ERROR", "line": 3,
    }  # fmt: skip
    assert found["equalsSchema"] is None
    assert found["downUp"] is None
    assert [each["what"] for each in found["notRun"]] == [
        "the rehearsal on rows",
        "the comparison with the schema",
        "the way down and up again",
    ]
    ended = referee("migrations", "verify")
    assert ended.code == 1
    assert "at migrations/2_m/migration.sql:3" in ended.out
    assert "in production: Fails on every database." in ended.out


def test_a_failure_on_rows_is_a_finding_with_advice(referee: Referee, project: Project) -> None:
    rebuild = (
        "PRAGMA foreign_keys=OFF;\n"
        'CREATE TABLE "new_A" ("id" INTEGER NOT NULL PRIMARY KEY, "b" TEXT NOT NULL);\n'
        'INSERT INTO "new_A" ("id") SELECT "id" FROM "A";\n'
        'DROP TABLE "A";\nALTER TABLE "new_A" RENAME TO "A";\nPRAGMA foreign_keys=ON;\n'
    )
    project(files(FIRST, rebuild, schema=SCHEMA.replace("String?", "String")))
    found = report_of(referee)
    assert found["empty"]["ok"]
    assert found["rows"] == {
        "ok": False, "failedAt": "2_m", "sqlstate": "SQLITE_CONSTRAINT_NOTNULL", "line": 3,
    }  # fmt: skip
    (case,) = found["migrations"][1]["rows"]
    assert (case["kind"], case["rows"]) == ("consistent", 2)
    assert "backfill" in case["failure"]["advice"]
    assert referee("migrations", "verify").code == 1


def test_a_text_says_once_what_several_rows_or_migrations_have_in_common(
    referee: Referee, project: Project
) -> None:
    rebuild = (
        'CREATE TABLE "new_A" ("id" INTEGER NOT NULL PRIMARY KEY, '
        "\"b\" TEXT CHECK (\"b\" IN ('x', 'y')){});\n"
        'INSERT INTO "new_A" SELECT * FROM "A";\n'
        'DROP TABLE "A";\nALTER TABLE "new_A" RENAME TO "A";\n'
    )
    second = rebuild.replace("{}", ", CHECK (\"b\" <> 'y')")
    project(files(FIRST, SECOND, rebuild.replace("{}", ""), second))
    shown = referee("migrations", "verify", "--all").out
    assert shown.count("CHECK constraint failed") == 2
    assert ", and on rows with values that its checks or types may not allow:" in shown
    assert shown.count("in production: On such rows, `prisma migrate deploy` stops there") == 1
    assert "No row could be made up" not in shown


def test_several_projects_in_a_folder_are_verified_one_after_the_other(
    referee: Referee, project: Project
) -> None:
    project(
        {
            **{f"a/{path}": text for path, text in files(FIRST, SECOND).items()},
            **{f"b/{path}": text for path, text in files(FIRST, "DROP TABLE nope;").items()},
            **{f"c/{path}": text for path, text in files(FIRST, SECOND, lock="").items()},
            "without/schema.prisma": SCHEMA,
        }
    )
    ended = referee("migrations", "verify")
    assert ended.code == 1
    schemas = [line.split()[1] for line in ended.out.splitlines() if line.startswith("Schema ")]
    assert schemas == ["a/schema.prisma", "b/schema.prisma", "c/schema.prisma"]
    assert "An empty database: all 2 apply" in ended.out
    assert "An empty database: 2_m fails" in ended.out
    assert "Not run: c/migrations/migration_lock.toml names no provider" in ended.out
    (c,) = (each for each in ended.out.split("Schema ") if "c/schema.prisma" in each)
    assert "Verdict" not in c


@pytest.mark.parametrize("words", [("--format", "json"), ("--rows", "x.sql")])
def test_what_is_about_one_project_wants_it_named(
    referee: Referee, project: Project, words: tuple[str, ...]
) -> None:
    both = (f"{folder}/{path}" for folder in "ab" for path in files(FIRST))
    project({path: files(FIRST)[path.partition("/")[2]] for path in both})
    ended = referee("migrations", "verify", *words)
    assert (ended.code, ended.out) == (2, "")
    assert "there are 2 schemas here; name one" in ended.err


def test_a_difference_stands_where_the_schema_says_it(referee: Referee, project: Project) -> None:
    project(files(FIRST, SECOND, schema=SCHEMA.replace("b  String?", "b  String? @unique")))
    (found,) = report_of(referee)["differences"]
    assert found["code"] == "unmigrated-change"
    assert (found["path"], found["line"]) == ("schema.prisma", 6)
    assert (found["table"], found["columns"]) == ("A", ["b"])
    assert (found["object"], found["evidence"]) == ("A_b_key", "database")
    silenced = SCHEMA.replace(
        "  b  String?", "  // referee-ignore unmigrated-change: known\n  b  String? @unique"
    )
    project(files(FIRST, SECOND, schema=silenced))
    assert referee("migrations", "verify").code == 0


def test_own_rows_are_tried(referee: Referee, project: Project) -> None:
    project(
        {
            **files(FIRST, SECOND, 'CREATE UNIQUE INDEX "u" ON "A"("b");'),
            "twice.sql": "INSERT INTO \"A\" VALUES (1, 'x'), (2, 'x');",
            "wrong.sql": "INSERT INTO nope VALUES (1);",
        }
    )
    found = report_of(referee, "--rows", "twice.sql", "--before", "3_m")
    assert found["rows"]["sqlstate"] == "SQLITE_CONSTRAINT_UNIQUE"
    assert found["rows"]["failedAt"] == "3_m"
    refused = referee("migrations", "verify", "--rows", "wrong.sql")
    assert refused.code == 2
    assert "does not take the rows" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "postgresql://u:secret@h/d"], "applies nothing to the database of --url"),
        (["--scratch-url", "file:x.db"], "SQLite needs no scratch database"),
        (["--scratch-url", "x", "--create-scratch"], "choose"),
        (["--before", "2_m"], "--before says where --rows runs"),
        (["--rows", "missing.sql"], "cannot be read"),
        (["nowhere"], "there is no file or folder `nowhere`"),
    ],
)
def test_calls_that_make_no_sense_are_refused(
    referee: Referee, project: Project, words: list[str], said: str
) -> None:
    project(files(FIRST, SECOND))
    ended = referee("migrations", "verify", *words)
    assert ended.code == 2
    assert said in ended.err
    assert "secret" not in ended.out + ended.err


def test_what_has_no_server_is_read_and_said_not_to_have_run(
    referee: Referee, project: Project
) -> None:
    schema = SCHEMA.replace("sqlite", "sqlserver")
    project(files("CREATE TABLE [A] ([id] INT);", schema=schema, lock='provider = "mssql"\n'))
    found = report_of(referee)
    assert found["engine"] is None
    assert found["empty"]["ok"] is None
    assert len(found["notRun"]) == 4
    assert all("SQL Server" in each["why"] for each in found["notRun"])
    assert referee("migrations", "verify").code == 2


def test_without_a_server_the_scripts_are_compared_as_they_are_read(
    referee: Referee, project: Project
) -> None:
    schema = SCHEMA.replace("sqlite", "cockroachdb")
    project(files(FIRST, schema=schema, lock='provider = "cockroachdb"\n'))
    found = report_of(referee)
    assert found["engine"] is None
    assert found["equalsSchema"] is None
    assert {each["evidence"] for each in found["differences"]} == {"replay"}
    assert "--scratch-url" in found["notRun"][0]["why"]


def test_no_migrations_is_nothing_to_verify(referee: Referee, project: Project) -> None:
    project({"schema.prisma": SCHEMA})
    ended = referee("migrations", "verify")
    assert ended.code == 2
    assert "referee migrations new init" in ended.err


def test_other_formats_hold_the_same_findings(referee: Referee, project: Project) -> None:
    schema = SCHEMA.replace("b  String?", "b  String? @unique")
    project(files(FIRST, SECOND + 'CREATE UNIQUE INDEX "u" ON "A"("b", "id");', schema=schema))
    junit = ElementTree.fromstring(referee("migrations", "verify", "--format", "junit").out)
    cases = junit.findall(".//testcase")
    assert {case.get("classname") for case in cases} == {"empty", "rows", "down", "schema"}
    assert [case.get("classname") for case in cases if case.find("failure") is not None] == [
        "schema"
    ]
    github = referee("migrations", "verify", "--format", "github").out
    assert "file=schema.prisma,line=6" in github
    sarif = json.loads(referee("migrations", "verify", "--format", "sarif").out)
    codes = {each["ruleId"] for each in sarif["runs"][0]["results"]}
    assert codes == {"unmigrated-change", "leftover-in-migrations"}


def test_a_report_is_written_to_a_file(referee: Referee, project: Project) -> None:
    folder = project(files(FIRST, SECOND))
    ended = referee("migrations", "verify", "--format", "json", "--output", "out.json")
    assert (ended.code, ended.out) == (0, "")
    assert json.loads((folder / "out.json").read_bytes())["version"] == 1


# ---- on a server of one's own ----


def test_addresses_of_scratch_databases_are_taken(
    referee: Referee, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = shared_postgresql()
    script = 'CREATE TABLE "A" ("id" INT NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    schema = 'datasource db {\n  provider = "postgresql"\n}\nmodel A {\n  id Int @id\n}\n'
    project(files(script, schema=schema, lock='provider = "postgresql"\n'))
    database = server.create_database()
    try:
        ended = referee("migrations", "verify", "--scratch-url", database.address.url)
        assert ended.code == 0
        assert "scratch database" in ended.out
        monkeypatch.setenv("REFEREE_DATABASE_URL", database.address.url)
        ended = referee("migrations", "verify", "--create-scratch")
        assert ended.code == 0
        assert "made beside" in ended.out
    finally:
        server.drop_database(database)


def test_a_script_that_reaches_the_database_beside_is_not_run_and_said_not_to_be(
    referee: Referee, project: Project
) -> None:
    server = shared_mysql()
    database = server.create_database()
    schema = 'datasource db {\n  provider = "mysql"\n}\nmodel A {\n  id Int @id\n}\n'
    script = f"CREATE TABLE `A` (`id` INT PRIMARY KEY);\nDROP TABLE `{database.name}`.`precious`;"
    project(files(script, schema=schema, lock='provider = "mysql"\n'))
    url = database.address.url
    try:
        with connect(parse_url(url)) as connection:
            connection.run_script("CREATE TABLE precious (id INT)")
        ended = referee(
            "migrations", "verify", "--url", url, "--create-scratch", "--format", "json"
        )
        assert ended.code == 2
        found = json.loads(ended.out)
        assert found["engine"] is None
        assert all("line 2" in each["why"] for each in found["notRun"])
        with connect(parse_url(url)) as connection:
            assert connection.query("SELECT id FROM precious") == []
    finally:
        server.drop_database(database)


def test_an_address_that_leads_nowhere_is_told_without_its_password(
    referee: Referee, project: Project
) -> None:
    schema = SCHEMA.replace("sqlite", "postgresql")
    project(files(FIRST, schema=schema, lock='provider = "postgresql"\n'))
    url = "postgresql://me:hunter2@127.0.0.1:1/nothing"
    ended = referee("migrations", "verify", "--scratch-url", url)
    assert ended.code == 2
    assert "cannot be used" in ended.err
    assert "hunter2" not in ended.err + ended.out
