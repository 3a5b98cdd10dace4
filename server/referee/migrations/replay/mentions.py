"""What names stand in the SQL of conditions and expressions, and their change by a rename."""

from __future__ import annotations

import re
from dataclasses import replace

from referee.ddl.model import Index


def with_new_name(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def index_uses(index: Index, column: str) -> bool:
    if any(part.column == column for part in index.parts) or column in index.included:
        return True
    if index.predicate is not None and mentions(index.predicate, column):
        return True
    return any(
        part.expression is not None and mentions(part.expression, column) for part in index.parts
    )


def index_with(index: Index, old: str, new: str) -> Index:
    if not index_uses(index, old):
        return index
    predicate = index.predicate
    return replace(
        index,
        parts=tuple(
            replace(
                part,
                column=new if part.column == old else part.column,
                expression=None
                if part.expression is None
                else text_with(part.expression, old, new),
            )
            for part in index.parts
        ),
        included=with_new_name(index.included, old, new),
        predicate=None if predicate is None else text_with(predicate, old, new),
    )


def _name_pattern(name: str) -> re.Pattern[str]:
    bare = rf"|(?<![\w\"'.$]){re.escape(name)}(?![\w\"'$(])" if name == name.lower() else ""
    return re.compile(rf'"{re.escape(name)}"|`{re.escape(name)}`|\[{re.escape(name)}\]{bare}')


def mentions(text: str, column: str) -> bool:
    return _name_pattern(column).search(text) is not None


def text_with(text: str, old: str, new: str) -> str:
    return _name_pattern(old).sub(lambda match: f'"{new}"', text)
