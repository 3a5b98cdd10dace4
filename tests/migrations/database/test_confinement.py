"""Scripts that reach beyond their database are told from those that stay within."""

from __future__ import annotations

import pytest

from referee.migrations.database.confinement import Bounds, LeavesDatabase, refuse_reaching

MYSQL = Bounds("mysql", "MariaDB")
POSTGRESQL = Bounds("postgresql", "PostgreSQL")


def reaches(script: str, bounds: Bounds) -> bool:
    """Tell whether a script is refused."""
    try:
        refuse_reaching("a script", script, bounds)
    except LeavesDatabase:
        return True
    return False


@pytest.mark.parametrize(
    "script",
    [
        "USE `prod`",
        "SELECT 1; use prod;",
        "/*!50000 USE prod */;",
        "DROP /*!40000 DATABASE */ prod;",
        "/*M! USE prod */",
        "DELETE FROM `prod`.`Secret`",
        "DELETE FROM prod . Secret WHERE prod = 1",
        "INSERT INTO prod.a (id) VALUES (1)",
        "REPLACE prod.a VALUES (1)",
        "UPDATE prod.a SET b = 1",
        "UPDATE a, prod.b SET a.x = 1",
        "DROP TABLE IF EXISTS a, prod.b",
        "DROP TABLE prod, prod.b",
        "TRUNCATE prod.a",
        "ALTER TABLE prod.a ADD b INT",
        "RENAME TABLE a TO prod.a",
        "CREATE TABLE a LIKE prod.a",
        "CREATE INDEX i ON prod.a (b)",
        "CREATE VIEW v AS SELECT b.x FROM a AS b, prod.c",
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES prod.a (id)",
        "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW DELETE FROM prod.b",
        "CREATE PROCEDURE p() BEGIN DROP DATABASE prod; END",
        "CREATE PROCEDURE p() DROP USER u",
        'DELETE FROM "prod"."Secret"',
        "CREATE DATABASE x",
        "CREATE SCHEMA x",
        "ALTER DATABASE prod CHARACTER SET utf8mb4",
        "CREATE OR REPLACE USER u",
        "GRANT ALL ON *.* TO u",
        "REVOKE ALL ON a FROM u",
        "SET GLOBAL event_scheduler = ON",
        "SET @@global.sort_buffer_size = 1",
        "SET PERSIST max_connections = 1",
        "SET sql_mode = 'ANSI_QUOTES'",
        "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h')",
        "SET @s = 'DROP TABLE prod.a'; PREPARE p FROM @s; EXECUTE p",
        "EXECUTE IMMEDIATE 'DROP TABLE prod.a'",
        "SELECT * FROM a INTO OUTFILE '/x'",
        "CREATE TABLE a (id INT) ENGINE=FEDERATED CONNECTION='mysql://h/d/t'",
        "SELECT 'no end",
        "FLUSH TABLES",
    ],
)
def test_what_leaves_a_database_of_mysql_is_refused(script: str) -> None:
    assert reaches(script, MYSQL)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE `User` (`id` INT NOT NULL AUTO_INCREMENT, `role` INT, PRIMARY KEY (`id`))",
        "ALTER TABLE `User` DROP role, DROP COLUMN user, ADD COLUMN `database` INT",
        "UPDATE `a` JOIN `b` AS p ON p.`x` = a.`id` SET a.`y` = p.`y` WHERE p.z IS NULL",
        "UPDATE a SET a.x = 1 WHERE a.y = 2",
        "DELETE a FROM a JOIN b ON a.id = b.id WHERE b.x = 1",
        "INSERT INTO a SELECT b.id FROM b ON DUPLICATE KEY UPDATE a.x = b.x",
        "SELECT EXTRACT(YEAR FROM a.made), TRIM(BOTH ' ' FROM a.name) FROM a",
        "SELECT COUNT(*) FROM information_schema.tables",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = NEW.y",
        "-- USE prod;\nSELECT 'USE prod; DROP TABLE prod.a'",
        "/* DROP DATABASE prod */ CREATE VIEW `v` AS SELECT `a`.`x` FROM `a`",
        "SET FOREIGN_KEY_CHECKS = 0; SET @a = 1; START TRANSACTION; COMMIT",
        "ALTER DATABASE CHARACTER SET utf8mb4",
        "INSERT INTO a VALUES (1.5, .5, 'a.b')",
        "LOCK TABLES a WRITE; UNLOCK TABLES; RENAME TABLE a TO b",
    ],
)
def test_what_stays_within_a_database_of_mysql_is_not_refused(script: str) -> None:
    refuse_reaching("a script", script, MYSQL)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE DATABASE x",
        "DROP DATABASE x",
        "ALTER DATABASE x SET timezone = 'UTC'",
        "CREATE ROLE r",
        "ALTER USER u WITH PASSWORD 'x'",
        "DO $$ BEGIN IF true THEN CREATE ROLE r; END IF; END $$",
        "DO $$ BEGIN EXECUTE 'DROP ROLE r'; END $$",
        "DO $$ BEGIN EXECUTE format('ALTER %s x', 'ROLE'); END $$",
        "DO $$ DECLARE s text := 'DROP ROLE r'; BEGIN EXECUTE s; END $$",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DROP ROLE r; END'",
        "GRANT admin TO app",
        "GRANT CONNECT ON DATABASE prod TO app",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "CREATE TABLESPACE t LOCATION '/x'",
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw",
        "CREATE USER MAPPING FOR u SERVER s",
        "CREATE EXTENSION dblink",
        "SELECT dblink_exec('dbname=prod', 'DROP TABLE a')",
        "SELECT public.dblink('dbname=prod', 'SELECT 1')",
        "COPY a FROM PROGRAM 'rm x'",
        "COPY a TO '/tmp/a'",
        "DROP OWNED BY app",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'",
        "SELECT 'no end",
    ],
)
def test_what_leaves_a_database_of_postgresql_is_refused(script: str) -> None:
    assert reaches(script, POSTGRESQL)


