"""A CHECK constraint is put on a table that may hold rows, and checked at once.

The migration fails if a row does not satisfy it (23514), and PostgreSQL reads the whole table under
a lock meanwhile.
A condition that does nothing but compare columns which the migration adds without a default is not
reported: they are NULL in every row, which satisfies it.

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

from referee.ddl.model import Check, Table
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.foreign_key_on_existing_data import not_valid_fixes
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    AddConstraint,
    CheckSpec,
    DataChange,
    Span,
    ValidateConstraint,
)
from referee.migrations.sql.tokens import calls_in, tokenize

CODE = "check-on-existing-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the CHECK constraints that are checked against rows at once."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        action = effect.action
        if isinstance(action, ValidateConstraint):
            for each in before.checks:
                if each.name == action.name and not each.is_validated:
                    yield _validated(evidence, after, each, effect.span)
            continue
        if not isinstance(action, AddConstraint) or not isinstance(action.constraint, CheckSpec):
            continue
        if not action.constraint.is_validated or len(after.checks) == len(before.checks):
            continue
        made = after.checks[-1]
        if _is_satisfied_by_null(evidence, made, after, step.origin):
            continue
        yield finding_in(
            evidence,
            CODE,
            "information",
            effect.span,
            f"Every row of {shown(evidence, after.name)} is checked at once: the migration fails "
            "if one does not satisfy the condition.",
            table=after.name,
            columns=checked_columns(evidence, made, after),
            object=made.name,
            fixes=not_valid_fixes(evidence, effect),
        )


def checked_columns(evidence: MigrationEvidence, check: Check, table: Table) -> tuple[str, ...]:
    """Return the columns that a CHECK looks at, in the order of their table."""
    tokens = tokenize(evidence.provider, check.text).tokens
    named = {token.value.lower() for token in tokens if token.kind in ("word", "name")}
    return tuple(column.name for column in table.columns if column.name.lower() in named)


def _is_satisfied_by_null(
    evidence: MigrationEvidence, check: Check, table: Table, origin: Table | None
) -> bool:
    """Tell whether a CHECK does nothing but compare columns that are NULL in every row."""
    columns = checked_columns(evidence, check, table)
    if origin is None or not columns:
        return False
    for name in columns:
        column = table.column(name)
        if origin.column(name) is not None or column is None or column.default is not None:
            return False
    written = any(
        isinstance(step.effect.statement, DataChange) and step.effect.table == table.name
        for step in evidence.steps
    )
    tokens = tokenize(evidence.provider, check.text).tokens
    calls = any(not tokens[at].is_word(*_OPERATORS) for at in calls_in(tokens))
    return not written and not calls and not any(token.is_word(*_SEE_NULL) for token in tokens)


# Words before a parenthesis that call nothing, and those by which NULL is not what it is compared.
_OPERATORS = ("and", "or", "not", "in", "between", "like", "check")
_SEE_NULL = ("is", "case", "false", "true", "null", "isnull", "notnull", "select")


def _validated(
    evidence: MigrationEvidence, table: Table, check: Check, span: Span
) -> MigrationFinding:
    return finding_in(
        evidence,
        CODE,
        "information",
        span,
        f"Every row of {shown(evidence, table.name)} is checked: the migration fails if one does "
        f"not satisfy `{check.name}`.",
        table=table.name,
        columns=checked_columns(evidence, check, table),
        object=check.name,
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
