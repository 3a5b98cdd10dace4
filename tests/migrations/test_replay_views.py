"""What views, functions and triggers keep from going, and what they do not find."""

from __future__ import annotations

import pytest

from referee.ddl.model import Name, ViewColumn, ViewReads
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.schema.providers import Provider

TABLES = "CREATE TABLE t (a int, b varchar(9), c int); CREATE TABLE u (a int);"
VIEWS = TABLES + "CREATE VIEW v AS SELECT x.a, x.b FROM t x; CREATE VIEW w AS SELECT 1 FROM v;"
FUNCTION = (
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
    "CREATE FUNCTION g(n int) RETURNS int LANGUAGE sql AS 'SELECT n';"
)
TRIGGER = "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"


def problems(text: str, provider: Provider = "postgresql") -> list[tuple[str, str, str, str]]:
    replayed = replay(empty_database(provider), parse_script(provider, text).statements)
    return [(each.obstacle, each.kind, each.name, each.user) for each in replayed.problems]


@pytest.mark.parametrize(
    ("change", "kind", "name", "user"),
    [
        ("DROP TABLE t", "table", "t", "v"),
        ("DROP VIEW v", "view", "v", "w"),
        ("ALTER TABLE t DROP COLUMN b", "column", "b", "v"),
        ("ALTER TABLE t RENAME TO s; DROP TABLE s", "table", "s", "v"),
        ("ALTER TABLE t RENAME b TO z; ALTER TABLE t DROP COLUMN z", "column", "z", "v"),
        ("ALTER VIEW v RENAME TO q; DROP TABLE t", "table", "t", "q"),
    ],
)
def test_postgresql_keeps_what_a_view_reads(change: str, kind: str, name: str, user: str) -> None:
    assert problems(VIEWS + change) == [("in use", kind, name, user)]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t ALTER COLUMN c TYPE bigint",
        "DROP TABLE u",
        "DROP VIEW v, w; DROP TABLE t",
        "DROP TABLE t CASCADE; CREATE TABLE v (a int); CREATE TABLE w (a int)",
        "ALTER TABLE t DROP COLUMN a CASCADE; CREATE TABLE v (a int)",
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS a, ''::varchar AS b; DROP TABLE t",
        "DO $$ BEGIN EXECUTE 'DROP VIEW ' || 'v CASCADE'; END $$; DROP TABLE t",
        "DO $$ BEGIN DROP VIEW IF EXISTS w, v; END $$; DROP TABLE t",
    ],
)
def test_what_no_view_reads_may_go(change: str) -> None:
    assert problems(VIEWS + change) == []


def test_a_view_that_went_along_is_not_there() -> None:
    script = VIEWS + "DROP TABLE t CASCADE; DROP VIEW w;"
    assert problems(script) == [("missing", "view", "w", "")]


def test_a_column_that_a_view_reads_keeps_its_type() -> None:
    ((obstacle, kind, name, reason),) = problems(VIEWS + "ALTER TABLE t ALTER b TYPE text")
    assert (obstacle, kind, name) == ("refused", "column", "b")
    assert reason.startswith("the view `v` reads it")


def test_a_view_needs_its_tables_and_columns_when_it_is_made() -> None:
    made = "CREATE VIEW v AS SELECT x.z FROM t x JOIN nothing ON true"
    missing = [("missing", "table", "nothing", ""), ("missing", "column", "z", "")]
    assert problems(TABLES + made) == missing
    assert problems(TABLES + made, "mysql") == missing
    assert problems(TABLES + made, "sqlite") == []


@pytest.mark.parametrize(
    "source", ["t_a_seq", "pg_class", "information_schema.tables", "geometry_columns"]
)
def test_what_a_database_has_by_itself_is_not_missing_to_a_view(source: str) -> None:
    assert problems(TABLES + f"CREATE VIEW v AS SELECT 1 FROM {source}") == []


def test_sqlite_changes_no_table_while_a_view_reads_one_that_is_gone() -> None:
    anew = "CREATE TABLE n (a int, b text); DROP TABLE t; ALTER TABLE n RENAME TO t;"
    ((obstacle, kind, name, reason),) = problems(VIEWS + anew, "sqlite")
    assert (obstacle, kind, name) == ("refused", "table", "n")
    assert "view `v` reads `t`" in reason
    assert problems(VIEWS + "DROP VIEW v; DROP VIEW w;" + anew, "sqlite") == []
    assert problems(VIEWS + "PRAGMA legacy_alter_table=ON;" + anew, "sqlite") == []
    assert problems(VIEWS + "PRAGMA legacy_alter_table(1);" + anew, "sqlite") == []


def test_sqlite_changes_no_table_while_a_trigger_writes_one_that_is_gone() -> None:
    made = TABLES + "CREATE TRIGGER r AFTER INSERT ON u BEGIN {} END;"
    anew = "CREATE TABLE n (a int); DROP TABLE t; ALTER TABLE n RENAME TO t;"
    for body in (
        "UPDATE t SET a = 1;",
        "INSERT INTO u VALUES (1) ON CONFLICT DO UPDATE SET a = 2; DELETE FROM t;",
        "UPDATE OR IGNORE u SET a = 1; INSERT INTO t (a) VALUES (1);",
    ):
        ((_, _, name, reason),) = problems(made.format(body) + anew, "sqlite")
        assert name == "n"
        assert "trigger `r` writes `t`" in reason
        assert problems(made.format(body) + "DROP TRIGGER R;" + anew, "sqlite") == []
        assert problems(made.format(body) + "DROP TABLE u;" + anew, "sqlite") == []
    own = made.replace("ON u", "ON t").format("UPDATE t SET a = 1; UPDATE u SET a = 1;")
    assert problems(own + anew, "sqlite") == []


