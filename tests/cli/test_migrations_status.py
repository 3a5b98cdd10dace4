"""`referee migrations status` as a person calls it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator

from referee.cli.migrations_status import FORMATS, URL_VARIABLE
from tests.cli.conftest import Project, Referee
from tests.support.databases import shared_postgresql
from tests.support.prisma_history import TABLES

SCHEMA = """\
datasource db {
  provider = "sqlite"
}

model User {
  id    Int    @id
  email String
}
"""
SCRIPTS = {
    "1_init": 'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT NOT NULL);\n',
    "2_index": 'CREATE INDEX "User_email_idx" ON "User"("email");\nDROP INDEX "User_email_idx";\n',
}
ROW = (
    "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, logs, started_at, "
    "applied_steps_count) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
NOON = "2026-01-02T12:00:00.000+00:00"
LATER = "2026-01-02T12:00:01.500+00:00"


def files_of_project() -> dict[str, str | bytes]:
    scripts = {f"prisma/migrations/{n}/migration.sql": text for n, text in SCRIPTS.items()}
    lock = {"prisma/migrations/migration_lock.toml": 'provider = "sqlite"\n'}
    return {"prisma/schema.prisma": SCHEMA, **lock, **scripts}


def apply(file: Path, *names: str, fails: str | None = None) -> None:
    """Apply migrations to a file of SQLite and write the rows that Prisma writes."""
    with sqlite3.connect(file) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchall():
            connection.executescript(TABLES["sqlite"])
        for name in names:
            checksum = hashlib.sha256(SCRIPTS[name].encode()).hexdigest()
            has_failed = name == fails
            if not has_failed:
                connection.executescript(SCRIPTS[name])
            end, logs = (None, "Database error:\nno more space") if has_failed else (LATER, None)
            row = (name, checksum, end, name, logs, NOON, int(not has_failed))
            connection.execute(ROW, row)
    connection.close()


@pytest.fixture
def root(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with two migrations, both applied to `dev.db`."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setenv("REFEREE_CACHE_DIR", "")
    folder = project(files_of_project())
    apply(folder / "dev.db", *SCRIPTS)
    return folder


def validator(definition: str = "status") -> Draft7Validator:
    text = (files("referee.features.report") / "status.schema.json").read_text("utf-8")
    whole = json.loads(text)
    Draft7Validator.check_schema(whole)
    return Draft7Validator({**whole, "allOf": [{"$ref": f"#/definitions/{definition}"}]})


def test_a_database_in_step_has_no_findings(root: Path, referee: Referee) -> None:
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 0, ended.err
    assert ended.out == (
        "Database    `dev.db` (SQLite " + sqlite3.sqlite_version + ")\n"
        "Migrations  prisma/migrations\n"
        "Schema      prisma/schema.prisma\n"
        "\n"
        "  ✓ 1_init   applied     2026-01-02 12:00 UTC\n"
        "  ✓ 2_index  applied     2026-01-02 12:00 UTC\n"
        "\n"
        "2 applied: no findings\n"
    )


def test_the_address_may_come_from_the_environment(
    root: Path, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, "file:./dev.db")
    assert referee("migrations", "status").code == 0


def test_a_relative_file_may_be_beside_the_schema_as_prisma_has_it(
    root: Path, referee: Referee
) -> None:
    (root / "dev.db").rename(root / "prisma" / "dev.db")
    ended = referee("migrations", "status", "--url", "file:./dev.db")
    assert (ended.code, "`prisma/dev.db`" in ended.out) == (0, True)


def test_findings_are_told_with_what_to_do_next(root: Path, referee: Referee) -> None:
    (root / "prisma/migrations/1_init/migration.sql").write_text(
        SCRIPTS["1_init"] + "-- edited\n", encoding="utf-8"
    )
    schema = SCHEMA.replace("  email String\n", "  email String\n  nick  String?\n")
    (root / "prisma/schema.prisma").write_text(schema, encoding="utf-8")
    with sqlite3.connect(root / "dev.db") as connection:
        connection.execute('ALTER TABLE "User" ADD COLUMN "hacked" TEXT')
    connection.close()
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 1
    body = ended.out[ended.out.index("  ✓") if "  ✓" in ended.out else 0 :]
    assert "  ! 1_init   applied     2026-01-02 12:00 UTC  edited since\n" in ended.out
    assert re.sub(r"[0-9a-f]{12}", "<sum>", body[body.index("━━") :]) == (
        "━━ edited-migration: Edited after it was applied\n"
        "   `1_init` was edited after it was applied: its checksum is <sum>, and <sum> was "
        "applied.\n"
        "   next: Find the edit and take it back; what it adds belongs in a migration of its own.\n"
        "         $ git log --patch -- '*1_init/migration.sql'\n"
        "\n"
        "━━ drift: The database is not what its migrations make\n"
        "   The database has the column `hacked` of `User`, which no applied migration makes.\n"
        "   next: If it is wanted, write a migration that makes it, and say that it is applied "
        "here; if not, drop it.\n"
        "\n"
        "━━ schema-ahead: The schema says what no migration makes\n"
        "   No migration makes the column `nick` of `User`.\n"
        "     at prisma/schema.prisma:8:3\n"
        "   next: Write a migration for what differs.\n"
        "         $ referee migrations new <name>\n"
        "\n"
        "2 applied: 3 findings\n"
    )


def test_a_failed_and_a_pending_migration_are_told(project: Project, referee: Referee) -> None:
    folder = project(files_of_project())
    apply(folder / "dev.db", "1_init", fails="1_init")
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 1
    assert "`1_init` failed at 2026-01-02 12:00 UTC: no more space. Nothing of it" in ended.out
    assert "`2_index` is not applied.\n" in ended.out
    assert ended.out.endswith("0 applied, 1 pending, 1 failed: 2 findings\n")


def test_a_long_history_shows_its_end_unless_all_is_asked_for(
    project: Project, referee: Referee
) -> None:
    written = files_of_project()
    names = [f"{number}_more" for number in range(20, 40)]
    for name in names:
        written[f"prisma/migrations/{name}/migration.sql"] = f"-- {name}\n"
    folder = project(written)
    apply(folder / "dev.db", "1_init", "2_index")
    with sqlite3.connect(folder / "dev.db") as connection:
        for name in names:
            checksum = hashlib.sha256(f"-- {name}\n".encode()).hexdigest()
            connection.execute(ROW, (name, checksum, LATER, name, None, NOON, 1))
    connection.close()
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 0
    assert "… 19 more, applied" in ended.out
    assert ended.out.count("✓") == 3
    full = referee("migrations", "status", "--url", "file:dev.db", "--verbose")
    assert full.out.count("✓") == 22


# ---- formats ----


def test_json_fits_its_schema_and_counts(root: Path, referee: Referee) -> None:
    with sqlite3.connect(root / "dev.db") as connection:
        connection.execute("DELETE FROM _prisma_migrations WHERE id = '2_index'")
        connection.execute('ALTER TABLE "User" ADD COLUMN "hacked" TEXT')
    connection.close()
    ended = referee("migrations", "status", "--url", "file:dev.db", "--format", "json")
    assert ended.code == 1
    told = json.loads(ended.out)
    assert [each.message for each in validator().iter_errors(told)] == []
    assert told["lastApplied"] == "1_init"
    assert told["summary"]["migrations"] == {
        "applied": 1, "pending": 1, "failed": 0, "running": 0, "rolled-back": 0,
    }  # fmt: skip
    assert [
        (each["code"], each.get("table"), each.get("columns")) for each in told["findings"]
    ] == [
        ("drift", "User", ["hacked"]),
        ("pending-migration", None, None),
    ]
    assert told["migrations"][0]["finishedAt"] == "2026-01-02T12:00:01.500Z"


def test_prometheus_gets_counts_and_times(root: Path, referee: Referee) -> None:
    ended = referee("migrations", "status", "--url", "file:dev.db", "--format", "prometheus")
    assert ended.code == 0
    lines = ended.out.splitlines()
    schema = 'schema="prisma/schema.prisma"'
    assert f"referee_migrations_up{{{schema}}} 1" in lines
    assert f'referee_migrations_count{{{schema},state="applied"}} 2' in lines
    assert f'referee_migrations_findings{{{schema},code="drift"}} 0' in lines
    assert f"referee_migrations_last_applied_timestamp_seconds{{{schema}}} 1767355201.5" in lines
    for line in lines:
        if not line.startswith("#"):
            assert re.fullmatch(r'[a-z_]+\{([a-z]+="[^"]*",?)+\} \d+(\.\d+)?', line), line


def test_prometheus_is_told_that_a_database_is_down(root: Path, referee: Referee) -> None:
    ended = referee("migrations", "status", "--url", "file:none.db", "--format", "prometheus")
    assert ended.code == 2
    assert 'referee_migrations_up{schema="prisma/schema.prisma"} 0' in ended.out.splitlines()
    assert "cannot be reached" in ended.err


def test_github_and_junit_get_the_same_findings(root: Path, referee: Referee) -> None:
    (root / "prisma/migrations/3_new").mkdir()
    (root / "prisma/migrations/3_new/migration.sql").write_text("-- new\n", encoding="utf-8")
    ended = referee("migrations", "status", "--url", "file:dev.db", "--format", "github")
    assert ended.code == 1
    assert ended.out.startswith(
        "::warning title=pending-migration,file=prisma/migrations/3_new/migration.sql,line=1"
    )
    ended = referee("migrations", "status", "--url", "file:dev.db", "--format", "junit")
    failures = list(ElementTree.fromstring(ended.out).iter("failure"))
    assert [each.get("type") for each in failures] == ["pending-migration"]


def test_a_report_may_go_to_a_file(root: Path, referee: Referee) -> None:
    ended = referee(
        "migrations", "status", "--url", "file:dev.db", "--format", "json", "--output", "a.json"
    )
    assert (ended.code, ended.out) == (0, "")
    assert json.loads((root / "a.json").read_text(encoding="utf-8"))["version"] == 1


# ---- what cannot be ----


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no database is named; put its address into REFEREE_DATABASE_URL"),
        (
            ["--url", "file:none.db"],
            "the database cannot be reached: there is no file `none.db` or `prisma/none.db`.",
        ),
        (["--url", "postgresql://u:hush@h/d"], "the migrations are for SQLite, and the address"),
        (["--url", "sqlserver://h;password=hush"], "`sqlserver` is not among postgresql"),
        (["--url", "hush"], "the address of the database is of no use"),
        (["--url", "file:dev.db", "other"], "there is no file or folder `other`."),
        (["--url", "file:dev.db", "--watch", "no"], "`no` is no number of seconds"),
        (["--url", "file:dev.db", "--watch", "-1"], "is no number of seconds"),
        (["--url", "file:dev.db", "--watch", "--format", "junit"], "--watch tells changes as text"),
        (["--url", "file:dev.db", "--format", "prom"], "did you mean `prometheus`?"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    root: Path, referee: Referee, words: list[str], said: str
) -> None:
    ended = referee("migrations", "status", *words)
    assert ended.code == 2
    assert said in ended.err
    assert "hush" not in ended.err + ended.out or words == ["--url", "hush"]


def test_an_address_that_is_no_address_is_not_repeated(root: Path, referee: Referee) -> None:
    ended = referee("migrations", "status", "--url", "hush")
    assert "hush" not in ended.err + ended.out


def test_a_server_that_is_not_there_is_told_without_the_password(
    project: Project, referee: Referee
) -> None:
    folder = project(
        {name: text for name, text in files_of_project().items() if not name.endswith(".sql")}
    )
    (folder / "prisma/schema.prisma").write_text(SCHEMA.replace("sqlite", "postgresql"), "utf-8")
    (folder / "prisma/migrations/migration_lock.toml").write_text(
        'provider = "postgresql"\n', "utf-8"
    )
    for format in FORMATS:
        ended = referee(
            "migrations", "status", "--format", format,
            "--url", "postgresql://app:sesame@127.0.0.1:1/app?sslpassword=sesame2",
        )  # fmt: skip
        assert ended.code == 2
        assert "the database cannot be reached" in ended.err
        assert "sesame" not in ended.err + ended.out


def test_no_output_holds_the_password_of_a_database_that_answers(
    project: Project, referee: Referee
) -> None:
    server = shared_postgresql()
    database = server.create_database()
    script = 'CREATE TABLE "User" ("id" INTEGER NOT NULL, "email" TEXT NOT NULL,\n'
    script += 'CONSTRAINT "User_pkey" PRIMARY KEY ("id"));\n'
    project(
        {
            "prisma/schema.prisma": SCHEMA.replace("sqlite", "postgresql"),
            "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
            "prisma/migrations/1_init/migration.sql": script,
        }
    )
    with database.connect() as connection:
        connection.run_script(
            "CREATE ROLE reader LOGIN PASSWORD 'sesame';\n"
            "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT "
            "NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, "
            "rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), "
            "applied_steps_count int NOT NULL DEFAULT 0);\n"
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES "
            "('1', 'x', '1_init', 'could not reach postgresql://reader:sesame@host/app');\n"
        )
    url = re.sub(r"//[^/@]*@", "//reader:sesame@", database.address.url)
    try:
        # Without the right to read the table nothing can be told.
        ended = referee("migrations", "status", "--url", url)
        assert ended.code == 2
        assert "the database could not be read: 42501: permission denied" in ended.err
        assert "must be allowed to SELECT from `_prisma_migrations`" in ended.err
        assert "sesame" not in ended.err + ended.out
        with database.connect() as connection:
            connection.execute("GRANT SELECT ON _prisma_migrations TO reader")
        for format in FORMATS:
            ended = referee("migrations", "status", "--url", url, "--format", format)
            assert ended.code == 1
            assert "sesame" not in ended.err + ended.out
        ended = referee("migrations", "status", "--url", url)
        assert "failed at" in ended.out
        assert "could not reach" in ended.out
    finally:
        server.drop_database(database)
        with server.create_database().connect() as connection:
            connection.execute("DROP ROLE reader")


def test_colours_are_used_only_where_they_are_wanted(root: Path, referee: Referee) -> None:
    plain = referee("migrations", "status", "--url", "file:dev.db")
    assert "\x1b" not in plain.out
    painted = referee("migrations", "status", "--url", "file:dev.db", "--color", "always")
    assert "\x1b[32m✓\x1b[0m" in painted.out
    assert re.sub("\x1b\\[[0-9;]*m", "", painted.out).replace(" \n", "\n") == plain.out


def test_a_project_of_mongodb_has_no_status(project: Project, referee: Referee) -> None:
    project(
        {
            "prisma/schema.prisma": 'datasource db {\n  provider = "mongodb"\n}\n'
            'model A {\n  id String @id @map("_id")\n}\n'
        }
    )
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 2
    assert "MongoDB has no migrations" in ended.err
