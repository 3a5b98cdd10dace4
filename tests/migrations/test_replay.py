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


def test_a_unique_index_is_no_constraint_of_postgresql() -> None:
    made = "CREATE TABLE t (a int); CREATE UNIQUE INDEX k ON t (a); "
    dropped = table(made + "ALTER TABLE t DROP CONSTRAINT IF EXISTS k;", "t")
    assert [index.name for index in dropped.indexes] == ["k"]
    assert problems(made + "ALTER TABLE t DROP CONSTRAINT k;") == [("missing", "constraint", "k")]
    assert problems(made + "ALTER TABLE t RENAME CONSTRAINT k TO l;") == [
        ("missing", "constraint", "k")
    ]
    check = "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0); ALTER TABLE t RENAME CONSTRAINT k TO l;"
    checked = table(made + check, "t")
    assert [check.name for check in checked.checks] == ["l"]
    assert [index.name for index in checked.indexes] == ["k"]
    renamed = table(made + "ALTER INDEX k RENAME TO l;", "t")
    assert [index.name for index in renamed.indexes] == ["l"]


def test_a_unique_constraint_of_columns_that_another_one_serves_is_not_made() -> None:
    named = table("CREATE TABLE t (id int PRIMARY KEY CONSTRAINT k UNIQUE);", "t")
    assert (named.primary_key, named.indexes) == (PrimaryKey(("id",), "k"), ())
    found = table("CREATE TABLE t (id int PRIMARY KEY UNIQUE, a int UNIQUE, "
                  "CONSTRAINT k UNIQUE (a), UNIQUE (a));", "t")  # fmt: skip
    assert [index.name for index in found.indexes] == ["k"]
    kept = table("CREATE TABLE t (id INTEGER PRIMARY KEY UNIQUE, a TEXT UNIQUE, UNIQUE (a));", "t",
                 "sqlite")  # fmt: skip
    assert [index.columns for index in kept.indexes] == [("id",), ("a",)]


def test_an_identity_that_is_not_there_takes_no_default_with_it() -> None:
    made = "CREATE TABLE t (a int DEFAULT 5, b int GENERATED ALWAYS AS IDENTITY); "
    found = table(
        made + "ALTER TABLE t ALTER a DROP IDENTITY IF EXISTS, ALTER b DROP IDENTITY;", "t"
    )
    defaults = [column.default for column in found.columns]
    assert defaults == [ColumnDefault("value", "5"), None]


def test_sqlite_drops_a_column_that_a_foreign_key_refers_to() -> None:
    text = "CREATE TABLE p (a TEXT, b TEXT); CREATE TABLE c (p TEXT REFERENCES p (a)); "
    found = table(text + "ALTER TABLE p DROP COLUMN a;", "c", "sqlite")
    assert [key.referenced_columns for key in found.foreign_keys] == [("a",)]


def test_the_indexes_that_sqlite_makes_by_itself_go_by_the_name_of_their_table() -> None:
    text = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE); ALTER TABLE t RENAME TO u;"
    found = table(text, "u", "sqlite")
    assert [(index.name, index.columns) for index in found.indexes] == [
        ("sqlite_autoindex_u_1", ("b",))
    ]


def test_an_index_that_is_there_is_not_made_again_whatever_it_is_to_hold() -> None:
    text = "CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX IF NOT EXISTS i ON t (b);"
    assert [index.columns for index in table(text, "t").indexes] == [("a",)]


def test_the_included_columns_are_part_of_an_index_s_name() -> None:
    found = table("CREATE TABLE t (a int, b int); CREATE INDEX ON t (a) INCLUDE (b);", "t")
    assert [index.name for index in found.indexes] == ["t_a_b_idx"]


