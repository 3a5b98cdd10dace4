"""A cascade that is too deep for MySQL.

InnoDB follows cascades row by row, each level inside the one above, and gives up below level 14: the
delete fails with error 193, whatever the tables hold in between.
The same limit holds for a model that cascades to itself: a tree deeper than that cannot be deleted
from its root, which is a hint.

The depth is that of the longest way down, where models that can reach each other count as one.

```prisma bad
datasource db {
  provider = "mysql"
}

model Level1 {
  id    Int      @id @default(autoincrement())
  below Level2[]
}

model Level2 {
  id      Int      @id @default(autoincrement())
  above   Level1   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level3[]
}

model Level3 {
  id      Int      @id @default(autoincrement())
  above   Level2   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level4[]
}

model Level4 {
  id      Int      @id @default(autoincrement())
  above   Level3   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level5[]
}

model Level5 {
  id      Int      @id @default(autoincrement())
  above   Level4   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level6[]
}

model Level6 {
  id      Int      @id @default(autoincrement())
  above   Level5   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level7[]
}

model Level7 {
  id      Int      @id @default(autoincrement())
  above   Level6   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level8[]
}

model Level8 {
  id      Int      @id @default(autoincrement())
  above   Level7   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level9[]
}

model Level9 {
  id      Int       @id @default(autoincrement())
  above   Level8    @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level10[]
}

model Level10 {
  id      Int       @id @default(autoincrement())
  above   Level9    @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level11[]
}

model Level11 {
  id      Int       @id @default(autoincrement())
  above   Level10   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level12[]
}

model Level12 {
  id      Int       @id @default(autoincrement())
  above   Level11   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level13[]
}

model Level13 {
  id      Int       @id @default(autoincrement())
  above   Level12   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level14[]
}

model Level14 {
  id      Int       @id @default(autoincrement())
  above   Level13   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level15[]
}

model Level15 {
  id      Int       @id @default(autoincrement())
  above   Level14   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level16[]
}

model Level16 {
  id      Int     @id @default(autoincrement())
  above   Level15 @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
}
```

```prisma good
datasource db {
  provider = "mysql"
}

model Level1 {
  id    Int      @id @default(autoincrement())
  below Level2[]
}

model Level2 {
  id      Int      @id @default(autoincrement())
  above   Level1   @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
  below   Level3[]
}

model Level3 {
  id      Int    @id @default(autoincrement())
  above   Level2 @relation(fields: [aboveId], references: [id], onDelete: Cascade)
  aboveId Int
}
```

There is no fix to apply: the rows have to be deleted from below, level by level, or fewer levels
have to cascade.

Sources: MySQL manual, "FOREIGN KEY Constraints" (nesting of cascades), and the constant
FK_MAX_CASCADE_DEL in its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.referential_actions import path_text
from referee.rules.rule import Finding, Related, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import ModelFacts
from referee.schema.graph import longest_paths, path_from_root
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import DEEP, SchemaView, has_deep_cascades

CODE = "cascade-too-deep"

# The deepest level below the root that InnoDB still deletes.
DEEPEST_LEVEL = DEEP - 1


def check(subject: None, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each key that leads one level too deep."""
    if not has_deep_cascades(view.database):
        return
    lengths, last_edges = longest_paths(view.keys_of_deep_cascades())
    reported: set[ForeignKey] = set()
    for name, length in lengths.items():
        if length != DEEPEST_LEVEL + 1 or last_edges[name] in reported:
            continue
        reported.add(last_edges[name])
        path = path_from_root(name, last_edges)
        key = last_edges[name]
        root = path[0].parent
        yield Finding(
            CODE,
            "information",
            f"Deleting a row of `{root}` fails once rows depend on it {length} levels deep: MySQL "
            f"follows cascades down to level {DEEPEST_LEVEL}, and {path_text(root, path)} goes "
            "below it.",
            relation_place(key, "onDelete"),
            key.child,
            key.columns,
            models=(root,),
            related=tuple(
                Related(relation_place(each, "onDelete"), f"level {level}")
                for level, each in enumerate(path, start=1)
            ),
        )


def check_part(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield one finding for each key by which a model cascades to itself."""
    if has_deep_cascades(view.database):
        for key in view.keys_of(model.name):
            if key.is_self_relation and cascades(key):
                yield _tree(key)


def _tree(key: ForeignKey) -> Finding:
    return Finding(
        CODE,
        "hint",
        f"`{key}` cascades from row to row of `{key.child}`, and MySQL refuses to delete a row with "
        f"more than {DEEPEST_LEVEL} levels below it.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
    )


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    severity_note="hint for a model that cascades to itself",
    scope="graph",
    summary="A cascade deeper than MySQL follows",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    claims=("depth",),
    judges_parts=has_deep_cascades,
    check_part=check_part,
)
