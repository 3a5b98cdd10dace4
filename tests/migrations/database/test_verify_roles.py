"""Migrations that make roles, which belong to a server, verified on several of its databases."""

from __future__ import annotations

import os

import pytest

from referee.migrations.database.connection import Connection
from referee.schema.providers import Provider
from tests.migrations.database.verifying import server_of, verified

USERS = 'CREATE TABLE "User" ("id" INTEGER NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));'
MYSQL_USERS = "CREATE TABLE `User` (`id` INTEGER NOT NULL, PRIMARY KEY (`id`));"
# Other workers have servers of their own, so that one name does for all.
ROLE = f"of_a_test_{os.getpid()}"


def roles_of(connection: Connection) -> set[str]:
    """Return the names of the roles on a server."""
    names = "SELECT User FROM mysql.user"
    if connection.dialect == "postgresql":
        names = "SELECT rolname FROM pg_catalog.pg_roles"
    return {str(name) for (name,) in connection.query(names)}


@pytest.mark.parametrize("chosen", [1, 2, None])
@pytest.mark.parametrize(
    ("provider", "scripts"),
    [
        (
            "postgresql",
            [
                USERS,
                f'CREATE ROLE "{ROLE}";\nGRANT SELECT ON "User" TO "{ROLE}";',
                f'ALTER ROLE "{ROLE}" LOGIN;\nGRANT INSERT ON "User" TO "{ROLE}";',
            ],
        ),
        (
            "postgresql",
            [
                f'CREATE ROLE "{ROLE}";',
                f'{USERS}\nALTER TABLE "User" OWNER TO "{ROLE}";\nSET TIME ZONE \'Asia/Tokyo\';',
                f'CREATE ROLE "{ROLE}_b" IN ROLE "{ROLE}";',
            ],
        ),
        (
            "mysql",
            [
                MYSQL_USERS,
                f"CREATE USER {ROLE};\nGRANT SELECT ON `User` TO {ROLE};",
                f"GRANT INSERT ON `User` TO {ROLE};",
            ],
        ),
    ],
)
def test_roles_are_made_in_each_database_and_none_stays(
    provider: Provider, scripts: list[str], chosen: int | None
) -> None:
    server = server_of("mysql" if provider == "mysql" else "postgresql")
    database = server.create()
    with database.connect() as connection:
        before = roles_of(connection)
        found = verified("", *scripts, provider=provider, chosen=chosen).verification
        assert roles_of(connection) == before
    server.drop(database)
    assert found.empty.is_ok
    assert found.rows.is_ok
    assert found.down_up == "exact"
    assert [each.what for each in found.not_run] == ["the comparison with the schema"]
    assert not found.has_findings


def test_a_way_back_says_which_role_it_leaves() -> None:
    found = verified("", USERS, f'CREATE ROLE "{ROLE}";').verification
    down = found.migrations[-1].down
    assert down is not None
    assert [each for each in down.warnings if ROLE in each] == [
        f"`{ROLE}` stays on the server, which all its databases share; as long as that is so, the "
        "migration cannot be applied again."
    ]


def test_a_role_that_hosts_bring_along_is_no_fault_of_the_migration() -> None:
    found = verified("", f'{USERS}\nGRANT SELECT ON "User" TO "anon";', "SELECT 1;").verification
    assert found.empty.is_ok is None
    assert not found.has_findings
    first, *_ = found.not_run
    assert first.what == "the migration `0_m`"
    assert first.why.startswith("This server does not have the role `anon`")


def test_a_role_of_a_migration_that_was_dropped_fails_where_it_is_used() -> None:
    script = f'CREATE ROLE "{ROLE}"; DROP ROLE "{ROLE}"; CREATE ROLE "{ROLE}"; CREATE ROLE "{ROLE}"'
    failure = verified("", USERS, script).verification.empty.failure
    assert failure is not None
    assert failure.sqlstate == "42710"
