"""When two databases count as equal: Prisma's idea of it, and the strict one."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel, Name
from referee.ddl.of_schema import database_of
from referee.migrations.difference import Change, difference
from referee.migrations.evidence import Maker, object_key
from referee.migrations.known_indexes import indexes_only_in_migrations
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.migrations.sql.statements import Span
from referee.schema.providers import Provider
from tests.migrations.cases import view_of


def made(text: str, provider: Provider = "postgresql") -> DatabaseModel:
    return replay(empty_database(provider), parse_script(provider, text).statements).model


def changes(before: str, after: str, *, is_strict: bool = False) -> list[tuple[str, ...]]:
    found = difference(made(before), made(after), is_strict=is_strict)
    return [(each.kind, each.part, each.name, *each.aspects) for each in found]


TABLE = "CREATE TABLE t (a int NOT NULL, b text, c text[]);"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("ALTER TABLE t ALTER COLUMN c SET NOT NULL;", ""),
        ("CREATE INDEX i ON t (a) WHERE a > 0;", ""),
        ("CREATE INDEX i ON t (lower(b));", ""),
        ("CREATE INDEX i ON t (a) WHERE a > 0;", "CREATE INDEX i ON t (a);"),
        ("CREATE INDEX i ON t (a) INCLUDE (b);", "CREATE INDEX i ON t (a);"),
        ("ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);", "CREATE UNIQUE INDEX u ON t (a);"),
        ("ALTER TABLE t ADD CHECK (a > 0);", ""),
    ],
)
def test_prisma_sees_no_difference_where_the_strict_comparison_does(
    before: str, after: str
) -> None:
    assert changes(TABLE + before, TABLE + after) == []
    assert bool(changes(TABLE + before, TABLE + after, is_strict=True)) == (before != after)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("", "ALTER TABLE t ADD d int;", ("add", "column", "d")),
        ("ALTER TABLE t ADD d int;", "", ("drop", "column", "d")),
        ("", "ALTER TABLE t ALTER b TYPE int USING 1, ALTER b SET NOT NULL;",
         ("alter", "column", "b", "type", "nullability")),
        ("ALTER TABLE t ALTER b SET DEFAULT 'x';", "ALTER TABLE t ALTER b SET DEFAULT 'y';",
         ("alter", "column", "b", "default")),
        ("CREATE INDEX i ON t (a);", "CREATE INDEX j ON t (a);", ("alter", "index", "j", "name")),
        ("CREATE INDEX i ON t (a);", "CREATE INDEX i ON t (b);",
         ("alter", "index", "i", "columns")),
        ("CREATE INDEX i ON t (a); CREATE INDEX j ON t (a);", "CREATE INDEX j ON t (a);",
         ("drop", "index", "i")),
        ("", "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a);", ("add", "primary key", "k")),
        ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (a) ON DELETE CASCADE;",
         "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (a) REFERENCES t (a);",
         ("alter", "foreign key", "g", "name", "delete action")),
        ("CREATE TYPE e AS ENUM ('a');", "CREATE TYPE e AS ENUM ('a', 'b');",
         ("add", "enum value", "b")),
        ("CREATE TABLE u (a int);", "", ("drop", "table", "")),
    ],
)  # fmt: skip
def test_a_changed_object_is_one_change(before: str, after: str, change: tuple[str, ...]) -> None:
    assert changes(TABLE + before, TABLE + after) == [change]


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("vector(1536)", "vector", False),
        ("vector", "vector(1536)", True),
        ("vector(1536)", "vector(768)", True),
        ("geometry(Point, 4326)", "geometry(POINT,4326)", False),
        ("geometry(Point, 4326)", "geography(Point, 4326)", True),
        ("geometry[]", "geometry", True),
        ("varchar(20)", "varchar", True),
    ],
)
def test_of_a_type_that_prisma_does_not_know_counts_what_the_schema_says(
    before: str, after: str, differs: bool
) -> None:
    scripts = [f"CREATE TABLE t (a int, b {type});" for type in (before, after)]
    assert changes(*scripts) == [("alter", "column", "b", "type")] * differs
    assert changes(*scripts, is_strict=True) == [("alter", "column", "b", "type")]


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        ("public.f()", "f()", False),
        ('public.f(1) + public."G"(2)', 'f(1) + "G"(2)', False),
        ("other.f()", "f()", True),
        ("public.f()", "public.g()", True),
        ("a.public.f()", "a.f()", True),
    ],
)
def test_the_usual_namespace_of_a_function_may_be_said_in_a_default(
    before: str, after: str, differs: bool
) -> None:
    """PostgreSQL prints a function that its search path finds without its namespace."""
    scripts = [f"CREATE TABLE t (b int DEFAULT {default});" for default in (before, after)]
    assert changes(*scripts) == [("alter", "column", "b", "default")] * differs


def test_the_name_of_a_unique_constraint_of_sqlite_is_no_difference() -> None:
    """Prisma would give it another name by DROP INDEX, which SQLite refuses."""
    inline = made("CREATE TABLE t (a TEXT UNIQUE);", "sqlite")
    named = made('CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX "t_a_key" ON t (a);', "sqlite")
    assert difference(inline, named) == ()


def test_what_makes_the_values_of_a_generated_column_is_no_default_that_could_go() -> None:
    generated = "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);"
    assert changes(generated, "CREATE TABLE t (a int, b int);") == []
    assert changes(generated, "CREATE TABLE t (a int, b int DEFAULT a * 2);") == []
    default = ("alter", "column", "b", "default")
    assert changes(generated, "CREATE TABLE t (a int, b int DEFAULT a * 3);") == [default]


def test_the_form_of_a_join_table_counts_only_where_prisma_s_version_is_known() -> None:
    meant = database_of(
        view_of("model A {\n  id Int @id\n  bs B[]\n}\n\nmodel B {\n  id Int @id\n  as A[]\n}\n")
    )
    assert meant is not None
    tables = (
        'CREATE TABLE "A" (id int, CONSTRAINT "A_pkey" PRIMARY KEY (id));'
        'CREATE TABLE "B" (id int, CONSTRAINT "B_pkey" PRIMARY KEY (id));'
        'CREATE TABLE "_AToB" ("A" int NOT NULL REFERENCES "A" ON DELETE CASCADE ON UPDATE CASCADE,'
        ' "B" int NOT NULL REFERENCES "B" ON DELETE CASCADE ON UPDATE CASCADE);'
        'CREATE INDEX "_AToB_B_index" ON "_AToB" ("B");'
        'CREATE UNIQUE INDEX "_AToB_AB_unique" ON "_AToB" ("A", "B");'
    )
    assert difference(made(tables), meant.model) == ()
    (change,) = difference(made(tables), meant.model, join_table_form="primary-key")
    assert (change.kind, change.part, change.aspects) == ("alter", "primary key", ("form",))


def test_what_is_kept_out_of_the_migrations_is_not_compared() -> None:
    model = made('CREATE TABLE "_prisma_migrations" (id text); CREATE TABLE foreign_one (a int);')
    assert [change.owner.name for change in difference(model, made(""))] == ["foreign_one"]
    assert difference(model, made(""), external=["public.foreign_one"]) == ()


def test_a_change_holds_both_sides() -> None:
    (change,) = difference(made(TABLE), made(TABLE.replace("b text", "b varchar(3)")))
    assert isinstance(change, Change)
    assert (str(getattr(change.made, "type", "")), str(getattr(change.meant, "type", ""))) == (
        "text",
        "varchar(3)",
    )


def test_indexes_that_only_migrations_make_are_known_by_their_fields() -> None:
    meant = database_of(
        view_of(
            'model T {\n  id Int @id\n  one Int @map("a")\n  two String @map("b")\n\n'
            '  @@index([one])\n  @@map("t")\n}\n'
        )
    )
    assert meant is not None
    model = made(
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text NOT NULL);"
        "CREATE INDEX t_a_idx ON t (a); CREATE INDEX p ON t (b) WHERE a > 0;"
        "CREATE INDEX e ON t (a, lower(b)); CREATE INDEX f ON t (lower(b));"
    )
    makers = {object_key("index", Name("public", "t"), "p"): Maker("2_p", "p.sql", Span(0, 1))}
    found = indexes_only_in_migrations(model, meant, makers, difference(model, meant.model))
    assert [
        (i.constraint_name, i.column_names, i.predicate is not None, i.migration)
        for i in found["T"]
    ] == [("p", ("two",), True, "2_p"), ("e", ("one",), False, "")]
