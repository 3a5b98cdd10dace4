"""Deleting one row removes rows of many models.

The message counts them and says how deep the cascade goes, which of them look like records, where
columns are cleared, and what may refuse.
`referee graph --delete MODEL` shows the same as a tree.

Off by default, since a tenant's row is meant to take everything with it.
The option `models` is the number of models below the root from which on it is reported.

```prisma bad
model Root {
  id     Int     @id @default(autoincrement())
  parts1 Part1[]
  parts2 Part2[]
  parts3 Part3[]
  parts4 Part4[]
  parts5 Part5[]
  parts6 Part6[]
  parts7 Part7[]
  parts8 Part8[]
}

model Part1 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part2 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part3 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part4 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part5 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part6 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part7 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}

model Part8 {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}
```

```prisma good
model Root {
  id    Int    @id @default(autoincrement())
  parts Part[]
}

model Part {
  id     Int  @id @default(autoincrement())
  root   Root @relation(fields: [rootId], references: [id], onDelete: Cascade)
  rootId Int

  @@index([rootId])
}
```

There is no fix to apply.

Sources: weighed on public schemas (49 such models in 12 of them).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from referee.rules.cascade_into_records import is_record
from referee.rules.rule import Finding, Option, Place, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import counted, listed
from referee.schema.delete import DeleteOutcome, delete_outcome
from referee.schema.facts import ModelFacts
from referee.schema.referential_actions import cascades
from referee.schema.view import SchemaView

CODE = "wide-cascade"

MODELS = 8
# The nearest models are shown at their relation fields, and no more of them than this.
_MOST_RELATED = 30


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a model whose delete reaches many others."""
    if not any(cascades(key) for key in view.keys_to(model.name)):
        return
    option = settings.option(CODE, "models", MODELS)
    least = option if isinstance(option, int) else MODELS
    outcome = delete_outcome(view, model.name)
    below = outcome.deleted_models
    if len(below) < least:
        return
    yield Finding(
        CODE,
        "information",
        f"Deleting a row of `{model.name}` {reach_text(outcome)}.",
        Place(model.name),
        model.name,
        models=below,
        related=tuple(
            Related(
                relation_place(key, "onDelete"),
                f"`{key.child}` loses rows at level {outcome.levels[key.child]}",
            )
            for key in islice(outcome.reached_by.values(), _MOST_RELATED)
        ),
    )


def reach_text(outcome: DeleteOutcome) -> str:
    """Return what a delete does, as the second half of a sentence without its stop."""
    below = outcome.deleted_models
    removed = counted(len(below), "model")
    if outcome.join_tables:
        removed += f" and {counted(len(outcome.join_tables), 'join table')}"
    first = f"removes rows of {removed}, {counted(outcome.depth, 'level')} deep"
    records = [name for name in below if is_record(name)]
    if records:
        first += f" (among them {listed(records, most=3)})"
    parts = [first]
    if outcome.nulled:
        parts.append(f"clears {counted(len(outcome.nulled), 'foreign key')}")
    if outcome.defaulted:
        parts.append(f"resets {counted(len(outcome.defaulted), 'foreign key')}")
    refusing = [edge for edge in outcome.blocking if edge.verdict != "ok"]
    if refusing:
        names = listed([str(edge.key) for edge in refusing], most=3, joint="or")
        parts.append(f"can be refused by {names}")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    scope="model",
    summary="A delete that removes rows of many models",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    is_on=False,
    options=(
        Option("models", "integer", MODELS, "Models below the root from which on it is reported."),
    ),
    claims=("deletes",),
    documented=("SQL Server", "CockroachDB", "Prisma Client"),
)
