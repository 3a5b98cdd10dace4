"""What counts as a mistake of the syntax in SQLite and MySQL, against the databases themselves."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from referee.migrations.database.connection import DatabaseError
from referee.migrations.sql.reading import parse_from_tokens
from referee.migrations.sql.statements import SqlMistake
from referee.migrations.sql.tokens import tokenize
from referee.schema.providers import Provider
from tests.migrations.corpus import history_of_unit, units_with_migrations
from tests.support.corpus import require_corpus
from tests.support.databases import fresh_mysql

# What is right, a statement a line, however seldom it is written.
RIGHT_FOR_SQLITE = """
CREATE TABLE a (id int primary key on conflict replace, b int collate nocase, constraint x unique (b) check (b > 0))
CREATE TABLE a (id unsigned big int not null, b varying character(255), "c" TEXT "d" TEXT, e 'x' NULL, f)
CREATE TABLE a (id key null, b first after comment not null)
CREATE TABLE a (id int primary key) without rowid, strict
CREATE TABLE a (id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(4))) || '-'), b AS (id || 'x') STORED) WITHOUT ROWID
CREATE TABLE a AS SELECT 1
CREATE TEMP TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY AUTOINCREMENT, b REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)
CREATE UNIQUE INDEX IF NOT EXISTS i ON t (b COLLATE nocase DESC, lower(c)) WHERE b > 0 AND c IS NOT NULL
CREATE INDEX i ON t ("b" ASC, (c + 1))
CREATE VIRTUAL TABLE v USING fts5(a, content='b')
CREATE TRIGGER r AFTER UPDATE OF b ON t WHEN new.b > 0 BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END
CREATE TEMPORARY VIEW v AS SELECT 1
CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END
CREATE VIEW v AS WITH x AS (SELECT 1) SELECT * FROM x
ALTER TABLE t ADD COLUMN d int NOT NULL DEFAULT -1 CHECK (d <> 0)
ALTER TABLE t RENAME b TO d
ALTER TABLE t RENAME TO u
ALTER TABLE t DROP COLUMN c
DROP TABLE IF EXISTS main.a
DROP INDEX IF EXISTS i
DROP TRIGGER IF EXISTS r
DROP VIEW IF EXISTS v
INSERT OR REPLACE INTO t (b) VALUES (1), (2) ON CONFLICT DO NOTHING
REPLACE INTO t (b) SELECT 1
WITH x AS (SELECT 1 AS b) UPDATE t SET b = 2 WHERE b IN (SELECT b FROM x)
ANALYZE
REINDEX
VALUES (1), (2)
SELECT count(*) FILTER (WHERE b > 0) OVER w FROM t WINDOW w AS (ORDER BY b GROUPS 1 PRECEDING EXCLUDE TIES)
PRAGMA foreign_keys=OFF
RELEASE s
END TRANSACTION
"""  # noqa: E501  a statement a line
RIGHT_FOR_MYSQL = """
CREATE TABLE a (id int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='x'
CREATE TABLE a (id int) PARTITION BY HASH(id) PARTITIONS 4
CREATE TABLE a (id int, KEY k (id) USING BTREE COMMENT 'x', UNIQUE u (id DESC))
CREATE TABLE a (x POINT NOT NULL, SPATIAL INDEX (x))
CREATE TABLE a (id int UNSIGNED ZEROFILL, e ENUM('a','b') CHARACTER SET latin1 COLLATE latin1_bin, d DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3))
CREATE TABLE a LIKE t
CREATE TABLE a (id int) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8
CREATE UNIQUE INDEX i ON t (c(10) DESC, b)
CREATE INDEX i USING BTREE ON t (b) COMMENT 'x' ALGORITHM=INPLACE LOCK=NONE
CREATE FULLTEXT INDEX i ON t (c)
DROP INDEX k ON t
ALTER TABLE t ENGINE=InnoDB
ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
ALTER TABLE t ADD FULLTEXT INDEX f (c)
ALTER TABLE t ALTER COLUMN b SET DEFAULT 1, ALGORITHM=INPLACE, LOCK=NONE
ALTER TABLE t ORDER BY b
ALTER TABLE t DISABLE KEYS
ALTER TABLE t AUTO_INCREMENT = 5
ALTER TABLE t COMMENT = 'x'
ALTER TABLE t PARTITION BY RANGE (b) (PARTITION p VALUES LESS THAN (5))
ALTER TABLE t MODIFY b bigint NOT NULL AFTER c, CHANGE c d varchar(3) FIRST, ADD (e int, f int)
ALTER DATABASE CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
CREATE DEFINER=CURRENT_USER PROCEDURE p(IN a INT, OUT b INT) SQL SECURITY INVOKER BEGIN DECLARE x INT DEFAULT 0; SET x = 1; END
CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC READS SQL DATA RETURN a + 1
CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN IF NEW.b IS NULL THEN SET NEW.b = 1; END IF; END
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE b < 1
CREATE OR REPLACE VIEW v AS SELECT 1 AS x
CREATE SEQUENCE s
DROP PROCEDURE IF EXISTS p
DROP TABLE IF EXISTS a, b CASCADE
CALL q()
LOCK TABLES t WRITE
UNLOCK TABLES
ANALYZE TABLE t
CHECK TABLE t
REPAIR TABLE t
OPTIMIZE TABLE t
FLUSH TABLES
SET FOREIGN_KEY_CHECKS=0
SET @x = 1, @y := 2
SET NAMES utf8mb4
PREPARE s FROM 'SELECT 1'
DEALLOCATE PREPARE s
SELECT COUNT(*) INTO @c FROM information_schema.columns WHERE table_name = 'a'
SELECT SQL_CALC_FOUND_ROWS STRAIGHT_JOIN * FROM t FORCE INDEX (k) PROCEDURE ANALYSE()
SHOW TABLES
DO SLEEP(0)
HANDLER t OPEN
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'x'
LOAD DATA INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' LINES TERMINATED BY ';' (b, c)
RENAME TABLE t TO u, u TO t
START TRANSACTION WITH CONSISTENT SNAPSHOT
XA START 'x'
VALUES (1, 2)
INSERT INTO t SET b = 1 ON DUPLICATE KEY UPDATE b = VALUES(b)
DELETE x FROM t AS x JOIN t AS y ON x.b = y.b
UPDATE t AS x JOIN t AS y ON x.b = y.b SET x.b = 2
"""  # noqa: E501  a statement a line
# What is wrong, and where; `^` stands in front of the place.
WRONG: dict[Provider, str] = {
    "sqlite": """
