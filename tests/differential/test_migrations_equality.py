"""When a column or an index counts as the schema's: for Prisma's schema engine, and for Referee.

Left out is what the engine finds to differ for ever, also behind its own migration: the text of
`dbgenerated("...")` that the server writes in another way, `char` without a length, columns that an
index includes, and what makes the values of a generated column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from referee.migrations.difference import difference
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from tests.differential.ddl_scripts import schema_database
from tests.support.official_ddl import require_engine
from tests.support.official_migrations import OfficialComparison

HEAD = 'datasource db {\n  provider = "postgresql"\n}\n'
# What migrations make besides the table.
BESIDE = (
    'CREATE EXTENSION citext;\nCREATE DOMAIN "Mail" AS text;\nCREATE TYPE pair AS (x int, y int);\n'
    "CREATE SEQUENCE counter;\n"
)
# A field `s` as the schema says it, and its column as migrations make it.
COLUMNS = (
    # types that Prisma does not know, and those made of others
    ('s Unsupported("tsvector")?', "s tsvector"),
    ('s Unsupported("TSVECTOR")?', "s tsvector"),
    ('s Unsupported("pair")?', "s pair"),
    ('s Unsupported("interval")?', "s interval(3)"),
    ('s Unsupported("tsvector")?', "s tsvector[]"),
    ('s Unsupported("tsvector")?', "s text"),
    ("s String?", "s tsvector"),
    ("s String?", 's "Mail"'),
    ("s String[]", 's "Mail"[]'),
    ("s Int?", 's "Mail"'),
    ('s Unsupported("Mail")?', 's "Mail"'),
    ("s String? @db.Citext", "s citext"),
    ("s String? @db.VarChar", "s varchar"),
    ("s String?", "s varchar"),
    ("s Decimal?", "s numeric"),
    ("s Decimal? @db.Decimal(10, 0)", "s numeric(10)"),
    ("s DateTime? @db.Timestamp(6)", "s timestamp"),
    ("s DateTime? @db.Timestamptz(3)", "s timestamptz"),
    ("s Float? @db.Real", "s float(24)"),
    ("s Int[]", "s int[][]"),
    ("s Int[]", "s int ARRAY"),
    # generated columns
    ("s String? @default(dbgenerated())", "s text GENERATED ALWAYS AS (lower(t)) STORED"),
    (
        's String? @default(dbgenerated("lower(t)"))',
        "s text GENERATED ALWAYS AS (lower(t)) STORED",
    ),
    (
        's String? @default(dbgenerated("upper(t)"))',
        "s text GENERATED ALWAYS AS (lower(t)) STORED",
    ),
    # defaults
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT now()"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT (now())"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT CURRENT_TIMESTAMP(3)"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT LOCALTIMESTAMP"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT transaction_timestamp()"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT clock_timestamp()"),
    ("s DateTime? @default(now())", "s timestamp(3) DEFAULT (now() at time zone 'utc')"),
    ("s DateTime? @default(now()) @db.Date", "s date DEFAULT CURRENT_DATE"),
    (
        "s DateTime? @default(dbgenerated(\"(now() + '3 days'::interval)\"))",
        "s timestamp(3) DEFAULT now() + interval '3 days'",
    ),
    (
        "s DateTime? @default(dbgenerated(\"(now() + '3 days'::interval)\"))",
        "s timestamp(3) DEFAULT now() + interval '4 days'",
    ),
    ('s String? @default("a")', "s text DEFAULT 'a'::character varying"),
    ('s String? @default("a")', "s text DEFAULT $$a$$"),
    ('s String? @default("a")', "s text DEFAULT $tag$b$tag$"),
    ('s String? @default("a\\nb")', "s text DEFAULT E'a\\nb'"),
    ("s String?", "s text DEFAULT NULL::text"),
    ("s String?", "s text DEFAULT ''"),
    ("s Int? @default(5)", "s int DEFAULT '5'"),
    ("s Int? @default(5)", "s int DEFAULT (2 + 3)"),
    ("s Decimal? @default(1.5)", "s decimal(65, 30) DEFAULT 1.50"),
    ("s Boolean? @default(false)", "s boolean DEFAULT 'no'"),
    ('s Json? @default("[]")', "s jsonb DEFAULT '[]'::jsonb"),
    ("s String[] @default([])", "s text[] DEFAULT '{}'"),
    ('s String[] @default(["a b", "c,d"])', 's text[] DEFAULT \'{"a b","c,d"}\''),
    ("s String[]", "s text[] DEFAULT '{}'"),
    (
        's String? @default(dbgenerated("gen_random_uuid()")) @db.Uuid',
        "s uuid DEFAULT gen_random_uuid()",
    ),
    ("s String? @db.Uuid", "s uuid DEFAULT gen_random_uuid()"),
    ("s Int @default(autoincrement()) @unique", "s int GENERATED ALWAYS AS IDENTITY UNIQUE"),
    (
        "s Int @default(autoincrement()) @unique",
        "s int NOT NULL DEFAULT nextval('counter') UNIQUE",
    ),
    ("s Int @unique", "s serial NOT NULL UNIQUE"),
)
# What the schema says of a field `s String?`, and what migrations add to its table.
INDEXES = (
    ("@@index([s(sort: Desc)])", 'CREATE INDEX "A_s_idx" ON "A"(s DESC)'),
    ("@@index([s])", 'CREATE INDEX "A_s_idx" ON "A"(s DESC)'),
    ("@@index([s])", 'CREATE INDEX "A_s_idx" ON "A" USING hash (s)'),
    ("@@index([s])", 'CREATE INDEX "A_s_idx" ON "A"(s) WHERE s IS NOT NULL'),
    ("@@index([s])", 'CREATE INDEX "A_s_idx" ON "A"(lower(s))'),
    ("@@unique([s])", 'ALTER TABLE "A" ADD CONSTRAINT "A_s_key" UNIQUE (s)'),
    ("@@unique([s])", 'CREATE INDEX "A_s_idx" ON "A"(s)'),
    ('@@index([s], map: "other")', 'CREATE INDEX "A_s_idx" ON "A"(s)'),
    ("", 'ALTER TABLE "A" DROP CONSTRAINT IF EXISTS "A_other_key"'),
    ("@@index([t])", 'CREATE INDEX "A_t_idx" ON "A"(t); ALTER TABLE "A" DROP CONSTRAINT IF EXISTS'
     ' "A_t_idx"'),
    ("", 'CREATE TABLE "B" (LIKE "A" INCLUDING ALL)'),
    ("", 'CREATE TABLE "B" AS SELECT t FROM "A"'),
    ("", "CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN "
     "TABLE \"B\" (a text) SERVER f OPTIONS (filename '/b')"),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[OfficialComparison]:
    """Prisma's engine in a process that serves the whole module."""
    require_engine()
    with OfficialComparison() as comparison:
        yield comparison


