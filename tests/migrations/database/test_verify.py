"""Migrations applied to throwaway databases: empty, with rows, down and up again."""

from __future__ import annotations

import pytest

from referee.migrations.database.verify_run import OwnRowsRefused
from referee.schema.providers import Provider
from tests.migrations.database.verifying import broken_kinds, case_of, server_of, verified

USERS = """
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT, "name" TEXT,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" SERIAL NOT NULL, "userId" INTEGER, "title" TEXT,
  CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
"""
SQLITE_USERS = """
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT);
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "userId" INTEGER);
"""
MYSQL_USERS = """
CREATE TABLE `User` (`id` INTEGER NOT NULL AUTO_INCREMENT, `email` VARCHAR(191) NULL,
  PRIMARY KEY (`id`));
CREATE TABLE `Post` (`id` INTEGER NOT NULL AUTO_INCREMENT, `userId` INTEGER NULL,
  PRIMARY KEY (`id`));
"""
SCHEMA = """
model User {
  id    Int     @id @default(autoincrement())
  email String?
  name  String?
}
model Post {
  id     Int     @id @default(autoincrement())
  userId Int?
  title  String?
}
"""


# ---- an empty database, and the schema ----


def test_a_project_in_step_verifies() -> None:
    found = verified(SCHEMA, USERS, 'ALTER TABLE "User" ADD COLUMN "x" TEXT;'
                     'ALTER TABLE "User" DROP COLUMN "x";')  # fmt: skip
    verification = found.verification
    assert found.changes == ()
    assert verification.equals_schema
    assert verification.empty.is_ok
    assert verification.rows.is_ok
    assert verification.down_up == "exact"
    assert verification.not_run == ()
    assert not verification.has_findings
    assert all((each.milliseconds or 0) > 0 for each in verification.migrations)


def test_without_a_row_nothing_counts_as_rehearsed() -> None:
    ring = (
        'CREATE TABLE "A" ("id" INT PRIMARY KEY, "bId" INT NOT NULL);'
        'CREATE TABLE "B" ("id" INT PRIMARY KEY, "aId" INT NOT NULL REFERENCES "A"("id"));'
        'ALTER TABLE "A" ADD FOREIGN KEY ("bId") REFERENCES "B"("id");'
    )
    verification = verified(SCHEMA, ring, 'ALTER TABLE "B" ADD "z" INT NOT NULL;').verification
    assert verification.rows.is_ok is None
    assert verification.migrations[1].rows == ()
    *reasons, omission = verification.not_run
    assert omission.what == "the rehearsal of `1_m` on rows"
    assert omission.why == "No row could be made up for `A` and `B`; --rows takes your own."
    assert [each.what for each in reasons] == [
        "the rehearsal of rows in `A`",
        "the rehearsal of rows in `B`",
    ]
    assert all("violates foreign key constraint" in each.why for each in reasons)


def test_what_the_schema_says_and_no_migration_makes_is_found() -> None:
    schema = SCHEMA.replace("title  String?", "title  String?\n  @@index([userId])")
    found = verified(schema, USERS)
    assert found.changes is not None
    assert [(each.kind, each.part, each.name) for each in found.changes] == [
        ("add", "index", "Post_userId_idx")
    ]
    assert found.verification.equals_schema is False


def test_a_domain_is_another_type_than_its_own_where_the_schema_names_it() -> None:
    schema = 'model T {\n  id Int @id\n  a String?\n  b Unsupported("address")?\n}\n'
    script = (
        'CREATE DOMAIN address AS text;CREATE TABLE "T" (id INT PRIMARY KEY, a address, b address);'
    )
    found = verified(schema, script)
    assert found.changes is not None
    assert [(each.part, each.name, each.aspects) for each in found.changes] == [
        ("column", "b", ("type",))
    ]


def test_a_second_index_on_the_same_columns_is_found() -> None:
    schema = SCHEMA.replace("email String?", "email String? @unique")
    found = verified(
        schema,
        USERS,
        'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");'
        'CREATE UNIQUE INDEX "left" ON "User"("email");',
    )
    assert [(each.kind, each.name) for each in found.changes or ()] == [("drop", "left")]


