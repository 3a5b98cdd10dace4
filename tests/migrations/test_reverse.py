"""The way back from a migration: what it runs, and what it says it cannot bring back."""

from __future__ import annotations

import pytest

from referee.ddl.difference import difference
from referee.migrations.database.sqlite import sqlite_database
from referee.migrations.evidence import read_history
from referee.migrations.history import history_of
from referee.migrations.replay import replay
from referee.migrations.reverse import Reverse, reverse_of
from referee.migrations.routines import routines_before
from referee.migrations.sql.reading import parse_script
from referee.schema.providers import Provider
from tests.support.databases import fresh_postgresql

BEFORE = """
CREATE TYPE "Role" AS ENUM ('A', 'B');
CREATE TABLE "User" (
  "id" SERIAL NOT NULL, "name" TEXT, "role" "Role" NOT NULL DEFAULT 'A', "n" INTEGER NOT NULL,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id"), CONSTRAINT "some" CHECK ("n" > 0)
);
CREATE UNIQUE INDEX "by_name" ON "User"("name") WHERE "n" > 5;
"""


def back_from(
    script: str,
    before: str = BEFORE,
    provider: Provider = "postgresql",
    *,
    by_statement: bool = False,
) -> Reverse:
    """Return the way back, and check on the replay that it arrives."""
    history = history_of(
        "migrations",
        {"1_a/migration.sql": before.encode(), "2_b/migration.sql": script.encode()},
    )
    evidence = read_history(history, provider)
    last = evidence.migrations[-1]
    routines = routines_before(evidence, "2_b")
    found = reverse_of(last, routines=routines, by_statement=by_statement)
    back = replay(last.after, parse_script(provider, found.text("2_b")).statements)
    change = difference(back.model, last.before, exact=True)
    assert [*change.tables, *change.added_tables, *change.dropped_tables] == []
    assert [*change.altered_enums, *change.added_enums, *change.dropped_enums] == []
    return found


def sql_of(found: Reverse) -> list[str]:
    return [statement.sql for statement in found.statements]


def test_a_column_that_is_computed_comes_back_with_its_values() -> None:
    made = 'ALTER TABLE "User" ADD COLUMN "m" INTEGER GENERATED ALWAYS AS ("n" * 2) STORED;'
    found = back_from('ALTER TABLE "User" DROP COLUMN "m";', BEFORE + made)
    (sql,) = sql_of(found)
    assert "GENERATED ALWAYS AS" in sql
    assert found.losses == ()


def test_an_added_column_is_dropped_and_nothing_is_lost_that_was_there() -> None:
    found = back_from('ALTER TABLE "User" ADD COLUMN "x" TEXT;')
    assert sql_of(found) == ['ALTER TABLE "User" DROP COLUMN "x";']
    assert found.losses == ()
    assert len(found.warnings) == 1


def test_a_dropped_column_comes_back_without_its_values() -> None:
    found = back_from('ALTER TABLE "User" DROP COLUMN "name";')
    assert found.losses == ("The column `name` of `User` comes back without its values.",)
    assert any("by_name" in sql for sql in sql_of(found))


def test_a_dropped_table_comes_back_empty() -> None:
    found = back_from('DROP TABLE "User";')
    assert found.losses == ("The table `User` comes back empty.",)


def test_a_column_that_comes_and_goes_in_one_file_loses_nothing() -> None:
    found = back_from('ALTER TABLE "User" ADD COLUMN "x" TEXT; ALTER TABLE "User" DROP COLUMN "x";')
    assert found.is_empty
    assert (found.losses, found.warnings) == ((), ())
    assert "There is nothing to run." in found.text("2_b")


def test_a_column_made_anew_with_another_type_loses_its_values() -> None:
    found = back_from('ALTER TABLE "User" DROP COLUMN "n", ADD COLUMN "n" TEXT;')
    assert found.losses == (
        "The column `n` of `User` was dropped and added with another type: its old values do not "
        "come back.",
    )