def test_a_domain_is_known_in_later_migrations_and_is_what_it_is_of() -> None:
    first = run(
        'CREATE DOMAIN "Mail" AS varchar(50) CHECK (VALUE <> \'\'); CREATE TYPE "P" AS (x int);'
    )
    script = 'CREATE TABLE t (a "Mail", b "P", c "Mail"[]); ALTER TYPE "Mail" RENAME TO "Post";'
    second = replay(first, parse_script("postgresql", script).statements)
    assert second.problems == ()
    made = second.model.table("t")
    assert made is not None
    assert [str(column.type) for column in made.columns] == ["varchar(50)", "P", "Mail[]"]
    third = replay(
        second.model, parse_script("postgresql", 'ALTER TABLE t ADD d "Post";').statements
    )
    assert third.problems == ()
    assert [
        (problem.kind, problem.name)
        for problem in replay(
            second.model, parse_script("postgresql", 'ALTER TABLE t ADD d "Mail";').statements
        ).problems
    ] == [("type", "Mail")]


def test_a_generated_column_is_written_again_as_one() -> None:
    model = run("CREATE TABLE t (id int PRIMARY KEY, a text, "
                "b text GENERATED ALWAYS AS (lower(a)) STORED NOT NULL);")  # fmt: skip
    script = change_script(empty_database("postgresql"), model).text
    assert '"b" text NOT NULL GENERATED ALWAYS AS (lower(a)) STORED' in script
    again = run(script)
    assert again.tables == model.tables


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("REFERENCES p (a)", [("no key", "constraint", "c_p_fkey")]),
        ("REFERENCES p (b)", [("no key", "constraint", "c_p_fkey")]),
        ("REFERENCES p (d)", []),
        ("REFERENCES p (e)", []),
        ("REFERENCES q", [("no key", "constraint", "c_p_fkey")]),
        (", FOREIGN KEY (p, p) REFERENCES p (y, x)", []),
        (", FOREIGN KEY (p, p) REFERENCES p (x, d)", [("no key", "constraint", "c_p_p_fkey")]),
    ],
)
def test_a_foreign_key_needs_a_key_to_refer_to(
    statement: str, found: list[tuple[str, str, str]]
) -> None:
    made = (
        "CREATE TABLE p (a int, b int, d int UNIQUE, e int, x int, y int, PRIMARY KEY (x, y)); "
        "CREATE UNIQUE INDEX i ON p (b) WHERE b > 0; CREATE UNIQUE INDEX j ON p (e); "
        "CREATE TABLE q (a int); "
    )
    assert problems(f"{made}CREATE TABLE c (p int {statement});") == found


@pytest.mark.parametrize(
    ("type", "using", "found"),
    [
        ("bigint", "", []),
        ("integer", "", [("no cast", "column", "a")]),
        ("integer", " USING a::integer", []),
        ("text", "", []),
        ("text[]", "", [("no cast", "column", "a")]),
        ('"E"', "", [("no cast", "column", "a")]),
        ("hstore", "", []),
    ],
)
def test_a_type_that_values_are_not_cast_to_needs_using(
    type: str, using: str, found: list[tuple[str, str, str]]
) -> None:
    before = "smallint" if type == "bigint" else "varchar(9)"
    made = (
        f"CREATE EXTENSION hstore; CREATE TYPE \"E\" AS ENUM ('a'); CREATE TABLE t (a {before}); "
    )
    assert problems(f"{made}ALTER TABLE t ALTER a TYPE {type}{using};") == found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("", [("missing", "type", "citext")]),
        ("CREATE EXTENSION hstore;", [("missing", "type", "citext")]),
        ('CREATE EXTENSION IF NOT EXISTS "citext";', []),
        ("DO $$ BEGIN CREATE EXTENSION citext; END $$;", []),
        ("DO $$ BEGIN EXECUTE 'CREATE EXTENSION ' || 'citext'; END $$;", []),
        ("CREATE DOMAIN citext AS text;", []),
        ("CREATE EXTENSION citext; DROP EXTENSION citext;", [("missing", "type", "citext")]),
    ],
)
def test_a_type_of_an_extension_needs_the_extension(
    made: str, found: list[tuple[str, str, str]]
) -> None:
    columns = "CREATE TABLE t (a citext, b CITEXT[], c elsewhere.ltree);"
    assert problems(f"{made} {columns} ALTER TABLE t ADD COLUMN d citext;") == found