def test_a_failure_names_the_migration_the_line_and_the_state() -> None:
    script = '-- one\nCREATE TABLE "A" (\n  "id" INT\n);\nALTER TABLE "Nope" ADD "x" INT;\n'
    verification = verified(SCHEMA, USERS, script, 'DROP TABLE "User";').verification
    failure = verification.empty.failure
    assert failure is not None
    assert (failure.migration, failure.sqlstate, failure.line) == ("1_m", "42P01", 5)
    assert failure.statement == 'ALTER TABLE "Nope" ADD "x" INT;'
    assert verification.migrations[1].consequence.startswith("Fails on every database.")
    assert [each.empty.is_ok for each in verification.migrations] == [True, False, None]
    assert verification.equals_schema is None
    assert verification.down_up is None
    assert [each.what for each in verification.not_run] == [
        "1 later migration",
        "the rehearsal on rows",
        "the comparison with the schema",
        "the way down and up again",
    ]


@pytest.mark.parametrize(
    ("script", "state", "line"),
    [
        (
            "CREATE TYPE \"R\" AS ENUM ('A');\nCOMMIT;\nALTER TYPE \"R\" ADD VALUE 'B';\n"
            'CREATE TABLE "T" ("r" "R" DEFAULT \'B\');',
            "55P04",
            4,
        ),
        ('SELECT 1;\n\nCREATE INDEX CONCURRENTLY "i" ON "User"("name");', "25001", 3),
        ('CREATE TABLE "T" (\n  "a" INT\n  "b" INT\n);', "42601", 3),
        (b'\xef\xbb\xbfCREATE TABLE "T" ("a" INT);', "42601", 1),
    ],
)
def test_what_cannot_run_fails_at_its_line(script: str | bytes, state: str, line: int) -> None:
    failure = verified(SCHEMA, USERS, script).verification.empty.failure
    assert failure is not None
    assert (failure.sqlstate, failure.line) == (state, line)


def test_a_concurrent_index_alone_in_its_file_applies() -> None:
    schema = SCHEMA.replace("title  String?", 'title  String?\n  @@index([userId], map: "i")')
    found = verified(schema, USERS, 'CREATE INDEX CONCURRENTLY "i" ON "Post"("userId");')
    assert found.verification.equals_schema
    assert found.verification.down_up == "exact"


def test_functions_that_only_migrations_make_do_not_keep_the_schema_from_being_compared() -> None:
    schema = 'model T {\n  id String @id @default(dbgenerated("nice_id()"))\n}\n'
    script = """
    CREATE FUNCTION nice_id() RETURNS text AS $$ SELECT 'x' $$ LANGUAGE sql;
    CREATE TABLE "T" ("id" TEXT NOT NULL DEFAULT nice_id(), CONSTRAINT "T_pkey" PRIMARY KEY ("id"));
    """
    found = verified(schema, script)
    assert found.changes == ()
    assert all("schema" not in each.what for each in found.verification.not_run)


@pytest.mark.parametrize("extension", ["citext", "pg_trgm"])
def test_extensions_are_there(extension: str) -> None:
    found = verified("model T {\n  id Int @id\n}\n", f'CREATE EXTENSION "{extension}";\n'
                     'CREATE TABLE "T" ("id" INT NOT NULL, CONSTRAINT "T_pkey" PRIMARY KEY ("id"));'
                     )  # fmt: skip
    assert found.verification.equals_schema


def test_an_extension_that_the_server_lacks_is_no_fault_of_the_migration() -> None:
    verification = verified(SCHEMA, 'CREATE EXTENSION "no_such_thing";', USERS).verification
    assert verification.empty.is_ok is None
    assert not verification.has_findings
    first, *_ = verification.not_run
    assert first.what == "the migration `0_m`"
    assert "`no_such_thing`" in first.why
    assert "--scratch-url" in first.why


# ---- rows ----

