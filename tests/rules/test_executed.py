"""What a rule's page, its explanation and its findings say of where its claims were executed."""

from __future__ import annotations

import pytest

from referee.cli.main import main as referee
from referee.features.hover import hover_at
from referee.migrations.catalogue import MIGRATION_CODES
from referee.rules.catalogue import ALL_RULES, OtherCode
from referee.rules.evidence import EVIDENCE, LEFT_OUT
from referee.rules.executed import documented_only, executed_here, executed_text
from referee.rules.rule import Rule
from referee.schema.providers import PROVIDER_TITLES, Database, Provider, RelationMode
from tests.support.judging import snapshot_of

RULES = {rule.code: rule for rule in ALL_RULES}


def database(provider: Provider | None, mode: RelationMode = "foreignKeys") -> Database:
    return Database(provider, mode)


def server_of(code: str, provider: Provider) -> str:
    (claim,) = RULES[code].claims
    _, trials = EVIDENCE[claim]
    (found,) = [each.server for each in trials if each.provider == provider]
    return found


def test_a_page_says_what_was_executed_how_often_and_what_was_not() -> None:
    subject, trials = EVIDENCE["deletes"]
    first, second, third = [f"{each.server} ({each.number:,})" for each in trials]
    mysql = "" if third.startswith("MySQL") else "MySQL itself, "
    assert executed_text(RULES["blocked-delete"]) == (
        f"Executed: {subject} on {first}, {second} and {third}.\n"
        f"Not covered by {subject}: {LEFT_OUT['deletes']}.\n"
        f"From documentation only: {mysql}SQL Server, CockroachDB and Prisma Client."
    )


def test_a_rule_of_one_database_that_cannot_be_run_says_so() -> None:
    rule = RULES["multiple-cascade-paths"]
    assert executed_text(rule) == "From documentation only: SQL Server."
    assert executed_here(rule, database("sqlserver")) == (
        "From documentation only: not executed on SQL Server."
    )


@pytest.mark.parametrize("code", ["money-as-float", "cascade-to-owner", "missing-timestamps"])
def test_a_rule_that_claims_nothing_of_databases_says_nothing(code: str) -> None:
    assert executed_text(RULES[code]) == ""
    assert executed_here(RULES[code], database("postgresql")) == ""


def test_a_finding_says_whether_its_own_database_was_tried() -> None:
    rule = RULES["blocked-delete"]
    server = server_of("blocked-delete", "mysql")
    instead = "" if server.startswith("MySQL") else ", not on MySQL itself"
    assert executed_here(rule, database("mysql")) == f"Executed on {server}{instead}."
    here = f"Executed on {server_of('blocked-delete', 'postgresql')}."
    assert executed_here(rule, database("postgresql")) == here
    assert executed_here(rule, database("mysql", "prisma")) == (
        "From documentation only: Prisma Client was not executed."
    )
    assert executed_here(rule, database("cockroachdb")) == (
        "From documentation only: not executed on CockroachDB."
    )
    assert executed_here(rule, database(None)) == ""


def test_hover_on_a_finding_ends_with_it() -> None:
    text = (
        "model A {\n  id Int @id\n  bs B[]\n}\n\n"
        "model B {\n  id  Int @id\n  a   A   @relation(fields: [aId], references: [id])\n"
        "  aId Int\n}\n"
    )
    found = hover_at(snapshot_of(text), "schema.prisma", text.index("[aId]") + 1)
    assert found is not None
    last = f"Executed on {EVIDENCE['look-ups'][1][1].server}."
    assert found.plain.endswith(last)


def test_explain_ends_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert referee(["explain", "blocked-delete"]) == 0
    assert executed_text(RULES["blocked-delete"]) in capsys.readouterr().out


def test_a_page_of_a_rule_about_migrations_says_it_as_well(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (code,) = [code for code in MIGRATION_CODES if code.code == "unsafe-enum-value-use"]
    ((subject, (trials,)),) = [EVIDENCE[claim] for claim in code.claims]
    said = f"Executed: {subject} on {trials.server} ({trials.number})."
    assert executed_text(code) == said
    assert referee(["explain", code.code]) == 0
    assert said in capsys.readouterr().out
    (code,) = [code for code in MIGRATION_CODES if code.code == "missing-migration-file"]
    assert executed_text(code) == "From documentation only: Prisma Migrate."


@pytest.mark.parametrize("rule", [*ALL_RULES, *MIGRATION_CODES], ids=lambda rule: rule.code)
def test_nothing_is_called_executed_that_was_not(rule: Rule | OtherCode) -> None:
    for claim in rule.claims:
        _, trials = EVIDENCE[claim]
        assert trials, f"{claim} was never executed"
    for title in rule.documented:
        assert title in (*PROVIDER_TITLES.values(), "Prisma Client", "Prisma Migrate")
        assert not any(server.startswith(title) for server in _servers(rule))
    assert set(rule.documented) <= set(documented_only(rule))


def _servers(rule: Rule | OtherCode) -> set[str]:
    return {each.server for claim in rule.claims for each in EVIDENCE[claim][1]}