@pytest.mark.parametrize(
    ("statement", "loss"),
    [
        ('TRUNCATE "User";', "The rows that were deleted from `User` stay deleted."),
        ('DELETE FROM "User";', "The rows that were deleted from `User` stay deleted."),
        ('UPDATE "User" SET "n" = 1;', "The rows that were changed in `User` stay as they are."),
        (
            'INSERT INTO "User" ("n") VALUES (1);',
            "The rows that were inserted into `User` stay as they are.",
        ),
    ],
)
def test_rows_that_were_changed_stay_changed(statement: str, loss: str) -> None:
    found = back_from(statement)
    assert found.losses == (loss,)
    assert found.is_empty


def test_rows_of_a_table_that_goes_with_the_migration_are_no_loss() -> None:
    found = back_from('CREATE TABLE "T" ("id" INT PRIMARY KEY); INSERT INTO "T" VALUES (1);')
    assert found.losses == ()


def test_renamed_tables_and_columns_are_renamed_back() -> None:
    found = back_from(
        'ALTER TABLE "User" RENAME COLUMN "name" TO "title"; ALTER TABLE "User" RENAME TO "Person";'
    )
    assert sql_of(found) == [
        'ALTER TABLE "Person" RENAME TO "User";',
        'ALTER TABLE "User" RENAME COLUMN "title" TO "name";',
    ]
    assert found.losses == ()


def test_a_name_that_was_taken_over_is_given_back() -> None:
    found = back_from(
        'ALTER TABLE "User" RENAME TO "Old"; CREATE TABLE "User" ("id" INTEGER NOT NULL);'
    )
    assert sql_of(found) == ['DROP TABLE "User";', 'ALTER TABLE "Old" RENAME TO "User";']


def test_an_enum_loses_and_regains_values() -> None:
    found = back_from("ALTER TYPE \"Role\" ADD VALUE 'C';")
    assert 'RENAME TO "Role_old"' in "\n".join(sql_of(found))
    rebuilt = """
    CREATE TYPE "Role_new" AS ENUM ('A');
    ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
    ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
    ALTER TYPE "Role" RENAME TO "Role_old";
    ALTER TYPE "Role_new" RENAME TO "Role";
    DROP TYPE "Role_old";
    ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'A';
    """
    found = back_from(rebuilt)
    assert sql_of(found) == ["ALTER TYPE \"Role\" ADD VALUE 'B';"]
    assert found.losses == (
        "Rows that had the removed value `B` of the enum `Role` keep what they have now.",
    )


def test_a_renamed_enum_and_a_renamed_value_get_their_names_back() -> None:
    found = back_from(
        'ALTER TYPE "Role" RENAME TO "Rank"; ALTER TYPE "Rank" RENAME VALUE \'A\' TO \'Z\';'
    )
    assert sql_of(found) == [
        "ALTER TYPE \"Rank\" RENAME VALUE 'Z' TO 'A';",
        'ALTER TYPE "Rank" RENAME TO "Role";',
    ]


def test_views_functions_and_triggers_that_were_made_are_dropped() -> None:
    found = back_from(
        """
        CREATE VIEW "v" AS SELECT 1;
        CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER "t" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION f();
        """
    )
    assert sql_of(found) == [
        'DROP TRIGGER IF EXISTS "t" ON "User";',
        "DROP FUNCTION IF EXISTS f;",
        'DROP VIEW IF EXISTS "v";',
    ]
    assert found.gaps == ()


def test_views_functions_and_triggers_that_were_dropped_or_replaced_are_made_again() -> None:
    made = """
    CREATE VIEW "v" AS SELECT 1;
    CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql;
    CREATE TRIGGER "t" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION g();
    """
    found = back_from(
        """
        DROP VIEW "v"; DROP TRIGGER "t" ON "User";
        CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 2 $$ LANGUAGE sql;
        """,
        BEFORE + made,
    )
    assert sql_of(found) == [
        "CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql;",
        'CREATE VIEW "v" AS SELECT 1;',
        'CREATE TRIGGER "t" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION g();',
    ]