Broken = dict[str, str]


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        ('ALTER TABLE "User" ADD COLUMN "type" TEXT NOT NULL;', {"consistent": "23502"}),
        ('ALTER TABLE "User" ADD COLUMN "type" TEXT NOT NULL DEFAULT \'\';', {}),
        ('ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;', {"nulls": "23502"}),
        (
            'UPDATE "User" SET "name" = \'\' WHERE "name" IS NULL;'
            'ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;',
            {},
        ),
        ('CREATE UNIQUE INDEX "u" ON "User"("email");', {"duplicates": "23505"}),
        (
            'ALTER TABLE "User" ADD COLUMN "slug" TEXT NOT NULL DEFAULT \'\';'
            'CREATE UNIQUE INDEX "u" ON "User"("slug");',
            {"consistent": "23505"},
        ),
        (
            'ALTER TABLE "Post" ADD FOREIGN KEY ("userId") REFERENCES "User"("id");',
            {"orphans": "23503"},
        ),
        (
            'DELETE FROM "Post" WHERE "userId" NOT IN (SELECT "id" FROM "User");'
            'ALTER TABLE "Post" ADD FOREIGN KEY ("userId") REFERENCES "User"("id");',
            {},
        ),
        ('ALTER TABLE "User" ALTER COLUMN "name" TYPE VARCHAR(50);', {"long": "22001"}),
        ('ALTER TABLE "User" ALTER COLUMN "name" TYPE VARCHAR(2);', {"long": "22001"}),
        (
            "CREATE TYPE \"Name\" AS ENUM ('Ann', 'Bob');"
            'ALTER TABLE "User" ALTER COLUMN "name" TYPE "Name" USING "name"::"Name";',
            {"outside": "22P02"},
        ),
        (
            "CREATE TYPE \"Name\" AS ENUM ('Ann', 'Bob');"
            "UPDATE \"User\" SET \"name\" = 'Ann' WHERE \"name\" NOT IN ('Ann', 'Bob');"
            'ALTER TABLE "User" ALTER COLUMN "name" TYPE "Name" USING "name"::"Name";',
            {},
        ),
        (
            'ALTER TABLE "User" ALTER COLUMN "name" TYPE TIMESTAMP(3) USING "name"::timestamp;',
            {"outside": "22007"},
        ),
        (
            'ALTER TABLE "User" ADD CHECK ("email" IN (\'a@b.co\')); DELETE FROM "User";',
            {"long": "23514", "outside": "23514"},
        ),
        ('INSERT INTO "User" ("name") VALUES (\'first\');', {}),
    ],
)
def test_rows_break_what_they_would_break(script: str, broken: Broken) -> None:
    verification = verified("", USERS, script).verification
    assert broken_kinds(verification) == broken
    assert verification.rows.is_ok is not bool(broken)
    assert verification.empty.is_ok


def test_a_refusal_on_rows_says_where_and_what_helps() -> None:
    script = '-- adds\nALTER TABLE "User"\n  ADD COLUMN "type" TEXT NOT NULL;'
    verification = verified("", USERS, script).verification
    failure = case_of(verification, "consistent").failure
    assert failure is not None
    assert (failure.table, failure.column, failure.line) == ("User", "type", 2)
    assert failure.advice == (
        "Give `type` of `User` a DEFAULT, or add it without NOT NULL, fill it (backfill), and make "
        "it required in a second step."
    )
    assert verification.migrations[-1].consequence.startswith(
        "Applies to an empty database, and fails on tables that hold any rows."
    )


def test_a_default_that_is_not_cast_is_to_be_dropped_first_whatever_using_says() -> None:
    script = (
        "CREATE TYPE \"Kind\" AS ENUM ('A');\n"
        'CREATE TABLE "Thing" ("kind" TEXT DEFAULT \'A\');\n'
        'ALTER TABLE "Thing" ALTER COLUMN "kind" TYPE "Kind" USING "kind"::"Kind";'
    )
    failure = verified("", USERS, script).verification.empty.failure
    assert failure is not None
    assert failure.sqlstate == "42804"
    assert failure.advice == (
        "Drop the default first (ALTER COLUMN ... DROP DEFAULT), and set it again after the "
        "change of the type; USING is for the rows alone."
    )