@pytest.mark.parametrize(
    ("provider", "statement", "found"),
    [
        # As the servers answer to the same statements.
        ("mysql", "ALTER TABLE t RENAME INDEX i TO i;", []),
        ("mysql", "ALTER TABLE t RENAME INDEX I TO i;", []),
        ("mysql", "ALTER TABLE t RENAME TO t;", []),
        ("mysql", "ALTER TABLE t RENAME INDEX j TO i;", ["j"]),
        ("postgresql", "ALTER INDEX i RENAME TO i;", ["i"]),
        ("postgresql", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_pkey;", ["t_pkey"]),
        ("postgresql", "ALTER TABLE t RENAME CONSTRAINT i TO k;", ["i"]),
        ("postgresql", "ALTER TABLE t RENAME TO t;", ["t"]),
        ("postgresql", "ALTER TABLE t RENAME COLUMN a TO a;", ["a"]),
        ("sqlite", "ALTER TABLE t RENAME TO t;", ["t"]),
        ("sqlite", "ALTER TABLE t RENAME TO T;", ["T"]),
        ("sqlite", "ALTER TABLE t RENAME TO I;", ["I"]),
        ("sqlite", "ALTER TABLE t RENAME TO k;", []),
        ("sqlite", "ALTER TABLE t RENAME COLUMN a TO A;", []),
    ],
)
def test_a_new_name_is_taken_by_what_has_it_already(
    provider: Provider, statement: str, found: list[str]
) -> None:
    made = "CREATE TABLE t (id int, a int, CONSTRAINT t_pkey PRIMARY KEY (id)); "
    said = problems(f"{made}CREATE INDEX i ON t (a); {statement}", provider)
    assert [name for _, _, name in said] == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('CREATE TABLE t (a DATETIME, b "datetime"[]);', ["datetime"]),
        ("CREATE TABLE t (a int); ALTER TABLE t ALTER a TYPE tinyint;", ["tinyint"]),
        ("CREATE DOMAIN datetime AS timestamptz; CREATE TABLE t (a DATETIME);", []),
        ("CREATE TABLE t (a elsewhere.datetime);", []),
        ("CREATE TABLE t (a double precision, b timestamp, c smallint);", []),
    ],
)
def test_postgresql_lacks_the_types_of_other_databases(script: str, found: list[str]) -> None:
    assert [name for _, _, name in problems(script)] == found
    assert problems("CREATE TABLE t (a DATETIME, b tinyint);", "mysql") == []


