"""A model has a unique constraint but no primary key.

Prisma is content with any required unique constraint, so nothing fails at first.
But the table has no primary key, and the tools around the database ask for one: PostgreSQL's logical
replication refuses updates and deletes of such a table until it is told how to tell rows apart, SQL
Server keeps it as a heap, InnoDB orders it by whichever unique key it finds first, CockroachDB adds a
hidden column.

```prisma bad
model VerificationToken {
  identifier String
  token      String   @unique
  expires    DateTime
}
```

```prisma good
model VerificationToken {
  identifier String
  token      String   @id
  expires    DateTime
}
```

There is no automatic fix, since only the author knows what names a row.
Often `@unique` can simply become `@id`.

Views, ignored models, SQLite (which numbers rows by itself) and MongoDB (which has `_id`) are not judged.

Sources: PostgreSQL manual, "Publication" (replica identity); MySQL manual, "Clustered and Secondary
Indexes"; SQL Server manual, "Heaps"; CockroachDB manual, "Primary Key Constraint"; Supabase's
database linter, rule 0004.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.index_forms import full_uniques, index_text
from referee.rules.rule import Finding, Place, Related, Rule, index_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.providers import Provider
from referee.schema.view import SchemaView

CODE = "missing-primary-key"

_OUTCOMES: dict[Provider, str] = {
    "postgresql": "logical replication refuses its updates and deletes until it has a replica identity",
    "mysql": "InnoDB orders the table by whichever required unique key it finds first",
    "sqlserver": "SQL Server keeps the table as a heap, and replication cannot include it",
    "cockroachdb": "CockroachDB adds a hidden column `rowid` as its key",
}


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a model without primary key."""
    provider = view.database.provider
    if model.kind == "view" or provider is None or provider not in _OUTCOMES:
        return
    if model.primary_key is not None or "id" in model.broken_words:
        return
    unique = next(full_uniques(model), None)
    if unique is None:
        # Prisma's validator says that there is no unique criterion at all.
        return
    yield Finding(
        CODE,
        "information",
        f"`{model.name}` has no primary key, only {index_text(model, unique)}; "
        f"{_OUTCOMES[provider]}.",
        Place(model.name),
        model.name,
        related=(
            Related(
                index_place(model.name, unique),
                f"{index_text(model, unique)} tells rows apart, but is no primary key",
            ),
        ),
    )


RULE = Rule(
    code=CODE,
    family="index",
    severity="information",
    scope="model",
    summary="A table without primary key",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    claims=("replication",),
    documented=("MySQL", "SQL Server", "CockroachDB"),
)
