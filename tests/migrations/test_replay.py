"""What statements do to the model of a database, rule by rule."""

from __future__ import annotations

import pytest

from referee.ddl.model import (
    Column,
    ColumnDefault,
    DatabaseModel,
    ForeignKeyConstraint,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    SqlType,
    Table,
)
from referee.ddl.steps import change_script
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.schema.providers import Provider


def run(text: str, provider: Provider = "postgresql") -> DatabaseModel:
    """Replay a script that runs without problems."""
    replayed = replay(empty_database(provider), parse_script(provider, text).statements)
    assert replayed.problems == ()
    return replayed.model


def table(text: str, name: str, provider: Provider = "postgresql") -> Table:
    found = run(text, provider).table(name)
    assert found is not None
    return found


def problems(text: str, provider: Provider = "postgresql") -> list[tuple[str, str, str]]:
    replayed = replay(empty_database(provider), parse_script(provider, text).statements)
    return [(each.obstacle, each.kind, each.name) for each in replayed.problems]


def test_what_a_statement_leaves_unnamed_gets_postgresql_s_names() -> None:
    found = table(
        "CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE, b int REFERENCES t (id), "
        "c int CHECK (c > 0), UNIQUE (a, b)); CREATE INDEX ON t (lower(a::text), b);",
        "t",
    )
    assert found.primary_key == PrimaryKey(("id",), "t_pkey")
    assert [index.name for index in found.indexes] == ["t_a_key", "t_a_b_key", "t_lower_b_idx"]
    assert [key.name for key in found.foreign_keys] == ["t_b_fkey"]
    assert [check.name for check in found.checks] == ["t_c_check"]
    assert found.columns[0] == Column("id", SqlType("integer"), False, ColumnDefault("sequence"))


def test_a_long_name_is_cut_in_its_longer_part_and_numbered_where_it_is_taken() -> None:
    long = "c" * 60
    found = table(
        f"CREATE TABLE t ({long} int); CREATE INDEX ON t ({long}); CREATE INDEX ON t ({long});", "t"
    )
    names = [index.name for index in found.indexes]
    assert names == [f"t_{'c' * 57}_idx", f"t_{'c' * 56}_idx1"]
    assert {len(name) for name in names} == {63}


def test_the_parts_of_an_alter_table_drop_before_they_add() -> None:
    found = table(
        "CREATE TABLE t (a int, b int, CONSTRAINT k PRIMARY KEY (a)); "
        "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (b), ADD COLUMN a text, DROP CONSTRAINT k, "
        "DROP COLUMN a;",
        "t",
    )
    assert found.primary_key == PrimaryKey(("b",), "k")
    assert found.column("a") == Column("a", SqlType("text"), True)


def test_dropping_a_column_takes_indexes_checks_and_keys_on_both_sides() -> None:
    model = run(
        "CREATE TABLE p (id int PRIMARY KEY, code int UNIQUE); "
        "CREATE TABLE c (id int, code int REFERENCES p (code), CHECK (code > 0)); "
        "CREATE INDEX i ON c (id, code); CREATE INDEX j ON c (id) WHERE code > 0; "
        "CREATE INDEX l ON c (id) INCLUDE (code); CREATE INDEX kept ON c (id); "
        "ALTER TABLE p DROP COLUMN code CASCADE; ALTER TABLE c DROP COLUMN code;"
    )
    child, parent = model.table("c"), model.table("p")
    assert child is not None
    assert parent is not None
    assert parent.indexes == ()
    assert (child.foreign_keys, child.checks) == ((), ())
    assert [index.name for index in child.indexes] == ["kept"]


def test_renames_reach_indexes_keys_and_those_who_refer_to_them() -> None:
    model = run(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (pid int REFERENCES p (id)); "
        "CREATE INDEX i ON c (pid) WHERE pid > 0; ALTER TABLE p RENAME COLUMN id TO key; "
        "ALTER TABLE c RENAME COLUMN pid TO parent; ALTER TABLE p RENAME TO parents; "
        "ALTER INDEX i RENAME TO j; ALTER TABLE c RENAME CONSTRAINT c_pid_fkey TO f;"
    )
    child = model.table("c")
    assert child is not None
    assert child.foreign_keys == (
        ForeignKeyConstraint(("parent",), Name("public", "parents"), ("key",), name="f"),
    )
    assert child.indexes == (Index("j", (IndexPart("parent"),), predicate='"parent" > 0'),)


