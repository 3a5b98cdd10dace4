from __future__ import annotations

import pytest

from referee.migrations.database.statements import Dialect, split_statements


def texts(script: str, dialect: Dialect) -> list[str]:
    return [statement.of(script) for statement in split_statements(script, dialect)]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_script_is_cut_at_its_semicolons(dialect: Dialect) -> None:
    assert texts("select 1;\n;; select 2 ;\n-- end\n", dialect) == ["select 1", "select 2"]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_nothing_but_comments_is_no_statement(dialect: Dialect) -> None:
    assert texts("-- This is an empty migration.\n/* ; */\n", dialect) == []


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_statement_starts_at_its_first_word_and_not_at_the_comment_before(
    dialect: Dialect,
) -> None:
    (first, second) = split_statements("-- a\r\n/* b\r\n*/ select 1;\r\n-- c\r\nselect 2", dialect)
    assert (first.index, first.line, second.index, second.line) == (0, 3, 1, 5)


@pytest.mark.parametrize(
    ("dialect", "script"),
    [
        ("postgresql", "select 'a;''b'; select 2"),
        ("postgresql", r"select E'a\';b'; select 2"),
        ("postgresql", r"select 'a\'; select 2"),
        ("postgresql", 'select "a;""b"; select 2'),
        ("postgresql", "select $$a;b$$; select 2"),
        ("postgresql", "select $x$a;$$;b$y$;$x$; select 2"),
        ("postgresql", "select a$b$c; select $b$;$b$"),
        ("postgresql", "select 1 /* ; /* ; */ ; */; select 2"),
        ("postgresql", "create rule r as on insert to t do (select 1; select 2); select 2"),
        (
            "postgresql",
            "create function f() returns int begin atomic select case 1 when 1 then 2 end; end;"
            " select 2",
        ),
        ("postgresql", "begin; end"),
        ("mysql", r"select 'a\';b'; select 2"),
        ("mysql", r'select "a\";b"; select 2'),
        ("mysql", "select `a;b`; select 2"),
        ("mysql", "select 1 # ;\n; select 2"),
        ("mysql", "select 1 -- ;\n; select 2"),
        ("mysql", "select 1--1; select 2"),
        ("mysql", "/*! select 1 */; select 2"),
        (
            "mysql",
            "create procedure p() begin if a then select 1; end if; case b when 1 then select 2;"
            " end case; select case 1 when 1 then 2 end; end; select 2",
        ),
        ("mysql", "create trigger t before insert on u for each row set new.a = 1; select 2"),
        ("sqlite", "select [a;b]; select 2"),
        ("sqlite", "select `a;b`; select 2"),
        (
            "sqlite",
            "create temp trigger t after insert on u begin select case 1 when 1 then 2 end;"
            " select 2; end; select 2",
        ),
        ("sqlite", "begin; commit"),
    ],
)
def test_what_stands_in_quotes_comments_and_bodies_ends_no_statement(
    dialect: Dialect, script: str
) -> None:
    assert len(texts(script, dialect)) == 2


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
@pytest.mark.parametrize("script", ["select 'a", 'select "a', "select 1 /* a", "select $$a"])
def test_what_is_never_closed_lasts_to_the_end(dialect: Dialect, script: str) -> None:
    found = split_statements(script + "; select 2", dialect)
    assert found[0].start == 0
    assert found[-1].end <= len(script + "; select 2")
