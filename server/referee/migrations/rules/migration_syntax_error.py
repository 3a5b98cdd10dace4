"""A script that the database cannot read.

On PostgreSQL the migration fails before its first statement runs; on MySQL and SQLite what stands
before the mistake has run by then.
`migrate deploy` stops there until the migration is marked as rolled back.
PostgreSQL's own parser judges the syntax where the package `pgparse` is installed (there are wheels
for Linux and for Apple silicon); elsewhere only what never ends, such as a text without its closing
quote, is found.
That parser is of PostgreSQL 17: of a script with a form that only later versions take, such as a
virtual generated column, nothing is said.
For SQLite a statement is a mistake that begins as none of SQLite's does (`CREATE TABEL`); beyond
that, and for MySQL, those mistakes are found that two readers of SQL stumble over, which are not all.
Where no parser of the database's own has read a script, the report says that syntax was not checked.
A byte order mark at the beginning of a file is such a mistake too: PostgreSQL refuses it (42601).

```sql bad
CREATE TABLE "Post" (
    "id" INTEGER NOT NULL
    "title" TEXT NOT NULL
);
```

```sql good
CREATE TABLE "Post" (
    "id" INTEGER NOT NULL,
    "title" TEXT NOT NULL
);
```

There is no fix.

Sources: PostgreSQL's grammar, by libpg_query; what is called a mistake in SQLite and MySQL was tried
there, on SQLite and MariaDB; the byte order mark was tried on PostgreSQL 18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in
from referee.migrations.sql.statements import Span

CODE = "migration-syntax-error"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the mistakes in the syntax of a migration."""
    migration = evidence.migration
    if migration.text is None:
        yield MigrationFinding(
            CODE,
            "error",
            "The script is not UTF-8, so no database reads it as it was meant.",
            FilePlace(migration.path),
            migration.name,
        )
        return
    if migration.has_byte_order_mark and evidence.provider == "postgresql":
        message = "The script begins with a byte order mark, which PostgreSQL refuses (42601)."
        yield finding_in(evidence, CODE, "error", Span(0, 0), message)
    for mistake in evidence.script.mistakes:
        message = f"The script is not SQL: {_in_one_line(mistake.message)}."
        yield finding_in(evidence, CODE, "error", mistake.span, message)


_NEAR = re.compile(r'at or near "(?P<what>.*)"\Z', re.DOTALL)


def _in_one_line(message: str) -> str:
    """Return a parser's message with what it quotes in backticks, and no more than one line of it."""
    found = _NEAR.search(message)
    if found is None:
        return " ".join(message.split())
    first, *rest = found.group("what").split("\n")
    return f"{message[: found.start()]}at or near `{first.strip()}`{' ...' * bool(rest)}"


RULE = MigrationRule(
    code=CODE,
    severity="error",
    scope="migration",
    summary="A script that the database cannot read",
    check=check,
    documentation=__doc__,
    claims=("unreadable-scripts",),
    documented=("SQL Server",),
)