def test_a_value_that_leaves_an_enum_is_missed_by_rows_that_have_it() -> None:
    before = USERS + (
        "CREATE TYPE \"R\" AS ENUM ('A', 'B', 'C');"
        'ALTER TABLE "User" ADD COLUMN "r" "R" NOT NULL DEFAULT \'A\';'
    )
    script = """
    CREATE TYPE "R_new" AS ENUM ('A', 'B');
    ALTER TABLE "User" ALTER COLUMN "r" DROP DEFAULT;
    ALTER TABLE "User" ALTER COLUMN "r" TYPE "R_new" USING ("r"::text::"R_new");
    ALTER TYPE "R" RENAME TO "R_old";
    ALTER TYPE "R_new" RENAME TO "R";
    DROP TYPE "R_old";
    """
    verification = verified("", before, script).verification
    assert broken_kinds(verification) == {"enum-values": "22P02"}
    down = verification.migrations[-1].down
    assert down is not None
    assert down.result == "failed" or down.losses


def test_rings_of_required_keys_with_a_way_in_get_their_rows() -> None:
    before = """
    CREATE TABLE "A" ("id" INT PRIMARY KEY, "b" INT);
    CREATE TABLE "B" ("id" INT PRIMARY KEY, "a" INT NOT NULL REFERENCES "A"("id"));
    ALTER TABLE "A" ADD FOREIGN KEY ("b") REFERENCES "B"("id");
    """
    verification = verified("", before, 'ALTER TABLE "A" ADD COLUMN "x" INT NOT NULL;').verification
    case = case_of(verification, "consistent")
    assert (case.rows, case.empty_tables) == (4, ())


def test_own_rows_are_put_before_a_migration_and_all_behind_it_are_applied() -> None:
    second = 'ALTER TABLE "User" ADD COLUMN "x" TEXT;'
    third = 'CREATE UNIQUE INDEX "u" ON "User"("email");'
    rows = "INSERT INTO \"User\" (\"email\") VALUES ('a'), ('a');"
    verification = verified("", USERS, second, third, own_rows=(rows, 1)).verification
    failure = verification.rows.failure
    assert failure is not None
    assert (failure.migration, failure.sqlstate) == ("2_m", "23505")
    harmless = "INSERT INTO \"User\" (\"email\") VALUES ('a'), ('b');"
    assert verified("", USERS, second, third, own_rows=(harmless, 1)).verification.rows.is_ok


def test_own_rows_that_the_database_does_not_take_are_told() -> None:
    with pytest.raises(OwnRowsRefused, match=r"does not take the rows: 42P01.* at line 2"):
        verified("", USERS, "SELECT 1;", own_rows=("\nINSERT INTO nope VALUES (1);", 1))


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        ('ALTER TABLE "User" ADD COLUMN "x" TEXT;', {}),
        ('CREATE UNIQUE INDEX "u" ON "User"("email");', {"duplicates": "SQLITE_CONSTRAINT_UNIQUE"}),
        (
            """
            PRAGMA foreign_keys=OFF;
            CREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT NOT NULL);
            INSERT INTO "new_User" ("id", "email") SELECT "id", "email" FROM "User";
            DROP TABLE "User";
            ALTER TABLE "new_User" RENAME TO "User";
            PRAGMA foreign_keys=ON;
            """,
            {"nulls": "SQLITE_CONSTRAINT_NOTNULL"},
        ),
        (
            """
            PRAGMA foreign_keys=OFF;
            CREATE TABLE "new_Post" ("id" INTEGER NOT NULL PRIMARY KEY, "userId" INTEGER,
              FOREIGN KEY ("userId") REFERENCES "User" ("id"));
            INSERT INTO "new_Post" ("id", "userId") SELECT "id", "userId" FROM "Post";
            DROP TABLE "Post";
            ALTER TABLE "new_Post" RENAME TO "Post";
            PRAGMA foreign_keys=ON;
            """,
            {"orphans": "SQLITE_CONSTRAINT_FOREIGNKEY"},
        ),
    ],
)
def test_rows_break_migrations_of_sqlite(script: str, broken: Broken) -> None:
    verification = verified("", SQLITE_USERS, script, provider="sqlite").verification
    assert broken_kinds(verification) == broken
    assert verification.down_up == "exact"


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        ("ALTER TABLE `User` ADD COLUMN `x` VARCHAR(10) NOT NULL;", {}),
        ("ALTER TABLE `User` ADD COLUMN `x` DATETIME(3) NOT NULL;", {"consistent": "22007"}),
        ("CREATE UNIQUE INDEX `u` ON `User`(`email`);", {"duplicates": "23000"}),
        (
            "ALTER TABLE `Post` ADD CONSTRAINT `k` FOREIGN KEY (`userId`) REFERENCES `User`(`id`);",
            {"orphans": "23000"},
        ),
    ],
)
def test_rows_break_migrations_of_mariadb(script: str, broken: Broken) -> None:
    verification = verified("", MYSQL_USERS, script, provider="mysql").verification
    assert broken_kinds(verification) == broken
    assert verification.down_up == "exact"


