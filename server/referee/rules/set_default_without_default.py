"""`SetDefault` on a foreign key whose columns have no default in the database.

The database writes the DEFAULT of each column, and knows no other: `uuid()`, `cuid()`, `ulid()` and
`nanoid()` are made by Prisma Client and leave none behind.
Without a default the column becomes NULL; if it is required, the delete fails, and if it is
optional, `SetDefault` is `SetNull` under another name.

MySQL takes the word and does nothing: InnoDB drops the action, and what remains refuses the delete.

```prisma bad
model Status {
  id    Int    @id
  tasks Task[]
}

model Task {
  id       Int    @id @default(autoincrement())
  status   Status @relation(fields: [statusId], references: [id], onDelete: SetDefault)
  statusId Int

  @@index([statusId])
}
```

```prisma good
model Status {
  id    Int    @id
  tasks Task[]
}

model Task {
  id       Int    @id @default(autoincrement())
  status   Status @relation(fields: [statusId], references: [id], onDelete: SetDefault)
  statusId Int    @default(1)

  @@index([statusId])
}
```

The fix chooses another action and is unsafe; which default would be right, the schema does not say.

Sources: PostgreSQL manual, "CREATE TABLE"; MySQL manual, "FOREIGN KEY Constraints"; the SQL that
Prisma makes of `@default(uuid())`, which has no DEFAULT in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import keeping_action, replace_actions, written_arguments
from referee.rules.rule import Finding, Rule, Severity, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "set-default-without-default"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key that has nothing to fall back to."""
    arguments = written_arguments(key, "SetDefault")
    child = view.model(key.child) if arguments else None
    if child is None or not view.database.has_foreign_keys:
        return
    columns = [column for name in key.columns if (column := child.field(name)) is not None]
    missing = [
        column
        for column in columns
        if column.default is None or not column.default.is_database_side
    ]
    required = [column.name for column in missing if column.is_required]
    event = "Deleting" if "onDelete" in arguments else "Re-keying"
    stated = f"`{key}` has `{arguments[0]}: SetDefault`"
    severity: Severity = "warning"
    if view.database.provider == "mysql":
        message = (
            f"{stated}, which MySQL does not carry out: {event.lower()} a row of `{key.parent}` "
            f"fails while a row of `{key.child}` refers to it."
        )
    elif required:
        verb = "is required and has" if len(required) == 1 else "are required and have"
        message = (
            f"{event} a row of `{key.parent}` fails while a row of `{key.child}` refers to it: "
            f"{stated}, but {listed(required)} {verb} no default in the database."
        )
    elif missing:
        severity = "information"
        verb = "has" if len(missing) == 1 else "have"
        message = (
            f"{stated}, but {listed([column.name for column in missing])} {verb} no default in "
            f"the database, so this is `SetNull` under another name."
        )
    else:
        return
    yield Finding(
        CODE,
        severity,
        message,
        relation_place(key, arguments[0]),
        key.child,
        key.columns,
        fixes=replace_actions(
            key, arguments, ("SetNull", keeping_action(view.database), "Cascade"), view
        ),
        is_official=view.database.provider == "mysql",
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="warning",
    severity_note="information if the columns are optional",
    scope="relation",
    summary="SetDefault on a foreign key that has no default",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("clearing",),
    documented=("SQL Server", "CockroachDB"),
)
