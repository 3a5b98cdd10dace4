"""What a trial on a database says in the report, where deploys differ by what went before them."""

from __future__ import annotations

import pytest

from referee.features.whole_report.trials import trial_of
from referee.migrations.verification import Failure, Outcome, Verification, VerifiedMigration

FAILURE = Failure("2_b", "relation does not exist", "42P01", 3, advice="Name the schema.")
CAUSE = "`1_a` leaves `search_path` behind."


def migrations(empty: Outcome, apart: Outcome) -> tuple[VerifiedMigration, ...]:
    return (
        VerifiedMigration("1_a", "1_a/migration.sql", empty=Outcome(True)),
        VerifiedMigration(
            "2_b", "2_b/migration.sql", empty=empty, apart=apart, cause=CAUSE, is_chosen=True
        ),
    )


@pytest.mark.parametrize(
    ("apart", "title"),
    [
        (Outcome(True), "Mend `2_b`: it does not apply to a new database"),
        (Outcome(False, FAILURE), "Mend `2_b`: it applies to no database"),
        (Outcome(), "Mend `2_b`: it applies to no database"),
    ],
)
def test_what_fails_on_a_new_database_is_said_to_fail_where_it_does(
    apart: Outcome, title: str
) -> None:
    failed = Outcome(False, FAILURE)
    verification = Verification("PostgreSQL", failed, migrations=migrations(failed, apart))
    trial = trial_of(verification, ".", str)
    [step] = trial.steps
    assert step.title == title
    assert CAUSE in [each.text for each in step.evidence]
    assert "applied-one-by-one" not in [each.id for each in trial.statements]


def test_what_fails_behind_an_earlier_deploy_is_told_with_its_cause() -> None:
    good = Outcome(True)
    verification = Verification(
        "PostgreSQL", good, migrations=migrations(good, Outcome(False, FAILURE))
    )
    trial = trial_of(verification, ".", str)
    [statement] = [each for each in trial.statements if each.id == "applied-one-by-one"]
    assert statement.state == "fails"
    assert "`2_b` fails" in statement.sentence
    assert CAUSE in [each.text for each in statement.evidence]
    [step] = trial.steps
    assert step.title.startswith("Make `2_b` independent")
    assert step.fix == "Name the schema."
