"""Every state that `referee migrations status` tells apart, on each kind of database.

The rows are those that Prisma writes; what the official status says of some of them, and that its
engine writes such rows, is tested in `tests/migrations/database/test_status.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from referee.cli.migrations_status import URL_VARIABLE
from referee.migrations.applied import STATUS_CODES
from referee.migrations.database.connection import Connection
from referee.migrations.database.opening import connect
from referee.migrations.database.statements import Dialect
from referee.migrations.database.urls import Address
from tests.cli.conftest import Project, Referee
from tests.support.databases import shared_mysql, shared_postgresql
from tests.support.prisma_history import apply_as_prisma, make_history, write_row

SCHEMA = "model User {\n  id    Int     @id\n  email String\n  nick  String?\n}\n"
SCRIPTS = {
    "1_init": "CREATE TABLE 'User' ('id' INTEGER NOT NULL, 'email' {} NOT NULL, {} ('id'));\n",
    "2_nick": "ALTER TABLE 'User' ADD COLUMN 'nick' {};\n",
}
TYPES = {"postgresql": "TEXT", "mysql": "VARCHAR(191)", "sqlite": "TEXT"}
KEYS = {
    "postgresql": 'CONSTRAINT "User_pkey" PRIMARY KEY',
    "mysql": "PRIMARY KEY",
    "sqlite": "PRIMARY KEY",
}


@dataclass(slots=True)
class Place:
    """A project with its two migrations, and an empty database for it."""

    dialect: Dialect
    root: Path
    address: Address
    connection: Connection
    scripts: dict[str, str] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def apply(self, *names: str) -> None:
        apply_as_prisma(self.connection, {name: self.scripts[name] for name in names})

    def run(self, script: str) -> None:
        """Change the database behind the back of Prisma."""
        self.connection.run_script(self.of(script))

    def of(self, script: str) -> str:
        script = script.replace("{}", TYPES[self.dialect], 1).replace("{}", KEYS[self.dialect])
        return script.replace("'", "`" if self.dialect == "mysql" else '"')

    def write(self, name: str, text: str) -> None:
        path = self.root / "prisma" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def lock(self) -> None:
        """Hold the lock of a deploy that goes on meanwhile."""
        other = self.stack.enter_context(connect(self.address))
        if self.dialect == "mysql":
            other.query("SELECT GET_LOCK('prisma_migrate', 10)")
        else:
            other.query("SELECT pg_advisory_lock(72707369)")


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def place(
    request: pytest.FixtureRequest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setenv("REFEREE_CACHE_DIR", "")
    dialect: Dialect = request.param
    head = f'datasource db {{\n  provider = "{dialect}"\n}}\n'
    root = project({"prisma/schema.prisma": head + SCHEMA})
    with ExitStack() as stack:
        if dialect == "sqlite":
            (root / "dev.db").touch()
            address = Address("sqlite", file=root / "dev.db")
        else:
            server = shared_postgresql() if dialect == "postgresql" else shared_mysql()
            database = server.create_database()
            stack.callback(server.drop_database, database.name)
            address = database.address
        connection = stack.enter_context(connect(address))
        made = Place(dialect, root, address, connection, stack=stack)
        made.scripts = {name: made.of(script) for name, script in SCRIPTS.items()}
        made.write("migrations/migration_lock.toml", f'provider = "{dialect}"\n')
        for name, script in made.scripts.items():
            made.write(f"migrations/{name}/migration.sql", script)
        yield made


def edited(place: Place, change: Callable[[str], str]) -> None:
    place.apply("1_init", "2_nick")
    place.write("migrations/2_nick/migration.sql", change(place.scripts["2_nick"]))


def in_step(place: Place) -> None:
    place.apply("1_init", "2_nick")


def pending(place: Place) -> None:
    place.apply("1_init")


def failed(place: Place) -> None:
    place.apply("1_init")
    write_row(place.connection, "2_nick", place.scripts["2_nick"], "failed")


def interrupted(place: Place) -> None:
    place.apply("1_init")
    write_row(place.connection, "2_nick", place.scripts["2_nick"], "running")


def running(place: Place) -> None:
    if place.dialect == "sqlite":
        pytest.skip("SQLite has no lock to tell a deploy by")
    interrupted(place)
    place.lock()


def rolled_back(place: Place) -> None:
    place.apply("1_init")
    write_row(place.connection, "2_nick", place.scripts["2_nick"], "rolled-back")


def rolled_back_and_applied(place: Place) -> None:
    rolled_back(place)
    place.connection.run_script(place.scripts["2_nick"])
    write_row(place.connection, "2_nick", place.scripts["2_nick"])


def marked(place: Place) -> None:
    place.apply("1_init")
    place.connection.run_script(place.scripts["2_nick"])
    write_row(place.connection, "2_nick", place.scripts["2_nick"], "marked")


def edited_afterwards(place: Place) -> None:
    edited(place, lambda script: script + "-- more\n")


def other_line_ends(place: Place) -> None:
    edited(place, lambda script: script.replace("\n", "\r\n"))


def ahead(place: Place) -> None:
    in_step(place)
    write_row(place.connection, "3_theirs", "SELECT 1;")


def diverged(place: Place) -> None:
    pending(place)
    write_row(place.connection, "2_theirs", "SELECT 1;")


def column_more(place: Place) -> None:
    in_step(place)
    place.run("ALTER TABLE 'User' ADD COLUMN 'extra' {};")


def column_less(place: Place) -> None:
    in_step(place)
    place.run("ALTER TABLE 'User' DROP COLUMN 'nick';")


def schema_ahead(place: Place) -> None:
    in_step(place)
    path = place.root / "prisma" / "schema.prisma"
    path.write_text(path.read_text("utf-8").replace("String?\n", "String?\n  age Int?\n"), "utf-8")


def without_history(place: Place) -> None:
    for script in place.scripts.values():
        place.connection.run_script(script)


def not_managed(place: Place) -> None:
    for name in place.scripts:
        (place.root / "prisma/migrations" / name / "migration.sql").unlink()
        (place.root / "prisma/migrations" / name).rmdir()


def without_script(place: Place) -> None:
    in_step(place)
    (place.root / "prisma/migrations/3_empty").mkdir()


def empty_table(place: Place) -> None:
    make_history(place.connection)


# What is done, the findings as (code, what it is about), and the states of the migrations.
STATES: tuple[tuple[Callable[[Place], None], list[tuple[str, str]], dict[str, str]], ...] = (
    (in_step, [], {"1_init": "applied", "2_nick": "applied"}),
    (pending, [("pending-migration", "2_nick")], {"1_init": "applied", "2_nick": "pending"}),
    (
        empty_table,
        [("pending-migration", "1_init"), ("pending-migration", "2_nick")],
        {"1_init": "pending", "2_nick": "pending"},
    ),
    (failed, [("failed-migration", "2_nick")], {"1_init": "applied", "2_nick": "failed"}),
    (interrupted, [("failed-migration", "2_nick")], {"1_init": "applied", "2_nick": "failed"}),
    (running, [("running-migration", "2_nick")], {"1_init": "applied", "2_nick": "running"}),
    (
        rolled_back,
        [("rolled-back-migration", "2_nick")],
        {"1_init": "applied", "2_nick": "rolled-back"},
    ),
    (rolled_back_and_applied, [], {"1_init": "applied", "2_nick": "applied"}),
    (marked, [], {"1_init": "applied", "2_nick": "applied"}),
    (
        edited_afterwards,
        [("edited-migration", "2_nick")],
        {"1_init": "applied", "2_nick": "applied"},
    ),
    (other_line_ends, [], {"1_init": "applied", "2_nick": "applied"}),
    (
        ahead,
        [("database-ahead", "3_theirs")],
        {"1_init": "applied", "2_nick": "applied", "3_theirs": "applied"},
    ),
    (
        diverged,
        [
            ("diverged-history", "1_init"),
            ("database-ahead", "2_theirs"),
            ("pending-migration", "2_nick"),
        ],
        {"1_init": "applied", "2_nick": "pending", "2_theirs": "applied"},
    ),
    (column_more, [("drift", "User.extra")], {"1_init": "applied", "2_nick": "applied"}),
    (column_less, [("drift", "User.nick")], {"1_init": "applied", "2_nick": "applied"}),
    (schema_ahead, [("schema-ahead", "User.age")], {"1_init": "applied", "2_nick": "applied"}),
    (without_history, [("baseline-needed", "2_nick")], {"1_init": "pending", "2_nick": "pending"}),
    (not_managed, [("not-managed", "")], {}),
    (
        without_script,
        [("missing-migration-file", "3_empty")],
        {"1_init": "applied", "2_nick": "applied", "3_empty": "pending"},
    ),
)


@pytest.mark.parametrize("row", STATES, ids=[row[0].__name__ for row in STATES])
def test_a_state_is_told_in_every_format(
    place: Place,
    referee: Referee,
    row: tuple[Callable[[Place], None], list[tuple[str, str]], dict[str, str]],
) -> None:
    act, findings, states = row
    act(place)
    url = place.address.url
    ended = referee("migrations", "status", "--url", url, "--format", "json")
    told = json.loads(ended.out)
    assert [(each["code"], about(each)) for each in told["findings"]] == findings
    assert {each["name"]: each["state"] for each in told["migrations"]} == states
    assert ended.code == (1 if findings else 0)
    text = referee("migrations", "status", "--url", url)
    assert text.code == ended.code
    assert all(each["message"] in text.out for each in told["findings"])
    metrics = referee("migrations", "status", "--url", url, "--format", "prometheus").out
    counts = {code: sum(code == each for each, _ in findings) for code in STATUS_CODES}
    for code, count in counts.items():
        assert f'code="{code}"}} {count}\n' in metrics


def about(finding: dict[str, object]) -> str:
    columns = finding.get("columns")
    if isinstance(columns, list) and columns:
        return f"{finding['table']}.{columns[0]}"
    return str(finding.get("migration") or finding.get("table") or "")


def test_every_code_is_in_the_table() -> None:
    assert {code for _, findings, _ in STATES for code, _ in findings} == set(STATUS_CODES)


# ---- migrations that were put together anew ----


def squashed(place: Place) -> None:
    make_history(place.connection)
    for name, script in place.scripts.items():
        place.connection.run_script(script)
        write_row(place.connection, f"0_{name}", script)


def test_migrations_that_replace_those_of_the_database_are_to_be_marked_and_not_run(
    place: Place, referee: Referee
) -> None:
    squashed(place)
    url = place.address.url
    ended = referee("migrations", "status", "--url", url, "--format", "json")
    (finding,) = json.loads(ended.out)["findings"]
    assert (finding["code"], finding["migration"]) == ("diverged-history", "2_nick")
    assert "a deploy would fail" in finding["message"]
    assert [step["command"] for step in finding["next"]] == [
        "npx prisma migrate resolve --applied 1_init\nnpx prisma migrate resolve --applied 2_nick"
    ]
    for name, script in place.scripts.items():
        write_row(place.connection, name, script, "marked")
    assert referee("migrations", "status", "--url", url).code == 0
    place.run("ALTER TABLE 'User' ADD COLUMN 'extra' {};")
    assert referee("migrations", "status", "--url", url).code == 1


def test_another_branch_is_no_squash_where_what_is_pending_only_changes_rows(
    place: Place, referee: Referee
) -> None:
    in_step(place)
    write_row(place.connection, "3_theirs", "SELECT 1;")
    place.write("migrations/3_rows/migration.sql", place.of("DELETE FROM 'User';\n"))
    ended = referee("migrations", "status", "--url", place.address.url, "--format", "json")
    assert [each["code"] for each in json.loads(ended.out)["findings"]] == [
        "diverged-history",
        "database-ahead",
        "pending-migration",
    ]


# ---- namespaces, rights, addresses ----


def test_what_others_keep_in_public_is_no_drift_of_another_namespace(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFEREE_CACHE_DIR", "")
    script = 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));\n'
    project(
        {
            "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n'
            "model A {\n  id Int @id\n}\n",
            "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
            "prisma/migrations/1_init/migration.sql": script,
        }
    )
    server = shared_postgresql()
    database = server.create_database()
    url = database.address.url + ("&" if "?" in database.address.url else "?") + "schema=mine"
    try:
        with database.connect() as connection:
            connection.run_script("CREATE TABLE theirs (id int);")
            ended = referee("migrations", "status", "--url", url)
            assert "pending-migration" in ended.out
            assert "baseline-needed" not in ended.out
            connection.run_script("CREATE SCHEMA mine; SET search_path = mine;")
            apply_as_prisma(connection, {"1_init": script})
        ended = referee("migrations", "status", "--url", url)
        assert ended.code == 0, ended.out
        assert f"`{database.name}` at " in ended.out
        assert ", schema `mine` (PostgreSQL" in ended.out
    finally:
        server.drop_database(database)
