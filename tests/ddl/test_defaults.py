"""Every spelling of a default is the same default."""

from __future__ import annotations

import pytest

from referee.ddl.defaults import canonical_default
from referee.ddl.expressions import canonical_expression
from referee.ddl.model import ColumnDefault, Name, SqlType
from referee.ddl.types import canonical_type
from referee.schema.providers import Provider


@pytest.mark.parametrize(
    ("provider", "type_text", "kind", "value", "texts"),
    [
        ("postgresql", "text", "value", "it's", ["'it''s'", "'it''s'::text", "('it''s'::text)"]),
        ("postgresql", "text", "value", "a\\b", ["'a\\b'", "E'a\\\\b'"]),
        ("postgresql", "text", "value", "x::text", ["'x::text'", "'x::text'::text"]),
        ("postgresql", "integer", "value", "-1", ["-1", "'-1'::integer", "(-1)", "'-1'"]),
        ("postgresql", "decimal", "value", "1.5", ["1.50", "1.5", "'1.500'::numeric"]),
        ("postgresql", "boolean", "value", "true", ["true", "TRUE", "'t'::boolean"]),
        ("postgresql", "integer", "sequence", "", ["nextval('\"T_id_seq\"'::regclass)"]),
        (
            "postgresql",
            "timestamp(3)",
            "now",
            "",
            [
                "CURRENT_TIMESTAMP",
                "now()",
                "(now())::timestamp(3) without time zone",
                "pg_catalog.now()",
            ],
        ),
        (
            "postgresql",
            "timestamptz(6)",
            "value",
            "2019-12-31 22:00:00",
            ["'2020-01-01 00:00:00 +02:00'", "'2019-12-31 22:00:00+00'::timestamp with time zone"],
        ),
        (
            "postgresql",
            "timestamp(3)",
            "value",
            "2020-01-01 10:00:00",
            ["'2020-01-01 10:00:00 +02:00'", "'2020-01-01 10:00:00'::timestamp without time zone"],
        ),
        (
            "postgresql",
            "text[]",
            "value",
            '["a", "b\'c"]',
            ["ARRAY['a', 'b''c']", "ARRAY['a'::text, 'b''c'::text]", "'{a,b''c}'::text[]"],
        ),
        ("postgresql", "text[]", "value", "[]", ["ARRAY[]::TEXT[]", "'{}'::text[]", "'{}'"]),
        (
            "postgresql",
            "jsonb",
            "value",
            '{"a": [], "b": 1}',
            ['\'{"b":1, "a":[]}\'', '\'{"a": [], "b": 1}\'::jsonb'],
        ),
        (
            "postgresql",
            "uuid",
            "expression",
            "gen_random_uuid()",
            ["gen_random_uuid()", "GEN_RANDOM_UUID()", "(gen_random_uuid())"],
        ),
        ("postgresql", "timestamp(3)", "expression", "localtimestamp", ["LOCALTIMESTAMP"]),
        ("postgresql", "text", "value", "it's", ["$$it's$$", "$x$it's$x$::text", "'it''s'"]),
        ("mysql", "tinyint(1)", "value", "true", ["true", "'1'", "1", "b'1'"]),
        ("mysql", "varchar(9)", "value", "it's", ["'it\\'s'", "'it''s'"]),
        (
            "mysql",
            "datetime(3)",
            "now",
            "",
            ["CURRENT_TIMESTAMP(3)", "current_timestamp(3) ON UPDATE current_timestamp(3)"],
        ),
        ("mysql", "datetime(3)", "now", "", ["now(3)", "NOW(3)", "localtimestamp"]),
        ("mysql", "decimal(65,30)", "value", "0", ["0", "0.000000000000000000000000000000"]),
        ("mysql", "datetime", "value", "2020-01-01 10:00:00", ["'2020-01-01 10:00:00.900'"]),
        ("sqlite", "boolean", "value", "false", ["false", "0"]),
        ("sqlite", "text", "value", "x", ["'x'", '"x"', "('x')"]),
        ("sqlserver", "nvarchar(9)", "value", "x", ["N'x'", "(N'x')", "('x')"]),
        ("sqlserver", "datetime2", "now", "", ["CURRENT_TIMESTAMP", "(getdate())"]),
    ],
)
def test_spellings_of_one_default(
    provider: Provider, type_text: str, kind: str, value: str, texts: list[str]
) -> None:
    type = canonical_type(provider, type_text)
    for text in texts:
        found = canonical_default(provider, text, type)
        assert found is not None, text
        assert (found.kind, found.text) == (kind, value), text


def test_null_is_no_default() -> None:
    type = canonical_type("postgresql", "text")
    for text in (None, "NULL", "NULL::character varying", "(null)"):
        assert canonical_default("postgresql", text, type) is None


def test_a_value_of_an_enum_is_its_text() -> None:
    type = SqlType("Role", (), False, Name("public", "Role"))
    expected = ColumnDefault("value", "TRUE")
    assert canonical_default("postgresql", "'TRUE'::\"Role\"", type) == expected
    assert canonical_default("postgresql", '\'TRUE\'::auth."Ro""le"', type) == expected


def test_a_bare_value_is_taken_as_it_stands() -> None:
    type = canonical_type("mysql", "varchar(20)")
    assert canonical_default("mysql", "uuid()", type, is_bare=True) == ColumnDefault(
        "value", "uuid()"
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("floor((random() * 10))::int", "(floor((random() * (10)::double precision)))::integer"),
        ('"s" != \'x\' AND "d" IS NOT NULL', "((s <> 'x'::text) AND (d IS NOT NULL))"),
        ("n > 5 AND (b OR s LIKE 'x%')", "((n > 5) AND (b OR (s ~~ 'x%'::text)))"),
        ("status IN ('a', 'b')", "(status = ANY (ARRAY['a'::text, 'b'::text]))"),
        ("n BETWEEN 1 AND 5", "((n >= 1) AND (n <= 5))"),
        ("a - (b - c)", "(a - (b - c))"),
        ("lower(email)", "lower((email)::text)"),
        ("now() + INTERVAL '1 day'", "(now() + '1 day'::interval)"),
        ("a >= date '2020-01-01'", "(a >= '2020-01-01'::date)"),
        ('("deletedAt" IS NULL)', '("deletedAt" IS NULL)'),
        ("CASE WHEN a THEN 1 END", "case when a then 1 end"),
    ],
)
def test_an_expression_is_what_the_catalog_tells_of_it(written: str, told: str) -> None:
    assert canonical_expression(written) == canonical_expression(told)


def test_expressions_that_differ_stay_different() -> None:
    texts = ["(a OR b) AND c", "a OR (b AND c)", "a - (b - c)", "(a - b) - c", '"A" = 1', "a = 1"]
    assert len({canonical_expression(text) for text in texts}) == len(texts)
