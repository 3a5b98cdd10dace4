"""Whether an index answers the look-up of a foreign key, and which one almost does.

The shapes and what covers them were measured on PostgreSQL's planner; the table is in
`docs/rules/unindexed-foreign-key.md`. It deliberately knows no severity and no message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from referee.schema.facts import IndexFacts, KeyTarget, ModelFacts
from referee.schema.relations import ForeignKey

# A name stands in the quotes of any of the databases that have partial indexes, or in none.
_NOT_NULL_CONJUNCT = re.compile(
    r"""\s*\(*\s*(?P<column>"[^"]+"|\[[^\]]+\]|`[^`]+`|\w+)\s+IS\s+NOT\s+NULL\s*\)*\s*""", re.I
)
_WITHOUT_ORDER = frozenset(["Gin", "Gist", "SpGist"])


@dataclass(frozen=True, slots=True)
class Coverage:
    """How well a model's indexes answer the look-up of one foreign key.

    `index` is the one that covers it, or the nearest that does not. `why` says for a nearest one
    why it does not help: it leads with an unselective column only ("leads"), or it is partial,
    BRIN or full-text.
    """

    state: Literal["covered", "unknown", "partly", "none"]
    index: IndexFacts | None = None
    why: Literal["leads", "partial", "brin", "fulltext"] | None = None


NOT_COVERED = Coverage("none")


def coverage_of(
    key: ForeignKey,
    child: ModelFacts,
    parent: KeyTarget,
    known_elsewhere: Sequence[IndexFacts] = (),
) -> Coverage:
    """Return how well the child's indexes answer "which rows refer to this parent row".

    Columns are bound by equality, so a prefix counts as a set. "unknown" is the benefit of the
    doubt: an index with explicit operator classes, or a broken line that names a column.
    """
    wanted = frozenset(key.columns)
    if not wanted.isdisjoint(child.broken_words):
        return Coverage("unknown")
    leading: IndexFacts | None = None
    excluded: Coverage | None = None
    for index in (*child.indexes, *known_elsewhere) if known_elsewhere else child.indexes:
        # One that begins with another column answers nothing.
        if not index.columns or index.columns[0].name not in wanted:
            continue
        if index.kind == "fulltext" or index.algorithm == "Brin":
            excluded = excluded or Coverage(
                "partly", index, "fulltext" if index.kind == "fulltext" else "brin"
            )
            continue
        if index.algorithm in _WITHOUT_ORDER:
            if index.columns[0].operator_class is not None:
                return Coverage("unknown", index)
            continue
        if index.predicate is not None and not implies_presence(index, child, wanted):
            excluded = excluded or Coverage("partly", index, "partial")
            continue
        columns = index.column_names
        if index.algorithm == "Hash" and len(columns) > 1:
            continue
        if len(columns) >= len(wanted) and frozenset(columns[: len(wanted)]) == wanted:
            return Coverage("covered", index)
        if index.is_unique and frozenset(columns) <= wanted:
            return Coverage("covered", index)
        if _is_selective(columns[0], key, parent):
            return Coverage("covered", index)
        if parent.broken_words & frozenset(key.references):
            return Coverage("unknown", index)
        leading = leading or index
    if leading is not None:
        return Coverage("partly", leading, "leads")
    return excluded or NOT_COVERED


def implies_presence(index: IndexFacts, model: ModelFacts, columns: frozenset[str]) -> bool:
    """Tell whether a partial index leaves out only rows whose key is NULL in one of the columns.

    Such rows refer to nothing, so the index answers every look-up (measured on PostgreSQL).
    """
    predicate = index.predicate
    if predicate is None:
        return True
    if predicate.raw is None:
        return bool(predicate.conditions) and all(
            each.is_negated and each.value == "null" and each.field in columns
            for each in predicate.conditions
        )
    names = {field.column for name in columns if (field := model.field(name)) is not None}
    conjuncts = re.split(r"\s+AND\s+", predicate.raw.strip(), flags=re.I)
    for conjunct in conjuncts:
        match = _NOT_NULL_CONJUNCT.fullmatch(conjunct)
        if match is None or match.group("column").strip('"[]`') not in names:
            return False
    return True


def _is_selective(column: str, key: ForeignKey, parent: KeyTarget) -> bool:
    """Tell whether few rows share a value of this column of the key."""
    reference = key.references[key.columns.index(column)]
    field = parent.field(reference)
    if field is not None and field.default is not None and field.default.is_generated:
        return True
    return any(
        index.predicate is None and index.column_names == (reference,)
        for index in parent.unique_indexes
    )