def test_a_constraint_made_of_an_index_takes_it_over() -> None:
    found = table(
        "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX i ON t (a); CREATE UNIQUE INDEX j "
        "ON t (a); ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i, "
        "ADD CONSTRAINT k PRIMARY KEY USING INDEX j;",
        "t",
    )
    assert [(index.name, index.is_constraint) for index in found.indexes] == [("u", True)]
    assert found.primary_key == PrimaryKey(("a",), "k")


def test_an_enum_is_exchanged_as_prisma_does_it() -> None:
    model = run(
        "CREATE TYPE \"E\" AS ENUM ('a', 'b'); CREATE TABLE t (e \"E\" DEFAULT 'a'); "
        "CREATE TYPE \"E_new\" AS ENUM ('a', 'c'); ALTER TABLE t ALTER COLUMN e DROP DEFAULT; "
        'ALTER TABLE t ALTER COLUMN e TYPE "E_new" USING (e::text::"E_new"); '
        'ALTER TYPE "E" RENAME TO "E_old"; ALTER TYPE "E_new" RENAME TO "E"; DROP TYPE "E_old"; '
        "ALTER TABLE t ALTER COLUMN e SET DEFAULT 'c'; ALTER TYPE \"E\" ADD VALUE 'b' AFTER 'a'; "
        "ALTER TYPE \"E\" RENAME VALUE 'c' TO 'd';"
    )
    name = Name("public", "E")
    assert [enum.values for enum in model.enums.values()] == [("a", "b", "d")]
    found = model.table("t")
    assert found is not None
    assert found.columns == (
        Column("e", SqlType("E", enum=name), True, ColumnDefault("value", "d")),
    )


def test_namespaces_are_kept_apart() -> None:
    model = run(
        "CREATE SCHEMA s; CREATE TABLE t (a int); CREATE TABLE s.t (b int); "
        "ALTER TABLE t RENAME TO u; ALTER TABLE u SET SCHEMA s; SET search_path TO s; "
        "ALTER TABLE u ADD COLUMN c int;"
    )
    assert set(model.tables) == {Name("s", "t"), Name("s", "u")}
    moved = model.tables[Name("s", "u")]
    assert [column.name for column in moved.columns] == ["a", "c"]


def test_tables_of_unknown_shape_and_temporary_ones_raise_no_problem() -> None:
    assert (
        problems(
            "CREATE TABLE q AS SELECT 1 AS a; ALTER TABLE q DROP COLUMN anything; "
            "CREATE TEMP TABLE x (a int); INSERT INTO x (b) VALUES (1); DROP TABLE x; "
            "CREATE MATERIALIZED VIEW v AS SELECT 1; CREATE INDEX ON v (a); "
            "DROP MATERIALIZED VIEW v;"
        )
        == []
    )


def test_what_a_do_block_runs_counts_but_is_not_judged() -> None:
    text = (
        "CREATE TABLE t (a int); DO $$ BEGIN ALTER TABLE t ADD COLUMN b int; "
        "ALTER TABLE t ADD COLUMN a int; DROP TABLE nothing; END $$;"
    )
    assert problems(text) == []
    assert [column.name for column in table(text, "t").columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("DROP TABLE t;", ("missing", "table", "t")),
        ("CREATE TABLE t (a int); CREATE TABLE t (a int);", ("exists", "table", "t")),
        ("CREATE TABLE s.t (a int);", ("missing", "schema", "s")),
        ("DROP VIEW v;", ("missing", "view", "v")),
        ("DROP INDEX i;", ("missing", "index", "i")),
        ("CREATE TABLE t (a int UNIQUE); DROP INDEX t_a_key;",
         ("not allowed", "index", "t_a_key")),
        ("CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t); "
         "ALTER TABLE t DROP CONSTRAINT t_pkey;", ("in use", "constraint", "t_pkey")),
        ("CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE TABLE u (a int); "
         "CREATE INDEX i ON u (a);", ("exists", "index", "i")),
        ("CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b' AFTER 'x';",
         ("missing", "enum value", "x")),
        ("CREATE SCHEMA public;", ("exists", "schema", "public")),
    ],
)  # fmt: skip
def test_what_a_database_would_refuse_is_a_problem(
    text: str, problem: tuple[str, str, str]
) -> None:
    assert problems(text) == [problem]


