"""Names that a database gives to constraints and indexes which a statement leaves unnamed.

PostgreSQL's are those of `makeObjectName` and `ChooseIndexName` in its sources
(src/backend/commands/indexcmds.c); MySQL's those of its manual, "Foreign Key Constraints" and
"CREATE INDEX". SQLite's are those of its autoindexes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from referee.ddl.model import IndexPart

_LIMIT = 63


def postgres_name(
    table: str, middle: str, label: str, is_taken: Callable[[str], bool] = lambda name: False
) -> str:
    """Return `table_middle_label`, cut to fit, with a number behind where it is taken."""
    number = 0
    while True:
        found = _fitted(table, middle, label + (str(number) if number else ""))
        if not is_taken(found):
            return found
        number += 1


def column_part(columns: Sequence[str]) -> str:
    """Return the part of a name that says the columns; it ends when it is long enough."""
    found = ""
    for column in columns:
        found = f"{found}_{column}" if found else column
        if len(found.encode()) >= _LIMIT + 1:
            break
    return found


def index_part_names(parts: Sequence[IndexPart]) -> list[str]:
    """Return what the parts of an index are called in its name."""
    names: list[str] = []
    for part in parts:
        name = part.column or _expression_name(part.expression or "")
        candidate, number = name, 1
        while candidate in names:
            candidate = f"{name}{number}"
            number += 1
        names.append(candidate)
    return names


def first_free(stem: str, is_taken: Callable[[str], bool]) -> str:
    """Return a name, or it with `_2`, `_3`, ... behind (MySQL's indexes)."""
    found, number = stem, 1
    while is_taken(found):
        number += 1
        found = f"{stem}_{number}"
    return found


def _expression_name(expression: str) -> str:
    head = expression.partition("(")[0].strip()
    return head.rpartition(".")[2].lower() if head.replace("_", "").isalnum() else "expr"


def _fitted(table: str, middle: str, label: str) -> str:
    first, second = table.encode(), middle.encode()
    room = _LIMIT - len(label) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), second.decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)
