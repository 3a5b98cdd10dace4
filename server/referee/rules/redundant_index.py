"""An index repeats the start of another one.

An index over `[userId, at]` is sorted by `userId` first, so it answers every question that an index
over `[userId]` alone would.
The shorter one costs memory and work on every write, and helps with nothing.
The same holds for an index over the columns of a unique constraint or primary key.

```prisma bad
model Session {
  id        Int      @id @default(autoincrement())
  userId    Int
  expiresAt DateTime

  @@index([userId])
  @@index([userId, expiresAt])
}
```

```prisma good
model Session {
  id        Int      @id @default(autoincrement())
  userId    Int
  expiresAt DateTime

  @@index([userId, expiresAt])
}
```

The fix removes the line.
It is unsafe, though no answer changes: a raw query may name the index, and where the longer index is
much wider, some queries read a little more.

Only ordered (B-tree) indexes over all rows count on both sides, with the same sort order and the same
length of every shared column, and without operator classes.
A partial, hash, GIN or full-text index makes nothing redundant and is not redundant itself.
A clustered index of SQL Server is the table, so it stays.
On MySQL a foreign key needs an index that starts with its columns; the longer one is that as well.
Two indexes over exactly the same columns are `duplicate-index`, and nothing else is said of them until one is gone.
The rule is silent on MongoDB.

Sources: PostgreSQL manual, "Multicolumn Indexes"; MySQL manual, "Multiple-Column Indexes" (leftmost
prefix).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from referee.rules.index_forms import (
    index_text,
    is_plain,
    is_same_index,
    remove_index,
    starts_alike,
)
from referee.rules.rule import Finding, Fix, Related, Rule, index_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "redundant-index"


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each index that another one of the model makes needless."""
    if model.kind == "view" or view.database.provider in (None, "mongodb"):
        return
    by_start: dict[str, list[IndexFacts]] = {}
    for index in model.indexes:
        if is_plain(index):
            by_start.setdefault(index.columns[0].name, []).append(index)
    if len(by_start) == len(model.indexes):
        return
    # Looked up for the first index that counts, since most models have none.
    unique_columns: set[frozenset[str]] | None = None
    targets: set[frozenset[str]] = set()
    for index in model.indexes:
        if index.kind != "index" or not is_plain(index) or index.is_clustered:
            continue
        others = by_start[index.columns[0].name]
        longer = None if len(others) == 1 else _longer(index, others)
        if longer is None or any(
            each is not index and is_same_index(each, index) for each in others
        ):
            continue
        if unique_columns is None:
            unique_columns = {
                frozenset(each.column_names) for each in model.indexes if each.is_unique
            }
            targets = {frozenset(key.references) for key in view.keys_to(model.name)}
        columns = frozenset(index.column_names)
        if columns in targets and columns not in unique_columns:
            # A foreign key refers to exactly these columns, and nothing makes them unique.
            continue
        is_whole = len(longer.columns) == len(index.columns)
        what = "has the columns" if is_whole else "repeats the start"
        yield Finding(
            CODE,
            "information",
            f"`{index}` {what} of {index_text(model, longer)}, which answers the same look-ups; "
            "it only costs every write.",
            index_place(model.name, index),
            model.name,
            index.column_names,
            related=(
                Related(
                    index_place(model.name, longer),
                    f"{index_text(model, longer)} answers what `{index}` does",
                ),
            ),
            fixes=(Fix(f"Remove `{index}`", (remove_index(model, index),), is_safe=False),),
            tags=("unnecessary",),
        )


def _longer(index: IndexFacts, others: Iterable[IndexFacts]) -> IndexFacts | None:
    """Return the index that makes this one needless: a unique one, else the shortest."""
    found = [
        other
        for other in others
        if starts_alike(other, index)
        and (len(other.columns) > len(index.columns) or other.is_unique)
    ]
    return min(found, key=lambda other: (not other.is_unique, len(other.columns)), default=None)


RULE = Rule(
    code=CODE,
    family="index",
    severity="information",
    scope="model",
    summary="An index that another one makes needless",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("look-ups",),
    documented=("SQL Server", "CockroachDB"),
)