def test_sqlite_drops_no_column_that_a_view_or_another_check_names() -> None:
    assert problems(VIEWS + "ALTER TABLE t DROP COLUMN b", "sqlite") == [
        ("in use", "column", "b", "v")
    ]
    made = "CREATE TABLE t (a int, b int, c int CHECK (b < c), d int REFERENCES t (a), e int, "
    made += "FOREIGN KEY (e) REFERENCES t (a));"
    assert problems(made + "ALTER TABLE t DROP COLUMN b", "sqlite") == [
        ("in use", "column", "b", "CHECK")
    ]
    assert problems(made + "ALTER TABLE t DROP COLUMN e", "sqlite") == [
        ("in use", "column", "e", "FOREIGN KEY (e)")
    ]
    own = "ALTER TABLE t RENAME COLUMN c TO z; ALTER TABLE t DROP COLUMN z;"
    assert problems(made + own + "ALTER TABLE t DROP COLUMN d", "sqlite") == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (TRIGGER, [("missing", "function", "f", "")]),
        (FUNCTION + TRIGGER + "DROP FUNCTION f()", [("in use", "function", "f", "r")]),
        (
            FUNCTION + "ALTER TABLE u ADD CONSTRAINT k CHECK (g(a) > 0); DROP FUNCTION g(int)",
            [("in use", "function", "g", "k")],
        ),
        ("DROP FUNCTION f", [("missing", "function", "f", "")]),
        (
            "ALTER TABLE t ADD d uuid DEFAULT uuid_generate_v4(); "
            "ALTER TABLE t ADD e uuid DEFAULT uuid_generate_v4()",
            [("missing", "function", "uuid_generate_v4", "uuid-ossp")],
        ),
        (
            """ALTER TABLE t ADD CHECK ("digest"(b, 'md5') <> '')""",
            [("missing", "function", "digest", "pgcrypto")],
        ),
        (
            "CREATE INDEX ON t USING gin (b gin_trgm_ops)",
            [("missing", "operator class", "gin_trgm_ops", "pg_trgm")],
        ),
    ],
)
def test_a_function_has_to_be_there_and_stays_while_it_is_used(
    script: str, found: list[tuple[str, str, str, str]]
) -> None:
    assert problems(TABLES + script) == found


@pytest.mark.parametrize(
    "script",
    [
        FUNCTION + TRIGGER + "DROP TRIGGER r ON t; DROP FUNCTION f()",
        FUNCTION + TRIGGER + "DROP TABLE t; DROP FUNCTION f()",
        FUNCTION + TRIGGER + "DROP FUNCTION f CASCADE",
        FUNCTION + "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "ALTER TABLE u ALTER a SET DEFAULT g(1); DROP FUNCTION g()",
        "CREATE EXTENSION postgis;" + TRIGGER,
        TRIGGER.replace("f()", "extensions.f()"),
        "DO $$ BEGIN EXECUTE 'CREATE ' || 'FUNCTION'; END $$;" + TRIGGER,
        'CREATE EXTENSION "uuid-ossp"; ALTER TABLE t ADD d uuid DEFAULT uuid_generate_v4()',
        "ALTER TABLE t ADD d uuid DEFAULT extensions.uuid_generate_v4()",
        "ALTER TABLE t ADD d text DEFAULT 'digest(x)', ADD e uuid DEFAULT gen_random_uuid()",
        r"ALTER TABLE t ADD CHECK (b <> E'\' digest(')",
        "ALTER TABLE t ADD CHECK (b <> $$ digest('' $$)",
        "DROP FUNCTION IF EXISTS f()",
        FUNCTION + "ALTER FUNCTION f() RENAME TO h;" + TRIGGER.replace("f()", "h()"),
        FUNCTION + TRIGGER + "ALTER TRIGGER r ON t RENAME TO s; DROP TRIGGER s ON t; "
        "DROP FUNCTION f()",
        "CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';"
        "ALTER TABLE t ADD d uuid DEFAULT gen_random_uuid(); DROP FUNCTION gen_random_uuid()",
        FUNCTION + "SELECT g(1);" + TRIGGER.replace("f()", "made_by_g()"),
        "CREATE FUNCTION full_name(t) RETURNS text LANGUAGE sql AS 'SELECT 1';"
        "CREATE VIEW v AS SELECT x.full_name FROM t x",
        "IMPORT FOREIGN SCHEMA s FROM SERVER r INTO public; CREATE VIEW v AS SELECT 1 FROM far",
    ],
)
def test_a_function_that_may_be_there_is_not_missed(script: str) -> None:
    assert problems(TABLES + script) == []


def test_the_model_keeps_what_views_read() -> None:
    made = replay(empty_database("postgresql"), parse_script("postgresql", VIEWS).statements).model
    t, v = Name("public", "t"), Name("public", "v")
    assert made.view_reads == {
        v: ViewReads((t,), (ViewColumn(t, "a"), ViewColumn(t, "b"))),
        Name("public", "w"): ViewReads((v,)),
    }