_MADE = (
    "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TYPE f AS ENUM ('a'); "
    "CREATE TABLE t (id int PRIMARY KEY, e e, x text DEFAULT 'a', y text DEFAULT lower('A'), "
    "b boolean DEFAULT true, n int DEFAULT 1, date date, "
    "g text GENERATED ALWAYS AS (upper(x) || 'n' || id::date) STORED); "
)
_TYPE = "ALTER TABLE t ALTER e TYPE f USING e::text::f;"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE t ALTER n TYPE bigint;", []),
        ("ALTER TABLE t ALTER n TYPE text;", []),
        ("ALTER TABLE t ALTER n TYPE boolean USING n > 0;", [("refused", "column", "n")]),
        ("ALTER TABLE t ALTER b TYPE int USING b::int;", [("refused", "column", "b")]),
        ("ALTER TABLE t ALTER b TYPE int USING b::int, ALTER b DROP DEFAULT;", []),
        ("ALTER TABLE t ALTER b TYPE int;", [("no cast", "column", "b")]),
        ("ALTER TABLE t ALTER y TYPE f USING y::f;", []),
        ("ALTER TABLE t ALTER x TYPE varchar(3);", [("refused", "column", "x")]),
        ("ALTER TABLE t ALTER date TYPE timestamp;", []),
        ("ALTER TABLE t DROP COLUMN x;", [("in use", "column", "x")]),
        ("ALTER TABLE t DROP COLUMN x CASCADE;", []),
        ("ALTER TABLE t DROP COLUMN g, DROP COLUMN x;", []),
        ("ALTER TABLE t DROP COLUMN n, DROP COLUMN date;", []),
        ("CREATE INDEX i ON t (id) WHERE e = 'a'; " + _TYPE, [("refused", "column", "e")]),
        ("CREATE INDEX i ON t (id) WHERE e::text = 'a'; " + _TYPE, []),
        ("CREATE INDEX i ON t (id) WHERE e = 'a'; DROP INDEX i; " + _TYPE, []),
        ("ALTER TABLE t ADD CHECK (id > 1 OR e IN ('a')); " + _TYPE, [("refused", "column", "e")]),
        ("ALTER TABLE t ADD CHECK (x = 'a' AND e IS NOT NULL); " + _TYPE, []),
        ("CREATE TABLE c (i bigint REFERENCES t);", []),
        ("CREATE TABLE c (i uuid REFERENCES t);", [("refused", "constraint", "c_i_fkey")]),
        ("CREATE EXTENSION citext; CREATE TABLE c (i citext REFERENCES t);", []),
        ("CREATE UNIQUE INDEX u ON t (e); CREATE TABLE c (e f REFERENCES t (e));",
         [("refused", "constraint", "c_e_fkey")]),
    ],
)  # fmt: skip
def test_what_is_there_may_be_refused_all_the_same(
    statement: str, found: list[tuple[str, str, str]]
) -> None:
    assert problems(_MADE + statement) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE t ADD COLUMN z TEXT UNIQUE;", [("refused", "column", "z")]),
        ("ALTER TABLE t ADD COLUMN z TEXT REFERENCES t (id);", []),
        ("ALTER TABLE t DROP COLUMN id;", [("in use", "column", "id")]),
        ("ALTER TABLE t DROP COLUMN a;", [("in use", "column", "a")]),
        ("DROP INDEX i; ALTER TABLE t DROP COLUMN a;", []),
        ("ALTER TABLE t DROP COLUMN b;", [("in use", "column", "b")]),
        ("ALTER TABLE t DROP COLUMN c;", [("in use", "column", "c")]),
        ("ALTER TABLE t DROP COLUMN d;", []),
    ],
)
def test_sqlite_adds_no_keys_and_keeps_columns_in_use(
    statement: str, found: list[tuple[str, str, str]]
) -> None:
    made = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT UNIQUE, c TEXT, "
        "d INTEGER REFERENCES t (id)); CREATE INDEX i ON t (a); "
        "CREATE INDEX j ON t (id) WHERE c IS NOT NULL AND 'd' <> ''; "
    )
    assert problems(made + statement, "sqlite") == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DROP INDEX i ON c;", [("in use", "index", "i")]),
        ("ALTER TABLE c DROP INDEX i;", [("in use", "index", "i")]),
        ("ALTER TABLE c DROP INDEX i, ADD INDEX j (p, id);", []),
        ("ALTER TABLE c DROP INDEX i, DROP FOREIGN KEY f;", []),
        ("CREATE INDEX j ON c (p, id); DROP INDEX i ON c;", []),
        ("SET FOREIGN_KEY_CHECKS=0; DROP INDEX i ON c;", []),
        ("DROP INDEX u ON p;", [("in use", "index", "u")]),
    ],
)
def test_mysql_keeps_the_only_index_of_a_foreign_key(
    statement: str, found: list[tuple[str, str, str]]
) -> None:
    made = (
        "CREATE TABLE p (id INT PRIMARY KEY, a INT, UNIQUE INDEX u (a)); "
        "CREATE TABLE c (id INT PRIMARY KEY, p INT, q INT, INDEX i (p), "
        "CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id), "
        "CONSTRAINT g FOREIGN KEY (q) REFERENCES p (a)); "
    )
    assert problems(made + statement, "mysql") == found


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


def test_mysql_drops_what_was_there_before_it_adds() -> None:
    found = table(
        "CREATE TABLE t (id INT, a INT, PRIMARY KEY (id), INDEX i (a)); "
        "ALTER TABLE t ADD PRIMARY KEY (a), ADD COLUMN b INT, DROP PRIMARY KEY; "
        "ALTER TABLE t ADD COLUMN b TEXT, DROP COLUMN b; "
        "ALTER TABLE t DROP COLUMN a, ADD COLUMN c INT, DROP INDEX i;",
        "t",
        "mysql",
    )
    assert [(column.name, column.type.name) for column in found.columns] == [
        ("id", "integer"), ("b", "text"), ("c", "integer"),
    ]  # fmt: skip
    assert found.indexes == ()


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
