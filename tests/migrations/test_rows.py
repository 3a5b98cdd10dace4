"""Rows that are made up: they agree with each other, or break what a migration would need."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel, SqlType
from referee.migrations.replay import empty_database, replay
from referee.migrations.rows import (
    RowKind,
    columns_without_value,
    insert_statement,
    kinds_for,
    rows_for,
    value_of,
)
from referee.migrations.sql.reading import parse_script

BLOG = """
CREATE TYPE "Role" AS ENUM ('A', 'B', 'C');
CREATE TABLE "Post" (
  "id" SERIAL NOT NULL, "authorId" TEXT NOT NULL, "editorId" TEXT, "slug" TEXT NOT NULL,
  "title" VARCHAR(20), CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "User" (
  "id" TEXT NOT NULL, "role" "Role" NOT NULL DEFAULT 'B', "age" INTEGER,
  CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "by_slug" ON "Post"("slug", "authorId");
ALTER TABLE "Post" ADD CONSTRAINT "author" FOREIGN KEY ("authorId") REFERENCES "User"("id");
"""


def database(script: str = BLOG) -> DatabaseModel:
    model = empty_database("postgresql")
    return replay(model, parse_script("postgresql", script).statements).model


def values(
    kind: RowKind, model: DatabaseModel | None = None, after: DatabaseModel | None = None
) -> dict[str, list[dict[str, str]]]:
    """Return the rows of a kind by table."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows_for(model or database(), kind, after):
        found.setdefault(row.table.name, []).append(dict(row.values))
    return found


def test_tables_that_others_refer_to_come_first() -> None:
    tables = [row.table.name for row in rows_for(database(), "consistent")]
    assert tables == ["User", "Post", "User", "Post"]


def test_consistent_rows_agree_also_where_no_key_says_so_yet() -> None:
    found = values("consistent")
    ids = [row["id"] for row in found["User"]]
    assert [row["authorId"] for row in found["Post"]] == ids
    assert [row["editorId"] for row in found["Post"]] == ids
    assert len(set(ids)) == 2


def test_consistent_rows_leave_nothing_out_and_take_the_usual_value_of_an_enum() -> None:
    found = values("consistent")
    assert all("NULL" not in row.values() for rows in found.values() for row in rows)
    assert {row["role"] for row in found["User"]} == {"'B'"}


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ('ALTER COLUMN "slug" TYPE "Role" USING "slug"::"Role"', {"'A'", "'C'"}),
        (
            'ALTER COLUMN "slug" TYPE TIMESTAMP(3) USING "slug"::timestamp',
            {"'2001-04-18 12:00:00'", "'2001-04-19 12:00:00'"},
        ),
        ('ALTER COLUMN "slug" TYPE INTEGER USING "slug"::integer', {"'101'", "'102'"}),
        ('ALTER COLUMN "slug" TYPE VARCHAR(2)', {"'01'", "'02'"}),
        ('ALTER COLUMN "slug" TYPE VARCHAR(300)', {"'101'", "'102'"}),
        ('ALTER COLUMN "slug" TYPE BOOLEAN USING "slug"::boolean', {"'true'", "'false'"}),
    ],
)
def test_consistent_rows_have_values_that_the_type_takes_which_a_column_gets(
    change: str, taken: set[str]
) -> None:
    script = f'ALTER TABLE "Post" {change};'
    after = replay(database(), parse_script("postgresql", script).statements).model
    assert {row["slug"] for row in values("consistent", after=after)["Post"]} == taken


def test_consistent_rows_have_a_value_that_stays_in_its_enum() -> None:
    before = database('CREATE TYPE "R" AS ENUM (\'A\', \'B\');CREATE TABLE "T" ("r" "R");')
    after = database('CREATE TYPE "R" AS ENUM (\'B\');CREATE TABLE "T" ("r" "R");')
    assert {row["r"] for row in values("consistent", before, after)["T"]} == {"'B'"}
    assert {row["r"] for row in values("enum-values", before, after)["T"]} == {"'A'", "'B'"}


def test_what_a_new_key_joins_agrees_before_it_is_there() -> None:
    before = database(
        'CREATE TABLE "Code" ("word" TEXT);'
        'CREATE TABLE "Person" ("name" TEXT UNIQUE);'
        'CREATE TABLE "Account" ("userId" TEXT REFERENCES "Person"("name"));'
    )
    script = 'ALTER TABLE "Code" ADD FOREIGN KEY ("word") REFERENCES "Person"("name");'
    after = replay(before, parse_script("postgresql", script).statements).model
    found = values("consistent", before, after)
    assert [row["word"] for row in found["Code"]] == [row["name"] for row in found["Person"]]


def test_every_value_of_an_enum_is_had_by_some_row() -> None:
    assert {row["role"] for row in values("enum-values")["User"]} == {"'A'", "'B'", "'C'"}


def test_orphans_refer_to_what_no_row_is_and_keep_the_keys_there_are() -> None:
    everybody = {row["id"] for kind in ("consistent", "orphans") for row in values(kind)["User"]}
    (orphan,) = values("orphans")["Post"]
    assert orphan["editorId"] not in everybody
    assert orphan["authorId"] in everybody


def test_duplicates_differ_only_where_a_key_wants_it() -> None:
    first, second, third = values("duplicates")["Post"]
    assert first["title"] == second["title"] == third["title"]
    assert len({row["id"] for row in (first, second, third)}) == 3
    assert len({(row["slug"], row["authorId"]) for row in (first, second, third)}) == 3
    assert first["slug"] == third["slug"]
    assert first["authorId"] == second["authorId"]


def test_nulls_are_wherever_they_may_be() -> None:
    (row,) = values("nulls")["Post"]
    assert {name for name, value in row.items() if value == "NULL"} == {"editorId", "title"}