@pytest.mark.parametrize(
    "script",
    [
        'CREATE TABLE "billing"."Invoice" ("id" INT, role TEXT, "user" TEXT)',
        "ALTER TABLE t DROP role, DROP COLUMN database; ALTER TABLE t ADD COLUMN server TEXT",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app; REVOKE ALL ON t FROM app",
        "CREATE SCHEMA IF NOT EXISTS x; CREATE EXTENSION IF NOT EXISTS citext",
        "DO $$ BEGIN CREATE TYPE m AS ENUM ('a');"
        " EXCEPTION WHEN duplicate_object THEN null; END $$",
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD x INT', 't'); END $$",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE POLICY p ON t FOR SELECT TO app USING (user_id = 1)",
        "-- DROP DATABASE x\nSELECT 'DROP DATABASE x'",
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$"
        " LANGUAGE plpgsql",
    ],
)
def test_what_stays_within_a_database_of_postgresql_is_not_refused(script: str) -> None:
    refuse_reaching("a script", script, POSTGRESQL)


def test_cockroachdb_reaches_other_databases_by_names_that_are_no_schema_made() -> None:
    bounds = Bounds("postgresql", "CockroachDB")
    assert reaches("DELETE FROM prod.secret", bounds)
    assert reaches("DELETE FROM prod.public.secret", bounds)
    assert not reaches('CREATE SCHEMA "billing"; CREATE TABLE "billing"."t" (id INT)', bounds)
    assert not reaches("DELETE FROM public.secret", bounds)


def test_the_line_that_reaches_beyond_is_told() -> None:
    with pytest.raises(LeavesDatabase, match=r"`1_m` is not run .* line 3 .*USE prod"):
        refuse_reaching("`1_m`", "SELECT 1;\n\nUSE prod;", MYSQL)
