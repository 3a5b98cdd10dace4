"""`SetNull` on a foreign key with a required column, which cannot be NULL.

When the row it points at is deleted, the database writes NULL into every column of the key, and a
NOT NULL column refuses: the delete fails.
PostgreSQL takes such a key and fails at run time, so Prisma's validator only warns there; on every
other database, and with `relationMode = "prisma"`, the validator refuses the schema.

Where only some of the columns are required, people edit the migration to `SET NULL (column)`,
which PostgreSQL 15 takes and Prisma cannot say; so this is information only there.

```prisma bad
model User {
  id    Int    @id @default(autoincrement())
  notes Note[]
}

model Note {
  id       Int  @id @default(autoincrement())
  author   User @relation(fields: [authorId], references: [id], onDelete: SetNull)
  authorId Int

  @@index([authorId])
}
```

```prisma good
model User {
  id    Int    @id @default(autoincrement())
  notes Note[]
}

model Note {
  id       Int   @id @default(autoincrement())
  author   User? @relation(fields: [authorId], references: [id], onDelete: SetNull)
  authorId Int?

  @@index([authorId])
}
```

The first fix makes the relation and its columns optional, the others choose another action; all are
unsafe.

Sources: PostgreSQL manual, "CREATE TABLE" (SET NULL with a column list); Prisma's validator, which
says what it refuses where.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import (
    keeping_action,
    loosen,
    replace_actions,
    written_arguments,
)
from referee.rules.rule import Finding, Rule, Severity, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "set-null-on-required"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key that is to be cleared and cannot be."""
    if not (key.is_required or key.is_partly_required):
        return
    arguments = written_arguments(key, "SetNull")
    child = view.model(key.child)
    if not arguments or child is None:
        return
    required = [
        name
        for name in key.columns
        if (column := child.field(name)) is not None and column.is_required
    ]
    database = view.database
    is_warned_only = database.provider == "postgresql" and database.has_foreign_keys
    severity: Severity = "error"
    event = "Deleting" if "onDelete" in arguments else "Re-keying"
    stated = f"`{key}` has `{arguments[0]}: SetNull`"
    columns = listed(required)
    verb = "is" if len(required) == 1 else "are"
    if not is_warned_only:
        message = f"Prisma refuses `{arguments[0]}: SetNull` on `{key}`: {columns} {verb} required."
    elif key.is_required:
        message = (
            f"{event} a row of `{key.parent}` fails while a row of `{key.child}` refers to it: "
            f"{stated}, but {columns} {verb} required and cannot be NULL."
        )
    else:
        severity = "information"
        message = (
            f"{event} a row of `{key.parent}` fails while a row of `{key.child}` refers to it, "
            f"unless the migration names the columns to clear: {stated}, but {columns} "
            f"{verb} required."
        )
    fix = loosen(key, view)
    yield Finding(
        CODE,
        severity,
        message,
        relation_place(key, arguments[0]),
        key.child,
        key.columns,
        fixes=(
            *(() if fix is None else (fix,)),
            *replace_actions(key, arguments, (keeping_action(database), "Cascade"), view),
        ),
        is_official=True,
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="error",
    severity_note="information if one column is optional and the database is PostgreSQL",
    scope="relation",
    summary="SetNull on a foreign key that cannot be NULL",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("required-columns",),
)
