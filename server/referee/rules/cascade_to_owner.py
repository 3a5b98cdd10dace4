"""Deleting a detail deletes the thing it is a detail of.

In a one-to-one relation either side can hold the key, and the cascade runs from the other side to
it.
If the user holds the key to its avatar, `onDelete: Cascade` means that deleting the avatar deletes
the user, with everything that depends on it.

The child counts as the owner if at least two other models refer to it, while nothing but this key
refers to the parent and the parent refers to nothing.

```prisma bad
model Avatar {
  id   Int   @id @default(autoincrement())
  url  String
  user User?
}

model User {
  id       Int     @id @default(autoincrement())
  avatar   Avatar? @relation(fields: [avatarId], references: [id], onDelete: Cascade)
  avatarId Int?    @unique
  posts    Post[]
  visits   Visit[]
}

model Post {
  id     Int  @id @default(autoincrement())
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@index([userId])
}

model Visit {
  id     Int  @id @default(autoincrement())
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@index([userId])
}
```

```prisma good
model Avatar {
  id     Int    @id @default(autoincrement())
  url    String
  user   User   @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int    @unique
}

model User {
  id     Int     @id @default(autoincrement())
  avatar Avatar?
  posts  Post[]
  visits Visit[]
}

model Post {
  id     Int  @id @default(autoincrement())
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@index([userId])
}

model Visit {
  id     Int  @id @default(autoincrement())
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int

  @@index([userId])
}
```

The fix clears the key where it may be NULL, or refuses the delete; both are unsafe.
Often the better way is to let the detail hold the key.

Sources: a matter of taste, weighed on public schemas.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import delete_fixes, keeping_action
from referee.rules.rule import Finding, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "cascade-to-owner"


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a cascade from a detail to its owner."""
    if not key.is_one_to_one or not cascades(key) or key.is_self_relation:
        return
    if view.keys_of(key.parent) or view.many_to_many(key.parent):
        return
    if any(other != key for other in view.keys_to(key.parent)):
        return
    dependants = sorted(
        {other.child for other in view.keys_to(key.child)} - {key.child, key.parent}
    )
    if len(dependants) < 2:
        return
    yield Finding(
        CODE,
        "information",
        f"Deleting a row of `{key.parent}` deletes the row of `{key.child}` that refers to it, "
        f"although `{key.child}` looks like the owner: {listed(dependants, most=3)} depend on it.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        fixes=delete_fixes(key, ("SetNull", keeping_action(view.database)), view),
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    scope="relation",
    summary="A cascade from a detail to the model that owns it",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    needs_database=False,
)