def test_types_and_policies_that_were_made_are_dropped() -> None:
    found = back_from(
        """
        CREATE DOMAIN "Mail" AS text CHECK (VALUE <> ''); CREATE TYPE pair AS (x int);
        ALTER TABLE "User" ADD COLUMN "mail" "Mail", ADD COLUMN "at" pair;
        CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE POLICY "own rows" ON public."User" FOR SELECT USING ("n" = mine());
        """
    )
    assert sql_of(found) == [
        'DROP POLICY IF EXISTS "own rows" ON public."User";',
        "DROP FUNCTION IF EXISTS mine;",
        'ALTER TABLE "User" DROP COLUMN "mail",\nDROP COLUMN "at";',
        'DROP TYPE IF EXISTS "pair";',
        'DROP TYPE IF EXISTS "Mail";',
    ]
    assert found.gaps == ()


def test_a_policy_goes_with_its_table_and_comes_again_where_it_was_dropped() -> None:
    policy = 'CREATE POLICY p ON "User" USING (true)'
    found = back_from('DROP POLICY p ON "User";', f"{BEFORE}{policy};")
    assert sql_of(found) == [f"{policy};"]
    table = 'CREATE TABLE "T" (id int PRIMARY KEY); CREATE POLICY p ON "T" USING (true);'
    assert sql_of(back_from(table)) == ['DROP POLICY IF EXISTS p ON "T";', 'DROP TABLE "T";']


def test_a_generated_column_that_was_dropped_comes_back_as_one() -> None:
    table = (
        'CREATE TABLE "T" (id int PRIMARY KEY, a text, '
        "b text GENERATED ALWAYS AS (lower(a) || 'x') STORED);"
    )
    found = back_from('ALTER TABLE "T" DROP COLUMN b;', table)
    assert sql_of(found) == [
        'ALTER TABLE "T" ADD COLUMN     "b" text GENERATED ALWAYS AS (lower(a) || \'x\') STORED;'
    ]


def test_what_is_not_taken_back_is_said() -> None:
    found = back_from('ALTER TABLE "User" ENABLE ROW LEVEL SECURITY; GRANT ALL ON "User" TO me;')
    assert found.is_empty
    assert len(found.gaps) == 2
    assert all(gap in found.text("2_b") for gap in found.gaps)


def test_a_table_that_sqlite_makes_anew_is_made_anew_again_and_loses_nothing() -> None:
    found = back_from(
        """
        PRAGMA foreign_keys=OFF;
        CREATE TABLE "new_A" ("id" INTEGER NOT NULL PRIMARY KEY, "a" TEXT NOT NULL DEFAULT 'x');
        INSERT INTO "new_A" ("id") SELECT "id" FROM "A";
        DROP TABLE "A";
        ALTER TABLE "new_A" RENAME TO "A";
        PRAGMA foreign_keys=ON;
        """,
        'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);',
        "sqlite",
    )
    assert found.losses == ()
    assert any("RENAME TO" in sql for sql in sql_of(found))


def test_a_function_that_a_default_calls_comes_back_before_it() -> None:
    before = """
    CREATE FUNCTION made() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE "A" ("id" INTEGER DEFAULT made());
    """
    script = 'ALTER TABLE "A" ALTER COLUMN "id" DROP DEFAULT; DROP FUNCTION made;'
    back = back_from(script, before).text("2_b")
    with fresh_postgresql(before) as connection:
        connection.run_script(script)
        connection.run_script(back)


def test_views_that_got_more_columns_lose_them_again() -> None:
    before = """
    CREATE TABLE "A" ("id" INTEGER, "n" INTEGER);
    CREATE VIEW "V" AS SELECT "id" FROM "A"; CREATE VIEW "W" AS SELECT "id" FROM "V";
    """
    script = """
    CREATE OR REPLACE VIEW "V" AS SELECT "id", "n" FROM "A";
    CREATE OR REPLACE VIEW "W" AS SELECT "id", "n" FROM "V";
    """
    with fresh_postgresql(before) as connection:
        connection.run_script(script)
        connection.run_script(back_from(script, before).text("2_b"))
        columns = (
            "SELECT column_name FROM information_schema.columns WHERE table_name IN ('V', 'W')"
        )
        assert connection.query(columns) == [("id",), ("id",)]


