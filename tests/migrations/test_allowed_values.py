"""Values that constraints may allow, found in the words of the constraints."""

from __future__ import annotations

import pytest

from referee.ddl.model import Column, SqlType
from referee.migrations.allowed_values import Constraint, candidates, rows_outside, variations
from referee.migrations.replay import empty_database, replay
from referee.migrations.rows import rows_for
from referee.migrations.sql.reading import parse_script


@pytest.mark.parametrize(
    ("type", "check", "value"),
    [
        (SqlType("text"), "(a = ANY (ARRAY['x'::text, 'y'::text]))", "'y'"),
        (SqlType("text"), "length(a) = 5", "'11101'"),
        (SqlType("varchar", ("9",)), "((a)::text ~ '^[A-Z]{3}$'::text)", "'AAA'"),
        (SqlType("text"), "a ~~ 'http%'", "'http'"),
        (SqlType("integer"), "a > 5000", "5001"),
        (SqlType("integer"), "a < '-1'::integer", "-2"),
        (SqlType("decimal", ("4", "2")), "a <= 0.25", "0.25"),
        (SqlType("timestamp", ("3",)), "a < '2024-01-01 00:00:00'", "'2023-12-31'"),
        (SqlType("date"), "year(a) < 1990", "'1989-06-01'"),
        (SqlType("boolean"), "a", "true"),
        (SqlType("jsonb"), "jsonb_typeof(a) = 'array'", "'[]'"),
        (SqlType("text", (), True), "a <@ ARRAY['x', 'y']", "ARRAY['x']::text[]"),
        (SqlType("text", (), True), "cardinality(a) = 0", "ARRAY[]::text[]"),
    ],
)
def test_what_a_check_names_or_stands_beside_it_is_a_candidate(
    type: SqlType, check: str, value: str
) -> None:
    found = candidates("postgresql", Column("a", type, False), [Constraint(check)], 101)
    assert value in found
    assert "NULL" not in found


def test_a_column_of_which_no_constraint_speaks_has_no_candidates() -> None:
    column = Column("b", SqlType("text"), True)
    assert candidates("postgresql", column, [Constraint("a = 'b'")], 101) == ()


def test_few_columns_are_changed_before_many() -> None:
    script = "CREATE TABLE t (a INT, b INT, c INT, d INT, CHECK (num_nonnulls(a, b, c) = 1));"
    model = replay(
        empty_database("postgresql"), parse_script("postgresql", script).statements
    ).model
    (table,) = model
    row = next(iter(rows_for(model, "consistent")))
    constraints = [Constraint(check.text) for check in table.checks]
    counts = [
        len(set(row.values) - set(other.values))
        for other in variations("postgresql", table, constraints, row)
    ]
    assert counts == sorted(counts)
    assert set(counts) == {1, 2, 3}
    assert all(
        other.values[3] == row.values[3]
        for other in variations("postgresql", table, constraints, row)
    )


def test_rows_outside_hold_what_new_checks_name_and_no_others() -> None:
    script = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT CHECK (b > 7));"
    before = replay(
        empty_database("postgresql"), parse_script("postgresql", script).statements
    ).model
    change = "ALTER TABLE t ADD CHECK (a > 0);"
    after = replay(before, parse_script("postgresql", change).statements).model
    rows = list(rows_outside(before, after))
    assert {"0", "1", "-1"} <= {dict(row.values)["a"] for row in rows}
    assert len({row.number for row in rows}) == len(rows)
    assert list(rows_outside(before, before)) == []