@pytest.mark.parametrize(
    ("script", "rows", "kind"),
    [
        ("CREATE UNIQUE INDEX `u` ON `User`(`email`);", "duplicates", "23505"),
        ("ALTER TABLE `User` MODIFY `email` VARCHAR(191) NOT NULL;", "nulls", "23502"),
        ("ALTER TABLE `User` MODIFY `k` ENUM('b') NOT NULL;", "outside", "22001"),
        ("ALTER TABLE `Post` ADD FOREIGN KEY (`userId`) REFERENCES `User`(`id`);",
         "orphans", "23503"),
        ("ALTER TABLE `User` ADD CHECK (`k` IN ('b'));", "outside", "23514"),
    ],
)  # fmt: skip
def test_a_refusal_of_mysql_is_of_the_kind_that_postgresql_tells(
    script: str, rows: str, kind: str
) -> None:
    before = MYSQL_USERS + "ALTER TABLE `User` ADD `k` VARCHAR(9) NOT NULL;"
    verification = verified("", before, script, provider="mysql").verification
    failure = case_of(verification, rows).failure
    assert failure is not None
    assert failure.kind == kind


def test_a_text_of_mysql_becomes_an_enum_where_no_row_has_another_value() -> None:
    script = "ALTER TABLE `User` MODIFY `email` ENUM('a@b.co', 'c@d.co');"
    verification = verified("", MYSQL_USERS, script, provider="mysql").verification
    assert broken_kinds(verification) == {"outside": "01000"}
    failure = case_of(verification, "outside").failure
    assert failure is not None
    assert failure.advice == (
        "Fill `email` of `User` where it is NULL if it becomes required, and change the values "
        "that the new type does not take, or choose a wider one."
    )


def test_a_required_moment_without_a_default_is_told_by_its_column() -> None:
    script = "ALTER TABLE `User` ADD COLUMN `made at` DATETIME(3) NOT NULL;"
    verification = verified("", MYSQL_USERS, script, provider="mysql").verification
    failure = case_of(verification, "consistent").failure
    assert failure is not None
    assert (failure.kind, failure.column) == ("23502", "made at")
    assert failure.advice.startswith("Give `made at` of `User` a DEFAULT, or add it without")


# ---- down and up ----


def test_all_that_is_chosen_goes_down_to_empty_and_up_again() -> None:
    verification = verified(
        "",
        USERS,
        'ALTER TABLE "User" RENAME COLUMN "name" TO "title";',
        'CREATE INDEX "i" ON "User"("title"); ALTER TABLE "Post" RENAME TO "Article";',
        chosen=None,
    ).verification
    assert [each.down.result for each in verification.migrations if each.down] == ["exact"] * 3
    assert verification.down_up == "exact"


def test_values_that_do_not_come_back_are_a_loss_and_no_failure() -> None:
    verification = verified("", USERS, 'ALTER TABLE "User" DROP COLUMN "name";').verification
    assert verification.down_up == "data-loss"
    down = verification.migrations[-1].down
    assert down is not None
    assert down.losses == ("The column `name` of `User` comes back without its values.",)


def test_rows_that_a_migration_made_do_not_keep_others_from_going_back() -> None:
    verification = verified(
        "",
        USERS,
        "CREATE TYPE \"R\" AS ENUM ('A');"
        'ALTER TABLE "User" ADD COLUMN "r" "R" NOT NULL DEFAULT \'A\';',
        "ALTER TYPE \"R\" ADD VALUE 'B';",
        'INSERT INTO "User" ("r") VALUES (\'B\');',
        chosen=3,
    ).verification
    assert verification.down_up == "data-loss"
    assert "fails while rows are there" in str(verification.migrations[2].down)


