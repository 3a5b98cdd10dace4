"""The status of real databases whose rows Prisma's own schema engine wrote, and of hand-made ones.

MariaDB's rows are written as the engine writes them: its package holds no connector for MySQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from referee.migrations.applied import (
    DatabaseState,
    MigrationStatus,
    history_to_replay,
)
from referee.migrations.applied_judging import judge_status
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.opening import connect
from referee.migrations.database.prisma_migrations import (
    is_migrating,
    one_moment,
    read_rows,
    time_of,
)
from referee.migrations.database.urls import Address, parse_url
from referee.migrations.evidence import read_history
from referee.migrations.history import History, history_of
from referee.schema.providers import Provider
from tests.support.databases import fresh_mysql, shared_mysql, shared_postgresql
from tests.support.official_migrate import (
    Database,
    Engine,
    PostgresqlForEngine,
    Refused,
    SqliteForEngine,
    official_engine,
)
from tests.support.prisma_history import TABLES

SCRIPTS = {
    "sqlite": {
        "1_init": 'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT NOT NULL);',
        "2_nick": 'ALTER TABLE "User" ADD COLUMN "nick" TEXT;',
        "3_email": 'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");',
    },
    "postgresql": {
        "1_init": 'CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL,\n'
        'CONSTRAINT "User_pkey" PRIMARY KEY ("id"));',
        "2_nick": 'ALTER TABLE "User" ADD COLUMN "nick" TEXT;',
        "3_email": 'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");',
    },
    "mysql": {
        "1_init": "CREATE TABLE `User` (`id` INTEGER NOT NULL AUTO_INCREMENT, `email` VARCHAR(191) "
        "NOT NULL, PRIMARY KEY (`id`)) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;",
        "2_nick": "ALTER TABLE `User` ADD COLUMN `nick` VARCHAR(191) NULL;",
        "3_email": "CREATE UNIQUE INDEX `User_email_key` ON `User`(`email`);",
    },
}


@dataclass(slots=True)
class Project:
    """A folder of migrations and a database."""

    provider: Provider
    folder: Path
    address: Address
    open: Callable[[], Database]

    def write(self, **scripts: str) -> None:
        """Write scripts; `_1_init` is the migration `1_init`."""
        lock = self.folder / "migration_lock.toml"
        lock.write_text(f'provider = "{self.provider}"\n', encoding="utf-8")
        for name, text in scripts.items():
            path = self.folder / name.removeprefix("_") / "migration.sql"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())

    def remove(self, name: str) -> None:
        """Remove the folder of a migration."""
        (self.folder / name / "migration.sql").unlink()
        (self.folder / name).rmdir()

    def history(self) -> History:
        files = {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }
        return history_of("migrations", files)

    def engine(self) -> AbstractContextManager[Engine]:
        """Run the engine; the database is free again when it has ended."""
        return official_engine(self.open(), self.folder)

    def run(self, script: str) -> None:
        """Change the database behind the back of Prisma."""
        with connect(self.address) as connection:
            connection.run_script(script)

    def status(self) -> MigrationStatus:
        with connect(self.address, read_only=True) as connection:
            return status_on(connection, self.history(), self.provider)


def status_on(connection: Connection, history: History, provider: Provider) -> MigrationStatus:
    """Return the status as the command does, but for what the schema says."""
    migrating = is_migrating(connection)
    namespaces = ["public"] if provider == "postgresql" else None
    with one_moment(connection):
        state = DatabaseState(read_rows(connection), catalog_of(connection, namespaces), migrating)
    replayed = read_history(history_to_replay(history, state), provider)
    return judge_status(history, state, replayed=replayed)


def codes(status: MigrationStatus) -> list[tuple[str, str | None]]:
    return [(each.code, each.migration) for each in status.findings]


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Return a project whose three migrations are written and not applied."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    if request.param == "sqlite":
        file = tmp_path / "dev.db"
        file.touch()
        made = Project(
            "sqlite", folder, Address("sqlite", file=file), lambda: SqliteForEngine(file)
        )
        made.write(**{f"_{name}": text for name, text in SCRIPTS["sqlite"].items()})
        yield made
        return
    server = shared_postgresql()
    database = server.create_database()
    address = parse_url(database.address.url)
    made = Project("postgresql", folder, address, lambda: PostgresqlForEngine(database.address.url))
    made.write(**{f"_{name}": text for name, text in SCRIPTS["postgresql"].items()})
    yield made
    server.drop_database(database)


# ---- rows as the engine writes them ----


def test_what_the_engine_applied_is_applied(project: Project) -> None:
    with project.engine() as engine:
        assert engine.deploy() == ["1_init", "2_nick", "3_email"]
    status = project.status()
    assert codes(status) == []
    assert {each.state for each in status.migrations} == {"applied"}
    row = status.migrations[0].row
    assert row is not None
    assert row.finished_at is not None
    assert row.started_at is not None
    assert abs(datetime.now(timezone.utc) - row.started_at) < timedelta(minutes=10)
    assert row.finished_at >= row.started_at
    assert row.steps == 1
    assert not row.is_marked


def test_times_in_milliseconds_are_read_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    file = tmp_path / "dev.db"
    project = Project(
        "sqlite",
        folder,
        Address("sqlite", file=file),
        lambda: SqliteForEngine(file, "unixepoch-ms"),
    )
    project.write(_1_init=SCRIPTS["sqlite"]["1_init"])
    with project.engine() as engine:
        engine.deploy()
    row = project.status().migrations[0].row
    assert row is not None
    assert row.finished_at is not None
    assert abs(datetime.now(timezone.utc) - row.finished_at) < timedelta(minutes=10)
    with connect(project.address) as connection:
        assert connection.query("SELECT typeof(finished_at) FROM _prisma_migrations") == [
            ("integer",)
        ]


def test_a_migration_that_the_engine_could_not_apply_has_failed_with_its_logs(
    project: Project,
) -> None:
    project.write(_2_nick='CREATE TABLE "User" ("id" INTEGER);')
    with project.engine() as engine:
        with pytest.raises(Refused):
            engine.deploy()
        assert engine.diagnose()["failedMigrationNames"] == ["2_nick"]
    status = project.status()
    assert codes(status) == [("failed-migration", "2_nick"), ("pending-migration", "3_email")]
    said = status.findings[0].message
    assert "already exists" in said
    assert "User" in said


def test_a_failed_migration_that_is_resolved_as_rolled_back_waits_and_then_applies(
    project: Project,
) -> None:
    right = SCRIPTS[project.provider]["2_nick"]
    project.write(_2_nick='CREATE TABLE "User" ("id" INTEGER);')
    with project.engine() as engine:
        with pytest.raises(Refused):
            engine.deploy()
        engine.resolve("rolled-back", "2_nick")
    assert codes(project.status()) == [
        ("pending-migration", "3_email"),
        ("rolled-back-migration", "2_nick"),
    ]
    project.write(_2_nick=right)
    with project.engine() as engine:
        assert engine.deploy() == ["2_nick", "3_email"]
    status = project.status()
    assert codes(status) == []
    assert [each.attempts for each in status.migrations] == [1, 2, 1]


def test_a_failed_migration_that_is_resolved_as_applied_is_applied_and_marked(
    project: Project,
) -> None:
    project.write(_2_nick=SCRIPTS[project.provider]["1_init"])
    with project.engine() as engine:
        with pytest.raises(Refused):
            engine.deploy()
        engine.resolve("applied", "2_nick")
    status = project.status()
    assert codes(status) == [("pending-migration", "3_email")]
    marked = status.migrations[1]
    assert (marked.state, marked.attempts) == ("applied", 2)
    assert marked.row is not None
    assert marked.row.is_marked


def test_a_database_made_by_hand_is_what_the_named_migrations_would_leave(
    project: Project,
) -> None:
    scripts = SCRIPTS[project.provider]
    project.run(scripts["1_init"])
    project.run(scripts["2_nick"])
    status = project.status()
    assert codes(status) == [("baseline-needed", "2_nick"), ("pending-migration", "3_email")]
    assert "P3005" in status.findings[0].message
    with project.engine() as engine:
        with pytest.raises(Refused, match="not empty"):
            engine.deploy()
        if project.provider == "sqlite":
            # The engine's package marks nothing in a file of SQLite that lacks its table: it does
            # not take the adapter's answer for what it is.
            return
        # What the finding says is to be done next is what helps.
        for command in (status.findings[0].next[0].command or "").splitlines():
            engine.resolve("applied", command.rpartition(" ")[2])
        assert engine.deploy() == ["3_email"]
    assert codes(project.status()) == []


def test_an_empty_database_has_nothing_but_pending_migrations(project: Project) -> None:
    assert codes(project.status()) == [
        ("pending-migration", name) for name in ("1_init", "2_nick", "3_email")
    ]


# ---- what the official status does not see ----


def is_up_to_date(project: Project) -> bool:
    """Tell whether `prisma migrate status` would say that the database is up to date.

    It prints so where nothing has failed and the history is neither behind nor diverged
    (`MigrateStatus.ts`).
    """
    with project.engine() as engine:
        said = engine.diagnose()
    behind = ("databaseIsBehind", "historiesDiverge")
    diagnostic = (said["history"] or {}).get("diagnostic")
    return not said["failedMigrationNames"] and diagnostic not in behind


def test_an_edited_file_is_found_where_the_official_status_is_content(project: Project) -> None:
    with project.engine() as engine:
        engine.deploy()
    project.write(_2_nick=SCRIPTS[project.provider]["2_nick"] + "\n-- and a remark")
    assert is_up_to_date(project)
    assert codes(project.status()) == [("edited-migration", "2_nick")]


def test_other_line_ends_are_no_edit_to_anybody(project: Project) -> None:
    text = "-- a remark\n" + SCRIPTS[project.provider]["2_nick"] + "\n"
    project.write(_2_nick=text)
    with project.engine() as engine:
        engine.deploy()
    project.write(_2_nick=text.replace("\n", "\r\n"))
    with project.engine() as engine:
        assert engine.diagnose()["editedMigrationNames"] == []
    assert codes(project.status()) == []


def test_drift_is_found_where_the_official_status_is_content(project: Project) -> None:
    with project.engine() as engine:
        engine.deploy()
    project.run('ALTER TABLE "User" ADD COLUMN "hacked" TEXT')
    project.run('DROP INDEX "User_email_key"')
    assert is_up_to_date(project)
    found = [(e.code, e.table, e.columns, e.object) for e in project.status().findings]
    assert found == [
        ("drift", "User", ("hacked",), None),
        ("drift", "User", ("email",), "User_email_key"),
    ]


def test_a_database_ahead_is_found_where_the_official_status_is_content(project: Project) -> None:
    with project.engine() as engine:
        engine.deploy()
    project.remove("3_email")
    assert is_up_to_date(project)
    assert codes(project.status()) == [("database-ahead", "3_email")]


def test_the_last_migration_in_common_is_the_one_that_the_engine_names(project: Project) -> None:
    with project.engine() as engine:
        engine.deploy()
    project.remove("2_nick")
    project.write(_2_other='CREATE TABLE "Other" ("id" INTEGER NOT NULL PRIMARY KEY);')
    with project.engine() as engine:
        history = engine.diagnose()["history"]
    assert history["diagnostic"] == "historiesDiverge"
    status = project.status()
    assert codes(status)[0] == ("diverged-history", history["lastCommonMigrationName"])
    assert [each.migration for each in status.findings_of("pending-migration")] == history[
        "unappliedMigrationNames"
    ]
    assert [each.migration for each in status.findings_of("database-ahead")] == history[
        "unpersistedMigrationNames"
    ]


# ---- PostgreSQL alone ----


def test_the_lock_of_a_deploy_is_seen_by_others() -> None:
    server = shared_postgresql()
    database = server.create_database()
    other = server.create_database()
    try:
        with database.connect() as deploying, database.connect() as looking:
            assert not is_migrating(looking)
            # As the engine does before it applies migrations.
            deploying.query("SELECT pg_advisory_lock(72707369)")
            assert is_migrating(looking)
            with other.connect() as elsewhere:
                assert not is_migrating(elsewhere)
    finally:
        server.drop_database(database)
        server.drop_database(other)


def test_the_table_is_looked_for_in_the_namespace_of_the_address() -> None:
    server = shared_postgresql()
    database = server.create_database()
    try:
        with database.connect() as connection:
            connection.run_script("CREATE SCHEMA app; CREATE TABLE app._prisma_migrations (id int)")
            assert read_rows(connection) is None
            with pytest.raises(DatabaseError, match="migration_name"):
                read_rows(connection, "app")
    finally:
        server.drop_database(database)


# ---- MySQL ----


def test_rows_of_mysql_are_read_and_their_database_is_compared() -> None:
    scripts = SCRIPTS["mysql"]
    history = history_of(
        "migrations", {f"{name}/migration.sql": text.encode() for name, text in scripts.items()}
    )
    with fresh_mysql(TABLES["mysql"]) as connection:
        for name, text in scripts.items():
            connection.run_script(text)
            connection.execute(
                "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, "
                "started_at, applied_steps_count) VALUES (UUID(), %s, '2026-01-02 12:00:01.500', "
                "%s, '2026-01-02 12:00:00', 1)",
                (hashlib.sha256(text.encode()).hexdigest(), name),
            )
        status = status_on(connection, history, "mysql")
        assert codes(status) == []
        row = status.migrations[0].row
        assert row is not None
        assert row.finished_at == datetime(2026, 1, 2, 12, 0, 1, 500_000, timezone.utc)
        connection.run_script("ALTER TABLE `User` MODIFY `nick` VARCHAR(50) NULL")
        connection.execute(
            "UPDATE _prisma_migrations SET finished_at = NULL, logs = 'Database error:\nno disk' "
            "WHERE migration_name = '3_email'"
        )
        status = status_on(connection, history, "mysql")
        assert [(e.code, e.migration, e.columns) for e in status.findings] == [
            ("failed-migration", "3_email", ()),
            ("drift", "2_nick", ("nick",)),
            ("drift", None, ("email",)),
        ]
        assert "no disk" in status.findings[0].message


def test_the_lock_of_a_deploy_on_mysql_is_seen_by_others() -> None:
    database = shared_mysql().create_database()
    with database.connect() as deploying, database.connect() as looking:
        assert not is_migrating(looking)
        deploying.query("SELECT GET_LOCK('prisma_migrate', 10)")
        assert is_migrating(looking)
    shared_mysql().drop_database(database)


# ---- times ----


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-02T12:00:01.500+00:00",
        "2026-01-02T12:00:01.5Z",
        "2026-01-02 12:00:01.500",
        "2026-01-02 12:00:01.500 UTC",
        "2026-01-02T13:00:01.500000000+01:00",
        1767355201500,
        "1767355201500",
        datetime(2026, 1, 2, 12, 0, 1, 500_000),
    ],
)
def test_times_are_read_in_every_form_that_was_ever_written(written: object) -> None:
    assert time_of(written) == datetime(2026, 1, 2, 12, 0, 1, 500_000, timezone.utc)


@pytest.mark.parametrize("written", [None, "", "yesterday", b"x", 10**30])
def test_what_is_no_time_is_none(written: object) -> None:
    assert time_of(written) is None


# ---- reading only ----


@contextmanager
def unchanged(project: Project) -> Iterator[None]:
    """Check that a database holds the same afterwards, rows of Prisma's included."""
    assert project.address.file is not None
    before = project.address.file.read_bytes()
    yield
    assert project.address.file.read_bytes() == before


def test_looking_changes_no_byte_of_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    file = tmp_path / "dev.db"
    project = Project("sqlite", folder, Address("sqlite", file=file), lambda: SqliteForEngine(file))
    project.write(_1_init=SCRIPTS["sqlite"]["1_init"])
    with project.engine() as engine:
        engine.deploy()
    with unchanged(project):
        assert codes(project.status()) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dev.db", "migrations"]


def test_prisma_takes_no_migration_back_that_was_applied(project: Project) -> None:
    """What `referee migrations down` says to do instead rests on it."""
    project.write(_1_init=SCRIPTS[project.provider]["1_init"])
    with project.engine() as engine:
        engine.deploy()
        with pytest.raises(Refused, match="cannot be rolled back"):
            engine.resolve("rolled-back", "1_init")
