"""A CHECK constraint is put on a table that may hold rows, and checked at once.

The migration fails if a row does not satisfy it (23514), and PostgreSQL reads the whole table under
a lock meanwhile.

```sql bad
ALTER TABLE "User" ADD CONSTRAINT "User_age_check" CHECK ("age" >= 0);
```

```sql good
ALTER TABLE "User" ADD CONSTRAINT "User_age_check" CHECK ("age" >= 0) NOT VALID;
```

The fix adds `NOT VALID` on PostgreSQL and is unsafe: old rows stay unchecked until a later migration
runs `VALIDATE CONSTRAINT`, which is reported in its place.

Sources: PostgreSQL manual, "ALTER TABLE", `ADD table_constraint [ NOT VALID ]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Table
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.foreign_key_on_existing_data import not_valid_fixes
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import AddConstraint, CheckSpec, Span, ValidateConstraint

CODE = "check-on-existing-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the CHECK constraints that are checked against rows at once."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        action = effect.action
        if isinstance(action, ValidateConstraint):
            for each in before.checks:
                if each.name == action.name and not each.is_validated:
                    yield _validated(evidence, after, action.name, effect.span)
            continue
        if not isinstance(action, AddConstraint) or not isinstance(action.constraint, CheckSpec):
            continue
        if not action.constraint.is_validated or len(after.checks) == len(before.checks):
            continue
        name = after.checks[-1].name
        yield finding_in(
            evidence,
            CODE,
            "information",
            effect.span,
            f"Every row of {shown(evidence, after.name)} is checked at once: the migration fails "
            "if one does not satisfy the condition.",
            table=after.name,
            object=name,
            fixes=not_valid_fixes(evidence, effect),
        )


def _validated(
    evidence: MigrationEvidence, table: Table, name: str, span: Span
) -> MigrationFinding:
    return finding_in(
        evidence,
        CODE,
        "information",
        span,
        f"Every row of {shown(evidence, table.name)} is checked: the migration fails if one does "
        f"not satisfy `{name}`.",
        table=table.name,
        object=name,
    )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A CHECK constraint checked against rows at once",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    is_hazard=True,
    claims=("new-checks",),
    documented=("SQL Server", "CockroachDB"),
)