@pytest.mark.parametrize(("field", "column"), COLUMNS)
def test_a_column_is_in_step_where_it_is_for_the_engine(
    engine: OfficialComparison, field: str, column: str
) -> None:
    assert_same_verdict(engine, field, column)


@pytest.mark.parametrize(("attribute", "script"), INDEXES)
def test_what_stands_beside_columns_is_in_step_where_it_is_for_the_engine(
    engine: OfficialComparison, attribute: str, script: str
) -> None:
    assert_same_verdict(engine, f"s String?\n  {attribute}", "s text", script)


def test_the_engine_compares_no_types_that_it_does_not_know(engine: OfficialComparison) -> None:
    official, own = verdicts_on(engine, 's Unsupported("int4range")?', "s tsvector", "")
    assert official == ""
    assert own


def assert_same_verdict(
    engine: OfficialComparison, field: str, column: str, script: str = ""
) -> None:
    official, own = verdicts_on(engine, field, column, script)
    assert bool(own) == bool(official), (official, own)


def verdicts_on(
    engine: OfficialComparison, field: str, column: str, script: str
) -> tuple[str, object]:
    """Return what the engine would do, and what Referee finds to differ."""
    schema = f"{HEAD}model A {{\n  id Int @id\n  t String\n  {field}\n}}\n"
    table = f'{BESIDE}CREATE TABLE "A" (id int PRIMARY KEY, t text NOT NULL, {column});\n{script};'
    files = {"schema.prisma": schema}
    said = engine.lacking("postgresql", files, [("1_init", table)])
    model = replay(empty_database("postgresql"), parse_script("postgresql", table).statements).model
    own = difference(model, schema_database(files).model)
    return re.sub(r"^--.*$", "", said, flags=re.MULTILINE).strip(), own