def test_an_own_way_back_is_tried_in_the_place_of_ours() -> None:
    script = 'ALTER TABLE "User" ADD COLUMN "x" TEXT;'
    good = {"1_m": 'ALTER TABLE "User" DROP COLUMN "x";'}
    assert verified("", USERS, script, own_downs=good).verification.down_up == "exact"
    verification = verified("", USERS, script, own_downs={"1_m": "SELECT 1;"}).verification
    assert verification.down_up == "failed"
    down = verification.migrations[-1].down
    assert down is not None
    assert down.is_own
    assert down.differences == ("The column `public.User.x` is too much.",)


def test_triggers_and_functions_go_and_come_again() -> None:
    made = """
    CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER "t" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION f();
    """
    gone = 'DROP TRIGGER "t" ON "User"; DROP FUNCTION f();'
    verification = verified("", USERS, made, gone, chosen=2).verification
    assert verification.down_up == "exact"


@pytest.mark.parametrize("provider", ["postgresql", "sqlite"])
def test_views_go_and_come_again(provider: Provider) -> None:
    users = USERS if provider == "postgresql" else SQLITE_USERS
    verification = verified(
        "",
        users,
        'CREATE VIEW "v" AS SELECT "id" FROM "User";',
        'DROP VIEW "v"; ALTER TABLE "User" ADD COLUMN "y" TEXT;',
        chosen=None,
        provider=provider,
    ).verification
    assert verification.down_up == "exact"


# ---- scripts that do not end, and rows that are left behind ----


def test_a_script_that_leaves_its_transaction_open_does_not_apply() -> None:
    verification = verified("", USERS, 'SELECT 1;\nBEGIN;\nDROP TABLE "Post";').verification
    failure = verification.empty.failure
    assert failure is not None
    assert (failure.line, failure.statement) == (2, "BEGIN;")
    assert "every database" not in verification.migrations[1].consequence


def test_own_rows_that_a_migration_of_sqlite_leaves_without_their_referenced_row_are_found() -> (
    None
):
    script = (
        'PRAGMA foreign_keys=OFF;CREATE TABLE "new_Post" ("id" INTEGER PRIMARY KEY, '
        '"userId" INTEGER REFERENCES "User"("id"));'
        'INSERT INTO "new_Post" SELECT "id", "userId" FROM "Post";DROP TABLE "Post";'
        'ALTER TABLE "new_Post" RENAME TO "Post";PRAGMA foreign_keys=ON;'
    )
    rows = 'INSERT INTO "Post" VALUES (1, 99);'
    found = verified("", SQLITE_USERS, script, provider="sqlite", own_rows=(rows, 1)).verification
    assert found.rows.is_ok is False
    case = case_of(found, "own")
    assert (case.rows, case.empty_tables) == (1, ("User",))
    assert case.failure is not None
    assert case.failure.sqlstate == "SQLITE_CONSTRAINT_FOREIGNKEY"


def test_a_statement_is_shown_by_the_lines_by_which_it_is_counted() -> None:
    script = "-- a\x0cb\u2028c\u0085d\nINSERT INTO nope VALUES (1);"
    failure = verified("", SQLITE_USERS, script, provider="sqlite").verification.empty.failure
    assert failure is not None
    assert (failure.line, failure.statement) == (2, "INSERT INTO nope VALUES (1);")


# ---- what a refusal and a way back that is not known tell ----


def test_what_no_way_back_takes_is_not_tried_and_no_finding() -> None:
    before = (
        "CREATE TABLE m (id INT, d DATE, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);"
        "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
    )
    verification = verified("", before, "ALTER TABLE m DETACH PARTITION m1; DROP TABLE m1;")
    found = verification.verification
    assert found.down_up is None
    (omission,) = [each for each in found.not_run if "way back" in each.what]
    assert omission.what == "the way back from `1_m`"
    assert "DETACH PARTITION m1" in omission.why
    assert not found.has_findings


