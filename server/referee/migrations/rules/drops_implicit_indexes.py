"""On MySQL, a foreign key and the index that came with it are dropped.

InnoDB makes an index for every foreign key that has none.
When a project switches to `relationMode = "prisma"`, the migration drops the keys and, since the
schema says nothing of them, their indexes as well: every look-up along the relation reads the whole
table from then on.

```sql bad
ALTER TABLE `Post` DROP FOREIGN KEY `Post_authorId_fkey`;
DROP INDEX `Post_authorId_fkey` ON `Post`;
```

```sql good
ALTER TABLE `Post` DROP FOREIGN KEY `Post_authorId_fkey`;
```

There is no fix in the script: add `@@index` to the schema before the migration is written.

Sources: MySQL manual, "FOREIGN KEY Constraints"; Prisma's documentation, "Relation mode", "Indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import DropConstraint, DropIndex
from referee.rules.words import listed

CODE = "drops-implicit-indexes"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the indexes that go with the foreign keys they were made for."""
    if evidence.provider != "mysql":
        return
    for step, before, after in steps_on_existing(evidence):
        effect, origin = step.effect, step.origin
        is_drop = isinstance(effect.statement, DropIndex) or isinstance(
            effect.action, DropConstraint
        )
        if not is_drop or origin is None or len(after.indexes) >= len(before.indexes):
            continue
        final = evidence.after.tables.get(after.name)
        if final is None:
            continue
        for index in before.indexes:
            columns = index.columns
            if index in after.indexes or not columns:
                continue
            had_key = any(key.columns == columns for key in origin.foreign_keys)
            has_key = any(key.columns == columns for key in final.foreign_keys)
            served = [each.columns or () for each in final.indexes]
            if final.primary_key is not None:
                served.append(final.primary_key.columns)
            is_served = any(each[: len(columns)] == columns for each in served)
            kept = {column.name for column in final.columns} >= set(columns)
            if had_key and not has_key and not is_served and kept:
                yield finding_in(
                    evidence,
                    CODE,
                    "information",
                    effect.span,
                    f"{listed(columns)} of {shown(evidence, after.name)} loses its index with its "
                    "foreign key: look-ups along the relation read the whole table.",
                    table=after.name,
                    columns=columns,
                    object=index.name,
                )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="Indexes of foreign keys that go with them on MySQL",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("implicit-indexes",),
)
