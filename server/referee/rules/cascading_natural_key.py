"""A foreign key refers to a text that people may change, and every change rewrites its rows.

`onUpdate` is `Cascade` unless the schema says otherwise, so renaming a row of the parent (its slug,
its code, its email) updates every row that refers to it, in one statement and under its locks.
A generated id never changes, so a key that refers to one never does this.

Reported are keys that refer to something else than the primary key, with a String that nothing
generates and that is not named like an id, a uuid, a key, a token or a reference.
Without an index on the key each rename reads the whole table as well, and this is a warning.

```prisma bad
model Plan {
  id            Int            @id @default(autoincrement())
  slug          String         @unique
  subscriptions Subscription[]
}

model Subscription {
  id       Int    @id @default(autoincrement())
  plan     Plan   @relation(fields: [planSlug], references: [slug])
  planSlug String

  @@index([planSlug])
}
```

```prisma good
model Plan {
  id            Int            @id @default(autoincrement())
  slug          String         @unique
  subscriptions Subscription[]
}

model Subscription {
  id     Int  @id @default(autoincrement())
  plan   Plan @relation(fields: [planId], references: [id])
  planId Int

  @@index([planId])
}
```

The fix refuses to change a key that is referred to, and is unsafe; referring to the id is the better
way, and needs a migration of its rows.

On MySQL a model that refers to itself in this way cannot be renamed at all: InnoDB treats the
cascade as a refusal there, which is a hint.

Sources: PostgreSQL manual, "Foreign Keys"; MySQL manual, "FOREIGN KEY Constraints" (recursive ON
UPDATE CASCADE acts like RESTRICT); Microsoft, "Cascading referential integrity"; Prisma's documentation, "Referential actions" (defaults).
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.coverage import coverage_of
from referee.rules.foreign_key_index import needs_index
from referee.rules.referential_actions import keeping_action
from referee.rules.rule import Finding, Place, Related, Rule, relation_place, set_action
from referee.rules.settings import RuleSettings
from referee.rules.words import listed, name_words
from referee.schema.facts import KeyTarget
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "cascading-natural-key"

_ID_WORDS = frozenset(
    ["id", "uid", "guid", "uuid", "key", "token", "hash", "cuid", "ulid", "ref", "reference"]
)


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a key whose rows are rewritten when a text of the parent changes."""
    if key.on_update.action != "Cascade" or not view.database.has_foreign_keys:
        return
    child, parent = view.model(key.child), view.target(key.parent)
    if child is None or parent is None:
        return
    texts = _natural_texts(key, parent, view)
    if not texts:
        return
    names = listed([f"{key.parent}.{name}" for name in texts])
    by_default = "" if key.on_update.is_written else " by default"
    stated = f"`{key}` has `onUpdate: Cascade`{by_default}"
    place = relation_place(key, "references")
    related = tuple(Related(Place(key.parent, name), "a text that can change") for name in texts)
    fixes = (set_action(key, "onUpdate", keeping_action(view.database)),)
    if view.database.provider == "mysql" and key.is_self_relation:
        message = (
            f"Changing {names} fails while a row refers to it: {stated}, which MySQL treats as "
            "a refusal within one table."
        )
        yield Finding(
            CODE, "hint", message, place, key.child, key.columns, related=related, fixes=fixes
        )
        return
    known = view.indexes_known_elsewhere(key.child)
    is_unindexed = (
        needs_index(view.database) and coverage_of(key, child, parent, known).state == "none"
    )
    scan = f", and reads all of `{key.child}` to find them" if is_unindexed else ""
    yield Finding(
        CODE,
        "warning" if is_unindexed else "information",
        f"Changing {names} rewrites every row of `{key.child}` that refers to it{scan}: {stated}.",
        place,
        key.child,
        key.columns,
        related=related,
        fixes=fixes,
    )


def _natural_texts(key: ForeignKey, parent: KeyTarget, view: SchemaView) -> list[str]:
    """Return the referenced columns that hold a text people may change."""
    primary = parent.primary_key
    if primary is not None and (
        primary.column_names == key.references
        or frozenset(primary.column_names) == frozenset(key.references)
    ):
        return []
    borrowed = {name for other in view.keys_of(parent.name) for name in other.columns}
    found: list[str] = []
    for name in key.references:
        field = parent.field(name)
        if field is None or field.type != "String" or name in borrowed:
            continue
        if field.default is not None and field.default.is_generated:
            continue
        if primary is not None and name in primary.column_names:
            continue
        words = name_words(name)
        if words and words[-1] in _ID_WORDS:
            continue
        found.append(name)
    return found


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    severity_note="warning if the key is unindexed as well; hint for a self relation on MySQL",
    scope="relation",
    summary="A foreign key to a text whose changes cascade",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("updates",),
    documented=("SQL Server", "CockroachDB"),
)