def test_mysql_makes_and_gives_up_the_index_of_a_foreign_key() -> None:
    tables = (
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, pid INT); "
        "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (pid) REFERENCES p (id);"
    )
    assert [index.name for index in table(tables, "c", "mysql").indexes] == ["f"]
    served = tables + "CREATE INDEX i ON c (pid, id);"
    assert [index.name for index in table(served, "c", "mysql").indexes] == ["i"]
    dropped = tables + "ALTER TABLE c DROP FOREIGN KEY f;"
    assert [index.name for index in table(dropped, "c", "mysql").indexes] == ["f"]


def test_mysql_takes_a_dropped_column_out_of_its_indexes() -> None:
    found = table(
        "CREATE TABLE t (a INT, b INT, INDEX i(a, b), INDEX j(b)); ALTER TABLE t DROP COLUMN b;",
        "t",
        "mysql",
    )
    assert found.indexes == (Index("i", (IndexPart("a"),)),)


def test_sqlite_keeps_what_refers_to_a_table_that_is_made_anew() -> None:
    model = run(
        'CREATE TABLE "p" ("id" INTEGER PRIMARY KEY); '
        'CREATE TABLE "c" ("pid" INTEGER REFERENCES "p" ("id")); PRAGMA foreign_keys=OFF; '
        'CREATE TABLE "new_p" ("id" INTEGER PRIMARY KEY, "a" TEXT); '
        'INSERT INTO "new_p" ("id") SELECT "id" FROM "p"; DROP TABLE "p"; '
        'ALTER TABLE "new_p" RENAME TO "p"; PRAGMA foreign_keys=ON;',
        "sqlite",
    )
    child, parent = model.table("c"), model.table("p")
    assert child is not None
    assert parent is not None
    assert child.foreign_keys == (ForeignKeyConstraint(("pid",), Name(None, "p"), ("id",)),)
    assert [column.name for column in parent.columns] == ["id", "a"]


@pytest.mark.parametrize(
    ("text", "counts_up"),
    [
        ('CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);', True),
        ('CREATE TABLE "A" ("id" integer, CONSTRAINT "key" PRIMARY KEY ("id"));', True),
        ('CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT);', True),
        ('CREATE TABLE "A" ("id" INT NOT NULL PRIMARY KEY);', False),
        ('CREATE TABLE "A" ("id" INTEGER, "b" INTEGER, PRIMARY KEY ("id", "b"));', False),
        ('CREATE TABLE "A" ("id" INTEGER PRIMARY KEY) WITHOUT ROWID;', False),
        ('CREATE TABLE "A" ("id" INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID;', False),
    ],
)
def test_sqlite_counts_up_what_stands_for_its_row_number(text: str, counts_up: bool) -> None:
    column = table(text, "A", "sqlite").columns[0]
    assert (column.default == ColumnDefault("sequence")) is counts_up


def test_a_replay_shares_what_it_does_not_change() -> None:
    before = run("CREATE TABLE a (x int); CREATE TABLE b (x int);")
    after = replay(
        before, parse_script("postgresql", "ALTER TABLE a ADD COLUMN y int;").statements
    ).model
    name = Name("public", "b")
    assert after.tables[name] is before.tables[name]
    assert len(before.tables[Name("public", "a")].columns) == 1


def test_a_serial_is_written_as_one_only_while_it_counts() -> None:
    model = run(
        "CREATE TABLE t (a SERIAL NOT NULL, b BIGSERIAL); ALTER TABLE t ALTER a DROP DEFAULT;"
    )
    assert change_script(empty_database("postgresql"), model).text == (
        '-- CreateTable\nCREATE TABLE "t" (\n    "a" INTEGER NOT NULL,\n'
        '    "b" BIGSERIAL NOT NULL\n);\n'
    )
    changed = change_script(
        run("CREATE TABLE t (a int NOT NULL, b int NOT NULL);"), model, exact=True
    )
    # PostgreSQL has no type of that name to change a column to.
    assert "SERIAL" not in changed.text
