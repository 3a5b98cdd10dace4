"""A statement that cannot run on the database that the migrations before it made.

It uses a table, column, index, constraint, type or enum value that is not there, makes one that is
there already, drops one that is still in use, refers to columns without a key or of a type that is
not compared with theirs, changes a type without saying how its values become those of another, or
does what the database never does (SQLite adds no column that is `UNIQUE`).
On an empty database, such as a new environment, a shadow database or a test's, the migration fails.
This often is the trace of a change made by hand in production, or of an edited migration.

A view keeps what it reads: PostgreSQL neither drops nor retypes it, and SQLite renames no table
while a view reads one that is gone, as Prisma's rebuilding of a table leaves it for a moment.
Drop the view first, and make it again after the change.
PostgreSQL drops no function that a trigger, default, `CHECK` or index calls, and has those of an
extension (`uuid_generate_v4`, `digest`, ...) only behind its `CREATE EXTENSION`.
MySQL tells capitals in the names of tables on Linux, so there a table named in others is missing.

What stands in a `DO` block is taken as run but not judged, since its conditions are not known.
Namespaces that a service brings along (`auth`, `storage`, `extensions`, `cron`, ...) are left out.

```sql bad
ALTER TABLE "Post" ADD COLUMN "authorId" INTEGER;
```

```sql good
CREATE TABLE "Post" (
    "id" INTEGER NOT NULL
);

ALTER TABLE "Post" ADD COLUMN "authorId" INTEGER;
```

There is no fix: whether the earlier migration or this one is at fault, only a person knows.

Sources: each kind was compared with what PostgreSQL 18 says (42P01, 42703, 42704, 42P07, 42701,
42710, 2BP01, 42830, 42804, 42883, 0A000) when it applies the same scripts; SQLite manual, "ALTER
TABLE ADD COLUMN", "ALTER TABLE DROP COLUMN" and "ALTER TABLE RENAME"; PostgreSQL manual,
"Dependency Tracking"; MySQL manual, "Identifier Case Sensitivity".
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from referee.ddl.model import Name
from referee.migrations.effects import Problem
from referee.migrations.evidence import NOT_REPLAYED, MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown
from referee.migrations.sql.statements import CreateNamespace
from referee.rules.settings import FOREIGN_SCHEMAS

CODE = "broken-migration"

# Namespaces that a hosting service or an extension makes before the first migration.
_BROUGHT_ALONG = (*FOREIGN_SCHEMAS, "cron", "net", "pgsodium", "supabase_*")


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the statements of a migration that cannot run."""
    if evidence.provider in NOT_REPLAYED or evidence.script.mistakes:
        return
    for problem in evidence.replayed.problems:
        if not _is_brought_along(problem):
            yield finding_in(
                evidence,
                CODE,
                "error",
                problem.span,
                _sentence(problem, evidence),
                table=problem.table if problem.kind != "enum value" else None,
                columns=(problem.name,) if problem.kind == "column" else (),
                object=problem.name if problem.kind not in ("column", "table") else None,
                type=problem.table if problem.kind == "enum value" else None,
            )


def _is_brought_along(problem: Problem) -> bool:
    namespace = problem.name if problem.kind == "schema" else problem.name.partition(".")[0]
    is_qualified = problem.kind == "schema" or "." in problem.name
    return is_qualified and any(fnmatch(namespace, pattern) for pattern in _BROUGHT_ALONG)


def _sentence(problem: Problem, evidence: MigrationEvidence) -> str:
    object = f"{problem.kind} `{problem.name}`" if problem.kind != "primary key" else "primary key"
    if problem.kind == "primary key" and problem.table is not None:
        object = f"primary key of {shown(evidence, problem.table)}"
    elif problem.table is not None and problem.kind != "table":
        object += f" of {shown(evidence, problem.table)}"
    if problem.obstacle == "missing":
        if problem.user:
            return (
                f"The {object} is of the extension `{problem.user}`, which no migration makes "
                "before: this one fails on every database that lacks it, as a new one does."
            )
        other = _table_in_other_letters(problem, evidence)
        if other is not None:
            return (
                f"There is no {object} at this point, only {shown(evidence, other)}: where MySQL "
                "tells capitals in the names of tables, as on Linux, the migration fails."
            )
        missing = f"There is no {object} at this point, so the migration fails"
        namespace = _namespace_never_made(problem, evidence)
        if namespace is None:
            return f"{missing}."
        return (
            f"{missing}, unless the address of the database says `schema={namespace}`; if it does, "
            "say so with `migrations.namespace`."
        )
    if problem.obstacle == "exists":
        return f"The {object} exists already at this point, so the migration fails."
    if problem.obstacle == "in use":
        return f"The {object} is still used by `{problem.user}`, so the migration fails."
    if problem.obstacle == "no cast":
        return f"The {object} cannot become `{problem.user}` without USING, so the migration fails."
    if problem.obstacle == "no key":
        return f"The {object} needs {problem.user}, which is not there, so the migration fails."
    if problem.obstacle == "refused":
        return f"The migration fails at the {object}: {problem.user}."
    return f"The {object} belongs to a constraint and cannot be dropped alone."


def _table_in_other_letters(problem: Problem, evidence: MigrationEvidence) -> Name | None:
    """Return the table of MySQL that has the name of a missing one but for capitals."""
    if evidence.provider != "mysql" or problem.kind != "table":
        return None
    tables = (*evidence.after.tables, *evidence.before.tables)
    wanted = problem.name.lower()
    same = (each for each in tables if each.name.lower() == wanted and each.name != problem.name)
    return next(same, None)


def _namespace_never_made(problem: Problem, evidence: MigrationEvidence) -> str | None:
    """Return the schema of the database that a script takes for there and nothing makes."""
    if evidence.provider not in ("postgresql", "cockroachdb"):
        return None
    namespace = problem.name if problem.kind == "schema" else problem.name.rpartition(".")[0]
    made = {
        each.statement.name
        for each in evidence.script.statements
        if isinstance(each.statement, CreateNamespace)
    }
    is_known = namespace in evidence.before.namespaces | made
    return None if is_known else namespace or None


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="migration",
    summary="A statement that uses what is not there, or cannot run",
    check=check,
    documentation=__doc__,
    claims=("broken-scripts",),
    documented=("CockroachDB",),
)