def test_a_table_of_sqlite_that_a_view_reads_is_made_anew_on_the_way_back() -> None:
    before = """
    CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY, "a" TEXT);
    CREATE VIEW "V" AS SELECT "a" FROM "A";
    """
    script = 'ALTER TABLE "A" ADD COLUMN "b" TEXT;'
    found = back_from(script, before, "sqlite")
    with sqlite_database() as connection:
        connection.run_script(before)
        connection.run_script(script)
        connection.run_script(found.text("2_b"))
        assert connection.query('SELECT * FROM "V"') == []
        assert [row[1] for row in connection.query('PRAGMA table_info("A")')] == ["id", "a"]


def test_a_virtual_table_that_was_dropped_is_not_made_again() -> None:
    before = 'CREATE VIRTUAL TABLE "F" USING fts5(body); CREATE TABLE "A" ("id" INTEGER);'
    history = history_of(
        "migrations",
        {"1_a/migration.sql": before.encode(), "2_b/migration.sql": b'DROP TABLE "F";'},
    )
    found = reverse_of(read_history(history, "sqlite").migrations[-1])
    assert found.is_empty
    assert found.gaps == ("The table `F`, whose columns are not known here, is not made again.",)


def test_a_dropped_table_of_sqlite_comes_back_with_its_unique_constraints() -> None:
    table = """
    CREATE TABLE "T" ("id" INTEGER PRIMARY KEY, "a" TEXT UNIQUE); CREATE INDEX "i" ON "T"("a");
    """
    made = sql_of(back_from('DROP TABLE "T";', table, "sqlite"))
    assert len(made) == 2
    assert 'UNIQUE ("a")' in made[0]
    assert made[1] == 'CREATE INDEX "i" ON "T"("a");'
    with sqlite_database() as connection:
        connection.run_script("\n".join(made))


def test_mysql_changes_a_name_and_a_type_at_once_and_back() -> None:
    found = back_from(
        "ALTER TABLE `A` CHANGE `a` `b` VARCHAR(20) NOT NULL;",
        "CREATE TABLE `A` (`id` INTEGER NOT NULL, `a` VARCHAR(10) NULL, PRIMARY KEY (`id`));",
        "mysql",
    )
    assert sql_of(found) == [
        "ALTER TABLE `A` MODIFY `b` VARCHAR(10) NULL;",
        "ALTER TABLE `A` RENAME COLUMN `b` TO `a`;",
    ]


@pytest.mark.parametrize("by_statement", [False, True])
def test_both_ways_of_going_back_arrive(by_statement: bool) -> None:
    back_from(
        """
        ALTER TABLE "User" RENAME COLUMN "name" TO "title";
        ALTER TABLE "User" ADD COLUMN "name" INTEGER;
        CREATE UNIQUE INDEX "one" ON "User"("name");
        """,
        by_statement=by_statement,
    )


def test_a_foreign_key_that_was_validated_is_unvalidated_again() -> None:
    key = 'ADD CONSTRAINT "k" FOREIGN KEY ("n") REFERENCES "User"("id")'
    found = back_from(
        'ALTER TABLE "User" VALIDATE CONSTRAINT "k";',
        f'{BEFORE} ALTER TABLE "User" {key} NOT VALID;',
    )
    (sql,) = sql_of(found)
    assert sql.startswith('ALTER TABLE "User" DROP CONSTRAINT "k";')
    assert sql.endswith("NOT VALID;")


def test_a_sequence_of_its_own_goes_with_the_migration() -> None:
    found = back_from('CREATE SEQUENCE "s"; CREATE TABLE "T" ("id" INT PRIMARY KEY);')
    assert sql_of(found) == ['DROP TABLE "T";', 'DROP SEQUENCE IF EXISTS "s";']
    found = back_from('DROP SEQUENCE "s";', f'{BEFORE} CREATE SEQUENCE "s";')
    assert sql_of(found) == ['CREATE SEQUENCE IF NOT EXISTS "s";']