CREATE TABLE "A" ("id" INTEGER NOT NULL ^"mode" TEXT)
CREATE TABLE a (id int not null ^mode text)
CREATE TABLE a (id int,^, b int)
CREATE TABLE a (id int, b int,^)
CREATE TABLE a (id int)^)
CREATE TABLE a ^(id int
DROP TABLE a ^b
INSERT INTO t VALUES ^(1, 2
^CREAT TABLE a (id int)
CREATE ^TABEL x (id int)
CREATE TEMP ^INDEX i ON t (b)
CREATE UNIQUE ^TABLE x (id int)
CREATE ^OR REPLACE VIEW v AS SELECT 1
DROP ^COLUMN b
ALTER ^INDEX i RENAME TO j
^TRUNCATE t
^COMMENT ON TABLE t IS 'x'
^(SELECT 1)
""",
    "mysql": """
CREATE TABLE `a` (`id` int NOT NULL ^`b` int)
CREATE TABLE `a` (`id` int NOT NULL,^, `b` int)
CREATE TABLE `a` (`id` int NOT NULL,^)
ALTER TABLE t ADD d int^,
CREATE TABLE a ^(id int
DROP TABLE a ^b
INSERT INTO t VALUES ^(1
SELEC ^1
CREAT TABLE ^a (id int)
""",
}
START = {
    "sqlite": "CREATE TABLE t (id INTEGER PRIMARY KEY, b int, c text);",
    "mysql": "CREATE TABLE t (b int, c varchar(20), KEY k (b));CREATE PROCEDURE q() SELECT 1;",
}
SYNTAX_ERROR_OF_MYSQL = 1064


def mistakes(provider: Provider, text: str) -> tuple[SqlMistake, ...]:
    return parse_from_tokens(provider, text).mistakes


@pytest.mark.parametrize("statement", RIGHT_FOR_SQLITE.strip().splitlines())
def test_what_sqlite_reads_is_no_mistake(statement: str) -> None:
    assert refusal_of_sqlite(statement) is None
    assert mistakes("sqlite", statement) == ()


def test_what_mysql_reads_is_no_mistake() -> None:
    refused = refused_by_mysql(RIGHT_FOR_MYSQL.strip().splitlines())
    assert refused == []
    for statement in RIGHT_FOR_MYSQL.strip().splitlines():
        assert mistakes("mysql", statement) == (), statement


@pytest.mark.parametrize("marked", WRONG["sqlite"].strip().splitlines())
def test_a_mistake_that_sqlite_refuses_is_found_in_its_place(marked: str) -> None:
    statement = marked.replace("^", "")
    assert is_about_syntax(refusal_of_sqlite(statement))
    (mistake,) = mistakes("sqlite", statement)
    assert mistake.span.start == marked.index("^")


def test_a_mistake_that_mysql_refuses_is_found_in_its_place() -> None:
    marked = WRONG["mysql"].strip().splitlines()
    statements = [each.replace("^", "") for each in marked]
    assert refused_by_mysql(statements) == statements
    for statement, each in zip(statements, marked, strict=True):
        (mistake,) = mistakes("mysql", statement)
        assert mistake.span.start == each.index("^"), each


def test_a_mistake_has_its_line_and_costs_no_other_statement() -> None:
    text = "CREATE TABLE a (\r\n  id int NOT NULL\r\n  `é` int\r\n);\nDROP TABLE b;"
    script = parse_from_tokens("mysql", text)
    (mistake,) = script.mistakes
    assert text[mistake.span.start : mistake.span.end] == "`é`"
    assert len(script.statements) == 2


def test_constraints_of_sqlite_need_no_comma_between_them() -> None:
    without = "CREATE TABLE a (b int, UNIQUE (b) CHECK (b > 0) FOREIGN KEY (b) REFERENCES c (d))"
    with_commas = (
        "CREATE TABLE a (b int, UNIQUE (b), CHECK (b > 0), FOREIGN KEY (b) REFERENCES c (d))"
    )
    (first,) = parse_from_tokens("sqlite", without).statements
    (second,) = parse_from_tokens("sqlite", with_commas).statements
    assert first.statement == second.statement


@pytest.mark.fuzz
def test_what_is_called_a_mistake_is_refused_by_sqlite(fuzz_rounds: int) -> None:
    require_corpus()
    source = random.Random(fuzz_rounds)
    seen: Counter[tuple[bool, bool]] = Counter()
    for connection, statement in statements_of_sqlite():
        for _ in range(max(1, fuzz_rounds // 20)):
            changed = with_one_change(source, "sqlite", statement)
            is_found = bool(mistakes("sqlite", changed))
            refusal = refusal_of_sqlite(changed, connection)
            assert not is_found or refusal is not None, changed
            seen[is_found, is_about_syntax(refusal)] += 1
    assert seen[True, True] > 100


@pytest.mark.fuzz
def test_what_is_called_a_mistake_is_refused_by_mysql(fuzz_rounds: int) -> None:
    require_corpus()
    source = random.Random(fuzz_rounds)
    statements = [
        with_one_change(source, "mysql", statement)
        for statement in statements_of("mysql")
        for _ in range(fuzz_rounds // 4)
    ]
    found = [each for each in statements if mistakes("mysql", each)]
    assert len(found) > 20
    assert refused_by_mysql(found, only_syntax=False) == found


@pytest.mark.parametrize("provider", ["sqlite", "mysql"])
def test_scripts_of_real_projects_need_no_second_reader(provider: Provider) -> None:
    require_corpus()
    program = (
        "import sys\n"
        "from referee.migrations.sql.reading import parse_from_tokens\n"
        "from tests.migrations.test_syntax_mistakes import scripts_of\n"
        f"read = [parse_from_tokens({provider!r}, text) for text in scripts_of({provider!r})]\n"
        "assert len(read) > 1 and not any(script.mistakes for script in read)\n"
        "print('sqlglot' in sys.modules)\n"
        f"assert parse_from_tokens({provider!r}, 'DROP TABLE a b').mistakes\n"
        "print('sqlglot' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
    assert done.stderr == ""


# ---- the databases ----


def refusal_of_sqlite(statement: str, connection: sqlite3.Connection | None = None) -> str | None:
    """Return what SQLite says against a statement that it reads but does not run."""
    if connection is None:
        connection = sqlite3.connect(":memory:")
        connection.executescript(START["sqlite"])
    try:
        connection.execute(f"EXPLAIN {statement}").fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        return str(error)
    return None


def is_about_syntax(refusal: str | None) -> bool:
    words = ("syntax error", "incomplete input", "unrecognized token")
    return refusal is not None and any(each in refusal for each in words)


def refused_by_mysql(statements: list[str], only_syntax: bool = True) -> list[str]:
    """Return the statements that MySQL does not read."""
    refused: list[str] = []
    with fresh_mysql(START["mysql"]) as connection:
        for statement in statements:
            try:
                connection.execute("UNLOCK TABLES")
                connection.execute(statement)
            except DatabaseError as error:
                if not only_syntax or error.code == str(SYNTAX_ERROR_OF_MYSQL):
                    refused.append(statement)
    return refused


# ---- statements of real projects ----


def scripts_of(provider: Provider) -> list[str]:
    return [
        migration.text or ""
        for unit in units_with_migrations(provider)
        for migration in history_of_unit(unit.name).migrations
    ]


def statements_of(provider: Provider) -> list[str]:
    return [
        text[placed.span.start : placed.span.end]
        for text in scripts_of(provider)
        for placed in parse_from_tokens(provider, text).statements
    ]


def statements_of_sqlite() -> Iterator[tuple[sqlite3.Connection, str]]:
    """Yield each statement once, with a database in the state that it is written for."""
    seen: set[str] = set()
    for unit in units_with_migrations("sqlite"):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        for migration in history_of_unit(unit.name).migrations:
            text = migration.text or ""
            for placed in parse_from_tokens("sqlite", text).statements:
                statement = text[placed.span.start : placed.span.end]
                if statement not in seen:
                    seen.add(statement)
                    yield connection, statement
            connection.executescript(text)
        connection.close()


def with_one_change(source: random.Random, provider: Provider, statement: str) -> str:
    """Drop, double, exchange or replace a token, or leave a letter out of one."""
    tokens = tokenize(provider, statement).tokens
    number = source.randrange(len(tokens))
    token = tokens[number]
    before, itself, after = (
        statement[: token.start],
        statement[token.start : token.end],
        statement[token.end :],
    )
    change = source.choice(["drop", "double", "exchange", "replace", "misspell"])
    if change == "drop":
        return before + after
    if change == "double":
        return f"{before}{itself} {itself}{after}"
    if change == "exchange" and number + 1 < len(tokens):
        other = tokens[number + 1]
        second = statement[other.start : other.end]
        return f"{before}{second} {itself}{statement[other.end :]}"
    if change == "misspell" and token.kind == "word" and len(itself) > 2:
        return before + itself[:-2] + itself[-1] + after
    other = source.choice(tokens)
    return before + statement[other.start : other.end] + after