def test_the_statement_that_fails_is_named_where_the_server_points_into_a_definition() -> None:
    before = (
        "CREATE TYPE \"E\" AS ENUM ('A', 'B');"
        'CREATE TABLE "T" ("id" INT PRIMARY KEY, "e" "E" NOT NULL);'
        "CREATE INDEX pi ON \"T\" (id) WHERE e = 'A';"
    )
    script = (
        "CREATE TYPE \"N\" AS ENUM ('A');\n"
        "UPDATE \"T\" SET e = 'A' WHERE e = 'B';\n"
        'ALTER TABLE "T" ALTER COLUMN e TYPE "N" USING (e::text::"N");\n'
    )
    failure = verified("", before, script).verification.empty.failure
    assert failure is not None
    assert (failure.sqlstate, failure.line) == ("42883", 3)


@pytest.mark.parametrize("column", ["TEXT NOT NULL", "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP"])
def test_a_column_that_sqlite_adds_to_no_rows_is_named_with_what_helps(column: str) -> None:
    script = f'ALTER TABLE "User" ADD COLUMN "x" {column};'
    verification = verified("", SQLITE_USERS, script, provider="sqlite").verification
    failure = verification.rows.failure
    assert failure is not None
    assert (failure.table, failure.column) == ("User", "x")
    assert failure.advice.startswith("Give `x` of `User` a constant DEFAULT, or ")


@pytest.mark.parametrize("function", ["uuid_to_bin(uuid())", "is_uuid('x')", "any_value(1)"])
def test_a_function_of_mysql_alone_is_a_lack_of_mariadb(function: str) -> None:
    if server_of("mysql").server.product != "MariaDB":
        pytest.skip("it is about MariaDB")
    script = f"CREATE TABLE `X` (`id` INT PRIMARY KEY); SELECT {function} FROM `X`;"
    failure = verified("", MYSQL_USERS, script, provider="mysql").verification.empty.failure
    assert failure is not None
    assert failure.is_of_server
    assert failure.advice.startswith("MariaDB, which stands in for MySQL here, lacks its function")


def test_a_database_that_a_script_of_mysql_makes_beside_its_own_keeps_nothing_else() -> None:
    beside = "CREATE DATABASE made_by_a_script; CREATE TABLE made_by_a_script.t (id INT);"
    verification = verified(
        "", MYSQL_USERS, beside, "CREATE TABLE `f` (`id` INT);", provider="mysql", chosen=2
    ).verification
    assert verification.empty.is_ok
    assert verification.rows.is_ok
    assert [len(each.rows) > 0 for each in verification.migrations] == [False, True, True]


def test_what_a_script_of_mysql_does_in_another_database_is_no_failed_way_back() -> None:
    beside = (
        "CREATE DATABASE beside;"
        "CREATE TABLE `beside`.`t` (id INT); ALTER TABLE `beside`.`t` ADD `x` INT;"
        "INSERT INTO `beside`.`t` VALUES (1, 1); CREATE TABLE `f` (`id` INT);"
    )
    found = verified("", MYSQL_USERS, beside, provider="mysql")
    assert not found.verification.has_findings
    omission = found.verification.not_run[0]
    assert omission.what == "the way back from `1_m`"
    assert omission.why == (
        "The database `beside` stays. What is done in the database `beside` is not taken back."
    )


def test_a_script_of_mysql_that_stays_in_another_database_is_named() -> None:
    away = "CREATE DATABASE IF NOT EXISTS made_by_a_script; USE made_by_a_script;"
    verification = verified("", MYSQL_USERS, away, provider="mysql").verification
    failure = verification.empty.failure
    assert failure is not None
    assert failure.migration == "1_m"
    assert "the database in use (made_by_a_script)" in (verification.migrations[1].cause or "")


def test_what_applies_once_on_a_server_is_no_finding_where_it_has_to_be_run_again() -> None:
    once = "CREATE USER once_here IDENTIFIED BY 'x';"
    verification = verified(
        "", MYSQL_USERS, once, "CREATE TABLE `f` (`id` INT);", provider="mysql", chosen=1
    ).verification
    assert verification.empty.is_ok
    assert verification.rows.is_ok is not False