def test_statement_by_statement_a_table_gives_way_to_the_type_of_its_name() -> None:
    script = """
    ALTER TABLE "User" DROP COLUMN "role";
    DROP TYPE "Role";
    CREATE TABLE "Role" ("id" INTEGER NOT NULL);
    """
    first, second, *_ = sql_of(back_from(script, by_statement=True))
    assert first == 'DROP TABLE "Role";'
    assert second.startswith('CREATE TYPE "Role"')


@pytest.mark.parametrize(
    "script",
    [
        "ALTER TYPE \"Role\" RENAME VALUE 'A' TO 'Z';",
        "ALTER TYPE \"Role\" RENAME VALUE 'A' TO 'X'; ALTER TYPE \"Role\" RENAME VALUE 'X' TO 'Z';",
        'ALTER TYPE "Role" RENAME TO "Part";',
    ],
)
def test_an_enum_under_another_name_loses_no_value(script: str) -> None:
    found = back_from(script)
    assert (found.losses, found.warnings) == ((), ())
    assert all("RENAME" in sql for sql in sql_of(found))


def test_a_value_that_goes_beside_a_renamed_one_is_a_loss() -> None:
    found = back_from(
        """
        ALTER TYPE "Role" RENAME VALUE 'A' TO 'Z';
        CREATE TYPE "R" AS ENUM ('Z');
        ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
        ALTER TABLE "User" ALTER COLUMN "role" TYPE "R" USING ("role"::text::"R");
        DROP TYPE "Role";
        """
    )
    assert len(found.losses) == 1


def test_a_view_that_was_dropped_for_a_change_gives_way_again() -> None:
    view = 'CREATE VIEW "V" AS SELECT "name" FROM "User"'
    found = back_from(
        f'DROP VIEW "V"; ALTER TABLE "User" ALTER COLUMN "name" TYPE varchar(9); {view};',
        f"{BEFORE} {view};",
    )
    first, *_, last = sql_of(found)
    assert first == 'DROP VIEW IF EXISTS "V";'
    assert last == f"{view};"


def test_a_view_and_a_key_that_went_with_their_table_come_again() -> None:
    view = 'CREATE VIEW "V" AS SELECT * FROM "User" u'
    other = 'CREATE VIEW "W" AS SELECT 1 AS "User"'
    table = (
        'CREATE TABLE "P" ("id" INT PRIMARY KEY, '
        '"u" INT CONSTRAINT "P_u_fkey" REFERENCES "User"("id"))'
    )
    found = back_from('DROP TABLE "User" CASCADE;', f"{BEFORE} {table}; {view}; {other};")
    assert sql_of(found)[-1] == f"{view};"
    assert any('"P_u_fkey"' in sql for sql in sql_of(found))
    assert not any('"W"' in sql for sql in sql_of(found))


def test_what_leaves_nothing_behind_has_nothing_to_undo() -> None:
    found = back_from(
        'ANALYZE "User"; LOCK TABLE "User" IN SHARE MODE; NOTIFY n, \'x\'; LISTEN n; '
        'CREATE RULE r AS ON DELETE TO "User" DO INSTEAD NOTHING; DROP RULE r ON "User";'
    )
    assert (found.statements, found.gaps) == ((), ())


def test_rules_aggregates_statistics_and_publications_go_with_their_migration() -> None:
    found = back_from(
        'CREATE RULE r AS ON DELETE TO "User" DO INSTEAD NOTHING;'
        "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');"
        'CREATE STATISTICS st ON "name", "n" FROM "User"; CREATE PUBLICATION p FOR TABLE "User";'
    )
    assert sorted(sql_of(found)) == [
        "DROP AGGREGATE IF EXISTS total(int);",
        "DROP PUBLICATION IF EXISTS p;",
        'DROP RULE IF EXISTS r ON "User";',
        "DROP STATISTICS IF EXISTS st;",
    ]
    assert found.gaps == ()