def test_long_values_fill_what_there_is_and_leave_keys_alone() -> None:
    (row,) = values("long")["Post"]
    assert len(row["title"]) == 22
    assert len(row["slug"]) > 900
    assert row["id"] == "104"
    (user,) = values("long")["User"]
    assert user["age"] == "2147483647"


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ('ALTER TABLE "User" ADD COLUMN "x" TEXT;', []),
        ('CREATE TABLE "T" ("id" INTEGER PRIMARY KEY);', []),
        ('CREATE INDEX ON "User"("age");', []),
        ('CREATE UNIQUE INDEX ON "User"("age");', ["duplicates"]),
        ('ALTER TABLE "User" ALTER COLUMN "age" SET NOT NULL;', ["nulls"]),
        ('ALTER TABLE "User" ALTER COLUMN "age" TYPE SMALLINT;', ["enum-values", "long"]),
        (
            'ALTER TABLE "Post" ADD FOREIGN KEY ("editorId") REFERENCES "User"("id");',
            ["orphans"],
        ),
        ('ALTER TABLE "Post" DROP CONSTRAINT "Post_pkey";', ["duplicates", "nulls"]),
        ('ALTER TABLE "User" ADD CHECK ("age" > 1);', ["nulls", "long", "outside"]),
    ],
)
def test_only_rows_that_may_break_a_migration_are_tried(change: str, kinds: list[str]) -> None:
    before = database()
    after = replay(before, parse_script("postgresql", change).statements).model
    found = kinds_for(before, after, changes_rows=False, renames=False)
    assert list(found) == ["consistent", *kinds]


def test_all_kinds_are_tried_where_comparing_tells_little() -> None:
    before = database()
    assert len(kinds_for(before, before, changes_rows=False, renames=True)) == 6
    assert kinds_for(before, before, changes_rows=True, renames=False) == (
        "consistent",
        "duplicates",
        "nulls",
    )


def test_a_table_with_a_required_column_of_an_unknown_type_gets_no_row() -> None:
    found = values("consistent", database('CREATE TABLE "T" ("a" geometry NOT NULL, "b" INT);'))
    assert found == {}


def test_statements_name_their_columns() -> None:
    row = next(iter(rows_for(database('CREATE TABLE "T" ("a" INTEGER, "b" TEXT);'), "consistent")))
    assert insert_statement("postgresql", row) == (
        'INSERT INTO "public"."T" ("a", "b") OVERRIDING SYSTEM VALUE VALUES (101, \'101\')'
    )
    assert insert_statement("postgresql", row, without=["a", "b"]) == (
        'INSERT INTO "public"."T" DEFAULT VALUES'
    )


@pytest.mark.parametrize(
    ("type", "value"),
    [
        (SqlType("smallint"), "101"),
        (SqlType("tinyint", ("1",)), "1"),
        (SqlType("integer unsigned"), "101"),
        (SqlType("decimal", ("3", "2")), "1"),
        (SqlType("char", ("2",)), "'01'"),
        (SqlType("boolean"), "true"),
        (SqlType("uuid"), "'00000000-0000-4000-8000-000000000101'"),
        (SqlType("jsonb"), "'{\"n\": 101}'"),
        (SqlType("date"), "'2001-04-18'"),
        (SqlType("timestamp", ("3",)), "'2001-04-18 12:00:00'"),
        (SqlType("integer", (), True), "ARRAY[101]::integer[]"),
        (SqlType("enum", values=("x", "y")), "'y'"),
        (SqlType("vector", ("3",)), "'[1,1,1]'"),
        (SqlType("geometry"), None),
    ],
)
def test_every_type_has_its_value_of_a_number(type: SqlType, value: str | None) -> None:
    assert value_of("postgresql", type, 101) == value


@pytest.mark.parametrize(
    ("constraint", "kind"),
    [
        ('FOREIGN KEY ("editorId") REFERENCES "User"("id")', "orphans"),
        ('CHECK ("title" IS NOT NULL)', "nulls"),
        ("CHECK (\"title\" IN ('a'))", "outside"),
    ],
)
def test_a_constraint_that_is_validated_is_tried_on_rows_that_break_it(
    constraint: str, kind: RowKind
) -> None:
    before = database(f'{BLOG}ALTER TABLE "Post" ADD CONSTRAINT "c" {constraint} NOT VALID;')
    script = parse_script("postgresql", 'ALTER TABLE "Post" VALIDATE CONSTRAINT "c";')
    after = replay(before, script.statements).model
    assert kind in kinds_for(before, after, changes_rows=False, renames=False)


def test_orphans_refer_to_nothing_where_a_key_is_not_valid() -> None:
    key = 'ALTER TABLE "Post" ADD FOREIGN KEY ("editorId") REFERENCES "User"("id")'
    nowhere = values("orphans", database())["Post"][0]["editorId"]
    assert values("orphans", database(f"{BLOG}{key} NOT VALID;"))["Post"][0]["editorId"] == nowhere
    assert values("orphans", database(f"{BLOG}{key};"))["Post"][0]["editorId"] != nowhere


def test_a_table_without_rows_is_named_with_the_column_that_keeps_them_out() -> None:
    model = database('CREATE TABLE "T" ("a" geometry NOT NULL, "b" INT);CREATE TABLE "U" (c INT);')
    assert [(name.name, column.name) for name, column in columns_without_value(model)] == [
        ("T", "a")
    ]


@pytest.mark.parametrize("name", ["point", "geometry", "polygon", "linestring"])
def test_mysql_gets_its_shapes_from_text(name: str) -> None:
    assert (value_of("mysql", SqlType(name), 101) or "").startswith("ST_GeomFromText('")
