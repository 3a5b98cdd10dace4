"""SQL Server refuses a table that its actions reach on more than one path.

A foreign key whose actions change rows (`Cascade`, `SetNull` or `SetDefault`, on delete or on
update) makes a path from its parent to its child, and of any two such paths that start at one table
no two may meet in another: the migration fails with error 1785.
`onUpdate` is `Cascade` unless the schema says otherwise, so two required relations that lead to one
tenant are enough.

Prisma's validator sees the paths through the models of the schema.
It does not see the join table of an implicit many-to-many relation, whose two keys cascade as well:
if both models can be traced back to one, or one of them to the other, the migration fails although
the schema is valid.
A many-to-many relation of a model to itself is made without actions and is fine.

Relations that form a ring are left to `referential-action-cycle`.

```prisma bad
datasource db {
  provider = "sqlserver"
}

model Shop {
  id       Int       @id @default(autoincrement())
  products Product[]
  labels   Label[]
}

model Product {
  id     Int     @id @default(autoincrement())
  shop   Shop    @relation(fields: [shopId], references: [id], onDelete: Cascade)
  shopId Int
  labels Label[]

  @@index([shopId])
}

model Label {
  id       Int       @id @default(autoincrement())
  shop     Shop      @relation(fields: [shopId], references: [id], onDelete: Cascade)
  shopId   Int
  products Product[]

  @@index([shopId])
}
```

```prisma good
datasource db {
  provider = "sqlserver"
}

model Shop {
  id       Int       @id @default(autoincrement())
  products Product[]
  labels   Label[]
}

model Product {
  id     Int     @id @default(autoincrement())
  shop   Shop    @relation(fields: [shopId], references: [id], onDelete: Cascade)
  shopId Int
  labels Label[]

  @@index([shopId])
}

model Label {
  id       Int       @id @default(autoincrement())
  shop     Shop      @relation(fields: [shopId], references: [id], onDelete: NoAction, onUpdate: NoAction)
  shopId   Int
  products Product[]

  @@index([shopId])
}
```

The fix gives one relation `onDelete: NoAction, onUpdate: NoAction`, which ends its path; it is
unsafe, since deletes that went through are then refused.
An explicit model in place of the join table can say so for one of its own two keys.

Sources: Microsoft, error 1785 and "Cascading referential integrity"; Prisma's validator; issues of
prisma/orm on many-to-many relations and SQL Server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from referee.rules.referential_actions import calm, changes_rows, path_text
from referee.rules.rule import Finding, Fix, Place, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.graph import levels_above, path_down
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey, ManyToMany
from referee.schema.view import SchemaView

CODE = "multiple-cascade-paths"


def check(
    subject: ModelFacts | None, view: SchemaView, settings: RuleSettings
) -> Iterator[Finding]:
    """Yield a finding for each key or join table that makes a path too many; of a model if given."""
    if not _counts_paths(view.database):
        return
    for name in view.model_names() if subject is None else (subject.name,):
        yield from _extra_keys(name, view)
        for join in view.many_to_many(name):
            if join.first == name and not join.is_self_relation:
                yield from _join_table(join, view)


def _counts_paths(database: Database) -> bool:
    return database.provider == "sqlserver" and database.has_foreign_keys


def _extra_keys(name: str, view: SchemaView) -> Iterator[Finding]:
    """Yield the keys of a model by which it is reached once more.

    A key that cascades because somebody wrote so is the path that is meant.
    """
    keys = [key for key in view.keys_of(name) if changes_rows(key) and not key.is_self_relation]
    if len(keys) < 2:
        return
    # A ring has to be broken first, and says so itself.
    keys = [key for key in keys if name not in view.changes_above(key.parent).levels]
    keys.sort(key=lambda key: not (key.on_delete.is_written and key.on_delete.action == "Cascade"))
    reached: dict[str, ForeignKey] = {}
    for key in keys:
        levels, down = view.changes_above(key.parent)
        meeting = next((each for each in levels if each in reached and each != name), None)
        if meeting is None:
            for each in levels:
                reached.setdefault(each, key)
            continue
        earlier = reached[meeting]
        _, earlier_down = view.changes_above(earlier.parent)
        first = [*path_down(meeting, earlier.parent, earlier_down), earlier]
        second = [*path_down(meeting, key.parent, down), key]
        yield Finding(
            CODE,
            "error",
            f"{view.database.title} refuses `{key}`: changes of a row of `{meeting}` reach "
            f"`{name}` {_both(meeting, first, second)} (error 1785).",
            relation_place(key),
            key.child,
            key.columns,
            models=(meeting,),
            related=_related((*first, *second)),
            fixes=(calm([key], view.database),),
            is_official=True,
        )


def _both(root: str, first: Sequence[ForeignKey], second: Sequence[ForeignKey]) -> str:
    """Return two paths for a message; by their last keys if they lead through the same models."""
    texts = path_text(root, first), path_text(root, second)
    if texts[0] == texts[1]:
        return f"by `{first[-1]}` and by `{second[-1]}`"
    return f"on {texts[0]} and on {texts[1]}"


def _join_table(join: ManyToMany, view: SchemaView) -> Iterator[Finding]:
    """Yield the finding of a join table that one model reaches through both of its ends."""
    levels, down = view.changes_above(join.first)
    other_levels, other_down = view.changes_above(join.second)
    meeting = min(
        (each for each in levels if each in other_levels),
        key=lambda each: levels[each] + other_levels[each],
        default=None,
    )
    if meeting is None:
        return
    first = path_down(meeting, join.first, down)
    second = path_down(meeting, join.second, other_down)
    yield Finding(
        CODE,
        "error",
        f"{view.database.title} refuses the join table `{join.table}` of "
        f"`{join.first}.{join.first_field}` and `{join.second}.{join.second_field}`: changes of a "
        f"row of `{meeting}` reach it on {path_text(meeting, first, join.table)} and on "
        f"{path_text(meeting, second, join.table)} (error 1785), which Prisma's validator does not see.",
        Place(join.first, join.first_field),
        join.first,
        (join.first_field,),
        models=(join.second,),
        related=(
            Related(Place(join.second, join.second_field), "the other end of the join table"),
            *_related((*first, *second)),
        ),
        fixes=_join_fixes(join, (*second, *first), view),
        silenced_at=(Place(join.second, join.second_field),),
    )


def _join_fixes(join: ManyToMany, keys: Sequence[ForeignKey], view: SchemaView) -> tuple[Fix, ...]:
    """Return the fixes that end one of the paths, each of which must be enough by itself."""
    fixes: list[Fix] = []
    for key in keys:
        if _above(join.first, view, key).isdisjoint(_above(join.second, view, key)):
            fixes.append(calm([key], view.database))
    return tuple(fixes)


def _above(model: str, view: SchemaView, without: ForeignKey) -> Set[str]:
    """Return the models from which actions reach a model, itself included, but for one key."""
    levels, _ = levels_above(
        model,
        lambda name: (
            key
            for key in view.keys_of(name)
            if changes_rows(key) and not key.is_self_relation and key != without
        ),
    )
    return levels.keys()


def _related(keys: Sequence[ForeignKey]) -> tuple[Related, ...]:
    return tuple(
        Related(
            relation_place(key), f"changes of a row of `{key.parent}` reach those of `{key.child}`"
        )
        for key in dict.fromkeys(keys)
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="error",
    scope="graph",
    summary="Several cascade paths to one table, which SQL Server refuses",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    documented=("SQL Server",),
    judges_parts=_counts_paths,
)
