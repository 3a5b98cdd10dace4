"""What `referee migrations status` says of a migration that failed half-way, on each database.

The script is run as Prisma runs it, the whole as one query, and fails by itself; so what stands of
it is what the database left, and not what a test put there.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from referee.migrations.database.connection import DatabaseError
from tests.cli.conftest import Referee
from tests.cli.test_migrations_status_states import SCRIPTS, Place, place
from tests.support.prisma_history import make_history, write_row

__all__ = ["place"]

NAME = "3_half"
# The first two statements can run, the third cannot: there is no table `Nowhere`.
HALF = (
    "CREATE TABLE 'Post' ('id' INTEGER NOT NULL, 'user' INTEGER, PRIMARY KEY ('id'));\n"
    "ALTER TABLE 'User' ADD COLUMN 'age' INTEGER;\n"
    "CREATE INDEX 'nowhere' ON 'Nowhere'('id');\n"
    "CREATE INDEX 'later' ON 'User'('age');\n"
)


def fails(place: Place, script: str = HALF, logs: str = "") -> str:
    """Apply two migrations and let a third fail, as a deploy would; return its script."""
    place.apply("1_init", "2_nick")
    text = place.of(script)
    place.write(f"migrations/{NAME}/migration.sql", text)
    with pytest.raises(DatabaseError):
        place.connection.run_script(text)
    write_row(place.connection, NAME, text, "failed", logs)
    return text


def told(place: Place, referee: Referee) -> list[dict[str, Any]]:
    ended = referee("migrations", "status", "--url", place.address.url, "--format", "json")
    assert ended.code == 1, ended.err
    findings: list[dict[str, Any]] = json.loads(ended.out)["findings"]
    return [each for each in findings if each["code"] != "schema-ahead"]


def test_what_a_failed_migration_left_is_told_with_it_and_is_no_drift(
    place: Place, referee: Referee
) -> None:
    fails(place)
    (finding,) = told(place, referee)
    assert finding["code"] == "failed-migration"
    commands = [each["command"] for each in finding["next"]]
    assert commands == [
        f"npx prisma migrate resolve --rolled-back {NAME}",
        f"npx prisma migrate resolve --applied {NAME}",
    ]
    if place.dialect == "postgresql":
        assert finding["ran"] == {"statements": 0, "of": 4}
        assert finding["message"].endswith("Nothing of it stands in the database.")
        assert finding["next"][0]["what"].startswith("Say that it is rolled back")
        return
    assert finding["ran"] == {"statements": 2, "of": 4, "untilLine": 2}
    assert finding["message"].endswith(
        "The first 2 of its 4 statements ran, to line 2, and it made the column `age` of `User` "
        "and made the table `Post`."
    )
    assert finding["next"][0]["what"].startswith(
        "Undo by hand what stands of it: drop the table `Post` and drop the column `age` of `User`."
    )


def test_what_somebody_changed_besides_is_drift_all_the_same(
    place: Place, referee: Referee
) -> None:
    fails(place)
    place.run("ALTER TABLE 'User' ADD COLUMN 'hacked' {};")
    assert [(each["code"], each.get("columns")) for each in told(place, referee)] == [
        ("failed-migration", None),
        ("drift", ["hacked"]),
    ]


def test_a_commit_inside_a_script_lets_what_is_before_it_stand(
    place: Place, referee: Referee
) -> None:
    if place.dialect != "postgresql":
        pytest.skip("nothing is undone there without a transaction")
    first, second, *rest = HALF.splitlines(keepends=True)
    fails(place, "".join(["BEGIN;\n", first, "COMMIT;\n", second, *rest]))
    (finding,) = told(place, referee)
    assert finding["ran"] == {"statements": 3, "of": 6, "untilLine": 3}
    assert "made the table `Post`" in finding["message"]
    assert "age" not in finding["message"]


def test_an_index_that_was_not_built_to_its_end_is_what_the_migration_left(
    place: Place, referee: Referee
) -> None:
    if place.dialect != "postgresql":
        pytest.skip("only PostgreSQL leaves an index that is not valid")
    place.run("CREATE TABLE 'Full' ('id' INTEGER)")
    place.run("INSERT INTO 'Full' VALUES (1), (1)")
    full = "CREATE TABLE 'Full' ('id' INTEGER);\n"
    place.scripts["2_nick"] = place.of(SCRIPTS["2_nick"]) + place.of(full)
    place.write("migrations/2_nick/migration.sql", place.scripts["2_nick"])
    place.scripts["2_nick"] = place.scripts["2_nick"].replace("CREATE TABLE", "-- CREATE TABLE")
    fails(place, "CREATE UNIQUE INDEX CONCURRENTLY 'Full_id_key' ON 'Full'('id');\n")
    found = [each for each in told(place, referee) if each["code"] != "edited-migration"]
    (finding,) = found
    assert finding["ran"] == {"statements": 0, "of": 1}
    assert finding["message"].endswith(
        "None of its statements ended, and it made the unique index `Full_id_key` of `Full` on "
        "`id`, which is not valid."
    )
    assert "drop the unique index `Full_id_key`" in finding["next"][0]["what"]


def test_a_migration_that_was_called_rolled_back_and_was_not_undone_says_so(
    place: Place, referee: Referee
) -> None:
    if place.dialect == "postgresql":
        pytest.skip("PostgreSQL has undone it")
    fails(place)
    sign = "`" if place.dialect == "mysql" else '"'
    place.connection.execute(
        f"UPDATE {sign}_prisma_migrations{sign} SET rolled_back_at = started_at "
        f"WHERE migration_name = '{NAME}'"
    )
    (finding,) = told(place, referee)
    assert finding["code"] == "rolled-back-migration"
    assert "though it is not undone" in finding["message"]
    assert finding["next"][0]["what"].startswith("Undo by hand what stands of it: drop the table")


@pytest.mark.parametrize("state", ["failed", "rolled-back"])
def test_a_first_migration_that_failed_half_way_is_no_database_without_history(
    place: Place, referee: Referee, state: Literal["failed", "rolled-back"]
) -> None:
    if place.dialect == "postgresql":
        pytest.skip("PostgreSQL has undone it")
    text = place.scripts["1_init"] + place.of("DROP TABLE 'Nowhere';\n")
    place.write("migrations/1_init/migration.sql", text)
    make_history(place.connection)
    with pytest.raises(DatabaseError):
        place.connection.run_script(text)
    write_row(place.connection, "1_init", text, state, "Database error:\nno such table")
    ended = told(place, referee)
    assert {each["code"]: each["migration"] for each in ended} == {
        f"{state}-migration": "1_init",
        "pending-migration": "2_nick",
    }
    assert any("made the table `User`" in each["message"] for each in ended)


def test_statements_that_change_rows_alone_may_have_run_or_not(
    place: Place, referee: Referee
) -> None:
    if place.dialect == "postgresql":
        pytest.skip("PostgreSQL has undone it")
    fails(
        place,
        "ALTER TABLE 'User' ADD COLUMN 'age' INTEGER;\n"
        "UPDATE 'User' SET 'age' = 1;\n"
        "CREATE INDEX 'nowhere' ON 'Nowhere'('id');\n",
    )
    (finding,) = told(place, referee)
    assert finding["ran"] == {"statements": 1, "of": 3, "untilLine": 1}
    assert "whether rows were changed by line 2 cannot be told" in finding["message"]
