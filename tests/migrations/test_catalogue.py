"""The codes about migrations, with the severities and scopes that they are promised to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.features.migration_judging import HAZARDS
from referee.migrations.catalogue import ALL_MIGRATION_RULES, MIGRATION_CODES
from referee.rules.catalogue import MIGRATION_CODE_NAMES, family_of

ROOT = Path(__file__).resolve().parents[2]

# The contract: what is told however old a migration is, and what only before it is released.
ALWAYS = {
    "error": [
        "migration-syntax-error",
        "broken-migration",
        "missing-migration-file",
        "migration-lock-mismatch",
        "unsafe-enum-value-use",
        "concurrent-index-with-others",
    ],
    "warning": [
        "unmigrated-change",
        "no-migrations",
        "missing-migration-lock",
        "leftover-in-migrations",
    ],
}
BEFORE_RELEASE = {
    "warning": [
        "required-column-without-default",
        "not-null-on-existing-data",
        "unique-index-on-existing-data",
        "enum-value-removed",
        "changes-column-type",
        "drop-and-add-column",
        "drops-data",
    ],
    "information": [
        "foreign-key-on-existing-data",
        "check-on-existing-data",
        "blocking-index-build",
        "drops-constraint",
        "renames-column",
        "renames-table",
        "changes-rows",
        "rebuilds-table",
        "explicit-transaction",
        "drops-implicit-indexes",
        "cascade-added",
    ],
}
RULES = {rule.code: rule for rule in ALL_MIGRATION_RULES}
PROMISED = [
    (code, severity, is_hazard)
    for table, is_hazard in ((ALWAYS, False), (BEFORE_RELEASE, True))
    for severity, codes in table.items()
    for code in codes
]


def test_there_are_these_codes_and_no_others() -> None:
    assert sorted(RULES) == sorted(code for code, _, _ in PROMISED)
    assert sorted(MIGRATION_CODE_NAMES) == sorted(RULES)
    assert sorted(code.code for code in MIGRATION_CODES) == sorted(RULES)
    assert frozenset(code for code, _, is_hazard in PROMISED if is_hazard) == HAZARDS


@pytest.mark.parametrize(("code", "severity", "is_hazard"), PROMISED)
def test_a_code_has_its_severity_its_family_and_its_page(
    code: str, severity: str, is_hazard: bool
) -> None:
    rule = RULES[code]
    assert (rule.severity, rule.is_hazard) == (severity, is_hazard)
    assert family_of(code) == "migration"
    # A project without migrations may be one on purpose, so that is told to who asks.
    assert rule.is_asked_for == (code == "no-migrations")
    page = ROOT / "docs" / "rules" / f"{code}.md"
    assert page.read_text("utf-8").startswith(f"# {code}\n")
    assert (Path(__file__).with_name("fixtures") / f"{code}.md").is_file()
